"""The blanks of equations 16, 18 and 20."""

import numpy as np

from mytorch.blanks import Blank, Equation

# Equations 16, 18 and 20: a derivative is the slope of the curve.


def _activation_sample(Z, **more):
    Z = np.array(Z, dtype=float)
    N, C = Z.shape
    return {"Z": Z, "ι": np.ones((N, 1)), "N": np.float64(N), "C": np.float64(C), **more}


def _relu(Z):
    return (Z + np.abs(Z)) / 2


def _slope_of_tanh(sample):
    step = 1e-30  # along the imaginary axis a difference quotient is exact
    return np.imag(np.tanh(sample["Z"] + 1j * step)) / step


def _slope_of_relu(sample):
    return _relu(sample["Z"]) - _relu(sample["Z"] - 1)  # on one side of the kink the curve is straight


EXAMPLE = [[-4, -3], [-2, -1], [0, 1], [2, 3]]  # the picture's numbers
OTHER = [[0.3, -0.2, 1.1], [-0.7, 0.9, -1.4], [0.05, 0.6, -0.4], [-2.5, 1.7, 0.8], [1.3, -0.1, 0.5]]
Z_SAMPLES = tuple(_activation_sample(Z) for Z in (EXAMPLE, OTHER))
TANH_SAMPLES = tuple(_activation_sample(Z, A=np.tanh(Z)) for Z in (EXAMPLE, OTHER))


def _entry_samples(*entries):
    """Samples for one entry of Z at a time, as equation 20 has its two cases entry by entry."""
    return tuple({"A": _relu(np.array(Z)), "Z": np.array(Z)} for Z in entries)


EQUATION_16 = Equation(
    r"\frac{d\A}{d\Z} = \;? \qquad \text{in terms of } \A",
    (
        Blank(
            label="dA/dZ =",
            samples=TANH_SAMPLES,
            right=_slope_of_tanh,
            praise="It is made of A alone, which forward has kept: backward needs no new exponentials.",
            hint="Take tanh′(x) = 1 − tanh²(x), and ask what tanh(Z) is called here.",
            mistakes={
                "1 - A": "The square is missing. The hint has tanh², not tanh.",
                "A - A*A": "That is Sigmoid's derivative. Tanh has a different one: see the hint.",
                "A*A": "The square is there. It has to be taken away from something.",
                "1 + A*A": "The sign is wrong: a slope above 1 would make tanh leave its range.",
                "A*A - 1": "The sign is wrong: tanh rises everywhere, so its slope is never negative.",
                "1 - Z*Z": "Z is the input of tanh. The hint squares tanh's output.",
                "1 - Z": "Z is the input of tanh, and the hint squares tanh's output.",
                "1 - 2*A": "A square is A ⊙ A, not 2·A.",
                "-2*A": "You have differentiated once more: the hint already is the derivative.",
                "1 - tanh(A)**2": "A already is tanh(Z), so tanh has been applied twice.",
                "1 - tanh(A)": "A already is tanh(Z), so tanh has been applied twice; and the "
                "square is missing.",
                "A": "That is tanh itself, not its slope: where the curve is flat, the slope is near 0.",
                "1": "The slope of tanh is 1 at one point only, Z = 0. Elsewhere it is smaller.",
            },
            elsewhere={
                "x": "x is the hint's name for the input. What are tanh's input and output called here?",
                "Y": "Y is the target of a loss. Tanh knows only its input Z and its output A.",
            },
            detour=(
                "Z",
                "In terms of A it is shorter, and it needs no new exponentials: forward has kept A.",
            ),
        ),
    ),
)

EQUATION_18 = Equation(
    r"\A = \;?",
    (
        Blank(
            label="A =",
            samples=Z_SAMPLES,
            right=lambda sample: _relu(sample["Z"]),
            praise="What is positive passes, the rest becomes 0. In code, Python's own max fails on arrays; "
            "the hint below equation 20 names functions that work.",
            hint="Look at the graph in Table 2: what comes out where Z is positive, and what elsewhere?",
            mistakes={
                "Z": "That lets everything pass. What does the graph show left of 0?",
                "0": "That lets nothing pass. What does the graph show right of 0?",
                "0*Z": "That lets nothing pass. What does the graph show right of 0?",
                "min(0, Z)": "That keeps the negative half. The graph shows the other one.",
                "max(0, -Z)": "That is ReLU's mirror image: it is flat on the right.",
                "abs(Z)": "That folds the left half up. The graph lies flat there.",
                "where(Z > 0, 1, 0)": "That is 1 wherever Z is positive, whatever its size: a step. "
                "The graph is a ramp.",
                "max(1, Z)": "The graph's flat part lies at another height.",
                "max(Z, 0.01*Z)": "That is the leaky ReLU. This one is quite flat on the left.",
                "max(Z, 0.1*Z)": "That is the leaky ReLU. This one is quite flat on the left.",
                "log(1 + exp(Z))": "That is softplus, a smooth cousin. The graph has a corner.",
                "Z*Z": "The graph is made of two straight pieces, not of a parabola.",
                "tanh(Z)": "That is the activation function of the section before.",
                "1/(1 + exp(-Z))": "That is Sigmoid. ReLU needs no exponential.",
            },
            elsewhere={
                "A": "A is what is being defined. Say it in terms of Z.",
                "relu": "That restates the question: say what ReLU does with Z.",
                "ReLU": "That restates the question: say what ReLU does with Z.",
                "x": "The input of ReLU is called Z here.",
            },
        ),
    ),
)

EQUATION_20 = Equation(
    r"\frac{d\A}{d\Z} = \begin{cases} \;?\,, & \A > 0 \\ \;?\,, & \A \leq 0 \end{cases}",
    (
        Blank(
            label="where A > 0:",
            samples=_entry_samples(1.5, 2.0, 3.25),
            right=_slope_of_relu,
            praise="There the curve is A = Z: it rises one for one.",
            hint="How steep is the graph of ReLU right of 0?",
            mistakes={
                "A": "That is the height of the curve. Its slope is asked for: is it the same everywhere "
                "on the right?",
                "0": "A slope of 0 means flat. Is the graph flat where A is positive?",
                "-1": "The sign is wrong: the graph rises on the right.",
                "1/2": "If Z grows by 1, A grows by more than that.",
                "2*A": "That would be the slope of a parabola. This piece of the graph is straight.",
            },
            show=False,
        ),
        Blank(
            label="where A ≤ 0:",
            samples=_entry_samples(-3.0, -0.5, 0.0),
            right=_slope_of_relu,
            praise="The curve is flat there. At Z = 0 itself it has a corner and no slope: by "
            "convention 0 is taken.",
            hint="How steep is the graph of ReLU left of 0?",
            mistakes={
                "1": "A slope of 1 means rising. Does the graph rise where Z is negative?",
                "Z": "That is what went in. How much does A move when Z moves, left of 0?",
                "-1": "A slope of −1 means falling. Does the graph fall where Z is negative?",
                "1/2": "One half is sometimes taken at the corner, Z = 0. This case also holds "
                "all negative Z.",
                "0.01": "That is the leaky ReLU's slope. This one is quite flat on the left.",
                "0.1": "That is the leaky ReLU's slope. This one is quite flat on the left.",
            },
            elsewhere={
                "undefined": "At the corner, Z = 0, the slope is a matter of convention; "
                "but this case also holds all negative Z, where the curve has one.",
            },
            show=False,
        ),
    ),
)

EQUATIONS = {16: EQUATION_16, 18: EQUATION_18, 20: EQUATION_20}
