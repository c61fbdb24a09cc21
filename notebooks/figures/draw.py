"""Draw every picture of the notebooks: `python notebooks/figures/draw.py [FOLDER]`.

Each function of FIGURES makes the SVG of its own name; its docstring is the picture's title. Every number in a picture
is computed here, from the matrices below. A picture is measured in pixels from its upper left corner. Letters are drawn
as outlines, so that a picture looks the same everywhere, on a white card, so that it can be read on a dark theme;
nothing random or dated is written, so that drawing again changes no byte.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib.style
import numpy as np
import stills
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path as Outline
from mytorch.explore.style import COLORS

A = np.array([[-4, -3], [-2, -1], [0, 1], [2, 3]])  # also the Z of the activation examples
W = np.array([[-2, -1], [0, 1], [2, 3]])
b = np.array([[-1], [0], [1]])
Y = np.array([[0, 1], [1, 0], [1, 0], [0, 1]])

BATCH = np.array([[1, 4], [7, 0], [1, 0], [7, 4]])  # what batch norm normalizes
BW = np.array([[2, 5]])
BB = np.array([[-1, 2]])
EPS = 1e-8

WIDTH = 800  # of every picture, in pixels
POINT = 0.75  # points in a pixel: matplotlib measures letters and lines in points
INK = "#1F2933"
NOTE = "#3E4852"
RULE = "#9AA5B1"

STYLE = {
    "svg.fonttype": "path",
    "svg.hashsalt": "mytorch",
    "font.family": "DejaVu Sans",  # ships with matplotlib
    "mathtext.fontset": "cm",  # like the notebooks' equations; ships with matplotlib
}


# What all pictures share


def canvas(height):
    """An empty white card: axes in which one unit is a pixel and y points down."""
    figure = Figure(figsize=(WIDTH / 96, height / 96), facecolor="none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(height, 0))
    ax.axis("off")
    ax.add_patch(rounded(0, 0, WIDTH, height, 12, fc="white", ec="none"))
    return ax


def rounded(left, top, width, height, radius, **options):
    style = f"round,pad=0,rounding_size={radius}"
    return FancyBboxPatch((left, top), width, height, boxstyle=style, clip_on=False, **options)


def tint(color, strength=0.14):
    """The same hue, light enough to write on."""
    channels = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - strength * (255 - channel)):02x}" for channel in channels)


def text(ax, x, y, words, size=16, color=INK, **options):
    """Words, or a formula between dollar signs, centred on (x, y)."""
    size *= 1.2 if words.startswith("$") else 1  # the equations' letters are smaller at the same size
    ax.text(x, y, words, **{"fontsize": size * POINT, "color": color, "ha": "center", "va": "center", **options})


def math(ax, x, y, formula, color=INK, size=19, **options):
    """A formula standing on the line y, so that neighbours align."""
    text(ax, x, y, f"${formula}$", size, color, **{"va": "baseline", **options})


def arrow(ax, start, end, color=NOTE, width=1.6, **options):
    style = {"arrowstyle": "-|>", "mutation_scale": 13, "shrinkA": 0, "shrinkB": 0, **options}
    ax.add_patch(FancyArrowPatch(start, end, color=color, lw=width, clip_on=False, **style))


def lines(ax, pairs, color, width=1.0, style="-"):
    """Straight lines between pairs of points, as one outline: a network has hundreds."""
    points = [point for pair in pairs for point in pair]
    codes = [Outline.MOVETO, Outline.LINETO] * (len(points) // 2)
    ax.add_patch(PathPatch(Outline(points, codes), ec=color, fc="none", lw=width, ls=style, zorder=1, clip_on=False))


def box(ax, x, y, width, height, color=NOTE):
    """A rounded frame centred on (x, y)."""
    frame = {"fc": tint(color, 0.08), "ec": color, "lw": 1.4}
    ax.add_patch(rounded(x - width / 2, y - height / 2, width, height, 8, **frame))


def stage(ax, x, y, width, name, note, color=NOTE):
    """A box with a name and what it does."""
    box(ax, x, y, width, 70, color)
    text(ax, x, y - 14, name, 15, weight="bold")
    text(ax, x, y + 15, note, 14, NOTE)


def node(ax, x, y, name, kind, note=""):
    """A whole matrix as one circle, with a note below."""
    ax.plot(x, y, "o", ms=60 * POINT, mfc=tint(COLORS[kind]), mec=COLORS[kind], mew=1.6, clip_on=False)
    math(ax, x, y, name, COLORS[kind], va="center")
    text(ax, x, y + 46, note, 14, NOTE)


def graph(ax, left, top, width, height):
    """Axes of their own for a graph, in that frame."""
    card = ax.get_ylim()[0]
    panel = ax.figure.add_axes((left / WIDTH, 1 - (top + height) / card, width / WIDTH, height / card))
    panel.tick_params(labelsize=14 * POINT, colors=NOTE)
    return panel


# Matrices, side by side


def number(value):
    """A value as its cell shows it: whole numbers whole, others to three decimals, with a true minus sign."""
    digits = f"{value:.0f}" if abs(value - round(value)) < 1e-6 else f"{value:.3f}"
    return digits.replace("-", "\N{MINUS SIGN}")


@dataclass
class Matrix:
    """A matrix with its name above and its shape below; `marked` cells (row, column) are bold and framed."""

    values: np.ndarray
    name: str
    color: str
    cell: int = 44
    marked: tuple = ()

    ROW = 36

    @property
    def width(self):
        return self.values.shape[1] * self.cell

    def draw(self, ax, left, middle):
        rows, columns = self.values.shape
        top = middle - rows * self.ROW / 2
        for (i, j), value in np.ndenumerate(self.values):
            self.draw_cell(ax, left + j * self.cell, top + i * self.ROW, value, (i, j) in self.marked)
        math(ax, left + self.width / 2, top - 12, self.name, self.color)
        text(ax, left + self.width / 2, top + rows * self.ROW + 16, f"{rows} × {columns}", 14, NOTE)

    def draw_cell(self, ax, x, y, value, marked):
        frame = {"ec": INK, "lw": 2, "zorder": 2} if marked else {"ec": self.color, "lw": 0.8, "zorder": 1}
        ax.add_patch(Rectangle((x, y), self.cell, self.ROW, fc=tint(self.color), **frame))
        weight = "bold" if marked else "normal"
        text(ax, x + self.cell / 2, y + self.ROW / 2, number(value), 15, weight=weight)


@dataclass
class Sign:
    """An operator between two matrices."""

    sign: str
    width: int = 34

    def draw(self, ax, left, middle):
        math(ax, left + self.width / 2, middle, self.sign, va="center")


@dataclass
class Step:
    """An arrow to the next matrix, with words above and a note below."""

    above: str
    below: str = ""
    width: int = 110

    def draw(self, ax, left, middle):
        center = left + self.width / 2
        arrow(ax, (left + 12, middle), (left + self.width - 12, middle))
        text(ax, center, middle - 20, self.above)
        text(ax, center, middle + 22, self.below, 14, NOTE)


def row(ax, middle, *items):
    """Draw the items side by side, centred on the card. Returns the middle of each, in x."""
    left = (WIDTH - sum(item.width for item in items)) / 2
    middles = []
    for item in items:
        item.draw(ax, left, middle)
        middles.append(left + item.width / 2)
        left += item.width
    return middles


# Networks: a column of neurons for each A_i and Z_i


def stack(x, count, middle, spacing):
    """The places of `count` neurons, one under the other."""
    return [(x, middle + (k - (count - 1) / 2) * spacing) for k in range(count)]


def neurons(ax, places, kind, diameter, sign=None):
    """Circles for a quantity of that kind, or squares for bias units; `sign` (words or an outline) stands in each."""
    xs, ys = zip(*places)
    size, color = diameter * POINT, COLORS[kind]
    body = {"marker": "s", "ms": size * 0.84} if kind == "b" else {"marker": "o", "ms": size}
    ax.plot(xs, ys, ls="none", mfc=tint(color), mec=color, mew=1.4, clip_on=False, **body)
    if isinstance(sign, Outline):
        ax.plot(xs, ys, ls="none", marker=sign, ms=size * 0.5, mfc="none", mec=INK, mew=1.4)
    elif sign:
        for x, y in places:
            text(ax, x, y, sign, diameter * 0.52)


SUM = Outline([(0.7, 0.65), (0.7, 1), (-0.7, 1), (0.2, 0), (-0.7, -1), (0.7, -1), (0.7, -0.65)])  # a capital sigma
KINK = Outline([(-1, -0.6), (0, -0.6), (1, 0.9)])  # the graph of ReLU


def network(ax, sizes, xs, middle, spacing, diameter, activation=KINK):
    """Every neuron, bias unit and edge of columns A_0, Z_0, A_1, Z_1, ... standing at `xs`. Returns the last column."""
    inputs = stack(xs[0], sizes[0], middle, spacing)
    neurons(ax, inputs, "A", diameter)
    for i, size in enumerate(sizes[1:]):
        sums = stack(xs[2 * i + 1], size, middle, spacing)
        outputs = stack(xs[2 * i + 2], size, middle, spacing)
        bias = (xs[2 * i], inputs[-1][1] + spacing)
        lines(ax, [(start, end) for start in inputs for end in sums], COLORS["W"], 0.9)
        lines(ax, [(bias, end) for end in sums], COLORS["b"], 1.3, (0, (4, 2.5)))
        lines(ax, list(zip(sums, outputs)), INK, 1.6)
        neurons(ax, [bias], "b", diameter, "1")
        neurons(ax, sums, "Z", diameter, SUM)
        neurons(ax, outputs, "A", diameter, activation)
        inputs = outputs
    return inputs


def bracket(ax, left, right, y, name, below, family="DejaVu Sans"):
    """What leads from one column to the next: a bracket with its name and a note below."""
    corners = [(left + 3, y - 6), (left + 3, y), (right - 3, y), (right - 3, y - 6)]
    lines(ax, list(zip(corners, corners[1:])), RULE, 1.2)
    center = (left + right) / 2
    text(ax, center, y + 17, name, 14, family=family)
    text(ax, center, y + 43, below, 14, NOTE, va="baseline")


def headings(ax, sizes, xs, y):
    """A_0, Z_0, A_1, ... with their shapes, above the columns at `xs`."""
    for k, x in enumerate(xs):
        kind, size = "AZ"[k % 2], sizes[(k + 1) // 2]
        math(ax, x, y, f"{kind}_{k // 2}", COLORS[kind])
        text(ax, x, y + 20, f"N × {size}", 14, NOTE)


def legend(ax, y):
    """What the parts of a network mean, in a line."""
    lines(ax, [((46, y), (80, y))], COLORS["W"], 2)
    lines(ax, [((208, y), (242, y))], COLORS["b"], 2, (0, (4, 2.5)))
    neurons(ax, [(362, y)], "b", 22, "1")
    neurons(ax, [(508, y)], "Z", 22, SUM)
    neurons(ax, [(664, y)], "A", 22, KINK)
    words = ((88, "weight, in W"), (250, "bias, in b"), (380, "always one"), (526, "weighted sum"), (682, "ReLU"))
    for x, word in words:
        text(ax, x, y, word, 14, NOTE, ha="left")


def mlp(sizes, xs, spacing, diameter):
    """The topology of an MLP with these layer dimensions."""
    middle = 88 + diameter / 2 + (max(sizes) - 1) / 2 * spacing
    lowest = max(*(size + 1 for size in sizes[:-1]), sizes[-1] - 1)  # a bias unit stands below its column
    below = middle + lowest / 2 * spacing + diameter / 2 + 20
    ax = canvas(below + 104)
    network(ax, sizes, xs, middle, spacing, diameter)
    headings(ax, sizes, xs, 38)
    for i in range(len(sizes) - 1):
        x_in, x_sum, x_out = xs[2 * i : 2 * i + 3]
        bracket(ax, x_in, x_sum, below, f"layers[{i}]", f"$W_{i},\\ b_{i}$", "DejaVu Sans Mono")
        bracket(ax, x_sum, x_out, below, f"f[{i}]", "ReLU", "DejaVu Sans Mono")
    legend(ax, below + 76)
    return ax


# The pictures


def softmax(values):
    powers = np.exp(values)
    return powers / powers.sum(axis=1, keepdims=True)


def end_to_end():
    """End to end: inputs A0, weights W0 and bias b0 make Z0, an activation makes A1, a loss L compares A1 with Y."""
    ax = canvas(478)
    xs, middle = (70, 275, 420), 165
    outputs = network(ax, (2, 3), xs, middle, 62, 42, activation="$f$")
    targets = stack(730, 3, middle, 62)
    neurons(ax, targets, "Y", 42)
    for (x, y), (x_target, y_target) in zip(outputs, targets):
        arrow(ax, (x + 24, y), (538, middle + (y - middle) * 0.3), RULE)
        arrow(ax, (x_target - 24, y_target), (612, middle + (y_target - middle) * 0.3), RULE)
    box(ax, 575, middle, 66, 60, COLORS["L"])
    math(ax, 575, middle + 9, "L", COLORS["L"], 23)
    headings(ax, (2, 3), xs, 34)
    for x, name, color, note in ((575, "L", "L", "one number"), (730, "Y", "Y", "N × 3")):
        math(ax, x, 34, name, COLORS[color])
        text(ax, x, 54, note, 14, NOTE)
    math(ax, 172, 106, "W_0", COLORS["W"], 17)
    math(ax, 172, 262, "b_0", COLORS["b"], 17)
    forward_captions(ax, xs)
    backward_captions(ax, xs)
    return ax


def forward_captions(ax, xs):
    bracket(ax, xs[0], xs[1], 296, "linear layer", r"$Z_0 = A_0 \cdot W_0^\top + \iota \cdot b_0^\top$")
    bracket(ax, xs[1], xs[2], 296, "activation", "$A_1 = f(Z_0)$")
    bracket(ax, xs[2], 730, 296, "loss", "$L(A_1, Y)$")


def backward_captions(ax, xs):
    """The gradients, from the loss back to the inputs and the parameters."""
    y = 390
    text(ax, 575, y, "backward", 16, COLORS["L"])
    for x, name in zip(xs, ("A_0", "Z_0", "A_1")):
        math(ax, x, y + 8, rf"\frac{{\partial L}}{{\partial {name}}}", COLORS["L"], 22)
    math(ax, 172, y + 56, r"\frac{\partial L}{\partial W_0}\ \ \frac{\partial L}{\partial b_0}", COLORS["L"], 22)
    for start, end in ((530, y), (450, y)), ((392, y), (304, y)), ((248, y), (98, y)), ((252, y + 18), (216, y + 42)):
        arrow(ax, start, end, COLORS["L"])


def linear_by_numbers():
    """The linear layer by numbers: A (4 x 2) times W transposed, plus a column of ones times b transposed, is Z."""
    ax = canvas(300)
    ones = np.ones((len(A), 1))
    Z = A @ W.T + ones @ b.T
    first = ((0, 0),)
    row(
        ax, 130,
        Matrix(A, "A", COLORS["A"], marked=((0, 0), (0, 1))), Sign(r"\cdot"),
        Matrix(W.T, r"W^{\!\top}", COLORS["W"], marked=((0, 0), (1, 0))), Sign("+"),
        Matrix(ones, r"\iota", NOTE, marked=first), Sign(r"\cdot"),
        Matrix(b.T, r"b^{\!\!\top}", COLORS["b"], marked=first), Sign("="),
        Matrix(Z, "Z", COLORS["Z"], 50, marked=first),
    )  # fmt: skip
    products = " + ".join(f"({number(a)})·({number(w)})" for a, w in zip(A[0], W[0]))
    marked = f"{products} + 1·({number(b[0, 0])}) = {number(Z[0, 0])}"
    text(ax, WIDTH / 2, 268, f"The marked entry:  {marked}", weight="bold")
    return ax


def activation_topology():
    """An activation: every entry of Z goes through f on its own and becomes the entry of A in the same place."""
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
    row(ax, 128, Matrix(Z, "Z", COLORS["Z"], 56), Gate(f, name, "on every entry"), Matrix(f(Z), "A", COLORS["A"], 76))
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
    """Graphs on the same scales: Sigmoid rises from 0 to 1, Tanh from -1 to 1, ReLU is 0 up to 0, then equals Z."""
    ax = canvas(370)
    curves = (
        (sigmoid, "Sigmoid", r"$A = \frac{1}{1 + e^{-Z}}$", (0, 1)),
        (np.tanh, "Tanh", r"$A = \frac{e^Z - e^{-Z}}{e^Z + e^{-Z}}$", (-1, 1)),
        (relu, "ReLU", r"$A = Z$ where $Z > 0$, else $0$", (0,)),
    )
    for k, (f, name, equation, limits) in enumerate(curves):
        left = 54 + k * 252
        text(ax, left + 104, 28, name, 18, weight="bold")
        text(ax, left + 104, 64, equation, 21 if "frac" in equation else 15, COLORS["A"])
        math(ax, left, 96, "A", COLORS["A"], 16)
        curve(ax, (left, 104, 208, 200), f, limits)
    return ax


def curve(ax, place, f, limits):
    """A = f(Z) in a frame at `place` (left, top, width, height), with dotted lines at the values it tends to."""
    panel = graph(ax, *place)
    z = np.linspace(-4, 4, 161)
    panel.plot(z, f(z), color=COLORS["A"], lw=2.6)
    for limit in limits:
        panel.axhline(limit, color=NOTE, lw=1.2, ls=":")
    panel.set(xlim=(-4, 4), ylim=(-1.5, 3), xticks=range(-4, 5, 2), yticks=range(-1, 4))
    panel.set_xlabel("$Z$", fontsize=19 * POINT, color=COLORS["Z"])
    panel.grid(color="#E4E7EB", lw=0.8)
    panel.set_axisbelow(True)


def mlp0():
    """MLP0: 2 inputs and a bias unit, a linear layer to 3 neurons, ReLU on each of them."""
    return mlp((2, 3), (170, 420, 620), spacing=58, diameter=40)


def mlp1():
    """MLP1: 2 inputs, 3 hidden neurons, 2 outputs; each linear layer has a bias unit and is followed by ReLU."""
    return mlp((2, 3, 2), (80, 270, 390, 590, 720), spacing=58, diameter=40)


def mlp4():
    """MLP4: 2 inputs, hidden layers of 4, 8, 8, 4, 2 outputs; each linear layer has a bias unit, then ReLU."""
    xs = (38, 128, 186, 276, 334, 424, 482, 572, 630, 708, 762)
    return mlp((2, 4, 8, 8, 4, 2), xs, spacing=36, diameter=26)


def loss_topology():
    """A loss takes the model's output A and the target Y, both N x C, and gives one number L; backward gives dL/dA."""
    ax = canvas(276)
    for (x, y), name, note in (
        ((130, 78), "A", "model output, N × C"),
        ((130, 202), "Y", "desired output, N × C"),
        ((670, 140), "L", "loss value, one number"),
    ):
        node(ax, x, y, name, name, note)
    box(ax, 400, 140, 180, 100, COLORS["L"])
    text(ax, 400, 128, "loss", 19, weight="bold")
    text(ax, 400, 154, "how far is A from Y?", 14, NOTE)
    arrow(ax, (162, 78), (304, 116))
    arrow(ax, (162, 202), (304, 164))
    arrow(ax, (494, 140), (638, 140))
    arrow(ax, (400, 88), (162, 62), COLORS["L"], ls="--", connectionstyle="arc3,rad=0.25")
    math(ax, 300, 34, r"\partial L / \partial A", COLORS["L"], 17)
    text(ax, 350, 34, "backward, N × C", 14, NOTE, ha="left", va="baseline")
    return ax


def cross_entropy_by_numbers():
    """Cross-entropy by numbers: A, its row softmax, targets Y, the cross-entropy H of each row, and their mean L."""
    ax = canvas(300)
    probabilities = softmax(A)
    H = -(Y * np.log(probabilities)).sum(axis=1, keepdims=True)
    true = tuple(map(tuple, np.argwhere(Y == 1)))
    row(
        ax, 130,
        Matrix(A, "A", COLORS["A"], 36), Step("softmax", "of each row", 104),
        Matrix(probabilities, r"\sigma(A)", COLORS["A"], 58, marked=true), Sign(r"\ ", 20),
        Matrix(Y, "Y", COLORS["Y"], 34, marked=true), Step(r"$-Y \odot \log\,\sigma(A)$", "sum of each row", 150),
        Matrix(H, "H", COLORS["L"], 58), Step("mean", "of the rows", 98),
        Matrix(H.mean(axis=0, keepdims=True), "L", COLORS["L"], 60),
    )  # fmt: skip
    logs = ",   ".join(f"−log {number(p)} = {number(-np.log(p))}" for p in sorted(set(probabilities[0]), reverse=True))
    text(ax, WIDTH / 2, 268, f"Y picks the marked probabilities:   {logs}", weight="bold")
    return ax


STEEPNESS = np.array([1, 20])  # of the bowl L = (w₁² + 20 w₂²) / 2, along each parameter
START, RATE, STEPS = (-8, 2), 0.01, 60


def bowl(parameters):
    return (STEEPNESS * parameters**2).sum(axis=-1) / 2


def descent(momentum):
    """The parameters before and after each step of SGD in the bowl (eqs. 44 to 49)."""
    path, velocity = [np.array(START, dtype=float)], np.zeros(2)
    for _ in range(STEPS):
        velocity = momentum * velocity + STEEPNESS * path[-1]
        path.append(path[-1] - RATE * velocity)
    return np.array(path)


def momentum_path():
    """SGD in a long narrow bowl, same start, learning rate and number of steps: without momentum it creeps along the
    valley and is far from the minimum at the end; with momentum 0.9 it swings, picks up speed and arrives."""
    ax = canvas(392)
    for left, momentum in ((48, 0), (432, 0.9)):
        path = descent(momentum)
        valley(ax, (left, 68, 344, 206), path)
        math(ax, left, 60, "w_2", COLORS["W"], 16)
        text(ax, left + 172, 32, rf"momentum $\mu = {momentum}$", 18, weight="bold")
        text(ax, left + 172, 340, f"L = {bowl(path[-1]):.2f} after {STEPS} steps")
    text(ax, WIDTH / 2, 370, f"○ start    ■ end    × minimum    ellipses: equal L    learning rate {RATE}", 14, NOTE)
    return ax


def valley(ax, place, path):
    """The bowl's contours, with the path from its start (a ring) to its end (a square); a cross is the minimum."""
    panel = graph(ax, *place)
    for level in np.array([0.5, 2, 4.5, 8, 12.5, 18, 24.5]) * 4:
        across, up = 2 * np.sqrt(2 * level / STEEPNESS)
        panel.add_patch(Ellipse((0, 0), across, up, fc="none", ec=COLORS["L"], lw=0.9, alpha=0.6))
    panel.plot(*path.T, "-o", color=COLORS["W"], lw=1.4, ms=3)
    panel.plot(*path[0], "o", ms=11, mfc="none", mec=INK, mew=1.6)
    panel.plot(*path[-1], "s", ms=8, mfc=COLORS["W"], mec=INK, mew=1.4)
    panel.plot(0, 0, "x", ms=9, color=INK, mew=2)
    panel.set(xlim=(-9.5, 5), ylim=(-3, 3), xticks=range(-8, 5, 4), yticks=(-2, 0, 2))
    panel.set_xlabel("$w_1$", fontsize=19 * POINT, color=COLORS["W"])


def batchnorm_topology():
    """Batch norm: Z is normalized to NZ with the batch's mean M and variance V, then scaled by BW and shifted by Bb to
    BZ. In training M and V also update the running values; in inference the running values take their place."""
    ax = canvas(318)
    top, middle = 90, 238
    for x, y, name, kind, above, note in (
        (52, middle, "Z", "Z", "", "N × C"),
        (412, middle, "NZ", "Z", r"$\hat{Z}$", "N × C"),
        (748, middle, "BZ", "Z", r"$\tilde{Z}$", "N × C"),
        (546, top, "BW", "W", r"$\gamma$", ""),
        (634, top, "Bb", "b", r"$\beta$", ""),
    ):
        node(ax, x, y, name, kind, note)
        text(ax, x, y - 46, above, 15, COLORS[kind])
    stage(ax, 232, middle, 190, "normalize", r"$(Z - M)\,/\,\sqrt{V + \epsilon}$")
    stage(ax, 590, middle, 176, "scale, shift", r"$BW \odot NZ + Bb$")
    stage(ax, 118, top, 176, "M, V", "of the batch, 1 × C", COLORS["Y"])
    stage(ax, 386, top, 206, "running_M, running_V", "averages, 1 × C", COLORS["Y"])
    text(ax, 718, top, "learned,\n1 × C", 14, NOTE)
    batchnorm_arrows(ax, top, middle)
    return ax


def batchnorm_arrows(ax, top, middle):
    for left, right in ((84, 133), (331, 378), (446, 498), (682, 714)):
        arrow(ax, (left, middle), (right, middle))
    arrow(ax, (60, middle - 34), (78, top + 40))
    arrow(ax, (210, top), (279, top), COLORS["Y"])
    arrow(ax, (546, top + 34), (566, middle - 38), COLORS["W"])
    arrow(ax, (634, top + 34), (614, middle - 38), COLORS["b"])
    arrow(ax, (150, top + 39), (200, middle - 38))
    arrow(ax, (340, top + 39), (274, middle - 38), ls="--")
    text(ax, 244, top - 16, "update", 14, NOTE)
    text(ax, 164, 164, "training", 14, NOTE, ha="right")
    text(ax, 324, 164, "inference", 14, NOTE, ha="left")


def batchnorm_by_numbers():
    """Batch norm by numbers: Z less its column means M, over the root of variances V, is NZ; times BW plus Bb, BZ."""
    ax = canvas(306)
    M, V = BATCH.mean(axis=0, keepdims=True), BATCH.var(axis=0, keepdims=True)
    NZ = (BATCH - M) / np.sqrt(V + EPS)
    _, first, _, second, _ = row(
        ax, 136,
        Matrix(BATCH, "Z", COLORS["Z"]), Step("normalize", r"$(Z - M)\,/\,\sqrt{V + \epsilon}$", 216),
        Matrix(NZ, r"NZ = \hat{Z}", COLORS["Z"]), Step("scale, shift", r"$BW \odot NZ + Bb$", 216),
        Matrix(BW * NZ + BB, r"BZ = \tilde{Z}", COLORS["Z"]),
    )  # fmt: skip
    for x, values, name, kind in (
        (first - 50, M, "M", "Y"),
        (first + 50, V, "V", "Y"),
        (second - 50, BW, "BW", "W"),
        (second + 50, BB, "Bb", "b"),
    ):
        matrix = Matrix(values, name, COLORS[kind], 40)
        matrix.draw(ax, x - matrix.width / 2, 238)
    return ax


FIGURES = (
    end_to_end,
    linear_by_numbers,
    activation_topology,
    sigmoid_by_numbers,
    tanh_by_numbers,
    relu_by_numbers,
    activation_curves,
    mlp0,
    mlp1,
    mlp4,
    loss_topology,
    cross_entropy_by_numbers,
    momentum_path,
    batchnorm_topology,
    batchnorm_by_numbers,
)


def save(figure, folder):
    """Draw one picture and write it to the folder; returns its path."""
    title = " ".join(figure.__doc__.split())
    path = Path(folder) / f"{figure.__name__}.svg"
    with matplotlib.style.context(["default", STYLE]):
        figure().figure.savefig(path, format="svg", metadata={"Title": title, "Date": None})
    return path


def main(folder=Path(__file__).parent):
    for figure in FIGURES:
        print(save(figure, folder))
    for name in stills.STILLS:
        print(stills.save(name, folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
