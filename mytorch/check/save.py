"""Write a class that passes its check into the student's own mytorch."""

import importlib
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import ModuleType

from ..accepted import advice, foreign_in_class
from ..characters import listed
from ..course import ITEM_OF, PACKAGE, names_in, path_in
from ..export import ExportError, bundle, conflicts, definitions, is_edited, stamped
from ..files import write_atomically
from ..memory import passed
from ..objections import missing, refusals, remarks_on_damage
from .compare import compare
from .contract import contract_of
from .reference import expected
from .standin import is_stand_in
from .trace import run


def save(name: str) -> str:
    """Export the class from the live kernel. Returns one line for the student: where it went, or why it did
    not.
    """
    item = ITEM_OF[name]
    path = path_in(PACKAGE.parent, item.module)
    shown = path.relative_to(PACKAGE.parent)
    if _comes_from(item.module, name):
        return f"It is the class that stands in {shown} already."
    existing = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    try:
        source = merged(existing, _live_cells(), name)
        _require_working(source, existing, name)
        kept = _keep_if_edited(path, existing)
        write_atomically(path, stamped(HEADER.format(item.notebook), source))
    except ExportError as error:
        return f"It passes, but could not be written to {shown}: {error}"
    except OSError as error:
        return f"It passes, but {shown} could not be written: {error.strerror or error}."
    _reload(item.module)
    return f"Written to {shown}.{kept}"


def foreign_here(name: str, component) -> str:
    """Why grading could not run the cells that the class comes from, in a sentence, or an empty string."""
    shell = _shell()
    if shell is None or shell.user_ns.get(name) is not component or component.__module__ != "__main__":
        return ""
    foreign = foreign_in_class(name, _live_cells())
    return "; ".join(
        f"{line!r} stands in what it needs, and {module} is not there when your work is graded. "
        f"{advice(PACKAGE.parent, module)}"
        for module, line in list(foreign.items())[:1]
    )


def remarks(name: str) -> list[str]:
    """What the hand-in would say to the notebook of this component, as it is saved."""
    path = PACKAGE.parent / f"{ITEM_OF[name].notebook}.ipynb"
    if not path.exists():
        return [missing(path)]
    refused = [f"As it is saved, the notebook cannot be handed in: {text}" for text in refusals(path)]
    return [*refused, *remarks_on_damage(path)]


HEADER = (
    "Your classes from {}.ipynb, written here when their checks passed.\n\n"
    "Work in the notebook: the next check that passes writes this file again.\n"
)


def merged(existing: str, cells: list[str], name: str) -> str:
    """The module's source with ``name`` from the cells and its other classes as they were.

    Raises ExportError when the cells do not define the class.
    """
    own = bundle(cells, [name])
    others = [other for other in names_in(ITEM_OF[name].module) if other != name]
    known = definitions([existing])
    lost = [_replacement(other, cells) for other in others if other not in known]
    return bundle([*lost, existing, own], [*others, name])


def _replacement(name: str, cells: list[str]) -> str:
    """For a class that its file has lost: the file was deleted, or is no longer Python."""
    if name in ITEM_OF:
        return f'from mytorch.check.standin import stand_in\n{name} = stand_in("{name}")'
    return bundle(cells, [name])  # given in full in the notebook


def _comes_from(module: str, name: str) -> bool:
    """Was the class imported from its module, not written in this notebook?"""
    shell = _shell()
    return shell is not None and getattr(shell.user_ns.get(name), "__module__", "") == module


def _live_cells() -> list[str]:
    shell = _shell()
    if shell is None:
        raise ExportError("that works from a notebook only.")
    return [cell for cell in shell.history_manager.input_hist_raw if cell]


def _shell():
    from IPython import get_ipython

    return get_ipython()


def _require_working(source: str, existing: str, name: str) -> None:
    """What is written must do what was checked. Raises ExportError when it does not.

    A helper can be missing in the file, or be another one than the class was checked with.
    """
    with _executed(source, name) as namespace:
        problem = problem_of(namespace[name], name)
        if problem:
            raise ExportError(
                f"outside the notebook {problem}. Keep what {name} needs in the cell with the class."
            )
        for other in names_in(ITEM_OF[name].module):
            if other == name or other not in passed() or is_stand_in(namespace[other]):
                continue
            if problem_of(namespace[other], other):
                helpers = [one for one in conflicts([existing], [source]) if one not in ITEM_OF]
                clash = listed(helpers or ["Something"])
                raise ExportError(
                    f"{clash} means something else to {other}, which stands there too. Use another name."
                )


@contextmanager
def _executed(source: str, name: str) -> Iterator[dict]:
    """The module's namespace. Until the end it can be found by the name that its classes have of it, where
    dataclasses and pickle look.
    """
    module = ModuleType(f"{ITEM_OF[name].module}_tried")
    module.__package__ = module.__name__.rpartition(".")[0]
    sys.modules[module.__name__] = module
    try:
        _execute(source, name, module)
        yield vars(module)
    finally:
        del sys.modules[module.__name__]


def _execute(source: str, name: str, module: ModuleType) -> None:
    try:
        with warnings.catch_warnings(action="ignore"):
            exec(compile(source, f"<{ITEM_OF[name].module}>", "exec"), vars(module))
    except Exception as error:
        raise ExportError(
            f"outside the notebook it fails with {type(error).__name__}: {error}. "
            f"Keep what {name} needs in the cell with the class."
        ) from error


def problem_of(component: type, name: str) -> str:
    """What is wrong with a class in the standard cases, in a few words; nothing if it agrees with PyTorch."""
    contract = contract_of(name)
    for case in contract.cases:
        actual = run(contract.probe, component, name, 0, case)
        if actual.failure is not None:
            return f"it fails with {actual.failure.kind}: {actual.failure.message}"
        if not compare([(expected(name, 0, case), actual)]).passed:
            return "it gives other results"
    return ""


def _keep_if_edited(path: Path, text: str) -> str:
    """A file that was edited by hand is kept beside the new one."""
    if not text.strip() or not is_edited(text):
        return ""
    aside = path.with_name(f"{path.stem}_edited_{datetime.now():%Y%m%d_%H%M%S}.py")
    shutil.copy2(path, aside)
    return f" You had edited that file by hand; your version is kept as {aside.name}."


def _reload(module: str) -> None:
    """Let this kernel's later imports see the new class."""
    importlib.invalidate_caches()
    for name in (module, module.rpartition(".")[0]):
        if name in sys.modules:
            importlib.reload(sys.modules[name])
