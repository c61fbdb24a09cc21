"""What random networks of different depth do to the plane."""

from itertools import pairwise, product

import numpy as np

from mytorch.explore.base import Button, Choice, Explorer, Slider
from mytorch.explore.raster import image
from mytorch.explore.student import array
from mytorch.explore.svg import Plot, element, number, rectangle, text
from mytorch.style import COLORS, INK, NEGATIVE, NOTE, POSITIVE, RULE, tint

REACH = 2  # the square that is looked at, in either direction
CELLS = 16  # a side of it
DOTS = 61  # of the image, a side
FAR = 4  # the limits of the mapped plane
NOWHERE = -1e5  # where cells are put whose corners are no numbers
SATURATED = 2.0  # outputs from here on have the full colour
FIRST = 403  # a seed whose networks of every depth leave something to be seen
BIAS = 0.5  # the size of the random biases

# Weights that keep values at about the same size from layer to layer (see mytorch.training.initialize).
GAINS = {"ReLU": 2.0, "Tanh": 1.5, "Sigmoid": 16.0, "Identity": 1.0}


def forward(MLP, sizes, activation, parameters, A):
    """The output for A, (len(A), 2), and for each sample which units are on, (len(A), number of hidden
    units).
    """
    from mytorch import nn  # imported here, so that a class you have just finished is used

    model = MLP()
    model.layers = [nn.Linear(C_in, C_out) for C_in, C_out in pairwise(sizes)]
    for layer, (W, b) in zip(model.layers, parameters):
        layer.W, layer.b = W.copy(), b.copy()
    model.f = [getattr(nn, activation)() for _ in model.layers[:-1]] + [nn.Identity()]
    out = array(model.forward(A.copy()), f"What {MLP.__name__}.forward returns", (len(A), sizes[-1]))
    on = [array(f.A, "A, which f[i] keeps,", (len(A), size)) > 0 for f, size in zip(model.f, sizes[1:-1])]
    return out, np.concatenate(on, axis=1) if on else np.empty((len(A), 0), dtype=bool)


def random_parameters(sizes, activation, scale, seed):
    """(W, b) for each layer. A deeper network begins with the same layers as a shallower one.

    Rows or columns of each W are orthogonal: a few layers of independent numbers would flatten the plane to a
    line.
    """
    parameters = []
    for i, (C_in, C_out) in enumerate(pairwise(sizes)):
        last = i == len(sizes) - 2
        rng = np.random.default_rng([seed, 9 if last else i, C_in])
        tall, _ = np.linalg.qr(rng.standard_normal((max(C_in, C_out), min(C_in, C_out))))
        size = scale * np.sqrt((1.0 if last else GAINS[activation]) * len(tall) / C_in)
        parameters.append((size * (tall if C_out > C_in else tall.T), BIAS * rng.standard_normal((C_out, 1))))
    return parameters


class Depth(Explorer):
    question = "What can five layers do to the plane that one layer cannot?"
    still_of = ("MLP4",)
    size = (860, 366)
    controls = (
        (
            Slider("depth", "hidden layers", 0, 4, 2, step=1, digits=0),
            Slider("width", "neurons in each", 2, 16, 8, step=1, digits=0),
            Slider("scale", "W times", 0.5, 3, 1.0, step=0.1, digits=1, color="W"),
        ),
        (Choice("activation", "activation", tuple(GAINS), "ReLU"), Button("weights", "New random weights")),
    )

    def __init__(self, MLP4):
        self.MLP4 = MLP4
        self.seed = FIRST
        square = (-REACH, REACH)
        self.before = Plot(36, 40, 250, 250, square, square)
        self.after = Plot(322, 40, 250, 250, (-FAR, FAR), (-FAR, FAR))
        self.output = Plot(602, 40, 250, 250, square, square)
        ticks = {
            "xticks": range(-REACH, REACH + 1),
            "yticks": range(-REACH, REACH + 1),
            "xcolor": COLORS["A"],
        }
        self.square = {**ticks, "xlabel": "A0[:, 0]", "ycolor": COLORS["A"]}
        self.plane = self.before.frame(title="the plane", ylabel="A0[:, 1]", **self.square) + cells(
            self.before, corners(), "start"
        )
        super().__init__()

    def draw(self, depth, width, scale, activation):
        sizes = [2, *[width] * depth, 2]
        parameters = random_parameters(sizes, activation, scale, self.seed)
        grid = corners()
        A = np.concatenate([grid.reshape(-1, 2), dots().reshape(-1, 2)])
        out, on = self.attempt(forward, self.MLP4, sizes, activation, parameters, A)
        right = self.attempt.agrees(
            out, lambda cls: forward(cls, sizes, activation, parameters, A)[0], self.MLP4, equal_nan=True
        )
        landed, first = (
            out[: grid.size // 2].reshape(grid.shape),
            out[grid.size // 2 :, 0].reshape(DOTS, DOTS),
        )
        self.background(self.frames, depth)
        self.front = self.after.inside(cells(self.after, landed, "landed")) + self.colored(first)
        return sentence(depth, activation, on[grid.size // 2 :], landed) if right else size(landed)

    def pressed(self, button):
        self.seed += 1

    def reset(self):
        self.seed = FIRST
        super().reset()

    def frames(self, depth):
        """The plane, and the empty graphs of its image and of the output."""
        ticks = {
            "xticks": range(-4, 5, 2),
            "yticks": range(-4, 5, 2),
            "xcolor": COLORS["A"],
            "ycolor": COLORS["A"],
        }
        name = f"A{depth + 1}"
        names = {"xlabel": f"{name}[:, 0]", "ylabel": f"{name}[:, 1]"}
        after = self.after.frame(title="its image", **names, **ticks)
        output = self.output.frame(title=f"{name}[:, 0]", ylabel="A0[:, 1]", **self.square)
        return self.plane + after + output + LEGEND

    def colored(self, first):
        plot = self.output
        field = image(plot, signed(first), data_mark="output")
        return field + rectangle(plot.left, plot.top, plot.width, plot.height, "none", RULE)


def corners():
    """Of the square's cells: (17, 17, 2)."""
    side = np.linspace(-REACH, REACH, CELLS + 1)
    return np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1)


def dots():
    """The middles of the image's pixels, row by row from below: (61, 61, 2)."""
    side = (np.arange(DOTS) + 0.5) / DOTS * 2 * REACH - REACH
    return np.stack(np.meshgrid(side, side), axis=-1)


def cells(plot, corners, mark):
    """The square's cells, wherever their corners are now; the quadrants differ in colour, and what is folded
    is darker.
    """
    xs, ys = (
        np.nan_to_num(side(values), nan=NOWHERE)
        for side, values in zip((plot.x, plot.y), np.moveaxis(corners, 2, 0))
    )
    marks, half = [], CELLS // 2
    places = [[f"{x:.1f},{y:.1f}" for x, y in zip(*row)] for row in zip(xs.tolist(), ys.tolist())]
    for i, j in product(range(CELLS), repeat=2):
        points = f"{places[i][j]} {places[i + 1][j]} {places[i + 1][j + 1]} {places[i][j + 1]}"
        marks.append(f'<polygon points="{points}" fill="{QUADRANTS[i >= half, j >= half]}"/>')
    return element("g", "".join(marks), fill_opacity=0.75, stroke="white", stroke_width=0.4, data_mark=mark)


def signed(values):
    """The sign's colour, the stronger the larger: (rows, columns, 3). What is no number stays white."""
    strength = np.nan_to_num(0.2 + 0.7 * np.clip(np.abs(values) / SATURATED, 0, 1))[..., None]
    hue = np.where((values > 0)[..., None], rgb(POSITIVE), rgb(NEGATIVE))
    return 255 - strength * (255 - hue)


def rgb(color):
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])


QUADRANTS = {
    (False, False): NEGATIVE,
    (False, True): tint(NEGATIVE, 0.5),
    (True, False): POSITIVE,
    (True, True): tint(POSITIVE, 0.5),
}


def key():
    marks = []
    for x, color, words in ((640, POSITIVE, "positive"), (746, NEGATIVE, "negative")):
        marks += [rectangle(x, 343, 20, 14, color), text(x + 28, 350, words, 13, INK, "start")]
    return "".join(marks)


LEGEND = key() + text(
    36,
    350,
    "Each cell keeps its colour wherever it lands; where the plane is folded, cells overlap.",
    13,
    NOTE,
    "start",
)


def size(landed):
    """How much of the plane the square comes to cover."""
    width, height = (number(side, 1) for side in np.ptp(landed.reshape(-1, 2), axis=0))
    return f"The square of 4\u00a0×\u00a04 lands on {width}\u00a0×\u00a0{height}."


def sentence(depth, activation, on, landed):
    """What has become of the square."""
    if depth == 0:
        return f"One layer: straight lines stay straight, and parallel ones parallel. {size(landed)}"
    if activation == "Identity":
        return (
            f"{depth + 1} layers without an activation in between are still one linear map: nothing is bent. "
            f"{size(landed)}"
        )
    if activation == "ReLU":
        pieces = len({row.tobytes() for row in np.packbits(on, axis=1)})
        flat = (
            "is still one flat piece"
            if pieces == 1
            else f"is cut into at least {pieces} flat pieces, and folded between them"
        )
        return f"With {depth + 1} layers and ReLU the square {flat}. {size(landed)}"
    return (
        f"With {depth + 1} layers and {activation} the square is bent smoothly, and nothing is folded "
        f"sharply. {size(landed)}"
    )
