"""SVG as text: the few marks that explorers draw with.

Every function returns markup, so a picture is a sum of strings, and a test can read it. Lengths are pixels
from the picture's upper left corner. Keyword arguments become attributes (``stroke_width=2`` is
``stroke-width="2"``), so that ``data_drag="z"`` makes of any mark a handle that the mouse can drag (see
base.py).
"""

from dataclasses import dataclass
from functools import lru_cache
from html import escape

import numpy as np

from ..style import COLORS, GRID, INK, NOTE, RULE, tint

FAR = 1e5  # where a mark is put that belongs infinitely far away
DASHED = "6 4"
RING = 7.0  # the radius of what can be dragged, in pixels


def element(tag: str, content: str = "", /, **attributes) -> str:
    """``<tag ...>content</tag>``; an attribute of None is left out."""
    words = "".join([_attribute(*pair) for pair in attributes.items() if pair[1] is not None])
    return f"<{tag}{words}>{content}</{tag}>" if content else f"<{tag}{words}/>"


@lru_cache(4096, typed=True)  # of a picture's attributes, most are in its predecessor too
def _attribute(name: str, value) -> str:
    if isinstance(value, (float, np.floating)):
        value = f"{value:.2f}".rstrip("0").rstrip(".")
    return f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'


def text(x, y, words, size=13, color=INK, anchor="middle", **attributes) -> str:
    """Words, their middle at the height y, and centred on x unless ``anchor`` says start or end."""
    place = {"x": float(x), "y": float(y), "text_anchor": anchor, "dominant_baseline": "central"}
    return element("text", escape(words), **place, font_size=size, fill=color, **attributes)


def rectangle(x, y, width, height, fill="none", stroke="none", **attributes) -> str:
    place = {"x": float(x), "y": float(y), "width": float(width), "height": float(height)}
    return element("rect", **place, fill=fill, stroke=stroke, **attributes)


TOO_LONG = 1e9  # to be written out


def number(value, digits=2) -> str:
    """A value to so many decimals, with a true minus sign."""
    if not np.isfinite(value):
        return "nan" if np.isnan(value) else "∞" if value > 0 else "−∞"
    if abs(value) >= TOO_LONG:
        return f"{value:.{digits}e}".replace("-", "−")
    return f"{value + 0.0:.{digits}f}".replace("-0." + "0" * digits, "0." + "0" * digits).replace("-", "−")


def document(width, height, title, content) -> str:
    """A picture to be stored as a file."""
    content = element("title", escape(title)) + rectangle(0, 0, width, height, "white", rx=12) + content
    root = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {width} {height}",
        "width": width,
        "height": height,
    }
    return element("svg", content, **root, font_family="Helvetica, Arial, sans-serif") + "\n"


@dataclass(frozen=True)
class Plot:
    """A graph's place in the picture and the range of numbers that it shows, as (lowest, highest)."""

    left: float
    top: float
    width: float
    height: float
    xlim: tuple[float, float]
    ylim: tuple[float, float]

    def x(self, values):
        """Numbers along x as pixels."""
        low, high = self.xlim
        return _near(self.left + (np.asarray(values, dtype=float) - low) / (high - low) * self.width)

    def y(self, values):
        low, high = self.ylim
        return _near(self.top + (high - np.asarray(values, dtype=float)) / (high - low) * self.height)

    def at(self, x, y) -> tuple[float, float]:
        """The numbers that belong to a place in the picture, which a drag reports."""
        across, up = (x - self.left) / self.width, 1 - (y - self.top) / self.height
        return tuple(
            low + share * (high - low) for share, (low, high) in ((across, self.xlim), (up, self.ylim))
        )

    def frame(
        self,
        xticks=(),
        yticks=(),
        xlabel="",
        ylabel="",
        title="",
        xcolor=INK,
        ycolor=INK,
        labelled=(True, True),
    ):
        """The empty graph: grid, frame, numbers (along x and y, if ``labelled``), names of the axes,
        title.
        """
        right, bottom = self.left + self.width, self.top + self.height
        marks = [rectangle(self.left, self.top, self.width, self.height, "white", RULE)]
        for tick in xticks:
            marks.append(
                _stroke([(self.x(tick), self.top), (self.x(tick), bottom)], GRID if tick else RULE, 1)
            )
            marks.append(text(self.x(tick), bottom + 12, _tick(tick), 12, NOTE) if labelled[0] else "")
        for tick in yticks:
            marks.append(
                _stroke([(self.left, self.y(tick)), (right, self.y(tick))], GRID if tick else RULE, 1)
            )
            marks.append(
                text(self.left - 6, self.y(tick), _tick(tick), 12, NOTE, "end") if labelled[1] else ""
            )
        middle = self.left + self.width / 2
        marks.append(text(middle, bottom + 30, xlabel, 14, xcolor, font_weight="bold") if xlabel else "")
        marks.append(
            text(self.left, self.top - 13, ylabel, 14, ycolor, "start", font_weight="bold") if ylabel else ""
        )
        marks.append(text(middle, self.top - 14, title, 15, font_weight="bold") if title else "")
        return "".join(marks)

    def inside(self, *marks: str) -> str:
        """The marks, cut off at the frame."""
        box = {"x": self.left, "y": self.top, "width": self.width, "height": self.height}
        return element("svg", "".join(marks), **box, viewBox=" ".join(f"{value:g}" for value in box.values()))

    def line(self, xs, ys, color, width=2.0, dash=None, **attributes) -> str:
        """A line through the points; where a number is missing (nan), it has a gap."""
        xs, ys = (np.ravel(values).astype(float) for values in (xs, ys))
        there = ~(np.isnan(xs) | np.isnan(ys))
        return _stroke(list(zip(self.x(xs), self.y(ys))), color, width, dash, there, **attributes)

    def dots(self, xs, ys, color, radius=4.0, **attributes) -> str:
        """A disc for each point whose numbers are finite."""
        xs, ys = (np.ravel(values).astype(float) for values in (xs, ys))
        finite = np.isfinite(xs) & np.isfinite(ys)
        style = {"r": float(radius), "fill": color, "stroke": "white", "stroke_width": 1.5, **attributes}
        return "".join(
            element("circle", cx=x, cy=y, **style) for x, y in zip(self.x(xs[finite]), self.y(ys[finite]))
        )

    def handle(self, x, y, color, name) -> str:
        """A ring that can be dragged: the explorer's ``dragged`` hears of it under this name. Where its place
        is beyond the frame, it stands inside, and a pointer in it says where to.
        """
        if not np.isfinite([x, y]).all():
            return ""
        cx, cy = self._shown(x, y)
        style = {"fill": "white", "stroke": color, "stroke_width": 3.0}
        ring = element("circle", cx=float(cx), cy=float(cy), r=RING, **style, data_drag=name)
        return ring + self.pointer(x, y, color)

    def pointer(self, x, y, color) -> str:
        """A triangle inside the frame towards a place beyond it; nothing where the place is within."""
        place = np.array([self.x(x), self.y(y)])
        shown = self._shown(x, y)
        if (shown == place).all() or np.isnan(place).any():
            return ""
        along = (place - shown) / np.hypot(*(place - shown))
        side = 3.5 * along[::-1] * (1, -1)
        corners = shown + np.array([4 * along, side - 2.5 * along, -side - 2.5 * along])
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        return element("polygon", points=points, fill=color, pointer_events="none", data_mark="beyond")

    def _shown(self, x, y):
        """The place of (x, y) in pixels; of one beyond the frame, the nearest where a ring has room."""
        place, corner = np.array([self.x(x), self.y(y)]), np.array([self.left, self.top])
        size, room = np.array([self.width, self.height]), RING + 1.5
        within = (place > corner - 0.5) & (place < corner + size + 0.5)
        return place if within.all() else np.clip(place, corner + room, corner + size - room)

    def polygon(self, xs, ys, fill, **attributes) -> str:
        points = " ".join(
            f"{x:.1f},{y:.1f}" for x, y in zip(self.x(xs), self.y(ys)) if np.isfinite([x, y]).all()
        )
        return element("polygon", points=points, fill=fill, **attributes)

    def band(self, start, end, fill, **attributes) -> str:
        """A strip over the whole height, from one number to another along x."""
        return rectangle(
            self.x(start), self.top, self.x(end) - self.x(start), self.height, fill, **attributes
        )

    def arrow(self, start, end, color, width=3.0) -> str:
        """From one point to another, both as (x, y)."""
        (x0, y0), (x1, y1) = ((float(self.x(x)), float(self.y(y))) for x, y in (start, end))
        return arrow(x0, y0, x1, y1, color, width)


def arrow(x0, y0, x1, y1, color, width=3.0) -> str:
    """A line with a head, in pixels."""
    length = np.hypot(x1 - x0, y1 - y0)
    if not 1e-9 < length < FAR:
        return ""
    along = np.array([x1 - x0, y1 - y0]) / length
    size = min(4 * width, length)
    neck, side = np.array([x1, y1]) - size * along, 0.45 * size * np.array([-along[1], along[0]])
    head = " ".join(f"{x:.1f},{y:.1f}" for x, y in ((x1, y1), neck + side, neck - side))
    return _stroke([(x0, y0), tuple(neck)], color, width) + element("polygon", points=head, fill=color)


def bar(start, end, middle, thickness, limits, fill, upright=False, **attributes) -> str:
    """A bar along x, or ``upright`` along y, in pixels. One that goes on beyond the limits ends in a point:
    it is not as long as another that does.
    """
    shown, half = float(np.clip(end, *limits)), thickness / 2
    neck = shown if shown == end else shown + half * np.sign(start - shown)
    outline = ((start, -half), (neck, -half), (shown, 0), (neck, half), (start, half))
    pairs = [(along, middle + across) for along, across in outline]
    points = " ".join(f"{y:.1f},{x:.1f}" if upright else f"{x:.1f},{y:.1f}" for x, y in pairs)
    return element("polygon", points=points, fill=fill, **attributes)


def matrix(left, top, values, name, color, cell=44, row=24, digits=2, marked=(), shape=True) -> str:
    """A matrix as coloured cells, its name above and its shape below; cells (row, column) in ``marked`` are
    framed.
    """
    values = np.atleast_2d(np.asarray(values, dtype=float))
    rows, columns = values.shape
    middle = left + columns * cell / 2
    marks = [text(middle, top - 13, name, 15, color, font_weight="bold", font_style="italic")]
    for (i, j), value in np.ndenumerate(values):
        x, y = left + j * cell, top + i * row
        marks.append(rectangle(x, y, cell, row, tint(color), color, stroke_width=0.8))
        marks.append(text(x + cell / 2, y + row / 2, number(value, digits), 13))
    for i, j in marked:
        marks.append(rectangle(left + j * cell, top + i * row, cell, row, "none", INK, stroke_width=2.0))
    marks.append(text(middle, top + rows * row + 14, f"{rows} × {columns}", 12, NOTE) if shape else "")
    return "".join(marks)


def _stroke(points, color, width=2.0, dash=None, there=None, **attributes) -> str:
    there = [True] * len(points) if there is None else there
    words, pen = [], "M"
    for (x, y), drawn in zip(points, there):
        if drawn:
            words.append(f"{pen}{x:.1f},{y:.1f}")
        pen = "L" if drawn else "M"
    style = {"fill": "none", "stroke": color, "stroke_width": float(width), "stroke_linejoin": "round"}
    return element("path", d="".join(words), **style, stroke_dasharray=dash, **attributes)


def _near(pixels):
    """A place far outside is far enough: browsers do not draw numbers of any size. Missing numbers stay
    missing.
    """
    return np.clip(pixels, -FAR, FAR)


def _tick(value) -> str:
    return f"{value:g}".replace("-", "−")


__all__ = [
    "COLORS",
    "DASHED",
    "Plot",
    "arrow",
    "bar",
    "document",
    "element",
    "matrix",
    "number",
    "rectangle",
    "text",
]
