"""How stochastic gradient descent goes wrong, with and without momentum."""

from types import SimpleNamespace

import numpy as np

from mytorch.check.contract import Quantity
from mytorch.check.mistakes import Context, Mistake, any_number, any_values, passed_or_default

from .contract import (
    LR,
    MU,
    W,
    W_before,
    b,
    b_before,
    dLdb,
    dLdW,
    size,
    v_b,
    v_b_before,
    v_b_start,
    v_W,
    v_W_before,
    v_W_start,
)

TERMS = "Compare with eqs. 46 and 47, term by term."
RATE = "In this course lr enters only when W and b move (eqs. 48, 49)."


# The quantities of eqs. 44-49 for W and for b: value and velocity before the step, gradient, and the velocity
# after it.
BEFORE = {W: (W_before, v_W_before, dLdW, v_W), b: (b_before, v_b_before, dLdb, v_b)}


def _step(c: Context, parameter: Quantity) -> SimpleNamespace:
    value, velocity, gradient, after = BEFORE[parameter]
    before = {"value": c[value], "velocity": c[velocity], "gradient": c[gradient]}
    return SimpleNamespace(**before, direction=c[after] if c[MU] else c[gradient], mu=c[MU], lr=c[LR])


def _times(value: np.ndarray, of: np.ndarray) -> float:
    """The number by which ``of`` is scaled in the value, if it is."""
    return float(np.vdot(of, value) / np.vdot(of, of))


def _numbers(parameter: Quantity) -> tuple[Mistake, ...]:
    """A number, right in one case, where mu or lr belongs."""

    def mu(c: Context) -> float:
        step = _step(c, parameter)
        return _times(c.actual - step.gradient, step.velocity)

    def lr(c: Context) -> float:
        step = _step(c, parameter)
        return _times(step.value - c.actual, step.direction)

    def velocity(c: Context) -> np.ndarray:
        step = _step(c, parameter)
        return mu(c) * step.velocity + step.gradient

    def value(c: Context) -> np.ndarray:
        step = _step(c, parameter)
        return step.value - lr(c) * step.direction

    return (
        Mistake(
            "another mu",
            BEFORE[parameter][3],
            velocity,
            lambda c: f"the old velocity is scaled by {mu(c):g}, and mu is {c[MU].item():g}.",
            "Is it self.mu, as it was passed, that scales it?",
        ),
        Mistake(
            "another lr",
            parameter,
            value,
            lambda c: f"it moves by {lr(c):g} times what it follows, and lr is {c[LR].item():g}.",
            "Is it self.lr, as it was passed, that scales it?",
        ),
    )


def _velocity_mistakes(parameter: Quantity) -> tuple[Mistake, ...]:
    def velocity(cause, formula, headline, hint=TERMS):
        return Mistake(cause, BEFORE[parameter][3], lambda c: formula(_step(c, parameter)), headline, hint)

    return (
        velocity(
            "velocity never stored",
            lambda s: s.velocity,
            "it has not moved.",
            "Is the new velocity assigned to its entry of the list?",
        ),
        velocity(
            "velocity ignored", lambda s: s.gradient, "it is the gradient alone; the old velocity is lost."
        ),
        velocity("mu missing", lambda s: s.velocity + s.gradient, "the old velocity is not scaled by mu."),
        velocity(
            "mu on the wrong term",
            lambda s: s.velocity + s.mu * s.gradient,
            "mu scales the gradient; it belongs to the old velocity alone.",
        ),
        velocity(
            "old velocity twice",
            lambda s: (1 + s.mu) * s.velocity + s.gradient,
            "the old velocity stands in it twice, once whole and once scaled by mu.",
            "+= keeps what is there.",
        ),
        velocity(
            "lr in the velocity",
            lambda s: s.mu * s.velocity + s.lr * s.gradient,
            "the learning rate is inside it already.",
            RATE,
        ),
        velocity(
            "lr in the velocity",
            lambda s: s.mu * s.velocity - s.lr * s.gradient,
            "the learning rate is inside it already, and the minus.",
            RATE,
        ),
        velocity(
            "lr for mu",
            lambda s: s.lr * s.velocity + s.gradient,
            "the old velocity is scaled by lr; it should be mu.",
        ),
        velocity(
            "dampening",
            lambda s: s.mu * s.velocity + (1 - s.mu) * s.gradient,
            "the gradient is scaled by 1 - mu.",
            "That is another convention; eq. 46 takes the whole gradient.",
        ),
        velocity(
            "sign",
            lambda s: s.mu * s.velocity - s.gradient,
            "the gradient is subtracted.",
            "eqs. 46 and 47 add it; the minus comes in eqs. 48 and 49.",
        ),
        velocity("sign", lambda s: s.gradient - s.mu * s.velocity, "the old velocity is subtracted."),
    )


def _update_mistakes(parameter: Quantity) -> tuple[Mistake, ...]:
    def update(cause, formula, headline, hint=""):
        return Mistake(cause, parameter, lambda c: formula(_step(c, parameter)), headline, hint)

    return (
        update(
            "not updated",
            lambda s: None if s.mu else s.value,
            "it has not changed.",
            "Is the result assigned back to the layer, and for every layer?",
        ),
        update(
            "not updated",
            lambda s: s.value if s.mu else None,
            "it has not changed.",
            "Is the result assigned back to the layer? And does the velocity move first?",
        ),
        update(
            "velocity ignored",
            lambda s: s.value - s.lr * s.gradient,
            "it follows the gradient; with momentum it follows the velocity.",
            "eqs. 48 and 49 hold when mu is not 0.",
        ),
        update("lr missing", lambda s: s.value - s.direction, "the learning rate is missing."),
        update("lr twice", lambda s: s.value - s.lr**2 * s.direction, "the learning rate is applied twice."),
        update("divided by lr", lambda s: s.value - s.direction / s.lr, "it divides by the learning rate."),
        update(
            "sign",
            lambda s: s.value + s.lr * s.direction,
            "it climbs, so its sign is wrong.",
            "The gradient points to where the loss grows.",
        ),
        update(
            "old value lost",
            lambda s: -s.lr * s.direction,
            "the old value is lost.",
            "The step is subtracted from the old value.",
        ),
        update(
            "old value lost",
            lambda s: s.lr * s.direction,
            "it is the step itself; the old value is lost.",
            "The step is subtracted from the old value.",
        ),
        update(
            "nesterov",
            lambda s: s.value - s.lr * (s.gradient + s.mu * s.direction),
            "this is Nesterov's step.",
            "eqs. 48 and 49 use the velocity alone.",
        ),
        update(
            "two steps",
            lambda s: s.value - 2 * s.lr * s.direction,
            "it moves twice as far as it should.",
            "Is each update made once in a step, and lr used as it is?",
        ),
        update(
            "mu twice",
            lambda s: s.value - s.lr * s.mu * s.direction,
            "mu scales the velocity once more.",
            "mu enters in eqs. 46 and 47 only.",
        ),
    )


MISTAKES_OF_SGD = (
    Mistake(
        "argument ignored",
        (LR, MU),
        any_number,
        passed_or_default,
        "Compare __init__ with the skeleton: lr=0.1, momentum=0, both kept.",
    ),
    Mistake(
        "number of layers",
        size,
        any_number,
        lambda c: f"it is {c.actual.item():g}, and model.layers has {c.expected.item():g} entries.",
    ),
    Mistake(
        "initial values",
        (v_W_start, v_b_start),
        any_values,
        "it should be zero everywhere.",
        "Nothing has moved yet.",
    ),
    *_velocity_mistakes(W),
    *_velocity_mistakes(b),
    *_update_mistakes(W),
    *_update_mistakes(b),
    *_numbers(W),
    *_numbers(b),
)

MISTAKES = {"SGD": MISTAKES_OF_SGD}

# What the class report says: "31 of 120 …". {q} is the quantity.
SENTENCES = {
    "velocity never stored": "did not store the new velocity in {q}",
    "velocity ignored": "ignored the old velocity in {q}",
    "mu missing": "did not scale the old velocity by mu in {q}",
    "mu on the wrong term": "scaled the gradient, not the velocity, by mu in {q}",
    "mu twice": "used mu twice in {q}",
    "old velocity twice": "had the old velocity twice in {q}",
    "lr in the velocity": "put the learning rate into {q}",
    "lr for mu": "used lr in place of mu in {q}",
    "another mu": "scaled the old velocity by another number than mu in {q}",
    "another lr": "moved by another number than lr in {q}",
    "dampening": "scaled the gradient by 1 - mu in {q}",
    "not updated": "did not update {q}",
    "lr missing": "forgot the learning rate in {q}",
    "lr twice": "used the learning rate twice in {q}",
    "divided by lr": "divided by the learning rate in {q}",
    "old value lost": "lost the old value in {q}",
    "nesterov": "took Nesterov's step in {q}",
    "two steps": "took two steps in one in {q}",
    "gradient too early": "read a layer's gradient before backward has run, on the way to {q}",
}
