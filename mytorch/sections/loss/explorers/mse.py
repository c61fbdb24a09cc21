"""The mean squared error of one sample with two outputs, as a bowl over the plane of the outputs."""

import numpy as np
from contourpy import contour_generator  # matplotlib's own: it comes with it

from mytorch.explore.base import Button, Explorer, Slider
from mytorch.explore.student import equals
from mytorch.explore.svg import DASHED, Plot, arrow, element, matrix, number, rectangle, text
from mytorch.style import COLORS, INK, tint

from .criterion import agrees, judge, scalar

RANGE = (-3, 3)
SIDE = np.linspace(*RANGE, 25)  # where the bowl is measured, along either output
HALO = {"stroke": "white", "stroke_width": 4, "paint_order": "stroke"}  # words stay legible on lines
LEVELS = np.arange(1, 9) ** 2 / 4  # L of the circles: their radii are 1, 2, 3, ...


def bowl(MSELoss, Y):
    """L at every point of the plane: rows along the second output, columns along the first."""
    criterion, what = MSELoss(), "MSELoss.forward(A, Y)"
    return np.array(
        [[scalar(criterion.forward(np.array([[a, b]]), Y.copy()), what) for a in SIDE] for b in SIDE]
    )


class MSEBowl(Explorer):
    question = "How long must a step against the gradient be to land right on the target?"
    still_of = ("MSELoss",)
    size = (860, 414)
    controls = (
        (
            Slider("a0", "A[0, 0]", *RANGE, -1.0, color="A"),
            Slider("a1", "A[0, 1]", *RANGE, 1.0, color="A"),
            Slider("step", "step length", 0.1, 5, 1.0, step=0.1, digits=1, color="L"),
        ),
        (
            Slider("y0", "Y[0, 0]", *RANGE, 1.0),
            Slider("y1", "Y[0, 1]", *RANGE, -0.5),
            Button("go", "Take the step"),
        ),
    )

    def __init__(self, MSELoss):
        self.MSELoss = MSELoss
        self.plane = Plot(52, 34, 330, 330, RANGE, RANGE)
        self.slices = [Plot(488, 34, 350, 178, RANGE, (0, top)) for top in (8, 12, 20)]
        self.slice = self.slices[0]
        self.measured = None  # the target for which ``levels`` and ``section`` were drawn
        self.trail = []  # where steps have led, the present point last
        super().__init__()

    def draw(self, a0, a1, step, y0, y1):
        A, Y = np.array([[a0, a1]]), np.array([[y0, y1]])
        L, dLdA = self.attempt(judge, self.MSELoss, A, Y)
        right = agrees(self.attempt, self.MSELoss, A, Y, L, dLdA)
        if self.measured != (y0, y1):
            self.bowl, self.measured, self.trail = self.attempt(bowl, self.MSELoss, Y), (y0, y1), []
        if not self.trail or self.trail[-1] != (a0, a1):
            self.trail = [(a0, a1)]
        goal = A[0] - step * dLdA[0]
        self.front = self.moving(A[0], Y[0], dLdA[0], goal) + self.section(A, Y, L, dLdA[0, 0])
        self.back = self.axes() + self.contours()
        self.front += equation(A, Y, L, dLdA)
        return sentence(A, Y, L, dLdA, step, goal, right)

    # what can be moved

    def pressed(self, button):
        values = self.values
        A, Y = np.array([[values["a0"], values["a1"]]]), np.array([[values["y0"], values["y1"]]])
        _, dLdA = self.attempt(judge, self.MSELoss, A, Y)
        a0, a1 = A[0] - values["step"] * np.nan_to_num(dLdA[0])
        if max(abs(a0), abs(a1)) > RANGE[1]:  # or it may seem to have landed on a target there
            self.attempt.note(
                f"The step leads to A = ({number(a0)}, {number(a1)}), beyond the picture: A stops there."
            )
        self.set(a0=a0, a1=a1)
        self.trail.append((self.values["a0"], self.values["a1"]))

    def dragged(self, handle, x, y):
        if handle == "slice":
            self.set(a0=self.slice.at(x, y)[0])
        else:
            a, b = self.plane.at(x, y)
            self.set(**({"a0": a, "a1": b} if handle == "A" else {"y0": a, "y1": b}))

    def reset(self):
        self.trail = []
        super().reset()

    # marks

    def axes(self):
        blue = {"xcolor": COLORS["A"]}
        axes = range(-3, 4), range(-3, 4), "A[0, 0]", "A[0, 1]"
        top = self.slice.ylim[1]
        cut = range(-3, 4), range(0, top + 1, top // 4), "A[0, 0]", "L"
        return self.plane.frame(*axes, "L from above", ycolor=COLORS["A"], **blue) + self.slice.frame(
            *cut, "cut along A[0, 0]", ycolor=COLORS["L"], **blue
        )

    def contours(self):
        plot, marks = self.plane, []
        measured = contour_generator(SIDE, SIDE, np.ma.masked_invalid(self.bowl))
        for k, level in enumerate(LEVELS):
            lines = measured.lines(level)
            color = tint(COLORS["L"], 0.3 + 0.08 * k)
            marks += [plot.line(*line.T, color, 1.5, data_mark="level") for line in lines]
            if lines:  # its number where it runs highest
                x, y = np.clip(max(np.concatenate(lines), key=lambda point: point[1]), -2.7, (2.7, 2.85))
                marks.append(text(float(plot.x(x)), float(plot.y(y)), f"{level:g}", 11, COLORS["L"], **HALO))
        return plot.inside(*marks)

    def moving(self, A, Y, dLdA, goal):
        """Point, target, gradient, and where a step would lead."""
        plot = self.plane
        trail = np.array(self.trail)
        marks = [
            plot.line(*trail.T, COLORS["A"], 1.5),
            plot.dots(*trail[:-1].T, tint(COLORS["A"], 0.6), 4),
            plot.line([A[0], goal[0]], [A[1], goal[1]], INK, 2, DASHED, data_mark="step"),
            plot.dots(*goal[:, None], INK, 4.5),
            plot.pointer(*goal, INK),
            plot.arrow(A, A + dLdA, COLORS["L"]),
        ]
        # not cut off at the frame
        rings = plot.handle(*Y, COLORS["Y"], "Y") + plot.handle(*A, COLORS["A"], "A")
        aside = beside(dLdA)
        named = [label(plot, A, -aside, "A", COLORS["A"]), label(plot, Y, aside, "Y", COLORS["Y"])]
        if np.hypot(*(A - Y)) < 0.1:
            named = [label(plot, A, aside, "A = Y" if (A == Y).all() else "A, Y", COLORS["A"])]
        return plot.inside(*marks) + rings + "".join(named)

    def section(self, A, Y, L, slope):
        """L when only the first output moves, and the tangent that backward promises."""
        curve = [self.attempt(judge, self.MSELoss, np.array([[a, A[0, 1]]]), Y)[0] for a in SIDE]
        # all of the curve is in sight, wherever the target is
        fitting = [plot for plot in self.slices if plot.ylim[1] >= max(curve)]
        plot = self.slice = [*fitting, self.slices[-1]][0]
        ends = A[0, 0] + np.array([-1.1, 1.1])
        # on the side where the curve is lower
        x, anchor = (8, "start") if curve[-1] > curve[0] else (plot.width - 8, "end")
        legend = text(
            plot.left + x, plot.top + 16, f"slope {number(slope)}", 13, INK, anchor, font_weight="bold"
        )
        return plot.inside(
            plot.line([Y[0, 0]] * 2, plot.ylim, COLORS["Y"], 1, "2 3"),
            plot.line(SIDE, curve, COLORS["L"], 3, data_mark="loss"),
            plot.line(ends, L + slope * (ends - A[0, 0]), INK, 2, DASHED, data_mark="tangent"),
        ) + plot.handle(A[0, 0], L, COLORS["A"], "slice") + legend  # fmt: skip


def beside(dLdA):
    """Where names stand, off their points: at right angles to the arrow, in pixels."""
    length = np.hypot(*dLdA)
    return 18 * np.array([dLdA[1], dLdA[0]]) / length if 0 < length < np.inf else np.array([0.0, 18.0])


def label(plot, point, aside, name, color):
    corner = np.array([plot.left, plot.top])
    place = np.array([plot.x(point[0]), plot.y(point[1])]) + aside
    place = np.clip(place, corner + (22, 10), corner + (plot.width - 22, plot.height - 10))
    return text(*place, name, 14, color, font_weight="bold", **HALO)


def equation(A, Y, L, dLdA):
    """(A − Y) / (N · C) = dLdA in coloured cells, and L."""
    top, cell = 292, 48
    is_half = equals(np.mean((A - Y) ** 2) / 2, L) == "="
    marks = [
        text(426, top + 12, "(", 20),
        matrix(432, top, A, "A", COLORS["A"], cell),
        text(539, top + 12, "−", 18),
        matrix(550, top, Y, "Y", COLORS["Y"], cell),
        text(694, top + 12, f") / (N · C) {equals((A - Y) / A.size, dLdA)}", 15),
        matrix(742, top, dLdA, "dLdA", COLORS["L"], cell),
        rectangle(432, 346, 406, 30, tint(COLORS["L"]), COLORS["L"], stroke_width=0.8),
        text(
            635,
            361,
            f"L = ½ · mean of the squares = {number(L, 3)}" if is_half else f"your L = {number(L, 3)}",
            15,
            COLORS["L"],
            font_weight="bold",
            data_mark="L",
        ),
        arrow(432, 396, 462, 396, COLORS["L"]),
        text(470, 396, "the gradient dLdA", 13, INK, "start"),
        element("path", d="M620,396h30", stroke=INK, stroke_width=2.0, stroke_dasharray=DASHED),
        text(658, 396, "the step, and the tangent", 13, INK, "start"),
    ]
    return "".join(marks)


def sentence(A, Y, L, dLdA, step, goal, right):
    if not right:
        return (
            f"Your L is {number(L, 3)}, your gradient ({number(dLdA[0, 0])}, {number(dLdA[0, 1])}). A step "
            f"of {number(step, 1)} leads to ({number(goal[0])}, {number(goal[1])})."
        )
    distance = np.hypot(*(A - Y)[0])
    if distance < 0.005:
        return "A is the target: the loss is 0, so is the gradient, and no step moves it."
    left = np.hypot(*(goal - Y[0])) / distance
    start = (
        f"The gradient, ({number(dLdA[0, 0])}, {number(dLdA[0, 1])}), points away from the target, and the "
        "longer, the further."
    )
    if left < 0.005:
        return (
            f"{start} A step of {number(step, 1)} lands on the target: it undoes the division by N · C = 2."
        )
    beyond = "too far" if left < 0.995 else "as far beyond" if left < 1.005 else "further off than before"
    verdict = "too short" if step < 2 else beyond
    return (
        f"{start} A step of {number(step, 1)} leaves {number(100 * left, 0)} % of the way to go: {verdict}."
    )
