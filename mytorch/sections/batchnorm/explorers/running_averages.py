"""Running mean and variance for three alpha, and one batch in training mode beside inference mode."""

import numpy as np

from mytorch.explore.base import Button, Explorer, Slider
from mytorch.explore.student import SUBSTITUTE, array, counterpart, quietly
from mytorch.explore.svg import DASHED, Plot, element, number, text
from mytorch.style import COLORS, INK, RULE, tint

BATCHES = 60
ALPHAS = {0.5: "2 3", 0.9: None, 0.99: DASHED}  # and how the line of each is drawn
# mean 0; what both modes are shown, shifted and stretched
PROBE = np.array([[-1.5], [-0.7], [-0.2], [0.4], [0.8], [1.2]])
VALUES = (-8, 12)


def remembered(BatchNorm1d, alpha, batches, start=None):
    """running_M and running_V before the first and after each of the training batches: (2, 1 + number of
    batches).
    """
    layer = BatchNorm1d(1, alpha)
    if start is not None:
        layer.running_M, layer.running_V = (np.array([[value]]) for value in start)
    kept = [statistics(layer)]
    for Z in batches:
        # what returns nothing is not written yet
        array(layer.forward(Z.copy()), "BatchNorm1d.forward(Z)", Z.shape)
        kept.append(statistics(layer))
    return np.array(kept).T


def statistics(layer):
    names = ("running_M", "running_V")
    return [array(getattr(layer, name, None), f"{name} of BatchNorm1d", (1, 1)).item() for name in names]


def training(BatchNorm1d, Z):
    """BZ of a batch in training mode."""
    return array(BatchNorm1d(1).forward(Z.copy()), "BatchNorm1d.forward(Z)", Z.shape)


def inference(BatchNorm1d, Z, M, V):
    """BZ in inference mode, after training has left these running values."""
    layer = BatchNorm1d(1)
    layer.running_M, layer.running_V = np.array([[M]]), np.array([[V]])
    return array(layer.forward(Z.copy(), eval=True), "BatchNorm1d.forward(Z, eval=True)", Z.shape)


class RunningAverages(Explorer):
    question = "How much past should the running averages remember?"
    still_of = ("BatchNorm1d",)
    size = (860, 448)
    controls = (
        (
            Slider("mean", "mean of the data", -4, 6, 4.0, step=0.5, digits=1, color="Z"),
            Slider("spread", "deviation of the data", 0.5, 3, 2.0, step=0.5, digits=1, color="Z"),
            Slider("N", "batch size N", 1, 64, 8, step=1, digits=0),
        ),
        (
            Button("play", "Play"),
            Button("pause", "Pause"),
            Button("one", "One batch"),
            Button("clear", "Forget all batches"),
        ),
    )

    def __init__(self, BatchNorm1d):
        self.BatchNorm1d = BatchNorm1d
        self.means = Plot(52, 56, 440, 150, (0, BATCHES), (-6, 8))
        self.variances = Plot(52, 244, 440, 150, (0, BATCHES), (0, 16))
        self.strips = Plot(600, 56, 240, 338, VALUES, (0, 5))
        self.frames = self.axes() + legend()
        self.begin()
        super().__init__()

    def begin(self):
        self.rng = np.random.default_rng(1)
        self.batches, self.truth = [], []  # what was fed, and the (mean, variance) it was drawn with

    def draw(self, mean, spread, N):
        histories = {
            alpha: self.attempt(remembered, self.BatchNorm1d, alpha, self.batches) for alpha in ALPHAS
        }
        Z = mean + spread * PROBE / PROBE.std()
        shown = {"Z": Z, "train": self.attempt(training, self.BatchNorm1d, Z)}
        for alpha, kept in histories.items():
            shown[alpha] = self.attempt(inference, self.BatchNorm1d, Z, *kept[:, -1])
        right = self.compare(histories[0.9], shown)
        self.back = self.frames
        self.front = (
            self.graph(self.means, 0, mean, histories)
            + self.graph(self.variances, 1, spread**2, histories)
            + self.columns(shown)
        )
        return sentence(len(self.batches), histories, mean, spread, N, right)

    def compare(self, kept, shown):
        """Are they autograd's numbers?"""
        reference = counterpart(self.BatchNorm1d)
        if not reference:
            return True
        # the batches before have been compared when they came
        last = slice(max(len(self.batches) - 1, 0), None)
        if not np.allclose(
            kept[:, last], quietly(remembered, reference, 0.9, self.batches[last], kept[:, last][:, 0])
        ):
            self.attempt.note(
                f"Your running averages are not {SUBSTITUTE}'s (eqs. 54, 55). check(BatchNorm1d) tells why."
            )
            return False
        if not np.allclose(shown[0.9], quietly(inference, reference, shown["Z"], *kept[:, -1])):
            self.attempt.note(
                f"With eval=True yours is not {SUBSTITUTE}'s (eqs. 56, 57). check(BatchNorm1d) tells why."
            )
            return False
        return True

    # what can be done

    def pressed(self, button):
        if button == "pause":
            self.pause()
        elif button == "one":
            self.pause()
            self.feed()
        elif button == "clear":
            self.pause()
            self.begin()
        else:
            if len(self.batches) == BATCHES:
                self.begin()
            self.play(self.feed, every=0.1)

    def feed(self):
        """One more batch; False when the axis is full."""
        if len(self.batches) < BATCHES:
            mean, spread, N = (self.values[name] for name in ("mean", "spread", "N"))
            self.batches.append(mean + spread * self.rng.standard_normal((int(N), 1)))
            self.truth.append((mean, spread**2))
        return len(self.batches) < BATCHES

    def reset(self):
        self.begin()
        super().reset()

    def still(self):
        """With some batches seen: a picture that cannot play shows what playing does."""
        for _ in range(25):
            self.feed()
        self.draw(**self.values)
        return super().still()

    # marks

    def axes(self):
        slate = COLORS["Y"]
        return (
            self.means.frame(
                range(0, 61, 10), range(-4, 9, 4), ylabel="running_M", ycolor=slate, labelled=(False, True)
            )
            + self.variances.frame(
                range(0, 61, 10), range(0, 17, 4), "training batches", "running_V", ycolor=slate
            )
            + self.strips.frame(
                range(-8, 13, 4), (), "value", title="six samples in either mode", xcolor=COLORS["Z"]
            )
        )

    def graph(self, plot, row, now, histories):
        """What each batch said, what each alpha made of it, and what the data really have."""
        batch = [(Z.mean(), Z.var())[row] for Z in self.batches]
        count = len(batch)
        truth = [pair[row] for pair in self.truth] + [now] * (BATCHES + 1 - count)
        marks = [
            plot.line(
                np.repeat(np.arange(BATCHES + 2), 2)[1:-1],
                np.repeat(truth, 2),
                COLORS["Z"],
                1.5,
                data_mark="data",
            ),
            plot.dots(np.arange(1, count + 1), batch, tint(COLORS["Y"], 0.45), 3, stroke="none"),
            *(plot.pointer(k, value, tint(COLORS["Y"], 0.45)) for k, value in enumerate(batch, 1)),
        ]
        for alpha, kept in histories.items():
            name = f"{'MV'[row]} {alpha}"
            marks.append(
                plot.line(range(count + 1), kept[row], COLORS["Y"], 2.5, ALPHAS[alpha], data_mark=name)
            )
        for kept in histories.values():
            end = count, kept[row, -1]
            marks.append(plot.pointer(*end, COLORS["Y"]) or plot.dots(*end, COLORS["Y"], 4))
        return plot.inside(*marks)

    def columns(self, shown):
        """The samples, one line for what comes in and for each thing that comes out."""
        plot, marks = self.strips, []
        words = {"Z": "Z comes in", "train": "train: M, V"} | {
            alpha: f"eval, α = {alpha:g}" for alpha in ALPHAS
        }
        for k, (name, values) in enumerate(shown.items()):
            height = 4.5 - k
            marks.append(plot.line(plot.xlim, (height, height), RULE, 1, ALPHAS.get(name)))
            marks.append(
                plot.dots(values, np.full(len(values), height), COLORS["Z"], 5, data_mark=f"strip {name}")
            )
            mean = values.mean()
            marks.append(plot.line([mean, mean], (height - 0.28, height + 0.28), INK, 2))
            marks += [plot.pointer(value, height, COLORS["Z"]) for value in values.ravel()]
        names = [
            text(
                plot.left - 8,
                plot.y(4.5 - k),
                words[name],
                12,
                INK if name in ("Z", "train") else COLORS["Y"],
                "end",
            )
            for k, name in enumerate(shown)
        ]
        return plot.inside(*marks) + "".join(names)


def legend():
    marks, x = [], 52
    for alpha, dash in ALPHAS.items():
        marks.append(
            element("path", d=f"M{x},16h30", stroke=COLORS["Y"], stroke_width=2.5, stroke_dasharray=dash)
        )
        marks.append(text(x + 38, 16, f"α = {alpha:g}", 13, INK, "start"))
        x += 112
    marks.append(element("path", d=f"M{x},16h30", stroke=COLORS["Z"], stroke_width=1.5))
    marks.append(text(x + 38, 16, "the data", 13, INK, "start"))
    marks.append(element("circle", cx=x + 136.0, cy=16.0, r=3.5, fill=tint(COLORS["Y"], 0.45)))
    marks.append(text(x + 146, 16, "M, V of one batch", 13, INK, "start"))
    marks.append(element("path", d=f"M{x + 296},8v16", stroke=INK, stroke_width=2.0))
    marks.append(text(x + 306, 16, "mean", 13, INK, "start"))
    return "".join(marks)


def sentence(count, histories, mean, spread, N, right):
    if N == 1 and right:
        return (
            "With batches of one, every V is 0, and running_V fades to 0 with it: training learns from "
            "nothing, and inference divides by next to nothing."
        )
    if count == 0 and not right:
        return "Nothing has been seen yet. Press Play."
    if count == 0:
        return (
            "Nothing has been seen yet: running_M is 0 and running_V is 1, so eval leaves Z as it came, "
            "while train centres it. Press Play."
        )
    misses = {alpha: abs(kept[0, -1] - mean) for alpha, kept in histories.items()}
    nearest = min(misses, key=misses.get)
    said = ", ".join(f"{number(kept[0, -1])} (α = {alpha:g})" for alpha, kept in histories.items())
    start = (
        f"After {count} {'batch' if count == 1 else 'batches'} running_M is {said}; the data have "
        f"{number(mean, 1)}."
    )
    if not right:
        return start
    if misses[0.99] > 0.5 * spread:
        return (
            f"{start} α = 0.99 remembers its start too well: its eval is still far from what train makes of "
            "the same samples."
        )
    return (
        f"{start} Nearest now is α = {nearest:g}. A small α jumps with each batch, a large one lags: move "
        "the data, and see."
    )
