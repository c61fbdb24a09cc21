"""A network drawn from the model itself, run forward and backward one equation at a time."""

import copy
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from mytorch.explore.base import Button, Choice, Explorer, Slider
from mytorch.explore.student import STOPS, SUBSTITUTE, Unusable, array, counterpart, quietly
from mytorch.explore.svg import element, number, rectangle, text
from mytorch.style import COLORS, INK, NEGATIVE, NOTE, POSITIVE, RULE, tint

SLIDERS = 4  # for the first inputs; further ones are fixed random numbers
START = (1.0, -0.5, 0.5, -1.0)  # where they stand at first
SHOWN = 8  # neurons of a layer that are drawn
PLAY_TIME = 0.7  # seconds a step
TIDY = 1e-9  # a gradient below this is 0


@dataclass
class Passes:
    """A network's parameters, and what each of its steps up to now has made: ``values["dLdZ", 1]`` is
    dL/dZ1.
    """

    W: list[np.ndarray]
    b: list[np.ndarray]
    activations: list[str]
    values: dict[tuple[str, int], np.ndarray]

    @property
    def steps(self) -> list[tuple[int, int]]:
        return steps(len(self.W))

    @property
    def sizes(self) -> list[int]:
        return [self.W[0].shape[1], *(len(W) for W in self.W)]


def steps(count: int) -> list[tuple[int, int]]:
    """(equation, layer) of each step that so many layers take, forward and back."""
    forward = [(equation, i) for i in range(count) for equation in (27, 28)]
    return forward + [(equation, i) for i in reversed(range(count)) for equation in (30, 31)]


def run(make, seed, inputs, done) -> Passes:
    """Make the model and run ``done`` of its steps on one sample, through ``model.layers`` and
    ``model.f``.
    """
    model = ready(make, seed)
    layers, f = model.layers, model.f
    trace = Passes([layer.W.copy() for layer in layers], [layer.b.copy() for layer in layers], [], {})
    trace.activations = [type(activation).__name__ for activation in f]
    sizes = trace.sizes
    trace.values["A", 0] = sample(inputs, sizes[0])
    for equation, i in trace.steps[:done]:
        take(trace.values, equation, i, layers[i], f[i], sizes)
        if (equation, i) == (28, len(layers) - 1):
            trace.values["dLdA", len(layers)] = np.ones((1, sizes[-1]))  # L is the sum of the outputs
    if done >= 2 * len(layers):
        confirm(ready(make, seed), make.__name__, trace, backward=done == len(trace.steps))
    return trace


def take(values, equation, i, layer, f, sizes):
    """One step. Adds what it makes to ``values``."""
    before, after = (1, sizes[i]), (1, sizes[i + 1])
    if equation == 27:
        values["Z", i] = array(
            layer.forward(values["A", i].copy()), f"Z, what layers[{i}].forward returns,", after
        )
    elif equation == 28:
        values["A", i + 1] = array(
            f.forward(values["Z", i].copy()), f"A, what f[{i}].forward returns,", after
        )
    elif equation == 30:
        values["dAdZ", i] = array(f.backward(), f"dAdZ, what f[{i}].backward returns,", after)
        values["dLdZ", i] = values["dLdA", i + 1] * values["dAdZ", i]
    else:
        dLdA = layer.backward(values["dLdZ", i].copy())
        values["dLdA", i] = array(dLdA, f"dLdA, what layers[{i}].backward returns,", before)
        values["dLdW", i] = array(getattr(layer, "dLdW", None), f"layers[{i}].dLdW", layer.W.shape)
        values["dLdb", i] = array(getattr(layer, "dLdb", None), f"layers[{i}].dLdb", layer.b.shape)


def confirm(model, name, trace, backward):
    """Do the model's own loops come to the same numbers? Raises Unusable if not."""
    last, values = len(trace.W), trace.values
    if not hasattr(model, "forward"):
        return  # a bare list of layers
    A = array(model.forward(values["A", 0].copy()), f"What {name}.forward returns", values["A", last].shape)
    if not np.allclose(A, values["A", last], equal_nan=True):
        raise Unusable(
            f"{name}.forward returns other numbers than its layers and f give, called one after the other."
        )
    if not backward:
        return
    model.backward(values["dLdA", last].copy())
    for i, layer in enumerate(model.layers):
        expected = values["dLdW", i]
        dLdW = array(getattr(layer, "dLdW", None), f"layers[{i}].dLdW after {name}.backward", expected.shape)
        if not np.allclose(dLdW, expected, equal_nan=True):
            raise Unusable(
                f"{name}.backward leaves another dLdW in layers[{i}] than its f and layers give, one after "
                "the other."
            )


def ready(make, seed):
    """A new model with random parameters; a model that was given with its own ones keeps them while the seed
    is 0.
    """
    model = make()
    layers, f = (getattr(model, name, None) for name in ("layers", "f"))
    for name, entries in (("layers", layers), ("f", f)):
        if not isinstance(entries, (list, tuple)) or not entries or None in entries:
            raise Unusable(
                f"self.{name} of {make.__name__} is {entries!r}, and no list of objects: is a TODO left?"
            )
    if len(layers) != len(f):
        raise Unusable(
            f"{make.__name__} has {len(layers)} layers and {len(f)} activations: f[i] belongs to layers[i]."
        )
    if len(set(map(id, f))) < len(f):
        raise Unusable(
            f"One object stands in f of {make.__name__} several times: each entry must be an object of its "
            "own."
        )
    check_fit([np.shape(layer.W) for layer in layers])
    if seed or not any(np.any(layer.W) for layer in layers):
        randomize(layers, seed)
    return model


def check_fit(shapes):
    for i, (first, second) in enumerate(zip(shapes, shapes[1:])):
        if first[0] != second[1]:
            raise Unusable(
                f"layers[{i}] has {first[0]} outputs and layers[{i + 1}] takes {second[1]} inputs "
                f"(their W are {first} and {second}): they do not fit together."
            )


def randomize(layers, seed):
    """Parameters to one decimal, so that a step can be checked by hand; sized as mytorch.training.initialize
    does.
    """
    rng = np.random.default_rng(seed + 60)
    for layer in layers:
        layer.W = np.round(np.sqrt(2 / layer.W.shape[1]) * rng.standard_normal(layer.W.shape), 1)
        layer.b = np.round(0.4 * rng.standard_normal(layer.b.shape), 1)


def sample(inputs, features) -> np.ndarray:
    """The input, (1, features): the sliders' numbers, and fixed ones after them."""
    others = np.random.default_rng(0).standard_normal(max(features - len(inputs), 0)).round(2)
    return np.array([[*inputs, *others][:features]])


def source(model):
    """(name, function that makes it) of a model class, of a model, or of a list of layers in their order."""
    if isinstance(model, type):
        return model.__name__, model
    if isinstance(model, (list, tuple)):
        model = from_list(model)
        name = "-".join(
            str(size) for size in [model.layers[0].W.shape[1], *(len(layer.W) for layer in model.layers)]
        )
    else:
        name = f"your {type(model).__name__}"

    def make():
        return copy.deepcopy(model)  # the model itself is left as it is

    make.__name__ = name
    return name, make


def from_list(entries):
    """A model of [Linear, activation, Linear, ...]; Identity follows a layer that no activation follows."""
    from mytorch.nn import Identity

    model = SimpleNamespace(layers=[], f=[])
    for entry in [*entries, None]:
        waiting = len(model.layers) > len(model.f)
        if entry is None or hasattr(entry, "W"):
            model.f += [Identity()] if waiting else []
            model.layers += [entry] if entry is not None else []
        elif waiting:
            model.f.append(entry)
        else:
            raise TypeError(
                "A list of layers begins with a Linear, and each activation stands behind a Linear of its "
                "own."
            )
    return model


class Network(Explorer):
    question = "Which weights learn nothing from this sample, and where was their gradient lost?"
    takes_classes = False
    still_of = ("MLP0", "MLP1", "MLP4")
    size = (860, 452)

    def __init__(self, *models):
        if not models:
            raise TypeError("Which network? explore.network(MLP1) draws one.")
        self.sources = {}
        for model in models:
            name, make = source(model)
            twins = sum(other.split(" (")[0] == name for other in self.sources)
            self.sources[f"{name} ({twins + 1})" if twins else name] = make
        first, *_ = self.sources
        features = min(max(inputs_of(make) for make in self.sources.values()), SLIDERS)
        self.inputs = [f"x{j}" for j in range(features)]
        self.controls = (
            (
                Choice("network", "model", tuple(self.sources), "MLP1" if "MLP1" in self.sources else first),
                Button("forward", "Forward step"),
                Button("backward", "Backward step"),
                Button("play", "Play / pause"),
                Button("weights", "New random weights"),
            ),
            tuple(
                Slider(f"x{j}", f"A0[0, {j}]", -2, 2, START[j], step=0.1, digits=1, color="A")
                for j in range(features)
            ),
        )
        self.done, self.seed, self.network, self.refused, self.trace = 0, 0, None, False, None
        super().__init__()

    def draw(self, network, **inputs):
        if network != self.network:
            self.network, self.done = network, 0
        make = self.sources[network]
        self.trace, self.back, self.front = None, "", ""  # if neither the student's model nor autograd's runs
        arguments = (self.seed, tuple(inputs[name] for name in self.inputs), self.done)
        self.trace = self.attempt(run, make, *arguments)
        self.compare(make, arguments)
        self.done = min(self.done, len(self.trace.steps))
        picture = Picture(self.trace, self.done)
        self.back, self.front = picture.lines() + legend(), picture.columns()
        refused, self.refused = self.refused, False
        if refused:
            left = 2 * len(self.trace.W) - self.done
            return (
                f"Backward starts at the output, with what forward has kept: {left} forward "
                f"step{'s' * (left > 1)} to go."
            )
        return sentence(self.trace, self.done)

    def compare(self, make, arguments):
        reference = counterpart(make)
        if reference is None:
            return
        expected = quietly(run, reference, *arguments)
        if self.trace.sizes != expected.sizes:
            has, wants = ("-".join(map(str, trace.sizes)) for trace in (self.trace, expected))
            self.attempt.note(f"Your {make.__name__} has layers of {has} features, {SUBSTITUTE}'s {wants}.")
            return
        for (name, i), value in expected.values.items():
            if not np.allclose(self.trace.values[name, i], value, equal_nan=True):
                why = f"check({make.__name__}) tells more."
                self.attempt.note(
                    f"{name}{i} differs from {SUBSTITUTE}'s, with the same weights and the same sample. {why}"
                )
                return

    # what can be pressed

    def pressed(self, button):
        if self.trace is None:
            return
        half, end = 2 * len(self.trace.W), len(self.trace.steps)
        if button == "play":
            self.toggle(end)
            return
        self.pause()
        if button == "forward":
            self.done = self.done + 1 if self.done < half else 1
        elif button == "backward":
            self.refused = self.done < half
            self.done = min(self.done + 1, end) if self.done >= half else self.done
        else:
            self.seed += 1

    def toggle(self, end):
        if self.playing:
            self.pause()
            return
        self.done = 0 if self.done == end else self.done
        self.play(self.advance, PLAY_TIME)

    def advance(self):
        self.done = min(self.done + 1, len(self.trace.steps))
        return self.done < len(self.trace.steps)

    def reset(self):
        self.done, self.seed = 0, 0
        super().reset()

    def still(self):
        self.done = len(self.trace.steps)
        self._refresh()
        return super().still()


def inputs_of(make) -> int:
    """How many features the model takes; 2 when it cannot be made."""
    try:
        return quietly(make).layers[0].W.shape[1]
    except STOPS:
        return 2


class Picture:
    """Where everything stands: a column for the inputs, and one for the neurons of each layer, Z beside A."""

    middle, height = 226, 336

    def __init__(self, trace, done):
        self.trace, self.done = trace, done
        self.active = trace.steps[done - 1] if done else None
        count = len(trace.W)
        self.cell = min(46, 820 / (3.6 * count + 1))
        self.gap = min((828 - self.cell * (2 * count + 1)) / count, 230)
        width = self.cell * (2 * count + 1) + self.gap * count
        first = (860 - width) / 2
        self.lefts = [first] + [
            first + self.cell + self.gap + k * (2 * self.cell + self.gap) for k in range(count)
        ]
        self.rights = [left + self.cell * (2 if k else 1) for k, left in enumerate(self.lefts)]
        self.shown = [min(size, SHOWN) for size in trace.sizes]
        slots = [shown + (k < count) for k, shown in enumerate(self.shown)]  # the last has no bias unit
        self.pitch = min(92, self.height / max(slots))
        self.row = min(22, self.pitch / 2 - 2)

    def heights(self, column) -> list[float]:
        """The middle of each neuron, and of the bias unit below them."""
        slots = self.shown[column] + (column < len(self.trace.W))
        return [self.middle + (j - (slots - 1) / 2) * self.pitch for j in range(slots)]

    # lines

    def lines(self):
        return "".join(self.layer_lines(i) for i in range(len(self.trace.W)))

    def layer_lines(self, i):
        """The weights of a layer, and as soon as backward has passed it, their gradients. Biases start at the
        square.
        """
        values = self.trace.values
        kept = ("dLdW", i) in values
        W, b = (values["dLdW", i], values["dLdb", i]) if kept else (self.trace.W[i], self.trace.b[i])
        names = ("dLdW", "dLdb") if kept else ("W", "b")
        reached = ("Z", i) in values
        *starts, bias = self.heights(i)
        ends = self.heights(i + 1)[: self.shown[i + 1]]
        marks, labels = [], []
        for row, end in enumerate(ends):
            entries = [(start, W[row, j], f"{names[0]}{i}[{row}, {j}]") for j, start in enumerate(starts)]
            for j, (start, value, name) in enumerate(
                [*entries, (bias, b[row, 0], f"{names[1]}{i}[{row}, 0]")]
            ):
                x0 = self.rights[i] if start != bias else self.rights[i] - self.cell / 2 + 9
                marks.append(
                    stroke(x0, start, self.lefts[i + 1], end, value, name, 0.95 if reached else 0.45)
                )
                labels.append(self.label(x0, start, self.lefts[i + 1], end, value, j, len(ends), 1 + kept))
        square = rectangle(
            self.rights[i] - self.cell / 2 - 9, bias - 9, 18, 18, "white", COLORS["b"], stroke_width=1.5
        )
        one = text(self.rights[i] - self.cell / 2, bias, "1", 12, COLORS["b"])
        return "".join(marks) + "".join(labels) + square + one + self.named(i, kept)

    def label(self, x0, y0, x1, y1, value, j, ends, digits):
        """The number on the line from neuron j, where there is room for it; further right than those from
        above.
        """
        if self.gap < 140 or ends > 4:
            return ""
        share = 0.26 + 0.21 * j  # far enough apart for numbers of any sign and two digits
        halo = {"stroke": "white", "stroke_width": 4, "paint_order": "stroke", "pointer_events": "none"}
        return text(
            x0 + share * (x1 - x0),
            y0 + share * (y1 - y0),
            number(value, digits) if abs(value) > TIDY else "0",
            12,
            INK,
            **halo,
        )

    def named(self, i, kept):
        rows, columns = self.trace.W[i].shape
        x = (self.rights[i] + self.lefts[i + 1]) / 2
        name, color = (f"dLdW{i}", COLORS["L"]) if kept else (f"W{i}", COLORS["W"])
        return text(x, 22, name, 13, color, font_weight="bold") + text(x, 40, f"{rows} × {columns}", 12, NOTE)

    # neurons

    def columns(self):
        marks = [self.column(0, [("A", 0)])]
        marks += [self.column(k, [("Z", k - 1), ("A", k)]) for k in range(1, len(self.lefts))]
        return "".join(marks)

    def column(self, k, names):
        marks, new = [], []  # what has just been made is drawn last, over its neighbours
        for part, (name, i) in enumerate(names):
            left = self.lefts[k] + part * self.cell
            marks.append(text(left + self.cell / 2, 22, f"{name}{i}", 13, COLORS[name], font_weight="bold"))
            if ("dLd" + name, i) in self.trace.values:
                marks.append(text(left + self.cell / 2, 40, f"dLd{name}{i}", 11, COLORS["L"]))
            for j in range(self.shown[k]):
                top = self.heights(k)[j] - self.row
                boxes = ((top, (name, i), COLORS[name]), (top + self.row, ("dLd" + name, i), COLORS["L"]))
                for y, key, color in boxes:
                    (new if key in made_by(self.active) else marks).append(self.box(left, y, key, j, color))
        hidden = self.trace.sizes[k] - self.shown[k]
        if hidden:
            marks.append(
                text(
                    self.lefts[k], self.middle + self.height / 2 + 18, f"and {hidden} more", 12, NOTE, "start"
                )
            )
        return "".join(marks + new)

    def box(self, left, top, key, j, color):
        """One number of a neuron; empty as long as it has not been computed."""
        if key not in self.trace.values:
            return rectangle(left, top, self.cell, self.row, "white", tint(color, 0.45))
        value = self.trace.values[key][0, j]
        new = key in made_by(self.active)
        style = {"stroke_width": 2.5 if new else 1, "data_mark": f"{key[0]}{key[1]}[0, {j}]"}
        title = element("title", f"{key[0]}{key[1]}[0, {j}] = {number(value, 4)}")
        size = 12 if self.cell > 40 else 11
        words = text(
            left + self.cell / 2, top + self.row / 2, number(value), size, INK, pointer_events="none"
        )
        place = {"x": float(left), "y": float(top), "width": float(self.cell), "height": float(self.row)}
        frame = element("rect", title, **place, fill=shade(value), stroke=INK if new else color, **style)
        return frame + (words if self.cell >= 30 else "")


def made_by(step):
    """The values that a step has made."""
    if step is None:
        return [("A", 0)]
    equation, i = step
    return {27: [("Z", i)], 28: [("A", i + 1)], 30: [("dLdZ", i)], 31: [("dLdA", i)]}[equation]


def stroke(x0, y0, x1, y1, value, name, opacity):
    """A line: its colour is the sign, its width the size; dotted where there is nothing."""
    nothing = not abs(value) > TIDY
    style = {"stroke": RULE, "stroke_width": 1.5, "stroke_dasharray": "2 4"}
    if not nothing:
        style = {
            "stroke": POSITIVE if value > 0 else NEGATIVE,
            "stroke_width": 0.8 + 2 * min(abs(value), 3.0),
        }
    title = element("title", f"{name} = {number(value, 4)}")
    path = f"M{x0:.1f},{y0:.1f}L{x1:.1f},{y1:.1f}"
    return element("path", title, d=path, **style, stroke_opacity=opacity, data_mark=name)


def shade(value) -> str:
    """The sign's colour, the stronger the larger the value."""
    if not abs(value) > TIDY:
        return "white"
    return tint(POSITIVE if value > 0 else NEGATIVE, 0.1 + 0.4 * min(abs(value) / 2, 1.0))


def legend():
    y, marks = 434, []
    for x, color, words in ((24, POSITIVE, "positive"), (134, NEGATIVE, "negative")):
        marks.append(element("path", d=f"M{x},{y}h30", stroke=color, stroke_width=5))
        marks.append(text(x + 38, y, words, 13, INK, "start"))
    marks.append(element("path", d=f"M250,{y}h30", stroke=RULE, stroke_width=1.5, stroke_dasharray="2 4"))
    marks.append(text(288, y, "zero", 13, INK, "start"))
    marks.append(text(340, y, "width: size, up to 3", 13, INK, "start"))
    marks.append(text(836, y, "in each neuron: Z and A, below them their gradients", 13, INK, "end"))
    return "".join(marks)


def sentence(trace, done):
    """Which equation has just run, on which shapes, and what has come of it."""
    count, values = len(trace.W), trace.values
    if not done:
        return (
            f"One sample, A0 of shape {shape(values['A', 0])}, waits in front of {count} "
            f"layer{'s' * (count > 1)}. Press Forward step: each press runs one equation."
        )
    equation, i = trace.steps[done - 1]
    describe = {
        27: through_layer,
        28: through_activation,
        30: back_through_activation,
        31: back_through_layer,
    }
    words = describe[equation](trace, i)
    if done == 2 * count:
        return (
            f"{words} That is the output. For the way back let L be its sum: dLdA{count} is all ones. Press "
            "Backward step."
        )
    if done == 4 * count:
        return f"{words} {verdict(trace)}"
    return words


def through_layer(trace, i):
    A, W, Z = trace.values["A", i], trace.W[i], trace.values["Z", i]
    shapes = f"{shape(A)} · {shape(W.T)} + {shape(np.ones((len(A), 1)))} · {shape(trace.b[i].T)} = {shape(Z)}"
    return f"Equation 27, layers[{i}].forward: Z{i} = A{i} · W{i}ᵀ + ι · b{i}ᵀ, shapes {shapes}."


def through_activation(trace, i):
    A = trace.values["A", i + 1]
    stopped, total = np.sum(np.abs(A) < TIDY), A.shape[1]
    name = trace.activations[i]
    start = f"Equation 28, f[{i}].forward: A{i + 1} = {name}(Z{i}), element by element, shape {shape(A)}."
    return f"{start} {stopped} of {total} {'is' if stopped == 1 else 'are'} 0." if name == "ReLU" else start


def back_through_activation(trace, i):
    dLdZ, slopes = trace.values["dLdZ", i], trace.values["dAdZ", i]
    start = (
        f"Equation 30, with the slopes of f[{i}].backward (29): dLdZ{i} = dLdA{i + 1} ⊙ dA{i + 1}dZ{i}, "
        f"shapes {shape(slopes)} ⊙ {shape(slopes)} = {shape(dLdZ)}."
    )
    flat = [str(j) for j in np.flatnonzero(np.abs(slopes) < TIDY)]
    if not flat:
        return f"{start} All slopes let something through."
    return (
        f"{start} The slope is 0 in column{'s' * (len(flat) > 1)} {', '.join(flat)}: nothing goes on there."
    )


def back_through_layer(trace, i):
    dLdZ, dLdA, dLdW = (trace.values[name, i] for name in ("dLdZ", "dLdA", "dLdW"))
    zero = int(np.sum(np.abs(dLdW) < TIDY))
    return (
        f"Equation 31, layers[{i}].backward: dLdA{i} = dLdZ{i} · W{i}, shapes {shape(dLdZ)} · "
        f"{shape(trace.W[i])} = {shape(dLdA)}. The lines now show the dLdW{i} that it keeps; {zero} of its "
        f"{dLdW.size} entries {'is' if zero == 1 else 'are'} 0."
    )


def verdict(trace):
    gradients = np.concatenate([trace.values["dLdW", i].ravel() for i in range(len(trace.W))])
    zero = int(np.sum(np.abs(gradients) < TIDY))
    if not zero:
        return "Back at the input: every weight of the network learns from this sample."
    return (
        f"Back at the input: {zero} of {gradients.size} weights learn nothing from this sample. Follow the "
        "dotted lines."
    )


def shape(values) -> str:
    return f"({values.shape[0]}, {values.shape[1]})"
