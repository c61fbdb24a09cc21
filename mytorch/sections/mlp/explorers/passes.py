"""A network's layers and activations, called one after the other on one sample, forward and back."""

import copy
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from mytorch.characters import counted
from mytorch.explore.student import STOPS, Unusable, array, quietly

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
            f"{make.__name__} has {counted(len(layers), 'layer')} and {counted(len(f), 'activation')}: "
            "f[i] belongs to layers[i]."
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


def inputs_of(make) -> int:
    """How many features the model takes; 2 when it cannot be made."""
    try:
        return quietly(make).layers[0].W.shape[1]
    except STOPS:
        return 2
