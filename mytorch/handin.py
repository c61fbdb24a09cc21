"""Verify the set of notebooks and pack it: ``python -m mytorch handin``."""

import ast
import os
import sys
import tarfile
from difflib import get_close_matches
from pathlib import Path

from .check.saved import read_notebook
from .course import NOTEBOOKS
from .export import plain_python

ARCHIVE = "handin.tar"
ALLOWED = {"numpy", "matplotlib", "mytorch", "IPython", "ipywidgets", "ipympl", "__future__"} | set(sys.stdlib_module_names)


def problems(folder: Path) -> list[str]:
    """One sentence for each thing that would cost points, in the order of the notebooks."""
    found = []
    for name in NOTEBOOKS:
        path = folder / f"{name}.ipynb"
        if not path.exists():
            found.append(_missing(path))
            continue
        try:
            notebook = read_notebook(path)
        except ValueError as error:
            found.append(f"{error} Restore it from a backup or from a fresh copy of the course.")
            continue
        found += _foreign_imports(path.name, notebook)
    return found


def extra_notebooks(folder: Path) -> list[str]:
    """Notebooks in the folder that are not the course's; they stay at home."""
    return sorted(path.name for path in folder.glob("*.ipynb") if path.stem not in NOTEBOOKS)


def pack(folder: Path) -> Path:
    """Write handin.tar with the notebooks that are there; an older one is replaced only when the new one is complete."""
    archive, unfinished = folder / ARCHIVE, folder / f".{ARCHIVE}.part"
    with tarfile.open(unfinished, "w") as tar:
        for name in NOTEBOOKS:
            path = folder / f"{name}.ipynb"
            if path.is_file():
                tar.add(path, arcname=path.name, filter=_anonymous)
    os.replace(unfinished, archive)
    return archive


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """No account names and numbers of the student's machine."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry


def _missing(path: Path) -> str:
    close = get_close_matches(path.name, extra_notebooks(path.parent), 1)
    if close:
        return f"{path.name} is missing, and there is a {close[0]}. Give that one its old name again."
    return f"{path.name} is missing. Take it from a fresh copy of the course if you deleted it."


def _foreign_imports(name: str, notebook) -> list[str]:
    found = []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code":
            for module in _foreign(cell.source):
                found.append(f"{name}, cell {number}, imports {module}: only NumPy may be used in what you hand in. Remove that line.")
    return found


def _foreign(source: str) -> list[str]:
    """Modules imported in the cell that grading does not have."""
    try:
        tree = ast.parse(plain_python(source))
    except (SyntaxError, ValueError):
        return []  # a cell that cannot run imports nothing
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.append(node.module)
    return [name for name in dict.fromkeys(names) if name.split(".")[0] not in ALLOWED or name.startswith(ORACLES)]


ORACLES = "mytorch.check.oracles"  # PyTorch under another name
