"""Right classes of the multilayer perceptrons, in other styles than the library's."""

import textwrap

from support.implementations import Right, right

MLP_BODIES = {
    "zip": """
                def forward(self, A):
                    for layer, f in zip(self.layers, self.f):
                        A = f.forward(layer.forward(A))
                    return A

                def backward(self, dLdA):
                    for layer, f in zip(self.layers[::-1], self.f[::-1]):
                        dLdA = layer.backward(dLdA * f.backward())
                    return dLdA
    """,
    "lists of everything kept": """
                def forward(self, A0):
                    self.A, self.Z = [A0], []
                    for i in range(len(self.layers)):
                        self.Z.append(self.layers[i].forward(self.A[i]))
                        self.A.append(self.f[i].forward(self.Z[i]))
                    return self.A[-1]

                def backward(self, dLdA):
                    i = len(self.layers) - 1
                    while i >= 0:
                        dLdZ = np.multiply(dLdA, self.f[i].backward())
                        dLdA = self.layers[i].backward(dLdZ)
                        i -= 1
                    return True
    """,
    "recursion": """
                def forward(self, A, i=0):
                    if i == len(self.layers):
                        return A
                    return self.forward(self.f[i].forward(self.layers[i].forward(A)), i + 1)

                def backward(self, dLdA):
                    def go(i, dLdA):
                        if i >= 0:
                            go(i - 1, self.layers[i].backward(self.f[i].backward() * dLdA))

                    go(len(self.layers) - 1, dLdA)
    """,
}
MLP_SIZES = {"MLP0": (2, 3), "MLP1": (2, 3, 2), "MLP4": (2, 4, 8, 8, 4, 2)}
MLP_LISTS = {
    "zip": """
                def __init__(self):
                    sizes = {sizes}
                    self.layers = [Linear(*pair) for pair in zip(sizes, sizes[1:])]
                    self.f = [ReLU() for _ in self.layers]
    """,
    "lists of everything kept": """
                def __init__(self, sizes={sizes}):
                    self.layers, self.f = [], []
                    for i in range(len(sizes) - 1):
                        self.layers.append(Linear(sizes[i], sizes[i + 1]))
                        self.f += [ReLU()]
                        setattr(self, f"layer{{i}}", self.layers[i])
    """,
    "recursion": """
                def __init__(self):
                    self.layers = tuple(Linear(i, o) for i, o in zip({sizes}, {sizes}[1:]))
                    self.f = tuple(ReLU() for _ in self.layers)
    """,
}


def _mlp(name: str, sizes: tuple, style: str) -> Right:
    methods = textwrap.dedent(MLP_LISTS[style].format(sizes=sizes)) + textwrap.dedent(MLP_BODIES[style])
    return Right(name, style, f"class {name}:\n{textwrap.indent(methods, '    ')}")


RIGHT = [_mlp(name, sizes, style) for style in MLP_BODIES for name, sizes in MLP_SIZES.items()] + right(
    "MLP1",
    written_out="""
        class MLP1:
            def __init__(self):
                self.layer0, self.layer1 = Linear(2, 3), Linear(3, 2)
                self.f0, self.f1 = ReLU(), ReLU()
                self.layers = [self.layer0, self.layer1]
                self.f = [self.f0, self.f1]

            def forward(self, A0):
                Z0 = self.layer0.forward(A0)
                A1 = self.f0.forward(Z0)
                Z1 = self.layer1.forward(A1)
                A2 = self.f1.forward(Z1)
                return A2

            def backward(self, dLdA2):
                dLdZ1 = dLdA2 * self.f1.backward()
                dLdA1 = self.layer1.backward(dLdZ1)
                dLdZ0 = dLdA1 * self.f0.backward()
                self.dLdA0 = self.layer0.backward(dLdZ0)
    """,
)

# Options as hidden tests set them.
HIDDEN = dict.fromkeys(("MLP0", "MLP1", "MLP4"), ({"N": 7}, {"N": 1}, {"N": 6, "dtype": "float32"}))
