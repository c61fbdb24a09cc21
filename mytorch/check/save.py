"""Write a class that passes its check into the student's own mytorch."""

import hashlib
import importlib
import re
import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType

from ..course import ITEM_OF, names_in
from ..export import ExportError, bundle, conflicts, write_atomically
from .progress import PACKAGE

STAMP = re.compile(r"^# sha256 of the rest: ([0-9a-f]{16})\n", re.MULTILINE)


def save(name: str) -> str:
    """Export the class from the live kernel. Returns one line for the student: where it went, or why it did not."""
    item = ITEM_OF[name]
    path = module_path(item.module)
    shown = path.relative_to(PACKAGE.parent)
    try:
        source = merged(path.read_text(encoding="utf-8"), _live_cells(), name)
        _require_importable(source, item.module, name)
        kept = _set_aside_if_edited(path)
        write_atomically(path, with_header(source, item.notebook))
    except ExportError as error:
        return f"It passes, but could not be written to {shown}: {error}"
    except OSError as error:
        return f"It passes, but {shown} could not be written: {error.strerror or error}."
    _reload(item.module)
    return f"Written to {shown}.{kept}"


def module_path(module: str) -> Path:
    return PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")


def merged(existing: str, cells: list[str], name: str) -> str:
    """The module's source with ``name`` from the cells and its other classes as they were."""
    others = [other for other in names_in(ITEM_OF[name].module) if other != name]
    own, rest = bundle(cells, [name]), bundle([existing], others) if others else ""
    clash = [helper for helper in conflicts([rest], [own]) if helper not in (*others, name)]
    if clash:
        raise ExportError(f"{clash[0]} also means something else in that module. Give your helper another name.")
    return bundle([rest, own], [*others, name])


def with_header(source: str, notebook: str) -> str:
    stamp = hashlib.sha256(source.encode()).hexdigest()[:16]
    return (
        f'"""Your classes from {notebook}.ipynb, written here when their checks passed.\n\n'
        f'Work in the notebook: the next check that passes writes this file again.\n"""\n# sha256 of the rest: {stamp}\n\n{source}'
    )


def _live_cells() -> list[str]:
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        raise ExportError("that works from a notebook only.")
    return [cell for cell in shell.history_manager.input_hist_raw if cell]


def _require_importable(source: str, module: str, name: str) -> None:
    try:
        namespace = ModuleType(module)
        namespace.__package__ = module.rpartition(".")[0]
        exec(compile(source, f"<{module}>", "exec"), vars(namespace))
    except Exception as error:
        raise ExportError(
            f"outside the notebook it fails with {type(error).__name__}: {error}. "
            f"Keep what {name} needs in the cell with the class."
        ) from error


def _set_aside_if_edited(path: Path) -> str:
    """A file that was edited by hand is kept beside the new one."""
    text = path.read_text(encoding="utf-8")
    stamp = STAMP.search(text)
    if stamp is None or hashlib.sha256(text[stamp.end() + 1 :].encode()).hexdigest()[:16] == stamp[1]:
        return ""
    aside = path.with_name(f"{path.stem}_edited_{datetime.now():%Y%m%d_%H%M%S}.py")
    path.rename(aside)
    return f" You had edited that file by hand; your version is kept as {aside.name}."


def _reload(module: str) -> None:
    """Let this kernel's later imports see the new class."""
    importlib.invalidate_caches()
    for name in (module, module.rpartition(".")[0]):
        if name in sys.modules:
            importlib.reload(sys.modules[name])
