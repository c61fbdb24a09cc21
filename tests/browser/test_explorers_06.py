"""The explorers of notebook 06 in JupyterLab. What they do, they do with the student's BatchNorm1d and with
autograd's.
"""

import numpy as np
import pytest
from support.explorers import Explorer

from browser.every_explorer import *  # noqa: F403

NOTEBOOK = "06_batchnorm.ipynb"


def line(explorer: Explorer, name: str) -> np.ndarray:
    return np.array(explorer.line(name))


def use_histograms(layer: Explorer):
    normalized = line(layer, "NZ")
    layer.slide("shift of Z", -2)
    layer.slide("stretch of Z", 0.5)
    assert abs(line(layer, "NZ") - normalized).max() < 0.2
    before = line(layer, "BZ")
    layer.slide("β (Bb)", 1)
    assert "mean 1.00" in layer.words() and abs(line(layer, "BZ") - before).max() > 5
    layer.slide("γ (BW)", 1)
    assert layer.words().count("variance 1.00") == 2  # of NZ and BZ
    layer.key("batch size N", "Home")
    assert "batch of one" in layer.said() and layer.words().count("variance 0.00") == 3
    layer.slide("batch size N", 5)
    few = layer.markup()
    layer.press("Another batch")
    assert layer.markup() != few


def use_running_averages(averages: Explorer):
    averages.press("One batch")
    assert len(averages.line("M 0.9")) == 2
    averages.press("Play")
    averages.until(lambda: len(averages.line("M 0.9")) > 12, "a dozen batches")
    averages.press("Pause")
    assert not averages.playing()
    tops = [averages.line(f"M {alpha}")[-1][1] for alpha in (0.5, 0.9, 0.99)]
    assert max(tops[:2]) < tops[2]  # the data's mean, 4, is further up than 0.99 has come
    averages.slide("mean of the data", 0)
    dots = averages.marks("strip train").first.get_attribute("cx")
    averages.slide("batch size N", 6)
    averages.press("One batch")
    # the batch's own mean is taken out
    assert averages.marks("strip train").first.get_attribute("cx") == dots
    averages.press("Forget all batches")
    assert "Nothing has been seen" in averages.said()


USES = {"batchnorm": use_histograms, "running_averages": use_running_averages}


@pytest.mark.parametrize("explorer", USES)
def test_its_answers_with_the_students_layer(solved, explorer):
    found = Explorer(solved, explorer)
    USES[explorer](found)
    assert found.problem() == ""


def test_two_networks_at_two_learning_rates(solved):
    networks = Explorer(solved, "batchnorm_training")
    networks.choose("learning rate", "1")
    networks.press("Start")
    networks.until(lambda: "still guesses" in networks.said(), "one learns, one guesses")
    networks.press("Pause")
    assert not networks.playing()
    with_norm, without = networks.line("1 True"), networks.line("1 False")
    assert len(with_norm) == len(without) >= 4
    assert with_norm[-1][1] > without[-1][1] + 50  # further down: a smaller loss
    networks.choose("learning rate", "0.1")
    networks.press("Start")
    networks.until(lambda: len(networks.line("0.1 True")) > 4, "the other rate")
    networks.press("Pause")
    assert networks.line("1 True") == with_norm
    assert networks.picture.evaluate(UGLY) + networks.root.evaluate(CROWDED) == []  # noqa: F405
    assert networks.problem() == ""


COUNTED = """async root => {
    const counts = {};
    for (const part of ["spoken", "front"]) {
        counts[part] = 0;
        const node = root.querySelector(`.mt-${part}`);
        new MutationObserver(() => counts[part]++).observe(node, { childList: true });
    }
    await new Promise(passed => setTimeout(passed, 3500));
    return counts;
}"""


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_what_plays_is_spoken_once_a_second_and_moves_no_faster_for_who_asks(solved, motion):
    averages = Explorer(solved, "running_averages")
    solved.page.emulate_media(reduced_motion=motion)
    averages.press("Play")
    try:
        averages.until(lambda: len(averages.line("M 0.9")) > 2, "it plays")
        counts = averages.root.evaluate(COUNTED)
    finally:
        averages.press("Pause")
        solved.page.emulate_media(reduced_motion="no-preference")
    assert 1 <= counts["spoken"] <= 4
    assert counts["front"] <= 4 if motion == "reduce" else counts["front"] > 8
