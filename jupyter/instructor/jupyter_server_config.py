"""For `make instructor`: what JupyterLab saves in source/ is what `make sync` writes, without outputs."""

import json
from pathlib import Path

from grader.authoring.figures import copy_figures
from grader.authoring.two_forms import NOTEBOOK_METADATA, text_notebook
from grader.authoring.written import KEPT, note_save

ROOT = Path(__file__).resolve().parents[2]


def save_clean(model, path, **_):
    """Drop outputs and what JupyterLab notes about a run. The page that is open keeps showing them."""
    if model["type"] != "notebook" or not path.strip("/").startswith("source/"):
        return
    model["content"]["metadata"] = NOTEBOOK_METADATA
    for cell in model["content"]["cells"]:
        cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key in KEPT}
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    twin = Path(ROOT, path.strip("/"))
    if text_notebook(ROOT, twin).exists():
        note_save(ROOT, twin, json.dumps(model["content"]).encode())


for folder in Path(ROOT, "source").glob("*/"):
    copy_figures(folder)  # so that the notebooks in source/ show their pictures

c = get_config()  # noqa: F821
c.ContentsManager.pre_save_hook = save_clean
