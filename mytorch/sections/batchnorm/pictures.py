"""The notebook's pictures of batch normalization."""

import numpy as np

from mytorch.drawing import Matrix, Step, arrow, canvas, node, row, stage, text
from mytorch.style import COLORS, NOTE

BATCH = np.array([[1, 4], [7, 0], [1, 0], [7, 4]])  # what batch norm normalizes
BW = np.array([[2, 5]])
BB = np.array([[-1, 2]])
EPS = 1e-8


def batchnorm_topology():
    """Batch norm: Z is normalized to NZ with the batch's mean M and variance V, then scaled by BW and shifted
    by Bb to BZ. In training M and V also update the running values; in inference the running values take
    their place.
    """
    ax = canvas(318)
    top, middle = 90, 238
    for x, y, name, kind, above, note in (
        (52, middle, "Z", "Z", "", "N × C"),
        (412, middle, "NZ", "Z", r"$\hat{Z}$", "N × C"),
        (748, middle, "BZ", "Z", r"$\tilde{Z}$", "N × C"),
        (546, top, "BW", "W", r"$\gamma$", ""),
        (634, top, "Bb", "b", r"$\beta$", ""),
    ):
        node(ax, x, y, name, kind, note)
        text(ax, x, y - 46, above, 15, COLORS[kind])
    stage(ax, 232, middle, 190, "normalize", r"$(Z - M)\,/\,\sqrt{V + \epsilon}$")
    stage(ax, 590, middle, 176, "scale, shift", r"$BW \odot NZ + Bb$")
    stage(ax, 118, top, 176, "M, V", "of the batch, 1 × C", COLORS["Y"])
    stage(ax, 386, top, 206, "running_M, running_V", "averages, 1 × C", COLORS["Y"])
    text(ax, 718, top, "learned,\n1 × C", 14, NOTE)
    batchnorm_arrows(ax, top, middle)
    return ax


def batchnorm_arrows(ax, top, middle):
    for left, right in ((84, 133), (331, 378), (446, 498), (682, 714)):
        arrow(ax, (left, middle), (right, middle))
    arrow(ax, (60, middle - 34), (78, top + 40))
    arrow(ax, (210, top), (279, top), COLORS["Y"])
    arrow(ax, (546, top + 34), (566, middle - 38), COLORS["W"])
    arrow(ax, (634, top + 34), (614, middle - 38), COLORS["b"])
    arrow(ax, (150, top + 39), (200, middle - 38))
    arrow(ax, (340, top + 39), (274, middle - 38), ls="--")
    text(ax, 244, top - 16, "update", 14, NOTE)
    text(ax, 164, 164, "training", 14, NOTE, ha="right")
    text(ax, 324, 164, "inference", 14, NOTE, ha="left")


def batchnorm_by_numbers():
    """Batch norm by numbers: Z less its column means M, over the root of variances V, is NZ; times BW plus
    Bb, BZ.
    """
    ax = canvas(306)
    M, V = BATCH.mean(axis=0, keepdims=True), BATCH.var(axis=0, keepdims=True)
    NZ = (BATCH - M) / np.sqrt(V + EPS)
    _, first, _, second, _ = row(
        ax, 136,
        Matrix(BATCH, "Z", COLORS["Z"]), Step("normalize", r"$(Z - M)\,/\,\sqrt{V + \epsilon}$", 216),
        Matrix(NZ, r"NZ = \hat{Z}", COLORS["Z"]), Step("scale, shift", r"$BW \odot NZ + Bb$", 216),
        Matrix(BW * NZ + BB, r"BZ = \tilde{Z}", COLORS["Z"]),
    )  # fmt: skip
    for x, values, name, kind in (
        (first - 50, M, "M", "Y"),
        (first + 50, V, "V", "Y"),
        (second - 50, BW, "BW", "W"),
        (second + 50, BB, "Bb", "b"),
    ):
        matrix = Matrix(values, name, COLORS[kind], 40)
        matrix.draw(ax, x - matrix.width / 2, 238)
    return ax


def batchnorm_paths():
    """The paths from one sample Z_i to the loss: straight into its own NZ_i; through the mean M and through
    the variance V into the NZ of every sample. M also stands in V, where its part is zero.
    """
    ax = canvas(372)
    middle, mean, variance = 186, 62, 310
    for x, y, name, kind, note in (
        (64, middle, "Z_i", "Z", "one sample"),
        (520, middle, r"\hat{Z}", "Z", "all samples"),
        (740, middle, "L", "L", "one number"),
    ):
        node(ax, x, y, name, kind, note)
    stage(ax, 292, mean, 130, "mean M", "of the batch", COLORS["Y"])
    stage(ax, 292, variance, 130, "variance V", "of the batch", COLORS["Y"])
    arrow(ax, (97, middle), (486, middle), COLORS["Z"], 2.4)
    arrow(ax, (554, middle), (706, middle), COLORS["L"], 2.4)
    for y in (mean, variance):
        towards = 26 if y < middle else -26
        arrow(ax, (90, middle - towards), (224, y), COLORS["Y"], 2.0)
        arrow(ax, (360, y), (494, middle - towards), COLORS["Y"], 2.0)
    arrow(ax, (292, mean + 37), (292, variance - 37), NOTE, ls="--")
    words = (
        (196, middle - 14, "1  directly", NOTE, "center"),
        (418, middle - 14, "into its own row", NOTE, "center"),
        (150, 92, "3  through M", NOTE, "right"),
        (150, 284, "2  through V", NOTE, "right"),
        (436, 84, "eqs. 63 to 65", NOTE, "left"),
        (436, 292, "eqs. 61 and 62", NOTE, "left"),
        (302, middle + 24, "adds up to 0", NOTE, "left"),
        (630, middle - 14, "what arrives", NOTE, "center"),
    )
    for x, y, said, color, side in words:
        text(ax, x, y, said, 14, color, ha=side)
    return ax


FIGURES = (batchnorm_topology, batchnorm_by_numbers, batchnorm_paths)
