"""The notebook's pictures of activation functions."""

from dataclasses import dataclass

import numpy as np

from mytorch.drawing import POINT, Matrix, arrow, box, canvas, graph, lines, math, neurons, row, stack, text
from mytorch.style import COLORS, GRID, NOTE, RULE

from ..linear.pictures import A


def activation_topology():
    """An activation: every entry of Z goes through f on its own and becomes the entry of A in the same
    place.
    """
    ax = canvas(320)
    middle, spacing = 184, 62
    columns = [stack(x, 3, middle, spacing) for x in (200, 400, 600)]
    for places in zip(*columns):
        for (x, y), (x_next, _) in zip(places, places[1:]):
            arrow(ax, (x + 24, y), (x_next - 24, y))
    neurons(ax, columns[0], "Z", 42)
    neurons(ax, columns[2], "A", 42)
    for x, y in columns[1]:
        box(ax, x, y, 44, 40)
        math(ax, x, y + 7, "f")
    for x, name, note in ((200, "Z", "N × C, from a linear layer"), (600, "A", "N × C, to the next layer")):
        math(ax, x, 46, name, COLORS[name])
        text(ax, x, 70, note, 14, NOTE)
    math(ax, 400, 46, "A = f(Z)")
    text(ax, 400, 70, "entry by entry", 14, NOTE)
    text(ax, 400, 292, "shown: one row of the batch, with C = 3", 14, NOTE)
    return ax


@dataclass
class Gate:
    """An activation function between two matrices: a box with its name, its graph and a note below."""

    f: object
    name: str
    note: str
    width: int = 330

    def draw(self, ax, left, middle):
        center = left + self.width / 2
        arrow(ax, (left + 12, middle), (center - 90, middle))
        arrow(ax, (center + 90, middle), (left + self.width - 12, middle))
        box(ax, center, middle, 172, 144)
        text(ax, center, middle - 52, self.name, weight="bold")
        z = np.linspace(-3, 3, 61)
        across, up = center + 22 * z, middle + 12
        lines(ax, [((across[0], up), (across[-1], up)), ((center, up - 44), (center, up + 44))], RULE)
        ax.plot(across, up - 40 * self.f(z) / self.f(z).max(), color=COLORS["A"], lw=2)
        text(ax, center, middle + 88, self.note, 14, NOTE)


def activation_by_numbers(f, name):
    """The matrix A of the linear layer's example, here as a Z, sent through f."""
    ax = canvas(256)
    Z = A
    row(
        ax,
        128,
        Matrix(Z, "Z", COLORS["Z"], 56),
        Gate(f, name, "on every entry"),
        Matrix(f(Z), "A", COLORS["A"], 76),
    )
    return ax


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def relu(z):
    return np.where(z > 0, z, 0)


def sigmoid_by_numbers():
    """Sigmoid by numbers: every entry of Z (4 x 2) and, in the same place of A, its value between 0 and 1."""
    return activation_by_numbers(sigmoid, "Sigmoid")


def tanh_by_numbers():
    """Tanh by numbers: every entry of Z (4 x 2) and, in the same place of A, its value between -1 and 1."""
    return activation_by_numbers(np.tanh, "Tanh")


def relu_by_numbers():
    """ReLU by numbers: the positive entries of Z (4 x 2) stay as they are in A, the others become 0."""
    return activation_by_numbers(relu, "ReLU")


def activation_curves():
    """Graphs on the same scales: Sigmoid rises from 0 to 1, Tanh from -1 to 1, ReLU is 0 up to 0, then equals
    Z.
    """
    ax = canvas(370)
    curves = (
        (sigmoid, "Sigmoid", r"$A = \frac{1}{1 + e^{-Z}}$", (0, 1)),
        (np.tanh, "Tanh", r"$A = \frac{e^Z - e^{-Z}}{e^Z + e^{-Z}}$", (-1, 1)),
        (relu, "ReLU", "equation 18, yours", (0,)),
    )
    for k, (f, name, equation, limits) in enumerate(curves):
        left = 54 + k * 252
        text(ax, left + 104, 28, name, 18, weight="bold")
        text(ax, left + 104, 64, equation, 21 if "frac" in equation else 15, COLORS["A"])
        math(ax, left, 96, "A", COLORS["A"], 16)
        curve(ax, (left, 104, 208, 200), f, limits)
    return ax


def curve(ax, place, f, limits):
    """A = f(Z) in a frame at `place` (left, top, width, height), with dotted lines at the values it tends
    to.
    """
    panel = graph(ax, *place)
    z = np.linspace(-4, 4, 161)
    panel.plot(z, f(z), color=COLORS["A"], lw=2.6)
    for limit in limits:
        panel.axhline(limit, color=NOTE, lw=1.2, ls=":")
    panel.set(xlim=(-4, 4), ylim=(-1.5, 3), xticks=range(-4, 5, 2), yticks=range(-1, 4))
    panel.set_xlabel("$Z$", fontsize=19 * POINT, color=COLORS["Z"])
    panel.grid(color=GRID, lw=0.8)
    panel.set_axisbelow(True)


FIGURES = (activation_topology, sigmoid_by_numbers, tanh_by_numbers, relu_by_numbers, activation_curves)
