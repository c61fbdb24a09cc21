"""A network learns to read handwritten digits: progress, loss, accuracy, and the pictures that it gets
wrong.
"""

from collections import Counter
from functools import cache

import numpy as np

from mytorch.explore.base import Button, Choice, Explorer, Slider
from mytorch.explore.svg import DASHED, Plot, element, number, rectangle, text
from mytorch.style import COLORS, INK, NOTE, RULE, tint

from .learning import PICTURE, SECONDS, Training, network, stand_ins, usable

SIZES = [64, 64, 64, 32, 32, 10]
EPOCHS = 30
TRAINED = 1200  # pictures; the others of the training set are kept to validate with, as the notebook does
BATCH = 32
STEPS = 8  # from one picture to the next
RATES = ("0.001", "0.005", "0.02", "0.05", "0.1", "0.3", "1")
COLUMNS, ROWS = 6, 3  # of the gallery
GREYS = 6


@cache
def pictures():
    """(training, validation), each (X, Y). The test set stays untouched: whoever chooses lr here chooses by
    what he sees.
    """
    from mytorch.data import digits

    X, Y, *_ = digits()
    return (X[:TRAINED], Y[:TRAINED]), (X[TRAINED:], Y[TRAINED:])


class DigitReader(Explorer):
    question = "Would you have read the digits that your network gets wrong?"
    still_of = ("SGD",)
    size = (860, 400)
    controls = (
        (
            Button("start", "Start"),
            Button("pause", "Pause"),
            Button("again", "New weights"),
            Choice("lr", "lr", RATES, "0.02"),
            Slider("mu", "momentum mu", 0, 0.98, 0.9, step=0.02),
        ),
    )

    def __init__(self, SGD):
        self.SGD = SGD
        self.usable = None  # the student's SGD, or autograd's
        self.loss = Plot(50, 34, 270, 130, (0, EPOCHS), (0, 3))
        self.accuracy = Plot(50, 210, 270, 130, (0, EPOCHS), (0, 1))
        self.frames = self.graphs()
        self.seed, self.training = 0, None
        super().__init__()

    def draw(self, lr, mu):
        self.prepare()
        self.attempt.notes |= self.building
        self.usable = self.kept(usable, self.attempt, self.SGD, mu)
        said, meant = self.readings()
        wrong = np.flatnonzero(said != meant)
        self.back = self.frames
        self.front = self.curves() + self.bar() + gallery(wrong, said, meant)
        return self.sentence(wrong, said, meant)

    def prepare(self):
        """A new network, where there is none."""
        from mytorch import nn

        if self.training is not None:
            return
        before, self.attempt.notes = self.attempt.notes, {}
        unfinished = stand_ins("Linear", "ReLU", "MLP4", "CrossEntropyLoss")
        if unfinished:
            self.attempt.note(unfinished)
        model = network(self.attempt, SIZES, seed=self.seed)
        self.building, self.attempt.notes = self.attempt.notes, before
        self.training = Training(model, nn.CrossEntropyLoss(), *pictures(), self.seed)

    # what can be done

    def pressed(self, button):
        self.pause()
        if button == "start":
            if self.done():  # once more from the beginning
                self.training = None
                self.prepare()
            self.play(self.train, PICTURE)
        if button == "again":
            self.seed, self.training = self.seed + 1, None

    def train(self, seconds=SECONDS):
        """A picture further. False when it has to stop."""
        if not self.done():
            self.training.run(self.usable, float(self.values["lr"]), self.values["mu"], BATCH, STEPS, seconds)
        return not self.done()

    def done(self):
        return bool(self.training.stopped) or self.training.epoch >= EPOCHS

    def reset(self):
        self.seed, self.training = 0, None
        super().reset()

    def still(self):
        while self.training.epoch < 4:
            self.train(seconds=np.inf)
        self._refresh()
        return super().still()

    # marks

    def graphs(self):
        """The empty graphs, and what guessing would give."""
        ticks, purple = range(0, EPOCHS + 1, 10), COLORS["L"]
        marks = [self.loss.frame(ticks, (0, 1, 2, 3), "", "L", ycolor=purple)]
        marks.append(self.accuracy.frame(ticks, (0, 0.5, 1), "epoch", "accuracy", ycolor=COLORS["Y"]))
        for plot, level in ((self.loss, np.log(10)), (self.accuracy, 0.1)):
            marks.append(plot.line(plot.xlim, (level, level), NOTE, 1, "2 3"))
            marks.append(text(plot.left + plot.width - 5, plot.y(level) - 8, "guessing", 11, NOTE, "end"))
        for x, dash, words in ((146, None, "training"), (236, DASHED, "validation")):
            marks.append(element("path", d=f"M{x},21h26", stroke=INK, stroke_width=2, stroke_dasharray=dash))
            marks.append(text(x + 32, 21, words, 12, NOTE, "start"))
        return "".join(marks)

    def curves(self):
        epochs, *curves = self.training.curves()
        marks = []
        for plot, color, values, others in (
            (self.loss, COLORS["L"], *curves[:2]),
            (self.accuracy, COLORS["Y"], *curves[2:]),
        ):
            name = "loss" if plot is self.loss else "accuracy"
            solid = plot.line(epochs, values, color, 2.5, data_mark=name)
            marks.append(
                plot.inside(
                    plot.line(epochs, others, color, 2, DASHED, data_mark=f"validation {name}"), solid
                )
            )
        return "".join(marks)

    def bar(self):
        """How much of the training is done."""
        share = min(self.training.epoch / EPOCHS, 1)
        words = f"epoch {number(self.training.epoch, 1)} of {EPOCHS}"
        marks = rectangle(364, 14, 360, 14, tint(COLORS["Y"], 0.15), rx=7)
        marks += rectangle(364, 14, 360 * share, 14, COLORS["W"], rx=7, data_mark="progress") if share else ""
        return marks + text(846, 21, words, 13, INK, "end")

    # what is to be seen

    def readings(self):
        """What the network takes the validation pictures for, and what they are."""
        return self.training.said.argmax(axis=1), self.training.test[1].argmax(axis=1)

    def sentence(self, wrong, said, meant):
        training = self.training
        *_, accuracy = training.history[-1]
        if training.stopped:
            return f"{training.stopped} Press “New weights”, or Reset."
        if training.steps == 0:
            return (
                f"Untrained: {number(100 * accuracy, 1)} % read rightly, about what guessing gives. Press "
                "Start."
            )
        when = f"Epoch {number(training.epoch, 1)}" if training.epoch < EPOCHS else f"After {EPOCHS} epochs"
        if training.epoch > 2 and len(set(said)) == 1:
            return (
                f"{when}: it says {said[0]} to every picture. A layer's ReLUs have died: they return 0 "
                "whatever comes in."
            )
        right = len(meant) - len(wrong)
        start = (
            f"{when}: {right} of {len(meant)} validation pictures read rightly, {number(100 * accuracy, 1)} "
            "%."
        )
        pairs = Counter(zip(meant[wrong].tolist(), said[wrong].tolist())).most_common(1)
        if pairs and pairs[0][1] > 1:
            (digit, other), count = pairs[0]
            return f"{start} Most often {digit} is taken for {other}: {count} times."
        return start


def gallery(wrong, said, meant):
    """The first of the pictures that were read wrongly, and what was read."""
    shown = wrong[: COLUMNS * ROWS]
    title = f"{len(wrong)} of {len(meant)} validation pictures read wrongly"
    if len(wrong) > len(shown):
        title += f", the first {len(shown)}"
    marks = [text(364, 52, f"{title}:" if len(wrong) else f"{title}.", 13, INK, "start", font_weight="bold")]
    for k, index in enumerate(shown):
        left, top = 364 + 83 * (k % COLUMNS), 68 + 108 * (k // COLUMNS)
        marks.append(
            element("g", picture(index), transform=f"translate({left} {top}) scale(8.5)", data_mark="mistake")
        )
        marks.append(rectangle(left, top, 68, 68, "none", RULE))
        marks.append(text(left + 34, top + 79, f"it is {meant[index]},", 12, NOTE))
        marks.append(text(left + 34, top + 93, f"read as {said[index]}", 12, COLORS["Z"]))
    return "".join(marks)


@cache
def picture(index):
    """The pixels of a validation picture, a unit each: one mark for each grey."""
    levels = np.ceil(pictures()[1][0][index].reshape(8, 8) * GREYS).astype(int)
    marks = [rectangle(0, 0, 8, 8, "white")]
    for level in range(1, GREYS + 1):
        squares = "".join(f"M{x},{y}h1v1h-1z" for y, x in np.argwhere(levels == level))
        marks.append(element("path", d=squares, fill=tint(INK, level / GREYS)) if squares else "")
    return element("g", "".join(marks), shape_rendering="crispEdges")
