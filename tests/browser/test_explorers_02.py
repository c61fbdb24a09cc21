"""The explorer of notebook 02 in JupyterLab, and what happens to it when the kernel restarts and the page is
loaded again.
"""

import pytest
from playwright.sync_api import expect
from support.explorers import Explorer

from browser.every_explorer import *  # noqa: F403

NOTEBOOK = "02_activation.ipynb"
VIEWS = (
    "import ipywidgets; from mytorch.explore.base import View; "
    "print(sum(isinstance(widget, View) for widget in ipywidgets.widgets.widget._instances.values()))"
)


def test_point_and_tangent_move_along_z(solved):
    curves = Explorer(solved, "activations")
    curves.slide("Z", -3.0)
    assert {"-3.000", "0.047", "-0.995", "0.000"} <= set(curves.words())
    assert "Tanh and ReLU are saturated" in curves.said()
    curves.drag("Sigmoid", right=30, down=0)
    assert curves.value("Z") == pytest.approx(-1, abs=0.1)


def test_functions_stand_side_by_side(solved):
    curves = Explorer(solved, "activations")
    for name in ("Identity", "Tanh", "ReLU"):
        curves.tick(name, False)
    assert [word for word in curves.words() if word in ("Identity", "Sigmoid", "Tanh", "ReLU")] == ["Sigmoid"]
    curves.tick("Sigmoid", False)
    assert curves.said() == "Tick at least one of the functions."


def test_reloading_the_page_keeps_the_explorer(solved):
    Explorer(solved, "activations").slide("Z", 2.0)
    solved.save()
    curves = Explorer.reloaded(solved, "activations")
    assert "At Z = 2.00" in curves.said()
    curves.key("Z", "ArrowRight")
    assert "At Z = 2.05" in curves.said()


def test_after_a_restart_the_explorer_says_so_and_comes_back(solved):
    curves = Explorer(solved, "activations")
    solved.restart()
    expect(curves.root.locator(".mt-said")).to_have_text(
        "The kernel was restarted: run this cell again to bring the picture back."
    )
    assert curves.root.locator("[inert] button").count() > 0
    solved.run_all()
    curves = Explorer(solved, "activations")
    before = curves.markup()
    curves.key("Z", "ArrowRight")
    assert curves.markup() != before
    assert solved.ask(VIEWS) == "1"
