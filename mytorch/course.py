"""The course as its sections make it: found in ``mytorch/sections``, in the order of their notebooks.

Checks, explorers, progress and the grader know sections from here only, and none by name.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path

from .style import MACROS as GENERAL_MACROS
from .style import colored
from .syllabus import Box, Item, Section

PACKAGE = Path(__file__).resolve().parent
KIT = PACKAGE / "kit.json"  # in a student's copy: which assignment it was handed out with


def _found() -> tuple[Section, ...]:
    folders = sorted(path.parent.name for path in (PACKAGE / "sections").glob("*/__init__.py"))
    pages = [import_module(f"mytorch.sections.{name}") for name in folders]
    for page in pages:
        if not isinstance(getattr(page, "section", None), Section):
            raise ImportError(f"{page.__name__} names no section.", name=page.__name__)
    return tuple(sorted((page.section for page in pages), key=lambda section: section.notebook))


SECTIONS = _found()
SECTION_OF = {name: section for section in SECTIONS for name in (*section.given, *section.components)}
ITEMS = tuple(item for section in SECTIONS for item in section.items)
ITEM_OF = {component: item for item in ITEMS for component in item.components}
COMPONENTS = tuple(ITEM_OF)
MACROS = GENERAL_MACROS | {
    name: colored(kind, tex) for section in SECTIONS for name, (kind, tex) in section.macros.items()
}


def modules() -> dict[str, str]:
    """Every exported module and the notebook it comes from."""
    return {section.module: section.notebook for section in SECTIONS}


def path_in(folder: Path, module: str) -> Path:
    """Where ``mytorch.nn.layer`` lies below ``folder``."""
    return folder.joinpath(*module.split(".")).with_suffix(".py")


def given_in(module: str) -> tuple[str, ...]:
    """The classes of an exported module that its notebook gives in full."""
    return tuple(name for section in SECTIONS if section.module == module for name in section.given)


def names_in(module: str) -> tuple[str, ...]:
    """The public classes of an exported module, given ones first."""
    return given_in(module) + tuple(name for name, item in ITEM_OF.items() if item.module == module)


# --- assignments --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assignment:
    """A folder in source/: the notebooks of its sections, and those that belong to no section."""

    name: str
    sections: tuple[Section, ...]
    notebooks: tuple[str, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for section in self.sections for item in section.items)

    @property
    def components(self) -> tuple[str, ...]:
        return tuple(name for item in self.items for name in item.components)

    @property
    def points(self) -> int:
        return sum(item.points for item in self.items)

    @cached_property
    def checklist(self) -> tuple[tuple[str, tuple[Box, ...]], ...]:
        """(title, boxes) of each part."""
        parts = {BEGIN[0]: BEGIN[1]}
        for section in self.sections:
            title = section.part or section.title
            parts[title] = (*parts.get(title, ()), *section.boxes)
        return (*parts.items(), END)


BEGIN = (
    "Getting started",
    (Box("Download the course and unpack it"), Box("Install the required Python libraries")),
)
END = (
    "Hand in",
    (
        Box("All checks pass in a terminal: python -m mytorch check"),
        Box("Make handin.tar with python -m mytorch handin, and submit it"),
    ),
)


def _kit() -> dict:
    return json.loads(KIT.read_text(encoding="utf-8")) if KIT.is_file() else {}


def _assignments() -> dict[str, Assignment]:
    """By name. A notebook without a section opens the assignment of the section that follows it."""
    notebooks = {section.notebook: section.assignment for section in SECTIONS}
    files = _kit().get("notebooks") or [path.stem for path in (PACKAGE.parent / "notebooks").glob("*.md")]
    for name in sorted(set(files) - notebooks.keys()):
        following = [section.assignment for section in SECTIONS if section.notebook > name]
        notebooks[name] = following[0] if following else SECTIONS[-1].assignment
    found = {}
    for name in dict.fromkeys(section.assignment for section in SECTIONS):
        sections = tuple(section for section in SECTIONS if section.assignment == name)
        found[name] = Assignment(
            name, sections, tuple(sorted(n for n, of in notebooks.items() if of == name))
        )
    return found


ASSIGNMENTS = _assignments()


def is_student_copy() -> bool:
    """Is this mytorch a student's own, into which passing classes are written?"""
    return KIT.is_file()


def assignment_here() -> Assignment:
    """The one that a student's copy was handed out with. In the repository: of the folder's name, or else the
    first.
    """
    name = _kit().get("assignment", Path.cwd().name)
    return ASSIGNMENTS.get(name) or next(iter(ASSIGNMENTS.values()))
