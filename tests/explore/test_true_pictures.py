"""What explorers must not pretend: that two things are equal which the frame only cuts off, and that a
sentence holds of code with other numbers than it should have.
"""

import re
from itertools import product
from xml.etree import ElementTree

import numpy as np
import pytest
from support.drive import marked, move

from mytorch.explore import svg
from mytorch.explore.base import Choice, Slider
from mytorch.models import MLP4
from mytorch.nn import BatchNorm1d, CrossEntropyLoss, Identity, Linear, MSELoss, ReLU, Sigmoid, Tanh
from mytorch.optim import SGD
from mytorch.sections.activation.explorers.activations import ActivationCurves
from mytorch.sections.batchnorm.explorers.batchnorm import BINS, BatchNormHistograms
from mytorch.sections.batchnorm.explorers.running_averages import RunningAverages
from mytorch.sections.linear.explorers.linear import LinearMap
from mytorch.sections.linear.explorers.linear_gradient import ENTRIES, MEAN, SUM, WeightGradient
from mytorch.sections.loss.explorers.cross_entropy import CrossEntropy
from mytorch.sections.loss.explorers.losses import TwoLosses
from mytorch.sections.loss.explorers.mse import MSEBowl
from mytorch.sections.mlp.explorers.depth import Depth
from mytorch.sections.sgd.explorers.descent import DescentPaths

PLOT = svg.Plot(10, 20, 300, 200, (-6, 6), (-1, 3))


def wrong(cls, **methods):
    """The class with other methods: ``wrong(Linear, forward=lambda right, self, A: 2 * right(self, A))``."""

    def changed(name, method):
        return lambda self, *args, **kwargs: method(getattr(cls, name), self, *args, **kwargs)

    return type(cls.__name__, (cls,), {name: changed(name, one) for name, one in methods.items()})


def half_a_step(right, self):
    lr, self.lr = self.lr, self.lr / 2
    right(self)
    self.lr = lr


def not_averaged(right, self, dLdZ):
    dLdA = right(self, dLdZ)
    self.dLdW, self.dLdb = self.N * self.dLdW, self.N * self.dLdb
    return dLdA


# --- nothing is cut off in silence --------------------------------------------------------------------------


def points(mark):
    return np.array(re.findall(r"(-?[\d.]+),(-?[\d.]+)", mark), dtype=float)


@pytest.mark.parametrize(
    "x, y, toward", [(0, 9, (0, -1)), (0, -9, (0, 1)), (99, 1, (1, 0)), (-99, 1, (-1, 0))]
)
def test_a_ring_beyond_the_frame_stands_inside_and_points_there(x, y, toward):
    ring, arrow = PLOT.handle(x, y, "#000000", "z").split("<polygon")
    cx, cy = (float(re.search(rf'{name}="([^"]+)"', ring)[1]) for name in ("cx", "cy"))
    assert 17 <= cx <= 303 and 27 <= cy <= 213
    tip, *others = points(arrow)
    assert np.dot(tip - np.mean(others, axis=0), toward) > 5
    assert "polygon" not in PLOT.handle(0, 1, "#000000", "z") + PLOT.handle(6, 3, "#000000", "z")


def test_a_bar_that_goes_on_ends_in_a_point():
    along = {
        end: points(svg.bar(100, end, 50, 18, (20, 200), "#000000"))[:, 0] for end in (150, 200, 300, -9)
    }
    assert along[150].tolist() == [100, 150, 150, 150, 100]
    assert along[200].tolist() == [100, 200, 200, 200, 100]
    assert along[300].tolist() == [100, 191, 200, 191, 100]
    assert along[-9].tolist() == [100, 29, 20, 29, 100]


@pytest.mark.parametrize("loss", [MEAN, SUM])
def test_bars_and_graph_of_the_gradient_hold_all_that_right_code_reaches(explore, loss):
    explorer = explore(WeightGradient, Linear)
    for entry, N, nudge in product(ENTRIES, (1, 4), (-2.0, 2.0)):
        move(explorer, entry=entry, N=N, nudge=nudge, loss=loss)
        assert not marked(explorer, "beyond"), (entry, N, nudge)
        lengths, values = [], []
        for name in ("change of L", f"dLd{entry} · δ"):
            (bar,) = marked(explorer, name)
            lengths.append(np.ptp(points(bar.get("points"))[:, 0]))
            values.append(abs(value_beside(explorer, name)))
        assert lengths[0] * values[1] == pytest.approx(lengths[1] * values[0], abs=2), (entry, N, nudge)


def value_beside(explorer, name):
    """The number in the row of these words."""
    texts = [*ElementTree.fromstring(f"<svg>{explorer.view.front}</svg>").iter("text")]
    height = next(one.get("y") for one in texts if one.text == name)
    (value,) = (one.text for one in texts if one.get("y") == height and one.text != name)
    return float(value.replace("−", "-"))


def test_a_promise_beyond_the_graph_points_there(explore):
    explorer = explore(WeightGradient, wrong(Linear, backward=not_averaged))
    move(explorer, nudge=2.0)
    assert len(marked(explorer, "beyond")) == 1
    (bar,) = marked(explorer, "dLdW[0, 0] · δ")
    assert len(set(points(bar.get("points"))[:, 0])) == 3  # it ends in a point


RINGS = [
    (LinearMap, (Linear,)),
    (WeightGradient, (Linear,)),
    (WeightGradient, (wrong(Linear, forward=lambda right, self, A: 9 * right(self, A)),)),
    (ActivationCurves, (Identity, Sigmoid, Tanh, ReLU)),
    (CrossEntropy, (CrossEntropyLoss,)),
    (MSEBowl, (MSELoss,)),
    (MSEBowl, (wrong(MSELoss, forward=lambda right, self, A, Y: 9 * right(self, A, Y)),)),
    (TwoLosses, (MSELoss, CrossEntropyLoss)),
    (TwoLosses, (MSELoss, wrong(CrossEntropyLoss, backward=lambda right, self: -right(self)))),
    (DescentPaths, (SGD,)),
]


@pytest.mark.parametrize("explorer, classes", RINGS)
def test_every_ring_can_be_grabbed_wherever_the_controls_are(explore, explorer, classes):
    made = explore(explorer, *classes)
    names = set(rings(made))
    for values in extremes(made):
        move(made, **values)
        seen = rings(made)
        assert set(seen) == names, values
        for name, (place, frame) in seen.items():
            assert (frame[0] - 1 <= place).all() and (place <= frame[1] + 1).all(), (name, values)


def extremes(explorer):
    """The controls at the ends of their ranges: each by itself, and all that are numbers together."""
    sliders = [control for control in explorer._controls.values() if isinstance(control, Slider)]
    choices = [control for control in explorer._controls.values() if isinstance(control, Choice)]
    for control in sliders:
        yield from ({control.name: end} for end in (control.low, control.high, control.value))
    for low in (True, False):
        yield {control.name: control.low if low else control.high for control in sliders}
        for control in choices:
            yield from ({control.name: option} for option in control.options)


def rings(explorer):
    """name -> (its place, the frame that it is drawn in)."""
    picture = ElementTree.fromstring(f"<svg>{explorer.view.back}{explorer.view.front}</svg>")
    whole = np.array([[0, 0], explorer.size])
    found = {}

    def look(node, frame):
        if node.tag == "svg" and node.get("viewBox"):
            left, top, width, height = map(float, node.get("viewBox").split())
            frame = np.array([[left, top], [left + width, top + height]])
        if node.get("data-drag"):
            found[node.get("data-drag")] = np.array([float(node.get("cx")), float(node.get("cy"))]), frame
        for child in node:
            look(child, frame)

    look(picture, whole)
    return found


def test_samples_beyond_a_histogram_are_counted_and_not_put_into_its_last_bar(explore):
    explorer = explore(BatchNormHistograms, BatchNorm1d)
    move(explorer, mean=4.0, spread=3.0, gamma=-3.0, beta=-4.0)
    said = [mark.text for mark in marked(explorer, "cut off")]
    assert (
        len(said) == 2 and re.fullmatch(r"→ \d+ beyond", said[0]) and re.fullmatch(r"← \d+ beyond", said[1])
    )
    outline = points(marked(explorer, "Z")[0].get("points"))
    panel = explorer.panels["Z"]
    shares = np.array([panel.at(*place)[1] for place in outline])[1:-1:2]
    count = int(re.search(r"\d+", said[0])[0])
    assert len(shares) == len(BINS) - 1 and shares.sum() == pytest.approx(1 - count / 128, abs=0.02)
    move(explorer, spread=0.1)
    assert "↑ share" in marked(explorer, "cut off")[0].text


def test_batches_and_samples_beyond_the_running_averages_point_there(explore):
    explorer = explore(RunningAverages, BatchNorm1d)
    move(explorer, N=1, spread=3.0, mean=6.0)
    for _ in range(30):
        explorer.feed()
    explorer._refresh()
    dots = marked(explorer, "beyond")
    assert len(dots) > 12  # most of twelve samples are divided by next to nothing, and some batches


# --- a sentence that holds of right code only --------------------------------------------------------------

CLAIMS = [
    (LinearMap, (Linear,), 0, "forward", {}, "parallelogram of area"),
    (WeightGradient, (Linear,), 0, "backward", {}, "shrinks with the square"),
    (WeightGradient, (Linear,), 0, "backward", {"nudge": 0.0}, "starts with the slope"),
    (WeightGradient, (Linear,), 0, "backward", {"loss": SUM}, "is an average over the batch"),
    (WeightGradient, (Linear,), 0, "backward", {"nudge": 0.05}, "right to"),
    (CrossEntropy, (CrossEntropyLoss,), 0, "backward", {}, "fall by as much together"),
    (CrossEntropy, (CrossEntropyLoss,), 0, "forward", {"target": "soft: a third each"}, "cannot fall below"),
    (MSEBowl, (MSELoss,), 0, "backward", {}, "points away from the target"),
    (MSEBowl, (MSELoss,), 0, "backward", {"a0": 1.0, "a1": -0.5, "y0": 1.0, "y1": -0.5}, "A is the target"),
    (DescentPaths, (SGD,), 0, "step", {}, "follows the slope of its place alone"),
    (TwoLosses, (MSELoss, CrossEntropyLoss), 1, "backward", {}, "cross-entropy has not"),
    (TwoLosses, (MSELoss, CrossEntropyLoss), 0, "backward", {"score": 5.0}, "Both are nearly flat"),
    (Depth, (MLP4,), 0, "forward", {"depth": 0}, "straight lines stay straight"),
    (Depth, (MLP4,), 0, "forward", {}, "flat pieces"),
    (BatchNormHistograms, (BatchNorm1d,), 0, "forward", {}, "Whatever the shift"),
    (BatchNormHistograms, (BatchNorm1d,), 0, "forward", {"N": 1}, "BZ = β"),
]


@pytest.mark.parametrize("explorer, classes, changed, method, values, claim", CLAIMS)
def test_what_holds_of_right_code_is_not_said_of_other_code(
    explore, explorer, classes, changed, method, values, claim
):
    right = explore(explorer, *classes)
    move(right, **values)
    assert claim in right.view.said and not right.view.problem
    way = {"step": half_a_step}.get(
        method, not_averaged if (Linear, method) == (*classes, "backward") else away
    )
    others = list(classes)
    others[changed] = wrong(others[changed], **{method: way})
    other = explore(explorer, *others)
    move(other, **values)
    assert other.view.problem
    assert claim not in other.view.said and other.view.said.strip()


EQUATIONS = [
    (LinearMap, Linear, "forward", "="),
    (WeightGradient, Linear, "backward", "/ N ="),
    (MSEBowl, MSELoss, "backward", ") / (N · C) ="),
    (MSEBowl, MSELoss, "forward", "L = ½ · mean of the squares = "),
    (CrossEntropy, CrossEntropyLoss, "forward", "sum: L = "),
]


@pytest.mark.parametrize("explorer, cls, method, words", EQUATIONS)
def test_an_equation_is_drawn_where_it_holds(explore, explorer, cls, method, words):
    right = explore(explorer, cls)
    assert f">{words}" in right.view.front + right.view.back
    other = explore(explorer, wrong(cls, **{method: not_averaged if words == "/ N =" else away}))
    assert f">{words}" not in other.view.front + other.view.back


def away(right, self, *args, **kwargs):
    return 2 * right(self, *args, **kwargs) + 0.5


def test_running_averages_that_are_not_kept_are_not_explained_as_if_they_were(explore):
    def forgets(right, self, Z, eval=False):
        kept = self.running_M
        BZ = right(self, Z, eval)
        self.running_M = kept
        return BZ

    for cls, claims in ((BatchNorm1d, True), (wrong(BatchNorm1d, forward=forgets), False)):
        explorer = explore(RunningAverages, cls)
        for _ in range(3):
            explorer.feed()
        explorer._refresh()
        assert ("remembers its start too well" in explorer.view.said) is claims
        move(explorer, N=1)
        assert ("every V is 0" in explorer.view.said) is claims
