"""The course's mytorch as students and sandboxes get it: the same, with sections still to be written."""

import shutil
from pathlib import Path

import mytorch
from mytorch.course import GIVEN, modules, names_in
from mytorch.export import bundle, stamped

LIBRARY = Path(mytorch.__file__).parent
SKIPPED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.pyc")


def path_in(folder: Path, module: str) -> Path:
    """Where ``mytorch.nn.linear`` lies below ``folder``."""
    return folder.joinpath(*module.split(".")).with_suffix(".py")


def copy_unwritten(folder: Path) -> None:
    """Put a mytorch into ``folder`` in which every section is still to be written."""
    copy_library(folder / "mytorch")
    for module in modules():
        path_in(folder, module).write_text(placeholder(module), encoding="utf-8")


def copy_library(destination: Path) -> None:
    """The course's mytorch as it is, without caches."""
    if destination.exists():
        shutil.rmtree(destination)
    shutil.copytree(LIBRARY, destination, ignore=SKIPPED)


def placeholder(module: str) -> str:
    """A module in which every class that the student writes is stood in for; given classes are there in full."""
    given = GIVEN.get(module, ())
    notebook = modules()[module]
    lines = ["from mytorch.check.standin import stand_in"]
    if given:
        source = path_in(LIBRARY.parent, module).read_text(encoding="utf-8")
        lines.append(bundle([source], given))
    lines += ["", *(f'{name} = stand_in("{name}")' for name in names_in(module) if name not in given), ""]
    return stamped(f"Not written yet: classes land here when their checks pass in {notebook}.ipynb.", "\n".join(lines))
