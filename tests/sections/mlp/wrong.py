"""Wrong classes of the multilayer perceptrons, with the causes to be named."""

from support.implementations import LIBRARY, Wrong, wrong, wrong_beside

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


WRONG = [
    *wrong(
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
        (
            "the batch as a number",
            "shapes do not fit",
            {"        return A\n": "        return np.zeros((4, 3)) + A\n"},
        ),
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
    *wrong(
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
    *wrong(
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
    *_mlps(
        "activations first",
        "activation first",
        {
            "Z = self.layers[i].forward(A)": "Z = self.f[i].forward(A)",
            "f[i].forward(Z)": "layers[i].forward(Z)",
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
        "backward of the layers behind the loop",
        "backward order",
        {"    dLdA = self.layers[i].backward(dLdZ)": "dLdA = self.layers[i].backward(dLdZ)"},
    ),
    *_mlps(
        "forward order, by zip",
        "forward order",
        forward="""
        def forward(self, A):
            for layer, f in zip(self.layers[::-1], self.f[::-1]):
                A = f.forward(layer.forward(A))
            return A
    """,
    ),
    *_mlps(
        "activations behind the loop, by zip",
        "A not passed on",
        forward="""
        def forward(self, A):
            for layer, f in zip(self.layers, self.f):
                Z = layer.forward(A)
            A = f.forward(Z)
            return A
    """,
    ),
    *_mlps(
        "backward by hand",
        "layer not reached",
        backward="""
        def backward(self, dLdA):
            for layer, f in zip(self.layers[::-1], self.f[::-1]):
                dLdA = (dLdA * f.backward()) @ layer.W
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
    *_mlps(
        "layers taken out of their list",
        "wrong type",
        {"self.layers[i].backward(dLdZ)": "self.layers.pop().backward(dLdZ)"},
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
    *_mlps(
        "forward without its brackets",
        "brackets of a call",
        {"A = self.f[i].forward(Z)": "A = self.f[i].forward"},
    ),
    *_mlps(
        "a zip reversed",
        "not reversible",
        backward="""
        def backward(self, dLdA):
            for layer, f in reversed(zip(self.layers, self.f)):
                dLdA = layer.backward(dLdA * f.backward())
    """,
    ),
    *_mlps(
        "the lists turned round",
        "list reversed",
        backward="""
        def backward(self, dLdA):
            self.layers.reverse()
            for layer, f in zip(self.layers, self.f[::-1]):
                dLdA = layer.backward(dLdA * f.backward())
            self.f.reverse()
    """,
    ),
    *_mlps(
        "the batch as a number",
        "shapes do not fit",
        forward="""
        def forward(self, A):
            for i in range(len(self.layers)):
                A = self.f[i].forward(self.layers[i].forward(A))
            output = np.zeros((4, 2))
            output[:] = A
            return output
    """,
    ),
    *_mlps(
        "forward by hand",
        "forward not run",
        forward="""
        def forward(self, A):
            for layer in self.layers:
                A = np.maximum(0, A @ layer.W.T + layer.b.T)
            return A
    """,
    ),
]

# The last of a loop over a model's, as in the notebook.
NOTEBOOK = {"layer": LIBRARY["Linear"](4, 2), "f": LIBRARY["ReLU"](), "i": 4}

WRONG += wrong_beside(
    "MLP0",
    NOTEBOOK,
    ("f of the notebook", "name of the notebook", {"self.f[i].forward(Z)": "f[i].forward(Z)"}),
)

SLOPE = "dAdZ = self.f[i].backward()"
WRONG += wrong(
    "MLP4",
    ("two slopes exchanged", "different", {SLOPE: "dAdZ = self.f[[0, 2, 1, 3, 4][i]].backward()"}),
    ("the slope of the layer before", "different", {SLOPE: "dAdZ = self.f[i - (i == 2)].backward()"}),
    ("the slope of the layer behind", "different", {SLOPE: "dAdZ = self.f[i + (i == 1)].backward()"}),
)

WRONG += [
    *_mlps(
        "layers in round brackets",
        "wrong type",
        {},
        __init__="""
        def __init__(self):
            sizes = {"MLP1": [2, 3, 2], "MLP4": [2, 4, 8, 8, 4, 2]}[type(self).__name__]
            self.layers = (Linear(m, n) for m, n in zip(sizes, sizes[1:]))
            self.f = [ReLU() for _ in sizes[1:]]
    """,
    ),
    *_mlps(
        "pairs of a generator, by number",
        "no list",
        {},
        forward="""
        def forward(self, A):
            pairs = ((layer, f) for layer, f in zip(self.layers, self.f))
            for i in range(len(self.f)):
                A = pairs[i][1].forward(pairs[i][0].forward(A))
            return A
    """,
    ),
    *_mlps(
        "pairs of zip, by number",
        "no list",
        {},
        forward="""
        def forward(self, A):
            pairs = zip(self.layers, self.f)
            for i in range(len(self.f)):
                A = pairs[i][1].forward(pairs[i][0].forward(A))
            return A
    """,
    ),
]

# Causes that the course promises to name.
PROMISED = {"backward order", "dAdZ missing"}

# Whose line must be said: messages about them were once untrue or of no use.
SHOWN = {
    "the same activation twice",
    "added, not multiplied",
}
