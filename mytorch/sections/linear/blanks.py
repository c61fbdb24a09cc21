"""The blanks of equation 2."""

import numpy as np

from mytorch.blanks import Blank, Equation

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
            hint="For Z = A·X + c, the derivative with respect to A is X. What stands in X's place "
            "in equation 1?",
            mistakes={
                "W": "W has shape (C_out, C_in), and Table 1 says (C_in, C_out). "
                "Look again at what stands to the right of A in equation 1.",
                "A": "A is the quantity you differentiate by. The rule gives the other factor of "
                "the product.",
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
                "A.T": "Its shape is (C_in, N), and Table 1 says (N, C_in). You have the derivative with "
                "respect to X, and X is the transpose of W: the second rule speaks of that.",
                "W": "W is the quantity you differentiate by. The rule gives the other factor of "
                "the product.",
                "W.T": "That is the factor whose weights you differentiate by. The rule gives the other one.",
                "b": "The bias is added after the product: it does not change how Z moves with W.",
                "b.T": "The bias is added after the product: it does not change how Z moves with W.",
                "ι": "The column of ones belongs to the bias: it does not change how Z moves with W.",
                "A/N": "The average over the batch comes later, in the class. Equation 1 has no N "
                "to divide by.",
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
                "1": "The value is right and the shape is not: 1 is a single number, and Table 1 "
                "says (N, 1). Equation 1 has a name for what is meant.",
                "ι.T": "That lies on its side: its shape is (1, N), and Table 1 says (N, 1).",
                "ones(N)": "The ones are right. Their shape (N,) has one axis, and Table 1 says (N, 1): "
                "a matrix has two.",
                "ones((1, N))": "That lies on its side: its shape is (1, N), and Table 1 says (N, 1).",
                "ones_like(b)": "The ones are right. There are C_out of them, one for each bias; "
                "Table 1 says (N, 1), one for each sample.",
                "ones_like(Z)": "The ones are right. Table 1 says (N, 1): one column of them, not C_out.",
                "b": "b is the quantity you differentiate by. Its shape is (C_out, 1), and Table 1 "
                "says (N, 1).",
                "b.T": "bᵀ is the quantity you differentiate by. What multiplies it in equation 1?",
                "N": "N adds up what is asked for here. The sum over the batch is equation 5's.",
                "ι/N": "The average over the batch comes later, in the class. Equation 1 has no N "
                "to divide by.",
                "0": "Zero would mean that Z does not move when the bias does.",
                "0*ι": "Zero would mean that Z does not move when the bias does.",
                "A": "A is not multiplied with b in equation 1, so it does not matter to how Z moves with b.",
                "W": "W is not multiplied with b in equation 1, so it does not matter to how Z moves with b.",
                "W.T": "W is not multiplied with b in equation 1, so it does not matter to how Z "
                "moves with b.",
            },
            elsewhere=RULE,
            show=False,
        ),
    ),
)

EQUATIONS = {2: EQUATION_2}
