"""The explorers of notebook 05, without a page: what they hold and draw for classes right, wrong and
missing.
"""

import re

import numpy as np
import pytest

from mytorch import data, explore
from mytorch.check.reference import reference_of
from mytorch.explore.student import Calls
from mytorch.optim import SGD
from mytorch.sections.sgd.explorers import digits as digit_reader
from mytorch.sections.sgd.explorers.descent import SURFACES, DescentPaths, diverged, path
from mytorch.sections.sgd.explorers.digits import DigitReader
from mytorch.sections.sgd.explorers.learning import Training, network, rehearse
from mytorch.sections.sgd.explorers.playground import CLASSES, SIDE, LiveTraining
from mytorch.style import tint

EXPLORERS = (DescentPaths, LiveTraining, DigitReader)
RIGHT = SGD


def written(body: str) -> type:
    """A student's SGD with this ``step``."""
    defined = {"RIGHT": RIGHT, "np": np}
    exec("class SGD(RIGHT):\n    def step(self):\n" + body, defined)
    return defined["SGD"]


TODO = written("        pass")
CRASH = written("        self.l[0].W = self.l[0].W - self.learning_rate * self.l[0].dLdW")
SHAPE = written("        self.l[0].W = np.zeros(3)")
LATE = written(
    """
        for layer, v in zip(self.l, self.v_W):
            layer.W = layer.W - self.lr * v
            v[:] = self.mu * v + layer.dLdW
"""
)
UPHILL = written("        self.l[0].W = self.l[0].W + self.lr * self.l[0].dLdW")


def event(explorer, **values):
    """A control is moved."""
    explorer._event(explorer.set, **values)


def press(explorer, button):
    explorer._press(button)


@pytest.fixture
def at_once(monkeypatch):
    """What plays is played to its end at once."""

    def play(self, step, every=0):
        while self._event(step):
            pass

    monkeypatch.setattr(DescentPaths, "play", play)
    monkeypatch.setattr(DigitReader, "play", play)


# paths


@pytest.mark.parametrize("name", SURFACES)
@pytest.mark.parametrize("mu", [0, 0.8])
def test_a_path_is_the_optimizer_s_own_and_torch_goes_the_same_way(name, mu):
    surface = SURFACES[name]
    places = path(SGD, surface, (-2.0, 1.1), 0.1, mu)
    place, velocity = np.array([-2.0, 1.1]), np.zeros(2)
    for step in range(100):
        velocity = mu * velocity + np.array(surface.gradient(*place))
        place = place - 0.1 * velocity
        np.testing.assert_allclose(places[step + 1], place, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        path(reference_of("SGD"), surface, (-2.0, 1.1), 0.1, mu), places, rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("name", SURFACES)
def test_gradients_belong_to_their_surface(name):
    surface, at, h = SURFACES[name], np.array([0.7, -1.2]), 1e-6
    slopes = [(surface.loss(*(at + step)) - surface.loss(*(at - step))) / (2 * h) for step in h * np.eye(2)]
    np.testing.assert_allclose(surface.gradient(*at), slopes, rtol=1e-6)
    assert all(abs(surface.loss(*minimum)) < 1e-12 for minimum in surface.minima)


@pytest.mark.parametrize(
    "lr, mu, away", [(0.9, 0, False), (1.04, 0, True), (1.04, 0.5, False), (1.1, 0.02, True)]
)
def test_divergence_is_told_from_swinging(lr, mu, away):
    ravine = SURFACES["ravine"]
    assert diverged(ravine, path(SGD, ravine, ravine.start, lr, mu)) == away


def test_earlier_runs_can_be_cleared_and_steps_counted(at_once):
    descent = DescentPaths(SGD)
    press(descent, "run")
    event(descent, mu=0.9, steps=3)
    press(descent, "clear")
    press(descent, "step")
    assert descent.kept == [] and descent.values["steps"] == 4
    assert 'data-mark="earlier"' not in descent.front


def test_momentum_gets_further_and_earlier_runs_stay(at_once):
    descent = DescentPaths(SGD)
    press(descent, "run")
    event(descent, mu=0.9)
    press(descent, "run")
    plain, momentum = descent.kept
    ravine = SURFACES["ravine"]
    assert ravine.loss(*momentum.places[-1]) < 0.05 * ravine.loss(*plain.places[-1])
    assert descent.front.count('data-mark="earlier"') == 1
    event(descent, lr=0.1)
    assert descent.front.count('data-mark="earlier"') == 2
    press(descent, "reset")
    assert descent.kept == [] and descent.values["mu"] == 0


def test_a_path_that_diverges_says_so_and_stays_drawable():
    descent = DescentPaths(SGD)
    event(descent, lr=1.2, steps=100)
    assert "diverges" in descent.view.said and ">diverges<" in descent.front
    assert "below 1.00" in descent.view.said
    assert not re.search(r"[\d\", L-](nan|inf|∞)", descent.front)


def test_a_step_that_climbs_is_not_blamed_on_the_learning_rate():
    descent = DescentPaths(UPHILL)
    event(descent, lr=0.9, steps=100)
    assert "diverges" in descent.view.said and "not because of lr" in descent.view.said


def test_another_surface_has_its_own_start_and_the_ring_moves_it():
    descent = DescentPaths(SGD)
    event(descent, surface="saddle")
    assert (descent.values["w"], descent.values["b"]) == SURFACES["saddle"].start
    descent._event(descent.dragged, "start", float(descent.map.x(1)), float(descent.map.y(-1)))
    assert (descent.values["w"], descent.values["b"]) == (1, -1)
    np.testing.assert_allclose(descent.now.places[0], (1, -1))


# training


def test_training_lowers_the_loss_on_every_set():
    live = LiveTraining(SGD)
    for name in ("moons", "circles", "xor", "spirals"):
        event(live, data=name)
        before = live.training.history[-1]
        for _ in range(60):
            live.train(seconds=np.inf)
        _, loss, test_loss, accuracy, test_accuracy = live.training.history[-1]
        assert loss < 0.3 * before[1] and test_loss < 0.5 * before[2]
        assert accuracy > 0.95 and test_accuracy > 0.9


@pytest.mark.parametrize("loss, lr", [("cross-entropy", "0.1"), ("MSE", "10")])
@pytest.mark.parametrize("activation", ["ReLU", "Tanh", "Sigmoid"])
def test_every_activation_and_loss_trains(activation, loss, lr):
    live = LiveTraining(SGD)
    event(live, data="moons", activation=activation, loss=loss, lr=lr, hidden=1, mu=0.5)
    for _ in range(40):
        live.train(seconds=np.inf)
    assert live.training.history[-1][4] > 0.8
    assert [type(f).__name__ for f in live.training.model.f] == [activation, "Identity"]


def test_a_step_is_the_one_that_the_student_s_classes_make():
    from mytorch.data import spirals
    from mytorch.nn import CrossEntropyLoss
    from mytorch.training import build_mlp

    live = LiveTraining(SGD)
    press(live, "step")
    X, Y = spirals(200)
    rows = np.random.default_rng(0).permutation(200)[:32]
    model, criterion = build_mlp([2, 12, 12, 12, 2], 0), CrossEntropyLoss()
    criterion.forward(model.forward(X[rows]), Y[rows])
    model.backward(criterion.backward())
    SGD(model, 0.03, 0.9).step()
    for mine, theirs in zip(model.layers, live.training.model.layers):
        np.testing.assert_array_equal(mine.W, theirs.W)
    assert live.training.steps == 1


def test_lr_and_mu_act_while_it_trains_and_a_new_network_begins_anew():
    live = LiveTraining(SGD)
    press(live, "step")
    training = live.training
    event(live, lr="1", mu=0.5)
    press(live, "step")
    assert live.training is training and training.steps == 2
    assert (training._optimizer.lr, training._optimizer.mu) == (1, 0.5)
    event(live, hidden=1)
    assert live.training is not training and live.training.steps == 0
    assert [layer.W.shape for layer in live.training.model.layers] == [(12, 2), (2, 12)]


@pytest.mark.parametrize("explorer", [LiveTraining, DigitReader])
def test_reset_brings_back_the_first_picture(explorer):
    shown = explorer(SGD)
    first = (shown.back, shown.front, shown.view.said)
    press(shown, "again")
    shown._event(shown.train)
    event(shown, mu=0.5)
    assert (shown.back, shown.front) != first[:2]
    press(shown, "reset")
    assert (shown.back, shown.front, shown.view.said) == first


@pytest.mark.parametrize("label", [0, 1])
def test_the_field_has_the_hue_of_the_class_that_the_network_is_sure_of(label):
    live = LiveTraining(SGD)
    field = live.regions(np.full((len(SIDE), len(SIDE)), 0.01 + 0.98 * label))
    fills = set(re.findall('<path d="M[^>]* fill="(#[^"]*)"', field))
    hues = [{tint(color, percent / 1000) for percent in range(400, 500)} for color in CLASSES]
    assert fills and fills <= hues[label] and not fills & hues[1 - label]


def test_training_that_comes_apart_stops_and_says_so():
    live = LiveTraining(SGD)
    event(live, data="moons", loss="MSE", lr="10", mu=0.98, hidden=4, width=16, batch="all")
    live.training.model.layers[0].W *= 1e200
    assert live.train(seconds=np.inf) is False
    live._refresh()
    assert "came apart" in live.view.said and live.view.problem == ""
    assert live.train() is False


def test_digits_are_learned_and_the_mistakes_shown(at_once, monkeypatch):
    monkeypatch.setattr(digit_reader, "EPOCHS", 5)
    digits = DigitReader(SGD)
    assert digits.front.count('data-mark="mistake"') == 18
    press(digits, "start")
    *_, accuracy = digits.training.history[-1]
    assert accuracy > 0.9 and digits.training.epoch == 5
    said, meant = digits.readings()
    assert digits.front.count('data-mark="mistake"') == np.sum(said != meant)
    assert "After 5 epochs" in digits.view.said
    used = {row.tobytes() for part in (digits.training.train, digits.training.test) for row in part[0]}
    assert not used & {row.tobytes() for row in data.digits()[2]}, "the test set stays untouched"


# what fails


@pytest.mark.parametrize("explorer", EXPLORERS)
@pytest.mark.parametrize(
    "wrong, says",
    [
        (TODO, "changed neither W nor b"),
        (CRASH, "SGD stopped with AttributeError"),
        (SHAPE, "has shape (3,)"),
    ],
)
def test_what_fails_is_said_and_torch_stands_in(explorer, wrong, says):
    shown = explorer(wrong)
    assert says in shown.view.problem and "autograd stands in" in shown.view.problem
    assert shown.front == explorer(SGD).front


def test_a_wrong_optimizer_is_drawn_as_it_is_and_marked():
    descent = DescentPaths(UPHILL)
    assert "other numbers than autograd's" in descent.view.problem
    assert "diverges" in descent.view.said or descent.now.places[-1, 0] < descent.now.places[0, 0]


def test_an_optimizer_whose_first_step_is_none_is_drawn_as_it_is():
    descent = DescentPaths(LATE)
    event(descent, mu=0.5)
    assert "other numbers than autograd's" in descent.view.problem
    places = descent.now.places
    assert places[1] == pytest.approx(places[0]) and places[2, 0] != places[0, 0]


def test_an_mlp_for_five_layers_only_is_replaced_and_that_is_said(monkeypatch):
    from mytorch import training

    def refuse(sizes, seed=0):
        raise ValueError("Your MLP4 does not run these 2 layers.")

    monkeypatch.setattr(training, "build_mlp", refuse)
    attempt = Calls()
    model = network(attempt, [2, 5, 2], "Tanh")
    assert model.forward(np.zeros((3, 2))).shape == (3, 2)
    assert "autograd stands in for MLP4" in "".join(attempt.notes)


def test_rehearsal_needs_both_cases_only_where_they_are_used():
    half = written("        if self.mu == 0:\n            super(type(self), self).step()")
    rehearse(half, 0)
    live = LiveTraining(half)
    assert "with momentum" in live.view.problem
    event(live, mu=0)
    assert live.view.problem == ""


@pytest.mark.parametrize("call", [explore.descent, explore.playground, explore.digits])
def test_nothing_is_shown_while_a_submission_is_graded(call, monkeypatch, capsys):
    monkeypatch.setenv("MYTORCH_CHECK", "record")
    call(SGD)
    assert capsys.readouterr().out == ""


def test_a_long_history_is_thinned_out_and_ends_where_it_ends():
    live = LiveTraining(SGD)
    training: Training = live.training
    for _ in range(700):
        training.history.append((training.epoch, 0.5, 0.5, 1, 1))
    training.history.append((700, 0.1, 0.1, 1, 1))
    epochs, *_ = training.curves()
    assert len(epochs) < 300 and epochs[0] == 0 and epochs[-1] == 700
