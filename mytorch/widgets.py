"""Forms of widgets: the answers outlive the kernel, and keys belong to the form while it has the focus."""

from collections.abc import Callable

import anywidget
import ipywidgets
import traitlets
from IPython.display import display

from .still import ALIVE, Still

# A key that JupyterLab takes from a node with this attribute does nothing to the notebook.
KEYS = """
export default {
  render({ model, el }) {
    const style = document.createElement("style");
    style.textContent = model.get("style");
    el.append(style);
    const keep = ({ target }) => {
      if (target.closest?.(".mt-alive")) target.dataset.lmSuppressShortcuts = "true";
    };
    document.addEventListener("focusin", keep);
    return () => document.removeEventListener("focusin", keep);
  },
};
"""


class Keys(anywidget.AnyWidget):
    """The part of a form that is not seen."""

    _esm = KEYS
    style = traitlets.Unicode().tag(sync=True)


class Column(ipywidgets.VBox):
    def __repr__(self):
        return ""  # where no widget is shown, the still says enough


class Form(ipywidgets.VBox):
    """``answers()``: what stands in the form, as HTML and as text, for when the form is gone."""

    def __init__(self, children, answers: Callable[[], tuple[str, str]]):
        super().__init__(children)
        self._answers, self._still = answers, None

    def changed(self) -> None:
        """An answer has changed."""
        if self._still is not None:
            self._still.update(*self._answers())

    def _ipython_display_(self, **kwargs) -> None:
        self._still = Still(*self._answers())
        column = Column([self, Keys(style=self._still.hidden)])
        column.add_class(ALIVE)
        display(column)
