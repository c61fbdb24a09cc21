"""Verify the set of notebooks and pack it: ``python -m mytorch handin``."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from .course import PACKAGE, Item, assignment_here, path_in
from .export import ExportError, bundle, definitions
from .files import write_atomically
from .memory import passing
from .objections import bring_back, cells_in, missing, refusals
from .originals import grade_id, original_cells, source_of

ARCHIVE = "handin.tar"
NOT_HERE = (
    "None of the course's notebooks is in this folder. Go to the folder they are in (cd …) and try again."
)


# --- what is wrong with a notebook --------------------------------------------------------------------------


def problems(folder: Path) -> list[str]:
    """One sentence for each thing that would cost points, in the order of the notebooks."""
    return [text for name in assignment_here().notebooks for text in problems_in(folder / f"{name}.ipynb")]


def problems_in(path: Path) -> list[str]:
    """Of one notebook."""
    return _unreadable(path) or refusals(path)


def _unreadable(path: Path) -> list[str]:
    from .check.notebooks import TooLarge, read_notebook

    if not path.exists():
        return [missing(path)]
    try:
        read_notebook(path)
    except TooLarge:
        return []  # refusals says so
    except ValueError as error:
        return [f"{error} {bring_back(path.stem, 'Restore it from a backup or from')}"]
    return []


# --- how the items stand ------------------------------------------------------------------------------------


@dataclass
class Standing:
    """Of an item in the saved notebooks: ``passes``, or ``untouched``, or neither, and why."""

    item: Item
    passes: bool
    untouched: bool = False
    reasons: dict | None = None  # a Diagnosis by component


def standings(folder: Path) -> Iterator[Standing]:
    """How each item stands. What has passed and is saved as it passed is known, and so is what nobody has
    touched; the rest is run, each notebook once.
    """
    for notebook, items in groupby(assignment_here().items, key=lambda item: item.notebook):
        yield from _standings_in(folder, cells_in(folder / f"{notebook}.ipynb"), list(items))


def _standings_in(folder: Path, cells: list[dict], items: list[Item]) -> Iterator[Standing]:
    """Of one notebook's items."""
    from .check.terminal import check_saved

    untouched = [item for item in items if all(_is_untouched(name, item, cells) for name in item.components)]
    unknown = [
        name
        for item in items
        if item not in untouched
        for name in item.components
        if not _is_as_it_passed(name, item, cells)
    ]
    verdicts = {}
    for result in check_saved(folder, unknown) if unknown else ():
        verdicts |= result.verdicts
    for item in items:
        if item in untouched:
            yield Standing(item, False, untouched=True)
            continue
        failed = [name for name in item.components if name in verdicts and not verdicts[name].passed]
        reasons = {name: verdicts[name].diagnosis for name in failed}
        yield Standing(item, not reasons, reasons=reasons)


def _is_untouched(component: str, item: Item, cells: list[dict]) -> bool:
    """Is the answer as it was given out, and the class written nowhere else?"""
    answer = f"{component}-code"
    given = [source_of(cell) for cell in original_cells(item.notebook) if grade_id(cell) == answer]
    writing = [source for source in _code(cells) if component in definitions([source])]
    return bool(given) and writing == given


def _is_as_it_passed(component: str, item: Item, cells: list[dict]) -> bool:
    """Did its last check pass, with the code that is saved?"""
    module = path_in(PACKAGE.parent, item.module)
    if component not in passing() or not module.is_file():
        return False
    try:
        saved = bundle(_code(cells), [component])
        written = bundle([module.read_text(encoding="utf-8")], [component])
    except (ExportError, OSError, ValueError):
        return False
    return definitions([saved]) == definitions([written])


def _code(cells: list[dict]) -> list[str]:
    return [source_of(cell) for cell in cells if cell["cell_type"] == "code"]


# --- packing ------------------------------------------------------------------------------------------------


def has_notebooks(folder: Path) -> bool:
    """Is any of the course's notebooks in the folder?"""
    return any((folder / f"{name}.ipynb").exists() for name in assignment_here().notebooks)


def pack(folder: Path) -> Path:
    """Write handin.tar with the notebooks that are there; an older one is replaced only when the new one is
    complete.

    Raises OSError.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as tar:
        # a link would lead nowhere on another machine
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
