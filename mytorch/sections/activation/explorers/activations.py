"""Activation functions side by side, A over Z and the slope dA/dZ, with a point that moves along Z."""

import numpy as np

from mytorch.characters import listed
from mytorch.explore.base import Explorer, Slider, Tick
from mytorch.explore.student import SUBSTITUTE, array, counterpart, quietly
from mytorch.explore.svg import DASHED, Plot, element, number, rectangle, text
from mytorch.style import COLORS, INK, NOTE, RULE, tint

RANGE = (-6, 6)
Z = np.linspace(*RANGE, 121).reshape(-1, 1)
FLAT = 0.05  # a slope below this lets hardly any gradient through
TANGENT = 1.2  # half its length along Z


def run(activation, Z):
    """(A, dAdZ), each of Z's shape."""
    f, name = activation(), activation.__name__
    A = array(f.forward(Z.copy()), f"{name}.forward(Z)", Z.shape)
    return A, array(f.backward(), f"{name}.backward()", Z.shape)


class ActivationCurves(Explorer):
    question = "Where along Z does a unit stop passing the gradient back?"
    still_of = ("Identity", "Sigmoid", "Tanh", "ReLU")
    size = (860, 424)

    def __init__(self, *classes):
        self.classes = {cls.__name__: cls for cls in classes}
        ticks = tuple(Tick(name, name) for name in self.classes)
        self.controls = (
            (Slider("z", "Z", *RANGE, 1.5, color="Z"),),
            (*ticks, Tick("reference", f"{SUBSTITUTE}'s curves")),
        )
        super().__init__()

    def draw(self, z, reference, **shown):
        names = tuple(name for name in self.classes if shown[name])
        self.background(self.curves, names, reference)
        points = {name: self.attempt(run, self.classes[name], np.array([[z]])) for name in names}
        values = {name: (A.item(), slope.item()) for name, (A, slope) in points.items()}
        self.front = "".join(point(*place, z, *values[name], name) for name, place in places(names).items())
        return sentence(z, {name: slope for name, (_, slope) in values.items()})

    def dragged(self, handle, x, y):
        above, _ = places([name for name in self.classes if self.values[name]])[handle]
        self.set(z=above.at(x, y)[0])

    def curves(self, names, reference):
        """Everything but the point."""
        if not names:
            return rectangle(44, 62, 804, 316, "white", RULE) + text(446, 220, "nothing chosen", 14, NOTE)
        panels = [
            self.panel(name, *place, *self.attempt(run, self.classes[name], Z), reference, name == names[0])
            for name, place in places(names).items()
        ]
        return legend(reference) + "".join(panels)

    def panel(self, name, above, below, A, dAdZ, reference, first):
        """Both graphs of one function without the point."""
        labels = {"xticks": range(-6, 7, 2)}
        marks = [
            above.frame(
                **(labels | {"yticks": range(-1, 4), "labelled": (False, first)}),
                **{"ylabel": "A", "ycolor": COLORS["A"], "title": name},
            ),
            below.frame(
                **(labels | {"yticks": (0, 0.5, 1), "labelled": (True, first)}),
                **{"ylabel": "dA/dZ", "ycolor": COLORS["L"], "xlabel": "Z", "xcolor": COLORS["Z"]},
            ),
        ]
        for start, end in flat(dAdZ):
            marks += [
                plot.band(start, end, tint(COLORS["Y"], 0.2), fill_opacity=0.7) for plot in (above, below)
            ]
        marks.append(above.inside(above.line(Z, A, COLORS["A"], 3, data_mark=f"{name} A")))
        marks.append(below.inside(below.line(Z, dAdZ, COLORS["L"], 3, data_mark=f"{name} dAdZ")))
        other = counterpart(self.classes[name]) if reference else None
        if other:
            true_A, true_slope = quietly(run, other, Z)
            marks.append(above.inside(above.line(Z, true_A, INK, 1.5, DASHED)))
            marks.append(below.inside(below.line(Z, true_slope, INK, 1.5, DASHED)))
        return "".join(marks)


def places(names):
    """The upper and the lower graph of each function, side by side."""
    left, gap = 44, 26
    width = (860 - left - 12 - gap * (len(names) - 1)) / max(len(names), 1)
    lefts = {name: left + k * (width + gap) for k, name in enumerate(names)}
    return {
        name: (Plot(x, 62, width, 190, RANGE, (-1.5, 3.5)), Plot(x, 284, width, 94, RANGE, (-0.15, 1.25)))
        for name, x in lefts.items()
    }


def flat(slopes):
    """The stretches of Z, (start, end), where the slope is next to nothing."""
    low = np.concatenate([[False], (np.abs(slopes) < FLAT).ravel(), [False]])
    starts, ends = (
        np.flatnonzero(np.diff(low.astype(int)) == 1),
        np.flatnonzero(np.diff(low.astype(int)) == -1) - 1,
    )
    return [(Z[start, 0], Z[end, 0]) for start, end in zip(starts, ends)]


def point(above, below, z, A, slope, name):
    """Where the functions stand at z: the point on the curve, its tangent, and the slope below."""
    ends = np.array([z - TANGENT, z + TANGENT])
    tangent = above.line(ends, A + slope * (ends - z), COLORS["L"], 3)
    guide = {"color": COLORS["Z"], "width": 1, "dash": "2 3"}
    values = "".join(
        text(plot.left + plot.width, plot.top - 13, number(value, 3), 13, color, "end", font_weight="bold")
        for plot, value, color in ((above, A, COLORS["A"]), (below, slope, COLORS["L"]))
    )
    return (
        above.inside(above.line([z, z], above.ylim, **guide), tangent, above.handle(z, A, COLORS["Z"], name))
        + below.inside(
            below.line([z, z], below.ylim, **guide),
            below.dots([z], [slope], COLORS["Z"], 5.5),
            below.pointer(z, slope, COLORS["Z"]),
        )
        + values
    )


def legend(reference):
    marks = [stroke(44, COLORS["A"]), text(78, 18, "your A", 13, INK, "start")]
    marks += [stroke(140, COLORS["L"]), text(174, 18, "your slope dA/dZ, and the tangent", 13, INK, "start")]
    marks += [
        rectangle(408, 9, 28, 18, tint(COLORS["Y"], 0.2)),
        text(444, 18, f"slope below {FLAT}", 13, INK, "start"),
    ]
    if reference:
        marks += [stroke(570, INK, 1.5, DASHED), text(604, 18, f"{SUBSTITUTE}'s", 13, INK, "start")]
    return "".join(marks)


def stroke(x, color, width=3.0, dash=None):
    return element("path", d=f"M{x},18h28", stroke=color, stroke_width=width, stroke_dasharray=dash)


def sentence(z, slopes):
    if not slopes:
        return "Tick at least one of the functions."
    passed = ", ".join(f"{name} {number(slope, 3)}" for name, slope in slopes.items())
    stopped = [name for name, slope in slopes.items() if abs(slope) < FLAT]
    start = f"At Z = {number(z)} of the gradient that arrives, this share goes on: {passed}."
    if not stopped:
        return f"{start} Nothing is saturated here."
    verb = "is" if len(stopped) == 1 else "are"
    return f"{start} {listed(stopped)} {verb} saturated: what lies before learns next to nothing."
