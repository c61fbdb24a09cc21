"""Notebook 03's explorers as data: what they draw is what the student's models compute, step by step."""

import asyncio
import re
import struct
import zlib
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from support.drive import heavy_imports, move, press

from mytorch.models import MLP0, MLP1, MLP4
from mytorch.nn import Linear, ReLU, Sigmoid, Tanh
from mytorch.sections.mlp.explorers.depth import Depth, dots, forward, random_parameters
from mytorch.sections.mlp.explorers.network import Network
from mytorch.sections.mlp.explorers.passes import randomize
from mytorch.training import initialize


def drawn(explorer) -> dict[str, float]:
    """Every number in the picture by its name, such as ``Z1[0, 0]``, as the tooltips give it."""
    titles = re.findall(r"<title>(\S+\[\d+, \d+\]) = (\S+)</title>", explorer.view.back + explorer.view.front)
    return {name: float(value.replace("−", "-")) for name, value in titles}


def matrices(numbers: dict[str, float]) -> dict[str, np.ndarray]:
    """The same, put together again: ``Z1`` etc."""
    found: dict[str, dict] = {}
    for name, value in numbers.items():
        name, row, column = re.fullmatch(r"(\w+)\[(\d+), (\d+)\]", name).groups()
        found.setdefault(name, {})[int(row), int(column)] = value
    return {
        name: np.array(
            [
                [entries[i, j] for j in range(max(j for _, j in entries) + 1)]
                for i in range(max(entries)[0] + 1)
            ]
        )
        for name, entries in found.items()
    }


def expected(cls, A, seed=0):
    """The numbers of a model of the library that runs by itself: its kept values and gradients."""
    model = cls()
    randomize(model.layers, seed)
    output = model.forward(A)
    model.backward(np.ones_like(output))
    values = {f"A{len(model.layers)}": output}
    for i, layer in enumerate(model.layers):
        values |= {f"A{i}": layer.A, f"dLdW{i}": layer.dLdW, f"dLdb{i}": layer.dLdb}
        values[f"Z{i}"] = layer.A @ layer.W.T + layer.b.T
    return values


@pytest.mark.parametrize("cls", [MLP0, MLP1, MLP4])
def test_values_and_gradients_are_the_models_own(explore, cls):
    network = explore(Network, cls)
    move(network, x0=-1.5, x1=0.5)
    count = len(cls().layers)
    press(network, *["forward"] * 2 * count, *["backward"] * 2 * count)
    shown = matrices(drawn(network))
    for name, value in expected(cls, np.array([[-1.5, 0.5]])).items():
        np.testing.assert_allclose(shown[name], value, atol=5e-5, err_msg=name)
    assert network.view.problem == ""


def test_each_press_runs_one_equation_in_order(explore):
    network = explore(Network, MLP1)
    assert set(matrices(drawn(network))) == {"A0", "W0", "b0", "W1", "b1"}
    steps = (
        ("forward", "Equation 27, layers[0].forward", "(1, 2) · (2, 3) + (1, 1) · (1, 3) = (1, 3)", {"Z0"}),
        ("forward", "Equation 28, f[0].forward", "(1, 3)", {"A1"}),
        ("forward", "Equation 27, layers[1].forward", "(1, 3) · (3, 2)", {"Z1"}),
        ("forward", "Equation 28, f[1].forward", "(1, 2)", {"A2", "dLdA2"}),
        ("backward", "Equation 30", "(1, 2) ⊙ (1, 2) = (1, 2)", {"dLdZ1"}),
        (
            "backward",
            "Equation 31, layers[1].backward",
            "(1, 2) · (2, 3) = (1, 3)",
            {"dLdA1", "dLdW1", "dLdb1"},
        ),
        ("backward", "Equation 30", "(1, 3) ⊙ (1, 3) = (1, 3)", {"dLdZ0"}),
        (
            "backward",
            "Equation 31, layers[0].backward",
            "(1, 3) · (3, 2) = (1, 2)",
            {"dLdA0", "dLdW0", "dLdb0"},
        ),
    )
    for button, words, shapes, new in steps:
        before = set(matrices(drawn(network)))
        press(network, button)
        assert network.view.said.startswith(words)
        assert shapes in network.view.said
        assert set(matrices(drawn(network))) - before == new
    press(network, "backward")
    assert "weights learn nothing from this sample" in network.view.said
    press(network, "forward")
    assert network.view.said.startswith("Equation 27, layers[0].forward"), "a new forward pass"
    assert "dLdW0" not in matrices(drawn(network))


def test_backward_waits_for_forward(explore):
    network = explore(Network, MLP1)
    press(network, "forward")
    before = drawn(network)
    press(network, "backward")
    assert "3 forward steps to go" in network.view.said
    assert drawn(network) == before


def test_the_sentence_counts_the_weights_that_learn_nothing(explore):
    network = explore(Network, MLP1)
    press(network, *["forward"] * 4, *["backward"] * 4)
    shown = matrices(drawn(network))
    zero = sum(int(np.sum(shown[name] == 0)) for name in ("dLdW0", "dLdW1"))
    assert 0 < zero < 12
    assert f"{zero} of 12 weights learn nothing" in network.view.said
    lines = re.findall(r"<path [^>]*stroke-dasharray[^>]*data-mark=.(dLdW\d[^\"']*)", network.view.back)
    assert len(lines) == zero, "dotted"


def test_colour_is_sign_and_width_is_size(explore):
    network = explore(Network, MLP1)
    lines = re.findall(
        r'<path [^>]*stroke="(#\w+)" stroke-width="([\d.]+)"[^>]*data-mark="(W[^"]+)"', network.view.back
    )
    numbers = drawn(network)
    assert len(lines) == 12
    by_size = sorted((abs(numbers[name]), float(width)) for _, width, name in lines)
    assert [width for _, width in by_size] == sorted(width for _, width in by_size)
    assert len({(color, numbers[name] > 0) for color, _, name in lines}) == 2


def test_controls_and_reset(explore):
    network = explore(Network, MLP0, MLP1, MLP4)
    start = (network.view.values, network.view.back, network.view.front, network.view.said)
    assert start[0] == {"network": "MLP1", "x0": 1.0, "x1": -0.5}
    press(network, "forward", "weights")
    assert drawn(network)["W0[0, 0]"] != re.search(r"W0\[0, 0\] = (\S+)<", start[1])[1]
    move(network, network="MLP4", x0=-2)
    assert matrices(drawn(network))["W2"].shape == (8, 8)
    assert drawn(network)["A0[0, 0]"] == -2
    assert "Z0" not in matrices(drawn(network)), "another model begins at its input"
    press(network, "reset")
    assert (network.view.values, network.view.back, network.view.front, network.view.said) == start


def test_play_goes_forward_and_back_once_and_can_be_paused(explore, monkeypatch):
    monkeypatch.setattr("mytorch.sections.mlp.explorers.network.PLAY_TIME", 0.001)
    network = explore(Network, MLP1)

    async def play():
        press(network, "play")
        press(network, "play")
        assert not network.playing
        press(network, "play")
        for _ in range(200):
            await asyncio.sleep(0.005)
            if not network.playing:
                return

    with ThreadPoolExecutor() as threads:  # in this one the browser tests may have left a loop running
        threads.submit(asyncio.run, play()).result()
    assert network.done == 8
    assert "Back at the input" in network.view.said


def test_any_list_of_layers_and_models_that_were_trained(explore):
    layers = [Linear(3, 10), Tanh(), Linear(10, 4), Linear(4, 1), Sigmoid()]
    model = initialize(MLP1(), seed=7)
    network = explore(Network, layers, model)
    assert network.view.values["network"] == "3-10-4-1"
    assert [slider for slider in network.view.values if slider != "network"] == ["x0", "x1", "x2"]
    press(network, *["forward"] * 6, *["backward"] * 6)
    assert "and 2 more" in network.view.front
    assert network.view.problem == ""
    assert not layers[0].W.any(), "the student's own objects are left as they are"
    assert not hasattr(layers[0], "dLdW")

    move(network, network="your MLP1")
    np.testing.assert_allclose(matrices(drawn(network))["W0"], model.layers[0].W, atol=5e-5)


class Unwritten:
    def __init__(self):
        self.layers = None
        self.f = None

    def forward(self, A):
        return A

    def backward(self, dLdA):
        pass


def named(name, base, **methods):
    return type(name, (base,), methods)


def test_nothing_written_shows_autograds_network_and_says_why(explore):
    network = explore(Network, named("MLP1", Unwritten))
    assert "self.layers of MLP1 is None" in network.view.problem
    assert "autograd stands in for it here" in network.view.problem
    press(network, *["forward"] * 4)
    assert matrices(drawn(network))["A2"].shape == (1, 2)


def test_an_error_in_the_students_code_is_shown_with_its_line(explore):
    def crash(self, A):
        return A @ self.layers[0].W

    network = explore(Network, named("MLP1", MLP1, forward=crash))
    press(network, *["forward"] * 3)
    assert network.view.problem == "", "the model's own loop has not been needed yet"
    press(network, "forward")
    assert "MLP1 stopped with ValueError" in network.view.problem
    assert "in crash: return A @ self.layers[0].W" in network.view.problem
    assert matrices(drawn(network))["A2"].shape == (1, 2)
    press(network, "reset")
    assert network.view.problem == ""


def test_loops_that_disagree_with_the_steps_are_named(explore):
    def skip_the_slope(self, dLdA):
        for i in reversed(range(len(self.layers))):
            dLdA = self.layers[i].backward(dLdA)

    network = explore(Network, named("MLP1", MLP1, backward=skip_the_slope))
    press(network, *["forward"] * 4, *["backward"] * 3)
    assert network.view.problem == ""
    press(network, "backward")
    assert "MLP1.backward leaves another dLdW in layers[0]" in network.view.problem


def test_a_forward_that_disagrees_with_the_steps_is_named(explore):
    network = explore(Network, named("MLP1", MLP1, forward=lambda self, A: self.layers[0].forward(A)[:, :2]))
    press(network, *["forward"] * 4)
    assert "MLP1.forward returns other numbers than its layers and f give" in network.view.problem


@pytest.mark.parametrize(
    ("layers", "f", "says"),
    [
        ([(2, 3), (3, 2)], 1, "MLP1 has 2 layers and 1 activation: "),
        ([(2, 4), (4, 2)], 2, "Your MLP1 has layers of 2-4-2 features, autograd's 2-3-2."),
    ],
)
def test_another_network_than_the_handouts_is_named(explore, layers, f, says):
    def other(self):
        self.layers, self.f = [Linear(*sizes) for sizes in layers], [ReLU() for _ in range(f)]

    assert says in explore(Network, named("MLP1", MLP1, __init__=other)).view.problem


def test_one_relu_for_all_layers_is_named(explore):
    def shared(self):
        self.layers = [Linear(2, 3), Linear(3, 2)]
        self.f = [ReLU()] * 2

    network = explore(Network, named("MLP1", MLP1, __init__=shared))
    assert "One object stands in f of MLP1 several times" in network.view.problem


def test_other_numbers_than_autograds_are_named(explore):
    class LeakyReLU(ReLU):
        def forward(self, Z):
            self.A = np.where(Z > 0, Z, 0.1 * Z)
            return self.A

    def leaky(self):
        self.layers = [Linear(2, 3), Linear(3, 2)]
        self.f = [LeakyReLU(), LeakyReLU()]

    network = explore(Network, named("MLP1", MLP1, __init__=leaky))
    press(network, "forward")
    assert network.view.problem == ""
    press(network, "forward")
    assert network.view.problem.startswith("A1 differs from autograd's")


def test_a_list_that_does_not_fit_says_so_and_stays_usable(explore):
    network = explore(Network, [Linear(2, 3), ReLU(), Linear(4, 1)])
    assert "layers[0] has 3 outputs and layers[1] takes 4 inputs" in network.view.problem
    press(network, "forward", "backward", "weights", "reset")
    assert "layers[0] has 3 outputs" in network.view.problem
    with pytest.raises(TypeError, match="begins with a Linear"):
        Network([ReLU(), Linear(2, 2)])


# --- depth --------------------------------------------------------------------------------------------------


def landed(depth) -> np.ndarray:
    """The corners of the cells in the mapped plane, (256, 4, 2), in its numbers."""
    group = re.search(r'<g [^>]*data-mark="landed">(.*?)</g>', depth.view.front)[1]
    points = re.findall(r'points="([^"]+)"', group)
    pixels = np.array(
        [[[float(number) for number in point.split(",")] for point in cell.split()] for cell in points]
    )
    plot = depth.after
    return np.stack([plot.at(*corner) for corner in pixels.reshape(-1, 2)]).reshape(pixels.shape)


def pixels(depth) -> np.ndarray:
    """The coloured plane, (61, 61, 3), the first row at the top."""
    data = b64decode(re.search(r"data:image/png;base64,([^\"]+)", depth.view.front)[1])
    width, height = struct.unpack(">II", data[16:24])
    length = struct.unpack(">I", data[33:37])[0]
    lines = np.frombuffer(zlib.decompress(data[41 : 41 + length]), np.uint8).reshape(height, 1 + 3 * width)
    return lines[:, 1:].reshape(height, width, 3).astype(int)


def is_affine(depth) -> bool:
    """Do opposite sides of every cell stay equal, all cells alike?"""
    cells = landed(depth)
    along = cells[:, 1] - cells[:, 0]
    return np.allclose(along, along[0], atol=0.02)


def test_the_plane_is_what_the_students_network_makes_of_it(explore):
    depth = explore(Depth, MLP4)
    sizes = [2, 8, 8, 2]
    parameters = random_parameters(sizes, "ReLU", 1.0, depth.seed)
    out, _ = forward(MLP4, sizes, "ReLU", parameters, np.array([[-2.0, -2.0]]))
    np.testing.assert_allclose(landed(depth)[0, 0], out[0], atol=0.01)

    first = forward(MLP4, sizes, "ReLU", parameters, dots().reshape(-1, 2))[0][:, 0].reshape(61, 61)
    blue = pixels(depth)[::-1]
    np.testing.assert_array_equal(blue[..., 2] > blue[..., 0], first > 0)


def test_depth_bends_and_identity_never_does(explore):
    depth = explore(Depth, MLP4)
    assert "flat pieces" in depth.view.said
    assert not is_affine(depth)
    move(depth, depth=0)
    assert "straight lines stay straight" in depth.view.said
    assert is_affine(depth)
    move(depth, depth=4, activation="Identity")
    assert "still one linear map" in depth.view.said
    assert is_affine(depth)
    move(depth, activation="Tanh")
    assert "bent smoothly" in depth.view.said
    assert not is_affine(depth)
    assert depth.view.problem == ""


def test_pieces_grow_with_depth(explore):
    depth = explore(Depth, MLP4)
    pieces = []
    for hidden in (1, 2, 3, 4):
        move(depth, depth=hidden)
        pieces.append(int(re.search(r"at least (\d+) flat pieces", depth.view.said)[1]))
    assert pieces == sorted(pieces)


def test_depths_controls_and_reset(explore):
    depth = explore(Depth, MLP4)
    start = (depth.view.values, depth.view.front)
    for change in ({"width": 3}, {"scale": 2.0}, {"activation": "Sigmoid"}):
        before = depth.view.front
        move(depth, **change)
        assert depth.view.front != before
    before = depth.view.front
    press(depth, "weights")
    assert depth.view.front != before
    press(depth, "reset")
    assert (depth.view.values, depth.view.front) == start


def test_an_mlp4_for_five_layers_only_is_stood_in_for(explore):
    def forward(self, A):
        for i in range(5):
            A = self.f[i].forward(self.layers[i].forward(A))
        return A

    depth = explore(Depth, named("MLP4", MLP4, forward=forward))
    assert "IndexError" in depth.view.problem
    assert "autograd stands in for it here" in depth.view.problem
    assert not is_affine(depth)
    move(depth, depth=4)
    assert depth.view.problem == ""


# --- while a submission is graded ---------------------------------------------------------------------------


def test_nothing_is_shown_or_imported_while_a_submission_is_graded():
    assert heavy_imports("from mytorch import explore; explore.network(int, [1]); explore.depth(None)") == []
