"""Wrong classes of the linear layer, with the causes to be named."""

import numpy as np
from support.implementations import wrong, wrong_beside

WRONG = wrong(
    "Linear",
    # __init__
    (
        "W the wrong way round",
        "transposed",
        {"np.zeros((out_features, in_features))": "np.zeros((in_features, out_features))"},
    ),
    ("b as a row", "transposed", {"np.zeros((out_features, 1))": "np.zeros((1, out_features))"}),
    ("b without its second axis", "missing axis", {"np.zeros((out_features, 1))": "np.zeros(out_features)"}),
    ("b sized like the inputs", "shape", {"np.zeros((out_features, 1))": "np.zeros((in_features, 1))"}),
    (
        "random W",
        "initial values",
        {"np.zeros((out_features, in_features))": "np.random.randn(out_features, in_features)"},
    ),
    ("b of ones", "initial values", {"np.zeros((out_features, 1))": "np.ones((out_features, 1))"}),
    (
        "empty W",
        "initial values",
        {"np.zeros((out_features, in_features))": "np.full((out_features, in_features), 1e-3)"},
    ),
    (
        "W as a list",
        "wrong type",
        {"np.zeros((out_features, in_features))": "[[0.0] * in_features] * out_features"},
    ),
    (
        "shape of zeros without brackets",
        "shape in two arguments",
        {"np.zeros((out_features, in_features))": "np.zeros(out_features, in_features)"},
    ),
    ("W in lower case", "missing attribute", {"self.W = np": "self.w = np"}),
    ("b without self", "missing attribute", {"self.b = np": "b = np"}),
    ("_init_ with one underscore", "missing method", {"__init__": "_init_"}),
    (
        "__init__ with one argument",
        "arguments",
        {
            "in_features, out_features):": "in_features):",
            "np.zeros((out_features, in_features))": "np.zeros((3, in_features))",
            "np.zeros((out_features, 1))": "np.zeros((3, 1))",
        },
    ),
    ("TODOs left in __init__", "returns None", {"np.zeros((out_features, in_features))": "None"}),
    # forward
    ("no bias", "missing bias", {" + self.b.T": ""}),
    ("bias subtracted", "sign of the bias", {"+ self.b.T": "- self.b.T"}),
    ("bias twice", "bias twice", {"+ self.b.T": "+ self.b.T + self.b.T"}),
    ("b not transposed", "shapes do not fit", {"self.b.T": "self.b"}),
    ("W not transposed", "shapes do not fit", {"A @ self.W.T": "A @ self.W"}),
    ("W not transposed, np.dot", "shapes do not fit", {"A @ self.W.T": "np.dot(A, self.W)"}),
    (
        "W not transposed where it fits",
        "transposed",
        {"A @ self.W.T": "A @ (self.W if A.shape[1] == self.W.shape[0] else self.W.T)"},
    ),
    (
        "dLdW the right way round only where the other does not fit",
        "rearranged",
        {
            "dLdW = dLdZ.T @ dZdW": "dLdW = dZdW.T @ dLdZ"
            "\n        if dLdW.shape != self.W.shape:\n            dLdW = dLdW.T"
        },
    ),
    (
        "squeezed with one output",
        "shapes do not fit",
        {"dLdb / self.N": "(dLdb / self.N).squeeze()[:, None]"},
    ),
    (
        "squeezed with one sample",
        "reduced too far",
        {"dLdZ.T @ dZdb": "dLdZ.squeeze().sum(0).reshape(-1, 1)"},
    ),
    ("W before A", "shapes do not fit", {"A @ self.W.T": "self.W.T @ A"}),
    ("Z transposed", "transposed", {"A @ self.W.T + self.b.T": "self.W @ A.T + self.b"}),
    ("element-wise product", "shapes do not fit", {"A @ self.W.T": "A * self.W.T"}),
    ("W without self", "undefined name", {"A @ self.W.T": "A @ W.T"}),
    ("slip of the keyboard", "undefined name", {"return Z": "return z"}),
    ("T called", "not callable", {"A @ self.W.T": "A @ self.W.T()"}),
    ("operator missing", "not callable", {"A @ self.W.T": "A(self.W.T)"}),
    (
        "the first weights kept",
        "old W",
        {"self.b = np": "self.W0 = self.W\n        self.b = np", "A @ self.W.T": "A @ self.W0.T"},
    ),
    ("forward returns nothing", "returns None", {"        return Z\n": ""}),
    ("forward prints", "returns None", {"return Z": "print(Z.shape)"}),
    ("forward returns a list", "wrong type", {"return Z": "return Z.tolist()"}),
    ("forward returns a pair", "wrong type", {"return Z": "return Z, self.A"}),
    ("Z kept, not returned", "returns None", {"return Z": "self.Z = Z"}),
    ("A not kept", "missing attribute", {"        self.A = A\n": ""}),
    ("A kept as X", "missing attribute", {"self.A = A\n": "self.X = A\n", "dZdW = self.A": "dZdW = self.X"}),
    ("A kept transposed", "transposed", {"self.A = A\n": "self.A = A.T\n"}),
    ("Z kept as A", "shape | another quantity", {"return Z": "self.A = Z\n        return Z"}),
    (
        "A not kept in time",
        "stale | returns None",
        {"        self.A = A\n": "        self.A = getattr(self, 'next', None)\n        self.next = A\n"},
    ),
    ("N not kept", "missing attribute", {"self.N = A.shape[0]": "N = A.shape[0]"}),
    ("N from the columns", "size of the wrong axis", {"A.shape[0]": "A.shape[1]"}),
    ("N from the size", "size of the wrong axis", {"A.shape[0]": "A.size"}),
    ("N is the whole shape", "wrong type", {"A.shape[0]": "A.shape"}),
    ("N written down", "stale", {"A.shape[0]": "4"}),
    ("forward misspelt", "missing method", {"def forward": "def foward"}),
    ("forward without self", "arguments", {"def forward(self, A)": "def forward(A)"}),
    ("forward with a second argument", "arguments", {"def forward(self, A)": "def forward(self, A, W)"}),
    ("forward calls itself", "endless recursion", {"return Z": "return self.forward(A)"}),
    (
        "endless loop",
        "endless loop",
        {"return Z": "raise KeyboardInterrupt  # what an interrupted 'while True' does"},
    ),
    ("exit", "exit", {"return Z": "raise SystemExit"}),
    ("NaN", "NaN or inf", {"return Z": "return Z / np.zeros(1) * 0"}),
    ("forward still to be written", "not written yet", {"return Z": "raise NotImplementedError"}),
    ("torch", "import", {"return Z": "import no_such_torch\n        return Z"}),
    ("index out of range", "index out of range", {"A.shape[0]": "A.shape[2]"}),
    (
        "another key of a dictionary",
        "unknown key",
        {"return Z": "kept = {'a': A}\n        return Z + 0 * kept['A'].sum()"},
    ),
    (
        "torch's matmul",
        "import",
        {"return Z": "torch = __import__('types').ModuleType('torch')\n        return torch.matmul(A, Z)"},
    ),
    ("shape called", "not callable", {"A.shape[0]": "A.shape(0)"}),
    ("len indexed", "not callable", {"A.shape[0]": "len[A]"}),
    ("all of it None", "not a matrix | still None", {"A @ self.W.T": "None @ self.W.T"}),
    ("None scaled", "still None", {"+ self.b.T": "+ None"}),
    ("np misspelt", "unknown function", {"A @ self.W.T": "np.matmull(A, self.W.T)"}),
    ("no such array attribute", "unknown attribute", {"A @ self.W.T": "A @ self.W.transposed"}),
    ("own assert", "own assert", {"return Z": "assert Z.shape == (4, 2)\n        return Z"}),
    ("division by zero", "division by zero", {"return Z": "return Z / 0 if 1 / 0 else Z"}),
    # backward
    ("dLdA with W transposed", "shapes do not fit", {"dLdZ @ dZdA.T": "dLdZ @ dZdA"}),
    ("dLdA element-wise", "shapes do not fit", {"dLdZ @ dZdA.T": "dLdZ * dZdA.T"}),
    ("dLdA transposed", "transposed", {"return dLdA": "return dLdA.T"}),
    ("dLdA divided by N", "extra 1/N", {"return dLdA": "return dLdA / self.N"}),
    ("dLdA with the wrong sign", "sign", {"dLdZ @ dZdA.T": "-dLdZ @ dZdA.T"}),
    ("dLdZ returned", "shape | another quantity", {"return dLdA": "return dLdZ"}),
    ("dLdW returned", "shape | another quantity", {"return dLdA": "return self.dLdW"}),
    ("all gradients returned", "wrong type", {"return dLdA": "return dLdA, dLdW, dLdb"}),
    ("backward returns nothing", "returns None", {"        return dLdA\n": ""}),
    ("dLdW summed", "missing 1/N", {"self.dLdW = dLdW / self.N": "self.dLdW = dLdW"}),
    ("dLdb summed", "missing 1/N", {"self.dLdb = dLdb / self.N": "self.dLdb = dLdb"}),
    ("dLdW divided twice", "extra 1/N", {"dLdW = dLdZ.T @ dZdW": "dLdW = dLdZ.T @ dZdW / self.N"}),
    ("dLdb divided twice", "extra 1/N", {"dLdb = dLdZ.T @ dZdb": "dLdb = dLdZ.mean(axis=0)[:, None]"}),
    ("dLdW multiplied with N", "brackets", {"dLdW / self.N": "dLdW * self.N"}),
    ("dLdW halved", "factor 1/2", {"dLdW / self.N": "dLdW / self.N / 2"}),
    ("dLdW descends already", "sign", {"dLdW / self.N": "-dLdW / self.N"}),
    ("dLdW with a learning rate", "factor", {"dLdW / self.N": "0.1 * dLdW / self.N"}),
    ("dLdW transposed", "transposed", {"dLdZ.T @ dZdW": "dZdW.T @ dLdZ"}),
    ("dLdW in the wrong order", "shapes do not fit", {"dLdZ.T @ dZdW": "dLdZ @ dZdW.T"}),
    ("dLdW not stored", "missing attribute", {"self.dLdW = dLdW / self.N": "dLdW = dLdW / self.N"}),
    ("dLdw", "missing attribute", {"self.dLdW = dLdW / self.N": "self.dLdw = dLdW / self.N"}),
    (
        "dLdW accumulates",
        "accumulates",
        {"self.dLdW = dLdW / self.N": "self.dLdW = getattr(self, 'dLdW', 0) + dLdW / self.N"},
    ),
    (
        "dLdb accumulates",
        "accumulates",
        {"self.dLdb = dLdb / self.N": "self.dLdb = getattr(self, 'dLdb', 0) + dLdb / self.N"},
    ),
    ("dLdb without its second axis", "missing axis", {"dLdZ.T @ dZdb": "dLdZ.sum(axis=0)"}),
    ("dLdb as a row", "transposed", {"dLdZ.T @ dZdb": "dLdZ.sum(axis=0, keepdims=True)"}),
    ("dLdb along the wrong axis", "wrong axis", {"dLdZ.T @ dZdb": "dLdZ.sum(axis=1, keepdims=True)"}),
    ("dLdb along the wrong axis, flat", "wrong axis", {"dLdZ.T @ dZdb": "dLdZ.sum(axis=1)"}),
    ("dLdb a single number", "reduced too far", {"dLdZ.T @ dZdb": "dLdZ.sum()"}),
    ("dLdb not summed", "shape | not reduced", {"dLdZ.T @ dZdb": "dLdZ.T"}),
    (
        "dZdb with too few ones",
        "shapes do not fit",
        {"np.ones((self.N, 1))": "np.ones((self.b.shape[0], 1))"},
    ),
    ("ones without brackets", "shape in two arguments", {"np.ones((self.N, 1))": "np.ones(self.N, 1)"}),
    ("dLdb is b's gradient of one sample", "different", {"dLdZ.T @ dZdb": "dLdZ[:1].T"}),
    ("backward without an argument", "arguments", {"def backward(self, dLdZ)": "def backward(self)"}),
    ("backward misspelt", "missing method", {"def backward": "def backwards"}),
    ("backward not indented", "missing method", {}, {"backward": ""}),
    ("A spelt a", "attribute not kept", {"dZdW = self.A": "dZdW = self.a"}),
    ("used before it has a value", "undefined name", {"dLdA = dLdZ @ dZdA.T": "dLdA = dLda * 2"}),
    ("multiplied with the forward method", "wrong operand", {"dLdZ.T @ dZdW": "dLdZ.T * self.forward"}),
    ("a kept dLdA that is none", "attribute not kept", {"return dLdA": "return self.dLdA"}),
    ("the input changed in place", "different", {"self.A = A\n": "A += 1\n        self.A = A\n"}),
    ("a minus too many", "different", {"A @ self.W.T + self.b.T": "-A @ self.W.T + self.b.T"}),
    ("left as Python's word for it", "wrong type", {"Z = A @ self.W.T + self.b.T": "Z = NotImplemented"}),
    ("a list times a number", "wrong operand", {"dLdZ @ dZdA.T": "[dLdZ] * 0.5"}),
    (
        "np given to a number",
        "number for an object",
        {"self.N = A.shape[0]": "self.N = np = A.shape[0]", "+ self.b.T": "+ np.ones((4, 1)) @ self.b.T"},
    ),
    (
        "a column and a flat array for each sample",
        "column with flat array",
        {"A @ self.W.T + self.b.T": "np.array([self.W @ a + self.b for a in A])"},
    ),
    (
        "__init__ returns",
        "returns from __init__",
        {"self.b = np.zeros((out_features, 1))": "self.b = np.zeros((out_features, 1))\n        return self"},
    ),
    ("W kept without self", "missing attribute", {"self.W = np.zeros": "W = np.zeros"}),
    # sizes written as numbers
    (
        "sizes as numbers",
        "fixed size",
        {
            "np.zeros((out_features, in_features))": "np.zeros((3, 2))",
            "np.zeros((out_features, 1))": "np.zeros((3, 1))",
        },
    ),
    (
        "the outputs as a number",
        "fixed size",
        {"np.zeros((out_features, in_features))": "np.zeros((3, in_features))"},
    ),
    ("ReLU in it", "different", {"return Z": "return np.maximum(0, Z)"}),
    ("W reshaped", "rearranged", {"A @ self.W.T": "A @ self.W.reshape(A.shape[1], -1)"}),
    (
        "dLdW reshaped",
        "rearranged",
        {"dLdW = dLdZ.T @ dZdW": "dLdW = (dZdW.T @ dLdZ).reshape(self.W.shape)"},
    ),
    ("rows of Z backwards", "rearranged", {"return Z": "return Z[::-1]"}),
    ("N as a number", "fixed size", {"self.dLdW = dLdW / self.N": "self.dLdW = dLdW / 4"}),
    ("the size of b as a number", "fixed size", {"np.zeros((out_features, 1))": "np.zeros((3, 1))"}),
    ("the columns of A as a number", "fixed size", {"dLdW = dLdZ.T @ dZdW": "dLdW = (dLdZ.T @ dZdW)[:, :2]"}),
    (
        "dLdA through a loop of two",
        "different",
        {
            "dLdA = dLdZ @ dZdA.T": "dLdA = 0 * self.A\n"
            "        for j in range(2):\n            dLdA[:, j] = dLdZ @ dZdA[j]"
        },
    ),
    ("W times A in a call", "shapes do not fit", {"A @ self.W.T": "np.matmul(self.W, A)"}),
    ("A with a comma behind it", "wrong type", {"self.A = A\n": "self.A = A,\n"}),
    ("W.T with a comma behind it", "wrong operand", {"dZdA = self.W.T": "dZdA = self.W.T,"}),
    ("transposed as in PyTorch", "unknown attribute", {"self.W.T + ": "self.W.t() + "}),
)

# As in the notebook's cell with the numbers of the picture.
NOTEBOOK = {
    "A": np.array([[-4.0, -3.0], [-2.0, -1.0], [0.0, 1.0], [2.0, 3.0]]),
    "W": np.array([[-2.0, -1.0], [0.0, 1.0], [2.0, 3.0]]),
    "b": np.array([[-1.0], [0.0], [1.0]]),
    "N": 4,
    "EPS": np.array([[1.0]]),
}
OUTSIDE = "name of the notebook"
HALF_SMALL = """
def forward(self, a):
    self.A, self.N = A, len(a)
    return a @ self.W.T + self.b.T
"""

WRONG += wrong_beside(
    "Linear",
    NOTEBOOK,
    ("W and b of the notebook", OUTSIDE, {"A @ self.W.T + self.b.T": "A @ W.T + b.T"}),
    ("W of the notebook", OUTSIDE, {"A @ self.W.T": "A @ W.T"}),
    ("b of the notebook", OUTSIDE, {"self.b.T": "b.T"}),
    ("b of the notebook, not transposed", OUTSIDE, {"+ self.b.T": "+ b"}),
    ("W of the notebook, in a call", OUTSIDE, {"A @ self.W.T": "np.matmul(W, A)"}),
    ("A of the notebook", OUTSIDE, {"dZdW = self.A": "dZdW = A"}),
    (
        "A of the notebook, spelt small by the method",
        OUTSIDE,
        {},
        {
            "forward": HALF_SMALL,
        },
    ),
    ("W of the notebook for the derivative", OUTSIDE, {"dZdA = self.W.T": "dZdA = W.T"}),
    ("N of the notebook", OUTSIDE, {"dLdW = dLdW / self.N": "dLdW = dLdW / N"}),
    (
        "b made a row in forward",
        "parameters changed",
        {"Z = A @ self.W.T + self.b.T": "self.b = self.b.reshape(1, -1)\n        Z = A @ self.W.T + self.b"},
    ),
    (
        "a step of an optimizer in backward",
        "parameters changed",
        {"return dLdA": "self.W = self.W - 0.1 * self.dLdW\n        return dLdA"},
    ),
    ("a constant of the notebook, and a sum", "missing bias", {"self.W.T + self.b.T": "self.W.T * EPS"}),
)

# Causes that the course promises to name.
PROMISED = {"missing bias"}

# Whose line must be said: messages about them were once untrue or of no use.
SHOWN = {
    "ReLU in it",
    "b without its second axis",
    "a kept dLdA that is none",
    "the input changed in place",
    "a minus too many",
    "left as Python's word for it",
    "N not kept",
    "W kept without self",
}
