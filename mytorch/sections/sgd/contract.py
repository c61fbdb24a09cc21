"""What ``SGD`` promises (eqs. 44-49), and the probe that looks at it."""

from types import SimpleNamespace

from mytorch.check.contract import FLOAT32, Contract, given, initial, kept, normal
from mytorch.check.diagnosis.symptoms import Symptom

VELOCITIES = "A list with one NumPy array for each layer"

LR = kept("lr", by="__init__", loose=True)
MU = kept("mu", by="__init__", loose=True)
size = kept("L", by="__init__", loose=True, called="L (number of layers)")
v_W_start = initial("v_W", "as W", kind=VELOCITIES)
v_b_start = initial("v_b", "as b", kind=VELOCITIES)
v_W = kept("v_W", by="step", eq="46", shape="as W", kind=VELOCITIES)
v_b = kept("v_b", by="step", eq="47", shape="as b", kind=VELOCITIES)
W = kept("W", by="step", eq="44, 48", shape="(C_out, C_in)")
b = kept("b", by="step", eq="45, 49", shape="(C_out, 1)")
W_before, b_before, dLdW, dLdb = given("W"), given("b"), given("dLdW"), given("dLdb")
v_W_before, v_b_before = given("v_W"), given("v_b")


class Layer(SimpleNamespace):
    """What an optimizer sees of a layer."""


class GivenModel(SimpleNamespace):
    """What an optimizer sees of a network."""


def probe(SGD, rng, lr=None, momentum=0.0, steps=3, L=2, dtype="float64"):
    widths = [2, 4] + (L - 1) * [3]
    sizes = zip(widths[1:], widths)
    layers = [Layer(W=normal(rng, o, i, dtype=dtype), b=normal(rng, o, 1, dtype=dtype)) for o, i in sizes]
    model = GivenModel(layers=layers)
    optimizer = SGD(model) if lr is None else SGD(model, lr=lr, momentum=momentum)
    yield LR.of(optimizer)
    yield MU.of(optimizer)
    yield size.of(optimizer)
    for i in range(len(layers)):
        yield v_W_start.entry_of(optimizer, i, layer=i)
        yield v_b_start.entry_of(optimizer, i, layer=i)
    for step in range(1, steps + 1):
        for i, layer in enumerate(layers):
            layer.dLdW = normal(rng, *layer.W.shape, dtype=dtype)
            layer.dLdb = normal(rng, *layer.b.shape, dtype=dtype)
            for quantity in (W_before, b_before, dLdW, dLdb):
                yield quantity.of(layer, layer=i)
            for quantity in (v_W_before, v_b_before):
                yield quantity.entry_of(optimizer, i, layer=i)
        optimizer.step()
        for i, layer in enumerate(layers):
            if momentum:
                yield v_W.entry_of(optimizer, i, layer=i, step=step)
                yield v_b.entry_of(optimizer, i, layer=i, step=step)
            yield W.of(layer, layer=i, step=step)
            yield b.of(layer, layer=i, step=step)


TOO_EARLY = Symptom(
    "gradient too early", "AttributeError", "'Layer' object has no attribute '(dLd[Wb])'",
    "A layer has its {0} only once backward has run; __init__ comes before that. What has the same shape?",
    "__init__",
)  # fmt: skip
COPIES = Symptom(
    "attribute not kept", "AttributeError", "'Layer' object has no attribute '(dLd[Wb])'",
    "After backward the model's own layers have {0}. Are these the same objects, or copies?",
    "step",
)  # fmt: skip

CONTRACTS = {
    "SGD": Contract(
        probe,
        (LR, MU, size, v_W_start, v_b_start, v_W, v_b, W, b),
        cases=(
            {},
            {"lr": 0.05, "momentum": 0.9},
            {"lr": 0.2},
            {"lr": 0.05, "momentum": 0.9, **FLOAT32},
            {"lr": 0.3, "momentum": 0.5, "steps": 2, "L": 3},
            {"lr": 0.2, "momentum": 0.6, "steps": 2, "L": 1},  # a block of objects is no list here
        ),
        symptoms=(TOO_EARLY, COPIES),
    )
}
