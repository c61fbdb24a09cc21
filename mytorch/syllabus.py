"""What a section of the course is. Each folder in ``mytorch/sections`` holds one ``Section`` in its
``__init__.py``.

The files beside it are the section's parts. They are loaded when somebody asks for them:

    contract.py     CONTRACTS: for each component its quantities and a probe that exercises it
    reference.py    the same classes by automatic differentiation (not in the sandbox)
    recorded.json   what PyTorch yields in the standard cases, written by make sync (not in the sandbox)
    mistakes.py     MISTAKES, what a wrong line computes, and SENTENCES, what the class report says about it
    explorers/      one file an explorer, of the name under which students call it
    blanks.py       EQUATIONS: by number, those with a gap to fill in
    usual_ways.py   WAYS to write each method, for the similarity check; a SLIP for the demo (instructors)
    pictures.py     FIGURES that the notebook shows (instructors)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module, util
from types import ModuleType


@dataclass(frozen=True)
class Item:
    """One graded item: all of its components pass, or it scores nothing.

    ``name`` is also the ``grade_id`` of its graded cell. Without ``components`` the item is one component of
    its name.
    """

    name: str
    points: int
    components: Sequence[str] = ()
    notebook: str = ""  # these two are filled in by the section
    module: str = ""

    def __post_init__(self):
        _require_list("components", self.components)


@dataclass(frozen=True)
class Box:
    """One box of the checklist. With ``components`` it is ticked by their checks, otherwise by hand."""

    text: str
    components: Sequence[str] = ()

    def __post_init__(self):
        _require_list("components", self.components)


def _require_list(name: str, value: Sequence[str]) -> None:
    """Raises TypeError for one text, whose letters Python would take for the names."""
    if isinstance(value, str):
        raise TypeError(f"{name}={value!r} is one text, and a list of names is meant: {name}=[{value!r}]")


@dataclass(frozen=True, eq=False)
class Section:
    package: str  # __name__ of the folder's __init__.py
    title: str
    notebook: str
    assignment: str
    module: str  # to which the notebook's classes are exported
    items: Sequence[Item]
    given: Sequence[str] = ()  # classes that the notebook gives in full
    part: str = ""  # of the checklist; sections that follow each other may share one
    boxes: Sequence[Box] = ()
    blanks: Sequence[int] = ()  # the equations with blanks
    explorers: Mapping[str, str] = field(default_factory=dict)  # name -> what it shows, in a sentence
    # what the notebook's formulas may write: \name -> (the kind of quantity whose colour it has, TeX)
    macros: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    summary: str = ""  # in the table at the start of the assignment

    def __post_init__(self):
        _require_list("given", self.given)
        where = {"notebook": self.notebook, "module": self.module}
        items = (
            replace(item, components=tuple(item.components or [item.name]), **where) for item in self.items
        )
        object.__setattr__(self, "items", tuple(items))

    @property
    def components(self) -> tuple[str, ...]:
        """The classes that students write."""
        return tuple(name for item in self.items for name in item.components)

    @property
    def points(self) -> int:
        return sum(item.points for item in self.items)

    def load(self, part: str) -> ModuleType | None:
        """One of the files beside the section's ``__init__.py``; None when it has no such part."""
        name = f"{self.package}.{part}"
        return import_module(name) if util.find_spec(name) else None
