"""Wrong classes of the losses, with the causes to be named."""

import numpy as np
from support.implementations import wrong, wrong_beside

ENTROPY = """
def forward(self, A, Y):
    self.A, self.Y = A, Y
    N, C = A.shape
    self.softmax = {softmax}
    H = {H}
    return {L}
"""
SOFTMAX = "np.exp(A) / np.sum(np.exp(A), axis=1, keepdims=True)"


def _entropy(softmax=SOFTMAX, H="-Y * np.log(self.softmax)", L="np.sum(H) / N") -> dict:
    return {"forward": ENTROPY.format(softmax=softmax, H=H, L=L)}


def _slope(formula: str) -> dict[str, str]:
    return {"self.softmax - self.Y": formula}


WRONG = [
    *wrong(
        "MSELoss",
        ("no ½", "factor 2", {"(2 * N * C)": "(N * C)"}),
        ("the input less Y", "different", {"SE = (A - Y) ** 2": "A -= Y\n        SE = A**2"}),
        ("np.mean", "factor 2", {"L = SSE / (2 * N * C)": "L = np.mean(SE)"}),
        ("neither N nor C", "sum for mean", {"SSE / (2 * N * C)": "SSE / 2"}),
        ("a bare sum", "sum for mean", {"SSE / (2 * N * C)": "SSE"}),
        ("no N", "missing 1/N", {"(2 * N * C)": "(2 * C)"}),
        ("C as a number", "fixed size", {"(2 * N * C)": "(2 * N * 3)"}),
        (
            "C as a number in the slope",
            "fixed size",
            {"(self.A - self.Y) / (N * C)": "(self.A - self.Y) / (len(self.A) * 3)"},
        ),
        ("no C", "missing 1/C", {"(2 * N * C)": "(2 * N)"}),
        ("no C and no ½", "missing 1/C and factor 2", {"(2 * N * C)": "N"}),
        ("N once more", "extra 1/N", {"(2 * N * C)": "(2 * N * N * C)"}),
        ("C once more", "extra 1/C", {"(2 * N * C)": "(2 * N * C * C)"}),
        ("averaged twice", "extra 1/(NC)", {"np.sum(SE)": "np.mean(SE)"}),
        (
            "averaged twice, no ½",
            "extra 1/(NC) and factor 2",
            {"np.sum(SE)": "np.mean(SE)", "2 * N * C": "N * C"},
        ),
        ("¼", "factor 1/2", {"2 * N * C": "4 * N * C"}),
        ("denominator without brackets", "brackets", {"SSE / (2 * N * C)": "SSE / 2 * N * C"}),
        ("half a denominator in brackets", "brackets", {"SSE / (2 * N * C)": "SSE / (2 * N) * C"}),
        ("denominator without brackets, no ½", "brackets and factor 2", {"SSE / (2 * N * C)": "SSE / N * C"}),
        ("absolute value", "square missing", {"(A - Y) ** 2": "np.abs(A - Y)"}),
        ("mean absolute error", "square missing", {"(A - Y) ** 2": "np.abs(A - Y)", "2 * N * C": "N * C"}),
        ("not squared", "square missing", {"(A - Y) ** 2": "(A - Y)"}),
        ("not squared, no ½", "square missing", {"(A - Y) ** 2": "(A - Y)", "2 * N * C": "N * C"}),
        ("times 2 for square", "different | square missing | factor", {"(A - Y) ** 2": "(A - Y) * 2"}),
        ("only Y squared", "brackets", {"(A - Y) ** 2": "A - Y**2"}),
        ("difference of squares", "square of the wrong thing", {"(A - Y) ** 2": "A**2 - Y**2"}),
        ("root", "root", {"return L": "return np.sqrt(L)"}),
        ("root of the mean square", "root", {"return L": "return np.sqrt(2 * L)"}),
        ("matrix product", "matrix product", {"(A - Y) ** 2": "(A - Y) @ (A - Y).T"}),
        ("matrix product of columns", "matrix product", {"(A - Y) ** 2": "(A - Y).T @ (A - Y)"}),
        ("negative", "sign", {"return L": "return -L"}),
        ("one loss a sample", "not reduced", {"np.sum(SE)": "np.sum(SE, axis=1)"}),
        ("not summed", "not reduced", {"np.sum(SE)": "SE"}),
        ("L forgotten", "returns None", {"        return L\n": ""}),
        ("L as text", "wrong type", {"return L": "return f'{L:.3f}'"}),
        ("A not kept", "missing attribute", {"        self.A = A\n": ""}),
        ("Y not kept", "missing attribute", {"        self.Y = Y\n": ""}),
        (
            "A and Y change places",
            "another quantity",
            {"self.A = A": "self.A = Y", "self.Y = Y": "self.Y = A"},
        ),
        ("one argument", "arguments", {"forward(self, A, Y)": "forward(self, A)"}),
        ("Y the wrong way round", "shapes do not fit", {"(A - Y) ** 2": "(A - Y.T) ** 2"}),
        ("N undefined", "undefined name", {"        N, C = A.shape\n": ""}),
        ("N, C unpacked from one", "unpacking", {"N, C = A.shape\n": "N, C = A.shape[0]\n"}),
        ("Y - A", "sign", {"(self.A - self.Y) / (N * C)": "(self.Y - self.A) / (N * C)"}),
        (
            "the first gradient kept",
            "stale",
            {},
            {
                "backward": """
            def backward(self):
                self.dLdA = getattr(self, "dLdA", (self.A - self.Y) / self.A.size)
                return self.dLdA
        """
            },
        ),
        ("dLdA a bare difference", "missing 1/(NC)", {"(self.A - self.Y) / (N * C)": "self.A - self.Y"}),
        ("dLdA twice", "factor 2", {"(self.A - self.Y) / (N * C)": "2 * (self.A - self.Y) / (N * C)"}),
        ("dLdA half", "factor 1/2", {"(self.A - self.Y) / (N * C)": "(self.A - self.Y) / (2 * N * C)"}),
        ("dLdA without N", "missing 1/N", {"(self.A - self.Y) / (N * C)": "(self.A - self.Y) / C"}),
        ("dLdA without C", "missing 1/C", {"(self.A - self.Y) / (N * C)": "(self.A - self.Y) / N"}),
        (
            "dLdA without C, twice",
            "missing 1/C and factor 2",
            {"(self.A - self.Y) / (N * C)": "2 * (self.A - self.Y) / N"},
        ),
        ("dLdA without brackets", "brackets", {"/ (N * C)": "/ N * C"}),
        ("dLdA twice, negative", "factor 2 and sign", {"(self.A - self.Y)": "2 * (self.Y - self.A)"}),
        (
            "dLdA half the sum",
            "missing 1/(NC) and factor 2",
            {"(self.A - self.Y) / (N * C)": "2 * (self.A - self.Y)"},
        ),
        (
            "difference without brackets",
            "different",
            {"(self.A - self.Y) / (N * C)": "self.A - self.Y / (N * C)"},
        ),
        ("A + Y", "sum for difference", {"self.A - self.Y": "self.A + self.Y"}),
        ("still squared", "not differentiated", {"(self.A - self.Y) /": "(self.A - self.Y) ** 2 /"}),
        ("sum over the batch", "reduced too far", {"return dLdA": "return dLdA.sum(axis=0)"}),
        ("dLdA a single number", "reduced too far", {"return dLdA": "return dLdA.mean()"}),
        (
            "loss's own method as number",
            "not callable | wrong operand | exception",
            {"N, C = self.A.shape": "N, C = self.A.shape()"},
        ),
        ("2 (N + C) for 2 N C", "different", {"SSE / (2 * N * C)": "SSE / (2 * (N + C))"}),
    ),
    *wrong(
        "CrossEntropyLoss",
        ("softmax along the columns", "softmax axis", {}, _entropy("np.exp(A) / np.sum(np.exp(A), axis=0)")),
        ("softmax over everything", "softmax axis", {}, _entropy("np.exp(A) / np.sum(np.exp(A))")),
        (
            "softmax without keepdims",
            "shapes do not fit",
            {},
            _entropy("np.exp(A) / np.sum(np.exp(A), axis=1)"),
        ),
        ("not divided by the sum", "softmax missing", {}, _entropy("np.exp(A)")),
        ("C as a number", "shapes do not fit", {"np.ones((C, 1))": "np.ones((3, 1))"}),
        ("no softmax", "NaN or inf", {}, _entropy("A")),
        ("not exponentiated", "NaN or inf", {}, _entropy("A / np.sum(A, axis=1, keepdims=True)")),
        (
            "softmax twice",
            "softmax twice",
            {},
            _entropy(H=f"-Y * np.log({SOFTMAX.replace('A', 'self.softmax')})"),
        ),
        (
            "exp(-A)",
            "sign in the exponent",
            {},
            _entropy("np.exp(-A) / np.sum(np.exp(-A), axis=1, keepdims=True)"),
        ),
        (
            "shifted by columns",
            "shift by columns",
            {},
            _entropy("np.exp(A - A.max(axis=0)) / np.sum(np.exp(A - A.max(axis=0)), axis=1, keepdims=True)"),
        ),
        (
            "brackets in the softmax",
            "different",
            {},
            _entropy("np.exp(A) / np.sum(np.exp(A)) * np.ones((N, 1)) + A * 0 + 0.1"),
        ),
        ("no log", "log missing", {}, _entropy(H="-Y * self.softmax")),
        ("log10", "log base", {}, _entropy(H="-Y * np.log10(self.softmax)")),
        ("log2", "log base", {}, _entropy(H="-Y * np.log2(self.softmax)")),
        ("math.log", "one number for an array", {}, _entropy(H="-Y * math.log(self.softmax)")),
        ("no minus", "sign", {}, _entropy(H="Y * np.log(self.softmax)")),
        ("A and Y change roles", "NaN or inf", {}, _entropy(H="-self.softmax * np.log(Y)")),
        (
            "labels by argmax",
            "Y as one-hot",
            {},
            _entropy(H="-np.log(self.softmax)[range(N), Y.argmax(axis=1)]"),
        ),
        (
            "labels by argmax in backward",
            "Y as one-hot",
            _slope("self.softmax - np.eye(self.Y.shape[1])[self.Y.argmax(axis=1)]"),
        ),
        ("Y left out", "Y missing", {}, _entropy(H="-np.log(self.softmax)")),
        (
            "binary cross-entropy",
            "binary cross-entropy",
            {},
            _entropy(H="-Y * np.log(self.softmax) - (1 - Y) * np.log(1 - self.softmax)"),
        ),
        ("matrix product", "shapes do not fit", {}, _entropy(H="-Y @ np.log(self.softmax)")),
        ("matrix product, transposed", "matrix product", {}, _entropy(H="-Y @ np.log(self.softmax).T")),
        ("sum for mean", "missing 1/N", {}, _entropy(L="np.sum(H)")),
        ("mean over all entries", "extra 1/C", {}, _entropy(L="np.mean(H)")),
        ("divided by C", "missing 1/N and extra 1/C", {}, _entropy(L="np.sum(H) / C")),
        ("divided by N twice", "extra 1/N", {}, _entropy(L="np.mean(np.sum(H, axis=1)) / N")),
        (
            "Y taken for class numbers",
            "index not whole",
            {},
            _entropy(L="-np.mean(np.log(self.softmax[np.arange(N), Y]))"),
        ),
        ("halved", "factor 1/2", {}, _entropy(L="np.sum(H) / (2 * N)")),
        ("one loss a sample", "not reduced", {}, _entropy(L="np.sum(H, axis=1)")),
        ("the column not summed", "not reduced", {}, _entropy(L="H @ np.ones((C, 1))")),
        ("a single sample", "different", {}, _entropy(L="np.sum(H[0])")),
        ("returns None", "returns None", {}, _entropy(L="None")),
        ("softmax not kept", "attribute not kept", {"self.softmax = np": "softmax = np"}),
        (
            "A overwritten by the softmax",
            "different | another quantity",
            {"return L": "self.A = self.softmax\n        return L"},
        ),
        ("Y not kept", "missing attribute", {"        self.Y = Y\n": ""}),
        ("gradient divided by N", "extra 1/N", _slope("(self.softmax - self.Y) / self.A.shape[0]")),
        ("gradient divided by N and C", "extra 1/(NC)", _slope("(self.softmax - self.Y) / self.A.size")),
        ("Y - softmax", "sign", _slope("self.Y - self.softmax")),
        ("A - Y", "softmax missing", _slope("self.A - self.Y")),
        ("exp(A) - Y", "softmax missing", _slope("np.exp(self.A) - self.Y")),
        (
            "softmax along the columns in backward",
            "softmax axis",
            _slope("np.exp(self.A) / np.sum(np.exp(self.A), axis=0) - self.Y"),
        ),
        (
            "softmax over everything in backward",
            "softmax axis",
            _slope("np.exp(self.A) / np.sum(np.exp(self.A)) - self.Y"),
        ),
        (
            "softmax twice in backward",
            "softmax twice",
            _slope("np.exp(self.softmax) / np.sum(np.exp(self.softmax), axis=1, keepdims=True) - self.Y"),
        ),
        ("Y left out of backward", "Y missing", _slope("self.softmax")),
        ("softmax + Y", "sum for difference", _slope("self.softmax + self.Y")),
        ("log softmax - Y", "log for softmax", _slope("np.log(self.softmax) - self.Y")),
        ("-Y / softmax", "derivative of the log only", _slope("-self.Y / self.softmax")),
        ("softmax kept under another name", "attribute not kept", _slope("self.soft_max - self.Y")),
        ("the loss returned", "undefined name | reduced too far", {"return dLdA": "return L"}),
        ("backward with arguments", "arguments", {"def backward(self)": "def backward(self, A, Y)"}),
        (
            "summed over the classes",
            "reduced too far | shape | missing axis | wrong axis",
            {"return dLdA": "return dLdA.sum(axis=1)"},
        ),
        ("the scores themselves for the logarithms", "softmax missing", {"-Y * log_softmax": "-Y * A"}),
        (
            "along the columns and with a plus",
            "different",
            {
                "shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))": (
                    "shifted + np.log(np.sum(np.exp(shifted), axis=0, keepdims=True))"
                )
            },
        ),
    ),
]

# As in the notebook's cell with the numbers of the picture.
NOTEBOOK = {
    "A": np.array([[-4.0, -3.0], [-2.0, -1.0], [0.0, 1.0], [2.0, 3.0]]),
    "Y": np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
}
OUTSIDE = "name of the notebook"

WRONG += wrong_beside(
    "MSELoss",
    NOTEBOOK,
    ("A and Y of the notebook", OUTSIDE, {"(self.A - self.Y) / (N * C)": "(A - Y) / self.A.size"}),
    ("Y of the notebook", OUTSIDE, {"self.A - self.Y": "self.A - Y"}),
    ("the shape of the notebook's A", OUTSIDE, {"self.A.shape": "A.shape"}),
)
WRONG += wrong_beside(
    "CrossEntropyLoss",
    NOTEBOOK | {"softmax": np.full((4, 2), 0.5)},
    ("Y of the notebook", OUTSIDE, {"self.softmax - self.Y": "self.softmax - Y"}),
    ("softmax of the notebook", OUTSIDE, {"self.softmax - self.Y": "softmax - self.Y"}),
)

# Causes that the course promises to name.
PROMISED = {"sum for mean", "softmax axis", "softmax missing"}

# Whose line must be said: messages about them were once untrue or of no use.
SHOWN = {
    "2 (N + C) for 2 N C",
    "the input less Y",
    "the scores themselves for the logarithms",
    "along the columns and with a plus",
}
