"""The explorers of notebook 04 in JupyterLab. What they do, they do with the student's losses and with
autograd's.
"""

import re

import numpy as np
import pytest
from support.explorers import Explorer

from browser.every_explorer import *  # noqa: F403

NOTEBOOK = "04_loss.ipynb"


def line(explorer: Explorer, name: str) -> np.ndarray:
    return np.array(explorer.line(name))


def bars(scores: Explorer, name: str) -> list[float]:
    return [float(scores.marks(f"{name} {k}").get_attribute("data-value")) for k in range(3)]


def use_mse(bowl: Explorer):
    rising = line(bowl, "tangent")
    bowl.slide("A[0, 0]", 2)  # to the other side of the target
    falling = line(bowl, "tangent")
    assert rising[1, 1] > rising[0, 1] and falling[1, 1] < falling[0, 1]  # y points down: L falls, then rises
    lowest = np.argmax(line(bowl, "loss")[:, 1])
    bowl.slide("Y[0, 0]", -1)
    assert np.argmax(line(bowl, "loss")[:, 1]) < lowest  # the bowl moves with its target
    bowl.key("A[0, 1]", "ArrowRight")
    assert bowl.value("A[0, 1]") == 1.05
    bowl.slide("step length", 2)
    bowl.press("Take the step")
    assert (bowl.value("A[0, 0]"), bowl.value("A[0, 1]")) == (bowl.value("Y[0, 0]"), bowl.value("Y[0, 1]"))
    assert "is the target" in bowl.said()
    bowl.drag("A", 60, -40)
    assert bowl.value("A[0, 0]") > bowl.value("Y[0, 0]") and bowl.value("A[0, 1]") > bowl.value("Y[0, 1]")
    assert "lands on the target" in bowl.said()


def use_cross_entropy(scores: Explorer):
    before = bars(scores, "dLdA")
    assert before[0] < 0 < before[1] and sum(before) == pytest.approx(0, abs=1e-4)
    scores.slide("A[0, 0]", 4)
    after = bars(scores, "dLdA")
    assert before[0] < after[0] < 0 and bars(scores, "softmax")[0] > 0.8
    scores.choose("target Y", "class 1")
    assert bars(scores, "dLdA")[1] == pytest.approx(bars(scores, "softmax")[1] - 1, abs=1e-4)
    gradient = bars(scores, "dLdA")
    scores.press("All scores + 1")
    assert scores.value("A[0, 0]") == 5 and bars(scores, "dLdA") == pytest.approx(gradient, abs=1e-5)
    scores.choose("target Y", "soft: 0.7, 0.2, 0.1")
    scores.press("Step against the gradient")
    assert max(map(abs, bars(scores, "dLdA"))) < max(map(abs, gradient))
    scores.drag("a2", 0, -60)
    assert scores.value("A[0, 2]") > 0


def use_losses(both: Explorer):
    both.key("score of the right class", "Home")
    cross, mse = re.findall(r"slope (\S\d\.\d+)", " ".join(both.words()))
    assert float(cross) < -0.99 and abs(float(mse)) < 0.01
    curve = line(both, "CrossEntropyLoss L")
    both.choose("number of classes", "10")
    assert (line(both, "CrossEntropyLoss L")[:, 1] <= curve[:, 1]).all()  # more classes, more loss
    both.drag("L CrossEntropyLoss", 100, 0)
    assert both.value("score of the right class") > -5


USES = {"mse": use_mse, "cross_entropy": use_cross_entropy, "losses": use_losses}


def test_its_answers_with_the_students_losses(solved, name):
    explorer = Explorer(solved, name)
    USES[name](explorer)
    assert explorer.problem() == ""
