"""A bank of wrong classes: what students write, each a small patch of the right one, with the cause to be
named.

``Wrong.patch`` replaces pieces of the right class's source, each of which stands there exactly once;
``Wrong.methods`` replaces whole methods, or adds them. ``test_check.py`` demands that the visible check
catches every one of them, names the cause of nearly all, and that every entry of the catalogue of mistakes is
met by one.
"""

import ast
import inspect
import linecache
import math
import textwrap
from dataclasses import dataclass, field

import numpy as np

import mytorch.models
import mytorch.nn
import mytorch.optim

MODULES = (mytorch.nn, mytorch.optim, mytorch.models)
LIBRARY = {name: getattr(module, name) for module in MODULES for name in module.__all__}


@dataclass(frozen=True, eq=False)
class Wrong:
    """``causes``: the names, separated by " | ", each of which would be a good diagnosis."""

    component: str
    name: str
    causes: str
    patch: dict[str, str] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.component}: {self.name}"

    @property
    def source(self) -> str:
        source = textwrap.dedent(inspect.getsource(LIBRARY[self.component]))
        for old, new in self.patch.items():
            found = source.count(old)
            if found != 1:
                raise ValueError(f"{self}: {old!r} stands {found} times in the right class; renew the patch")
            source = source.replace(old, new)
        for name, method in self.methods.items():
            source = with_method(source, name, method)
        return source

    def build(self) -> type:
        return compiled(self.source, self.component, str(self))


def with_method(source: str, name: str, method: str) -> str:
    """The class's source with one method replaced by, or else followed by, another text; an empty one removes
    it.
    """
    lines, body = source.splitlines(), ast.parse(source).body[0].body
    old = next((node for node in body if isinstance(node, ast.FunctionDef) and node.name == name), None)
    first, last = (old.lineno - 1, old.end_lineno) if old else (len(lines), len(lines))
    new = textwrap.indent(textwrap.dedent(method).strip("\n"), "    ").splitlines()
    return "\n".join([*lines[:first], *new, *lines[last:]]) + "\n"


def compiled(source: str, name: str, title: str) -> type:
    """The class, from a source whose lines tracebacks can show, like those of a notebook's cell."""
    filename = f"<{title}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = {"np": np, "math": math, "__name__": "__main__", **LIBRARY}
    exec(compile(source, filename, "exec"), namespace)
    return namespace[name]


def _bank(component: str, *entries: tuple) -> list[Wrong]:
    """Entries are (name, causes, patch) or (name, causes, {}, methods)."""
    return [Wrong(component, *entry) for entry in entries]


LINEAR = _bank(
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
    ("a list times a number", "wrong operand", {"dLdZ @ dZdA.T": "[dLdZ] * 0.5"}),
)

ACTIVATIONS = [
    *_bank(
        "Sigmoid",
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
    *_bank(
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
    *_bank(
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
        ("A is a local name", "undefined name", {"self.A > 0": "A > 0"}),
        ("max misspelt", "unknown function", {"np.maximum": "np.maximun"}),
    ),
]

FORWARD = """
def forward(self, A):
    for i in {range}:
        Z = self.layers[i].forward(A)
        A = self.f[i].forward(Z)
    return A
"""

BACKWARD = """
def backward(self, dLdA):
    for i in {range}:
        dAdZ = self.f[i].backward()
        dLdZ = dLdA * dAdZ
        dLdA = self.layers[i].backward(dLdZ)
"""

ACCUMULATE = """
def backward(self, dLdA):
    for layer, f in zip(self.layers[::-1], self.f[::-1]):
        old = getattr(layer, "dLdx", 0)
        dLdA = layer.backward(dLdA * f.backward())
        layer.dLdx = old + layer.dLdx
"""


def _mlps(name: str, causes: str, patch: dict | None = None, **methods) -> list[Wrong]:
    """The same mistake in MLP1 and MLP4."""
    return [Wrong(component, name, causes, patch or {}, methods) for component in ("MLP1", "MLP4")]


MLPS = [
    *_bank(
        "MLP0",
        ("in and out swapped", "in and out swapped", {"Linear(2, 3)": "Linear(3, 2)"}),
        (
            "a layer too many",
            "number of layers",
            {"[Linear(2, 3)]": "[Linear(2, 3), Linear(3, 3)]", "[ReLU()]": "[ReLU(), ReLU()]"},
        ),
        ("layers is no list", "wrong type", {"[Linear(2, 3)]": "Linear(2, 3)"}),
        ("layers misspelt", "missing attribute", {"self.layers = [": "self.layer = ["}),
        ("layers without self", "missing attribute", {"self.layers = [": "layers = ["}),
        ("layers holds an activation", "wrong type", {"[Linear(2, 3)]": "[ReLU()]"}),
        ("layers holds None", "wrong type", {"[Linear(2, 3)]": "[None]"}),
        ("layers holds the class", "wrong type", {"[Linear(2, 3)]": "[Linear]"}),
        ("layers in a dict", "wrong type", {"[Linear(2, 3)]": "{0: Linear(2, 3)}"}),
        ("Linear without sizes", "arguments of a call", {"Linear(2, 3)": "Linear()"}),
        ("sizes in a pair", "arguments of a call", {"Linear(2, 3)": "Linear((2, 3))"}),
        ("f misspelt", "missing attribute", {"self.f = [": "self.F = ["}),
        ("f is no list", "wrong type", {"[ReLU()]": "ReLU()"}),
        ("f holds the class", "wrong type", {"[ReLU()]": "[ReLU]"}),
        ("f empty", "number of activations", {"[ReLU()]": "[]"}),
        ("__init__ left to do", "returns None", {"[Linear(2, 3)]": "None", "[ReLU()]": "None"}),
        ("sigmoid", "wrong activation", {"ReLU()": "Sigmoid()"}),
        ("tanh", "wrong activation", {"ReLU()": "Tanh()"}),
        ("no activation", "activation missing", {"A = self.f[i].forward(Z)": "A = Z"}),
        ("returns Z", "activation missing", {"        return A\n": "        return Z\n"}),
        (
            "the input returned",
            "another quantity",
            {"A = self.f[i].forward(Z)": "output = self.f[i].forward(Z)"},
        ),
        ("forward returns nothing", "returns None", {"        return A\n": ""}),
        (
            "activation before the layer",
            "shapes do not fit | different",
            {
                "Z = self.layers[i].forward(A)": "Z = self.f[i].forward(A)",
                "A = self.f[i].forward(Z)": "A = self.layers[i].forward(Z)",
            },
        ),
        (
            "forward without an argument",
            "arguments of a call",
            {"self.layers[i].forward(A)": "self.layers[i].forward()"},
        ),
        ("the whole list", "list for an entry", {"self.layers[i].forward(A)": "self.layers.forward(A)"}),
        ("layers called", "not callable", {"self.layers[i].forward(A)": "self.layers[i](A)"}),
        ("layers as a function", "not callable", {"self.layers[i].forward(A)": "self.layers(i).forward(A)"}),
        (
            "layers without self in forward",
            "undefined name",
            {"self.layers[i].forward(A)": "layers[i].forward(A)"},
        ),
        ("new layers in forward", "other layers", {"self.layers[i].forward(A)": "Linear(2, 3).forward(A)"}),
        ("loop over a list", "loop", {"        for i in range(l):": "        for i in self.layers:"}),
        ("loop over a number", "loop", {"        for i in range(l):": "        for i in l:"}),
        (
            "index from 1",
            "index out of range",
            {"        for i in range(l):": "        for i in range(1, l + 1):"},
        ),
        ("dAdZ left out", "dAdZ missing", {"dLdZ = dLdA * dAdZ": "dLdZ = dLdA"}),
        ("dLdA left out", "dLdA ignored", {"dLdZ = dLdA * dAdZ": "dLdZ = dAdZ"}),
        ("A for dAdZ", "A for dAdZ", {"dAdZ = self.f[i].backward()": "dAdZ = self.f[i].A"}),
        ("added, not multiplied", "different | factor", {"dLdA * dAdZ": "dLdA + dAdZ"}),
        ("matrix product", "shapes do not fit", {"dLdA * dAdZ": "dLdA @ dAdZ"}),
        (
            "argument for the activation",
            "arguments of a call",
            {"self.f[i].backward()": "self.f[i].backward(dLdA)"},
        ),
        ("brackets missing", "wrong operand", {"self.f[i].backward()": "self.f[i].backward"}),
        (
            "layer's backward left out",
            "layer not reached",
            {"dLdA = self.layers[i].backward(dLdZ)": "dLdA = dLdZ"},
        ),
        (
            "divided by N again",
            "extra 1/N",
            {"self.layers[i].backward(dLdZ)": "self.layers[i].backward(dLdZ / len(dLdZ))"},
        ),
        ("ascends", "sign", {"dLdA * dAdZ": "-dLdA * dAdZ"}),
        ("backward missing", "missing method", {}, {"backward": ""}),
        ("no method at all", "missing method", {"def forward": "def run", "def backward": "def back"}),
        ("two layers' worth of None", "still None", {"Z = self.layers[i].forward(A)": "Z = None"}),
    ),
    *_bank(
        "MLP1",
        (
            "hidden layer too wide",
            "layer sizes",
            {"Linear(2, 3), Linear(3, 2)": "Linear(2, 4), Linear(4, 2)"},
        ),
        ("no hidden layer", "number of layers", {"[Linear(2, 3), Linear(3, 2)]": "[Linear(2, 2)]"}),
        (
            "in and out swapped",
            "in and out swapped",
            {"Linear(2, 3), Linear(3, 2)": "Linear(3, 2), Linear(2, 3)"},
        ),
        (
            "sizes that do not fit",
            "layer sizes",
            {"Linear(2, 3), Linear(3, 2)": "Linear(2, 3), Linear(2, 2)"},
        ),
        ("one activation for both", "number of activations", {"[ReLU(), ReLU()]": "[ReLU()]"}),
        ("an activation too many", "number of activations", {"[ReLU(), ReLU()]": "[ReLU(), ReLU(), ReLU()]"}),
        ("the same activation twice", "shared activation", {"[ReLU(), ReLU()]": "[ReLU()] * 2"}),
        (
            "the last activation is the identity",
            "activation missing",
            {"[ReLU(), ReLU()]": "[ReLU(), Identity()]"},
        ),
        (
            "the hidden activation is the identity",
            "activation missing",
            {"[ReLU(), ReLU()]": "[Identity(), ReLU()]"},
        ),
        ("softly wrong activation", "wrong activation", {"[ReLU(), ReLU()]": "[Sigmoid(), Sigmoid()]"}),
    ),
    *_bank(
        "MLP4",
        ("output layer forgotten", "number of layers", {", Linear(4, 2)]": "]"}),
        ("four layers in all", "number of layers", {"Linear(8, 8), ": ""}),
        (
            "an 8 that is a 4",
            "layer sizes",
            {"Linear(4, 8), Linear(8, 8), Linear(8, 4)": "Linear(4, 8), Linear(8, 4), Linear(4, 4)"},
        ),
        (
            "sizes that do not fit",
            "layer sizes",
            {"Linear(4, 8), Linear(8, 8)": "Linear(4, 8), Linear(4, 8)"},
        ),
        (
            "no layers",
            "number of layers",
            {"[Linear(2, 4), Linear(4, 8), Linear(8, 8), Linear(8, 4), Linear(4, 2)]": "[]"},
        ),
        (
            "the same activation throughout",
            "shared activation",
            {"[ReLU() for _ in self.layers]": "[ReLU()] * 5"},
        ),
        (
            "an activation short",
            "number of activations",
            {"[ReLU() for _ in self.layers]": "[ReLU() for _ in range(4)]"},
        ),
        ("the last two layers left out", "ends early", {}, {"forward": FORWARD.format(range="range(3)")}),
        ("stops at the first activation", "ends early", {}, {"forward": FORWARD.format(range="range(1)")}),
        ("stops at the second activation", "ends early", {}, {"forward": FORWARD.format(range="range(2)")}),
        (
            "dAdZ only at the last layer",
            "dAdZ missing",
            {"dLdZ = dLdA * dAdZ": "dLdZ = dLdA * dAdZ if i == l - 1 else dLdA"},
        ),
        ("gradients accumulate", "accumulates", {}, {"backward": ACCUMULATE.replace("dLdx", "dLdW")}),
        ("bias gradients accumulate", "accumulates", {}, {"backward": ACCUMULATE.replace("dLdx", "dLdb")}),
        (
            "the middle activation is Sigmoid",
            "different",
            {"[ReLU() for _ in self.layers]": "[ReLU(), ReLU(), Sigmoid(), ReLU(), ReLU()]"},
        ),
    ),
    *_mlps(
        "forward order", "forward order", forward=FORWARD.format(range="reversed(range(len(self.layers)))")
    ),
    *_mlps("forward stops early", "ends early", forward=FORWARD.format(range="range(len(self.layers) - 1)")),
    *_mlps(
        "A not passed on",
        "A not passed on",
        {
            "Z = self.layers[i].forward(A)": "Z = self.layers[i].forward(A0)",
            "        l = len(self.layers)\n        for i in range(l)": "        A0 = A\n        for i in "
            "range(len(self.layers))",
        },
    ),
    *_mlps("return inside the loop", "ends early", {"        return A\n": "            return A\n"}),
    *_mlps(
        "always the first layer",
        "shapes do not fit | A not passed on",
        {"Z = self.layers[i].forward(A)": "Z = self.layers[0].forward(A)"},
    ),
    *_mlps("backward order", "backward order", {"reversed(range(l))": "range(l)"}),
    *_mlps(
        "backward order, by zip",
        "backward order",
        backward="""
        def backward(self, dLdA):
            for layer, f in zip(self.layers, self.f):
                dLdA = layer.backward(dLdA * f.backward())
    """,
    ),
    *_mlps(
        "dLdA not passed on",
        "dLdA not passed on",
        {"dLdA = self.layers[i].backward(dLdZ)": "dLdA_i = self.layers[i].backward(dLdZ)"},
    ),
    *_mlps(
        "dLdA not returned to the loop",
        "dLdA not passed on",
        {"dLdA = self.layers[i].backward(dLdZ)": "self.layers[i].backward(dLdZ)"},
    ),
    *_mlps(
        "backward misses the first layer", "layer not reached", {"reversed(range(l))": "range(l - 1, 0, -1)"}
    ),
    *_mlps(
        "backward misses the last layer",
        "backward order | dLdA not passed on | shapes do not fit",
        {"reversed(range(l))": "reversed(range(l - 1))"},
    ),
    *_mlps(
        "backward starts beyond the end", "index out of range", {"reversed(range(l))": "range(l, -1, -1)"}
    ),
    *_mlps(
        "backward returns too early",
        "layer not reached",
        {
            "dLdA = self.layers[i].backward(dLdZ)": "dLdA = self.layers[i].backward(dLdZ)\n           "
            " return dLdA"
        },
    ),
    *_mlps("dAdZ left out", "dAdZ missing", {"dLdZ = dLdA * dAdZ": "dLdZ = dLdA"}),
    *_mlps(
        "dLdA goes into the layer",
        "dAdZ missing",
        {"self.layers[i].backward(dLdZ)": "self.layers[i].backward(dLdA)"},
    ),
    *_mlps(
        "the last dAdZ left out",
        "dAdZ missing",
        {"dLdZ = dLdA * dAdZ": "dLdZ = dLdA if i == l - 1 else dLdA * dAdZ"},
    ),
    *_mlps(
        "the activation before",
        "shapes do not fit | different | dLdA not passed on | backward order",
        {"dAdZ = self.f[i].backward()": "dAdZ = self.f[i - 1].backward()"},
    ),
    *_mlps(
        "index misspelt", "undefined name", {"dAdZ = self.f[i].backward()": "dAdZ = self.f[j].backward()"}
    ),
    *_mlps("layer's result None", "still None", {"dLdZ = dLdA * dAdZ": "dLdZ = None * dAdZ"}),
]

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


LOSSES = [
    *_bank(
        "MSELoss",
        ("no ½", "factor 2", {"(2 * N * C)": "(N * C)"}),
        ("np.mean", "factor 2", {"L = SSE / (2 * N * C)": "L = np.mean(SE)"}),
        ("neither N nor C", "sum for mean", {"SSE / (2 * N * C)": "SSE / 2"}),
        ("a bare sum", "sum for mean", {"SSE / (2 * N * C)": "SSE"}),
        ("no N", "missing 1/N", {"(2 * N * C)": "(2 * C)"}),
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
    ),
    *_bank(
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
    ),
]

STEP = """
def step(self):
    for i in range(self.L):{body}
"""


def _both(old: str, new: str) -> dict[str, str]:
    """A patch of W's line and of b's, for either of which x stands."""
    return {old.replace("x", name): new.replace("x", name) for name in "Wb"}


def _only_b(entries: list[tuple]) -> list[tuple]:
    """The same mistakes where only b's line has them: W's was put right, the copy forgotten."""
    patches = [
        (name, causes, patch) for name, causes, patch, *_ in entries if any("W" in old for old in patch)
    ]
    in_b = [
        (name, causes, {k: v for k, v in patch.items() if "W" not in k}) for name, causes, patch in patches
    ]
    return [(f"{name}, in b only", causes, patch) for name, causes, patch in in_b if patch]


PLAIN = "self.l[i].x - self.lr * self.l[i].dLdx"
VELOCITY = "self.mu * self.v_x[i] + self.l[i].dLdx"
MOVE = "self.l[i].x - self.lr * self.v_x[i]"

SGD_ENTRIES = [
    # __init__
    ("lr not passed on", "argument ignored", {"self.lr = lr": "self.lr = 0.1"}),
    ("mu always 0", "argument ignored", {"self.mu = momentum": "self.mu = 0"}),
    ("mu always 0.9", "argument ignored", {"self.mu = momentum": "self.mu = 0.9"}),
    ("another default", "argument ignored", {"lr=0.1": "lr=0.01"}),
    ("mu kept as momentum", "missing attribute", {"self.mu = momentum": "self.momentum = momentum"}),
    (
        "momentum not taken",
        "arguments",
        {"lr=0.1, momentum=0": "lr=0.1", "self.mu = momentum": "self.mu = 0"},
    ),
    ("L one too small", "number of layers", {"len(model.layers)": "len(model.layers) - 1"}),
    ("L is the list", "wrong type", {"self.L = len(model.layers)": "self.L = model.layers"}),
    ("v_W like the gradient", "gradient too early", {"np.zeros(layer.W.shape)": "np.zeros_like(layer.dLdW)"}),
    ("v_W of ones", "initial values", {"np.zeros(layer.W.shape)": "np.ones(layer.W.shape)"}),
    ("v_b starts as b", "initial values", {"np.zeros(layer.b.shape)": "layer.b.copy()"}),
    ("v_b sized like W", "shape", {"np.zeros(layer.b.shape)": "np.zeros(layer.W.shape)"}),
    ("the first layer's size for all", "shape", {"np.zeros(layer.W.shape)": "np.zeros(self.l[0].W.shape)"}),
    (
        "one velocity for all",
        "wrong type | shape | missing attribute",
        {"[np.zeros(layer.W.shape) for layer in self.l]": "np.zeros(self.l[0].W.shape)"},
    ),
    (
        "velocities too few",
        "wrong type",
        {"[np.zeros(layer.b.shape) for layer in self.l]": "[np.zeros(self.l[0].b.shape)]"},
    ),
    (
        "velocities None",
        "returns None",
        {"[np.zeros(layer.W.shape) for layer in self.l]": "[None for layer in self.l]"},
    ),
    (
        "model kept for layers",
        "exception | not callable",
        {
            "self.l = model.layers": "self.l = model",
            "for layer in self.l]\n        self.v_b": "for layer in model.layers]\n        self.v_b",
            "[np.zeros(layer.b.shape) for layer in self.l]": "[np.zeros(layer.b.shape) for layer in "
            "model.layers]",
        },
    ),
    ("forward instead of step", "missing method", {"def step": "def forward"}),
    # without momentum
    ("climbs", "sign", _both(PLAIN, "self.l[i].x + self.lr * self.l[i].dLdx")),
    ("no lr", "lr missing", _both(PLAIN, "self.l[i].x - self.l[i].dLdx")),
    ("lr twice", "lr twice", _both(PLAIN, "self.l[i].x - self.lr * self.lr * self.l[i].dLdx")),
    ("divided by lr", "divided by lr", _both(PLAIN, "self.l[i].x - self.l[i].dLdx / self.lr")),
    ("the old value lost", "old value lost", _both(PLAIN, "-self.lr * self.l[i].dLdx")),
    ("the step assigned", "old value lost", _both(PLAIN, "self.lr * self.l[i].dLdx")),
    (
        "=- for -=",
        "old value lost",
        {"self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW": "self.l[i].W =- self.lr * self.l[i].dLdW"},
    ),
    (
        "W a local name",
        "not updated",
        {
            "self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW": "W = self.l[i].W - self.lr * "
            "self.l[i].dLdW"
        },
    ),
    (
        "b forgotten",
        "not updated",
        {"                self.l[i].b = self.l[i].b - self.lr * self.l[i].dLdb\n": ""},
    ),
    ("only the first layer", "not updated", {"range(self.L)": "range(1)"}),
    ("the last layer left out", "not updated", {"range(self.L)": "range(self.L - 1)"}),
    (
        "== for =",
        "not updated",
        {
            "self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW": "self.l[i].W == self.l[i].W - self.lr * "
            "self.l[i].dLdW",
        },
    ),
    (
        "W's gradient for b",
        "shape | shapes do not fit",
        {"self.lr * self.l[i].dLdb": "self.lr * self.l[i].dLdW"},
    ),
    ("lr doubled", "two steps", _both(PLAIN, "self.l[i].x - 2 * self.lr * self.l[i].dLdx")),
    (
        "done twice",
        "two steps",
        {},
        {
            "step": STEP.format(
                body="""
        for _ in range(2):
            self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW
            self.l[i].b = self.l[i].b - self.lr * self.l[i].dLdb"""
            )
        },
    ),
    ("layers without self", "undefined name", {"self.lr * self.l[i].dLdW": "lr * self.l[i].dLdW"}),
    (
        "gradient under another name",
        "attribute not kept",
        {"self.lr * self.l[i].dLdW": "self.lr * self.l[i].dW"},
    ),
    ("loop one too far", "index out of range", {"range(self.L)": "range(self.L + 1)"}),
    ("gradient called", "not callable", {"self.lr * self.l[i].dLdW": "self.lr(self.l[i].dLdW)"}),
    ("step not written", "not updated", {}, {"step": "def step(self):\n    pass"}),
    # with momentum
    ("momentum ignored", "velocity never stored", {"if self.mu == 0:": "if True:"}),
    ("branches swapped", "velocity never stored", {"if self.mu == 0:": "if self.mu != 0:"}),
    (
        "velocity not stored",
        "velocity never stored",
        {"self.v_W[i] = self.mu * self.v_W[i]": "v = self.mu * self.v_W[i]"},
    ),
    (
        "b's velocity not stored",
        "velocity never stored",
        {"self.v_b[i] = self.mu * self.v_b[i]": "v = self.mu * self.v_b[i]"},
    ),
    ("velocity is the gradient", "velocity ignored", _both(VELOCITY, "self.l[i].dLdx")),
    ("mu missing", "mu missing", _both(VELOCITY, "self.v_x[i] + self.l[i].dLdx")),
    ("mu on the gradient", "mu on the wrong term", _both(VELOCITY, "self.v_x[i] + self.mu * self.l[i].dLdx")),
    ("mu on both", "mu on the wrong term", _both(VELOCITY, "self.mu * (self.v_x[i] + self.l[i].dLdx)")),
    (
        "lr in the velocity",
        "lr in the velocity",
        _both(VELOCITY, "self.mu * self.v_x[i] + self.lr * self.l[i].dLdx")
        | _both(MOVE, "self.l[i].x - self.v_x[i]"),
    ),
    (
        "lr in the velocity, twice",
        "lr in the velocity",
        _both(VELOCITY, "self.mu * self.v_x[i] + self.lr * self.l[i].dLdx"),
    ),
    (
        "the textbook's other form",
        "lr in the velocity",
        _both(VELOCITY, "self.mu * self.v_x[i] - self.lr * self.l[i].dLdx")
        | _both(MOVE, "self.l[i].x + self.v_x[i]"),
    ),
    (
        "+= with mu",
        "old velocity twice",
        _both(VELOCITY, "self.v_x[i] + self.mu * self.v_x[i] + self.l[i].dLdx"),
    ),
    ("old velocity subtracted", "sign", _both(VELOCITY, "self.l[i].dLdx - self.mu * self.v_x[i]")),
    ("lr for mu", "lr for mu", _both(VELOCITY, "self.lr * self.v_x[i] + self.l[i].dLdx")),
    ("dampening", "dampening", _both(VELOCITY, "self.mu * self.v_x[i] + (1 - self.mu) * self.l[i].dLdx")),
    ("gradient subtracted", "sign", _both(VELOCITY, "self.mu * self.v_x[i] - self.l[i].dLdx")),
    (
        "v_W for v_b",
        "shape",
        {"self.mu * self.v_b[i] + self.l[i].dLdb": "self.mu * self.v_W[i] + self.l[i].dLdb"},
    ),
    (
        "velocity forgotten in the step",
        "velocity ignored",
        _both(MOVE, "self.l[i].x - self.lr * (self.l[i].dLdx + 0)"),
    ),
    ("no lr with momentum", "lr missing", _both(MOVE, "self.l[i].x - self.v_x[i]")),
    ("climbs with momentum", "sign", _both(MOVE, "self.l[i].x + self.lr * self.v_x[i]")),
    ("Nesterov", "nesterov", _both(MOVE, "self.l[i].x - self.lr * (self.l[i].dLdx + self.mu * self.v_x[i])")),
    ("mu once more", "mu twice", _both(MOVE, "self.l[i].x - self.lr * self.mu * self.v_x[i]")),
    (
        "W not updated with momentum",
        "not updated",
        {"                self.l[i].W = self.l[i].W - self.lr * self.v_W[i]\n": ""},
    ),
    (
        "W moves before the velocity",
        "not updated",
        {},
        {
            "step": STEP.format(
                body="""
        self.l[i].W = self.l[i].W - self.lr * (self.v_W[i] if self.mu else self.l[i].dLdW)
        self.l[i].b = self.l[i].b - self.lr * (self.v_b[i] if self.mu else self.l[i].dLdb)
        self.v_W[i] = self.mu * self.v_W[i] + self.l[i].dLdW
        self.v_b[i] = self.mu * self.v_b[i] + self.l[i].dLdb"""
            )
        },
    ),
    (
        "b not updated with momentum",
        "not updated",
        {"                self.l[i].b = self.l[i].b - self.lr * self.v_b[i]\n": ""},
    ),
    (
        "W moves by the average of both",
        "different",
        _both(MOVE, "self.l[i].x - self.lr * (self.v_x[i] + self.l[i].dLdx) / 2"),
    ),
    (
        "velocities start anew each step",
        "velocity ignored",
        {"    def step(self):\n": "    def step(self):\n        self.v_W = [0 * v for v in self.v_W]\n"},
    ),
    (
        "lr shrinks",
        "different | factor",
        {"    def step(self):\n": "    def step(self):\n        self.lr *= 0.9\n"},
    ),
    (
        "weight decay",
        "different",
        _both(PLAIN, "(1 - 1e-2 * self.lr) * self.l[i].x - self.lr * self.l[i].dLdx"),
    ),
]

SGD = _bank("SGD", *SGD_ENTRIES, *_only_b(SGD_ENTRIES))

NORM = "self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)"
SCALE = (
    "self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)\n            self.BZ = self.BW * self.NZ + self.Bb"
)
EVAL_NORM = "self.NZ = (Z - self.running_M) / np.sqrt(self.running_V + self.eps)"
EVAL_SCALE = EVAL_NORM + "\n            self.BZ = self.BW * self.NZ + self.Bb"
MEAN = "np.mean(Z, axis=0, keepdims=True)"
VARIANCE = "np.mean((Z - self.M) ** 2, axis=0, keepdims=True)"
RUN_M = "self.alpha * self.running_M + (1 - self.alpha) * self.M"
RUN_V = "self.alpha * self.running_V + (1 - self.alpha) * self.V"
D_V = "-0.5 * np.sum(dLdNZ * centred * V_eps**-1.5, axis=0, keepdims=True)"
D_M = "-np.sum(dLdNZ * V_eps**-0.5, axis=0, keepdims=True)"
D_Z = "dLdNZ * V_eps**-0.5 + dLdV * (2 / self.N) * centred + dLdM / self.N"

BATCHNORM = _bank(
    "BatchNorm1d",
    # __init__
    ("eps 1e-5", "default value", {"self.eps = 1e-8": "self.eps = 1e-5"}),
    ("alpha always 0.9", "argument ignored", {"self.alpha = alpha": "self.alpha = 0.9"}),
    ("alpha 0.1 by default", "argument ignored", {"alpha=0.9": "alpha=0.1"}),
    ("BW of zeros", "initial values", {"self.BW = np.ones": "self.BW = np.zeros"}),
    ("Bb of ones", "initial values", {"self.Bb = np.zeros": "self.Bb = np.ones"}),
    (
        "running values as in the text",
        "initial values",
        {
            "self.running_M = np.zeros": "self.running_M = np.ones",
            "self.running_V = np.ones": "self.running_V = np.zeros",
        },
    ),
    ("running_V of zeros", "initial values", {"self.running_V = np.ones": "self.running_V = np.zeros"}),
    ("dLdBW of ones", "initial values", {"self.dLdBW = np.zeros": "self.dLdBW = np.ones"}),
    ("dLdBb of ones", "initial values", {"self.dLdBb = np.zeros": "self.dLdBb = np.ones"}),
    ("random BW", "initial values", {"self.BW = np.ones(": "self.BW = np.random.standard_normal("}),
    (
        "BW without its first axis",
        "missing axis",
        {"self.BW = np.ones((1, num_features))": "self.BW = np.ones(num_features)"},
    ),
    (
        "BW as a column",
        "transposed",
        {"self.BW = np.ones((1, num_features))": "self.BW = np.ones((num_features, 1))"},
    ),
    ("dLdBW not prepared", "missing attribute", {"        self.dLdBW = np.zeros((1, num_features))\n": ""}),
    ("running_M misspelt", "missing attribute", {"self.running_M = np.zeros": "self.runing_M = np.zeros"}),
    (
        "alpha not taken",
        "arguments",
        {"num_features, alpha=0.9": "num_features", "self.alpha = alpha": "self.alpha = 0.9"},
    ),
    # forward, training
    ("eval not taken", "arguments", {"Z, eval=False": "Z", "if not eval": "if True"}),
    ("N from the columns", "size of the wrong axis", {"Z.shape[0]": "Z.shape[1]"}),
    ("N from the size", "size of the wrong axis", {"Z.shape[0]": "Z.size"}),
    ("N not kept", "missing attribute", {"self.N = Z": "N = Z"}),
    ("Z not kept", "missing attribute", {"            self.Z = Z\n": ""}),
    ("N of an earlier batch", "stale", {"self.N = Z.shape[0]": "self.N = getattr(self, 'N', Z.shape[0])"}),
    ("mean along the wrong axis", "wrong axis", {MEAN: "np.mean(Z, axis=1, keepdims=True)"}),
    ("mean along the wrong axis, flat", "shapes do not fit | wrong axis", {MEAN: "np.mean(Z, axis=1)"}),
    ("mean of everything", "mean of everything", {MEAN: "np.mean(Z)"}),
    (
        "mean of everything, spread",
        "mean of everything | different",
        {MEAN: "np.full((1, Z.shape[1]), np.mean(Z))"},
    ),
    ("sum for mean", "missing 1/N", {MEAN: "np.sum(Z, axis=0, keepdims=True)"}),
    ("mean of N - 1", "factor", {MEAN: "np.sum(Z, axis=0, keepdims=True) / (self.N - 1)"}),
    ("median", "different", {MEAN: "np.median(Z, axis=0, keepdims=True)"}),
    ("unbiased variance", "unbiased variance", {VARIANCE: "np.var(Z, axis=0, ddof=1, keepdims=True)"}),
    ("standard deviation", "std for variance", {VARIANCE: "np.std(Z, axis=0, keepdims=True)"}),
    ("sum of squares", "missing 1/N", {VARIANCE: "np.sum((Z - self.M) ** 2, axis=0, keepdims=True)"}),
    ("eps in V", "eps in V", {VARIANCE: "np.var(Z, axis=0, keepdims=True) + self.eps"}),
    ("variance not centred", "not centred", {VARIANCE: "np.mean(Z**2, axis=0, keepdims=True)"}),
    (
        "deviations not squared",
        "all zero | different",
        {VARIANCE: "np.mean(Z - self.M, axis=0, keepdims=True)"},
    ),
    ("variance along the wrong axis", "wrong axis", {VARIANCE: "np.var(Z, axis=1, keepdims=True)"}),
    ("variance of everything", "variance of everything", {VARIANCE: "np.var(Z)"}),
    ("variance not averaged", "not reduced", {VARIANCE: "(Z - self.M) ** 2"}),
    (
        "eps outside the root",
        "eps outside the root",
        {NORM: "self.NZ = (Z - self.M) / (np.sqrt(self.V) + self.eps)"},
    ),
    (
        "eps outside the root, by power",
        "eps outside the root",
        {NORM: "self.NZ = (Z - self.M) / (self.V ** 0.5 + self.eps)"},
    ),
    ("no eps", "eps missing", {NORM: "self.NZ = (Z - self.M) / np.sqrt(self.V)"}),
    ("no root", "root missing", {NORM: "self.NZ = (Z - self.M) / (self.V + self.eps)"}),
    ("not divided", "not scaled", {NORM: "self.NZ = Z - self.M"}),
    ("multiplied", "inverted", {NORM: "self.NZ = (Z - self.M) * np.sqrt(self.V + self.eps)"}),
    ("1/2 without brackets", "power", {NORM: "self.NZ = (Z - self.M) / (self.V + self.eps) ** 1/2"}),
    (
        "1/2 without brackets in a root of its own",
        "power",
        {NORM: "self.NZ = (Z - self.M) / ((self.V + self.eps) ** 1/2)"},
    ),
    ("not centred", "not centred", {NORM: "self.NZ = Z / np.sqrt(self.V + self.eps)"}),
    ("brackets", "brackets", {NORM: "self.NZ = Z - self.M / np.sqrt(self.V + self.eps)"}),
    (
        "unbiased in NZ only",
        "unbiased variance",
        {NORM: "self.NZ = (Z - self.M) / np.sqrt(Z.var(axis=0, ddof=1) + self.eps)"},
    ),
    (
        "running values in training",
        "running values in training",
        {NORM: "self.NZ = (Z - self.running_M) / np.sqrt(self.running_V + self.eps)"},
    ),
    ("math.sqrt", "one number for an array", {NORM: "self.NZ = (Z - self.M) / math.sqrt(self.V + self.eps)"}),
    (
        "NZ not kept",
        "missing attribute",
        {
            SCALE: "NZ = (Z - self.M) / np.sqrt(self.V + self.eps)\n            self.BZ = self.BW * "
            "NZ + self.Bb"
        },
    ),
    ("no shift", "missing bias", {SCALE: NORM + "\n            self.BZ = self.BW * self.NZ"}),
    ("no scale", "BW missing", {SCALE: NORM + "\n            self.BZ = self.NZ + self.Bb"}),
    ("neither scale nor shift", "BW missing", {SCALE: NORM + "\n            self.BZ = self.NZ"}),
    ("BW added", "sum for product", {SCALE: NORM + "\n            self.BZ = self.BW + self.NZ + self.Bb"}),
    (
        "BW and Bb change places",
        "swapped",
        {SCALE: NORM + "\n            self.BZ = self.Bb * self.NZ + self.BW"},
    ),
    ("BW scales both", "brackets", {SCALE: NORM + "\n            self.BZ = self.BW * (self.NZ + self.Bb)"}),
    ("Z scaled", "Z for NZ", {SCALE: NORM + "\n            self.BZ = self.BW * Z + self.Bb"}),
    (
        "matrix product",
        "shapes do not fit",
        {SCALE: NORM + "\n            self.BZ = self.BW @ self.NZ + self.Bb"},
    ),
    (
        "BZ not kept",
        "missing attribute",
        {
            SCALE: NORM + "\n            BZ = self.BW * self.NZ + self.Bb",
            "return self.BZ": "return BZ if not eval else self.BZ",
        },
    ),
    ("forward returns nothing", "returns None", {"        return self.BZ\n": ""}),
    ("forward returns NZ", "BW missing", {"return self.BZ": "return self.NZ"}),
    # running values
    ("alpha swapped", "alpha swapped", {RUN_M: "(1 - self.alpha) * self.running_M + self.alpha * self.M"}),
    (
        "alpha swapped in running_V",
        "alpha swapped",
        {RUN_V: "(1 - self.alpha) * self.running_V + self.alpha * self.V"},
    ),
    ("running_M not updated", "not updated", {f"            self.running_M = {RUN_M}\n": ""}),
    ("running_V a local name", "not updated", {f"self.running_V = {RUN_V}": f"running_V = {RUN_V}"}),
    ("running_M replaced", "1 - alpha missing", {RUN_M: "self.M"}),
    ("running_V replaced", "average missing", {RUN_V: "self.V"}),
    ("batch mean not scaled", "1 - alpha missing", {RUN_M: "self.alpha * self.running_M + self.M"}),
    ("batch variance not scaled", "1 - alpha missing", {RUN_V: "self.alpha * self.running_V + self.V"}),
    (
        "old mean not scaled",
        "alpha missing | not updated",
        {RUN_M: "self.running_M + (1 - self.alpha) * self.M"},
    ),
    ("old variance not scaled", "alpha missing", {RUN_V: "self.running_V + (1 - self.alpha) * self.V"}),
    (
        "1 - alpha without brackets",
        "brackets",
        {RUN_M: "self.alpha * self.running_M + 1 - self.alpha * self.M"},
    ),
    (
        "1 - alpha without brackets in running_V",
        "brackets",
        {RUN_V: "self.alpha * self.running_V + 1 - self.alpha * self.V"},
    ),
    ("alpha on both", "alpha twice", {RUN_V: "self.alpha * self.running_V + self.alpha * self.V"}),
    ("running_V from M", "swapped", {RUN_V: "self.alpha * self.running_V + (1 - self.alpha) * self.M"}),
    ("running_M from V", "swapped", {RUN_M: "self.alpha * self.running_M + (1 - self.alpha) * self.V"}),
    (
        "PyTorch's running variance",
        "unbiased variance",
        {RUN_V: "self.alpha * self.running_V + (1 - self.alpha) * Z.var(axis=0, ddof=1, keepdims=True)"},
    ),
    (
        "running standard deviation",
        "std for variance",
        {RUN_V: "self.alpha * self.running_V + (1 - self.alpha) * np.sqrt(self.V)"},
    ),
    ("running_M misspelt later", "not updated", {f"self.running_M = {RUN_M}": f"self.runningM = {RUN_M}"}),
    (
        "running_M of whole numbers, in place",
        "integer array",
        {
            "self.running_M = np.zeros((1, num_features))": "self.running_M = np.zeros((1, "
            "num_features), dtype=int)",
            f"self.running_M = {RUN_M}": "self.running_M += (1 - self.alpha) * (self.M - self.running_M)",
        },
    ),
    (
        "the old running_V always one",
        "stale | different | not updated",
        {RUN_V: "self.alpha * 1 + (1 - self.alpha) * self.V"},
    ),
    # backward
    (
        "dLdBb averaged",
        "extra 1/N",
        {"self.dLdBb = np.sum(dLdBZ, axis=0": "self.dLdBb = np.mean(dLdBZ, axis=0"},
    ),
    (
        "dLdBb without its first axis",
        "missing axis",
        {"np.sum(dLdBZ, axis=0, keepdims=True)": "np.sum(dLdBZ, axis=0)"},
    ),
    (
        "dLdBb along the wrong axis",
        "wrong axis",
        {"np.sum(dLdBZ, axis=0, keepdims=True)": "np.sum(dLdBZ, axis=1, keepdims=True)"},
    ),
    ("dLdBb a single number", "reduced too far", {"np.sum(dLdBZ, axis=0, keepdims=True)": "np.sum(dLdBZ)"}),
    ("dLdBb not summed", "not reduced", {"np.sum(dLdBZ, axis=0, keepdims=True)": "dLdBZ"}),
    ("dLdBb a local name", "all zero", {"self.dLdBb = np.sum": "dLdBb = np.sum"}),
    ("dLdBb scaled", "BW in dLdBb", {"self.dLdBb = np.sum(dLdBZ,": "self.dLdBb = np.sum(dLdBZ * self.BW,"}),
    (
        "dLdBW and dLdBb change places",
        "swapped",
        {
            "self.dLdBW = np.sum(dLdBZ * self.NZ": "self.dLdBb = np.sum(dLdBZ * self.NZ",
            "self.dLdBb = np.sum(dLdBZ,": "self.dLdBW = np.sum(dLdBZ,",
        },
    ),
    ("dLdBb minus", "sign", {"np.sum(dLdBZ, axis": "-np.sum(dLdBZ, axis"}),
    ("dLdBW averaged", "extra 1/N", {"np.sum(dLdBZ * self.NZ": "np.mean(dLdBZ * self.NZ"}),
    ("dLdBW without NZ", "NZ missing", {"np.sum(dLdBZ * self.NZ, ": "np.sum(dLdBZ, "}),
    ("dLdBW with Z", "Z for NZ", {"np.sum(dLdBZ * self.NZ": "np.sum(dLdBZ * self.Z"}),
    ("dLdBW with BZ", "BZ for NZ", {"np.sum(dLdBZ * self.NZ": "np.sum(dLdBZ * self.BZ"}),
    ("dLdBW with BW", "BW in dLdBW", {"np.sum(dLdBZ * self.NZ": "np.sum(dLdBZ * self.BW"}),
    ("dLdBW a local name", "all zero", {"self.dLdBW = np.sum": "dLdBW = np.sum"}),
    ("dLdBW accumulates", "accumulates", {"self.dLdBW = np.sum": "self.dLdBW = self.dLdBW + np.sum"}),
    ("dLdBb accumulates", "accumulates", {"self.dLdBb = np.sum": "self.dLdBb = self.dLdBb + np.sum"}),
    (
        "dLdBW by a matrix product",
        "shape | reduced too far | transposed",
        {"np.sum(dLdBZ * self.NZ, axis=0, keepdims=True)": "dLdBZ.T @ self.NZ"},
    ),
    ("only the first term", "missing term", {D_Z: "dLdNZ * V_eps**-0.5"}),
    ("no dLdM", "missing term", {" + dLdM / self.N": ""}),
    ("no dLdV", "missing term", {" + dLdV * (2 / self.N) * centred": ""}),
    ("no first term", "missing term", {"dLdNZ * V_eps**-0.5 + dLdV": "dLdV"}),
    ("dLdV positive", "sign", {"-0.5 * np.sum": "0.5 * np.sum"}),
    ("dLdM positive", "sign", {"-np.sum(dLdNZ": "np.sum(dLdNZ"}),
    ("dLdM subtracted", "sign", {"+ dLdM / self.N": "- dLdM / self.N"}),
    ("no ½ in dLdV", "factor", {"-0.5 * np.sum": "-np.sum"}),
    ("no 2 at the end", "factor", {"dLdV * (2 / self.N)": "dLdV / self.N"}),
    ("dLdV averaged", "1/N", {"-0.5 * np.sum": "-0.5 * np.mean"}),
    ("dLdM averaged", "1/N", {"-np.sum(dLdNZ": "-np.mean(dLdNZ"}),
    ("dLdV not divided by N", "1/N", {"(2 / self.N)": "2"}),
    ("dLdM not divided by N", "1/N", {"dLdM / self.N": "dLdM"}),
    ("neither ½ nor 1/N", "1/N", {"-0.5 * np.sum": "-np.sum", "(2 / self.N)": "2"}),
    ("-1/2 for -3/2", "power", {"V_eps**-1.5": "V_eps**-0.5"}),
    ("+3/2 for -3/2", "power", {"V_eps**-1.5": "V_eps**1.5"}),
    ("no power at all", "power", {" * V_eps**-1.5": ""}),
    ("-3/2 without brackets", "brackets", {"V_eps**-1.5": "V_eps**-3/2"}),
    (
        "-1/2 without brackets in dLdM",
        "brackets",
        {D_M: "-np.sum(dLdNZ * V_eps**-1/2, axis=0, keepdims=True)"},
    ),
    (
        "unbiased variance in backward",
        "unbiased variance",
        {"V_eps = self.V + self.eps": "V_eps = self.Z.var(axis=0, ddof=1) + self.eps"},
    ),
    (
        "both sums averaged",
        "wrong terms",
        {"-0.5 * np.sum": "-0.5 * np.mean", "-np.sum(dLdNZ": "-np.mean(dLdNZ"},
    ),
    (
        "std for variance throughout",
        "std for variance",
        {"V_eps = self.V + self.eps": "V_eps = np.sqrt(self.V + self.eps)"},
    ),
    ("dLdM without the root", "power", {D_M: "-np.sum(dLdNZ / V_eps, axis=0, keepdims=True)"}),
    ("dLdM without a denominator", "power", {D_M: "-np.sum(dLdNZ, axis=0, keepdims=True)"}),
    ("first term without the root", "power", {D_Z: D_Z.replace("V_eps**-0.5", "V_eps**-1.0")}),
    ("first term multiplied", "power", {D_Z: D_Z.replace("V_eps**-0.5", "V_eps**0.5")}),
    ("NZ for Z - M in dLdV", "power", {"dLdNZ * centred * V_eps**-1.5": "dLdNZ * self.NZ * V_eps**-1.5"}),
    ("NZ for Z - M at the end", "power", {"(2 / self.N) * centred": "(2 / self.N) * self.NZ"}),
    ("Z for Z - M at the end", "not centred", {"(2 / self.N) * centred": "(2 / self.N) * self.Z"}),
    ("Z for Z - M in dLdV", "wrong terms", {"dLdNZ * centred * V_eps**-1.5": "dLdNZ * self.Z * V_eps**-1.5"}),
    ("dLdBZ in dLdV", "BW missing", {"np.sum(dLdNZ * centred": "np.sum(dLdBZ * centred"}),
    ("dLdBZ in dLdM", "BW missing", {"-np.sum(dLdNZ": "-np.sum(dLdBZ"}),
    ("dLdBZ in the first term", "BW missing", {D_Z: D_Z.replace("dLdNZ", "dLdBZ")}),
    ("BW left out", "BW missing", {"dLdBZ * self.BW": "dLdBZ"}),
    ("BW twice", "BW twice", {"dLdBZ * self.BW": "dLdBZ * self.BW**2"}),
    ("divided by BW", "different | factor", {"dLdBZ * self.BW": "dLdBZ / self.BW"}),
    ("dLdV not summed", "sum missing", {D_V: "-0.5 * dLdNZ * centred * V_eps**-1.5"}),
    ("dLdM not summed", "sum missing", {D_M: "-dLdNZ * V_eps**-0.5"}),
    ("second term of dLdM not summed", "wrong terms", {D_M: D_M + " - 0.5 * dLdV * centred[:1]"}),
    ("no eps in backward", "eps missing", {"V_eps = self.V + self.eps": "V_eps = self.V"}),
    ("no eps in dLdV", "eps missing", {"centred * V_eps**-1.5": "centred * self.V**-1.5"}),
    ("no eps in dLdM", "eps missing", {D_M: "-np.sum(dLdNZ / np.sqrt(self.V), axis=0, keepdims=True)"}),
    ("dLdZ divided by N", "extra 1/N", {"return dLdZ": "return dLdZ / self.N"}),
    ("dLdZ negative", "sign", {"return dLdZ": "return -dLdZ"}),
    ("dLdNZ returned", "different | another quantity", {"return dLdZ": "return dLdNZ"}),
    ("dLdZ forgotten", "returns None", {"        return dLdZ\n": ""}),
    ("V without self", "undefined name", {"V_eps = self.V": "V_eps = V"}),
    (
        "centred along the wrong axis",
        "shapes do not fit",
        {"centred = self.Z - self.M": "centred = self.Z - self.Z.mean(axis=1)"},
    ),
    (
        "backward uses the running values",
        "running values in backward",
        {"V_eps = self.V + self.eps": "V_eps = self.running_V + self.eps"},
    ),
    # forward, inference
    ("eval ignored", "eval uses batch statistics", {"if not eval:": "if True:"}),
    ("branches swapped", "missing attribute", {"if not eval:": "if eval:"}),
    (
        "batch statistics in eval",
        "eval uses batch statistics",
        {EVAL_NORM: "self.NZ = (Z - Z.mean(axis=0)) / np.sqrt(Z.var(axis=0) + self.eps)"},
    ),
    (
        "batch variance in eval",
        "eval uses batch statistics",
        {EVAL_NORM: "self.NZ = (Z - self.running_M) / np.sqrt(Z.var(axis=0) + self.eps)"},
    ),
    (
        "batch mean in eval",
        "eval uses batch statistics",
        {EVAL_NORM: "self.NZ = (Z - Z.mean(axis=0)) / np.sqrt(self.running_V + self.eps)"},
    ),
    (
        "the last batch's statistics in eval",
        "eval uses batch statistics",
        {EVAL_NORM: "self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)"},
    ),
    ("multiplied in eval", "inverted", {EVAL_NORM: EVAL_NORM.replace("/", "*")}),
    (
        "no root in eval",
        "root missing",
        {EVAL_NORM: "self.NZ = (Z - self.running_M) / (self.running_V + self.eps)"},
    ),
    ("not centred in eval", "not centred", {EVAL_NORM: "self.NZ = Z / np.sqrt(self.running_V + self.eps)"}),
    ("not normalised in eval", "Z for NZ", {EVAL_NORM: "self.NZ = Z"}),
    ("not scaled in eval", "not scaled", {EVAL_SCALE: EVAL_NORM + "\n            self.BZ = self.NZ"}),
    (
        "not shifted in eval",
        "missing bias",
        {EVAL_SCALE: EVAL_NORM + "\n            self.BZ = self.BW * self.NZ"},
    ),
    (
        "shifted only in eval",
        "BW missing",
        {EVAL_SCALE: EVAL_NORM + "\n            self.BZ = self.NZ + self.Bb"},
    ),
    ("BZ of training returned in eval", "another quantity", {EVAL_SCALE: EVAL_NORM}),
    (
        "eval returns nothing",
        "returns None",
        {"        return self.BZ\n": "            return None\n        return self.BZ\n"},
    ),
    (
        "running_M misspelt in eval",
        "attribute not kept",
        {EVAL_NORM: EVAL_NORM.replace("running_M", "running_mean")},
    ),
    (
        "eval updates running_M",
        "eval changes running values",
        {EVAL_SCALE: EVAL_SCALE + f"\n            self.running_M = {RUN_M}"},
    ),
    (
        "eval updates running_V",
        "eval changes running values",
        {EVAL_SCALE: EVAL_SCALE + f"\n            self.running_V = {RUN_V}"},
    ),
    (
        "running values updated outside the branch",
        "eval changes running values",
        {},
        {
            "forward": """
        def forward(self, Z, eval=False):
            M, V = Z.mean(axis=0, keepdims=True), Z.var(axis=0, keepdims=True)
            if eval:
                NZ = (Z - self.running_M) / np.sqrt(self.running_V + self.eps)
            else:
                NZ = (Z - M) / np.sqrt(V + self.eps)
                self.Z, self.N, self.M, self.V, self.NZ = Z, len(Z), M, V, NZ
            alpha = 0.9 if self.alpha == 0.9 else 0.8
            self.running_M = alpha * self.running_M + (1 - alpha) * M
            self.running_V = self.alpha * self.running_V + (1 - self.alpha) * V
            self.BZ = self.BW * NZ + self.Bb
            return self.BZ
    """
        },
    ),
)

WRONG = [*LINEAR, *ACTIVATIONS, *MLPS, *LOSSES, *SGD, *BATCHNORM]
