"""The course's mytorch as students and sandboxes get it: built from what may be in it, with sections still to
be written.
"""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import mytorch
from mytorch.characters import listed
from mytorch.check.placeholder import placeholder
from mytorch.course import SECTIONS, given_in, names_in, path_in
from mytorch.export import bundle
from mytorch.syllabus import Section

LIBRARY = Path(mytorch.__file__).parent

# All that anybody but instructors gets. Of each section the parts listed.
PUBLIC = [
    "__init__.py",
    "__main__.py",
    "accepted.py",
    "characters.py",
    "course.py",
    "export.py",
    "figures.py",
    "files.py",
    "handin.py",
    "memory.py",
    "mode.py",
    "objections.py",
    "originals.py",
    "still.py",
    "style.py",
    "syllabus.py",
    "widgets.py",
    "training.py",
    "check/**/*.py",
    "explore/*.py",
    "explore/view.*",
    "blanks/*.py",
    "data/*.*",
    "sections/__init__.py",
]
PARTS = (
    "__init__.py",
    "contract.py",
    "mistakes.py",
    "mistakes/*.py",
    "blanks.py",
    "explorers/*.py",
    "reference.py",
    "recorded.json",
)
# Not in a sandbox.
REFERENCES = (
    "check/backends/torch.py",
    "check/backends/autograd.py",
    "sections/*/reference.py",
    "sections/*/recorded.json",
)


def copy_unwritten(
    folder: Path,
    sections: Iterable[Section] = SECTIONS,
    references: bool = True,
    copy: Callable[[Path, Path], object] = shutil.copy,
) -> None:
    """Put a mytorch into ``folder`` that knows these sections, each still to be written."""
    library = folder / "mytorch"
    if library.exists():
        shutil.rmtree(library)
    patterns = [
        *PUBLIC,
        *(f"sections/{section.package.rpartition('.')[2]}/{part}" for section in sections for part in PARTS),
    ]
    left_out = set() if references else {path for pattern in REFERENCES for path in LIBRARY.glob(pattern)}
    for path in {path for pattern in patterns for path in LIBRARY.glob(pattern)} - left_out:
        target = library / path.relative_to(LIBRARY)
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(path, target)
    for path, text in package_files(folder, sections).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for section in sections:
        path_in(folder, section.module).write_text(
            placeholder(section.module, given_source(section.module)), encoding="utf-8"
        )


def package_files(folder: Path, sections: Iterable[Section] = SECTIONS) -> dict[Path, str]:
    """The ``__init__.py`` of each package that the sections' modules lie in."""
    packages: dict[str, list[Section]] = {}
    for section in sections:
        packages.setdefault(section.module.rpartition(".")[0], []).append(section)
    return {path_in(folder, f"{name}.__init__"): _package_file(inside) for name, inside in packages.items()}


def _package_file(sections: list[Section]) -> str:
    numbers = [section.notebook.partition("_")[0] for section in sections]
    notebooks = f"notebooks {listed(numbers)} build" if numbers[1:] else f"notebook {numbers[0]} builds"
    imports = {
        section.module.rpartition(".")[2]: sorted(names_in(section.module), key=_isort)
        for section in sections
    }
    public = [f'"{name}"' for name in sorted(name for names in imports.values() for name in names)]
    lines = [f'"""What {notebooks}. Written by \'make sync\'."""', ""]
    lines += [_folded(f"from .{module} import ", "()", names) for module, names in sorted(imports.items())]
    return "\n".join([*lines, "", _folded("__all__ = ", "[]", public), ""])


def _folded(start: str, brackets: str, names: list[str]) -> str:
    """As ruff formats a list of names: in a line, or else one below the other."""
    inside = ", ".join(names)
    line = f"{start}{inside}" if brackets == "()" else f"{start}[{inside}]"
    return (
        line
        if len(line) <= 110
        else "\n".join([start + brackets[0], *(f"    {name}," for name in names), brackets[1]])
    )


def _isort(name: str) -> tuple:
    """Constants, then classes: as ruff puts imports in order."""
    return (not name.isupper(), name)


def given_source(module: str) -> str:
    """The classes of a module that its notebook gives in full."""
    return bundle([path_in(LIBRARY.parent, module).read_text(encoding="utf-8")], given_in(module))
