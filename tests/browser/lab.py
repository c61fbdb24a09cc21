"""What tests do to a notebook in JupyterLab, through the commands and the model that its menus use themselves.

The model, not the page, is asked for outputs: JupyterLab takes cells that are out of sight out of the page.
"""

from playwright.sync_api import Page

READY = """async () => {
    const app = window.jupyterapp;
    if (!app) return false;
    await app.restored;
    const panel = app.shell.currentWidget;
    if (!panel?.content?.model || panel.context.path !== PATH) return false;
    await panel.context.ready;
    await panel.sessionContext.ready;
    return panel.sessionContext.session?.kernel?.status === "idle";
}"""
IDLE = "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"
RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
CELLS = "() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"
SAVE = "() => window.jupyterapp.shell.currentWidget.context.save()"


def open_notebook(page: Page, path: str):
    """Open a notebook of the server's folder and wait until its kernel is ready."""
    page.goto(f"lab/tree/{path}?reset")
    wait_for_notebook(page, path)


def wait_for_notebook(page: Page, path: str):
    """Wait until ``path`` is open as a notebook in front and its kernel is idle."""
    page.wait_for_function(READY.replace("PATH", repr(path)), timeout=60_000)


def run_all(page: Page, timeout: float = 120):
    """Run all cells and wait until every one has run (or one has failed) and the kernel is idle."""
    page.set_default_timeout(timeout * 1000)
    page.evaluate(RUN_ALL)
    page.wait_for_function(IDLE, timeout=timeout * 1000)


def cell_outputs(page: Page) -> list[list[dict]]:
    """The outputs (nbformat) of the code cells, in order."""
    return [cell["outputs"] for cell in page.evaluate(CELLS) if cell["cell_type"] == "code"]


def save(page: Page):
    page.evaluate(SAVE)
