"""The explorers of notebooks 04 and 06 as data: what they draw is what the classes compute."""

import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from support.own import ROOT

from mytorch.nn import BatchNorm1d, CrossEntropyLoss, MSELoss
from mytorch.sections.batchnorm.explorers import batchnorm_training as two_networks
from mytorch.sections.batchnorm.explorers.batchnorm import BINS, BatchNormHistograms, hidden
from mytorch.sections.batchnorm.explorers.batchnorm_training import BatchNormTraining
from mytorch.sections.batchnorm.explorers.running_averages import ALPHAS, BATCHES, RunningAverages
from mytorch.sections.loss.explorers.cross_entropy import TARGETS, CrossEntropy
from mytorch.sections.loss.explorers.losses import SCORES, TwoLosses
from mytorch.sections.loss.explorers.mse import MSEBowl

NOTEBOOK = ROOT / "notebooks" / "06_batchnorm.md"


@pytest.fixture(scope="module")
def notebook():
    """What notebook 06 defines for its own training: Network, train and the rest."""
    cells = re.findall(
        r"```{code-cell} ipython3\n(.*?)```", NOTEBOOK.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    defined = {}
    for cell in cells:
        if cell.startswith("import numpy") or "\nclass Network" in cell or "\ndef train(" in cell:
            exec(cell, defined)
    return defined


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


# --- 04: mean squared error ---------------------------------------------------------------------------------


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


def test_rings_of_the_bowl_can_be_dragged(explore):
    bowl = explore(MSEBowl, MSELoss)
    place = {"x": float(bowl.plane.x(1.0)), "y": float(bowl.plane.y(2.0))}
    bowl.view.drag = {"handle": "A", **place}
    assert (bowl.view.values["a0"], bowl.view.values["a1"]) == (1.0, 2.0)
    bowl.view.drag = {"handle": "Y", **place}
    assert "is the target" in bowl.view.said


# --- 04: cross-entropy --------------------------------------------------------------------------------------


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
    heights = [float(marked(explorer, f"softmax {k}")[0].get("height")) for k in range(3)]
    np.testing.assert_allclose(
        np.array(heights) / (panel.y(0) - panel.y(1)), bars(explorer, "softmax"), atol=1e-3
    )


def test_raising_all_scores_changes_only_the_scores(explore):
    explorer = explore(CrossEntropy, CrossEntropyLoss)
    before = bars(explorer, "dLdA")
    press(explorer, "raise")
    assert explorer.view.values["a0"] == 2.0
    np.testing.assert_allclose(bars(explorer, "dLdA"), before, atol=1e-6)
    press(explorer, *["raise"] * 5)  # stops at the sliders' end, all together
    np.testing.assert_allclose(bars(explorer, "dLdA"), before, atol=1e-6)


def test_steps_lead_a_soft_target_to_a_vanishing_gradient(explore):
    explorer = explore(CrossEntropy, CrossEntropyLoss)
    move(explorer, target="soft: 0.7, 0.2, 0.1")
    press(explorer, *["step"] * 30)
    assert np.abs(bars(explorer, "dLdA")).max() < 0.03


# --- 04: both losses ----------------------------------------------------------------------------------------


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


# --- 06: histograms -----------------------------------------------------------------------------------------


def test_histograms_show_what_the_layer_computes(explore):
    explorer = explore(BatchNormHistograms, BatchNorm1d)
    move(explorer, mean=2.0, spread=0.5, N=100, gamma=-1.5, beta=3.0)
    Z = 2 + 0.5 * hidden(256, 0)[:100]
    layer = BatchNorm1d(1)
    layer.BW[:], layer.Bb[:] = -1.5, 3.0
    layer.forward(Z)
    for name in ("Z", "NZ", "BZ"):
        values = getattr(layer, name)
        outline = numbers(explorer, name, explorer.panels[name])
        shares = np.histogram(values, BINS)[0] / 100
        np.testing.assert_allclose(outline[1:-1:2, 1], shares, atol=0.002, err_msg=name)
        assert marked(explorer, f"{name} mean")[0].text.replace("−", "-") == f"mean {values.mean() + 0.0:.2f}"
        assert marked(explorer, f"{name} variance")[0].text == f"variance {values.var():.2f}"
    assert f"M = {layer.M.item():.2f}, V = {layer.V.item():.2f}" in words(explorer)
    assert explorer.view.problem == ""


def test_what_is_left_does_not_depend_on_shift_and_stretch(explore):
    explorer = explore(BatchNormHistograms, BatchNorm1d)
    before = numbers(explorer, "NZ", explorer.panels["NZ"])
    move(explorer, mean=-4.0, spread=0.4)
    np.testing.assert_allclose(numbers(explorer, "NZ", explorer.panels["NZ"]), before, atol=0.02)


def test_a_batch_of_one_and_another_batch(explore):
    explorer = explore(BatchNormHistograms, BatchNorm1d)
    move(explorer, N=1)
    assert "batch of one" in explorer.view.said and marked(explorer, "BZ variance")[0].text == "variance 0.00"
    move(explorer, N=5)
    before = words(explorer)
    press(explorer, "batch")
    assert words(explorer) != before


# --- 06: running averages -----------------------------------------------------------------------------------


def test_running_averages_and_both_modes_are_the_layers_own(explore):
    explorer = explore(RunningAverages, BatchNorm1d)
    press(explorer, *["one"] * 7)
    move(explorer, mean=-2.0)
    press(explorer, *["one"] * 3)
    assert len(explorer.batches) == 10 and explorer.view.problem == ""
    Z = -2 + 2 * np.array([[-1.5], [-0.7], [-0.2], [0.4], [0.8], [1.2]]) / np.std(
        [-1.5, -0.7, -0.2, 0.4, 0.8, 1.2]
    )
    strips = {"train": BatchNorm1d(1).forward(Z)}
    for alpha in ALPHAS:
        layer = BatchNorm1d(1, alpha)
        means, variances = [layer.running_M.item()], [layer.running_V.item()]
        for batch in explorer.batches:
            layer.forward(batch)
            means.append(layer.running_M.item())
            variances.append(layer.running_V.item())
        np.testing.assert_allclose(numbers(explorer, f"M {alpha}", explorer.means)[:, 1], means, atol=0.01)
        np.testing.assert_allclose(
            numbers(explorer, f"V {alpha}", explorer.variances)[:, 1], variances, atol=0.01
        )
        strips[alpha] = layer.forward(Z, eval=True)
    for name, values in strips.items():
        shown = [explorer.strips.at(float(dot.get("cx")), 0)[0] for dot in marked(explorer, f"strip {name}")]
        np.testing.assert_allclose(shown, values.ravel(), atol=0.01, err_msg=str(name))


def test_batches_end_with_the_axis_and_can_be_forgotten(explore):
    explorer = explore(RunningAverages, BatchNorm1d)
    press(explorer, *["one"] * (BATCHES + 2))
    assert len(explorer.batches) == BATCHES
    press(explorer, "clear")
    assert explorer.batches == [] and "Nothing has been seen" in explorer.view.said


# --- 06: training -------------------------------------------------------------------------------------------


def test_training_is_the_notebooks_own(explore, notebook, monkeypatch):
    monkeypatch.setattr(two_networks, "EPOCHS", 2)
    explorer = explore(BatchNormTraining, notebook["Network"])
    move(explorer, rate="1")
    while explorer.advance() is not False:
        pass
    move(explorer, rate="0.3")
    X, Y, X_test, Y_test = notebook["digits"]()
    for normalize in (False, True):
        model = notebook["Network"](two_networks.SIZES, normalize)
        history = notebook["train"](model, X, Y, 1.0, 2)
        run = explorer.trials["1"][normalize]
        np.testing.assert_allclose(np.reshape(run.losses, (2, -1)).mean(axis=1), history)
        accuracy = notebook["accuracy"](model, X_test, Y_test)
        assert marked(explorer, f"accuracy 1 {normalize}")[0].text == f"{100 * accuracy:.0f} %"
        epochs, losses = numbers(explorer, f"1 {normalize}", explorer.panels["1"]).T
        assert len(epochs) == 10 and 0 < epochs[0] < epochs[-1] < 2
        np.testing.assert_allclose(losses, run.curve()[1], atol=0.01)


# --- what all of them do ------------------------------------------------------------------------------------

EXPLORERS = (
    (MSEBowl, (MSELoss,), {"a0": 2.0, "y1": 2.0, "step": 4.0}, ["go"]),
    (CrossEntropy, (CrossEntropyLoss,), {"a0": -4.0, "target": "class 2"}, ["step", "raise"]),
    (TwoLosses, (MSELoss, CrossEntropyLoss), {"score": 2.0, "classes": "10"}, []),
    (BatchNormHistograms, (BatchNorm1d,), {"N": 7, "gamma": 1.0, "mean": 0.0}, ["batch"]),
    (RunningAverages, (BatchNorm1d,), {"N": 3, "mean": 0.0}, ["one", "one"]),
)


@pytest.mark.parametrize(
    ("explorer", "classes", "values", "buttons"), EXPLORERS, ids=lambda x: getattr(x, "__name__", "")
)
def test_reset_brings_the_beginning_back(explore, explorer, classes, values, buttons):
    made = explore(explorer, *classes)
    before = looks(made)
    move(made, **values)
    press(made, *buttons)
    assert all(now != then for now, then in zip(looks(made)[1:], before[1:]))
    press(made, "reset")
    assert looks(made) == before


def test_reset_of_training_forgets_the_networks(explore, notebook):
    made = explore(BatchNormTraining, notebook["Network"])
    before = looks(made)
    made._event(made.advance)
    assert looks(made)[1:3] != before[1:3]
    press(made, "reset")
    assert looks(made) == before


class Unwritten:
    """Nothing written yet: every method is there and returns None."""

    def __init__(self, *args):  # batch norm's is given
        self.running_M, self.running_V = np.zeros((1, 1)), np.ones((1, 1))

    def forward(self, A, Y=None, eval=False):
        return None

    def backward(self, dLdBZ=None):
        return None


@pytest.mark.parametrize(
    ("explorer", "classes", "values", "buttons"), EXPLORERS, ids=lambda x: getattr(x, "__name__", "")
)
def test_with_nothing_written_autograd_draws_the_same(explore, explorer, classes, values, buttons):
    empty = [type(cls.__name__, (Unwritten,), {}) for cls in classes]
    right, stood_in = explore(explorer, *classes), explore(explorer, *empty)
    for made in (right, stood_in):
        move(made, **values)
        press(made, *buttons)
    assert stood_in.view.said == right.view.said
    assert stood_in.view.front == right.view.front
    for cls in classes:
        assert cls.__name__ in stood_in.view.problem
    assert "None" in stood_in.view.problem and "autograd" in stood_in.view.problem


class Crashing(MSELoss):
    def backward(self):
        return self.nothing / 2


class Doubled(CrossEntropyLoss):
    def backward(self):
        return 2 * super().backward()


class Forgetful(BatchNorm1d):
    def forward(self, Z, eval=False):
        kept = self.running_M
        BZ = super().forward(Z, eval)
        self.running_M = kept
        return BZ


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

    made = explore(RunningAverages, type("BatchNorm1d", (Forgetful,), {}))
    press(made, "one")
    assert "eqs. 54, 55" in made.view.problem


def test_a_network_that_fails_is_explained_and_stops(explore):
    class Network:
        def __init__(self, sizes, normalize):
            raise RuntimeError("no layers")

    made = explore(BatchNormTraining, Network)
    assert made._event(made.advance) is False
    assert "Network stopped with RuntimeError: no layers" in made.view.problem


def test_nothing_is_shown_or_imported_while_a_submission_is_graded():
    program = """
import sys
from mytorch import explore
for name in ("mse", "cross_entropy", "batchnorm", "running_averages", "batchnorm_training"):
    getattr(explore, name)(object)
explore.losses(object, object)
assert not {"anywidget", "contourpy", "mytorch.explore.base"} & set(sys.modules)
"""
    environment = os.environ | {"MYTORCH_CHECK": "record"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
