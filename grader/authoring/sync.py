"""Keep the three forms of a section in step: notebooks/*.md, source/*/*.ipynb and the exported module in
mytorch.

The text notebook is the truth. ``grader sync`` writes the other two from it. What a notebook says of the
whole course (links to its neighbours, points, tables of the sections) comes from the sections, and is written
into the text. ``grader sync`` also records what PyTorch yields in the checks' standard cases.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
from contextlib import suppress
from copy import deepcopy
from pathlib import Path

import jupytext
import nbformat
import yaml
from jupytext.myst import MystMetadataParsingError

from grader import ROOT
from grader.grading.unwritten import package_files
from mytorch.characters import counted
from mytorch.check import standard
from mytorch.check.backends import TORCH, load
from mytorch.check.contract import contract_of
from mytorch.check.reference import ReferenceFails, ReferenceMissing, live
from mytorch.course import ASSIGNMENTS, PACKAGE, SECTIONS, Assignment, modules, names_in, path_in
from mytorch.export import ExportError, bundle
from mytorch.files import write_atomically

from .figures import copy_figures, edited_figures
from .parts import misfits, unlisted
from .prose import with_course_facts
from .written import KEPT, LIST, holds_more, keep_aside, known, list_of

# a Markdown cell that has a name and no word
EMPTY_CELL = re.compile(r"(?m)^(\+\+\+ \{.+\})\n(?=\s*(?:\Z|^\+\+\+|^```\{))")
EMPTY = "<!-- nothing -->"
LISTED = (".md", ".ipynb", ".py")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


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
        return twin(_read("", text.decode())).encode()
    return b""


def text_notebook(root: Path, path: Path) -> Path:
    return root / "notebooks" / f"{path.stem}.md"


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
        now = _with_cells(_read(path.stem, before), before, nbformat.read(path, as_version=4).cells)
    except (ValueError, KeyError, AttributeError):
        raise ExportError(f"{where} is no notebook.") from None
    if holds_more(path, set(), [twin(read_text(now)).encode()]):
        raise ExportError(
            f"{where} has a cell that a text notebook cannot hold: edit {text.relative_to(root)}."
        )
    for assignment in ASSIGNMENTS.values():
        if path.stem in assignment.notebooks:
            made = with_course_facts(_texts(root, assignment) | {path.stem: now}, assignment)[path.stem]
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


def _with_cells(notebook: nbformat.NotebookNode, text: str, cells: list[nbformat.NotebookNode]) -> str:
    """A text notebook with other cells and its own header."""
    notebook.cells = deepcopy(cells)
    for cell in notebook.cells:
        cell.metadata = {name: cell.metadata[name] for name in KEPT if name in cell.metadata}
    written = jupytext.writes(notebook, "md:myst")
    return "---\n".join([*text.split("---\n", 2)[:2], written.split("---\n", 2)[2]])


def generated(root: Path) -> dict[Path, bytes]:
    """Every file in git that follows from notebooks/, with the content it should have.

    Raises OSError for a notebook that is missing, ExportError for one that does not define its classes, and
    for sections whose files do not fit together.
    """
    if sentences := misfits(root):
        raise ExportError("\n".join(sentences))
    files, notebooks = {}, {}
    for assignment in ASSIGNMENTS.values():
        texts = with_course_facts(_texts(root, assignment), assignment)
        read = {name: _read(name, text) for name, text in texts.items()}
        source = root / "source" / assignment.name
        files |= {root / "notebooks" / f"{name}.md": text.encode() for name, text in texts.items()}
        files |= {source / f"{name}.ipynb": twin(notebook).encode() for name, notebook in read.items()}
        notebooks |= read
    for module, name in modules().items():
        files[path_in(root, module)] = library_module(notebooks[name], module, name).encode()
    pairing = root / "pyproject.toml"
    if pairing.exists():
        files[pairing] = _paired(pairing.read_text(encoding="utf-8")).encode()
    files |= {path: text.encode() for path, text in package_files(root).items()}
    return files | recorded_files(root)


def _texts(root: Path, assignment: Assignment) -> dict[str, str]:
    return {
        name: (root / "notebooks" / f"{name}.md").read_text(encoding="utf-8") for name in assignment.notebooks
    }


def _read(name: str, text: str) -> nbformat.NotebookNode:
    try:
        notebook = read_text(text)
    except (MystMetadataParsingError, yaml.YAMLError, ValueError) as error:
        raise ExportError(f"notebooks/{name}.md: {' '.join(str(error).split())}") from None
    for number, cell in enumerate(notebook.cells, 1):
        if not isinstance(cell.metadata.get("nbgrader", {}), dict):
            raise ExportError(f"notebooks/{name}.md: cell {number} has no names and values under nbgrader.")
    return notebook


def read_text(text: str) -> nbformat.NotebookNode:
    """A text notebook. jupytext leaves out Markdown cells without a word; one with a name is an answer's
    place.
    """
    filled = EMPTY_CELL.sub(rf"\1\n\n{EMPTY}\n\n", text)
    notebook = jupytext.reads(filled, "md:myst")
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source == EMPTY:
            cell.source = ""
    return notebook


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
        if any(_breaks_off(cell.source) for cell in texts):
            raise ExportError(
                f"{where} a line that begins with +++, which ends a cell in a text notebook: put a blank "
                "before it, or put the text into a code block."
            )


def _breaks_off(source: str) -> bool:
    if "+++" not in source:
        return False
    cell = nbformat.v4.new_markdown_cell(source)
    text = jupytext.writes(nbformat.v4.new_notebook(cells=[cell]), "md:myst")
    return len(jupytext.reads(text, "md:myst").cells) > 1


def recorded_files(root: Path) -> dict[Path, bytes]:
    """What PyTorch yields now in the standard cases of each section. Raises ExportError without PyTorch."""
    files = {}
    for section in SECTIONS:
        cases = [(name, case) for name in section.components for case in contract_of(name).cases]
        try:
            traces = [live(name, 0, case) for name, case in cases]
        except ReferenceMissing as error:
            raise ExportError(f"the checks' numbers are recorded from PyTorch. {error}") from None
        except ReferenceFails as error:
            raise ExportError(str(error)) from None
        if sentences := unlisted(section, traces):
            raise ExportError("\n".join(sentences))
        path = root / standard.path_of(section).relative_to(PACKAGE.parent)
        files[path] = standard.as_text(traces, load(TORCH).VERSION).encode()
    return files


def _paired(text: str) -> str:
    """pyproject.toml with the folder that JupyterLab pairs the text notebooks with. Other assignments'
    notebooks say it themselves.
    """
    return re.sub(
        r'^"source/[^"]+/" = "ipynb"$',
        f'"source/{next(iter(ASSIGNMENTS))}/" = "ipynb"',
        text,
        flags=re.MULTILINE,
    )


def twin(notebook: nbformat.NotebookNode) -> str:
    """The .ipynb of a text notebook: no outputs, and cell ids that depend on the content alone."""
    notebook = deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for index, cell in enumerate(notebook.cells):
        cell.metadata.pop("lines_to_next_cell", None)
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell["id"] = name or hashlib.sha256(f"{index} {cell.source}".encode()).hexdigest()[:8]
    return nbformat.writes(notebook) + "\n"


def library_module(notebook: nbformat.NotebookNode, module: str, name: str) -> str:
    """The module that a notebook exports, with its provenance in the header. Raises ExportError."""
    header = f'"""Exported from notebooks/{name}.md. Edit the notebook, then run \'make sync\'."""\n\n'
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    try:
        source = bundle(cells, names_in(module))
    except ExportError as error:
        raise ExportError(f"notebooks/{name}.md: {error}") from None
    if source.startswith("class "):
        header += "\n"  # as ruff formats it
    return header + source


def _is(path: Path, content: bytes) -> bool:
    return path.read_bytes() == content


def _same(path: Path, content: bytes) -> bool:
    if _is(path, content):
        return True
    if path.name == standard.FILE:
        return standard.says_the_same(path.read_text(encoding="utf-8"), content.decode())
    if path.suffix != ".ipynb":
        return False
    return _essence(path.read_text(encoding="utf-8")) == _essence(content.decode())


def _essence(text: str) -> list | None:
    """What a notebook says: JupyterLab chooses ids of its own, and none of them matter; outputs do."""
    try:
        return [
            (cell["cell_type"], "".join(cell["source"]), cell["metadata"], cell.get("outputs"))
            for cell in json.loads(text)["cells"]
        ]
    except (ValueError, KeyError, TypeError):
        return None  # no notebook at all
