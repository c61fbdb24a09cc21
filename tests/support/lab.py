"""What tests do to a notebook in JupyterLab, through the commands and the model that its menus use themselves.

The model, not the page, is asked for outputs: JupyterLab takes cells that are out of sight out of the page.
Cells are counted as in ``cell_outputs``: code cells only, from 0.
"""

from uuid import uuid4

from playwright.sync_api import Page

# Also keeps the notebook's panel as `panel` for the scripts below.
READY = """path => {
    const widgets = window.jupyterapp ? Array.from(jupyterapp.shell.widgets("main")) : [];
    window.panel = widgets.find(widget => widget.context?.path === path && widget.sessionContext);
    return panel?.context.isReady && panel.sessionContext.session?.kernel?.status === "idle";
}"""
IDLE = "() => panel.sessionContext.session?.kernel?.status === 'idle'"
RUN_ALL = """async () => {
    jupyterapp.shell.activateById(panel.id);
    await jupyterapp.commands.execute("notebook:run-all-cells");
}"""
RUN_CELL = """async index => {
    const cells = panel.content.widgets;
    jupyterapp.shell.activateById(panel.id);
    panel.content.activeCellIndex = cells.indexOf(cells.filter(cell => cell.model.type === "code")[index]);
    await jupyterapp.commands.execute("notebook:run-cell");
}"""
WRITE_CODE = """([index, source]) => {
    const code = Array.from(panel.content.model.cells).filter(cell => cell.type === "code");
    code[index].sharedModel.setSource(source);
}"""
CELLS = "() => panel.content.model.toJSON().cells"
SAVE = "() => panel.context.save()"


def open_notebook(page: Page, path: str):
    """Open a notebook of the server's folder, with no other tab beside it, and wait until its kernel is ready."""
    page.goto(f"lab/workspaces/{uuid4().hex}/tree/{path}")
    wait_for_notebook(page, path)


def wait_for_notebook(page: Page, path: str):
    """Wait until ``path`` is open as a notebook and its kernel is idle."""
    page.wait_for_function(READY, arg=path, timeout=60_000)


def run_all(page: Page, timeout: float = 120):
    """Run all cells; return when every one has run, or one has failed, and the kernel is idle (seconds)."""
    page.evaluate(RUN_ALL)
    page.wait_for_function(IDLE, timeout=timeout * 1000)


def run_cell(page: Page, index: int, timeout: float = 60):
    """Run one code cell and wait until the kernel is idle."""
    page.evaluate(RUN_CELL, index)
    page.wait_for_function(IDLE, timeout=timeout * 1000)


def write_code(page: Page, index: int, source: str):
    """Put ``source`` into a code cell, as typing it would."""
    page.evaluate(WRITE_CODE, [index, source])


def cell_outputs(page: Page) -> list[list[dict]]:
    """The outputs (nbformat) of the code cells, in order."""
    return [cell["outputs"] for cell in page.evaluate(CELLS) if cell["cell_type"] == "code"]


def save(page: Page):
    """Save the notebook and wait until the server has it."""
    page.evaluate(SAVE)
