"""Every file in git that follows from notebooks/ and mytorch/sections, and what it should say."""

import re
from pathlib import Path

import nbformat
import yaml
from jupytext.myst import MystMetadataParsingError

from grader.grading.unwritten import package_files
from mytorch.check import standard
from mytorch.check.backends import TORCH, load
from mytorch.check.contract import contract_of
from mytorch.check.reference import ReferenceFails, ReferenceMissing, live
from mytorch.course import ASSIGNMENTS, PACKAGE, SECTIONS, Assignment, modules, names_in, path_in
from mytorch.export import ExportError, bundle

from .parts import misfits, unlisted
from .prose import with_course_facts
from .two_forms import read_text, twin


def generated(root: Path) -> dict[Path, bytes]:
    """Every file in git that follows from notebooks/, with the content it should have.

    Raises OSError for a notebook that is missing, ExportError for one that does not define its classes, and
    for sections whose files do not fit together.
    """
    if sentences := misfits(root):
        raise ExportError("\n".join(sentences))
    files, notebooks = {}, {}
    for assignment in ASSIGNMENTS.values():
        texts = with_course_facts(texts_of(root, assignment), assignment)
        read = {name: notebook_named(name, text) for name, text in texts.items()}
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


def texts_of(root: Path, assignment: Assignment) -> dict[str, str]:
    return {
        name: (root / "notebooks" / f"{name}.md").read_text(encoding="utf-8") for name in assignment.notebooks
    }


def notebook_named(name: str, text: str) -> nbformat.NotebookNode:
    """A text notebook. Raises ExportError, with its name, where it cannot be read."""
    try:
        notebook = read_text(text)
    except (MystMetadataParsingError, yaml.YAMLError, ValueError) as error:
        raise ExportError(f"notebooks/{name}.md: {' '.join(str(error).split())}") from None
    for number, cell in enumerate(notebook.cells, 1):
        if not isinstance(cell.metadata.get("nbgrader", {}), dict):
            raise ExportError(f"notebooks/{name}.md: cell {number} has no names and values under nbgrader.")
    return notebook


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
