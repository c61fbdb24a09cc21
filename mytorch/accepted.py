"""What grading takes: notebooks up to a size, whose code imports nothing but what is there then."""

import ast
import builtins
import importlib
import sys
from pathlib import Path

from .export import ExportError, bundle, definitions, parsed, plain_python

MAX_BYTES = 20_000_000  # of one notebook; an honest one is far below 1 MB, with plots below 5
REFERENCES = ("mytorch.sections", "mytorch.check.backends")  # they differentiate by themselves
ALLOWED = {"numpy", "matplotlib", "mytorch", "IPython", "ipywidgets", "anywidget", "__future__"} | set(
    sys.stdlib_module_names
)


def too_large(path: Path) -> str:
    """A sentence about a notebook that grading does not open, or an empty string."""
    if not path.is_file() or path.stat().st_size <= MAX_BYTES:
        return ""
    return f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB and was not opened."


def foreign_imports(source: str) -> dict[str, str]:
    """Modules imported in the cell that grading does not have, each with the line that imports it."""
    text = plain_python(source)
    tree = parsed(text)
    if tree is None:
        return {}  # a cell that cannot run imports nothing
    lines = text.split("\n")
    modules = {name: lines[node.lineno - 1].strip() for node in ast.walk(tree) for name in _imported(node)}
    return {name: line for name, line in modules.items() if _is_foreign(name)}


def advice(folder: Path, module: str) -> str:
    """What to do about a foreign import in a notebook of that folder."""
    top = module.split(".")[0]
    if (folder / f"{top}.py").exists() or (folder / top).is_dir() and top != "mytorch":
        return "Only the notebooks are handed in: move what you use from there into this one."
    return "Only NumPy may be used in what you hand in: remove that line."


def foreign_in_class(name: str, cells: list[str]) -> dict[str, str]:
    """The foreign imports in the cell that defines the class last, and in all that the class uses."""
    defining = [cell for cell in cells if name in definitions([cell])]
    try:
        return foreign_imports(defining[-1]) | foreign_imports(bundle(cells, [name])) if defining else {}
    except ExportError:  # it came about in another way than by a cell's text
        return {}


def without_foreign_modules() -> None:
    """From now on the notebook's own code finds no module that grading does not have, and files beside the
    notebook stand in for none: a numpy.py of the student's would hide NumPy.
    """
    if "" in sys.path:
        sys.path.remove("")
        sys.path.append("")
    real_import, real_import_module = builtins.__import__, importlib.import_module

    def require_there(module: str, namespace) -> None:
        if (namespace or {}).get("__name__") == "__main__" and _is_foreign(module):
            raise ModuleNotFoundError(f"{module} is not there when your work is graded", name=module)

    def guarded(name, globals=None, locals=None, fromlist=(), level=0):
        if level == 0:
            for module in [
                name,
                *(f"{name}.{part}" for part in fromlist or () if name.startswith("mytorch")),
            ]:
                require_there(module, globals)
        return real_import(name, globals, locals, fromlist, level)

    def guarded_module(name, package=None):
        require_there(name, sys._getframe(1).f_globals)
        return real_import_module(name, package)

    builtins.__import__, importlib.import_module = guarded, guarded_module


def _is_foreign(module: str) -> bool:
    return module.split(".")[0] not in ALLOWED or module.startswith(REFERENCES)


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
