"""The notebook's pictures of losses."""

import numpy as np

from mytorch.drawing import WIDTH, Matrix, Sign, Step, arrow, box, canvas, math, node, number, row, text
from mytorch.style import COLORS, NOTE

from ..linear.pictures import A

Y = np.array([[0, 1], [1, 0], [1, 0], [0, 1]])


def softmax(values):
    powers = np.exp(values)
    return powers / powers.sum(axis=1, keepdims=True)


def loss_topology():
    """A loss takes the model's output A and the target Y, both N x C, and gives one number L; backward gives
    dL/dA.
    """
    ax = canvas(276)
    for (x, y), name, note in (
        ((130, 78), "A", "model output, N × C"),
        ((130, 202), "Y", "desired output, N × C"),
        ((670, 140), "L", "loss value, one number"),
    ):
        node(ax, x, y, name, name, note)
    box(ax, 400, 140, 180, 100, COLORS["L"])
    text(ax, 400, 128, "loss", 19, weight="bold")
    text(ax, 400, 154, "how far is A from Y?", 14, NOTE)
    arrow(ax, (162, 78), (304, 116))
    arrow(ax, (162, 202), (304, 164))
    arrow(ax, (494, 140), (638, 140))
    arrow(ax, (400, 88), (162, 62), COLORS["L"], ls="--", connectionstyle="arc3,rad=0.25")
    math(ax, 300, 34, r"\partial L / \partial A", COLORS["L"], 17)
    text(ax, 350, 34, "backward, N × C", 14, NOTE, ha="left", va="baseline")
    return ax


def cross_entropy_by_numbers():
    """Cross-entropy by numbers: A, its row softmax, targets Y, the cross-entropy H of each row, and their
    mean L.
    """
    ax = canvas(300)
    probabilities = softmax(A)
    H = -(Y * np.log(probabilities)).sum(axis=1, keepdims=True)
    true = tuple(map(tuple, np.argwhere(Y == 1)))
    row(
        ax, 130,
        Matrix(A, "A", COLORS["A"], 36), Step("softmax", "of each row", 104),
        Matrix(probabilities, r"\sigma(A)", COLORS["A"], 58, marked=true), Sign(r"\ ", 20),
        Matrix(Y, "Y", COLORS["Y"], 34, marked=true),
        Step(r"$-Y \odot \log\,\sigma(A)$", "sum of each row", 150),
        Matrix(H, "H", COLORS["L"], 58), Step("mean", "of the rows", 98),
        Matrix(H.mean(axis=0, keepdims=True), "L", COLORS["L"], 60),
    )  # fmt: skip
    logs = ",   ".join(
        f"−log {number(p)} = {number(-np.log(p))}" for p in sorted(set(probabilities[0]), reverse=True)
    )
    text(ax, WIDTH / 2, 268, f"Y picks the marked probabilities:   {logs}", weight="bold")
    return ax


FIGURES = (loss_topology, cross_entropy_by_numbers)
