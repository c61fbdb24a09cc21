"""What the notebooks' pictures are drawn with; the pictures themselves stand in the sections'
``pictures.py``.

A picture is measured in pixels from its upper left corner. Letters are drawn as outlines, so that a picture
looks the same everywhere, on a white card, so that it can be read on a dark theme. For instructors: it is not
in the students' library.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path as Outline

from .style import COLORS, INK, NOTE, RULE, tint

WIDTH = 800  # of every picture, in pixels
POINT = 0.75  # points in a pixel: matplotlib measures letters and lines in points
STYLE = {
    "svg.fonttype": "path",
    "svg.hashsalt": "mytorch",
    "font.family": "DejaVu Sans",  # ships with matplotlib
    "mathtext.fontset": "cm",  # like the notebooks' equations; ships with matplotlib
}


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


def text(ax, x, y, words, size=16, color=INK, **options):
    """Words, or a formula between dollar signs, centred on (x, y)."""
    size *= 1.2 if words.startswith("$") else 1  # the equations' letters are smaller at the same size
    ax.text(
        x, y, words, **{"fontsize": size * POINT, "color": color, "ha": "center", "va": "center", **options}
    )


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
    ax.add_patch(
        PathPatch(Outline(points, codes), ec=color, fc="none", lw=width, ls=style, zorder=1, clip_on=False)
    )


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


def stack(x, count, middle, spacing):
    """The places of `count` neurons, one under the other."""
    return [(x, middle + (k - (count - 1) / 2) * spacing) for k in range(count)]


def neurons(ax, places, kind, diameter, sign=None):
    """Circles for a quantity of that kind, or squares for bias units; `sign` (words or an outline) stands in
    each.
    """
    xs, ys = zip(*places)
    size, color = diameter * POINT, COLORS[kind]
    body = {"marker": "s", "ms": size * 0.84} if kind == "b" else {"marker": "o", "ms": size}
    ax.plot(xs, ys, ls="none", mfc=tint(color), mec=color, mew=1.4, clip_on=False, **body)
    if isinstance(sign, Outline):
        ax.plot(xs, ys, ls="none", marker=sign, ms=size * 0.5, mfc="none", mec=INK, mew=1.4)
    elif sign:
        for x, y in places:
            text(ax, x, y, sign, diameter * 0.52)


# a capital sigma
SUM = Outline([(0.7, 0.65), (0.7, 1), (-0.7, 1), (0.2, 0), (-0.7, -1), (0.7, -1), (0.7, -0.65)])


def network(ax, sizes, xs, middle, spacing, diameter, activation):
    """Every neuron, bias unit and edge of columns A_0, Z_0, A_1, Z_1, ... standing at `xs`, with
    `activation` (words or an outline) in the latter. Returns the last column.
    """
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
