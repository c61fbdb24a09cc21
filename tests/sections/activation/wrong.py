"""Wrong classes of the activations, with the causes to be named."""

import numpy as np
from support.implementations import wrong, wrong_beside

WRONG = [
    *wrong(
        "Sigmoid",
        (
            "another numerator",
            "sign in the exponent",
            {"1 / (1 + np.exp(-Z))": "np.exp(-Z) / (1 + np.exp(-Z))"},
        ),
        ("exponent without minus", "sign in the exponent", {"np.exp(-Z)": "np.exp(Z)"}),
        ("brackets", "upside down", {"1 / (1 + np.exp(-Z))": "1 / 1 + np.exp(-Z)"}),
        ("only the denominator", "upside down", {"1 / (1 + np.exp(-Z))": "1 + np.exp(-Z)"}),
        ("tanh", "wrong function", {"1 / (1 + np.exp(-Z))": "np.tanh(Z)"}),
        (
            "softmax",
            "softmax",
            {"1 / (1 + np.exp(-Z))": "np.exp(Z) / np.sum(np.exp(Z), axis=1, keepdims=True)"},
        ),
        ("math.exp", "one number for an array", {"np.exp(-Z)": "math.exp(-Z)"}),
        (
            "changed as broadcast",
            "read-only array",
            {"return self.A\n": "A = np.broadcast_to(self.A, Z.shape)\n        A += 1\n        return A\n"},
        ),
        (
            "a row in one entry",
            "array for an entry",
            {"return self.A\n": "self.A[0, 0] = Z[0]\n        return self.A\n"},
        ),
        ("math for large numbers", "number refused", {"np.exp(-Z)": "math.exp(1000) * Z"}),
        ("a minus between conditions", "yes and no", {"self.A = 1": "self.A = (Z > 0) - (Z < 0) + 1"}),
        ("no room in __slots__", "cannot keep", {"class Sigmoid:": "class Sigmoid:\n    __slots__ = ()"}),
        (
            "columns as a number",
            "shapes do not fit",
            {"1 / (1 + np.exp(-Z))": "np.ones((len(Z), 3)) / (1 + np.exp(-Z))"},
        ),
        (
            "A not kept",
            "missing attribute",
            {
                "self.A = 1 / (1 + np.exp(-Z))\n        return self.A": "A = 1 / (1 + np.exp(-Z))\n    "
                "    return A"
            },
        ),
        (
            "Z kept as A",
            "another quantity",
            {
                "self.A = 1 / (1 + np.exp(-Z))\n        return self.A": "self.A = Z\n        return 1 / (1 "
                "+ np.exp(-Z))"
            },
        ),
        ("forward returns nothing", "returns None", {"        return self.A\n": ""}),
        (
            "derivative from Z",
            "derivative from Z",
            {
                "self.A = 1": "self.Z = Z\n        self.A = 1",
                "self.A - self.A * self.A": "self.Z - self.Z**2",
            },
        ),
        (
            "derivative from Z and A",
            "derivative from Z",
            {
                "self.A = 1": "self.Z = Z\n        self.A = 1",
                "self.A - self.A * self.A": "self.A * (1 - self.Z)",
            },
        ),
        ("A squared", "missing term", {"self.A - self.A * self.A": "self.A * self.A"}),
        ("brackets in the derivative", "brackets", {"self.A - self.A * self.A": "self.A * 1 - self.A"}),
        ("product forgotten", "not callable", {"self.A - self.A * self.A": "self.A(1 - self.A)"}),
        ("1 - A", "missing factor", {"self.A - self.A * self.A": "1 - self.A"}),
        ("A alone", "missing term", {"self.A - self.A * self.A": "self.A"}),
        ("plus", "sign", {"self.A - self.A * self.A": "self.A + self.A * self.A"}),
        ("negative", "sign", {"self.A - self.A * self.A": "self.A * (self.A - 1)"}),
        ("tanh's derivative", "wrong function", {"self.A - self.A * self.A": "1 - self.A**2"}),
        (
            "sigmoid of A",
            "derivative of A",
            {"self.A - self.A * self.A": "1 / (1 + np.exp(-self.A)) * (1 - 1 / (1 + np.exp(-self.A)))"},
        ),
        ("matrix product", "shapes do not fit", {"self.A * self.A": "self.A @ self.A"}),
        (
            "backward with an argument",
            "arguments",
            {"def backward(self)": "def backward(self, dLdA)", "self.A - self.A * self.A": "dLdA * self.A"},
        ),
        ("backward stores only", "returns None", {"        return dAdZ\n": "        self.dAdZ = dAdZ\n"}),
        ("backward averages", "reduced too far", {"return dAdZ": "return np.mean(dAdZ)"}),
        ("backward divides by N", "extra 1/N", {"return dAdZ": "return dAdZ / self.A.shape[0]"}),
        (
            "forward changes the sign of A later",
            "different | factor | sign | another quantity",
            {"return self.A": "A = self.A\n        self.A = -A\n        return A"},
        ),
    ),
    *wrong(
        "Tanh",
        ("sigmoid", "wrong function", {"np.tanh(Z)": "1 / (1 + np.exp(-Z))"}),
        ("tan", "wrong function", {"np.tanh": "np.tan"}),
        (
            "numerator the wrong way round",
            "sign in the exponent",
            {"np.tanh(Z)": "(np.exp(-Z) - np.exp(Z)) / (np.exp(Z) + np.exp(-Z))"},
        ),
        (
            "upside down",
            "upside down | NaN or inf",
            {"np.tanh(Z)": "(np.exp(Z) + np.exp(-Z)) / (np.exp(Z) - np.exp(-Z))"},
        ),
        ("brackets missing", "brackets", {"np.tanh(Z)": "np.exp(Z) - np.exp(-Z) / np.exp(Z) + np.exp(-Z)"}),
        ("half the numerator", "missing denominator", {"np.tanh(Z)": "(np.exp(Z) - np.exp(-Z)) / 2"}),
        ("math.tanh", "one number for an array", {"np.tanh": "math.tanh"}),
        ("columns as a number", "fixed size", {"return self.A": "return self.A[:, :3]"}),
        (
            "A overwritten",
            "different | another quantity",
            {"return self.A": "A = self.A\n        self.A = A**2\n        return A"},
        ),
        (
            "derivative from Z",
            "derivative from Z",
            {"self.A = np": "self.Z = Z\n        self.A = np", "1 - self.A * self.A": "1 - self.Z**2"},
        ),
        ("square missing", "missing square", {"1 - self.A * self.A": "1 - self.A"}),
        (
            "square around the difference",
            "square of the wrong thing",
            {"1 - self.A * self.A": "(1 - self.A) ** 2"},
        ),
        ("plus", "sign", {"1 - self.A * self.A": "1 + self.A * self.A"}),
        ("negative", "sign", {"1 - self.A * self.A": "self.A * self.A - 1"}),
        ("only the square", "missing term", {"1 - self.A * self.A": "self.A * self.A"}),
        ("sigmoid's derivative", "wrong function", {"1 - self.A * self.A": "self.A - self.A * self.A"}),
        ("tanh of A", "derivative of A", {"1 - self.A * self.A": "1 - np.tanh(self.A) ** 2"}),
        ("^ for **", "power", {"self.A * self.A": "self.A ^ 2"}),
    ),
    *wrong(
        "ReLU",
        ("np.max over everything", "max over the array", {"np.maximum(0, Z)": "np.max(Z)"}),
        ("np.max over rows", "max over the array", {"np.maximum(0, Z)": "np.max(Z, 0)"}),
        ("np.amax over columns", "max over the array", {"np.maximum(0, Z)": "np.amax(Z, 1)"}),
        (
            "np.max over columns, axis kept",
            "max over the array",
            {"np.maximum(0, Z)": "np.max(Z, axis=1, keepdims=True)"},
        ),
        ("np.max of two", "max over an axis", {"np.maximum(0, Z)": "np.max(0, Z)"}),
        ("an axis too many", "no such axis", {"np.maximum(0, Z)": "np.max(Z, axis=2)"}),
        ("a range of a shape", "no whole number", {"np.maximum(0, Z)": "[0 for i in range(Z.shape)]"}),
        ("a print with +", "text and number", {"np.maximum(0, Z)": 'print("N = " + Z.shape[0])'}),
        ("Python's max", "truth of an array", {"np.maximum(0, Z)": "max(0, Z)"}),
        ("if", "truth of an array", {"self.A = np.maximum(0, Z)": "self.A = Z if Z > 0 else 0"}),
        ("np.minimum", "wrong function", {"np.maximum": "np.minimum"}),
        ("abs", "wrong function", {"np.maximum(0, Z)": "np.abs(Z)"}),
        ("identity", "wrong function", {"np.maximum(0, Z)": "Z"}),
        ("leaky", "wrong function", {"np.maximum(0, Z)": "np.maximum(0.01 * Z, Z)"}),
        ("0 or 1", "0 or 1", {"np.maximum(0, Z)": "np.where(Z > 0, 1.0, 0.0)"}),
        ("threshold at 1", "different", {"np.maximum(0, Z)": "np.maximum(1, Z)"}),
        (
            "Z kept as A",
            "another quantity",
            {
                "self.A = np.maximum(0, Z)\n        return self.A": "self.A = Z\n        return "
                "np.maximum(0, Z)"
            },
        ),
        (
            "slope 1 at 0",
            "ReLU derivative at 0",
            {"self.A > 0": "self.Z >= 0", "self.A = np": "self.Z = Z\n        self.A = np"},
        ),
        (
            "slope ½ at 0",
            "ReLU derivative at 0",
            {
                "np.where(self.A > 0, 1.0, 0.0)": "(np.sign(self.Z) + 1) / 2",
                "self.A = np": "self.Z = Z\n        self.A = np",
            },
        ),
        ("A >= 0", "ReLU derivative at 0", {"self.A > 0": "self.A >= 0"}),
        ("ones", "ReLU derivative at 0", {"np.where(self.A > 0, 1.0, 0.0)": "np.ones(self.A.shape)"}),
        ("cases swapped", "swapped", {"1.0, 0.0": "0.0, 1.0"}),
        ("A <= 0", "swapped", {"self.A > 0": "self.A <= 0"}),
        (
            "sign of Z",
            "sign",
            {
                "np.where(self.A > 0, 1.0, 0.0)": "np.where(self.Z > 0, 1.0, np.sign(self.Z))",
                "self.A = np": "self.Z = Z\n        self.A = np",
            },
        ),
        (
            "-1 for 0",
            "sign",
            {
                "np.where(self.A > 0, 1.0, 0.0)": "np.sign(self.Z)",
                "self.A = np": "self.Z = Z\n        self.A = np",
            },
        ),
        ("leaky slope", "wrong function", {"1.0, 0.0": "1.0, 0.01"}),
        ("A itself", "A for its slope", {"np.where(self.A > 0, 1.0, 0.0)": "np.maximum(0, self.A)"}),
        (
            "np.where with two arguments",
            "exception",
            {"np.where(self.A > 0, 1.0, 0.0)": "np.where(self.A > 0, 1.0)"},
        ),
        (
            "if in backward",
            "truth of an array",
            {"dAdZ = np.where(self.A > 0, 1.0, 0.0)": "dAdZ = 1 if self.A > 0 else 0"},
        ),
        ("a single slope", "reduced too far", {"np.where(self.A > 0, 1.0, 0.0)": "float(self.A.any())"}),
        (
            "A of the first batch kept",
            "stale | shape",
            {},
            {
                "forward": """
            def forward(self, Z):
                self.A = self.first = getattr(self, "first", np.maximum(0, Z))
                return np.maximum(0, Z)
        """
            },
        ),
        (
            "the first slope kept",
            "stale",
            {},
            {
                "backward": """
            def backward(self):
                self.dAdZ = getattr(self, "dAdZ", np.where(self.A > 0, 1.0, 0.0))
                return self.dAdZ
        """
            },
        ),
        ("A is a local name", "undefined name", {"self.A > 0": "A > 0"}),
        ("max misspelt", "unknown function", {"np.maximum": "np.maximun"}),
        (
            "columns as a number",
            "index out of range | different",
            {},
            {
                "backward": """
            def backward(self):
                dAdZ = np.zeros(self.A.shape)
                for i in range(len(self.A)):
                    for j in range(3):
                        dAdZ[i, j] = self.A[i, j] > 0
                return dAdZ
        """
            },
        ),
    ),
]

# As the notebook's cells have them.
NOTEBOOK = {
    "Z": np.array([[-4.0, -3.0], [-2.0, -1.0], [0.0, 1.0], [2.0, 3.0]]),
    "z": np.linspace(-6, 6, 241).reshape(-1, 1),
}
OUTSIDE = "name of the notebook"

WRONG += wrong_beside(
    "Tanh",
    NOTEBOOK,
    ("z of the notebook", OUTSIDE, {"np.tanh(Z)": "np.tanh(z)"}),
    ("z of the notebook, in two lines", OUTSIDE, {"np.tanh(Z)": "(\n            np.tanh(z)\n        )"}),
)
WRONG += wrong_beside(
    "ReLU", NOTEBOOK | {"A": np.ones((4, 2))}, ("A of the notebook", OUTSIDE, {"self.A > 0": "A > 0"})
)

WRONG += wrong(
    "Tanh",
    ("np forgotten", "undefined name", {"np.tanh": "tanh"}),
    ("numpy by its long name", "undefined name", {"np.tanh": "numpy.tanh"}),
    ("a method of arrays, as in PyTorch", "unknown attribute", {"np.tanh(Z)": "Z.tanh()"}),
    ("torch", "import", {"np.tanh": "torch.tanh"}),
    ("super without a base class", "super", {"np.tanh(Z)": "super().forward(Z)"}),
    (
        "super().__init__ with an argument",
        "super",
        {},
        {"__init__": "def __init__(self):\n    super().__init__(self)"},
    ),
)
WRONG += wrong(
    "ReLU",
    ("np forgotten at where", "undefined name", {"np.where": "where"}),
    ("np forgotten at maximum", "undefined name", {"np.maximum": "maximum"}),
    ("a variable named as the function", "undefined name", {"self.A = np.max": "maximum = max"}),
)

# Causes that the course promises to name.
PROMISED = {"derivative from Z", "ReLU derivative at 0"}

# Whose line must be said: messages about them were once untrue or of no use.
SHOWN = {
    "another numerator",
}
