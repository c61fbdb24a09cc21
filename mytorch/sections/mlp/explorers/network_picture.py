"""A network drawn: a column for the inputs, and one for the neurons of each layer."""

from mytorch.explore.svg import element, number, rectangle, text
from mytorch.style import COLORS, INK, NEGATIVE, NOTE, POSITIVE, RULE, tint

from .passes import TIDY

SHOWN = 8  # neurons of a layer that are drawn


class Picture:
    """Where everything stands: a column for the inputs, and one for the neurons of each layer, Z beside A."""

    middle, height = 226, 336

    def __init__(self, trace, done):
        self.trace, self.done = trace, done
        self.active = trace.steps[done - 1] if done else None
        count = len(trace.W)
        self.cell = min(46, 820 / (3.6 * count + 1))
        self.gap = min((828 - self.cell * (2 * count + 1)) / count, 230)
        width = self.cell * (2 * count + 1) + self.gap * count
        first = (860 - width) / 2
        self.lefts = [first] + [
            first + self.cell + self.gap + k * (2 * self.cell + self.gap) for k in range(count)
        ]
        self.rights = [left + self.cell * (2 if k else 1) for k, left in enumerate(self.lefts)]
        self.shown = [min(size, SHOWN) for size in trace.sizes]
        slots = [shown + (k < count) for k, shown in enumerate(self.shown)]  # the last has no bias unit
        self.pitch = min(92, self.height / max(slots))
        self.row = min(22, self.pitch / 2 - 2)

    def heights(self, column) -> list[float]:
        """The middle of each neuron, and of the bias unit below them."""
        slots = self.shown[column] + (column < len(self.trace.W))
        return [self.middle + (j - (slots - 1) / 2) * self.pitch for j in range(slots)]

    # lines

    def lines(self):
        return "".join(self.layer_lines(i) for i in range(len(self.trace.W)))

    def layer_lines(self, i):
        """The weights of a layer, and as soon as backward has passed it, their gradients. Biases start at the
        square.
        """
        values = self.trace.values
        kept = ("dLdW", i) in values
        W, b = (values["dLdW", i], values["dLdb", i]) if kept else (self.trace.W[i], self.trace.b[i])
        names = ("dLdW", "dLdb") if kept else ("W", "b")
        reached = ("Z", i) in values
        *starts, bias = self.heights(i)
        ends = self.heights(i + 1)[: self.shown[i + 1]]
        marks, labels = [], []
        for row, end in enumerate(ends):
            entries = [(start, W[row, j], f"{names[0]}{i}[{row}, {j}]") for j, start in enumerate(starts)]
            for j, (start, value, name) in enumerate(
                [*entries, (bias, b[row, 0], f"{names[1]}{i}[{row}, 0]")]
            ):
                x0 = self.rights[i] if start != bias else self.rights[i] - self.cell / 2 + 9
                marks.append(
                    stroke(x0, start, self.lefts[i + 1], end, value, name, 0.95 if reached else 0.45)
                )
                labels.append(self.label(x0, start, self.lefts[i + 1], end, value, j, len(ends), 1 + kept))
        square = rectangle(
            self.rights[i] - self.cell / 2 - 9, bias - 9, 18, 18, "white", COLORS["b"], stroke_width=1.5
        )
        one = text(self.rights[i] - self.cell / 2, bias, "1", 12, COLORS["b"])
        return "".join(marks) + "".join(labels) + square + one + self.named(i, kept)

    def label(self, x0, y0, x1, y1, value, j, ends, digits):
        """The number on the line from neuron j, where there is room for it; further right than those from
        above.
        """
        if self.gap < 140 or ends > 4:
            return ""
        share = 0.26 + 0.21 * j  # far enough apart for numbers of any sign and two digits
        halo = {"stroke": "white", "stroke_width": 4, "paint_order": "stroke", "pointer_events": "none"}
        return text(
            x0 + share * (x1 - x0),
            y0 + share * (y1 - y0),
            number(value, digits) if abs(value) > TIDY else "0",
            12,
            INK,
            **halo,
        )

    def named(self, i, kept):
        rows, columns = self.trace.W[i].shape
        x = (self.rights[i] + self.lefts[i + 1]) / 2
        name, color = (f"dLdW{i}", COLORS["L"]) if kept else (f"W{i}", COLORS["W"])
        return text(x, 22, name, 13, color, font_weight="bold") + text(x, 40, f"{rows} × {columns}", 12, NOTE)

    # neurons

    def columns(self):
        marks = [self.column(0, [("A", 0)])]
        marks += [self.column(k, [("Z", k - 1), ("A", k)]) for k in range(1, len(self.lefts))]
        return "".join(marks)

    def column(self, k, names):
        marks, new = [], []  # what has just been made is drawn last, over its neighbours
        for part, (name, i) in enumerate(names):
            left = self.lefts[k] + part * self.cell
            marks.append(text(left + self.cell / 2, 22, f"{name}{i}", 13, COLORS[name], font_weight="bold"))
            if ("dLd" + name, i) in self.trace.values:
                marks.append(text(left + self.cell / 2, 40, f"dLd{name}{i}", 11, COLORS["L"]))
            for j in range(self.shown[k]):
                top = self.heights(k)[j] - self.row
                boxes = ((top, (name, i), COLORS[name]), (top + self.row, ("dLd" + name, i), COLORS["L"]))
                for y, key, color in boxes:
                    (new if key in made_by(self.active) else marks).append(self.box(left, y, key, j, color))
        hidden = self.trace.sizes[k] - self.shown[k]
        if hidden:
            marks.append(
                text(
                    self.lefts[k], self.middle + self.height / 2 + 18, f"and {hidden} more", 12, NOTE, "start"
                )
            )
        return "".join(marks + new)

    def box(self, left, top, key, j, color):
        """One number of a neuron; empty as long as it has not been computed."""
        if key not in self.trace.values:
            return rectangle(left, top, self.cell, self.row, "white", tint(color, 0.45))
        value = self.trace.values[key][0, j]
        new = key in made_by(self.active)
        style = {"stroke_width": 2.5 if new else 1, "data_mark": f"{key[0]}{key[1]}[0, {j}]"}
        title = element("title", f"{key[0]}{key[1]}[0, {j}] = {number(value, 4)}")
        size = 12 if self.cell > 40 else 11
        words = text(
            left + self.cell / 2, top + self.row / 2, number(value), size, INK, pointer_events="none"
        )
        place = {"x": float(left), "y": float(top), "width": float(self.cell), "height": float(self.row)}
        frame = element("rect", title, **place, fill=shade(value), stroke=INK if new else color, **style)
        return frame + (words if self.cell >= 30 else "")


def made_by(step):
    """The values that a step has made."""
    if step is None:
        return [("A", 0)]
    equation, i = step
    return {27: [("Z", i)], 28: [("A", i + 1)], 30: [("dLdZ", i)], 31: [("dLdA", i)]}[equation]


def stroke(x0, y0, x1, y1, value, name, opacity):
    """A line: its colour is the sign, its width the size; dotted where there is nothing."""
    nothing = not abs(value) > TIDY
    style = {"stroke": RULE, "stroke_width": 1.5, "stroke_dasharray": "2 4"}
    if not nothing:
        style = {
            "stroke": POSITIVE if value > 0 else NEGATIVE,
            "stroke_width": 0.8 + 2 * min(abs(value), 3.0),
        }
    title = element("title", f"{name} = {number(value, 4)}")
    path = f"M{x0:.1f},{y0:.1f}L{x1:.1f},{y1:.1f}"
    return element("path", title, d=path, **style, stroke_opacity=opacity, data_mark=name)


def shade(value) -> str:
    """The sign's colour, the stronger the larger the value."""
    if not abs(value) > TIDY:
        return "white"
    return tint(POSITIVE if value > 0 else NEGATIVE, 0.1 + 0.4 * min(abs(value) / 2, 1.0))


def legend():
    y, marks = 434, []
    for x, color, words in ((24, POSITIVE, "positive"), (134, NEGATIVE, "negative")):
        marks.append(element("path", d=f"M{x},{y}h30", stroke=color, stroke_width=5))
        marks.append(text(x + 38, y, words, 13, INK, "start"))
    marks.append(element("path", d=f"M250,{y}h30", stroke=RULE, stroke_width=1.5, stroke_dasharray="2 4"))
    marks.append(text(288, y, "zero", 13, INK, "start"))
    marks.append(text(340, y, "width: size, up to 3", 13, INK, "start"))
    marks.append(text(836, y, "in each neuron: Z and A, below them their gradients", 13, INK, "end"))
    return "".join(marks)
