"""How each method is commonly written, so that a class of two students has something to be compared with.

Any of these right (or nearly right) ways may be met in two hand-ins that know nothing of each other. The texts are only
read, never run. A class of many students says by itself what is common, and then these count for little.
"""

from .fingerprints import Reader

LOOPS = (
    "for i in range(len(self.layers)):\n    Z = self.layers[i].forward(A)\n    A = self.f[i].forward(Z)\nreturn A",
    "for i in range(l):\n    A = self.f[i].forward(self.layers[i].forward(A))\nreturn A",
    "for layer, f in zip(self.layers, self.f):\n    A = f.forward(layer.forward(A))\nreturn A",
    "for i, layer in enumerate(self.layers):\n    A = self.f[i].forward(layer.forward(A))\nreturn A",
)
LOOPS_BACK = (
    "for i in reversed(range(l)):\n    dLdZ = dLdA * self.f[i].backward()\n    dLdA = self.layers[i].backward(dLdZ)",
    "for i in reversed(range(len(self.layers))):\n    dLdA = self.layers[i].backward(dLdA * self.f[i].backward())",
    "for i in range(l - 1, -1, -1):\n    dLdA = self.layers[i].backward(np.multiply(dLdA, self.f[i].backward()))",
    "for layer, f in zip(self.layers[::-1], self.f[::-1]):\n    dLdA = layer.backward(dLdA * f.backward())",
    "for layer, f in zip(reversed(self.layers), reversed(self.f)):\n    dLdA = layer.backward(dLdA * f.backward())",
)
COLUMN_SUMS = (
    "np.sum({}, axis=0, keepdims=True)",
    "np.sum({}, axis=0).reshape(1, -1)",
    "np.sum({}, axis=0)",
    "np.ones((1, self.N)) @ ({})",
)
POWERS = ("({0}) ** (-{1} / 2)", "np.sqrt({0}) ** -{1}", "({0}) ** -{1}.5", "np.power({0}, -{1} / 2)")

WAYS: dict[str, tuple[str, ...]] = {
    "Linear W": (
        "self.W = np.zeros((out_features, in_features))\nself.b = np.zeros((out_features, 1))",
        "self.W = np.zeros([out_features, in_features])\nself.b = np.zeros([out_features, 1])",
        "self.W = np.zeros(shape=(out_features, in_features))\nself.b = np.zeros(shape=(out_features, 1))",
    ),
    "Linear N": ("self.A = A\nself.N = A.shape[0]", "self.N = len(A)", "self.N = np.shape(A)[0]"),
    "Linear forward": (
        "Z = A @ self.W.T + self.b.T\nreturn Z",
        "return A @ self.W.T + np.ones((self.N, 1)) @ self.b.T",
        "return A @ np.transpose(self.W) + np.transpose(self.b)",
        "return A @ self.W.T + self.b.reshape(1, -1)",
    ),
    "Linear backward": (
        (
            "dZdA = self.W.T\ndZdW = self.A\ndZdb = np.ones((self.N, 1))\ndLdA = dLdZ @ dZdA.T\ndLdW = dLdZ.T @ dZdW\ndLdb ="
            " dLdZ.T @ dZdb\nself.dLdW = dLdW / self.N\nself.dLdb = dLdb / self.N\nreturn dLdA"
        ),
        (
            "dLdA = dLdZ @ self.W\nself.dLdW = dLdZ.T @ self.A / self.N\nself.dLdb = np.sum(dLdZ, axis=0, keepdims=True).T /"
            " self.N"
        ),
        (
            "dLdb = np.sum(dLdZ, axis=0).reshape(-1, 1)\nself.dLdb = dLdb / self.N\ndLdW = dLdZ.T @ self.A\nself.dLdW = dLdW"
            " / self.N"
        ),
        "dLdb = dLdZ.T @ np.ones((dLdZ.shape[0], 1))\nself.dLdb = dLdb / self.N",
    ),
    "Sigmoid forward": (
        "self.A = 1 / (1 + np.exp(-Z))",
        "self.A = np.exp(Z) / (1 + np.exp(Z))",
        "self.A = 1 / (1 + np.exp(-1 * Z))",
    ),
    "Sigmoid backward": (
        "return self.A - self.A * self.A",
        "return self.A * (1 - self.A)",
        "return self.A - self.A ** 2",
        "return self.A - np.square(self.A)",
    ),
    "Tanh forward": (
        "self.A = np.tanh(Z)",
        "self.A = np.tanh(Z)",
        "self.A = (np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z))",
    ),
    "Tanh backward": (
        "return 1 - self.A * self.A",
        "return 1 - self.A ** 2",
        "return 1 - np.square(self.A)",
        "return 1 - np.power(self.A, 2)",
    ),
    "ReLU forward": (
        "self.A = np.maximum(0, Z)",
        "self.A = np.maximum(Z, 0)",
        "self.A = np.where(Z > 0, Z, 0)",
        "self.A = Z * (Z > 0)",
    ),
    "ReLU backward": (
        "return np.where(self.A > 0, 1, 0)",
        "return np.where(self.A > 0, 1.0, 0.0)",
        "return (self.A > 0).astype(float)",
        "dAdZ = np.zeros(self.A.shape)\ndAdZ[self.A > 0] = 1\nreturn dAdZ",
        "return np.sign(self.A)",
    ),
    "MLP0": ("self.layers = [Linear(2, 3)]\nself.f = [ReLU()]",),
    "MLP1": ("self.layers = [Linear(2, 3), Linear(3, 2)]\nself.f = [ReLU(), ReLU()]",),
    "MLP4": (
        (
            "self.layers = [Linear(2, 4), Linear(4, 8), Linear(8, 8), Linear(8, 4), Linear(4, 2)]\nself.f = [ReLU(), ReLU(),"
            " ReLU(), ReLU(), ReLU()]"
        ),
        (
            "self.layers = [Linear(2, 4), Linear(4, 8), Linear(8, 8), Linear(8, 4), Linear(4, 2)]\nself.f = [ReLU() for _ in"
            " range(5)]"
        ),
        (
            "self.layers = [Linear(2, 4), Linear(4, 8), Linear(8, 8), Linear(8, 4), Linear(4, 2)]\nself.f = [ReLU() for _ in"
            " self.layers]"
        ),
        "self.layers = [Linear(2, 4), Linear(4, 8), Linear(8, 8), Linear(8, 4), Linear(4, 2)]\nself.f = [ReLU()] * 5",
    ),
    "MLP forward": LOOPS,
    "MLP backward": LOOPS_BACK,
    "MSELoss forward": (
        "SE = (A - Y) ** 2\nSSE = np.sum(SE)\nL = SSE / (2 * N * C)\nreturn L",
        "SE = (A - Y) * (A - Y)\nreturn np.sum(SE) / (2 * N * C)",
        "return np.sum(np.square(A - Y)) / (2 * N * C)",
        "return np.mean((A - Y) ** 2) / 2",
        "return 0.5 * np.sum((A - Y) ** 2) / (N * C)",
        "SSE = np.ones((1, N)) @ ((A - Y) ** 2) @ np.ones((C, 1))\nreturn SSE / (2 * N * C)",
    ),
    "MSELoss backward": (
        "N, C = self.A.shape\nreturn (self.A - self.Y) / (N * C)",
        "return (self.A - self.Y) / self.A.size",
        "return (self.A - self.Y) / (self.A.shape[0] * self.A.shape[1])",
        "return (self.A - self.Y) / N / C",
    ),
    "softmax": (
        "self.softmax = np.exp(A) / np.sum(np.exp(A), axis=1, keepdims=True)",
        "e = np.exp(A - np.max(A, axis=1, keepdims=True))\nself.softmax = e / np.sum(e, axis=1, keepdims=True)",
        "self.softmax = np.exp(A) / (np.exp(A) @ np.ones((C, 1)) @ np.ones((1, C)))",
        "e = np.exp(A - np.max(A))\nself.softmax = e / np.sum(e, axis=1).reshape(-1, 1)",
        "self.softmax = np.exp(A) / np.sum(np.exp(A), axis=1).reshape(-1, 1)",
    ),
    "CrossEntropyLoss forward": (
        "crossentropy = (-Y * np.log(self.softmax)) @ np.ones((C, 1))\nL = np.sum(crossentropy) / N",
        "crossentropy = -np.sum(Y * np.log(self.softmax), axis=1)\nreturn np.mean(crossentropy)",
        "return -np.sum(Y * np.log(self.softmax)) / N",
        "crossentropy = np.sum(-Y * np.log(self.softmax), axis=1)\nreturn np.sum(crossentropy) / N",
        "crossentropy = -np.sum(Y * np.log(self.softmax), axis=1, keepdims=True)\nreturn np.sum(crossentropy) / N",
        "return np.sum(-Y * np.log(self.softmax + 1e-8)) / N",
    ),
    "CrossEntropyLoss backward": ("return self.softmax - self.Y",),
    "SGD step": (
        (
            "for i in range(self.L):\n    self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW\n    self.l[i].b ="
            " self.l[i].b - self.lr * self.l[i].dLdb"
        ),
        (
            "for i in range(self.L):\n    self.v_W[i] = self.mu * self.v_W[i] + self.l[i].dLdW\n    self.v_b[i] = self.mu *"
            " self.v_b[i] + self.l[i].dLdb\n    self.l[i].W = self.l[i].W - self.lr * self.v_W[i]\n    self.l[i].b ="
            " self.l[i].b - self.lr * self.v_b[i]"
        ),
        (
            "for i, layer in enumerate(self.l):\n    self.v_W[i] = self.mu * self.v_W[i] + layer.dLdW\n    self.v_b[i] ="
            " self.mu * self.v_b[i] + layer.dLdb\n    layer.W = layer.W - self.lr * self.v_W[i]\n    layer.b = layer.b -"
            " self.lr * self.v_b[i]"
        ),
        (
            "for i, layer in enumerate(self.l):\n    layer.W = layer.W - self.lr * layer.dLdW\n    layer.b = layer.b -"
            " self.lr * layer.dLdb"
        ),
    ),
    "BatchNorm1d mean": (
        "self.Z = Z\nself.N = Z.shape[0]\nself.M = np.mean(Z, axis=0, keepdims=True)",
        "self.N = len(Z)\nself.M = np.mean(Z, axis=0).reshape(1, -1)",
        "self.M = np.sum(Z, axis=0, keepdims=True) / self.N",
        "self.M = np.ones((1, self.N)) @ Z / self.N",
    ),
    "BatchNorm1d variance": (
        "self.V = np.mean((Z - self.M) ** 2, axis=0, keepdims=True)",
        "self.V = np.var(Z, axis=0, keepdims=True)",
        "self.V = np.sum((Z - self.M) ** 2, axis=0, keepdims=True) / self.N",
        "self.V = np.mean(np.square(Z - self.M), axis=0, keepdims=True)",
        "self.V = np.sum((Z - self.M) * (Z - self.M), axis=0, keepdims=True) / self.N",
    ),
    "BatchNorm1d normalise": tuple(
        f"self.NZ = (Z - self.M) / {root.format('self.V')}\nself.NZ = (Z - self.running_M) / {root.format('self.running_V')}"
        for root in (
            "np.sqrt({} + self.eps)",
            "np.sqrt({} + self.eps)",
            "({} + self.eps) ** 0.5",
            "np.power({} + self.eps, 1 / 2)",
        )
    ),
    "BatchNorm1d scale": ("self.BZ = self.BW * self.NZ + self.Bb\nreturn self.BZ",),
    "BatchNorm1d running": (
        (
            "self.running_M = self.alpha * self.running_M + (1 - self.alpha) * self.M\n"
            "self.running_V = self.alpha * self.running_V + (1 - self.alpha) * self.V"
        ),
    ),
    "BatchNorm1d gradients": tuple(
        f"self.dLdBW = {total.format('dLdBZ * self.NZ')}\nself.dLdBb = {total.format('dLdBZ')}\ndLdNZ = dLdBZ *"
        " self.BW\nreturn dLdNZ"
        for total in COLUMN_SUMS
    ),
    "BatchNorm1d backward": (
        tuple(
            "dLdNZ = dLdBZ * self.BW\n"
            f"dLdV = {half} * {total.format('dLdNZ * (self.Z - self.M) * ' + power.format('self.V + self.eps', 3))}\n"
            f"dLdM = -{total.format('dLdNZ * ' + power.format('self.V + self.eps', 1))}\n"
            f"dLdZ = dLdNZ * {power.format('self.V + self.eps', 1)} + dLdV * {two} + dLdM / self.N\nreturn dLdZ"
            for total in COLUMN_SUMS[:2]
            for power in POWERS
            for half, two in (("-0.5", "(2 / self.N) * (self.Z - self.M)"), ("-1 / 2", "2 * (self.Z - self.M) / self.N"))
        )
        + tuple(
            f"dLdNZ = dLdBZ * self.BW\nstd = np.sqrt(self.V + self.eps)\ndLdV = {half} *"
            f" {total.format('dLdNZ * (self.Z - self.M) / std ** 3')}\ndLdM = -{total.format('dLdNZ / std')}\ndLdZ = dLdNZ /"
            f" std + dLdV * {two} + dLdM / self.N\nreturn dLdZ"
            for total in COLUMN_SUMS[:2]
            for half, two in (("-0.5", "(2 / self.N) * (self.Z - self.M)"), ("-1 / 2", "2 * (self.Z - self.M) / self.N"))
        )
    ),
}


def known_fingerprints(reader: Reader) -> dict[int, float]:
    """How common each fingerprint is: the part of the ways to write a method that hold it."""
    common: dict[int, float] = {}
    for ways in WAYS.values():
        for way in ways:
            for fingerprint in reader.fingerprints([("code", way)]).places:
                common[fingerprint] = common.get(fingerprint, 0.0) + 1 / len(ways)
    return {fingerprint: min(part, 1.0) for fingerprint, part in common.items()}
