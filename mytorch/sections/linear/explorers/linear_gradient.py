"""A weight or bias is nudged: how the loss changes, and what the gradient promises."""

import numpy as np

from mytorch.explore.base import Choice, Explorer, Slider
from mytorch.explore.student import array, equals
from mytorch.explore.svg import DASHED, Plot, bar, matrix, number, rectangle, text
from mytorch.style import COLORS, INK, NOTE, RULE

A = np.array([[1.5, 1.0], [-1.0, 0.5], [0.5, -1.0], [1.0, 2.0]])
Y = np.array([[0.0, 1.0], [1.0, 0.0], [-1.0, 0.5], [0.5, -1.0]])
W = np.array([[1.0, 0.5], [-0.5, 1.0]])
B = np.array([[0.5], [-0.5]])

ENTRIES = {f"W[{i}, {j}]": ("W", i, j) for i in (0, 1) for j in (0, 1)} | {
    f"b[{i}, 0]": ("b", i, 0) for i in (0, 1)
}
MEAN, SUM = "the mean over the batch", "the sum over the batch"
HEIGHTS = {MEAN: range(-8, 13, 2), SUM: range(-8, 25, 4)}  # of the graph: all that right code reaches
NUDGES = np.linspace(-2, 2, 41)


def losses(Linear, N, entry, nudges):
    """½‖z − y‖² of each sample, (nudges, N), when that entry of W or b is nudged."""
    name, i, j = entry
    values = []
    for nudge in nudges:
        layer = Linear(2, 2)
        parameters = {"W": W.copy(), "b": B.copy()}
        parameters[name][i, j] += nudge
        layer.W, layer.b = parameters["W"], parameters["b"]
        Z = array(layer.forward(A[:N].copy()), "Linear.forward(A)", (N, 2))
        values.append(((Z - Y[:N]) ** 2).sum(axis=1) / 2)
    return np.array(values)


def gradients(Linear, N):
    """(dLdZ, dLdW, dLdb) without a nudge; row n of dLdZ belongs to the loss of sample n."""
    layer = Linear(2, 2)
    layer.W, layer.b = W.copy(), B.copy()
    dLdZ = array(layer.forward(A[:N].copy()), "Linear.forward(A)", (N, 2)) - Y[:N]
    layer.backward(dLdZ.copy())
    dLdW = array(getattr(layer, "dLdW", None), "dLdW, which Linear.backward keeps,", (2, 2))
    dLdb = array(getattr(layer, "dLdb", None), "dLdb, which Linear.backward keeps,", (2, 1))
    return dLdZ, dLdW, dLdb


class WeightGradient(Explorer):
    question = "How far can you trust the gradient?"
    still_of = ("Linear",)
    size = (860, 356)
    controls = (
        (
            Slider("nudge", "nudge δ", -2, 2, 1.0, color="W"),
            Slider("N", "batch size N", 1, 4, 4, step=1, digits=0),
        ),
        (
            Choice("entry", "nudged", tuple(ENTRIES), "W[0, 0]"),
            Choice("loss", "the loss L is", (MEAN, SUM), MEAN),
        ),
    )

    def __init__(self, Linear):
        self.Linear = Linear
        self.plots = {
            loss: Plot(52, 34, 350, 270, (-2, 2), (ticks[0], ticks[-1] + 1))
            for loss, ticks in HEIGHTS.items()
        }
        super().__init__()

    def draw(self, nudge, N, entry, loss):
        name, i, j = ENTRIES[entry]
        dLdZ, dLdW, dLdb = self.attempt(gradients, self.Linear, N)
        kept = {"W": dLdW, "b": dLdb}[name]
        promise = kept[i, j] * nudge
        curve, (before, after, low, high) = self.changes(N, ENTRIES[entry], loss, nudge)
        change, slope = after - before, (high - low) / 2e-3
        self.plot = self.plots[loss]
        self.back = self.frame(HEIGHTS[loss]) + self.equation(name, dLdZ, kept, (i, j))
        self.front = self.graph(nudge, curve, kept[i, j], change) + self.bars(
            entry, kept[i, j], nudge, change
        )
        share = round(slope / N if loss == SUM else slope, 6)
        right = np.isclose(kept[i, j], share, rtol=1e-4, atol=1e-6)
        if not right:
            self.attempt.note(
                f"Your dLd{entry} is {number(kept[i, j], 3)}, but the slope of the mean loss is "
                f"{number(share, 3)}. check(Linear) tells more."
            )
        return sentence(entry, kept[i, j], nudge, promise, change, N, loss, right)

    def changes(self, N, entry, loss, nudge):
        """The loss less its value without a nudge, along the curve; and at 0, at the nudge and just beside
        0.
        """
        nudges = np.concatenate([NUDGES, [0, nudge, -1e-3, 1e-3]])
        each = self.attempt(losses, self.Linear, N, entry, nudges)
        L = each.sum(axis=1) if loss == SUM else each.mean(axis=1)
        return L[:-4] - L[-4], L[-4:]

    # marks

    def frame(self, ticks):
        colors = {"xcolor": COLORS["W"], "ycolor": COLORS["L"]}
        return self.plot.frame(range(-2, 3), ticks, "nudge δ", "change of L", **colors)

    def graph(self, nudge, curve, slope, change):
        plot, promise = self.plot, slope * nudge
        ends = np.array(plot.xlim)
        return (
            plot.inside(
                plot.line(NUDGES, curve, COLORS["L"], 3, data_mark="loss"),
                plot.line(ends, slope * ends, INK, 2, DASHED, data_mark="tangent"),
                plot.line([nudge, nudge], [promise, change], NOTE, 1.5),
                plot.dots([nudge], [promise], INK, 5),
                plot.pointer(nudge, promise, INK),
                plot.handle(nudge, change, COLORS["L"], "nudge"),
            )
            + text(plot.left + 12, plot.top + 18, "— L itself", 13, COLORS["L"], "start", font_weight="bold")
            + text(plot.left + 12, plot.top + 38, "- - what the gradient promises", 13, INK, "start")
        )

    def dragged(self, handle, x, y):
        self.set(nudge=self.plot.at(x, y)[0])

    @staticmethod
    def equation(name, dLdZ, kept, entry):
        """dLdZᵀ · A / N = dLdW, or with ι for A: the entry in question is framed."""
        N, purple = len(dLdZ), COLORS["L"]
        right, other = (A[:N], "A") if name == "W" else (np.ones((N, 1)), "ι")
        middle, left = 108, 432
        marks = [matrix(left, middle - 24, dLdZ.T, "dLdZᵀ", purple, 42)]
        left += 42 * N
        marks.append(text(left + 9, middle, "·", 18))
        color = COLORS["A"] if name == "W" else NOTE
        marks.append(matrix(left + 18, middle - 12 * N, right, other, color, 42, digits=1))
        left += 18 + 42 * right.shape[1]
        sign = equals(dLdZ.T @ right / N, kept)
        marks.append(text(left + 26, middle, f"/ N {sign}", 15))
        marks.append(matrix(left + 52, middle - 24, kept, f"dLd{name}", purple, 48, marked=[entry]))
        return "".join(marks)

    def bars(self, entry, slope, nudge, change):
        """True change and promise, one under the other, as far as the graph goes."""
        plot = Plot(538, 220, 246, 60, self.plot.ylim, (0, 1))
        zero, marks = float(plot.x(0)), []
        limits = plot.left, plot.left + plot.width
        promise = slope * nudge
        rows = ((234, change, COLORS["L"], "change of L"), (266, promise, NOTE, f"dLd{entry} · δ"))
        for y, value, color, words in rows:
            end = float(plot.x(np.nan_to_num(value)))
            marks.append(text(432, y, words, 13, INK, "start"))
            marks.append(bar(zero, end, y, 18, limits, color, data_mark=words))
            marks.append(text(848, y, number(value, 3), 14, color, "end", font_weight="bold"))
        marks.append(rectangle(zero - 0.5, plot.top, 1, plot.height, RULE))
        factors = f"= {number(slope, 3)} · {number(nudge)}"
        marks.append(text(848, 290, factors, 12, NOTE, "end"))
        return "".join(marks)


def sentence(entry, slope, nudge, promise, change, N, loss, right):
    if nudge == 0 and not right:
        return f"No nudge, no change. Your dLd{entry} is {number(slope, 3)}."
    if nudge == 0:
        return (
            f"No nudge, no change. Move δ: the dashed line starts with the slope dLd{entry} = "
            f"{number(slope, 3)}."
        )
    start = (
        f"Nudging {entry} by {number(nudge)} changes L by {number(change, 3)}; the gradient promises "
        f"{number(promise, 3)}."
    )
    if not right:  # what follows is true of a gradient only
        return start
    if loss == SUM and N > 1:
        return (
            f"{start} dLd{entry} is an average over the batch, and this L is a sum: its slope is N = {N} "
            f"times dLd{entry}."
        )
    miss = abs(change - promise)
    if miss < 0.02 * abs(change):
        return f"{start} For so small a nudge that is right to {number(100 * miss / abs(change), 1)} %."
    return (
        f"{start} The miss of {number(miss, 3)} shrinks with the square of δ: halve the nudge, and a quarter "
        "is left."
    )
