"""matplotlib's pictures are told in words."""

import matplotlib.pyplot as plt
import pytest
from bs4 import BeautifulSoup
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from mytorch.figures import show


@pytest.fixture
def shell():
    InteractiveShell.clear_instance()
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()
    plt.close("all")


def test_a_picture_says_what_it_shows_and_where_its_curves_begin_and_end(shell):
    figure, ax = plt.subplots()
    ax.plot([3.0, 1.0, -0.25], label="training")
    ax.plot([0.0, 0.0])
    ax.set(ylabel="<loss>")
    with capture_output() as shown:
        show(figure, "A loss & its epochs.")
    [output] = shown.outputs
    image = BeautifulSoup(output.data["text/html"], "html.parser").img
    assert image["alt"] == "A loss & its epochs. <loss>, training: from 3 to −0.25."
    assert output.data["text/plain"] == image["alt"] and image["src"].endswith(output.data["image/png"])
    assert not plt.get_fignums(), "once is enough"


def test_nothing_is_shown_without_a_notebook():
    InteractiveShell.clear_instance()
    figure, _ = plt.subplots()
    with capture_output() as shown:
        show(figure, "words")
    assert not shown.outputs and plt.get_fignums()
    plt.close("all")
