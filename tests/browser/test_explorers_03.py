"""Notebook 03's explorers in JupyterLab."""

import pytest
from support.explorers import Explorer

from browser.every_explorer import *  # noqa: F403

NOTEBOOK = "03_mlp.ipynb"
NUMBERS = """picture => Object.fromEntries(
    Array.from(picture.querySelectorAll("title"))
        .map(title => title.textContent.replaceAll("−", "-").split(" = "))
        .map(([name, value]) => [name, Number(value)]))"""
SIDE = 61  # of the map of the plane, in its own pixels
SIGNS = """async picture => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 61, height: 61 });
    const image = new Image();
    image.src = picture.querySelector("image").getAttribute("href");
    await image.decode();
    canvas.getContext("2d").drawImage(image, 0, 0);
    const data = canvas.getContext("2d").getImageData(0, 0, 61, 61).data;
    return Array.from({ length: 61 * 61 }, (_, k) => data[4 * k + 2] > data[4 * k]);
}"""


def numbers(network: Explorer) -> dict[str, float]:
    """Every number in the drawing of a network, by its name."""
    return network.picture.evaluate(NUMBERS)


def signs(depth: Explorer) -> list[bool]:
    """Where on the map of the plane the output is positive."""
    return depth.picture.evaluate(SIGNS)


def bends(positive: list[bool]) -> int:
    """In how many rows the border between the signs leaves a straight line by two pixels or more; 99 if there
    are more.
    """
    edges = []
    for row in range(SIDE):
        changes = [k for k in range(SIDE - 1) if positive[SIDE * row + k] != positive[SIDE * row + k + 1]]
        if len(changes) > 1:
            return 99
        edges += changes
    steps = [second - first for first, second in zip(edges, edges[1:])]
    mean = sum(steps) / len(steps) if steps else 0
    return sum(abs(step - mean) >= 2 for step in steps)


def check_forward(shown: dict[str, float], features: int = 3):
    """Do the numbers in the picture belong together as equations 27 and 28 say?"""
    for row in range(features):
        Z = sum(shown[f"A0[0, {j}]"] * shown[f"W0[{row}, {j}]"] for j in range(2)) + shown[f"b0[{row}, 0]"]
        assert shown[f"Z0[0, {row}]"] == pytest.approx(Z, abs=1e-3)
        assert shown[f"A1[0, {row}]"] == pytest.approx(max(Z, 0), abs=1e-3)


def test_forward_one_equation_at_a_time(solved):
    network = Explorer(solved, "network")
    assert "A0[0, 1]" in numbers(network)
    assert "Z0[0, 0]" not in numbers(network)
    network.press("Backward step")
    assert "4 forward steps to go" in network.said()
    network.press("Forward step", "Forward step")
    assert "Equation 28, f[0].forward" in network.said()
    check_forward(numbers(network))
    network.key("A0[0, 0]", "ArrowLeft", 3)
    assert numbers(network)["A0[0, 0]"] == pytest.approx(0.7)
    check_forward(numbers(network))


def test_backward_shows_which_weights_learn_nothing(solved):
    network = Explorer(solved, "network")
    network.slide("A0[0, 0]", 0.7)
    network.press(*["Forward step"] * 4, *["Backward step"] * 4)
    assert "weights learn nothing from this sample" in network.said()
    shown = numbers(network)
    for row in range(2):
        for column in range(3):  # one sample: dLdW is dLdZ times A
            product = shown[f"dLdZ1[0, {row}]"] * shown[f"A1[0, {column}]"]
            assert shown[f"dLdW1[{row}, {column}]"] == pytest.approx(product, abs=1e-3)
    dotted = network.picture.locator("path[stroke-dasharray][data-mark^=dLdW]")
    assert dotted.count() == sum(value == 0 for name, value in shown.items() if name.startswith("dLdW"))


def test_other_models_and_other_weights(solved):
    network = Explorer(solved, "network")
    network.choose("model", "MLP4")
    assert "5 layers" in network.said()
    before = numbers(network)
    assert len([name for name in before if name.startswith("W2")]) == 64
    network.press("New random weights")
    assert numbers(network)["W0[0, 0]"] != before["W0[0, 0]"]


def test_it_plays_to_the_end_and_reset_stops_it(solved):
    network = Explorer(solved, "network")
    network.press("Play / pause")
    network.until(lambda: "Equation 27, layers[1]" in network.said(), "the second layer")
    network.press("Reset")
    assert "waits in front of 2 layers" in network.said()
    assert not network.playing()


def test_five_layers_bend_the_border_and_one_does_not(solved):
    depth = Explorer(solved, "depth")
    start = signs(depth)
    assert 0.2 < sum(start) / len(start) < 0.8
    depth.key("hidden layers", "Home")
    assert "straight lines stay straight" in depth.said()
    straight = signs(depth)
    assert straight != start
    assert bends(straight) <= 1
    depth.key("hidden layers", "End")
    assert bends(signs(depth)) > 1
    depth.key("neurons in each", "End")
    depth.key("W times", "ArrowRight")
    depth.choose("activation", "Identity")
    assert "still one linear map" in depth.said()
    assert bends(signs(depth)) <= 1
    depth.press("New random weights", "Reset")
    assert signs(depth) == start
