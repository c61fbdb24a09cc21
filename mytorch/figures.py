"""matplotlib's pictures, with words for those who cannot see them."""

import io
from base64 import b64encode
from html import escape

from .mode import recording


def show(figure, words: str) -> None:
    """Display a figure below the cell. ``words`` say what it shows; where its curves begin and end is added.

    Where there is no notebook, or a submission is graded, nothing is shown.
    """
    from IPython import get_ipython
    from IPython.display import display

    if recording() or get_ipython() is None:
        return
    import matplotlib.pyplot as plt

    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    plt.close(figure)
    png = b64encode(picture.getvalue()).decode()
    told = " ".join([words, *_curves(figure)])
    image = f'<img src="data:image/png;base64,{png}" alt="{escape(told)}">'
    display({"text/plain": told, "text/html": image, "image/png": png}, raw=True)


def _curves(figure):
    """A sentence for each line with a label."""
    for ax in figure.axes:
        for line in ax.lines:
            values = line.get_ydata()
            if not line.get_label().startswith("_") and len(values):
                place = ax.get_title() or ax.get_ylabel()
                first, last = (f"{float(values[k]):.3g}".replace("-", "−") for k in (0, -1))
                yield f"{place}, {line.get_label()}: from {first} to {last}."
