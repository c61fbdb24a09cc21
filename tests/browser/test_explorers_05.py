"""The explorers of notebook 05 in JupyterLab: paths of SGD, and two that train while one watches."""

import re

from support.explorers import Explorer

from browser.every_explorer import *  # noqa: F403

NOTEBOOK = "05_sgd.ipynb"


# --- descent ------------------------------------------------------------------------------------------------


def test_the_path_follows_its_controls(solved):
    descent = Explorer(solved, "descent")
    first = descent.line("path")
    assert len(first) == 61
    descent.key("learning rate lr", "ArrowLeft", 5)
    slow = descent.line("path")
    assert slow[-1][0] < first[-1][0], "a smaller lr comes less far along the ravine"
    descent.key("momentum mu", "End")
    assert descent.line("path")[-1] != slow[-1]
    descent.key("momentum mu", "Home")
    descent.key("learning rate lr", "End")
    assert "diverges" in descent.said()
    assert any("diverges" in words for words in descent.words())


def test_a_step_a_run_and_the_runs_before_it(solved):
    descent = Explorer(solved, "descent")
    descent.key("steps", "Home")
    assert len(descent.line("path")) == 1
    descent.press("Step")
    assert len(descent.line("path")) == 2
    descent.press("Run")
    descent.until(lambda: len(descent.line("path")) == 101, "all steps")
    descent.key("momentum mu", "PageUp", 2)
    assert descent.line("earlier"), "the earlier run stays in sight"
    descent.press("Clear earlier runs")
    assert not descent.line("earlier")


def test_the_ring_and_the_surface_move_the_start(solved):
    descent = Explorer(solved, "descent")
    descent.drag("start", 100, 40)
    assert descent.value("start W[0, 0]") > -2 and descent.value("start b[0, 0]") < 1
    path = descent.line("path")
    descent.choose("surface", "saddle")
    assert descent.line("path") != path
    assert descent.value("start b[0, 0]") == 0.01, "a start of its own"


# --- playground ---------------------------------------------------------------------------------------------


def test_the_picture_is_live_while_the_network_trains(solved):
    play = Explorer(solved, "playground")
    assert "Untrained" in play.said()
    untrained, seen = play.line("border"), set()
    play.press("Start")
    play.until(lambda: len(seen) > 5 or seen.add(play.said()), "one picture after the other")
    assert play.line("border") != untrained
    momentum = play.value("momentum mu")
    play.key("momentum mu", "ArrowLeft")  # while it runs
    assert play.value("momentum mu") < momentum
    assert play.playing()
    play.until(lambda: len(play.line("train")) > 10, "a curve")
    play.press("Pause")
    assert not play.playing()
    paused = play.said()
    assert re.match(r"Epoch [\d.]+, step \d+", paused), paused
    play.settle()
    assert play.said() == paused

    step = int(re.search(r"step (\d+)", paused)[1])
    play.press("Step")
    assert f"step {step + 1}:" in play.said()


def test_every_control_of_the_playground_asks_for_another_network(solved):
    play = Explorer(solved, "playground")
    for data in ("moons", "xor", "circles"):
        before = play.line("class 0")
        play.choose("set", data)
        assert play.line("class 0") != before
        assert "Untrained" in play.said()
    changes = (
        *(lambda: play.choose("activation", "Tanh"), lambda: play.choose("loss", "MSE")),
        *(lambda: play.choose("activation", "Sigmoid"), lambda: play.choose("activation", "ReLU")),
        *(lambda: play.key("hidden layers", "ArrowRight"), lambda: play.key("units in each", "ArrowLeft")),
        lambda: play.press("New weights"),
    )
    for number, change in enumerate(changes):
        before = play.markup()
        change()
        assert play.markup() != before, f"change {number}"
    play.tick("show the test points")
    assert play.line("test class 0")
    play.choose("lr", "1")
    play.choose("batch size", "8")
    play.press("Step")
    assert "step 1:" in play.said()


# --- digits -------------------------------------------------------------------------------------------------


def test_the_digits_are_learned_and_the_mistakes_shown(solved):
    digits = Explorer(solved, "digits")
    mistakes = digits.marks("mistake")
    assert mistakes.count() == 18
    digits.press("Start")
    digits.until(lambda: 0 < mistakes.count() < 18, "fewer mistakes than there is room for")
    digits.press("Pause")
    assert not digits.playing()
    paused = digits.said()
    loss, accuracy = digits.line("loss"), digits.line("validation accuracy")
    assert len(loss) == len(accuracy) > 10
    assert loss[-1][1] > loss[0][1], "the loss falls, that is, its y grows"
    digits.settle()
    assert digits.said() == paused

    digits.press("New weights")
    assert mistakes.count() == 18
    digits.choose("lr", "1")
    digits.key("momentum mu", "Home")
    digits.press("Start")
    digits.until(lambda: not digits.said().startswith("Untrained"), "it goes on with other lr and mu")


# --- nothing written ----------------------------------------------------------------------------------------
