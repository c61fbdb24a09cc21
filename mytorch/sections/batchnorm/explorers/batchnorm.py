"""What batch norm makes of one feature: the batch Z, normalized NZ, scaled and shifted BZ, as histograms."""

import numpy as np

from mytorch.explore.base import Button, Explorer, Slider
from mytorch.explore.student import array
from mytorch.explore.svg import Plot, arrow, number, text
from mytorch.style import COLORS, INK, NOTE, tint

RANGE = (-8, 8)
BINS = np.linspace(*RANGE, 33)
TALLEST = 0.5  # share of the samples at the upper end of a graph
HEIGHT = 0.37  # where deviations are marked


def hidden(count, seed):
    """So many values of a feature with mean 0 and variance 1 in the long run, in two humps of different
    size.
    """
    rng = np.random.default_rng(seed)
    first = rng.random(count) < 0.7
    values = np.where(first, -0.6, 1.4) + 0.4 * rng.standard_normal(count)
    return values.reshape(-1, 1)


def forward(BatchNorm1d, Z, gamma, beta):
    """(M, V, NZ, BZ) of a training batch of one feature; M and V are floats."""
    layer = BatchNorm1d(1)
    layer.BW, layer.Bb = np.array([[gamma]]), np.array([[beta]])
    BZ = array(layer.forward(Z.copy()), "BatchNorm1d.forward(Z)", Z.shape)
    NZ = array(getattr(layer, "NZ", None), "NZ of BatchNorm1d", Z.shape)
    M, V = (array(getattr(layer, name, None), f"{name} of BatchNorm1d", (1, 1)).item() for name in "MV")
    return M, V, NZ, BZ


class BatchNormHistograms(Explorer):
    question = "Shift and stretch what comes in: what of it is left behind the layer?"
    still_of = ("BatchNorm1d",)
    size = (860, 356)
    controls = (
        (
            Slider("mean", "shift of Z", -4, 4, 3.0, step=0.1, digits=1, color="Z"),
            Slider("spread", "stretch of Z", 0.1, 3, 1.5, step=0.1, digits=1, color="Z"),
            Slider("N", "batch size N", 1, 256, 128, step=1, digits=0),
        ),
        (
            Slider("gamma", "γ (BW)", -3, 3, 2.0, step=0.1, digits=1, color="W"),
            Slider("beta", "β (Bb)", -4, 4, -1.0, step=0.1, digits=1, color="b"),
            Button("batch", "Another batch"),
        ),
    )

    def __init__(self, BatchNorm1d):
        self.BatchNorm1d = BatchNorm1d
        self.seed = 0
        self.panels = {
            name: Plot(48 + 276 * k, 40, 244, 224, RANGE, (0, TALLEST))
            for k, name in enumerate(("Z", "NZ", "BZ"))
        }
        titles = {"Z": "the batch Z", "NZ": "normalized: NZ", "BZ": "scaled and shifted: BZ"}
        self.frames = "".join(
            panel.frame(
                *(range(-8, 9, 4), (0, 0.25, 0.5), name, "share" if name == "Z" else "", titles[name]),
                xcolor=COLORS["Z"],
                labelled=(True, name == "Z"),
            )
            for name, panel in self.panels.items()
        )
        super().__init__()

    def draw(self, mean, spread, N, gamma, beta):
        Z = mean + spread * hidden(256, self.seed)[:N]
        M, V, NZ, BZ = self.attempt(forward, self.BatchNorm1d, Z, gamma, beta)
        right = self.attempt.agrees(
            BZ, lambda cls: forward(cls, Z, gamma, beta)[-1], self.BatchNorm1d, rtol=1e-4, atol=1e-6
        )
        self.back = self.frames
        self.front = "".join(
            self.histogram(name, values) for name, values in (("Z", Z), ("NZ", NZ), ("BZ", BZ))
        )
        self.front += self.statistics(M, V) + self.parameters(gamma, beta)
        return sentence(N, M, V, NZ, gamma, beta) if right else measured(NZ, BZ)

    def pressed(self, button):
        self.seed += 1

    def reset(self):
        self.seed = 0
        super().reset()

    # marks

    def histogram(self, name, values):
        """Shares of the samples in bins, the samples themselves as ticks below, mean and deviation in
        numbers.
        """
        plot, color = self.panels[name], COLORS["Z"]
        finite = values[np.isfinite(values)]
        shares = np.histogram(finite, BINS)[0] / len(values)
        outline = plot.polygon(
            np.repeat(BINS, 2),
            np.concatenate([[0], np.repeat(shares, 2), [0]]),
            tint(color, 0.55),
            stroke=color,
            data_mark=name,
        )
        some = finite[:64, None]
        ends = np.hstack([some, some, np.full(some.shape, np.nan)])  # a gap behind each
        ticks = plot.line(ends, np.tile((0, 0.018, np.nan), len(some)), INK, 1)
        words = f"mean {number(values.mean())}", f"variance {number(values.var())}"
        shown = [
            text(
                plot.left + plot.width - 8,
                plot.top + 16 + 18 * row,
                line,
                13,
                INK,
                "end",
                data_mark=f"{name} {line.split()[0]}",
            )
            for row, line in enumerate(words)
        ]
        return plot.inside(outline, ticks) + "".join(shown) + cut_off(plot, finite, shares)

    def statistics(self, M, V):
        """What batch norm measures in Z: M, and the root of V on either side."""
        plot = self.panels["Z"]
        marks = [
            plot.line([M, M], (0, HEIGHT), COLORS["Y"], 2),
            span(plot, M, np.sqrt(V), HEIGHT, COLORS["Y"]),
        ]
        below = plot.left + plot.width / 2, plot.top + plot.height + 54
        words = f"M = {number(M)}, V = {number(V)}"
        return plot.inside(*marks) + text(
            *below, words, 14, COLORS["Y"], font_weight="bold", data_mark="statistics"
        )

    def parameters(self, gamma, beta):
        """What the layer is told to make of NZ: β in the middle, γ on either side."""
        plot = self.panels["BZ"]
        marks = [
            plot.line([beta, beta], (0, HEIGHT), COLORS["b"], 2),
            span(plot, beta, gamma, HEIGHT, COLORS["W"]),
        ]
        middle, below = plot.left + plot.width / 2, plot.top + plot.height + 54
        nz = self.panels["NZ"]
        return (
            plot.inside(*marks)
            + text(middle - 6, below, f"γ = {number(gamma, 1)}", 14, COLORS["W"], "end", font_weight="bold")
            + text(middle + 6, below, f"β = {number(beta, 1)}", 14, COLORS["b"], "start", font_weight="bold")
            + text(nz.left + nz.width / 2, below, "(Z − M) / √(V + ε)", 14, NOTE)
            + arrow(plot.left - 26, plot.top + 112, plot.left - 6, plot.top + 112, NOTE, 2)
            + arrow(nz.left - 26, nz.top + 112, nz.left - 6, nz.top + 112, NOTE, 2)
        )


def span(plot, middle, half, height, color):
    """A double arrow of this half width."""
    ends = [(middle - half, height), (middle + half, height)]
    return plot.arrow((middle, height), ends[0], color, 2) + plot.arrow((middle, height), ends[1], color, 2)


def cut_off(plot, values, shares):
    """What the frame cuts off, in the corner that the other numbers leave free."""
    beyond = (("←", np.sum(values < RANGE[0])), ("→", np.sum(values > RANGE[1])))
    words = [f"↑ share {number(shares.max())}"] if shares.max() > TALLEST else []
    words += [f"{sign} {count} beyond" for sign, count in beyond if count]
    places = ((plot.left + 8, plot.top + 16 + 18 * row, line) for row, line in enumerate(words))
    return "".join(text(*place, 12, INK, "start", data_mark="cut off") for place in places)


def measured(NZ, BZ):
    """What is to be seen of a layer with other numbers than it should have."""
    return " ".join(
        f"{name} has mean {number(values.mean())} and variance {number(values.var())}."
        for name, values in (("Your NZ", NZ), ("Your BZ", BZ))
    )


def sentence(N, M, V, NZ, gamma, beta):
    if N == 1:
        return (
            f"A batch of one is its own mean, its variance is 0: NZ is 0 and BZ = β = {number(beta, 1)}, "
            "whatever comes in."
        )
    start = (
        f"Whatever the shift and the stretch, NZ has mean {number(NZ.mean())} and variance {number(NZ.var())}"
    )
    end = "The order and the humps of the samples stay as they were"
    if gamma < 0:
        end = "A negative γ turns the samples round"
    if gamma == 0:
        end = "With γ = 0 every sample becomes β, and nothing can be told apart"
    few = f" M and V rest on {N} samples only: take another batch, and see how they jump." if N < 12 else ""
    return f"{start}; BZ has mean β = {number(beta, 1)} and variance γ² = {number(gamma**2)}. {end}.{few}"
