"""The blanks of equations 2, 16, 18 and 20: a form to fill in that says right or wrong, and why.

An answer is compared by its value: it is evaluated on sample numbers beside the right value, which is computed from
what the blank means (what one unit adds, or the slope of a curve), never from a formula. The mistakes people make are
written down as formulas, and recognised by value too.
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .expressions import Formula, Puzzled, shape_text
from .mode import recording
from .progress import recall, remember


@dataclass(frozen=True)
class Blank:
    """One box of a form: what it asks for, and what to say to an answer."""

    label: str
    samples: tuple[Mapping, ...]  # numbers for the quantities that an answer may use
    right: Callable[[Mapping], np.ndarray]  # sample -> the right value
    praise: str  # for a right answer
    hint: str  # for a wrong answer that none of the mistakes explains
    mistakes: Mapping[str, str]  # a wrong answer -> what is wrong with it
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # a name that does not belong here -> why
    detour: tuple[str, str] = ("", "")  # a name, and what to add if a right answer uses it
    show: bool = True  # may a number of the right value be shown? Not where it is the answer.


@dataclass(frozen=True)
class Equation:
    latex: str  # with the notebooks' macros
    blanks: tuple[Blank, ...]


# Equation 2: Z = A·Wᵀ + ι·bᵀ is linear: each derivative is what one unit of the quantity adds to Z.


def _linear_sample(A, W, b):
    A, W, b = (np.array(entries, dtype=float) for entries in (A, W, b))
    sizes = {"N": A.shape[0], "C_in": A.shape[1], "C_out": W.shape[0]}
    return {
        "A": A,
        "W": W,
        "b": b,
        "Z": A @ W.T + b.T,
        "ι": np.ones((len(A), 1)),
        **{name: np.float64(size) for name, size in sizes.items()},
    }


_draw = np.random.default_rng(2)
LINEAR_SAMPLES = (
    _linear_sample(  # the picture beside equation 1
        A=[[-4, -3], [-2, -1], [0, 1], [2, 3]],
        W=[[-2, -1], [0, 1], [2, 3]],
        b=[[-1], [0], [1]],
    ),
    _linear_sample(A=_draw.normal(size=(7, 5)), W=_draw.normal(size=(6, 5)), b=_draw.normal(size=(6, 1))),
)


def _linear(A, W, b):
    return A @ W.T + b.T


def _added_by_inputs(sample):
    W, b, one_each = sample["W"], sample["b"], np.eye(int(sample["C_in"]))
    return _linear(one_each, W, b) - _linear(0 * one_each, W, b)


def _added_by_weights(sample):
    one_each = np.eye(int(sample["C_in"]))
    return _linear(sample["A"], one_each, np.zeros((len(one_each), 1)))


def _added_by_bias(sample):
    return _linear(sample["A"], np.zeros((1, int(sample["C_in"]))), np.array([[1.0]]))


RULE = {
    "X": "X is a name in the rule; which quantity of equation 1 takes its place?",
    "c": "c is a name in the rule; the answer has to be made of equation 1's own quantities.",
    "L": "The loss does not occur in equation 1; it comes in with equations 3 to 5.",
}

EQUATION_2 = Equation(
    r"\frac{\partial \Z}{\partial \A} = \;? \qquad \frac{\partial \Z}{\partial \W} = \;? \qquad "
    r"\frac{\partial \Z}{\partial \bias} = \;?",
    (
        Blank(
            label="∂Z/∂A =",
            samples=LINEAR_SAMPLES,
            right=_added_by_inputs,
            praise="It takes the place of X in the rule, and its shape is (C_in, C_out), as Table 1 says.",
            hint="For Z = A·X + c, the derivative with respect to A is X. What stands in X's place in equation 1?",
            mistakes={
                "W": "W has shape (C_out, C_in), and Table 1 says (C_in, C_out). "
                "Look again at what stands to the right of A in equation 1.",
                "A": "A is the quantity you differentiate by. The rule gives the other factor of the product.",
                "A.T": "That is the rule's answer for X. Here the derivative is taken with respect to A.",
                "b": "The bias is added after the product: it does not change how Z moves with A.",
                "b.T": "The bias is added after the product: it does not change how Z moves with A.",
                "ι": "The column of ones belongs to the bias: it does not change how Z moves with A.",
            },
            elsewhere=RULE,
        ),
        Blank(
            label="∂Z/∂W =",
            samples=LINEAR_SAMPLES,
            right=_added_by_weights,
            praise="X is Wᵀ here, so the rule's answer for X is transposed once more: shape (N, C_in).",
            hint="The rule answers for X, and X is a transpose here. What does the second rule make of that?",
            mistakes={
                "A.T": "Its shape is (C_in, N), and Table 1 says (N, C_in). You have the derivative with respect to X, "
                "and X is the transpose of W: the second rule speaks of that.",
                "W": "W is the quantity you differentiate by. The rule gives the other factor of the product.",
                "W.T": "That is the factor whose weights you differentiate by. The rule gives the other one.",
                "b": "The bias is added after the product: it does not change how Z moves with W.",
                "b.T": "The bias is added after the product: it does not change how Z moves with W.",
                "ι": "The column of ones belongs to the bias: it does not change how Z moves with W.",
                "A/N": "The average over the batch comes later, in the class. Equation 1 has no N to divide by.",
            },
            elsewhere=RULE,
        ),
        Blank(
            label="∂Z/∂b =",
            samples=LINEAR_SAMPLES,
            right=_added_by_bias,
            praise="One for every sample: a bias moves the outputs of the whole batch by the same amount.",
            hint="In ι·bᵀ, which factor is left when you differentiate by b?",
            mistakes={
                "1": "The value is right and the shape is not: 1 is a single number, and Table 1 says (N, 1). "
                "Equation 1 has a name for what is meant.",
                "ι.T": "That lies on its side: its shape is (1, N), and Table 1 says (N, 1).",
                "ones(N)": "The ones are right. Their shape (N,) has one axis, and Table 1 says (N, 1): "
                "a matrix has two.",
                "ones((1, N))": "That lies on its side: its shape is (1, N), and Table 1 says (N, 1).",
                "ones_like(b)": "The ones are right. There are C_out of them, one for each bias; "
                "Table 1 says (N, 1), one for each sample.",
                "ones_like(Z)": "The ones are right. Table 1 says (N, 1): one column of them, not C_out.",
                "b": "b is the quantity you differentiate by. Its shape is (C_out, 1), and Table 1 says (N, 1).",
                "b.T": "bᵀ is the quantity you differentiate by. What multiplies it in equation 1?",
                "N": "N adds up what is asked for here. The sum over the batch is equation 5's.",
                "ι/N": "The average over the batch comes later, in the class. Equation 1 has no N to divide by.",
                "0": "Zero would mean that Z does not move when the bias does.",
                "0*ι": "Zero would mean that Z does not move when the bias does.",
                "A": "A is not multiplied with b in equation 1, so it does not matter to how Z moves with b.",
                "W": "W is not multiplied with b in equation 1, so it does not matter to how Z moves with b.",
                "W.T": "W is not multiplied with b in equation 1, so it does not matter to how Z moves with b.",
            },
            elsewhere=RULE,
            show=False,
        ),
    ),
)


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
                "1 - tanh(A)": "A already is tanh(Z), so tanh has been applied twice; and the square is missing.",
                "A": "That is tanh itself, not its slope: where the curve is flat, the slope is near 0.",
                "1": "The slope of tanh is 1 at one point only, Z = 0. Elsewhere it is smaller.",
            },
            elsewhere={
                "x": "x is the hint's name for the input. What are tanh's input and output called here?",
                "Y": "Y is the target of a loss. Tanh knows only its input Z and its output A.",
            },
            detour=("Z", "In terms of A it is shorter, and it needs no new exponentials: forward has kept A."),
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
                "A": "That is the height of the curve. Its slope is asked for: is it the same everywhere on the right?",
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
            praise="The curve is flat there. At Z = 0 itself it has a corner and no slope: by convention 0 is taken.",
            hint="How steep is the graph of ReLU left of 0?",
            mistakes={
                "1": "A slope of 1 means rising. Does the graph rise where Z is negative?",
                "Z": "That is what went in. How much does A move when Z moves, left of 0?",
                "-1": "A slope of −1 means falling. Does the graph fall where Z is negative?",
                "1/2": "One half is sometimes taken at the corner, Z = 0. This case also holds all negative Z.",
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

EQUATIONS = {2: EQUATION_2, 16: EQUATION_16, 18: EQUATION_18, 20: EQUATION_20}


def judge_blank(number, index, text):
    """Judge one answer: (True or False, why), or (None, "") if nothing is written yet.

    number: the equation's; index: the blank's place in it, from 0; text: the answer as typed.
    """
    blank = _equation(number).blanks[index]
    if not text.strip():
        return None, ""
    try:
        formula = Formula(text)
        _refuse_names(formula, blank)
        values = [formula.value(sample) for sample in blank.samples]
    except Puzzled as error:
        return False, str(error)
    if _agree(values, [blank.right(sample) for sample in blank.samples]):
        name, remark = blank.detour
        return True, remark if name in formula.names else blank.praise
    return False, _why_wrong(blank, values)


def _equation(number):
    if number not in EQUATIONS:
        *most, last = EQUATIONS
        raise ValueError(f"Equation {number!r} has no blanks; equations {', '.join(map(str, most))} and {last} have.")
    return EQUATIONS[number]


def _refuse_names(formula, blank):
    for name, why in blank.elsewhere.items():
        if name in formula.names:
            raise Puzzled(why)


def _agree(values, others):
    return all(
        value.shape == np.shape(other) and np.allclose(value, other, rtol=1e-6, atol=1e-9)
        for value, other in zip(values, others, strict=True)
    )


def _why_wrong(blank, values):
    for wrong, why in blank.mistakes.items():
        if _agree(values, [Formula(wrong).value(sample) for sample in blank.samples]):
            return why
    return f"{_first_difference(blank, values)}{blank.hint}"


def _first_difference(blank, values):
    """A sentence on the first sample where the answer is off, ending in a space; or nothing if that says too much."""
    for sample, value in zip(blank.samples, values, strict=True):
        target = blank.right(sample)
        if value.shape != np.shape(target):
            return _shape_sentence(value.shape, np.shape(target), sample)
        if not np.all(np.isfinite(value)):
            return "For some numbers that gives no finite value. "
        if not np.allclose(value, target) and blank.show:
            return _worst_entry(sample, value, target)
    return ""


def _shape_sentence(shape, wanted, sample):
    is_now = f"has shape {shape_text(shape, sample)}" if shape else "is a single number"
    what = f"shape {shape_text(wanted, sample)}" if wanted else "a single number"
    return f"That {is_now}, and {what} is wanted. "


def _worst_entry(sample, value, target):
    worst = np.unravel_index(np.argmax(np.abs(value - target)), target.shape)
    if sample["Z"].shape == target.shape:
        place = f"Where Z is {sample['Z'][worst]:g}"
    else:
        place = f"With the picture's numbers, at {[int(index) for index in worst]}"
    return f"{place}, yours is {value[worst]:.4g} and {target[worst]:.4g} is right. "


def blank(number):
    """The form for equation 2, 16, 18 or 20: write an answer, press Enter, and read whether it is right and why.

    Answers are kept between sessions. Nothing is shown while a submission is graded.
    """
    equation = _equation(number)
    if recording():
        return None
    import ipywidgets as widgets

    rows = [_row(number, index, box) for index, box in enumerate(equation.blanks)]
    button = widgets.Button(description="Check", tooltip=f"Check what you wrote for equation {number}")
    button.on_click(lambda _: [judge() for _, judge in rows])
    title = widgets.HTMLMath(f"$${_coloured(equation.latex)} \\tag{{{number}}}$$")
    return widgets.VBox([title, *(row for row, _ in rows), button])


def _row(number, index, box):
    """A text box with its verdict beside it, and the function that judges what stands in it."""
    import ipywidgets as widgets

    key = f"blank {number}.{index}"
    answer = widgets.Text(
        value=recall(key, default=""),
        description=box.label,
        placeholder="your answer, then Enter",
        continuous_update=False,
        style={"description_width": "7em"},
        layout={"width": "24em"},
    )
    verdict = widgets.HTML(layout={"flex": "1 1 20em"})

    def judge(change=None):
        if change:
            remember(key, answer.value)
        verdict.value = _verdict(*judge_blank(number, index, answer.value))

    judge()
    answer.observe(judge, names="value")
    return widgets.HBox([answer, verdict], layout={"flex_flow": "row wrap"}), judge


def _verdict(is_right, why):
    if is_right is None:
        return ""
    mark = "✓ Right." if is_right else "✗ Not yet."
    sentence = re.sub("`(.*?)`", r"<code>\1</code>", html.escape(why))
    return f'<div role="status" style="line-height: 1.4; padding: 4px 0"><b>{mark}</b> {sentence}</div>'


def _coloured(latex):
    """Expand the notebooks' macros, so that the form does not depend on the page around it."""
    from ..explore.style import COLORS

    def coloured(match):
        symbol = "b" if match[1] == "bias" else match[1]
        return rf"\textcolor{{{COLORS[symbol]}}}{{{symbol}}}"

    return re.sub(r"\\(A|Z|W|bias|L|Y)\b", coloured, latex)
