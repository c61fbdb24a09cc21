"""What a check looks at: for each component the quantities of its contract and a probe that exercises it.

A probe is a generator. It makes an object of the class, feeds it numbers and yields ``(quantity, value)``, or
``(quantity, value, when)``. It runs twice, on the student's class and on the oracle, from the same seed.
To add a component: its quantities and its probe with a list of cases here, its oracle in ``oracles.py``, and what may
go wrong in it in ``mistakes/``.
"""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from .trace import Given, Input, Missing, Unfit, describe_type, kept


@dataclass(frozen=True)
class Quantity:
    """One row of the report.

    ``loose`` shapes are compared after dropping axes of length one: a loss may be a float, a 0-d or a 1-element array.
    ``kind`` says what a value of the wrong type should have been.
    """

    label: str
    equation: str
    shape: str
    source: str = ""  # the method that makes it
    loose: bool = False
    kind: str = ""

    @property
    def wanted(self) -> str:
        return self.kind or ("A single number" if self.shape in ("", "scalar") else "A NumPy array of numbers")


@dataclass(frozen=True)
class Probe:
    run: object
    quantities: dict[str, Quantity]
    cases: tuple[dict, ...]


def _array(rng, *shape, dtype="float64"):
    return rng.standard_normal(shape).astype(dtype)


# --- Linear -------------------------------------------------------------------------------------------------------

LINEAR = {
    "W at the start": Quantity("W as initialised", "", "(C_out, C_in)", "__init__"),
    "b at the start": Quantity("b as initialised", "", "(C_out, 1)", "__init__"),
    "Z": Quantity("Z", "1", "(N, C_out)", "forward"),
    "A": Quantity("A kept", "", "(N, C_in)", "forward"),
    "N": Quantity("N kept", "", "", "forward", loose=True),
    "dLdA": Quantity("dLdA", "3", "(N, C_in)", "backward"),
    "dLdW": Quantity("dLdW", "4", "(C_out, C_in)", "backward"),
    "dLdb": Quantity("dLdb", "5", "(C_out, 1)", "backward"),
}


def linear(Linear, rng, N=4, C_in=2, C_out=3, dtype="float64"):
    layer = Linear(C_in, C_out)
    yield "W at the start", kept(layer, "W")
    yield "b at the start", kept(layer, "b")
    layer.W, layer.b = _array(rng, C_out, C_in, dtype=dtype), _array(rng, C_out, 1, dtype=dtype)
    yield Given("W", layer.W)
    yield Given("b", layer.b)
    for n, when in ((N, ""), (N + 1, "in a second batch")):
        A, dLdZ = _array(rng, n, C_in, dtype=dtype), _array(rng, n, C_out, dtype=dtype)
        yield Input("A_in", A)
        yield Input("dLdZ", dLdZ)
        yield "Z", layer.forward(A), when
        yield "A", kept(layer, "A"), when
        yield "N", kept(layer, "N"), when
        yield "dLdA", layer.backward(dLdZ), when
        yield "dLdW", kept(layer, "dLdW"), when
        yield "dLdb", kept(layer, "dLdb"), when


# --- activation functions -----------------------------------------------------------------------------------------


def _activation_quantities(forward: str, backward: str) -> dict[str, Quantity]:
    return {
        "A": Quantity("A", forward, "(N, C)", "forward"),
        "A kept": Quantity("A kept", "", "(N, C)", "forward"),
        "dAdZ": Quantity("dAdZ", backward, "(N, C)", "backward"),
    }


def activation(Activation, rng, N=4, C=3, dtype="float64"):
    f = Activation()
    for n, when in ((N, ""), (N + 1, "in a second batch")):
        Z = 2 * _array(rng, n, C, dtype=dtype)
        Z[0, 0] = 0  # where ReLU has its kink
        yield Input("Z", Z)
        yield "A", f.forward(Z), when
        yield "A kept", kept(f, "A"), when
        yield "dAdZ", f.backward(), when


# --- multilayer perceptrons ---------------------------------------------------------------------------------------

LINEARS, RELUS = "A list of Linear objects", "A list of ReLU objects"

MLP = {
    "layers": Quantity("layers (shapes of W)", "", "one (C_out, C_in) a layer", "__init__", kind=LINEARS),
    "f": Quantity("f (one activation a layer)", "", "", "__init__", loose=True, kind=RELUS),
    "A": Quantity("output A", "28", "(N, C_l)", "forward"),
    "dLdW": Quantity("dLdW of each layer", "29-31", "as W", "backward"),
    "dLdb": Quantity("dLdb of each layer", "29-31", "as b", "backward"),
}


def _layer_shapes(model):
    layers = kept(model, "layers")
    if not isinstance(layers, (list, tuple)):
        return layers if layers is None or isinstance(layers, Missing) else Unfit(describe_type(layers))
    for i, layer in enumerate(layers):
        if np.ndim(getattr(layer, "W", None)) != 2:
            return Unfit(f"a list with {describe_type(layer)} at [{i}]")
    return np.array([np.shape(layer.W) for layer in layers], dtype=float).reshape(-1, 2)


def _activations(model):
    """For each entry of ``f`` the first place at which the same object stands: each must remember its own A."""
    f = kept(model, "f")
    if not isinstance(f, (list, tuple)):
        return f if f is None or isinstance(f, Missing) else Unfit(describe_type(f))
    for i, one in enumerate(f):
        if isinstance(one, type) or not hasattr(one, "forward"):
            return Unfit(f"a list with {describe_type(one)} at [{i}]")
    same = [id(one) for one in f]
    return np.array([same.index(one) for one in same], dtype=float)


def _set_weights(layers, rng, dtype):
    """Units lean to positive and to negative values in turn: at every layer ReLU lets some through and stops some."""
    for i, layer in enumerate(layers):
        C_out, C_in = np.shape(layer.W)
        lean = np.where(np.arange(C_out) % 2 == 0, 1, -1)[:, None]
        layer.W = (lean * rng.uniform(-0.1, 1.0, (C_out, C_in))).astype(dtype)
        layer.b = (lean * rng.uniform(0.0, 0.4, (C_out, 1))).astype(dtype)
        yield Given(f"W{i}", layer.W)
        yield Given(f"b{i}", layer.b)


def mlp(MLP, rng, N=4, dtype="float64"):
    model = MLP()
    yield "layers", _layer_shapes(model)
    yield "f", _activations(model)
    yield from _set_weights(model.layers, rng, dtype)
    for n, when in ((N, ""), (N + 1, "in a second batch")):
        try:
            yield from _through(model, rng, n, when, dtype)
        except Exception:  # how far the code came tells the diagnosis what stopped it
            for name, attribute in (("ran forward", "A"), ("ran backward", "dLdW")):
                yield Given(name, np.array([hasattr(layer, attribute) for layer in model.layers]))
            raise


def _through(model, rng, n, when, dtype):
    """One batch forward and backward."""
    A = rng.uniform(-1.0, 1.5, (n, model.layers[0].W.shape[1])).astype(dtype)
    dLdA = _array(rng, n, model.layers[-1].W.shape[0], dtype=dtype)
    yield Input("A0", A)
    yield Input("dLdA", dLdA)
    yield "A", model.forward(A), when
    model.backward(dLdA)  # what it returns does not matter
    for i in reversed(range(len(model.layers))):
        which = f"of layers[{i}]" + (f", {when}" if when else "")
        yield "dLdW", kept(model.layers[i], "dLdW"), which
        yield "dLdb", kept(model.layers[i], "dLdb"), which


# --- losses -------------------------------------------------------------------------------------------------------


def _loss_quantities(forward: str, backward: str) -> dict[str, Quantity]:
    return {
        "L": Quantity("L", forward, "scalar", "forward", loose=True),
        "A": Quantity("A kept", "", "(N, C)", "forward"),
        "Y": Quantity("Y kept", "", "(N, C)", "forward"),
        "dLdA": Quantity("dLdA", backward, "(N, C)", "backward"),
    }


def _loss(Loss, rng, targets, N, C, dtype):
    loss = Loss()
    for n, when in ((N, ""), (N + 1, "in a second batch")):
        A, Y = _array(rng, n, C, dtype=dtype), targets(n).astype(dtype)
        yield Input("A_in", A)
        yield Input("Y_in", Y)
        yield "L", loss.forward(A, Y), when
        yield "A", kept(loss, "A"), when
        yield "Y", kept(loss, "Y"), when
        yield "dLdA", loss.backward(), when


def mse(MSELoss, rng, N=5, C=3, dtype="float64"):
    yield from _loss(MSELoss, rng, lambda n: rng.standard_normal((n, C)), N, C, dtype)


def cross_entropy(CrossEntropyLoss, rng, N=5, C=3, soft=False, dtype="float64"):
    def targets(n):
        return rng.dirichlet(np.ones(C), n) if soft else np.eye(C)[rng.integers(C, size=n)]

    yield from _loss(CrossEntropyLoss, rng, targets, N, C, dtype)


# --- SGD ----------------------------------------------------------------------------------------------------------

VELOCITIES = "A list with one NumPy array for each layer"

SGD = {
    "lr": Quantity("lr", "", "", "__init__", loose=True),
    "mu": Quantity("mu", "", "", "__init__", loose=True),
    "L": Quantity("L (number of layers)", "", "", "__init__", loose=True),
    "v_W at the start": Quantity("v_W as initialised", "", "as W", "__init__", kind=VELOCITIES),
    "v_b at the start": Quantity("v_b as initialised", "", "as b", "__init__", kind=VELOCITIES),
    "v_W": Quantity("v_W", "46", "as W", "step", kind=VELOCITIES),
    "v_b": Quantity("v_b", "47", "as b", "step", kind=VELOCITIES),
    "W": Quantity("W", "44, 48", "(C_out, C_in)", "step"),
    "b": Quantity("b", "45, 49", "(C_out, 1)", "step"),
}


def _item(owner, attribute: str, i: int):
    """Entry ``i`` of a list that the object keeps."""
    values = kept(owner, attribute)
    if not isinstance(values, (list, tuple)):
        return values if values is None or isinstance(values, Missing) else Unfit(describe_type(values))
    return values[i] if i < len(values) else Unfit(f"missing, for {attribute} has {len(values)} entries")


class Layer(SimpleNamespace):
    """What an optimizer sees of a layer."""


def sgd(SGD, rng, lr=None, momentum=0.0, steps=3, dtype="float64"):
    sizes = ((4, 2), (3, 4))
    layers = [Layer(W=_array(rng, o, i, dtype=dtype), b=_array(rng, o, 1, dtype=dtype)) for o, i in sizes]
    model = SimpleNamespace(layers=layers)
    optimizer = SGD(model) if lr is None else SGD(model, lr=lr, momentum=momentum)
    yield "lr", kept(optimizer, "lr")
    yield "mu", kept(optimizer, "mu")
    yield "L", kept(optimizer, "L")
    for i in range(len(layers)):
        yield "v_W at the start", _item(optimizer, "v_W", i), f"for layers[{i}]"
        yield "v_b at the start", _item(optimizer, "v_b", i), f"for layers[{i}]"
    for step in range(1, steps + 1):
        for i, layer in enumerate(layers):
            layer.dLdW = _array(rng, *layer.W.shape, dtype=dtype)
            layer.dLdb = _array(rng, *layer.b.shape, dtype=dtype)
            for name in ("W", "b", "dLdW", "dLdb"):
                yield Given(f"{name} before", getattr(layer, name), f"of layers[{i}]")
            for name in ("v_W", "v_b"):
                yield Given(f"{name} before", _item(optimizer, name, i), f"of layers[{i}]")
        optimizer.step()
        for i, layer in enumerate(layers):
            when = f"of layers[{i}] after step {step}"
            if momentum:
                yield "v_W", _item(optimizer, "v_W", i), when
                yield "v_b", _item(optimizer, "v_b", i), when
            yield "W", kept(layer, "W"), when
            yield "b", kept(layer, "b"), when


# --- batch normalization ------------------------------------------------------------------------------------------

BATCHNORM = {
    "alpha": Quantity("alpha", "", "", "__init__", loose=True),
    "eps": Quantity("eps", "", "", "__init__", loose=True),
    **{
        f"{name} at the start": Quantity(f"{name} as initialised", "", "(1, C)", "__init__")
        for name in ("BW", "Bb", "dLdBW", "dLdBb", "running_M", "running_V")
    },
    "Z": Quantity("Z kept", "", "(N, C)", "forward"),
    "N": Quantity("N kept", "", "", "forward", loose=True),
    "M": Quantity("M", "50", "(1, C)", "forward", loose=True),
    "V": Quantity("V", "51", "(1, C)", "forward", loose=True),
    "NZ": Quantity("NZ", "52", "(N, C)", "forward"),
    "BZ": Quantity("BZ", "53", "(N, C)", "forward"),
    "BZ kept": Quantity("BZ kept", "", "(N, C)", "forward"),
    "running_M": Quantity("running_M", "54", "(1, C)", "forward"),
    "running_V": Quantity("running_V", "55", "(1, C)", "forward"),
    "dLdBb": Quantity("dLdBb", "58", "(1, C)", "backward"),
    "dLdBW": Quantity("dLdBW", "59", "(1, C)", "backward"),
    "dLdZ": Quantity("dLdZ", "66", "(N, C)", "backward"),
    "BZ in eval": Quantity("BZ with eval=True", "56, 57", "(N, C)", "forward"),
    "running_M after eval": Quantity("running_M after eval", "", "(1, C)", "forward"),
    "running_V after eval": Quantity("running_V after eval", "", "(1, C)", "forward"),
}


def batchnorm(BatchNorm1d, rng, N=5, C=3, alpha=None, scale=1.0, dtype="float64"):
    bn = BatchNorm1d(C) if alpha is None else BatchNorm1d(C, alpha=alpha)
    yield "alpha", kept(bn, "alpha")
    yield "eps", kept(bn, "eps")
    for name in ("BW", "Bb", "dLdBW", "dLdBb", "running_M", "running_V"):
        yield f"{name} at the start", kept(bn, name)
    bn.BW, bn.Bb = rng.uniform(0.5, 2, (1, C)).astype(dtype), _array(rng, 1, C, dtype=dtype)
    yield Given("BW", bn.BW)
    yield Given("Bb", bn.Bb)
    yield Given("alpha", getattr(bn, "alpha", None))
    for n, when in ((N, ""), (N + 1, "in a second batch")):
        Z = (scale * (rng.uniform(0.5, 2, (1, C)) * _array(rng, n, C) + rng.uniform(-1, 1, (1, C)))).astype(dtype)
        dLdBZ = _array(rng, n, C, dtype=dtype)
        yield from (Input("Z_in", Z), Input("dLdBZ", dLdBZ))
        yield from (Given("running_M before", kept(bn, "running_M")), Given("running_V before", kept(bn, "running_V")))
        yield from _train_batch(bn, Z, dLdBZ, when)
    Z = (scale * 1.5 * _array(rng, N, C)).astype(dtype)
    yield Input("Z_in", Z)
    yield "BZ in eval", bn.forward(Z, eval=True)
    yield "running_M after eval", kept(bn, "running_M")
    yield "running_V after eval", kept(bn, "running_V")


def _train_batch(bn, Z, dLdBZ, when):
    BZ = bn.forward(Z)
    for name in ("Z", "N", "M", "V", "NZ"):
        yield name, kept(bn, name), when
    yield "BZ", BZ, when
    yield "BZ kept", kept(bn, "BZ"), when
    yield "running_M", kept(bn, "running_M"), when
    yield "running_V", kept(bn, "running_V"), when
    dLdZ = bn.backward(dLdBZ)
    yield "dLdBb", kept(bn, "dLdBb"), when
    yield "dLdBW", kept(bn, "dLdBW"), when
    yield "dLdZ", dLdZ, when


# --- the table ----------------------------------------------------------------------------------------------------

FLOAT32 = {"dtype": "float32"}

PROBES = {
    "Linear": Probe(linear, LINEAR, ({}, {"N": 1}, FLOAT32)),
    "Sigmoid": Probe(activation, _activation_quantities("8", "11"), ({}, {"N": 1}, FLOAT32)),
    "Tanh": Probe(activation, _activation_quantities("14", "16"), ({}, {"N": 1}, FLOAT32)),
    "ReLU": Probe(activation, _activation_quantities("18", "20"), ({}, {"N": 1}, FLOAT32)),
    "MLP0": Probe(mlp, MLP, ({}, {"N": 1}, FLOAT32)),
    "MLP1": Probe(mlp, MLP, ({}, {"N": 1}, FLOAT32)),
    "MLP4": Probe(mlp, MLP, ({}, {"N": 1}, FLOAT32)),
    "MSELoss": Probe(mse, _loss_quantities("34", "35"), ({}, {"N": 1}, FLOAT32)),
    "CrossEntropyLoss": Probe(cross_entropy, _loss_quantities("42", "43"), ({}, {"soft": True}, {"N": 1}, FLOAT32)),
    "SGD": Probe(
        sgd,
        SGD,
        ({}, {"lr": 0.05, "momentum": 0.9}, {"lr": 0.2}, {"lr": 0.05, "momentum": 0.9, **FLOAT32}),
    ),
    "BatchNorm1d": Probe(
        batchnorm, BATCHNORM, ({}, {"alpha": 0.8, "N": 7}, {"alpha": 0.9, "scale": 1e-4}, FLOAT32)
    ),
}
