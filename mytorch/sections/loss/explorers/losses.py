"""Mean squared error beside cross-entropy, on the same prediction."""

import numpy as np

from mytorch.explore.base import Choice, Explorer, Slider
from mytorch.explore.svg import DASHED, Plot, element, number, text
from mytorch.style import COLORS, INK

from .criterion import judge
from .cross_entropy import softmax

RANGE = (-6, 6)
SCORES = np.linspace(*RANGE, 61)
LOSSES = ("CrossEntropyLoss", "MSELoss")
LINES = {"CrossEntropyLoss": None, "MSELoss": DASHED}


def sample(score, C):
    """Outputs and target of one sample: class 0 is right and has that score, the others have 0."""
    A, Y = np.zeros((1, C)), np.zeros((1, C))
    A[0, 0], Y[0, 0] = score, 1
    return A, Y


def curve(Loss, scores, C):
    """(L, dL/dscore) for each score of the right class. Cross-entropy takes the scores, MSE their softmax."""
    name, values = Loss.__name__, []
    for score in scores:
        A, Y = sample(score, C)
        p = softmax(A)
        L, gradient = judge(Loss, A if name == "CrossEntropyLoss" else p, Y)
        if name == "MSELoss":  # through the softmax, by the chain rule
            gradient = p * (gradient - (gradient * p).sum())
        values.append((L, gradient[0, 0]))
    return np.array(values)


class TwoLosses(Explorer):
    question = "A classifier is sure, and wrong. Which loss still pulls it back?"
    still_of = ("MSELoss", "CrossEntropyLoss")
    size = (860, 360)
    controls = (
        (Slider("score", "score of the right class", *RANGE, -3.0, step=0.1, digits=1, color="A"),),
        (Choice("classes", "number of classes", ("2", "3", "10"), "2"),),
    )

    def __init__(self, MSELoss, CrossEntropyLoss):
        self.losses = dict(zip(LOSSES, (CrossEntropyLoss, MSELoss)))
        self.heights = Plot(52, 66, 356, 240, RANGE, (0, 8.5))
        self.slopes = Plot(480, 66, 356, 240, RANGE, (-1.1, 0.2))
        axis = {
            "xticks": range(-6, 7, 2),
            "xlabel": "score of the right class, the others have 0",
            "xcolor": COLORS["A"],
        }
        self.frames = (
            self.heights.frame(yticks=range(0, 9, 2), ylabel="loss L", ycolor=COLORS["L"], **axis)
            + self.slopes.frame(
                yticks=(-1, -0.75, -0.5, -0.25, 0), ylabel="dL/dscore", ycolor=COLORS["L"], **axis
            )
            + legend()
        )
        self.drawn = None  # the number of classes that ``curves`` shows
        super().__init__()

    def draw(self, score, classes):
        C = int(classes)
        values = {name: self.attempt(curve, cls, [score], C)[0] for name, cls in self.losses.items()}
        if self.drawn != C:
            curves = {name: self.attempt(curve, cls, SCORES, C) for name, cls in self.losses.items()}
            self.curves = "".join(self.lines(name, drawn) for name, drawn in curves.items())
            self.drawn = C
        self.back = self.frames + self.curves
        self.front = self.guide(score) + "".join(
            self.point(name, score, *pair) for name, pair in values.items()
        )
        agreeing = [
            self.attempt.agrees(values[name], curve, cls, [score], C) for name, cls in self.losses.items()
        ]
        return sentence(softmax(sample(score, C)[0])[0, 0], values, all(agreeing))

    def dragged(self, handle, x, y):
        plot = self.heights if handle.startswith("L") else self.slopes
        self.set(score=plot.at(x, y)[0])

    # marks

    def lines(self, name, values):
        L, slope = values.T
        style = {"color": COLORS["L"], "width": 3, "dash": LINES[name]}
        return self.heights.inside(
            self.heights.line(SCORES, L, **style, data_mark=f"{name} L")
        ) + self.slopes.inside(self.slopes.line(SCORES, slope, **style, data_mark=f"{name} slope"))

    def point(self, name, score, L, slope):
        height = self.heights.handle(score, L, COLORS["A"], f"L {name}")
        return (
            height
            + self.slopes.handle(score, slope, COLORS["A"], f"slope {name}")
            + self.numbers(name, L, slope)
        )

    def numbers(self, name, L, slope):
        """Both numbers of a loss in the corner that its curves leave free."""
        row = 18 + 20 * LOSSES.index(name)
        heights, slopes = self.heights, self.slopes
        short = {"CrossEntropyLoss": "cross-entropy", "MSELoss": "MSE"}[name]
        style = {"size": 13, "color": COLORS["L"], "anchor": "end", "font_weight": "bold"}
        return text(
            heights.left + heights.width - 10, heights.top + row, f"{short}: L = {number(L, 3)}", **style
        ) + text(
            slopes.left + slopes.width - 10,
            slopes.top + slopes.height - 56 + row,
            f"{short}: slope {number(slope, 3)}",
            **style,
        )

    def guide(self, score):
        style = {"color": COLORS["A"], "width": 1, "dash": "2 3"}
        return "".join(
            plot.inside(plot.line([score, score], plot.ylim, **style)) for plot in (self.heights, self.slopes)
        )


def legend():
    marks = []
    words = "CrossEntropyLoss, given the scores", "MSELoss, given the softmax of the scores"
    for x, dash, words in zip((52, 352), LINES.values(), words):
        marks.append(
            element("path", d=f"M{x},18h30", stroke=COLORS["L"], stroke_width=3.0, stroke_dasharray=dash)
        )
        marks.append(text(x + 38, 18, words, 13, INK, "start"))
    return "".join(marks)


def sentence(p, values, right):
    cross, mse = (values[name][1] for name in LOSSES)
    start = f"The right class gets the probability {number(p, 3)}: "
    slopes = f"the slope of cross-entropy is {number(cross, 3)}, that of MSE {number(mse, 3)}."
    if not right:
        return f"{start}{slopes}"
    if p < 0.1:
        return (
            f"{start}the model is sure, and wrong. Yet {slopes} Behind a softmax, MSE has gone flat; "
            "cross-entropy has not."
        )
    if p > 0.9:
        return f"{start}{slopes} Both are nearly flat, and rightly so: there is little left to learn."
    return f"{start}{slopes} Move the score to the left: the curves part."
