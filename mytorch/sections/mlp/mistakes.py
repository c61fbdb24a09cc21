"""How chains of layers go wrong. A wrong chain is computed by autograd with the mistake planted in it."""

import numpy as np

from mytorch.check.mistakes import Context, Mistake, accumulated, any_values, anything, reference_beside

from .contract import A0, LAYERS, A, F, W, b, dLdA, dLdb, dLdW

reference = reference_beside(__package__)


def _depth(c: Context) -> int:
    return len(c[LAYERS])


def _chain(c: Context, activations, slopes=None, upstream=None):
    """Output and gradients of the first len(activations) layers."""
    weights, biases = (c.by_layer(quantity)[: len(activations)] for quantity in (W, b))
    return reference().mlp(
        c[A0], weights, biases, c[dLdA] if upstream is None else upstream, activations, slopes
    )


# --- the lists ----------------------------------------------------------------------------------------------


def _sizes(shapes: np.ndarray) -> str:
    """2 → 3 → 2, or each layer's own where one layer's output is not the next one's input."""
    shapes = np.clip(np.nan_to_num(shapes), -1e9, 1e9).astype(int).tolist()  # of a hostile trace
    if all(before[0] == after[1] for before, after in zip(shapes, shapes[1:])):
        return " → ".join(map(str, [shapes[0][1], *(out for out, _ in shapes)])) if shapes else "empty"
    return ", ".join(f"{into} → {out}" for out, into in shapes)


def _wrong_number(c: Context) -> np.ndarray | None:
    return c.actual if len(c.actual) != _depth(c) and c.actual.shape[1:] == (2,) else None


def _swapped_sizes(c: Context) -> np.ndarray | None:
    return c.actual if np.array_equal(c.actual, c.expected[:, ::-1]) else None


def _yours(words: str):
    return lambda c: f"{words} Yours: {_sizes(c.actual)}; expected: {_sizes(c.expected)}."


def _repeated(c: Context) -> np.ndarray | None:
    return c.actual if len(np.unique(c.actual)) < np.size(c.actual) else None


LISTS = (
    Mistake(
        "number of layers",
        LAYERS,
        _wrong_number,
        _yours("the number of layers differs."),
        "A network with h hidden layers has h + 1 layers.",
    ),
    Mistake(
        "in and out swapped",
        LAYERS,
        _swapped_sizes,
        _yours("inputs and outputs have changed places."),
        "In which order does Linear take its two sizes?",
    ),
    Mistake(
        "layer sizes",
        LAYERS,
        any_values,
        _yours("the sizes differ."),
        "Count the neurons of each column in the figure, bias units left out.",
    ),
    Mistake(
        "shared activation",
        F,
        _repeated,
        "the same object stands in it more than once.",
        "Each remembers the A of its own layer: make one for each.",
    ),
    Mistake(
        "number of activations",
        F,
        anything,
        lambda c: f"it has length {np.size(c.actual)}, layers has length {_depth(c)}.",
        "Each layer has an activation of its own, the last one too.",
    ),
)

# --- forward ------------------------------------------------------------------------------------------------


def _output(cause: str, activations, headline: str, hint: str = "") -> Mistake:
    """``activations`` gives the names for a depth."""
    return Mistake(cause, A, lambda c: _chain(c, activations(_depth(c)))[0], headline, hint)


def _ends_early(left_out: int) -> Mistake:
    def compute(c: Context):
        depth = _depth(c) - left_out
        if depth < 1:
            return None
        return _chain(c, ["ReLU"] * depth, upstream=np.zeros((c.N, len(c.by_layer(b)[depth - 1]))))[0]

    layers = "layer has" if left_out == 1 else f"{left_out} layers have"
    return Mistake(
        "ends early",
        A,
        compute,
        f"the last {layers} not been run.",
        "How often does the loop turn, and where does return stand?",
    )


def _activations_first(c: Context) -> np.ndarray:
    weights, biases = c.by_layer(W), c.by_layer(b)
    activations = ["ReLU"] * (len(weights) - 1) + ["Identity"]
    upstream = np.zeros((c.N, len(biases[-1])))
    return reference().mlp(np.maximum(c[A0], 0), weights, biases, upstream, activations)[0]


FORWARD = (
    _output(
        "activation missing",
        lambda d: ["Identity"] * d,
        "no activation function is applied.",
        "eq. 28 follows eq. 27 at every layer.",
    ),
    _output(
        "activation missing",
        lambda d: ["ReLU"] * (d - 1) + ["Identity"],
        "the last layer's activation is missing.",
        "In this course's MLPs the last layer, too, has its ReLU.",
    ),
    _output(
        "activation missing",
        lambda d: ["Identity"] * (d - 1) + ["ReLU"],
        "only the last layer's activation is applied.",
        "eq. 28 follows eq. 27 at every layer.",
    ),
    _output(
        "wrong activation", lambda d: ["Sigmoid"] * d, "the activations are Sigmoid; they should be ReLU."
    ),
    _output("wrong activation", lambda d: ["Tanh"] * d, "the activations are Tanh; they should be ReLU."),
    Mistake(
        "other layers",
        A,
        lambda c: 0 * c.expected,
        "it is zero, as from layers that still have their starting values.",
        "Does forward run the very objects that stand in self.layers?",
    ),
    *(_ends_early(left_out) for left_out in (1, 2, 3, 4)),
    Mistake(
        "activation first",
        A,
        _activations_first,
        "each activation comes before its layer.",
        "Eq. 27 comes before eq. 28: which does A go through first?",
    ),
)

# --- backward -----------------------------------------------------------------------------------------------


def _gradient(cause: str, headline: str, hint: str, slopes=None, upstream=None) -> Mistake:
    """A wrong dLdW, which comes before dLdb. ``slopes`` is a function of the depth, ``upstream`` of the
    context.
    """

    def compute(c: Context) -> np.ndarray:
        planted = slopes(_depth(c)) if slopes else None
        gradients = _chain(c, ["ReLU"] * _depth(c), planted, upstream(c) if upstream else None)[1]
        return gradients[c.layer][0]

    return Mistake(cause, dLdW, compute, headline, hint)


def _of_reversed_layers(c: Context) -> np.ndarray:
    """dLdW of the layer that has this place when the list is turned round."""
    gradients = _chain(c, ["ReLU"] * _depth(c))[1]
    return gradients[_depth(c) - 1 - c.layer][0]


def _one(A):
    return 1.0


EVERY_LAYER = "eq. 30 multiplies with the derivative of this layer's activation, at every layer."

BACKWARD = (
    _gradient(
        "dAdZ missing",
        "the gradient is not multiplied with dAdZ.",
        EVERY_LAYER,
        slopes=lambda depth: {i: _one for i in range(depth)},
    ),
    _gradient(
        "dAdZ missing",
        "dAdZ is used at the last layer only.",
        EVERY_LAYER,
        slopes=lambda depth: {i: _one for i in range(depth - 1)},
    ),
    _gradient(
        "A for dAdZ",
        "the gradient is multiplied with A, not with its derivative.",
        "Which method of an activation returns dAdZ?",
        slopes=lambda depth: {i: lambda A: A for i in range(depth)},
    ),
    _gradient(
        "dLdA ignored",
        "dLdA has no part in it.",
        "eq. 30 has two factors.",
        upstream=lambda c: np.ones_like(c[dLdA]),
    ),
    Mistake(
        "list reversed",
        dLdW,
        _of_reversed_layers,
        "after backward, layers stands the other way round.",
        "reverse() turns the list itself round; reversed(…) and [::-1] leave it as it is.",
    ),
    accumulated(dLdW),
    accumulated(dLdb),
)

MLP = (*LISTS, *FORWARD, *BACKWARD)
MISTAKES = {"MLP0": MLP, "MLP1": MLP, "MLP4": MLP}

# What the class report says: "31 of 120 …". {q} is the quantity.
SENTENCES = {
    "number of layers": "had the wrong number of layers in {q}",
    "in and out swapped": "swapped inputs and outputs in {q}",
    "layer sizes": "had wrong sizes in {q}",
    "shared activation": "shared one activation object among layers in {q}",
    "number of activations": "had the wrong number of activations in {q}",
    "activation missing": "left out activations in {q}",
    "wrong activation": "used another activation than ReLU in {q}",
    "activation first": "applied each activation before its layer in {q}",
    "other layers": "ran other layers than those in self.layers for {q}",
    "ends early": "ended the loop over layers too early in {q}",
    "dAdZ missing": "forgot to multiply with dAdZ in {q}",
    "A for dAdZ": "multiplied with A in place of dAdZ in {q}",
    "dLdA ignored": "ignored dLdA in {q}",
    "list reversed": "turned the list of layers itself round in backward",
    "forward not run": "ran backward on a layer or activation whose forward had not run",
    "forward order": "came to another layer or activation before the first layer's forward had run",
    "backward order": "came to another layer or activation before the last layer's backward had run",
    "A not passed on": "did not pass A on from layer to layer",
    "dLdA not passed on": "did not pass dLdA on from layer to layer",
}
