"""JupyterLab in a page, and the notebooks that are open in it, each with its tab and its kernel.

page = browser.open(server.url)
enter(page, server)
notebook = open_notebook(page, "01_linear.ipynb")
notebook.run_all()
assert notebook.errors() == []
"""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page

from support.lab_server import Server

SCRIPT = Path(__file__).with_name("lab.js")
THEMES = ("JupyterLab Light", "JupyterLab Dark")
LONG = 300_000  # milliseconds that running all cells may take


def enter(page: Page, server: Server, address: str | None = None) -> None:
    """Open JupyterLab, at that address or without any document, and wait until it has started."""
    page.add_init_script(path=SCRIPT)
    page.goto(address or f"{server.url}lab?token={server.token}")
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate("lab.started()")


def open_notebook(page: Page, path: str) -> "Notebook":
    """Open a notebook of the server's folder beside those that are open, and wait until its kernel is
    ready.
    """
    page.evaluate("path => lab.open(path)", path)
    return opened(page, path)


def opened(page: Page, path: str) -> "Notebook":
    """The notebook that something else opens, as soon as its kernel is ready."""
    page.wait_for_function("path => lab.ready(path)", arg=path)
    return Notebook(page, path)


@dataclass
class Notebook:
    """A notebook that is open in a page. A code cell is named by some text in it."""

    page: Page
    path: str

    def close(self) -> None:
        """Close its tab and end its kernel; what is not saved is lost."""
        self._do("close")

    def run_all(self) -> None:
        """Run all cells; return when every one has run, or one has failed, and the kernel is idle."""
        self._do("runAll")
        self._wait_until_idle(LONG)

    def run(self, text: str) -> None:
        """Run the cell and wait until the kernel is idle."""
        self._do("runCell", text)
        self._wait_until_idle()

    def source(self, text: str) -> str:
        return self._do("source", text)

    def write(self, text: str, source: str) -> None:
        """Put ``source`` into the cell, as typing it would."""
        self._do("write", text, source)

    def code_cells(self) -> list[dict]:
        """The code cells as nbformat has them."""
        return [cell for cell in self._do("cells") if cell["cell_type"] == "code"]

    def output(self, text: str) -> list[dict]:
        """The outputs of the cell."""
        return next(cell["outputs"] for cell in self.code_cells() if text in "".join(cell["source"]))

    def errors(self) -> list[dict]:
        """The outputs of all cells that are errors."""
        return [
            output
            for cell in self.code_cells()
            for output in cell["outputs"]
            if output["output_type"] == "error"
        ]

    def scroll_to(self, text: str) -> Locator:
        """Bring the cell into view."""
        return self.page.locator(f"[data-cell-id='{self._do('scrollTo', text)}']")

    def save(self) -> None:
        """Save it and wait until the server has it."""
        self._do("save")

    def restart(self) -> None:
        """Restart its kernel and wait until that is idle."""
        self._do("restart")
        self._wait_until_idle()

    def put_on(self, theme: str) -> None:
        """One of THEMES, for the whole page."""
        self.page.evaluate("theme => lab.theme(theme)", theme)
        self.page.wait_for_function(
            "dark => (document.body.dataset.jpThemeLight === 'false') === dark", arg="Dark" in theme
        )

    def ask(self, code: str) -> str:
        """What this code prints in its kernel."""
        return self._do("ask", code)

    def settle(self) -> None:
        """Wait until the kernel has answered everything that the page has sent, and the page shows it."""
        self._do("settle")

    def _do(self, what: str, *arguments):
        return self.page.evaluate(f"words => lab.{what}(...words)", [self.path, *arguments])

    def _wait_until_idle(self, timeout: float | None = None) -> None:
        self.page.wait_for_function("path => lab.idle(path)", arg=self.path, timeout=timeout)
