"""Explorers without a browser: operated as the page does it, and read from what they draw."""

import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np

HEAVY = {"anywidget", "autograd", "contourpy", "IPython", "ipywidgets", "matplotlib", "torch"}
HEAVY |= {"mytorch.explore.base", "nbclient", "nbformat"}


def press(explorer, *buttons):
    for button in buttons:
        explorer.view._handle_custom_msg({"press": button}, [])


def move(explorer, **values):
    explorer.view.values = {**explorer.view.values, **values}


def marked(explorer, name):
    """The elements of the picture with this data-mark."""
    picture = ElementTree.fromstring(f"<svg>{explorer.view.back}{explorer.view.front}</svg>")
    return [element for element in picture.iter() if element.get("data-mark") == name]


def numbers(explorer, name, plot):
    """The (x, y) that the only line or polygon of this name shows in its graph."""
    (mark,) = marked(explorer, name)
    pixels = re.findall(r"(-?[\d.]+),(-?[\d.]+)", mark.get("d") or mark.get("points"))
    return np.array([plot.at(float(x), float(y)) for x, y in pixels])


def words(explorer):
    return re.sub("<[^>]*>", " ", explorer.view.front).replace("−", "-")


def looks(explorer):
    view = explorer.view
    return view.back, view.front, view.said, view.values


def require_reset(explorer, values, buttons):
    """After these controls are moved and these buttons pressed, Reset brings the beginning back."""
    before = looks(explorer)
    move(explorer, **values)
    press(explorer, *buttons)
    assert all(now != then for now, then in zip(looks(explorer)[1:], before[1:]))
    press(explorer, "reset")
    assert looks(explorer) == before


def require_the_same(explore, explorer, classes, unwritten, values, buttons):
    """Where nothing is written, as in the class ``unwritten``, autograd draws the same, and why is said."""
    written = explore(explorer, *classes)
    stood_in = explore(explorer, *(type(cls.__name__, (unwritten,), {}) for cls in classes))
    for one in (written, stood_in):
        move(one, **values)
        press(one, *buttons)
    assert stood_in.view.said == written.view.said
    assert stood_in.view.front == written.view.front
    assert "None" in stood_in.view.problem and "autograd" in stood_in.view.problem
    assert all(cls.__name__ in stood_in.view.problem for cls in classes)


def heavy_imports(code, graded=True):
    """Which of HEAVY this code loads in a Python of its own, where it says nothing."""
    program = f"import sys\n{code}\nprint(*sorted({HEAVY} & sys.modules.keys()))"
    environment = {"MYTORCH_CHECK": "record"} if graded else {}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1), done.stderr
    return done.stdout.split()
