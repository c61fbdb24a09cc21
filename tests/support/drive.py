"""Explorers without a browser: operated as the page does it, and read from what they draw."""

import re
from xml.etree import ElementTree

import numpy as np


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


def require_the_same(explorer, stood_in, values, buttons):
    """``stood_in``, of classes with nothing written, draws what ``explorer`` draws, and says why."""
    for one in (explorer, stood_in):
        move(one, **values)
        press(one, *buttons)
    assert stood_in.view.said == explorer.view.said
    assert stood_in.view.front == explorer.view.front
    assert "None" in stood_in.view.problem and "autograd" in stood_in.view.problem
