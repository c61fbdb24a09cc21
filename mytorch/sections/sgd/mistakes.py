"""Section 9: stochastic gradient descent, with and without momentum."""

from types import SimpleNamespace

from .catalogue import Context, Mistake, any_number, any_values, passed_or_default

TERMS = "Compare with eqs. 46 and 47, term by term."
RATE = "In this course lr enters only when W and b move (eqs. 48, 49)."


def _step(c: Context, name: str) -> SimpleNamespace:
    """The symbols of eqs. 44-49 for W or for b: value and velocity before the step, gradient, direction of the step."""
    gradient, mu = c[f"dLd{name} before"], c["mu"]
    direction = c[f"v_{name}"] if mu else gradient
    before = {"value": c[f"{name} before"], "velocity": c[f"v_{name} before"], "gradient": gradient}
    return SimpleNamespace(**before, direction=direction, mu=mu, lr=c["lr"])


def _velocity_mistakes(name: str) -> tuple[Mistake, ...]:
    def velocity(cause, formula, headline, hint=TERMS):
        return Mistake(cause, f"v_{name}", lambda c: formula(_step(c, name)), headline, hint)

    return (
        velocity(
            "velocity never stored", lambda s: s.velocity,
            "it has not moved.", "Is the new velocity assigned to its entry of the list?",
        ),
        velocity("velocity ignored", lambda s: s.gradient, "it is the gradient alone; the old velocity is lost."),
        velocity("mu missing", lambda s: s.velocity + s.gradient, "the old velocity is not scaled by mu."),
        velocity(
            "mu on the wrong term", lambda s: s.velocity + s.mu * s.gradient,
            "mu scales the gradient; it belongs to the old velocity alone.",
        ),
        velocity(
            "old velocity twice", lambda s: (1 + s.mu) * s.velocity + s.gradient,
            "the old velocity stands in it twice, once whole and once scaled by mu.", "+= keeps what is there.",
        ),
        velocity(
            "lr in the velocity", lambda s: s.mu * s.velocity + s.lr * s.gradient,
            "the learning rate is inside it already.", RATE,
        ),
        velocity(
            "lr in the velocity", lambda s: s.mu * s.velocity - s.lr * s.gradient,
            "the learning rate is inside it already, and the minus.", RATE,
        ),
        velocity(
            "lr for mu", lambda s: s.lr * s.velocity + s.gradient,
            "the old velocity is scaled by lr; it should be mu.",
        ),
        velocity(
            "dampening", lambda s: s.mu * s.velocity + (1 - s.mu) * s.gradient,
            "the gradient is scaled by 1 - mu.", "That is another convention; eq. 46 takes the whole gradient.",
        ),
        velocity(
            "sign", lambda s: s.mu * s.velocity - s.gradient,
            "the gradient is subtracted.", "eqs. 46 and 47 add it; the minus comes in eqs. 48 and 49.",
        ),
        velocity("sign", lambda s: s.gradient - s.mu * s.velocity, "the old velocity is subtracted."),
    )


def _update_mistakes(name: str) -> tuple[Mistake, ...]:
    def update(cause, formula, headline, hint=""):
        return Mistake(cause, name, lambda c: formula(_step(c, name)), headline, hint)

    return (
        update(
            "not updated", lambda s: None if s.mu else s.value,
            "it has not changed.", "Is the result assigned back to the layer, and for every layer?",
        ),
        update(
            "not updated", lambda s: s.value if s.mu else None,
            "it has not changed.", "Is the result assigned back to the layer? And does the velocity move first?",
        ),
        update(
            "velocity ignored", lambda s: s.value - s.lr * s.gradient,
            "it follows the gradient; with momentum it follows the velocity.", "eqs. 48 and 49 hold when mu is not 0.",
        ),
        update("lr missing", lambda s: s.value - s.direction, "the learning rate is missing."),
        update("lr twice", lambda s: s.value - s.lr**2 * s.direction, "the learning rate is applied twice."),
        update("divided by lr", lambda s: s.value - s.direction / s.lr, "it divides by the learning rate."),
        update(
            "sign", lambda s: s.value + s.lr * s.direction,
            "it climbs, so its sign is wrong.", "The gradient points to where the loss grows.",
        ),
        update(
            "old value lost", lambda s: -s.lr * s.direction,
            "the old value is lost.", "The step is subtracted from the old value.",
        ),
        update(
            "old value lost", lambda s: s.lr * s.direction,
            "it is the step itself; the old value is lost.", "The step is subtracted from the old value.",
        ),
        update(
            "nesterov", lambda s: s.value - s.lr * (s.gradient + s.mu * s.direction),
            "this is Nesterov's step.", "eqs. 48 and 49 use the velocity alone.",
        ),
        update(
            "two steps", lambda s: s.value - 2 * s.lr * s.direction,
            "it moves twice as far as it should.", "Is each update made once in a step, and lr used as it is?",
        ),
        update(
            "mu twice", lambda s: s.value - s.lr * s.mu * s.direction,
            "mu scales the velocity once more.", "mu enters in eqs. 46 and 47 only.",
        ),
    )


SGD = (
    Mistake(
        "argument ignored", "lr, mu",
        any_number, passed_or_default,
        "Compare __init__ with the skeleton: lr=0.1, momentum=0, both kept.",
    ),
    Mistake(
        "number of layers", "L",
        any_number, lambda c: f"it is {c.actual.item():g}, and model.layers has {c.expected.item():g} entries.",
    ),
    Mistake(
        "initial values", "v_W at the start, v_b at the start",
        any_values,
        "it should be zero everywhere.", "Nothing has moved yet.",
    ),
    *_velocity_mistakes("W"), *_velocity_mistakes("b"),
    *_update_mistakes("W"), *_update_mistakes("b"),
)
