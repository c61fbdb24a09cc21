"""A notebook in two forms: MyST Markdown in notebooks/, which people edit, and its twin in source/, which
nbgrader uses.
"""

import hashlib
import json
import re
from copy import deepcopy
from pathlib import Path

import jupytext
import nbformat

from .written import KEPT

# a Markdown cell that has a name and no word
EMPTY_CELL = re.compile(r"(?m)^(\+\+\+ \{.+\})\n(?=\s*(?:\Z|^\+\+\+|^```\{))")
EMPTY = "<!-- nothing -->"
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def text_notebook(root: Path, path: Path) -> Path:
    return root / "notebooks" / f"{path.stem}.md"


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


def breaks_off(source: str) -> bool:
    if "+++" not in source:
        return False
    cell = nbformat.v4.new_markdown_cell(source)
    text = jupytext.writes(nbformat.v4.new_notebook(cells=[cell]), "md:myst")
    return len(jupytext.reads(text, "md:myst").cells) > 1


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


def with_cells(notebook: nbformat.NotebookNode, text: str, cells: list[nbformat.NotebookNode]) -> str:
    """A text notebook with other cells and its own header."""
    notebook.cells = deepcopy(cells)
    for cell in notebook.cells:
        cell.metadata = {name: cell.metadata[name] for name in KEPT if name in cell.metadata}
    written = jupytext.writes(notebook, "md:myst")
    return "---\n".join([*text.split("---\n", 2)[:2], written.split("---\n", 2)[2]])


def essence(text: str) -> list | None:
    """What a notebook says: JupyterLab chooses ids of its own, and none of them matter; outputs do."""
    try:
        return [
            (cell["cell_type"], "".join(cell["source"]), cell["metadata"], cell.get("outputs"))
            for cell in json.loads(text)["cells"]
        ]
    except (ValueError, KeyError, TypeError):
        return None  # no notebook at all
