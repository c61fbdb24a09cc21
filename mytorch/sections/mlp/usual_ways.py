"""How each method is commonly written, for the similarity check. Instructors only: right answers stand
here.
"""

LOOPS = (
    "for i in range(len(self.layers)):\n    Z = self.layers[i].forward(A)\n    A = "
    "self.f[i].forward(Z)\nreturn A",
    "for i in range(l):\n    A = self.f[i].forward(self.layers[i].forward(A))\nreturn A",
    "for layer, f in zip(self.layers, self.f):\n    A = f.forward(layer.forward(A))\nreturn A",
    "for i, layer in enumerate(self.layers):\n    A = self.f[i].forward(layer.forward(A))\nreturn A",
)
LOOPS_BACK = (
    "for i in reversed(range(l)):\n    dLdZ = dLdA * self.f[i].backward()\n    dLdA = "
    "self.layers[i].backward(dLdZ)",
    "for i in reversed(range(len(self.layers))):\n    dLdA = self.layers[i].backward(dLdA * "
    "self.f[i].backward())",
    "for i in range(l - 1, -1, -1):\n    dLdA = self.layers[i].backward(np.multiply(dLdA, "
    "self.f[i].backward()))",
    "for layer, f in zip(self.layers[::-1], self.f[::-1]):\n    dLdA = layer.backward(dLdA * f.backward())",
    "for layer, f in zip(reversed(self.layers), reversed(self.f)):\n    dLdA = layer.backward(dLdA * "
    "f.backward())",
)

WAYS = {
    "MLP0": ("self.layers = [Linear(2, 3)]\nself.f = [ReLU()]",),
    "MLP1": ("self.layers = [Linear(2, 3), Linear(3, 2)]\nself.f = [ReLU(), ReLU()]",),
    "MLP4": (
        (
            "self.layers = [Linear(2, 4), Linear(4, 8), Linear(8, 8), Linear(8, 4), Linear(4, 2)]\nself.f = "
            "[ReLU(), ReLU(), ReLU(), ReLU(), ReLU()]"
        ),
        (
            "self.layers = [Linear(2, 4), Linear(4, 8), Linear(8, 8), Linear(8, 4), Linear(4, 2)]\nself.f = "
            "[ReLU() for _ in range(5)]"
        ),
        (
            "self.layers = [Linear(2, 4), Linear(4, 8), Linear(8, 8), Linear(8, 4), Linear(4, 2)]\nself.f = "
            "[ReLU() for _ in self.layers]"
        ),
        "self.layers = [Linear(2, 4), Linear(4, 8), Linear(8, 8), Linear(8, 4), Linear(4, 2)]\nself.f = "
        "[ReLU()] * 5",
    ),
    "MLP forward": LOOPS,
    "MLP backward": LOOPS_BACK,
}
