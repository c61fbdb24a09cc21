"""The notebook's pictures of multilayer perceptrons."""

from matplotlib.path import Path as Outline

from mytorch.drawing import SUM, bracket, canvas, headings, lines, network, neurons, text
from mytorch.style import COLORS, NOTE

KINK = Outline([(-1, -0.6), (0, -0.6), (1, 0.9)])  # the graph of ReLU


def mlp(sizes, xs, spacing, diameter):
    """The topology of an MLP with these layer dimensions."""
    middle = 88 + diameter / 2 + (max(sizes) - 1) / 2 * spacing
    lowest = max(*(size + 1 for size in sizes[:-1]), sizes[-1] - 1)  # a bias unit stands below its column
    below = middle + lowest / 2 * spacing + diameter / 2 + 20
    ax = canvas(below + 104)
    network(ax, sizes, xs, middle, spacing, diameter, KINK)
    headings(ax, sizes, xs, 38)
    for i in range(len(sizes) - 1):
        x_in, x_sum, x_out = xs[2 * i : 2 * i + 3]
        bracket(ax, x_in, x_sum, below, f"layers[{i}]", f"$W_{i},\\ b_{i}$", "DejaVu Sans Mono")
        bracket(ax, x_sum, x_out, below, f"f[{i}]", "ReLU", "DejaVu Sans Mono")
    legend(ax, below + 76)
    return ax


def legend(ax, y):
    """What the parts of a network mean, in a line."""
    lines(ax, [((46, y), (80, y))], COLORS["W"], 2)
    lines(ax, [((208, y), (242, y))], COLORS["b"], 2, (0, (4, 2.5)))
    neurons(ax, [(362, y)], "b", 22, "1")
    neurons(ax, [(508, y)], "Z", 22, SUM)
    neurons(ax, [(664, y)], "A", 22, KINK)
    words = (
        (88, "weight, in W"),
        (250, "bias, in b"),
        (380, "always one"),
        (526, "weighted sum"),
        (682, "ReLU"),
    )
    for x, word in words:
        text(ax, x, y, word, 14, NOTE, ha="left")


def mlp0():
    """MLP0: 2 inputs and a bias unit, a linear layer to 3 neurons, ReLU on each of them."""
    return mlp((2, 3), (170, 420, 620), spacing=58, diameter=40)


def mlp1():
    """MLP1: 2 inputs, 3 hidden neurons, 2 outputs; each linear layer has a bias unit and is followed by
    ReLU.
    """
    return mlp((2, 3, 2), (80, 270, 390, 590, 720), spacing=58, diameter=40)


def mlp4():
    """MLP4: 2 inputs, hidden layers of 4, 8, 8, 4, 2 outputs; each linear layer has a bias unit, then
    ReLU.
    """
    xs = (38, 128, 186, 276, 334, 424, 482, 572, 630, 708, 762)
    return mlp((2, 4, 8, 8, 4, 2), xs, spacing=36, diameter=26)


FIGURES = (mlp0, mlp1, mlp4)
