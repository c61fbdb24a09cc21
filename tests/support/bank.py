"""The banks of all sections, in the course's order: RIGHT, classes that must pass, and WRONG, which must not.

``tests/sections/<name>/right.py`` holds a section's RIGHT, ``wrong.py`` its WRONG. A section that has no
folder there yet adds nothing.
"""

from importlib import import_module

from mytorch.course import SECTIONS
from support.implementations import LIBRARY, Right, Wrong, compiled
from support.own import TESTS

__all__ = ["BANKED", "LIBRARY", "RIGHT", "WRONG", "compiled"]

_FOLDERS = {section.package.removeprefix("mytorch."): section for section in SECTIONS}
_BANKS = [name for name in _FOLDERS if (TESTS / name.replace(".", "/")).is_dir()]

RIGHT: list[Right] = [one for name in _BANKS for one in import_module(f"{name}.right").RIGHT]
WRONG: list[Wrong] = [one for name in _BANKS for one in import_module(f"{name}.wrong").WRONG]
BANKED = tuple(component for name in _BANKS for component in _FOLDERS[name].components)
