"""The digits, learned by a network with batch norm and by the same one without, at several learning rates."""

from time import perf_counter

import numpy as np

from mytorch.check.reference import SUBSTITUTE, is_reference
from mytorch.data import digits
from mytorch.explore.base import Button, Choice, Explorer
from mytorch.explore.student import STOPS, Unusable, explain, quietly
from mytorch.explore.svg import DASHED, Plot, element, number, text
from mytorch.style import COLORS, INK, NOTE
from mytorch.training import batches

from ...loss.explorers.criterion import scalar

SIZES = [64, 32, 32, 32, 32, 10]
RATES = ("0.03", "0.1", "0.3", "1")
ALL = "all four, in turn"
EPOCHS, BATCH_SIZE = 10, 32
SMOOTH = 9  # batches in one point of a curve: five points an epoch
SLICE = 0.025  # seconds of training from one picture to the next: the page stays responsive
GUESSING = np.log(10)  # the loss of a network that knows nothing


class TrainingRun:
    """A network on its way through the training set, one batch at a time."""

    def __init__(self, Network, normalize, lr, X, Y):
        from mytorch.nn import CrossEntropyLoss  # imported here, so that a class just finished is used
        from mytorch.optim import SGD

        self.model, self.criterion = Network(list(SIZES), normalize), CrossEntropyLoss()
        self.optimizer, self.lr = SGD(self.model, lr=lr), lr
        self.norms = [block.norm for block in self.model.blocks if block.norm is not None]
        self.X, self.Y, self.rng = X, Y, np.random.default_rng(0)
        self.epoch = -(-len(X) // BATCH_SIZE)  # batches in an epoch, the last one smaller
        self.waiting, self.losses, self.accuracy = [], [], np.nan

    @property
    def finished(self):
        return len(self.losses) == EPOCHS * self.epoch

    def step(self, X_test, Y_test):
        """Learn from the next batch; after each epoch, measure the share of right answers on the test set."""
        if not self.waiting:
            self.waiting = list(batches(self.rng.permutation(len(self.X)), BATCH_SIZE))
        rows = self.waiting.pop(0)
        L = self.criterion.forward(self.model.forward(self.X[rows]), self.Y[rows])
        self.losses.append(scalar(L, "CrossEntropyLoss.forward(A, Y)"))
        self.model.backward(self.criterion.backward())
        self.optimizer.step()
        for norm in self.norms:  # SGD knows nothing of BW and Bb
            norm.BW = norm.BW - self.lr * norm.dLdBW / norm.N
            norm.Bb = norm.Bb - self.lr * norm.dLdBb / norm.N
        if not self.waiting:
            scores = self.model.forward(X_test, eval=True)
            self.accuracy = float(np.mean(np.argmax(scores, axis=1) == np.argmax(Y_test, axis=1)))

    def curve(self):
        """(epochs, losses), each loss the mean of a few batches."""
        points = len(self.losses) // SMOOTH
        means = np.reshape(self.losses[: points * SMOOTH], (points, SMOOTH)).mean(axis=1)
        return (np.arange(points) + 0.5) * SMOOTH / self.epoch, means

    def stand_ins(self):
        """Names of the classes in which autograd stands in for unfinished ones."""
        block = self.model.blocks[0]
        parts = (self.criterion, self.optimizer, block.linear, block.relu, *self.norms[:1])
        return [type(part).__name__ for part in parts if is_reference(type(part))]


class BatchNormTraining(Explorer):
    question = "Up to which learning rate does each of the two networks learn?"
    still_of = ("Network",)  # which the notebook gives
    size = (860, 322)
    controls = (
        (
            Choice("rate", "learning rate", (*RATES, ALL), "0.3"),
            Button("start", "Start"),
            Button("pause", "Pause"),
        ),
    )

    def __init__(self, Network):
        self.Network = Network
        self.X, self.Y, *self.test = digits()
        self.panels = {
            rate: Plot(46 + 206 * k, 66, 186, 186, (0, EPOCHS), (0, 2.6)) for k, rate in enumerate(RATES)
        }
        self.frames = self.axes() + legend()
        self.trials = {}  # learning rate -> {normalize: TrainingRun}
        self.current = None  # the learning rate that is trained, or was last
        super().__init__()

    def draw(self, rate):
        runs = [run for trial in self.trials.values() for run in trial.values()]
        unfinished = dict.fromkeys(name for run in runs for name in run.stand_ins())
        if unfinished:
            self.attempt.note(
                f"Not finished yet: {', '.join(unfinished)}. {SUBSTITUTE} stands in for it in these networks."
            )
        self.back = self.frames
        self.front = "".join(self.panel(rate, trial) for rate, trial in self.trials.items())
        return self.sentence()

    # training

    def pressed(self, button):
        if button == "pause":
            self.pause()
            return
        for rate in self.chosen():  # whoever starts what has come to its end wants to see it again
            if all(self.done(rate) for rate in self.chosen()):
                self.trials.pop(rate)
        self.play(self.advance)

    def advance(self):
        """Train for a moment. False when all that was chosen has been trained."""
        self.current = next((rate for rate in self.chosen() if not self.done(rate)), None)
        if self.current is None:
            self.current = self.chosen()[-1]
            return False
        try:
            return quietly(self.train, self.current)
        except STOPS as error:
            raise Unusable(explain("Network", error)) from None

    def train(self, rate):
        if rate not in self.trials:
            start = (float(rate), self.X, self.Y)
            self.trials[rate] = {
                normalize: TrainingRun(self.Network, normalize, *start) for normalize in (False, True)
            }
        end = perf_counter() + SLICE
        while perf_counter() < end and not self.done(rate):
            for run in self.trials[rate].values():
                run.step(*self.test)

    def chosen(self):
        return RATES if self.values["rate"] == ALL else (self.values["rate"],)

    def done(self, rate):
        return rate in self.trials and all(run.finished for run in self.trials[rate].values())

    def reset(self):
        self.trials, self.current = {}, None
        super().reset()

    def still(self):
        """After training at all learning rates: a picture that cannot train shows what training does."""
        self.set(rate=ALL)
        while self.advance() is not False:
            pass
        self.draw(**self.values)
        return super().still()

    # marks

    def axes(self):
        marks = []
        for rate, plot in self.panels.items():
            first = rate == RATES[0]
            marks.append(
                plot.frame(
                    *(
                        range(0, EPOCHS + 1, 5),
                        (0, 1, 2),
                        "epoch",
                        "L" if first else "",
                        f"lr = {rate}",
                    ),
                    ycolor=COLORS["L"],
                    labelled=(True, first),
                )
            )
            marks.append(plot.line(plot.xlim, (GUESSING, GUESSING), NOTE, 1, "2 3"))
        return "".join(marks)

    def panel(self, rate, trial):
        plot, marks = self.panels[rate], []
        below = plot.top + plot.height + 54
        for normalize, (color, dash, anchor, x) in LOOKS.items():
            run = trial[normalize]
            marks.append(plot.line(*run.curve(), color, 2.5, dash, data_mark=f"{rate} {normalize}"))
            words = "" if np.isnan(run.accuracy) else f"{100 * run.accuracy:.0f} %"
            middle = plot.left + plot.width / 2
            style = {"font_weight": "bold", "data_mark": f"accuracy {rate} {normalize}"}
            marks.append(text(middle + x, below, words, 14, color, anchor, **style))
        return plot.inside(*marks[::2]) + "".join(marks[1::2])

    def sentence(self):
        if self.current is None:
            return (
                "Choose a learning rate and press Start: both networks begin with the same weights and see "
                "the same batches."
            )
        trial, rate = self.trials.get(self.current), self.current
        if trial is None or not trial[True].losses:
            return f"Learning rate {rate}: starting."
        epoch = len(trial[True].losses) / trial[True].epoch
        losses = {normalize: np.mean(run.losses[-SMOOTH:]) for normalize, run in trial.items()}
        start = (
            f"Learning rate {rate}, epoch {number(epoch, 1)} of {EPOCHS}: loss {number(losses[True])} with "
            f"batch norm, {number(losses[False])} without."
        )
        if epoch < 1:
            return start
        stuck = {normalize: not loss < 0.9 * GUESSING for normalize, loss in losses.items()}
        if stuck[False] and not stuck[True]:
            return (
                f"{start} Without it the network still guesses (log 10 = {number(GUESSING)}); with it, it "
                "learns."
            )
        if stuck[True]:
            return f"{start} Even with batch norm it does not learn yet."
        return f"{start} Both learn. Try the other learning rates."


LOOKS = {
    False: (COLORS["Y"], DASHED, "end", -14),
    True: (COLORS["L"], None, "start", 14),
}  # colour, dashes, place of a number


def legend():
    marks = []
    for x, normalize, words in ((46, True, "with batch norm"), (216, False, "without")):
        color, dash, *_ = LOOKS[normalize]
        marks.append(element("path", d=f"M{x},18h30", stroke=color, stroke_width=2.5, stroke_dasharray=dash))
        marks.append(text(x + 38, 18, words, 13, INK, "start"))
    marks.append(element("path", d="M326,18h30", stroke=NOTE, stroke_width=1.0, stroke_dasharray="2 3"))
    marks.append(text(364, 18, "guessing", 13, INK, "start"))
    marks.append(text(470, 18, "below each graph: right answers on the test set", 13, NOTE, "start"))
    return "".join(marks)
