"""The banks of all sections, in the course's order: RIGHT, classes that must pass, and WRONG, which must not.

``tests/sections/<name>/right.py`` holds a section's RIGHT, and in HIDDEN options as hidden tests set them;
``wrong.py`` holds its WRONG, in PROMISED causes that must be named, in SHOWN the names of wrong classes whose
mistaken line must be said, and in NOTEBOOK what other cells have made, by name. A section that has no folder
there yet adds nothing.
"""

import contextlib
import io
from functools import cache
from importlib import import_module

from mytorch.check import expected, trace_of
from mytorch.check.compare import Comparison, compare
from mytorch.check.contract import contract_of
from mytorch.check.diagnosis import Diagnosis, diagnose
from mytorch.course import SECTIONS
from support.implementations import LIBRARY, Right, Wrong, compiled
from support.own import TESTS

__all__ = [
    "BANKED",
    "HIDDEN",
    "LIBRARY",
    "NOTEBOOKS",
    "PROMISED",
    "RIGHT",
    "SHOWN",
    "SKELETONS",
    "WRONG",
    "compared",
    "compiled",
    "examined",
]

RIGHT: list[Right] = []
WRONG: list[Wrong] = []
HIDDEN: dict[str, tuple[dict, ...]] = {}  # component -> options
SKELETONS: dict[str, str] = {}  # component -> the cause that its untouched skeleton is told
PROMISED: dict[str, set[str]] = {}  # section -> causes
SHOWN: list[Wrong] = []
NOTEBOOKS: dict[str, dict[str, object]] = {}  # component -> names and values
BANKED: list[str] = []  # the components of sections that have a folder

for section in SECTIONS:
    folder = section.package.removeprefix("mytorch.")
    if (TESTS / folder.replace(".", "/")).is_dir():
        right, wrong = import_module(f"{folder}.right"), import_module(f"{folder}.wrong")
        RIGHT += right.RIGHT
        WRONG += wrong.WRONG
        HIDDEN |= right.HIDDEN
        SKELETONS |= dict.fromkeys(section.components, getattr(wrong, "SKELETON", "returns None"))
        names = getattr(wrong, "SHOWN", set())
        SHOWN += [one for one in wrong.WRONG if one.name in names]
        PROMISED[section.notebook] = getattr(wrong, "PROMISED", set())
        NOTEBOOKS |= dict.fromkeys(section.components, getattr(wrong, "NOTEBOOK", {}))
        BANKED += section.components


@cache
def _oracle(component: str, seed: int, options: tuple):
    return expected(component, seed, dict(options))


def compared(cls: type, component: str, cases=None, seed: int = 0) -> Comparison:
    """As ``check`` does it, with the oracle's side remembered."""
    cases = contract_of(component).cases if cases is None else cases
    with contextlib.redirect_stdout(io.StringIO()):
        traces = [trace_of(cls, component, seed, case) for case in cases]
    return compare([(_oracle(component, seed, tuple(case.items())), t) for case, t in zip(cases, traces)])


@cache
def examined(wrong: Wrong) -> tuple[Comparison, Diagnosis | None]:
    """An entry of WRONG: the comparison, and what is said about it."""
    comparison = compared(wrong.build(), wrong.component)
    return comparison, None if comparison.passed else diagnose(comparison.mismatch)
