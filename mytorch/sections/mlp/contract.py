"""What the multilayer perceptrons promise (eqs. 21-31), and the probe that looks at them."""

import re
from dataclasses import replace

import numpy as np

from mytorch.check.compare import Mismatch
from mytorch.check.contract import (
    FLOAT32,
    Contract,
    Missing,
    Reached,
    Unfit,
    argument,
    batch,
    describe_type,
    given,
    initial,
    kept,
    normal,
    returned,
    step,
)
from mytorch.check.diagnosis.symptoms import Symptom
from mytorch.check.failure import Failure
from mytorch.training import takes_layers

LINEARS, RELUS = "A list of Linear objects alone (f has the activations)", "A list of ReLU objects"

LAYERS = initial(
    "layers", "one (C_out, C_in) a layer", kind=LINEARS, called="layers (shapes of W)", coded=True
)
F = initial("f", "", loose=True, kind=RELUS, called="f (one activation a layer)", coded=True)
W, b = given("W"), given("b")  # of each layer
A0, dLdA = batch("A0"), argument("dLdA")
A = returned("A", by="forward", eq="28", shape="(N, C_l)", called="output A")
dLdZ_i = step("dLdZ_i", by="backward", eq="29-31", shape="(N, C_i)")  # last layer to first
dLdW = kept("dLdW", by="backward", eq="29-31", shape="as W", called="dLdW of each layer", divides=True)
dLdb = kept("dLdb", by="backward", eq="29-31", shape="as b", called="dLdb of each layer", divides=True)


def probe(MLP, rng, N=4, dtype="float64"):
    model = MLP()
    yield LAYERS(_layer_shapes(model))
    yield F(_activations(model))
    yield from _set_weights(model.layers, rng, dtype)
    for turn, n in enumerate((N, N + 1), 1):
        try:
            yield from _through(model, rng, n, turn, dtype)
        except Exception:  # how far the code came tells the diagnosis what stopped it
            for method, attribute in (("forward", "A"), ("backward", "dLdW")):
                yield Reached(
                    method, tuple(i for i, layer in enumerate(model.layers) if hasattr(layer, attribute))
                )
            raise


def _through(model, rng, n, turn, dtype):
    """One batch forward and backward."""
    inputs = rng.uniform(-1.0, 1.5, (n, model.layers[0].W.shape[1])).astype(dtype)
    upstream = normal(rng, n, model.layers[-1].W.shape[0], dtype=dtype)
    yield A0(inputs)
    yield dLdA(upstream)
    yield A(model.forward(inputs), batch=turn)
    count = len(model.layers)
    model.backward(upstream)  # what it returns does not matter
    for i in reversed(range(count)):
        yield _gradient(dLdW, model, i, turn)
        yield _gradient(dLdb, model, i, turn)


def _gradient(quantity, model, i, turn):
    """Of a layer, if backward has left it in its list."""
    if i < len(model.layers):
        return quantity.of(model.layers[i], layer=i, batch=turn)
    left = Unfit(f"not there: after backward, layers has {len(model.layers)} entries")
    return quantity(left, layer=i, batch=turn)


def _layer_shapes(model):
    layers = getattr(model, "layers", Missing(model, "layers"))
    if not isinstance(layers, (list, tuple)):
        return layers if layers is None or isinstance(layers, Missing) else Unfit(describe_type(layers))
    for i, layer in enumerate(layers):
        if np.ndim(getattr(layer, "W", None)) != 2:
            return Unfit(f"a list with {describe_type(layer)} at [{i}]")
    return np.array([np.shape(layer.W) for layer in layers], dtype=float).reshape(-1, 2)


def _activations(model):
    """For each entry of ``f`` the first place at which the same object stands: each must remember its own
    A.
    """
    f = getattr(model, "f", Missing(model, "f"))
    if not isinstance(f, (list, tuple)):
        return f if f is None or isinstance(f, Missing) else Unfit(describe_type(f))
    for i, one in enumerate(f):
        if isinstance(one, type) or not hasattr(one, "forward"):
            return Unfit(f"a list with {describe_type(one)} at [{i}]")
    same = [id(one) for one in f]
    return np.array([same.index(one) for one in same], dtype=float)


def _set_weights(layers, rng, dtype):
    """Units lean to positive and to negative values in turn, so that at every layer ReLU lets some through
    and stops some; others than in the layer before, so that no activation can stand for another. No weight is
    near 0: past a layer that stops everything, any gradient would be right.
    """
    for i, layer in enumerate(layers):
        C_out, C_in = np.shape(layer.W)
        lean = np.where((np.arange(C_out) + i) % 2 == 0, 1, -1)[:, None]
        layer.W = (lean * rng.uniform(0.1, 1.0, (C_out, C_in))).astype(dtype)
        layer.b = (lean * rng.uniform(0.0, 0.4, (C_out, 1))).astype(dtype)
        yield W(layer.W, layer=i)
        yield b(layer.b, layer=i)


def where_the_loop_fails(mismatch: Mismatch, failure: Failure) -> tuple[str, str] | None:
    """In a chain of layers, shapes that do not fit come from the loop: its order, or a result that is not
    handed on.
    """
    ran = mismatch.trace.reached.get(failure.function)
    count = sum(entry.quantity == W for entry in mismatch.before)
    is_first = mismatch.expected.moment.batch == 1  # later ones go through a loop that has proven itself
    of_shapes = failure.kind == "ValueError" and re.search("shape|dimension|aligned", failure.message)
    if not of_shapes or ran is None or count < 2 or not is_first:
        return None
    if failure.function == "forward":
        order, first, which, second = "forward order", 0, "first", 1
        not_passed, result = "A not passed on", "A"
    else:
        order, first, which, second = "backward order", count - 1, "last", count - 2
        not_passed, result = "dLdA not passed on", "dLdA"
    begun = max(ran, default=first) if failure.function == "forward" else first  # where no i tells
    i = failure.integers.get("i", None if "broadcast" in failure.message else begun)
    if first not in ran and i != first:
        begins = f"begins with the {which} layer, layers[{first}], and its activation, f[{first}]"
        not_yet = f"here that layer's {failure.function} has not run yet"
        return order, f"{failure.function} {begins}; {not_yet}."
    if first in ran and i in (second, None):
        hint = f"The first turn went well. Does the second one get the {result} that the first one computed?"
        return not_passed, hint
    return None


NOT_RUN = Symptom(
    "forward not run",
    "AttributeError, RuntimeError",
    "'(?:Linear|ReLU)' object has no attribute '(?:A|N)'|backward was called before its forward",
    "It needs what its own forward keeps. Does your forward call that, on the very object that is here?",
)
WITH_AN_ARGUMENT = Symptom(
    "arguments of a call",
    "TypeError",
    r"ReLU\.backward\(\) takes 1 positional argument",
    "An activation's backward takes nothing and returns dAdZ. Where does dLdA come in, then?",
)

MLP = Contract(
    probe,
    (LAYERS, F, A, dLdW, dLdb),
    cases=({}, {"N": 1}, FLOAT32),
    symptoms=(NOT_RUN, WITH_AN_ARGUMENT),
    explain=where_the_loop_fails,
    steps=(dLdZ_i,),
)


def about_other_layers(MLP4) -> str:
    """Notebook 05 puts others into it."""
    if takes_layers(MLP4(), [3, 5, 4, 6, 5, 2]):
        return ""
    return (
        "build_mlp, in notebook 05, puts other layers into MLP4, and this one does not run them: let forward "
        "and backward use what stands in self.layers and self.f."
    )


CONTRACTS = {"MLP0": MLP, "MLP1": MLP, "MLP4": replace(MLP, remark=about_other_layers)}
