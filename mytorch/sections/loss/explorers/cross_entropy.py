"""Three scores, their softmax, the cross-entropy with a target, and its gradient."""

import numpy as np

from mytorch.explore.base import Button, Choice, Explorer, Slider
from mytorch.explore.student import equals
from mytorch.explore.svg import Plot, bar, number, rectangle, text
from mytorch.style import COLORS, INK, NOTE, tint

from .criterion import agrees, judge

TARGETS = {
    "class 0": (1.0, 0.0, 0.0),
    "class 1": (0.0, 1.0, 0.0),
    "class 2": (0.0, 0.0, 1.0),
    "soft: 0.7, 0.2, 0.1": (0.7, 0.2, 0.1),
    "soft: a third each": (1 / 3, 1 / 3, 1 / 3),
}
HALO = {"stroke": "white", "stroke_width": 3, "paint_order": "stroke"}  # numbers stay legible on lines
HALF = 0.32  # of a bar's width; classes are 1 apart


def softmax(A):
    exponentials = np.exp(A - A.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


class CrossEntropy(Explorer):
    question = "For which scores does the gradient vanish?"
    still_of = ("CrossEntropyLoss",)
    size = (860, 330)
    controls = (
        tuple(
            Slider(f"a{k}", f"A[0, {k}]", -5, 5, value, color="A") for k, value in enumerate((1.0, 2.5, -0.5))
        ),
        (
            Choice("target", "target Y", tuple(TARGETS), "class 0"),
            Button("step", "Step against the gradient"),
            Button("raise", "All scores + 1"),
        ),
    )

    def __init__(self, CrossEntropyLoss):
        self.CrossEntropyLoss = CrossEntropyLoss
        limits = ((-6.5, 6.5), (0, 1.12), (0, 14), (-1.15, 1.15))
        self.panels = [Plot(36 + 214 * k, 50, 170, 220, (-0.5, 2.5), ylim) for k, ylim in enumerate(limits)]
        ticks = (range(-4, 5, 2), (0, 0.5, 1), range(0, 11, 2), (-1, -0.5, 0, 0.5, 1))
        names = (("scores A", "A"), ("softmax σ(A)", "A"), ("−Y · log σ(A)", "L"), ("dLdA = σ(A) − Y", "L"))
        self.backdrop = "".join(
            panel.frame((), marks, "class") + self.title(panel, name, COLORS[kind])
            for panel, marks, (name, kind) in zip(self.panels, ticks, names)
        )
        middle, top = self.panels[1].left + 85, self.panels[1].top
        outlined = "outlined: the target Y", 13, COLORS["Y"]
        self.backdrop += text(middle, top + self.panels[1].height + 50, *outlined, font_weight="bold")
        super().__init__()

    def draw(self, a0, a1, a2, target):
        A, Y = np.array([[a0, a1, a2]]), np.array([TARGETS[target]])
        L, dLdA = self.attempt(judge, self.CrossEntropyLoss, A, Y)
        right = agrees(self.attempt, self.CrossEntropyLoss, A, Y, L, dLdA)
        p = softmax(A)
        terms = -Y * np.log(p)
        self.back = self.backdrop
        scores, chances, losses, gradient = self.panels
        self.front = "".join(
            (
                self.bars(scores, A[0], COLORS["A"], "A"),
                self.rings(A[0]),
                self.bars(chances, p[0], COLORS["A"], "softmax"),
                self.wanted(chances, Y[0]),
                self.bars(losses, terms[0], COLORS["L"], "terms"),
                self.bars(gradient, dLdA[0], COLORS["L"], "dLdA"),
                self.total(losses, terms.sum(), L),
            )
        )
        return sentence(Y[0], p[0], L, dLdA[0]) if right else f"Your L is {number(L, 3)}."

    # what can be moved

    def pressed(self, button):
        A = np.array([[self.values[f"a{k}"] for k in range(3)]])
        if button == "raise":
            room = min(1, 5 - A.max())
            moved = A + room  # all by as much, or the picture would change
            if room < 1:
                self.attempt.note(
                    f"The scores rise by {number(room)}: the highest has no more room on its slider."
                )
        else:
            _, dLdA = self.attempt(
                judge, self.CrossEntropyLoss, A, np.array([TARGETS[self.values["target"]]])
            )
            moved = A - np.nan_to_num(dLdA)
            if np.abs(moved).max() > 5:
                self.attempt.note("The step would take a score beyond the end of its slider; there it stops.")
        self.set(**{f"a{k}": value for k, value in enumerate(moved[0])})

    def dragged(self, handle, x, y):
        self.set(**{handle: self.panels[0].at(x, y)[1]})

    # marks

    @staticmethod
    def title(panel, name, color):
        marks = [text(panel.left + panel.width / 2, panel.top - 16, name, 14, color, font_weight="bold")]
        for k in range(3):
            marks.append(text(panel.x(k), panel.top + panel.height + 12, str(k), 12, NOTE))
        return "".join(marks)

    @staticmethod
    def bars(panel, values, color, name):
        """A bar from zero for each class, with its number at the end."""
        marks, zero = [], float(panel.y(0))
        for k, value in enumerate(values):
            end = float(np.nan_to_num(panel.y(value), nan=zero))
            width, limits = panel.x(k + HALF) - panel.x(k - HALF), (panel.top, panel.top + panel.height)
            named = {"data_mark": f"{name} {k}", "data_value": f"{value:.6g}"}
            marks.append(bar(zero, end, panel.x(k), width, limits, tint(color, 0.75), upright=True, **named))
            place = end - 10 if value >= 0 else end + 10
            if name == "A":
                place += -6 if value >= 0 else 6  # clear of the ring
            place = np.clip(place, panel.top + 8, panel.top + panel.height - 8)
            marks.append(text(panel.x(k), place, number(value), 12, INK, **HALO))
        return "".join(marks)

    def rings(self, scores):
        return "".join(
            self.panels[0].handle(k, score, COLORS["A"], f"a{k}") for k, score in enumerate(scores)
        )

    @staticmethod
    def wanted(panel, Y):
        """The target as empty bars in its own colour."""
        marks = []
        for k, y in enumerate(Y):
            left, right, top = panel.x(k - HALF - 0.08), panel.x(k + HALF + 0.08), panel.y(y)
            bottom = panel.y(0)
            style = {"stroke": COLORS["Y"], "stroke_width": 2, "data_mark": f"Y {k}"}
            marks.append(rectangle(left, top, right - left, bottom - top, **style))
        return "".join(marks)

    @staticmethod
    def total(panel, terms, L):
        box = rectangle(
            panel.left + 8,
            panel.top + 8,
            panel.width - 16,
            26,
            tint(COLORS["L"]),
            COLORS["L"],
            stroke_width=0.8,
        )
        words = f"{'sum:' if equals(terms, L) == '=' else 'your'} L = {number(L, 3)}"
        return box + text(
            panel.left + panel.width / 2,
            panel.top + 21,
            words,
            14,
            COLORS["L"],
            font_weight="bold",
            data_mark="L",
        )


def sentence(Y, p, L, dLdA):
    if np.abs(dLdA).max() < 0.015:
        return (
            "The softmax is the target, as near as can be: the gradient vanishes. What is left of the loss, "
            f"{number(L, 3)}, is the target's own entropy."
        )
    if Y.max() == 1:
        k = int(Y.argmax())
        return (
            f"The right class, {k}, gets the probability {number(p[k], 3)}, and L = −log of it = "
            f"{number(L, 3)}. A step against the gradient raises its score by {number(-dLdA[k], 3)}; the two "
            "others fall by as much together."
        )
    floor = -(Y * np.log(Y)).sum()
    return (
        f"L = {number(L, 3)}. With this soft target it cannot fall below {number(floor, 3)}, and is there "
        "when the bars of the softmax fill the outlines of Y. Step against the gradient a few times."
    )
