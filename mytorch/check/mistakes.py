"""Known mistakes, component by component: what a wrong line would have computed.

Each mistake computes, from the oracle's values, the number that a student's code has if it contains just that mistake.
``tests/wrong_implementations.py`` holds a bank of wrong classes that validates this catalogue.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .trace import Entry


class Context:
    """The oracle's values up to the one that differs; ``context["A"]`` is the latest value of that quantity."""

    def __init__(self, entries: list[Entry]):
        self._entries = entries
        self.expected = entries[-1]

    def __getitem__(self, quantity: str) -> np.ndarray:
        return self.all(quantity)[-1]

    def all(self, quantity: str) -> list[np.ndarray]:
        """Every value of the quantity so far, oldest first."""
        return [entry.value for entry in self._entries if entry.quantity == quantity]

    def same_layer(self, quantity: str) -> list[np.ndarray]:
        """As ``all``, for the layer that the expected value belongs to."""
        layer = self.expected.when.split(" after ")[0].removeprefix("of ")
        named = [e.value for e in self._entries if e.quantity == f"{quantity}, {layer}"]
        return named or [e.value for e in self._entries if e.quantity == quantity and layer in e.when]

    @property
    def batch_shape(self) -> tuple[int, int]:
        """(N, C) of the latest batch that the probe handed in."""
        for entry in reversed(self._entries):
            if entry.given and entry.quantity in BATCHES:
                return entry.value.shape
        return (1, 1)


BATCHES = ("A_in", "A0", "Z", "Z_in")


@dataclass(frozen=True)
class Mistake:
    cause: str
    quantities: tuple[str, ...]
    compute: Callable
    headline: str
    hint: str

    def value(self, context: Context):
        """The wrong value, or None where the mistake does not apply."""
        try:
            with np.errstate(all="ignore"):
                return self.compute(context)
        except (IndexError, KeyError, ValueError):  # this case lacks a value or a shape the mistake needs
            return None


def _mistake(cause: str, quantities: str, compute: Callable, headline: str, hint: str = "") -> Mistake:
    return Mistake(cause, tuple(quantities.split(", ")), compute, headline, hint)


# --- Linear -------------------------------------------------------------------------------------------------------


def _accumulated(name: str) -> Callable:
    return lambda c: c.all(name)[-1] + c.all(name)[-2]


LINEAR = (
    _mistake("missing bias", "Z", lambda c: c["A_in"] @ c["W"].T, "the bias is missing.", "What does the second term of eq. 1 add?"),
    _mistake("bias subtracted", "Z", lambda c: 2 * c["A_in"] @ c["W"].T - c["Z"], "the bias is subtracted."),
    _mistake(
        "accumulates", "dLdW", _accumulated("dLdW"), "it adds up over calls of backward.", "Each call starts afresh: assign, don't add."
    ),
    _mistake(
        "accumulates", "dLdb", _accumulated("dLdb"), "it adds up over calls of backward.", "Each call starts afresh: assign, don't add."
    ),
)


# --- activation functions -----------------------------------------------------------------------------------------


def _derivative_of_A(name: str) -> Mistake:
    return _mistake(
        "derivative of A",
        "dAdZ",
        lambda c: _oracles().derivative(name, c["A"]),
        "the function is applied a second time, to A.",
        "A already is f(Z): the derivative needs no further exponential.",
    )


FROM_Z = "it is computed from Z where the formula has A."
FROM_Z_HINT = "forward keeps A for this very purpose."

SIGMOID = (
    _mistake("sign in the exponent", "A", lambda c: 1 - c["A"], "the exponent has the wrong sign.", "eq. 8 has e to the power of -Z."),
    _mistake("wrong function", "A", lambda c: np.tanh(c["Z"]), "this is Tanh's value, not Sigmoid's."),
    _mistake("derivative from Z", "dAdZ", lambda c: c["Z"] - c["Z"] ** 2, FROM_Z, FROM_Z_HINT),
    _mistake("derivative from Z", "dAdZ", lambda c: c["Z"] * (1 + c["Z"]), FROM_Z, FROM_Z_HINT),
    _mistake("wrong function", "dAdZ", lambda c: 1 - c["A"] ** 2, "this is Tanh's derivative.", "eq. 11 is Sigmoid's."),
    _mistake("missing factor", "dAdZ", lambda c: 1 - c["A"], "a factor A is missing.", "Compare with eq. 11 in both its terms."),
    _mistake("sign", "dAdZ", lambda c: c["A"] + c["A"] ** 2, "the second term has the wrong sign."),
    _derivative_of_A("Sigmoid"),
)

TANH = (
    _mistake("wrong function", "A", lambda c: (1 + c["A"]) / 2, "this is Sigmoid of 2Z, not Tanh."),
    _mistake("wrong function", "A", lambda c: _oracles().Sigmoid().forward(c["Z"]), "this is Sigmoid's value, not Tanh's."),
    _mistake("sign in the exponent", "A", lambda c: -c["A"], "the sign is wrong.", "Which exponential comes first in the numerator of eq. 14?"),
    _mistake("derivative from Z", "dAdZ", lambda c: 1 - c["Z"] ** 2, FROM_Z, FROM_Z_HINT),
    _mistake("missing square", "dAdZ", lambda c: 1 - c["A"], "a square is missing.", "The hint above eq. 16 has tanh squared."),
    _mistake("wrong function", "dAdZ", lambda c: c["A"] - c["A"] ** 2, "this is Sigmoid's derivative, with Tanh's A."),
    _mistake("sign", "dAdZ", lambda c: 1 + c["A"] ** 2, "the second term has the wrong sign."),
    _mistake("missing 1 -", "dAdZ", lambda c: c["A"] ** 2, "only the square is there.", "What is it subtracted from?"),
    _derivative_of_A("Tanh"),
)

RELU = (
    _mistake("wrong function", "A", lambda c: np.abs(c["Z"]), "negative values become positive instead of 0."),
    _mistake("wrong function", "A", lambda c: c["Z"], "it returns Z unchanged: negative values should become 0."),
    _mistake("max over the array", "A", lambda c: np.max(c["Z"]), "it is one number, the largest of all.", "np.max and np.amax reduce; which function compares entry by entry?"),
    _mistake("wrong function", "A", lambda c: c["Z"] - c["A"], "it keeps the negative values instead of the positive ones."),
    _mistake("0 or 1", "A", lambda c: (c["Z"] > 0) * 1.0, "it is 1 where it should be Z.", "This is the derivative's value."),
    _mistake("ReLU derivative at 0", "dAdZ", lambda c: (c["Z"] >= 0) * 1.0, "it is 1 where A is 0.", "Which case of eq. 20 does A = 0 belong to?"),
    _mistake("ReLU derivative at 0", "dAdZ", lambda c: ((c["Z"] > 0) + 0.5 * (c["Z"] == 0)), "it is ½ where A is 0.", "Which case of eq. 20 does A = 0 belong to?"),
    _mistake("ReLU derivative at 0", "dAdZ", lambda c: np.ones_like(c["Z"]), "it is 1 everywhere, also where A is 0.", "Which case of eq. 20 does A = 0 belong to?"),
    _mistake("sign", "dAdZ", lambda c: np.sign(c["Z"]), "it is -1 where Z is negative.", "How does a flat line change when Z moves?"),
    _mistake("returns A", "dAdZ", lambda c: c["A"], "it is A itself, not the slope.", "How steep is the line to the right of 0?"),
)


# --- multilayer perceptrons ---------------------------------------------------------------------------------------


def _depth(c: Context) -> int:
    return len(c["layers"])


def _chain(c: Context, activations, pass_through=()):
    depth = _depth(c)
    weights, biases = [c[f"W{i}"] for i in range(depth)], [c[f"b{i}"] for i in range(depth)]
    return _oracles().mlp(c["A0"], weights, biases, c["dLdA"], activations(depth), pass_through(depth) if pass_through else ())


def _output(activations) -> Callable:
    return lambda c: _chain(c, activations)[0]


def _layer_gradient(which: int, pass_through) -> Callable:
    """dLdW (0) or dLdb (1) of the layer in question, with dAdZ left out of some layers."""

    def compute(c: Context):
        layer = int(c.expected.when.split("[")[1].split("]")[0])
        return _chain(c, lambda depth: ["ReLU"] * depth, pass_through)[1][layer][which]

    return compute


def _without_dAdZ(pass_through, headline: str) -> tuple[Mistake, ...]:
    hint = "eq. 30 multiplies with the derivative of this layer's activation, at every layer."
    return tuple(
        _mistake("dAdZ missing", name, _layer_gradient(which, pass_through), headline, hint)
        for which, name in enumerate(("dLdW", "dLdb"))
    )


MLP = (
    _mistake("activation missing", "A", _output(lambda d: ["Identity"] * d), "no activation function is applied.", "eq. 28 follows eq. 27 at every layer."),
    _mistake("activation missing", "A", _output(lambda d: ["ReLU"] * (d - 1) + ["Identity"]), "the last layer's activation is missing.", "In this course's MLPs the last layer, too, has its ReLU."),
    _mistake("wrong function", "A", _output(lambda d: ["Sigmoid"] * d), "the activations are Sigmoid; they should be ReLU."),
    _mistake("wrong function", "A", _output(lambda d: ["Tanh"] * d), "the activations are Tanh; they should be ReLU."),
    *_without_dAdZ(lambda d: range(d), "the gradient is not multiplied with dAdZ."),
    *_without_dAdZ(lambda d: [d - 1], "the last layer's dAdZ is left out."),
    *_without_dAdZ(lambda d: range(d - 1), "dAdZ is used at the last layer only."),
)


# --- losses -------------------------------------------------------------------------------------------------------


def _entry_sum(c: Context, function) -> float:
    return float(np.sum(function(c["A_in"] - c["Y_in"])))


def _cross_entropy(c: Context, probabilities) -> float:
    return float(-np.sum(c["Y_in"] * np.log(probabilities)) / len(probabilities))


SOFTMAX_AXIS = "softmax runs along the wrong axis."
SOFTMAX_AXIS_HINT = "Each row is one sample: its C probabilities add up to 1."

MSE = (
    _mistake("sum for mean", "L", lambda c: _entry_sum(c, np.square), "it is the sum of the squares, neither averaged nor halved."),
    _mistake("sum for mean", "L", lambda c: _entry_sum(c, np.square) / 2, "it is half the sum of the squares, not averaged."),
    _mistake("square missing", "L", lambda c: _entry_sum(c, np.abs) / (2 * c["A_in"].size), "it takes absolute values where eq. 32 squares."),
    _mistake("square missing", "L", lambda c: _entry_sum(c, np.asarray) / (2 * c["A_in"].size), "the differences are not squared."),
    _mistake("root", "L", lambda c: np.sqrt(2 * c["L"]), "it is the root of the mean square.", "There is no root in eq. 34."),
    _mistake("sum for difference", "dLdA", lambda c: (c["A_in"] + c["Y_in"]) / c["A_in"].size, "A and Y are added instead of subtracted."),
)

CROSS_ENTROPY = (
    _mistake("softmax axis", "L", lambda c: _cross_entropy(c, _oracles().softmax(c["A_in"], 0)), SOFTMAX_AXIS, SOFTMAX_AXIS_HINT),
    _mistake("softmax axis", "L", lambda c: _cross_entropy(c, _oracles().softmax(c["A_in"], None)), "softmax divides by the sum of the whole matrix.", SOFTMAX_AXIS_HINT),
    _mistake("softmax axis", "dLdA", lambda c: _oracles().softmax(c["A_in"], 0) - c["Y_in"], SOFTMAX_AXIS, SOFTMAX_AXIS_HINT),
    _mistake("softmax axis", "dLdA", lambda c: _oracles().softmax(c["A_in"], None) - c["Y_in"], "softmax divides by the sum of the whole matrix.", SOFTMAX_AXIS_HINT),
    _mistake("softmax missing", "L", lambda c: -np.sum(c["Y_in"] * c["A_in"]) / len(c["A_in"]), "the exponentials are not divided by their row sum.", "eq. 37 has a denominator."),
    _mistake("log missing", "L", lambda c: -np.sum(c["Y_in"] * _oracles().softmax(c["A_in"], 1)) / len(c["A_in"]), "the logarithm is missing.", "Compare with eq. 39."),
    _mistake("log base", "L", lambda c: c["L"] / np.log(2), "the logarithm has base 2; eq. 39 has the natural one."),
    _mistake("log base", "L", lambda c: c["L"] / np.log(10), "the logarithm has base 10; eq. 39 has the natural one."),
    _mistake("softmax missing", "dLdA", lambda c: c["A_in"] - c["Y_in"], "softmax is missing: it is A - Y.", "eq. 43 subtracts Y from the probabilities, not from A."),
    _mistake("Y missing", "dLdA", lambda c: _oracles().softmax(c["A_in"], 1), "Y is not subtracted."),
)


# --- SGD ----------------------------------------------------------------------------------------------------------


def _gradient(c: Context, name: str) -> np.ndarray:
    return c.same_layer(f"dLd{name} before")[-1]


def _before(c: Context, name: str) -> np.ndarray:
    return c.same_layer(f"{name} before")[-1]


def _velocity(c: Context, name: str) -> np.ndarray:
    """The velocity before this step: the one after the step before, zeros at first."""
    velocities = c.same_layer(f"v_{name}")
    seen = len(velocities) - (c.expected.quantity == f"v_{name}")
    return velocities[seen - 1] if seen else np.zeros_like(_before(c, name))


def _velocity_mistakes(name: str) -> tuple[Mistake, ...]:
    def velocity(cause, formula, headline, hint="Compare with eqs. 46 and 47, term by term."):
        return _mistake(cause, f"v_{name}", lambda c: formula(_velocity(c, name), _gradient(c, name), c["mu"], c["lr"]), headline, hint)

    return (
        velocity("velocity never stored", lambda v, g, mu, lr: v, "it has not moved.", "Is the new velocity assigned to its entry of the list?"),
        velocity("velocity ignored", lambda v, g, mu, lr: g, "it is the gradient alone; the old velocity is lost."),
        velocity("mu missing", lambda v, g, mu, lr: v + g, "the old velocity is not scaled by mu."),
        velocity("mu on the gradient", lambda v, g, mu, lr: v + mu * g, "mu scales the gradient; it belongs to the old velocity."),
        velocity("mu on the gradient", lambda v, g, mu, lr: mu * (v + g), "mu scales both terms; it belongs to the old velocity."),
        velocity("lr in the velocity", lambda v, g, mu, lr: mu * v + lr * g, "the learning rate is already inside.", "In this course lr enters only when W and b move (eqs. 48, 49)."),
        velocity("lr in the velocity", lambda v, g, mu, lr: mu * v - lr * g, "the learning rate is already inside, and the sign.", "In this course lr enters only when W and b move (eqs. 48, 49)."),
        velocity("dampening", lambda v, g, mu, lr: mu * v + (1 - mu) * g, "the gradient is scaled by 1 - mu.", "That is another convention; eq. 46 takes the whole gradient."),
        velocity("sign", lambda v, g, mu, lr: mu * v - g, "the gradient is subtracted; eq. 46 adds it."),
    )


def _update_mistakes(name: str) -> tuple[Mistake, ...]:
    def update(cause, formula, headline, hint=""):
        return _mistake(
            cause,
            name,
            lambda c: formula(_before(c, name), _gradient(c, name), c.same_layer(f"v_{name}")[-1] if c["mu"] else 0, c["mu"], c["lr"]),
            headline,
            hint,
        )

    return (
        update("not updated", lambda W, g, v, mu, lr: W, "it has not changed.", "Is the result assigned back to the layer?"),
        update("velocity ignored", lambda W, g, v, mu, lr: W - lr * g, "it follows the gradient; with momentum it follows the velocity.", "eqs. 48 and 49 hold when mu is not 0."),
        update("lr ignored", lambda W, g, v, mu, lr: W - (v if mu else g), "the learning rate is missing."),
        update("sign", lambda W, g, v, mu, lr: W + lr * (v if mu else g), "it climbs: the sign is wrong.", "The gradient points to where the loss grows."),
        update("replaced", lambda W, g, v, mu, lr: -lr * (v if mu else g), "the old value is lost.", "The step is subtracted from the old value."),
        update("nesterov", lambda W, g, v, mu, lr: W - lr * (g + mu * v), "this is Nesterov's step; eq. 48 uses the velocity alone."),
        update("lr twice", lambda W, g, v, mu, lr: W - lr * lr * (v if mu else g), "the learning rate is applied twice."),
    )


# --- batch normalization ------------------------------------------------------------------------------------------


def _centred(c: Context) -> np.ndarray:
    return c["Z_in"] - np.mean(c["Z_in"], axis=0)


def _scaled(c: Context, NZ: np.ndarray) -> np.ndarray:
    return c["BW"] * NZ + c["Bb"]


def _unbiased(c: Context) -> np.ndarray:
    return c["V"] * len(c["Z_in"]) / (len(c["Z_in"]) - 1)


def _running_mistakes(running: str, batch: str) -> tuple[Mistake, ...]:
    def mistake(cause, formula, headline, hint=""):
        return _mistake(cause, running, lambda c: formula(c[f"{running} before"], c[batch], c["alpha"]), headline, hint)

    return (
        mistake("alpha swapped", lambda old, new, a: (1 - a) * old + a * new, "alpha and 1 - alpha are swapped.", "Which of the two keeps most of the old average?"),
        mistake("not updated", lambda old, new, a: old, "it has not moved.", "forward updates it while training."),
        mistake("average missing", lambda old, new, a: new, "it is this batch's value; the old average is lost."),
        mistake("1 - alpha missing", lambda old, new, a: a * old + new, "the batch's value is not scaled by 1 - alpha."),
        mistake("alpha missing", lambda old, new, a: old + (1 - a) * new, "the old average is not scaled by alpha."),
    )


def _eval_with(mean: Callable, variance: Callable) -> Callable:
    return lambda c: _scaled(c, (c["Z_in"] - mean(c)) / np.sqrt(variance(c) + c["eps"]))


def _eval_term(formula: Callable) -> Callable:
    return lambda c: formula(c, c["running_M"], c["running_V"])


def _gradient_terms(*weights: float) -> Callable:
    """dLdZ with each of its three terms (numerator, variance, mean) weighted; the oracle's are all 1."""
    return lambda c: sum(w * term for w, term in zip(weights, _terms(c)))


def _terms(c: Context, BW=None):
    return _oracles().batchnorm_terms(c["Z_in"], c["BW"] if BW is None else BW, c["dLdBZ"], c["eps"])


def _by_N(term: int, power: int) -> Callable:
    """dLdZ with one term N times too large (power 1) or too small (power -1)."""

    def compute(c: Context):
        terms = _terms(c)
        terms[term] = terms[term] * float(len(c["Z_in"])) ** power
        return sum(terms)

    return compute


EVAL_BATCH = "with eval=True it still normalises with the batch's own statistics."
EVAL_HINT = "eqs. 56 and 57 use running_M and running_V."

BATCHNORM = (
    _mistake("unbiased variance", "V", _unbiased, "it divides by N - 1; eq. 51 divides by N."),
    _mistake("std for variance", "V", lambda c: np.sqrt(c["V"]), "it is the standard deviation; eq. 51 is its square."),
    _mistake("not centred", "V", lambda c: np.mean(c["Z_in"] ** 2, axis=0, keepdims=True), "the mean is not subtracted before squaring."),
    _mistake("eps outside the root", "NZ", lambda c: _centred(c) / (np.sqrt(c["V"]) + c["eps"]), "eps is added to the root.", "eq. 52 adds eps to the variance, inside the root."),
    _mistake("eps missing", "NZ", lambda c: _centred(c) / np.sqrt(c["V"]), "eps is missing.", "It shows where the variance is tiny. See eq. 52."),
    _mistake("root missing", "NZ", lambda c: _centred(c) / (c["V"] + c["eps"]), "it divides by the variance, not by its root."),
    _mistake("not centred", "NZ", lambda c: c["Z_in"] / np.sqrt(c["V"] + c["eps"]), "the mean is not subtracted."),
    _mistake("not scaled", "NZ", _centred, "it is centred, but not divided by the standard deviation."),
    _mistake("unbiased variance", "NZ", lambda c: _centred(c) / np.sqrt(_unbiased(c) + c["eps"]), "it is normalised with N - 1; eq. 51 divides by N."),
    _mistake("missing bias", "BZ, BZ kept", lambda c: c["BW"] * c["NZ"], "Bb is not added."),
    _mistake("BW missing", "BZ, BZ kept", lambda c: c["NZ"] + c["Bb"], "BW does not scale it."),
    _mistake("BW missing", "BZ, BZ kept", lambda c: c["NZ"], "it is NZ, neither scaled by BW nor shifted by Bb."),
    _mistake("Z for NZ", "BZ, BZ kept", lambda c: _scaled(c, c["Z_in"]), "it scales Z itself; eq. 53 scales NZ."),
    *_running_mistakes("running_M", "M"),
    *_running_mistakes("running_V", "V"),
    _mistake(
        "unbiased variance",
        "running_V",
        lambda c: c["alpha"] * c["running_V before"] + (1 - c["alpha"]) * _unbiased(c),
        "it averages the variance with N - 1 (PyTorch's convention); eq. 55 takes eq. 51's.",
    ),
    _mistake("NZ missing", "dLdBW", lambda c: np.sum(c["dLdBZ"], axis=0, keepdims=True), "NZ is missing: it is the sum of dLdBZ alone."),
    _mistake("Z for NZ", "dLdBW", lambda c: np.sum(c["dLdBZ"] * c["Z_in"], axis=0, keepdims=True), "it uses Z where eq. 59 has NZ."),
    _mistake("BZ for NZ", "dLdBW", lambda c: np.sum(c["dLdBZ"] * c["BZ"], axis=0, keepdims=True), "it uses BZ where eq. 59 has NZ."),
    _mistake("swapped", "dLdBb", lambda c: np.sum(c["dLdBZ"] * c["NZ"], axis=0, keepdims=True), "it is the gradient of BW; eqs. 58 and 59 are swapped."),
    _mistake("missing term in dLdZ", "dLdZ", _gradient_terms(1, 0, 0), "only the first term of eq. 66 is there.", "M and V depend on Z, too."),
    _mistake("missing term in dLdZ", "dLdZ", _gradient_terms(1, 1, 0), "the term with dLdM is missing.", "eq. 66 has three terms."),
    _mistake("missing term in dLdZ", "dLdZ", _gradient_terms(1, 0, 1), "the term with dLdV is missing.", "eq. 66 has three terms."),
    _mistake("missing term in dLdZ", "dLdZ", _gradient_terms(0, 1, 1), "the first term of eq. 66 is missing."),
    _mistake("sign in dLdZ", "dLdZ", _gradient_terms(1, -1, 1), "the term with dLdV has the wrong sign.", "eq. 62 begins with a minus."),
    _mistake("sign in dLdZ", "dLdZ", _gradient_terms(1, 1, -1), "the term with dLdM has the wrong sign.", "eq. 64 begins with a minus."),
    _mistake("factor in dLdZ", "dLdZ", _gradient_terms(1, 2, 1), "the term with dLdV is twice too large.", "eq. 62 has a ½."),
    _mistake("factor in dLdZ", "dLdZ", _gradient_terms(1, 0.5, 1), "the term with dLdV is half of what it should be.", "eq. 66 has 2/N there."),
    _mistake("1/N in dLdZ", "dLdZ", _by_N(1, 1), "the term with dLdV is N times too large.", "eq. 66 has 2/N there."),
    _mistake("1/N in dLdZ", "dLdZ", _by_N(2, 1), "the term with dLdM is N times too large.", "eq. 66 has 1/N there."),
    _mistake("1/N in dLdZ", "dLdZ", _by_N(1, -1), "the term with dLdV is N times too small.", "Where does eq. 62 sum, where average?"),
    _mistake("1/N in dLdZ", "dLdZ", _by_N(2, -1), "the term with dLdM is N times too small.", "Where does eq. 65 sum, where average?"),
    _mistake("BW missing", "dLdZ", lambda c: sum(_terms(c, np.ones_like(c["BW"]))), "BW is missing on the way back.", "eq. 60 multiplies with γ."),
    _mistake("eval uses batch statistics", "BZ in eval", _eval_with(lambda c: c["Z_in"].mean(0), lambda c: c["Z_in"].var(0)), EVAL_BATCH, EVAL_HINT),
    _mistake("eval uses batch statistics", "BZ in eval", _eval_with(lambda c: c["M"], lambda c: c["V"]), "with eval=True it normalises with the last training batch's M and V.", EVAL_HINT),
    _mistake("eval without scaling", "BZ in eval", _eval_term(lambda c, M, V: (c["Z_in"] - M) / np.sqrt(V + c["eps"])), "neither BW nor Bb is applied.", "eq. 57 is the same as eq. 53."),
    _mistake("root missing", "BZ in eval", _eval_term(lambda c, M, V: _scaled(c, (c["Z_in"] - M) / (V + c["eps"]))), "it divides by the running variance, not by its root."),
    _mistake("eps outside the root", "BZ in eval", _eval_term(lambda c, M, V: _scaled(c, (c["Z_in"] - M) / (np.sqrt(V) + c["eps"]))), "eps is added to the root.", "eq. 56 adds it inside."),
    _mistake("not centred", "BZ in eval", _eval_term(lambda c, M, V: _scaled(c, c["Z_in"] / np.sqrt(V + c["eps"]))), "the running mean is not subtracted."),
)


def _oracles():
    """torch is imported when the first mistake asks for it."""
    from . import oracles

    return oracles


MISTAKES: dict[str, tuple[Mistake, ...]] = {
    "Linear": LINEAR,
    "Sigmoid": SIGMOID,
    "Tanh": TANH,
    "ReLU": RELU,
    "MLP0": MLP,
    "MLP1": MLP,
    "MLP4": MLP,
    "MSELoss": MSE,
    "CrossEntropyLoss": CROSS_ENTROPY,
    "SGD": tuple(m for name in ("W", "b") for m in (*_velocity_mistakes(name), *_update_mistakes(name))),
    "BatchNorm1d": BATCHNORM,
}
