"""The explorers of batch normalization as data: what they draw is what the class computes."""

import re

import numpy as np
import pytest
from support.drive import (
    heavy_imports,
    looks,
    marked,
    move,
    numbers,
    press,
    require_reset,
    require_the_same,
    words,
)
from support.own import ROOT

from mytorch.nn import BatchNorm1d
from mytorch.sections.batchnorm.explorers import batchnorm_training as two_networks
from mytorch.sections.batchnorm.explorers.batchnorm import BINS, BatchNormHistograms, hidden
from mytorch.sections.batchnorm.explorers.batchnorm_training import BatchNormTraining
from mytorch.sections.batchnorm.explorers.running_averages import ALPHAS, BATCHES, RunningAverages

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


# --- histograms -----------------------------------------------------------------------------------------


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


# --- running averages -----------------------------------------------------------------------------------


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


# --- training -------------------------------------------------------------------------------------------


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
    (BatchNormHistograms, (BatchNorm1d,), {"N": 7, "gamma": 1.0, "mean": 0.0}, ["batch"]),
    (RunningAverages, (BatchNorm1d,), {"N": 3, "mean": 0.0}, ["one", "one"]),
)


@pytest.mark.parametrize(
    ("explorer", "classes", "values", "buttons"), EXPLORERS, ids=lambda x: getattr(x, "__name__", "")
)
def test_reset_brings_the_beginning_back(explore, explorer, classes, values, buttons):
    require_reset(explore(explorer, *classes), values, buttons)


def test_reset_of_training_forgets_the_networks(explore, notebook):
    made = explore(BatchNormTraining, notebook["Network"])
    before = looks(made)
    made._event(made.advance)
    assert looks(made)[1:3] != before[1:3]
    press(made, "reset")
    assert looks(made) == before


class Unwritten:
    """Nothing written yet but what is given: every method is there and returns None."""

    def __init__(self, *args):
        self.running_M, self.running_V = np.zeros((1, 1)), np.ones((1, 1))

    def forward(self, Z, eval=False):
        return None

    def backward(self, dLdBZ):
        return None


@pytest.mark.parametrize(
    ("explorer", "classes", "values", "buttons"), EXPLORERS, ids=lambda x: getattr(x, "__name__", "")
)
def test_with_nothing_written_autograd_draws_the_same(explore, explorer, classes, values, buttons):
    require_the_same(explore, explorer, classes, Unwritten, values, buttons)


class Forgetful(BatchNorm1d):
    def forward(self, Z, eval=False):
        kept = self.running_M
        BZ = super().forward(Z, eval)
        self.running_M = kept
        return BZ


class OfTheBatch(BatchNorm1d):
    def forward(self, Z, eval=False):
        kept = self.running_M, self.running_V
        BZ = super().forward(Z)
        if eval:
            self.running_M, self.running_V = kept
        return BZ


def test_wrong_numbers_are_said_with_their_equations(explore):
    made = explore(RunningAverages, type("BatchNorm1d", (Forgetful,), {}))
    press(made, "one")
    assert "eqs. 54, 55" in made.view.problem
    made = explore(RunningAverages, type("BatchNorm1d", (OfTheBatch,), {}))
    press(made, "one")
    assert "eqs. 56, 57" in made.view.problem


def test_a_network_that_fails_is_explained_and_stops(explore):
    class Network:
        def __init__(self, sizes, normalize):
            raise RuntimeError("no layers")

    made = explore(BatchNormTraining, Network)
    assert made._event(made.advance) is False
    assert "Network stopped with RuntimeError: no layers" in made.view.problem


def test_nothing_is_shown_or_imported_while_a_submission_is_graded():
    calls = "explore.batchnorm(object); explore.running_averages(object); explore.batchnorm_training(object)"
    assert heavy_imports(f"from mytorch import explore; {calls}") == []
