"""A linear layer of two inputs and two outputs, as a map of the plane and in numbers."""

import numpy as np

from mytorch.explore.base import Button, Explorer, Slider
from mytorch.explore.student import array, equals
from mytorch.explore.svg import Plot, arrow, element, matrix, number, rectangle, text
from mytorch.style import COLORS, INK, NOTE, tint

SAMPLES = np.array([[-4, -3], [-2, -1], [0, 1], [2, 3]], dtype=float)  # the worked example of the notebook
CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float)  # of the unit square
SIDE = np.arange(-4.0, 5.0)  # the grid's lines, along either input

TURN = 0.5 * np.sqrt(3)
PRESETS = {
    "identity": (1, 0, 0, 1),
    "turn": (TURN, -0.5, 0.5, TURN),
    "stretch": (2, 0, 0, 0.5),
    "shear": (1, 1, 0, 1),
    "mirror": (-1, 0, 0, 1),
}


def forward(Linear, A, W, b):
    layer = Linear(2, 2)
    layer.W, layer.b = W.copy(), b.copy()
    return array(layer.forward(A.copy()), "Linear.forward(A)", A.shape)


class LinearMap(Explorer):
    question = "Which W flattens the whole plane onto a line?"
    still_of = ("Linear",)
    size = (860, 420)
    controls = (
        (
            Slider("w00", "W[0, 0]", -2, 2, 1.0, color="W"),
            Slider("w01", "W[0, 1]", -2, 2, 0.5, color="W"),
            Slider("b0", "b[0, 0]", -3, 3, 1.0, color="b"),
        ),
        (
            Slider("w10", "W[1, 0]", -2, 2, -0.5, color="W"),
            Slider("w11", "W[1, 1]", -2, 2, 1.0, color="W"),
            Slider("b1", "b[1, 0]", -3, 3, -1.0, color="b"),
        ),
        tuple(Button(name, name.capitalize()) for name in PRESETS),
    )

    def __init__(self, Linear):
        self.Linear = Linear
        self.before = Plot(30, 34, 225, 225, (-4.5, 4.5), (-4.5, 4.5))
        self.after = Plot(494, 34, 350, 350, (-7, 7), (-7, 7))  # as many pixels a unit
        self.backdrop = self.axes() + self.legend() + self.grid(self.before, points(), SAMPLES, "A")
        super().__init__()

    def draw(self, w00, w01, w10, w11, b0, b1):
        W, b = np.array([[w00, w01], [w10, w11]]), np.array([[b0], [b1]])
        A = np.concatenate([SAMPLES, CORNERS, points().reshape(-1, 2)])
        Z = self.attempt(forward, self.Linear, A, W, b)
        right = self.attempt.agrees(Z, forward, self.Linear, A, W, b, equal_nan=True)
        samples, corners, grid = Z[:4], Z[4:8], Z[8:].reshape(points().shape)
        self.back = self.backdrop
        self.front = (
            self.grid(self.after, grid, samples, "Z", corners)
            + self.handles(*corners[[0, 1, 3]])
            + numbers(W, b, samples)
        )
        return sentence(W, b) if right else places(*corners[[0, 1, 3]])

    # what can be moved

    def pressed(self, button):
        self.set(**dict(zip(("w00", "w01", "w10", "w11"), PRESETS[button])), b0=0, b1=0)

    def dragged(self, handle, x, y):
        place = self.after.at(x, y)
        origin = (self.values["b0"], self.values["b1"])
        if handle == "b":
            self.set(b0=place[0], b1=place[1])
        else:
            column = handle[-1]
            self.set(**{f"w{row}{column}": place[row] - origin[row] for row in (0, 1)})

    # marks

    def axes(self):
        before = self.before.frame(range(-4, 5, 2), range(-4, 5, 2), title="before: A", ycolor=COLORS["A"])
        return before + self.after.frame(range(-6, 7, 2), range(-6, 7, 2), title="after: Z = A · Wᵀ + ι · bᵀ")

    def legend(self):
        rows = (
            (arrow(272, 70, 302, 70, COLORS["W"]), "columns of W: where", 70),
            ("", "(1, 0) and (0, 1) land", 88),
            (arrow(272, 122, 302, 122, COLORS["b"]), "b: where (0, 0) lands", 122),
            (rectangle(275, 146, 22, 18, tint(COLORS["W"], 0.4)), "the unit square", 155),
            (element("circle", cx=286, cy=188, r=5, fill=COLORS["A"]), "the four samples", 188),
        )
        drag = text(272, 222, "Drag the rings, or use the sliders.", 12, NOTE, "start")
        return "".join(mark + text(310, y, words, 13, INK, "start") for mark, words, y in rows) + drag

    @staticmethod
    def grid(plot, grid, samples, kind, corners=CORNERS):
        """The grid's lines, the unit square and the samples, wherever they are now."""
        color = COLORS[kind]
        both = np.concatenate([grid, grid.swapaxes(0, 1)])
        lines = np.concatenate([both, np.full((len(both), 1, 2), np.nan)], axis=1)  # a gap after each
        square = plot.polygon(*corners.T, tint(COLORS["W"], 0.4), fill_opacity=0.8)
        return plot.inside(
            plot.line(lines[..., 0], lines[..., 1], tint(color, 0.45), 1),
            square,
            plot.dots(*samples.T, color, 5, data_mark=kind),
        )

    def handles(self, origin, first, second):
        plot = self.after
        if not np.isfinite([origin, first, second]).all():
            return ""
        arrows = plot.arrow((0, 0), origin, COLORS["b"])
        arrows += plot.arrow(origin, first, COLORS["W"]) + plot.arrow(origin, second, COLORS["W"])
        rings = plot.handle(*first, COLORS["W"], "column 0") + plot.handle(*second, COLORS["W"], "column 1")
        return plot.inside(arrows, rings, plot.handle(*origin, COLORS["b"], "b"))


def points():
    """The grid's crossings: (9, 9, 2)."""
    return np.stack(np.meshgrid(SIDE, SIDE, indexing="ij"), axis=-1)


def numbers(W, b, Z):
    """A · Wᵀ + ι · bᵀ = Z, in coloured cells."""
    middle = 350
    parts = (
        (SAMPLES, "A", COLORS["A"], 26, 0),
        ("·",),
        (W.T, "Wᵀ", COLORS["W"], 48, 2),
        ("+",),
        (np.ones((4, 1)), "ι", NOTE, 22, 0),
        ("·",),
        (b.T, "bᵀ", COLORS["b"], 48, 2),
        (equals(SAMPLES @ W.T + b.T, Z),),
        (Z, "Z", COLORS["Z"], 52, 2),
    )
    left, marks = 16, []
    for part in parts:
        if len(part) == 1:
            marks.append(text(left + 9, middle, part[0], 18))
            left += 18
            continue
        values, name, color, cell, digits = part
        rows, columns = values.shape
        marks.append(matrix(left, middle - rows * 12, values, name, color, cell, digits=digits))
        left += columns * cell
    return "".join(marks)


def places(origin, first, second):
    """What is to be seen with a layer that does not what W and b say."""
    where = [f"({number(x)}, {number(y)})" for x, y in (origin, first, second)]
    return f"(0, 0) lands on {where[0]}, (1, 0) on {where[1]}, and (0, 1) on {where[2]}."


def sentence(W, b):
    area = W[0, 0] * W[1, 1] - W[0, 1] * W[1, 0]
    shift = f"b moves everything by ({number(b[0, 0])}, {number(b[1, 0])})."
    if not W.any():
        return (
            f"W is zero: every input lands on the same point, which is b = ({number(b[0, 0])}, "
            f"{number(b[1, 0])})."
        )
    if abs(area) < 0.005:
        return (
            "The columns of W lie on one line, so the whole plane does too: different inputs can no longer "
            f"be told apart. {shift}"
        )
    turned = ", turned over like a page" if area < 0 else ""
    return f"The unit square lands on a parallelogram of area {number(abs(area))}{turned}. {shift}"
