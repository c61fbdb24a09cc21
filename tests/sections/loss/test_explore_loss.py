"""The explorers of losses as data: what they draw is what the classes compute."""

import re
from itertools import product
from xml.etree import ElementTree

import numpy as np
import pytest
from support.drive import heavy_imports, marked, move, numbers, press, require_reset, require_the_same, words

from mytorch.nn import CrossEntropyLoss, MSELoss
from mytorch.sections.loss.explorers.cross_entropy import TARGETS, CrossEntropy
from mytorch.sections.loss.explorers.losses import SCORES, TwoLosses
from mytorch.sections.loss.explorers.mse import MSEBowl

# --- mean squared error ---------------------------------------------------------------------------------


def test_bowl_shows_loss_and_gradient_of_the_class(explore):
    bowl = explore(MSEBowl, MSELoss)
    move(bowl, a0=2.0, a1=-1.5, y0=-0.5, y1=1.0, step=1.0)
    criterion = MSELoss()
    L = criterion.forward(np.array([[2.0, -1.5]]), np.array([[-0.5, 1.0]]))
    dLdA = criterion.backward()[0]
    assert f"{L:.3f}" in words(bowl) and f"{dLdA[0]:.2f}" in words(bowl) and f"{dLdA[1]:.2f}" in words(bowl)

    curve = numbers(bowl, "loss", bowl.slice)
    expected = [MSELoss().forward(np.array([[a, -1.5]]), np.array([[-0.5, 1.0]])) for a, _ in curve]
    np.testing.assert_allclose(curve[:, 1], expected, atol=0.02)
    (x0, y0), (x1, y1) = numbers(bowl, "tangent", bowl.slice)
    assert (y1 - y0) / (x1 - x0) == pytest.approx(dLdA[0], abs=0.02)
    start, end = numbers(bowl, "step", bowl.plane)
    np.testing.assert_allclose(end - start, -dLdA, atol=0.02)


def test_contours_are_circles_around_the_target(explore):
    bowl = explore(MSEBowl, MSELoss)
    move(bowl, y0=0.5, y1=-0.5)
    circle = marked(bowl, "level")[0]
    pixels = re.findall(r"(-?[\d.]+),(-?[\d.]+)", circle.get("d"))
    points = np.array([bowl.plane.at(float(x), float(y)) for x, y in pixels])
    np.testing.assert_allclose(np.hypot(*(points - [0.5, -0.5]).T), 1, atol=0.02)  # L = (1² + 0²) / (2·1·2)


def test_a_step_of_two_lands_on_the_target_and_one_of_five_leads_away(explore):
    bowl = explore(MSEBowl, MSELoss)
    move(bowl, step=2.0)
    press(bowl, "go")
    values = bowl.view.values
    assert (values["a0"], values["a1"]) == (values["y0"], values["y1"])
    assert "is the target" in bowl.view.said
    press(bowl, "reset")
    move(bowl, step=5.0)
    assert "further off" in bowl.view.said


@pytest.mark.parametrize("corner", list(product((-3.0, 3.0), repeat=4)))
def test_at_the_corners_the_curve_is_in_sight_and_the_rings_are_whole(explore, corner):
    bowl = explore(MSEBowl, MSELoss)
    move(bowl, **dict(zip(("a0", "a1", "y0", "y1"), corner)))
    assert numbers(bowl, "loss", bowl.slice)[:, 1].max() <= bowl.slice.ylim[1]
    picture = ElementTree.fromstring(f"<svg>{bowl.view.front}</svg>")
    rings = [ring.get("data-drag") for ring in picture.findall("circle")]  # those in an <svg> are cut off
    assert sorted(rings) == ["A", "Y", "slice"]


def test_rings_of_the_bowl_can_be_dragged(explore):
    bowl = explore(MSEBowl, MSELoss)
    place = {"x": float(bowl.plane.x(1.0)), "y": float(bowl.plane.y(2.0))}
    bowl.view.drag = {"handle": "A", **place}
    assert (bowl.view.values["a0"], bowl.view.values["a1"]) == (1.0, 2.0)
    bowl.view.drag = {"handle": "Y", **place}
    assert "is the target" in bowl.view.said


# --- cross-entropy --------------------------------------------------------------------------------------


def bars(explorer, name):
    return np.array([float(marked(explorer, f"{name} {k}")[0].get("data-value")) for k in range(3)])


@pytest.mark.parametrize("target", TARGETS)
def test_bars_are_softmax_loss_and_gradient_of_the_class(explore, target):
    explorer = explore(CrossEntropy, CrossEntropyLoss)
    move(explorer, a0=-1.0, a1=0.5, a2=3.0, target=target)
    A, Y = np.array([[-1.0, 0.5, 3.0]]), np.array([TARGETS[target]])
    criterion = CrossEntropyLoss()
    L = criterion.forward(A, Y)
    np.testing.assert_allclose(bars(explorer, "dLdA"), criterion.backward()[0], rtol=1e-4)
    np.testing.assert_allclose(bars(explorer, "softmax"), np.exp(A[0]) / np.exp(A).sum(), rtol=1e-4)
    assert bars(explorer, "terms").sum() == pytest.approx(L, rel=1e-4)
    assert f"sum: L = {L:.3f}" in words(explorer)
    assert explorer.view.problem == ""


def test_heights_of_bars_follow_their_numbers(explore):
    explorer = explore(CrossEntropy, CrossEntropyLoss)
    panel = explorer.panels[1]
    heights = [numbers(explorer, f"softmax {k}", panel)[:, 1].max() for k in range(3)]
    np.testing.assert_allclose(heights, bars(explorer, "softmax"), atol=1e-3)


def test_raising_all_scores_changes_only_the_scores(explore):
    explorer = explore(CrossEntropy, CrossEntropyLoss)
    before = bars(explorer, "dLdA")
    press(explorer, "raise")
    assert explorer.view.values["a0"] == 2.0
    np.testing.assert_allclose(bars(explorer, "dLdA"), before, atol=1e-6)
    press(explorer, *["raise"] * 5)  # stops at the sliders' end, all together
    np.testing.assert_allclose(bars(explorer, "dLdA"), before, atol=1e-6)


def test_at_the_ends_of_its_sliders_a_step_says_that_it_goes_no_further(explore):
    bowl = explore(MSEBowl, MSELoss)
    move(bowl, a0=-3.0, a1=-3.0, y0=3.0, y1=3.0, step=5.0)
    press(bowl, "go")
    assert "The step leads to A = (12.00, 12.00), beyond the picture" in bowl.view.problem
    scores = explore(CrossEntropy, CrossEntropyLoss)
    move(scores, a0=4.75)
    press(scores, "raise")
    assert scores.view.problem.startswith("The scores rise by 0.25")
    move(scores, a0=5.0, a1=5.0, a2=5.0, target="class 0")
    press(scores, "step")
    assert "beyond the end of its slider" in scores.view.problem


def test_steps_lead_a_soft_target_to_a_vanishing_gradient(explore):
    explorer = explore(CrossEntropy, CrossEntropyLoss)
    move(explorer, target="soft: 0.7, 0.2, 0.1")
    press(explorer, *["step"] * 30)
    assert np.abs(bars(explorer, "dLdA")).max() < 0.03


# --- both losses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", ["2", "10"])
def test_slopes_are_the_derivatives_of_the_drawn_losses(explore, classes):
    explorer = explore(TwoLosses, MSELoss, CrossEntropyLoss)
    move(explorer, classes=classes)
    for name in ("CrossEntropyLoss", "MSELoss"):
        loss = numbers(explorer, f"{name} L", explorer.heights)
        slope = numbers(explorer, f"{name} slope", explorer.slopes)
        np.testing.assert_allclose(loss[:, 0], SCORES, atol=0.02)
        np.testing.assert_allclose(np.gradient(loss[:, 1], SCORES), slope[:, 1], atol=0.06)


def test_sure_and_wrong_cross_entropy_pulls_and_mse_does_not(explore):
    explorer = explore(TwoLosses, MSELoss, CrossEntropyLoss)
    move(explorer, score=-6.0)
    cross, mse = re.findall(r"slope (-?[\d.]+)", words(explorer))
    assert float(cross) < -0.99 and abs(float(mse)) < 0.01
    assert "sure, and wrong" in explorer.view.said


# --- what all of them do ------------------------------------------------------------------------------------

EXPLORERS = (
    (MSEBowl, (MSELoss,), {"a0": 2.0, "y1": 2.0, "step": 4.0}, ["go"]),
    (CrossEntropy, (CrossEntropyLoss,), {"a0": -4.0, "target": "class 2"}, ["step", "raise"]),
    (TwoLosses, (MSELoss, CrossEntropyLoss), {"score": 2.0, "classes": "10"}, []),
)


@pytest.mark.parametrize(
    ("explorer", "classes", "values", "buttons"), EXPLORERS, ids=lambda x: getattr(x, "__name__", "")
)
def test_reset_brings_the_beginning_back(explore, explorer, classes, values, buttons):
    require_reset(explore(explorer, *classes), values, buttons)


class Unwritten:
    """Nothing written yet: every method is there and returns None."""

    def forward(self, A, Y):
        return None

    def backward(self):
        return None


@pytest.mark.parametrize(
    ("explorer", "classes", "values", "buttons"), EXPLORERS, ids=lambda x: getattr(x, "__name__", "")
)
def test_with_nothing_written_autograd_draws_the_same(explore, explorer, classes, values, buttons):
    require_the_same(explore, explorer, classes, Unwritten, values, buttons)


class Crashing(MSELoss):
    def backward(self):
        return self.nothing / 2


class Doubled(CrossEntropyLoss):
    def backward(self):
        return 2 * super().backward()


def test_errors_are_explained_in_place_with_their_line(explore):
    made = explore(MSEBowl, type("MSELoss", (Crashing,), {}))
    assert (
        "MSELoss stopped with AttributeError" in made.view.problem and "self.nothing / 2" in made.view.problem
    )
    assert "autograd" in made.view.problem and marked(made, "loss")


def test_wrong_numbers_are_drawn_and_said(explore):
    made = explore(CrossEntropy, type("CrossEntropyLoss", (Doubled,), {}))
    assert bars(made, "dLdA")[1] > 1.5
    assert "other numbers than autograd's" in made.view.problem


def test_nothing_is_shown_or_imported_while_a_submission_is_graded():
    calls = "explore.mse(object); explore.cross_entropy(object); explore.losses(object, object)"
    assert heavy_imports(f"from mytorch import explore; {calls}") == []
