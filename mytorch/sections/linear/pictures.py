"""The notebook's pictures of the linear layer."""

import numpy as np

from mytorch.drawing import WIDTH, Matrix, Sign, canvas, number, row, text
from mytorch.style import COLORS, NOTE

A = np.array([[-4, -3], [-2, -1], [0, 1], [2, 3]])  # also the Z of the activation examples
W = np.array([[-2, -1], [0, 1], [2, 3]])
b = np.array([[-1], [0], [1]])


def linear_by_numbers():
    """The linear layer by numbers: A (4 x 2) times W transposed, plus a column of ones times b transposed, is
    Z.
    """
    ax = canvas(300)
    ones = np.ones((len(A), 1))
    Z = A @ W.T + ones @ b.T
    first = ((0, 0),)
    row(
        ax, 130,
        Matrix(A, "A", COLORS["A"], marked=((0, 0), (0, 1))), Sign(r"\cdot"),
        Matrix(W.T, r"W^{\!\top}", COLORS["W"], marked=((0, 0), (1, 0))), Sign("+"),
        Matrix(ones, r"\iota", NOTE, marked=first), Sign(r"\cdot"),
        Matrix(b.T, r"b^{\!\!\top}", COLORS["b"], marked=first), Sign("="),
        Matrix(Z, "Z", COLORS["Z"], 50, marked=first),
    )  # fmt: skip
    products = " + ".join(f"({number(a)})·({number(w)})" for a, w in zip(A[0], W[0]))
    marked = f"{products} + 1·({number(b[0, 0])}) = {number(Z[0, 0])}"
    text(ax, WIDTH / 2, 268, f"The marked entry:  {marked}", weight="bold")
    return ax


FIGURES = (linear_by_numbers,)
