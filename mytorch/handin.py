"""Verify the set of notebooks and pack it: ``python -m mytorch handin``."""

import ast
import io
import sys
import tarfile
from difflib import get_close_matches
from pathlib import Path

from .check.notebooks import read_notebook
from .course import assignment_here
from .export import plain_python, write_atomically

ARCHIVE = "handin.tar"
REFERENCES = ("mytorch.sections", "mytorch.check.backends")  # they differentiate by themselves
NOT_HERE = (
    "None of the course's notebooks is in this folder. Go to the folder they are in (cd …) and try again."
)
ALLOWED = {"numpy", "matplotlib", "mytorch", "IPython", "ipywidgets", "anywidget", "__future__"} | set(
    sys.stdlib_module_names
)


def problems(folder: Path) -> list[str]:
    """One sentence for each thing that would cost points, in the order of the notebooks."""
    found = []
    for name in assignment_here().notebooks:
        path = folder / f"{name}.ipynb"
        if not path.exists():
            found.append(_missing(path))
            continue
        try:
            notebook = read_notebook(path)
        except ValueError as error:
            found.append(f"{error} Restore it from a backup or from a fresh copy of the course.")
            continue
        found += _foreign_imports(path, notebook)
    return found


def has_notebooks(folder: Path) -> bool:
    """Is any of the course's notebooks in the folder?"""
    return any((folder / f"{name}.ipynb").exists() for name in assignment_here().notebooks)


def extra_notebooks(folder: Path) -> list[str]:
    """Notebooks in the folder that are not the course's; they stay at home."""
    return sorted(
        path.name for path in folder.glob("*.ipynb") if path.stem not in assignment_here().notebooks
    )


def pack(folder: Path) -> Path:
    """Write handin.tar with the notebooks that are there; an older one is replaced only when the new one is
    complete.

    Raises OSError.
    """
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", dereference=True
    ) as tar:  # a link would lead nowhere on another machine
        for name in assignment_here().notebooks:
            path = folder / f"{name}.ipynb"
            if path.is_file():
                tar.add(path, arcname=path.name, filter=_anonymous)
    archive = folder / ARCHIVE
    write_atomically(archive, buffer.getvalue())
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


def _foreign_imports(path: Path, notebook) -> list[str]:
    found = []
    for number, cell in enumerate(notebook.cells, 1):
        imports = _foreign(cell.source) if cell.cell_type == "code" else {}
        for module, line in imports.items():
            found.append(
                f"{path.name} imports {module}: {line!r} in cell {number}. {_advice(path.parent, module)}"
            )
    return found


def _advice(folder: Path, module: str) -> str:
    top = module.split(".")[0]
    if (folder / f"{top}.py").exists() or (folder / top).is_dir() and top != "mytorch":
        return "Only the notebooks are handed in: move what you use from there into this one."
    return "Only NumPy may be used in what you hand in: remove that line."


def _foreign(source: str) -> dict[str, str]:
    """Modules imported in the cell that grading does not have, each with the line that imports it."""
    text = plain_python(source)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}  # a cell that cannot run imports nothing
    lines = text.split("\n")
    modules = {name: lines[node.lineno - 1].strip() for node in ast.walk(tree) for name in _imported(node)}
    return {
        name: line
        for name, line in modules.items()
        if name.split(".")[0] not in ALLOWED or name.startswith(REFERENCES)
    }


def _imported(node: ast.AST) -> list[str]:
    """``import a``, ``from a import b``, ``importlib.import_module("a")`` and ``__import__("a")``, wherever
    they stand.
    """
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        return [name for name in names if name.startswith(REFERENCES)] or [node.module]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return [str(node.args[0].value)] if called in ("import_module", "__import__") else []
    return []
