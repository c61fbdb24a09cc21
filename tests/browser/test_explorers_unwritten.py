"""The explorers where nothing is written yet: autograd stands in, says so, and everything can be used."""

import re

import pytest
from support.explorers import Explorer
from support.lab import Notebook

from browser import test_explorers_04 as losses
from browser import test_explorers_06 as batchnorm
from browser.test_explorers_03 import check_forward, numbers


@pytest.fixture
def unwritten(open_in_lab) -> Notebook:
    """What the explorers of all notebooks need, in one."""
    return open_in_lab("empty/explorers.ipynb")


@pytest.mark.parametrize("which", ["linear", "linear_gradient"])
def test_the_layer_is_autograds(unwritten, which):
    explorer = Explorer(unwritten, which)
    assert explorer.problem().startswith("Linear.forward(A) is None")
    assert "autograd stands in" in explorer.problem()
    fresh = explorer.markup()
    explorer.root.get_by_role("slider").first.press("ArrowLeft")
    explorer.settle()
    assert explorer.markup() != fresh


def test_the_curves_are_autograds(unwritten):
    curves = Explorer(unwritten, "activations")
    for name in ("Sigmoid", "Tanh", "ReLU"):
        assert f"{name}.forward(Z) is None" in curves.problem()
    assert "Identity" not in curves.problem()
    curves.slide("Z", -3.0)
    assert "0.047" in curves.words()


def test_autograd_runs_the_network(unwritten):
    network = Explorer(unwritten, "network")
    assert "self.layers of MLP1 is None" in network.problem()
    assert "autograd stands in" in network.problem()
    network.press("Forward step", "Forward step")
    check_forward(numbers(network))


def test_autograd_draws_the_plane(unwritten):
    depth = Explorer(unwritten, "depth")
    assert "autograd stands in" in depth.problem()
    depth.key("hidden layers", "Home")
    assert "straight lines stay straight" in depth.said()


@pytest.mark.parametrize("which", losses.USES)
def test_the_losses_are_autograds(unwritten, which):
    explorer = Explorer(unwritten, which)
    assert "autograd stands in" in explorer.problem()
    losses.USES[which](explorer)
    assert "is None" in explorer.problem()


def test_the_path_is_autograds(unwritten):
    descent = Explorer(unwritten, "descent")
    assert "SGD.step, without momentum, changed neither W nor b" in descent.problem()
    assert "autograd stands in" in descent.problem()
    path = descent.line("path")
    assert len(set(path)) > 10
    descent.key("momentum mu", "End")
    assert descent.line("path") != path
    assert "with momentum" in descent.problem()


def test_the_playground_trains_all_the_same(unwritten):
    play = Explorer(unwritten, "playground")
    assert "Linear" in play.problem() and "autograd stands in" in play.problem()
    before = len(play.line("train"))
    play.press("Start")
    play.until(lambda: len(play.line("train")) > before + 5, "it trains")
    play.press("Pause")


def test_the_digits_are_learned_all_the_same(unwritten):
    digits = Explorer(unwritten, "digits")
    assert "autograd stands in" in digits.problem()
    digits.press("Start")
    digits.until(lambda: digits.marks("progress").count(), "it trains")
    digits.press("Pause")


@pytest.mark.parametrize("which", batchnorm.USES)
def test_the_layer_that_normalizes_is_autograds(unwritten, which):
    explorer = Explorer(unwritten, which)
    assert "autograd stands in" in explorer.problem()
    batchnorm.USES[which](explorer)


def test_both_networks_are_autograds(unwritten):
    networks = Explorer(unwritten, "batchnorm_training")
    networks.press("Start")
    networks.until(lambda: len(networks.line("0.3 True")) > 2, "it trains")
    networks.press("Pause")
    unfinished = re.search("Not finished yet: (.*). autograd stands in", networks.problem())[1].split(", ")
    assert set(unfinished) == {"BatchNorm1d", "Linear", "ReLU", "SGD", "CrossEntropyLoss"}
