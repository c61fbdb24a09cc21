"""Look at what your own code does: interactive pictures that your classes drive, in JupyterLab.

``explore.name(MyClass)`` shows the explorer of that name; ``dir(explore)`` lists them. They stand in the
sections' ``explorers`` folders. Nothing is imported before one is shown, and none is shown while a submission
is graded.
"""

from inspect import signature

from ..course import SECTIONS
from ..mode import recording
from ..still import lacking


def __dir__() -> list[str]:
    return [name for section in SECTIONS for name in section.explorers]


def __getattr__(name: str):
    for section in SECTIONS:
        if name in section.explorers:
            return _shower(section, name)
    raise AttributeError(f"There is no explorer {name}; there are {', '.join(__dir__())}.")


def _shower(section, name: str):
    def show(*classes) -> None:
        if recording():
            return
        if reason := lacking("Explorers"):
            print(reason)
            return
        from .base import explorer_in, show_explorer

        explorer = explorer_in(section, name)
        for cls in classes:
            if explorer.takes_classes and not isinstance(cls, type):
                raise TypeError(
                    f"An explorer takes the class itself, such as {section.components[0]}, and not {cls!r}."
                )
        try:
            signature(explorer).bind(*classes)
        except TypeError:
            raise TypeError(f"Call it as explore.{name}{signature(explorer)}.") from None
        show_explorer(explorer, *classes)

    show.__name__, show.__doc__ = name, section.explorers[name]
    return show
