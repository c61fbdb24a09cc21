"""Keep the three forms of a section in step: notebooks/*.md, source/*/*.ipynb and the exported module in
mytorch.

The text notebook is the truth. ``grader sync`` writes the other two from it. What a notebook says of the
whole course (links to its neighbours, points, tables of the sections) comes from the sections, and is written
into the text. ``grader sync`` also records what PyTorch yields in the checks' standard cases.
"""

import argparse
import os
import subprocess
from contextlib import suppress
from pathlib import Path

import nbformat

from grader import ROOT
from mytorch.characters import counted
from mytorch.check import standard
from mytorch.course import ASSIGNMENTS, SECTIONS
from mytorch.export import ExportError
from mytorch.files import write_atomically

from .figures import copy_figures, edited_figures
from .generated import generated, notebook_named, texts_of
from .prose import with_course_facts
from .two_forms import breaks_off, essence, read_text, text_notebook, twin, with_cells
from .written import LIST, holds_more, keep_aside, known, list_of

LISTED = (".md", ".ipynb", ".py")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="edited",
        type=Path,
        metavar="NOTEBOOK",
        help="first write the edit of this notebook of source/ into its text",
    )


def run(args: argparse.Namespace) -> None:
    if args.edited:
        kept = take_over(ROOT, args.edited.resolve())
        print(f"taken over: {args.edited}")
        if kept:
            print(f"The text was edited, too; as it was, it is in {kept.relative_to(ROOT)}")
    changed = sync(ROOT)
    for path in changed:
        print(f"written: {path.relative_to(ROOT)}")
    in_step = (
        f"{counted(len(changed), 'file')} brought in step with notebooks/."
        if changed
        else "Everything is in step."
    )
    print(in_step)


def sync(root: Path) -> list[Path]:
    """Write every stale twin and export, and the pictures beside the twins. Returns the paths that
    changed. Raises ExportError, and writes nothing, where somebody's edit would be lost.
    """
    require_kept(root)
    files = generated(root)
    if edits := edited(root, files):
        raise ExportError("\n".join(edits.values()))
    changed, digests = [], known(root / LIST)
    for path, content in files.items():
        same = _same if path.name == standard.FILE else _is
        if not path.exists() or not same(path, content):
            if path.suffix == ".md" and holds_more(path, digests):
                before = path.read_text(encoding="utf-8")
                if (git := _committed(path)) and _lines_lost(before, content.decode(), git.decode()):
                    changed.append(keep_aside(root, path))  # such as a table's row, which the sections say
            write_atomically(path, content)
            changed.append(path)
    listing_now = listing(root, files).encode()
    if not (root / LIST).exists() or not _is(root / LIST, listing_now):
        write_atomically(root / LIST, listing_now)
    for assignment in ASSIGNMENTS:
        changed += copy_figures(root / "source" / assignment, root / "notebooks" / "figures")
    return changed


def stale(root: Path) -> list[str]:
    """One sentence for each twin or export that does not say what its text notebook says, and for each
    recording of other numbers than PyTorch's.
    """
    sentences = []
    files = generated(root)
    edits = edited(root, files)
    for path, content in files.items():
        if not path.exists() or not _same(path, content):
            truth = "PyTorch" if path.name == standard.FILE else "the notebooks"
            where = path.relative_to(root)
            advice = f"{where} does not match {truth}: run 'make sync' and commit the result."
            sentences.append(edits.pop(path, advice))
    return [*sentences, *edits.values()]


def edited(root: Path, files: dict[Path, bytes]) -> dict[Path, str]:
    """A sentence for each generated file in which somebody wrote what is nowhere else."""
    digests, found = known(root / LIST), {}
    for path, content in files.items():
        where, text = path.relative_to(root), text_notebook(root, path)
        if path.suffix not in (".ipynb", ".py") or not holds_more(path, digests, [content]):
            continue
        if path.suffix == ".py":
            if holds_more(path, digests, [_committed(path)]):
                found[path] = (
                    f"{where} was edited, and 'make sync' writes it: make the edit in the notebook, then "
                    f"delete {where}."
                )
        elif holds_more(path, digests, [_twin_of(text.read_bytes()), _twin_of(_committed(text))]):
            found[path] = (
                f"{where} has an edit that {text.relative_to(root)} does not have: 'grader sync --from "
                f"{where}' takes it over; or delete {where}."
            )
    for assignment in ASSIGNMENTS:
        for path in edited_figures(root / "source" / assignment, root / "notebooks" / "figures"):
            where = path.relative_to(root)
            found[path] = (
                f"{where} was edited, and is a copy of notebooks/figures/{path.name}: put the edit there, "
                f"then delete {where}."
            )
    return found


def _committed(path: Path) -> bytes:
    """The file as git has it, whatever became of the list of digests; nothing where there is no git."""
    with suppress(OSError):
        command = ["git", "show", f"HEAD:./{path.name}"]
        return subprocess.run(command, cwd=path.parent, capture_output=True).stdout
    return b""


def _twin_of(text: bytes) -> bytes:
    with suppress(ExportError):
        return twin(notebook_named("", text.decode())).encode()
    return b""


def listing(root: Path, files: dict[Path, bytes]) -> str:
    """What source/.written should say."""
    return list_of(root, {path: content for path, content in files.items() if path.suffix in LISTED})


def take_over(root: Path, path: Path) -> Path | None:
    """Write the edit of a twin into its text notebook. Returns where the text is kept as it was, if it had
    been edited, too. Raises ExportError, and writes nothing, where not all of the edit would stay.
    """
    where, text = os.path.relpath(path, root), text_notebook(root, path)
    if path.parent.parent != root / "source" or not text.exists():
        raise ExportError(f"{where} is no notebook of source/ with a text in notebooks/.")
    require_kept(root)
    before = text.read_text(encoding="utf-8")
    try:
        now = with_cells(notebook_named(path.stem, before), before, nbformat.read(path, as_version=4).cells)
    except (ValueError, KeyError, AttributeError):
        raise ExportError(f"{where} is no notebook.") from None
    if holds_more(path, set(), [twin(read_text(now)).encode()]):
        raise ExportError(
            f"{where} has a cell that a text notebook cannot hold: edit {text.relative_to(root)}."
        )
    for assignment in ASSIGNMENTS.values():
        if path.stem in assignment.notebooks:
            made = with_course_facts(texts_of(root, assignment) | {path.stem: now}, assignment)[path.stem]
            if lost := _lines_lost(now, made, before):
                raise ExportError(
                    f"{where} has points, links or a table's row that come from {_facts_of(path.stem)}: "
                    f"{'; '.join(lost)}. Change it there first."
                )
    kept = keep_aside(root, text) if holds_more(text, known(root / LIST), [now.encode()]) else None
    write_atomically(text, now)
    return kept


def _facts_of(notebook: str) -> str:
    """Where they stand."""
    packages = [section.package for section in SECTIONS if section.notebook == notebook]
    return f"{packages[0].replace('.', '/')}/__init__.py" if packages else "mytorch/sections"


def _lines_lost(text: str, made: str, before: str) -> list[str]:
    """Those that neither of the others has."""
    return sorted(
        {line.strip() for line in {*text.splitlines()} - {*made.splitlines(), *before.splitlines()}}
    )


def require_kept(root: Path) -> None:
    """Raises ExportError where a twin, as JupyterLab saved it, holds what its text notebook cannot hold."""
    for path in sorted((root / "source").glob("*/*.ipynb")):
        if not (root / "notebooks" / f"{path.stem}.md").exists():
            continue
        try:
            cells = nbformat.read(path, as_version=4).cells
        except (ValueError, KeyError, AttributeError):
            continue  # no notebook at all: it is written anew
        texts = [cell for cell in cells if cell.cell_type == "markdown"]
        where = f"{path.relative_to(root)}, a cell with"
        if any(cell.get("attachments") for cell in texts):
            raise ExportError(
                f"{where} a pasted picture, which a text notebook cannot hold: put the picture into "
                f"notebooks/figures/, show it by ![…](figures/….png), and delete it in the cell."
            )
        if any(breaks_off(cell.source) for cell in texts):
            raise ExportError(
                f"{where} a line that begins with +++, which ends a cell in a text notebook: put a blank "
                "before it, or put the text into a code block."
            )


def _is(path: Path, content: bytes) -> bool:
    return path.read_bytes() == content


def _same(path: Path, content: bytes) -> bool:
    if _is(path, content):
        return True
    if path.name == standard.FILE:
        return standard.says_the_same(path.read_text(encoding="utf-8"), content.decode())
    if path.suffix != ".ipynb":
        return False
    return essence(path.read_text(encoding="utf-8")) == essence(content.decode())
