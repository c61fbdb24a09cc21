"""What is left of a widget where it does not live: opened again, exported, on GitHub, without its kernel.

A still is an output of its own, above the widget's: JupyterLab shows an error for a widget that is gone, even
where the same output holds something else. The living widget brings the style that hides its still; the still
brings the style that hides a widget that is gone.
"""

from importlib import util
from uuid import uuid4

from .mode import in_notebook

NEEDED = ("anywidget", "ipywidgets")
RUN = "Run this cell to use it."
ALIVE = "mt-alive"  # the class of a living widget's node
# of JupyterLab, and of the pages that nbconvert makes
HIDE_GONE = (
    "<style>.jp-OutputArea-child:has(.mt-still) + .jp-OutputArea-child:not(:has(.mt-alive)) "
    "{display: none}</style>"
)


def lacking(what: str) -> str:
    """A sentence about what widgets need and is not here: a notebook, a package; empty when all is here."""
    if not in_notebook():
        return f"{what} work in the notebooks: open one in JupyterLab to use them."
    missing = next((name for name in NEEDED if util.find_spec(name) is None), "")
    return missing and f"{what} need {missing}: install it (pip install {missing}), then restart JupyterLab."


class Still:
    """Displays HTML, with the line that says how to bring the widget back. ``text`` is for where HTML is not
    shown.
    """

    def __init__(self, html: str, text: str):
        from IPython.display import display

        self.name = f"mt-{uuid4().hex[:12]}"
        self._handle = display(self._bundle(html, text), raw=True, display_id=True)

    def update(self, html: str, text: str) -> None:
        self._handle.update(self._bundle(html, text), raw=True)

    @property
    def hidden(self) -> str:
        """The style with which the living widget hides it."""
        return f".{self.name} {{display: none}}"

    def _bundle(self, html: str, text: str) -> dict[str, str]:
        shown = f'{HIDE_GONE}<div class="mt-still {self.name}">{html}<p><em>{RUN}</em></p></div>'
        return {"text/plain": f"{text}\n{RUN}", "text/html": shown}
