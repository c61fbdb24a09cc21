"""For `make instructor`: what JupyterLab saves in source/ is what `make sync` writes, without outputs."""

import json
from pathlib import Path

from grader.authoring.figures import copy_figures
from grader.authoring.sync import NOTEBOOK_METADATA, text_notebook
from grader.authoring.written import note_save

ROOT = Path(__file__).resolve().parents[2]
CELL_METADATA = {"nbgrader", "tags"}  # what the text notebooks keep (pyproject.toml, cell_metadata_filter)


def save_clean(model, path, **_):
    """Drop outputs and what JupyterLab notes about a run. The page that is open keeps showing them."""
    if model["type"] != "notebook" or not path.strip("/").startswith("source/"):
        return
    model["content"]["metadata"] = NOTEBOOK_METADATA
    for cell in model["content"]["cells"]:
        cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key in CELL_METADATA}
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    twin = Path(ROOT, path.strip("/"))
    if text_notebook(ROOT, twin).exists():
        note_save(ROOT, twin, json.dumps(model["content"]).encode())


for folder in Path(ROOT, "source").glob("*/"):
    copy_figures(folder)  # so that the notebooks in source/ show their pictures

c = get_config()  # noqa: F821
c.ContentsManager.pre_save_hook = save_clean
