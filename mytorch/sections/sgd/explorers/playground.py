"""A network learns one of the sets in the plane while one watches: its decision field and its loss."""

import numpy as np
from contourpy import contour_generator

from mytorch.explore.base import Button, Choice, Explorer, Slider, Tick
from mytorch.explore.svg import DASHED, Plot, element, number, text
from mytorch.style import COLORS, INK, NOTE, tint

from .learning import PICTURE, SECONDS, Training, network, stand_ins, usable

SETS = ("moons", "spirals", "circles", "xor")
CROSS_ENTROPY, MSE = "cross-entropy", "MSE"
RATES = ("0.003", "0.01", "0.03", "0.1", "0.3", "1", "3", "10")
SAMPLES = 200
EPOCHS = 1000  # the most that it trains without a new start
SIDE = np.linspace(-2, 2, 49)
GRID = np.stack(np.meshgrid(SIDE, SIDE), axis=-1).reshape(-1, 2)
CLASSES = (COLORS["b"], COLORS["A"])  # apart for every eye, and the marks differ in form
BANDS = np.array([0, 0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1])


class LiveTraining(Explorer):
    question = "How little network is enough to part the two spirals?"
    still_of = ("SGD",)
    size = (860, 376)
    controls = (
        (
            Button("start", "Start"),
            Button("pause", "Pause"),
            Button("step", "Step"),
            Button("again", "New weights"),
            Choice("data", "set", SETS, "spirals"),
            Tick("unseen", "show the test points", False),
        ),
        (
            Slider("hidden", "hidden layers", 0, 4, 3, step=1, digits=0, color="W"),
            Slider("width", "units in each", 1, 16, 12, step=1, digits=0, color="W"),
            Slider("mu", "momentum mu", 0, 0.98, 0.9, step=0.02),
        ),
        (
            Choice("activation", "activation", ("ReLU", "Tanh", "Sigmoid"), "ReLU"),
            Choice("loss", "loss", (CROSS_ENTROPY, MSE), CROSS_ENTROPY),
            Choice("lr", "lr", RATES, "0.03"),
            Choice("batch", "batch size", ("1", "8", "32", "all"), "32"),
        ),
    )

    def __init__(self, SGD):
        self.SGD = SGD
        self.plane = Plot(44, 30, 304, 304, (-2, 2), (-2, 2))
        self.seed = 0
        self.usable = None  # the student's SGD, or autograd's
        self.training = self.built = None  # the network, and the controls' values that it was built for
        super().__init__()

    def draw(self, data, hidden, width, activation, loss, lr, mu, batch, unseen):
        self.prepare()
        training = self.training
        self.attempt.notes |= self.building
        self.usable = self.kept(usable, self.attempt, self.SGD, mu)
        field = self.field(loss)
        self.back = self.plane.frame() + self.regions(field) + self.curves() + self.numbers()
        self.front = self.points(training, unseen)
        return self.sentence(field, unseen)

    def prepare(self):
        """A new network where a control asks for one."""
        wanted = tuple(self.values[name] for name in ("data", "hidden", "width", "activation", "loss")) + (
            self.seed,
        )
        if wanted == self.built:
            return
        from mytorch import data as sets
        from mytorch import nn

        self.pause()
        name, hidden, width, activation, loss, seed = wanted
        criterion = "CrossEntropyLoss" if loss == CROSS_ENTROPY else "MSELoss"
        before, self.attempt.notes = self.attempt.notes, {}
        unfinished = stand_ins("Linear", *[activation] * (hidden > 0), "MLP4", criterion)
        if unfinished:
            self.attempt.note(unfinished)
        model = network(self.attempt, [2] + [width] * hidden + [2], activation, seed)
        self.building, self.attempt.notes = self.attempt.notes, before
        make = getattr(sets, name)
        self.training = Training(model, getattr(nn, criterion)(), make(SAMPLES), make(SAMPLES, seed=1), seed)
        self.built = wanted

    # what can be done

    def pressed(self, button):
        if button == "start":
            self.play(self.train, PICTURE)
        else:
            self.pause()
        if button == "step":
            self.train(1)
        if button == "again":
            self.seed += 1

    def train(self, steps=None, seconds=SECONDS):
        """A picture further. False when it has to stop."""
        training, values = self.training, self.values
        if training.stopped or training.epoch >= EPOCHS:
            return False
        batch_size = SAMPLES if values["batch"] == "all" else int(values["batch"])
        training.run(self.usable, float(values["lr"]), values["mu"], batch_size, steps, seconds)
        return not training.stopped and training.epoch < EPOCHS

    def reset(self):
        self.seed, self.built = 0, None
        super().reset()

    def still(self):
        for _ in range(60):
            self.train(seconds=np.inf)
        self._refresh()
        return super().still()

    # what it says about each point of the plane

    def field(self, loss):
        """How sure the network is of class 1, 0 to 1, at each point of the grid; nan where it says
        nothing.
        """
        A = self.training.outputs(GRID)
        difference = A[:, 1] - A[:, 0]
        with np.errstate(all="ignore"):
            sure = 0.5 + 0.5 * (
                np.tanh(difference / 2) if loss == CROSS_ENTROPY else np.clip(difference, -1, 1)
            )
        return sure.reshape(len(SIDE), len(SIDE))

    def regions(self, field):
        """Bands of the two classes' colours, stronger where the network is surer, and the border between
        them.
        """
        plane = self.plane
        marks = []
        if np.isfinite(field).any():
            areas = contour_generator(SIDE, SIDE, np.ma.masked_invalid(field))
            for low, high in zip(BANDS, BANDS[1:]):
                middle = (low + high) / 2
                fill = tint(CLASSES[int(middle > 0.5)], 0.06 + 0.84 * abs(middle - 0.5))
                low, high = low - (low == 0), high + (high == 1)  # the outermost bands include 0 and 1
                marks.append(
                    element(
                        "path", d=outlines(plane, areas.filled(low, high)), fill=fill, fill_rule="evenodd"
                    )
                )
            for line in areas.lines(0.5):
                marks.append(plane.line(*line.T, INK, 2, data_mark="border"))
        return plane.inside(*marks)

    def points(self, training, unseen):
        plane, marks = self.plane, []
        for X, Y, seen in ((*training.train, True), *((*training.test, False),) * unseen):
            for label in (0, 1):
                name = f"class {label}" if seen else f"test class {label}"
                marks.append(samples(plane, X[Y[:, 1] == label], label, seen, data_mark=name))
        return plane.inside(*marks) + self.axes()

    def axes(self):
        """Numbers and names without a grid, which would cut the field into squares."""
        right, bottom = self.plane.left + self.plane.width, self.plane.top + self.plane.height
        marks = [text(self.plane.left, 17, "x₂", 14, INK, "start", font_weight="bold")]
        marks.append(text((self.plane.left + right) / 2, bottom + 30, "x₁", 14, INK, font_weight="bold"))
        for tick in range(-2, 3):
            words = number(tick, 0)
            marks.append(text(self.plane.x(tick), bottom + 12, words, 12, NOTE))
            marks.append(text(self.plane.left - 6, self.plane.y(tick), words, 12, NOTE, "end"))
        return "".join(marks)

    # the right side

    def curves(self):
        training = self.training
        longest = next(epochs for epochs in (50, 100, 200, 500, EPOCHS) if training.epoch <= epochs)
        top = 1 if self.values["loss"] == CROSS_ENTROPY else 0.4
        graph = Plot(412, 30, 434, 196, (0, longest), (0, top))
        epochs, loss, test_loss, *_ = training.curves()
        frame = graph.frame(
            np.linspace(0, longest, 6), top * np.linspace(0, 1, 5), "epoch", "L", ycolor=COLORS["L"]
        )
        lines = graph.line(epochs, test_loss, COLORS["L"], 2, DASHED, data_mark="test")
        lines += graph.line(epochs, loss, COLORS["L"], 2.5, data_mark="train")
        key = line(640, COLORS["L"], None) + text(674, 17, "training", 12, NOTE, "start")
        key += line(740, COLORS["L"], DASHED) + text(774, 17, "test", 12, NOTE, "start")
        return frame + graph.inside(lines) + key

    def numbers(self):
        """Loss and accuracy in figures, and what the marks mean."""
        _, loss, test_loss, accuracy, test_accuracy = self.training.history[-1]
        columns, marks = (396, 552, 644), []
        for x, words in zip(columns[1:], ("loss", "accuracy")):
            marks.append(text(x, 282, words, 13, NOTE, "end"))
        for y, name, values in (
            (304, "training points", (loss, accuracy)),
            (326, "test points", (test_loss, test_accuracy)),
        ):
            marks.append(text(columns[0], y, name, 13, INK, "start"))
            marks.append(
                text(columns[1], y, number(values[0], 3), 14, COLORS["L"], "end", font_weight="bold")
            )
            marks.append(text(columns[2], y, percent(values[1]), 14, INK, "end", font_weight="bold"))
        place = Plot(672, 270, 24, 78, (-1, 1), (0, 3))
        for y, (label, seen, words) in enumerate(
            ((0, True, "class 0"), (1, True, "class 1"), (None, True, "border: as likely as not"))
        ):
            height = 282 + 22 * y
            if label is None:
                marks.append(element("path", d=f"M673,{height}h22", stroke=INK, stroke_width=2))
            else:
                marks.append(samples(place, np.array([[0, (348 - height) / 26]]), label, seen))
            marks.append(text(706, height, words, 12, NOTE, "start"))
        return "".join(marks)

    # what is to be seen

    def sentence(self, field, unseen):
        training = self.training
        _, loss, test_loss, accuracy, test_accuracy = training.history[-1]
        if training.stopped:
            return f"{training.stopped} Reset, or press “New weights”."
        if training.steps == 0:
            return (
                f"Untrained: {percent(test_accuracy)} of the test points are on the right side, which is "
                "luck. Press Start."
            )
        done = f"Epoch {number(training.epoch, 1)}, step {training.steps}:"
        if training.epoch >= EPOCHS:
            done = f"After {EPOCHS} epochs it stops by itself:"
        if field.max() < 0.5 or field.min() > 0.5:
            return f"{done} the network still says the same class everywhere; there is no border."
        gap = ""
        if test_loss > 2 * loss + 0.1:
            gap = " The dashed curve has left the solid one: the network learns these points by heart."
        return f"{done} {percent(test_accuracy)} of the test points lie on the right side of the border.{gap}"


def outlines(plot, filled):
    """The outlines that contourpy found, as the path of one mark."""
    words = []
    for points, cuts in zip(*filled):
        xs, ys = plot.x(points[:, 0]).round(1).tolist(), plot.y(points[:, 1]).round(1).tolist()
        pairs = [f"{x},{y}" for x, y in zip(xs, ys)]
        words += [f"M{' '.join(pairs[start:end])}Z" for start, end in zip(cuts, cuts[1:])]
    return "".join(words)


def samples(plot, X, label, seen, **attributes):
    """Discs for class 0 and squares for class 1, hollow where the network never trained on them: one mark for
    all.
    """
    d = "m-3,0a3,3 0 1,0 6,0a3,3 0 1,0 -6,0" if label == 0 else "m-2.8,-2.8h5.6v5.6h-5.6z"
    places = "".join(f"M{x:.1f},{y:.1f}{d}" for x, y in zip(plot.x(X[:, 0]), plot.y(X[:, 1])))
    fill, stroke, width = (CLASSES[label], "white", 0.7) if seen else ("white", CLASSES[label], 1.5)
    style = {"fill": fill, "stroke": stroke, "stroke_width": width}
    return element("path", d=places, **style, **attributes)


def line(x, color, dash):
    return element("path", d=f"M{x},17h28", stroke=color, stroke_width=2.5, stroke_dasharray=dash)


def percent(share):
    return f"{number(100 * share, 1)} %"
