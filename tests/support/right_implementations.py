"""Right classes in other styles than the library's: each must pass every check, visible or hidden.

The contract fixes names, shapes and values. How they come about is the student's affair, and so is whatever
the class does besides: extra attributes, warnings, prints, float32 inside, arrays changed in place.
"""

import textwrap
from dataclasses import dataclass

from support.wrong_implementations import compiled


@dataclass(frozen=True)
class Right:
    component: str
    name: str
    source: str

    def __str__(self) -> str:
        return f"{self.component}: {self.name}"

    def build(self) -> type:
        return compiled(textwrap.dedent(self.source), self.component, str(self))


def _bank(component: str, **sources: str) -> list[Right]:
    return [Right(component, name.replace("_", " "), source) for name, source in sources.items()]


LINEAR = _bank(
    "Linear",
    einsum="""
        class Linear:
            def __init__(self, in_features, out_features):
                self.W = np.zeros([out_features, in_features])
                self.b = np.zeros([out_features, 1])

            def forward(self, A):
                self.A, self.N = A, len(A)
                return np.einsum("ni,oi->no", A, self.W) + np.einsum("n,ok->no", np.ones(self.N), self.b)

            def backward(self, dLdZ):
                self.dLdW = np.einsum("no,ni->oi", dLdZ, self.A) / self.N
                self.dLdb = np.einsum("no->o", dLdZ)[:, np.newaxis] / self.N
                return np.einsum("no,oi->ni", dLdZ, self.W)
    """,
    np_dot_and_iota="""
        class Linear:
            def __init__(self, in_features, out_features):
                self.W = np.zeros(shape=(out_features, in_features), dtype="f")
                self.b = np.zeros(shape=(out_features, 1), dtype="f")

            def forward(self, A):
                self.A = A
                self.N = np.int64(A.shape[0])
                ones = np.ones((self.N, 1))
                return np.dot(A, self.W.T) + np.dot(ones, self.b.T)

            def backward(self, dLdZ):
                ones = np.ones((self.N, 1))
                self.dLdW = np.dot(dLdZ.T, self.A) / self.N
                self.dLdb = np.dot(dLdZ.T, ones) / self.N
                return np.dot(dLdZ, self.W)
    """,
    np_matmul_and_mean="""
        class Linear:
            def __init__(self, in_features, out_features):
                self.in_features, self.out_features = in_features, out_features
                self.W = np.zeros((out_features, in_features))
                self.b = np.zeros((out_features, 1))
                self.dLdW = None
                self.dLdb = None

            def forward(self, A):
                self.A = np.asarray(A, dtype=float)
                self.N = A.shape[0]
                self.Z = np.matmul(self.A, np.transpose(self.W)) + np.reshape(self.b, (1, -1))
                return self.Z

            def backward(self, dLdZ):
                self.dLdW = np.matmul(dLdZ.T, self.A) / self.N
                self.dLdb = np.mean(dLdZ, axis=0, keepdims=True).T
                return np.matmul(dLdZ, self.W)
    """,
    loops_over_rows="""
        class Linear:
            def __init__(self, in_features, out_features):
                self.W = np.zeros((out_features, in_features))
                self.b = np.zeros((out_features, 1))

            def forward(self, A):
                self.A, self.N = A.copy(), float(A.shape[0])
                Z = np.empty((A.shape[0], self.W.shape[0]))
                for n, row in enumerate(A):
                    for o in range(Z.shape[1]):
                        Z[n, o] = sum(row[i] * self.W[o, i] for i in range(len(row))) + self.b[o, 0]
                return Z

            def backward(self, dLdZ):
                self.dLdW, self.dLdb = np.zeros(self.W.shape), np.zeros(self.b.shape)
                dLdA = []
                for a, d in zip(self.A, dLdZ):
                    self.dLdW += np.outer(d, a) / self.N
                    self.dLdb += d[:, None] / self.N
                    dLdA.append(d @ self.W)
                return np.array(dLdA)
    """,
    augmented_matrix="""
        class Linear:
            def __init__(self, in_features, out_features):
                self.W, self.b = np.zeros((out_features, in_features)), np.zeros((out_features, 1))

            def forward(self, A):
                self.A, self.N = A, A.shape[0]
                return np.hstack([A, np.ones((self.N, 1))]) @ np.hstack([self.W, self.b]).T

            def backward(self, dLdZ):
                both = dLdZ.T @ np.hstack([self.A, np.ones((self.N, 1))]) / self.N
                self.dLdW, self.dLdb = both[:, :-1], both[:, -1:]
                return dLdZ @ self.W
    """,
    base_class_and_helper="""
        def average(total, count):
            return total / count

        class Layer:
            def remember(self, **values):
                self.__dict__.update(values)

        class Linear(Layer):
            initial = staticmethod(np.zeros)

            def __init__(self, in_features, out_features, name="layer"):
                super().__init__()
                self.name = name
                self.W = self.initial((out_features, in_features))
                self.b = self.initial((out_features, 1))

            def forward(self, A, training=True):
                self.remember(A=A, N=A.shape[0])
                return A @ self.W.T + self.b[:, 0]

            def backward(self, dLdZ):
                self.remember(dLdW=average(dLdZ.T @ self.A, self.N),
                    dLdb=average(dLdZ.sum(0).reshape(-1, 1), self.N))
                return dLdZ @ self.W

            __call__ = forward
    """,
    properties="""
        class Linear:
            def __init__(self, in_features, out_features):
                self._W, self._b = np.zeros((out_features, in_features)), np.zeros((out_features, 1))

            @property
            def W(self):
                return self._W

            @W.setter
            def W(self, value):
                self._W = np.array(value)

            @property
            def b(self):
                return self._b

            @b.setter
            def b(self, value):
                self._b = np.array(value)

            @property
            def N(self):
                return len(self.A)

            def forward(self, A):
                self.A = A
                return A @ self._W.T + self._b.T

            def backward(self, dLdZ):
                self._dLdZ = dLdZ
                return dLdZ @ self._W

            @property
            def dLdW(self):
                return self._dLdZ.T @ self.A / self.N

            @property
            def dLdb(self):
                return self._dLdZ.T @ np.ones((self.N, 1)) / self.N
    """,
    dataclass="""
        from dataclasses import dataclass

        @dataclass
        class Linear:
            in_features: int
            out_features: int

            def __post_init__(self):
                self.W = np.zeros((self.out_features, self.in_features))
                self.b = np.zeros((self.out_features, 1))

            def forward(self, A):
                self.A, self.N = A, A.shape[0]
                return self.A @ self.W.T + np.tile(self.b.T, (self.N, 1))

            def backward(self, dLdZ):
                self.dLdW = (dLdZ / self.N).T @ self.A
                self.dLdb = (dLdZ / self.N).T.sum(axis=1, keepdims=True)
                return dLdZ @ self.W
    """,
    slots_prints_and_warnings="""
        import warnings

        class Linear:
            __slots__ = ("W", "b", "A", "N", "dLdW", "dLdb")

            def __init__(self, in_features, out_features):
                self.W = np.zeros((out_features, in_features))
                self.b = np.zeros((out_features, 1))

            def forward(self, A):
                print("forward", A.shape)
                warnings.warn("a warning on the way")
                np.log(np.zeros(1))
                self.A, self.N = A, A.shape[0]
                return A @ self.W.T + self.b.T

            def backward(self, dLdZ):
                self.dLdW = dLdZ.T @ self.A / self.N
                self.dLdb = dLdZ.T @ np.ones((self.N, 1)) / self.N
                return dLdZ @ self.W
    """,
    float32_inside="""
        class Linear:
            def __init__(self, in_features, out_features):
                self.W = np.zeros((out_features, in_features), dtype=np.float32)
                self.b = np.zeros((out_features, 1), dtype=np.float32)

            def forward(self, A):
                self.A = A.astype(np.float32)
                self.N = A.shape[0]
                return self.A @ self.W.T.astype(np.float32) + self.b.T.astype(np.float32)

            def backward(self, dLdZ):
                dLdZ = dLdZ.astype(np.float32)
                self.dLdW = dLdZ.T @ self.A / np.float32(self.N)
                self.dLdb = dLdZ.T @ np.ones((self.N, 1), dtype=np.float32) / np.float32(self.N)
                return dLdZ @ self.W.astype(np.float32)
    """,
    np_matrix="""
        class Linear:
            def __init__(self, in_features, out_features):
                self.W = np.asmatrix(np.zeros((out_features, in_features)))
                self.b = np.zeros((out_features, 1))

            def forward(self, A):
                self.A, self.N = A, A.shape[0]
                return np.asmatrix(A) * np.asmatrix(self.W).T + self.b.T

            def backward(self, dLdZ):
                self.dLdW = np.asmatrix(dLdZ).T * self.A / self.N
                self.dLdb = np.asmatrix(dLdZ).T * np.ones((self.N, 1)) / self.N
                return np.asmatrix(dLdZ) * self.W
    """,
)

ACTIVATIONS = [
    *_bank(
        "Sigmoid",
        without_overflow="""
            class Sigmoid:
                def forward(self, Z):
                    small = np.exp(-np.abs(Z))
                    self.A = np.where(Z >= 0, 1 / (1 + small), small / (1 + small))
                    return self.A

                def backward(self):
                    return self.A * (1 - self.A)
        """,
        by_tanh="""
            class Sigmoid:
                def forward(self, Z):
                    self.Z = Z
                    self.A = (1 + np.tanh(Z / 2)) / 2
                    return self.A.copy()

                def backward(self):
                    dAdZ = np.exp(-self.Z) / np.square(1 + np.exp(-self.Z))
                    return dAdZ
        """,
        entry_by_entry="""
            def sigmoid(z):
                return 1 / (1 + math.exp(-z))

            class Sigmoid:
                forward_function = staticmethod(np.vectorize(sigmoid, otypes=[float]))

                def forward(self, Z):
                    self.A = self.forward_function(Z)
                    return self.A

                def backward(self):
                    return np.array([[a - a * a for a in row] for row in self.A])
        """,
        with_optional_argument="""
            class Sigmoid:
                def __init__(self, scale=1.0):
                    self.scale = scale

                def forward(self, Z):
                    self.A = np.exp(Z) / (np.exp(Z) + 1)
                    return self.A

                def backward(self, dLdA=1.0):
                    self.dAdZ = self.A - self.A**2
                    return dLdA * self.dAdZ
        """,
    ),
    *_bank(
        "Tanh",
        by_exponentials="""
            class Tanh:
                def forward(self, Z):
                    self.A = (np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z))
                    return self.A

                def backward(self):
                    return 1 - np.square(self.A)
        """,
        by_cosh="""
            class Tanh:
                def forward(self, Z):
                    self.Z = np.array(Z)
                    self.A = np.sinh(Z) / np.cosh(Z)
                    return self.A

                def backward(self):
                    return 1 / np.cosh(self.Z) ** 2
        """,
        product="""
            class Tanh:
                def forward(self, Z):
                    A = 2 / (1 + np.exp(-2 * Z)) - 1
                    self.A = A
                    return A

                def backward(self):
                    return np.multiply(1 + self.A, 1 - self.A)
        """,
        float32_inside="""
            class Tanh:
                def forward(self, Z):
                    self.A = np.tanh(Z, dtype=np.float32) if Z.dtype == np.float32 else np.tanh(np.float32(Z))
                    return self.A

                def backward(self):
                    return np.ones(self.A.shape, dtype=np.float32) - self.A * self.A
        """,
    ),
    *_bank(
        "ReLU",
        mask_product="""
            class ReLU:
                def forward(self, Z):
                    self.A = (Z > 0) * Z
                    return self.A

                def backward(self):
                    return (self.A > 0).astype(int)
        """,
        bool_mask="""
            class ReLU:
                def forward(self, Z):
                    self.A = np.where(Z > 0, Z, 0)
                    return self.A

                def backward(self):
                    return self.A > 0
        """,
        in_place="""
            class ReLU:
                def forward(self, Z):
                    Z[Z < 0] = 0
                    self.A = Z
                    return Z

                def backward(self):
                    dAdZ = self.A.copy()
                    dAdZ[dAdZ > 0] = 1
                    return dAdZ
        """,
        clip_and_sign="""
            class ReLU:
                def forward(self, Z):
                    self.A = np.clip(Z, 0, None)
                    return self.A

                def backward(self):
                    return np.sign(self.A)
        """,
        heaviside_and_abs="""
            class ReLU:
                def forward(self, Z):
                    self.A = (Z + np.abs(Z)) / 2
                    return self.A

                def backward(self):
                    return np.heaviside(self.A, 0)
        """,
        keeps_a_mask="""
            class ReLU:
                mask = None

                def forward(self, Z):
                    self.mask = np.array([[1.0 if z > 0 else 0.0 for z in row] for row in Z])
                    self.A = Z * self.mask
                    return self.A

                def backward(self):
                    return self.mask
        """,
    ),
]

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


MLPS = [_mlp(name, sizes, style) for style in MLP_BODIES for name, sizes in MLP_SIZES.items()] + _bank(
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

LOSSES = [
    *_bank(
        "MSELoss",
        python_float="""
            class MSELoss:
                def forward(self, A, Y):
                    self.A, self.Y = A, Y
                    return float(np.mean((A - Y) ** 2)) / 2

                def backward(self):
                    return (self.A - self.Y) / self.A.size
        """,
        iotas_and_a_1_1_array="""
            class MSELoss:
                def forward(self, A, Y):
                    self.A, self.Y = A, Y
                    self.N, self.C = A.shape
                    SE = np.multiply(A - Y, A - Y)
                    SSE = np.ones((self.N, 1)).T @ SE @ np.ones((self.C, 1))
                    return SSE / (2 * self.N * self.C)

                def backward(self):
                    return np.divide(self.A - self.Y, self.N * self.C)
        """,
        zero_d_array="""
            class MSELoss:
                def forward(self, A, Y):
                    self.A, self.Y, self.difference = A.copy(), Y.copy(), A - Y
                    return np.array(np.linalg.norm(self.difference) ** 2 / self.A.size / 2)

                def backward(self):
                    return self.difference / len(self.A) / len(self.A[0])
        """,
        one_element_array="""
            class MSELoss:
                def forward(self, A, Y):
                    self.A, self.Y = np.asarray(A, dtype=float), np.asarray(Y, dtype=float)
                    return np.array([np.square(self.A - self.Y).mean(axis=0).mean() * 0.5])

                def backward(self):
                    return -(self.Y - self.A) / np.prod(self.A.shape)
        """,
        float32_loss="""
            class MSELoss:
                def forward(self, A, Y):
                    self.A, self.Y = A, Y
                    return np.float32(np.einsum("nc,nc->", A - Y, A - Y) / (2 * A.size))

                def backward(self):
                    return (self.A - self.Y).astype(np.float32) / np.float32(self.A.size)
        """,
        trace="""
            class MSELoss:
                def forward(self, A, Y):
                    self.A = A
                    self.Y = Y
                    D = A - Y
                    self.L = np.trace(D @ D.T) / (2 * A.shape[0] * A.shape[1])
                    return self.L

                def backward(self):
                    dLdA = (self.A - self.Y) / (self.A.shape[0] * self.A.shape[1])
                    return dLdA
        """,
    ),
    *_bank(
        "CrossEntropyLoss",
        as_in_the_equations="""
            class CrossEntropyLoss:
                def forward(self, A, Y):
                    self.A, self.Y = A, Y
                    N, C = A.shape
                    self.softmax = np.exp(A) / np.sum(np.exp(A), axis=1, keepdims=True)
                    crossentropy = (-Y * np.log(self.softmax)) @ np.ones((C, 1))
                    return np.ones((1, N)) @ crossentropy / N

                def backward(self):
                    return self.softmax - self.Y
        """,
        without_overflow="""
            def softmax(A):
                exponentials = np.exp(A - A.max(axis=1, keepdims=True))
                return exponentials / exponentials.sum(axis=1, keepdims=True)

            class CrossEntropyLoss:
                def forward(self, A, Y):
                    self.A, self.Y = A, Y
                    return float(-np.sum(Y * np.log(softmax(A))) / len(A))

                def backward(self):
                    return softmax(self.A) - self.Y
        """,
        log_sum_exp="""
            class CrossEntropyLoss:
                def forward(self, A, Y):
                    self.A, self.Y = A, Y
                    largest = A.max(axis=1, keepdims=True)
                    self.log_sum = largest + np.log(np.exp(A - largest).sum(axis=1, keepdims=True))
                    return np.mean(np.sum(Y * (self.log_sum - A), axis=1))

                def backward(self):
                    return np.exp(self.A - self.log_sum) - self.Y
        """,
        loops="""
            class CrossEntropyLoss:
                def forward(self, A, Y):
                    self.A, self.Y, self.P = A, Y, []
                    L = 0
                    for a, y in zip(A, Y):
                        total = sum(math.exp(x) for x in a)
                        self.P.append([math.exp(x) / total for x in a])
                        L -= sum(t * math.log(p) for t, p in zip(y, self.P[-1]))
                    return L / len(A)

                def backward(self):
                    return np.array(self.P) - self.Y
        """,
        a_little_something_in_the_log="""
            class CrossEntropyLoss:
                def forward(self, A, Y):
                    self.A = A
                    self.Y = Y
                    self.N = A.shape[0]
                    expA = np.exp(A)
                    self.sigma = expA / expA.sum(axis=1).reshape(-1, 1)
                    return -np.sum(Y * np.log(self.sigma + 1e-9)) / self.N

                def backward(self):
                    dLdA = self.sigma.copy()
                    dLdA -= self.Y
                    return dLdA
        """,
        transposed_softmax="""
            class CrossEntropyLoss:
                eps = 1e-12

                def forward(self, A, Y):
                    self.A, self.Y = A, Y
                    self.soft = (np.exp(A).T / np.sum(np.exp(A), axis=1)).T
                    return np.array([[np.mean(-(Y * np.log(np.clip(self.soft, self.eps, 1))).sum(axis=1))]])

                def backward(self):
                    return np.subtract(self.soft, self.Y)
        """,
    ),
]

SGD = _bank(
    "SGD",
    in_place="""
        class SGD:
            def __init__(self, model, lr=0.1, momentum=0):
                self.l, self.L, self.lr, self.mu = model.layers, len(model.layers), lr, momentum
                self.v_W = [np.zeros_like(layer.W) for layer in self.l]
                self.v_b = [np.zeros_like(layer.b) for layer in self.l]

            def step(self):
                for layer, v_W, v_b in zip(self.l, self.v_W, self.v_b):
                    if self.mu == 0:
                        layer.W -= self.lr * layer.dLdW
                        layer.b -= self.lr * layer.dLdb
                        continue
                    v_W *= self.mu
                    v_W += layer.dLdW
                    v_b *= self.mu
                    v_b += layer.dLdb
                    layer.W -= self.lr * v_W
                    layer.b -= self.lr * v_b
    """,
    one_branch="""
        class SGD:
            def __init__(self, model, lr=0.1, momentum=0):
                self.l = model.layers
                self.L = len(self.l)
                self.lr = lr
                self.mu = momentum
                self.v_W = [np.zeros(self.l[i].W.shape) for i in range(self.L)]
                self.v_b = [np.zeros(self.l[i].b.shape) for i in range(self.L)]

            def step(self):
                for i in range(self.L):
                    self.v_W[i] = self.mu * self.v_W[i] + self.l[i].dLdW
                    self.v_b[i] = self.mu * self.v_b[i] + self.l[i].dLdb
                    self.l[i].W = self.l[i].W - self.lr * self.v_W[i]
                    self.l[i].b = self.l[i].b - self.lr * self.v_b[i]
    """,
    by_attribute_names="""
        class SGD:
            def __init__(self, model, lr=0.1, momentum=0, weight_decay=0):
                self.l, self.L = model.layers, len(model.layers)
                self.lr, self.mu, self.weight_decay = float(lr), np.float64(momentum), weight_decay
                for name in ("W", "b"):
                    setattr(self, "v_" + name, [np.zeros(getattr(layer, name).shape) for layer in self.l])

            def step(self):
                for name in ("W", "b"):
                    for i, layer in enumerate(self.l):
                        gradient = getattr(layer, "dLd" + name)
                        velocities = getattr(self, "v_" + name)
                        velocities[i] = self.mu * velocities[i] + gradient
                        setattr(layer, name,
                            getattr(layer, name) - self.lr * (velocities[i] if self.mu else gradient))
                return self
    """,
    float32_velocities="""
        class SGD:
            def __init__(self, model, lr=0.1, momentum=0):
                self.l, self.L, self.lr, self.mu = model.layers, len(model.layers), lr, momentum
                self.v_W = [np.zeros(layer.W.shape, dtype=np.float32) for layer in self.l]
                self.v_b = [np.zeros(layer.b.shape, dtype=np.float32) for layer in self.l]

            def step(self):
                for i in range(self.L):
                    self.v_W[i] = (self.mu * self.v_W[i] + self.l[i].dLdW).astype(np.float32)
                    self.v_b[i] = (self.mu * self.v_b[i] + self.l[i].dLdb).astype(np.float32)
                    self.l[i].W = self.l[i].W - self.lr * self.v_W[i]
                    self.l[i].b = self.l[i].b - self.lr * self.v_b[i]
    """,
    tuples_of_velocities="""
        class SGD:
            def __init__(self, model, lr=0.1, momentum=0):
                self.model, self.l, self.L = model, model.layers, len(model.layers)
                self.lr, self.mu = lr, momentum
                self.v_W = tuple(0.0 * layer.W for layer in self.l)
                self.v_b = tuple(0.0 * layer.b for layer in self.l)
                self.steps = 0

            def step(self):
                self.steps += 1
                for i in range(self.L):
                    np.copyto(self.v_W[i], self.mu * self.v_W[i] + self.l[i].dLdW)
                    np.copyto(self.v_b[i], self.mu * self.v_b[i] + self.l[i].dLdb)
                    self.model.layers[i].W = self.l[i].W + (-self.lr) * self.v_W[i]
                    self.model.layers[i].b = self.l[i].b + (-self.lr) * self.v_b[i]
    """,
)

START = """
            def __init__(self, num_features, alpha=0.9):
                self.alpha, self.eps = alpha, 1e-8
                self.BW, self.Bb = np.ones((1, num_features)), np.zeros((1, num_features))
                self.dLdBW, self.dLdBb = np.zeros((1, num_features)), np.zeros((1, num_features))
                self.running_M, self.running_V = np.zeros((1, num_features)), np.ones((1, num_features))
"""
FORWARD = """
            def forward(self, Z, eval=False):
                if eval == True:
                    self.NZ = (Z - self.running_M) / np.sqrt(self.running_V + self.eps)
                else:
                    self.Z, self.N = Z, len(Z)
                    self.M, self.V = Z.mean(axis=0, keepdims=True), Z.var(axis=0, keepdims=True)
                    self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)
                    self.running_M = self.alpha * self.running_M + (1 - self.alpha) * self.M
                    self.running_V = self.alpha * self.running_V + (1 - self.alpha) * self.V
                self.BZ = self.NZ * self.BW + self.Bb
                return self.BZ
"""
BACKWARD = """
            def backward(self, dLdBZ):
                self.dLdBW = np.sum(dLdBZ * self.NZ, axis=0, keepdims=True)
                self.dLdBb = np.sum(dLdBZ, axis=0, keepdims=True)
                dLdNZ = dLdBZ * self.BW
                std = np.sqrt(self.V + self.eps)
                dLdV = -0.5 * np.sum(dLdNZ * (self.Z - self.M), axis=0) / std**3
                dLdM = -np.sum(dLdNZ, axis=0) / std
                return dLdNZ / std + dLdV * 2 * (self.Z - self.M) / self.N + dLdM / self.N
"""
CLASS = """
        class BatchNorm1d:
"""

BATCHNORM = _bank(
    "BatchNorm1d",
    np_var=CLASS + START + FORWARD + BACKWARD,
    closed_form=CLASS
    + START
    + FORWARD
    + """
            def backward(self, dLdBZ):
                N = dLdBZ.shape[0]
                self.dLdBb = dLdBZ.sum(axis=0, keepdims=True)
                self.dLdBW = (dLdBZ * self.NZ).sum(axis=0, keepdims=True)
                inside = N * dLdBZ - self.dLdBb - self.NZ * self.dLdBW
                return self.BW / np.sqrt(self.V + self.eps) / N * inside
    """,
    every_term_of_eq_64=CLASS
    + START
    + FORWARD
    + """
            def backward(self, dLdBZ):
                self.dLdBb = np.sum(dLdBZ, axis=0).reshape(1, -1)
                self.dLdBW = np.sum(dLdBZ * self.NZ, axis=0).reshape(1, -1)
                dLdNZ = dLdBZ * self.BW
                V, D = self.V + self.eps, self.Z - self.M
                dLdV = -1 / 2 * np.sum(dLdNZ * D * V ** (-3 / 2), axis=0)
                dNZdM = -(V ** (-1 / 2)) - 1 / 2 * D * V ** (-3 / 2) * (-2 / self.N * np.sum(D, axis=0))
                dLdM = np.sum(dLdNZ * dNZdM, axis=0)
                return dLdNZ * V ** (-1 / 2) + dLdV * (2 / self.N * D) + 1 / self.N * dLdM
    """,
    iotas=CLASS
    + START
    + """
            def forward(self, Z, eval=False):
                iota = np.ones((Z.shape[0], 1))
                if not eval:
                    self.Z = Z
                    self.N = Z.shape[0]
                    self.M = iota.T @ Z / self.N
                    D = Z - iota @ self.M
                    self.V = iota.T @ (D * D) / self.N
                    self.NZ = D / (iota @ np.sqrt(self.V + self.eps))
                    self.BZ = (iota @ self.BW) * self.NZ + iota @ self.Bb
                    self.running_M = self.alpha * self.running_M + (1 - self.alpha) * self.M
                    self.running_V = self.alpha * self.running_V + (1 - self.alpha) * self.V
                else:
                    self.NZ = (Z - iota @ self.running_M) / (iota @ np.sqrt(self.running_V + self.eps))
                    self.BZ = (iota @ self.BW) * self.NZ + iota @ self.Bb
                return self.BZ
    """
    + BACKWARD,
    flat_M_and_V=CLASS
    + START
    + """
            def forward(self, Z, eval=False):
                if eval:
                    return self.BW * (Z - self.running_M) / (self.running_V + self.eps) ** 0.5 + self.Bb
                self.Z, self.N = Z, Z.shape[0]
                self.M, self.V = np.mean(Z, axis=0), np.var(Z, axis=0)
                self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)
                self.BZ = self.BW * self.NZ + self.Bb
                self.running_M = self.alpha * self.running_M + (1 - self.alpha) * self.M
                self.running_V = self.alpha * self.running_V + (1 - self.alpha) * self.V
                return self.BZ
    """
    + BACKWARD,
    running_values_in_place=CLASS
    + START
    + """
            def forward(self, Z, eval=False):
                M, V = Z.mean(0, keepdims=True), Z.var(0, keepdims=True)
                M, V = (self.running_M, self.running_V) if eval else (M, V)
                self.NZ = (Z - M) / np.sqrt(V + self.eps)
                self.BZ = self.BW * self.NZ + self.Bb
                if not eval:
                    self.Z, self.N, self.M, self.V = Z.copy(), np.float64(Z.shape[0]), M, V
                    self.running_M *= self.alpha
                    self.running_M += (1 - self.alpha) * M
                    self.running_V *= self.alpha
                    self.running_V += (1 - self.alpha) * V
                return self.BZ
    """
    + BACKWARD,
    float32_running_values=CLASS
    + START
    + """
                self.running_V = self.running_V.astype(np.float32)
"""
    + """
            def forward(self, Z, eval=False):
                if eval:
                    std = np.sqrt(self.running_V + self.eps)
                    return (Z - self.running_M) / std * self.BW + self.Bb
                self.Z, self.N = Z, Z.shape[0]
                self.M = np.sum(Z, axis=0, keepdims=True) / self.N
                self.V = np.sum((Z - self.M) ** 2, axis=0, keepdims=True) / self.N
                self.NZ = (Z - self.M) * (self.V + self.eps) ** -0.5
                self.BZ = np.multiply(self.BW, self.NZ) + self.Bb
                self.running_M = np.float32(self.alpha * self.running_M + (1 - self.alpha) * self.M)
                self.running_V = np.float32(self.alpha * self.running_V + (1 - self.alpha) * self.V)
                return self.BZ
    """
    + BACKWARD,
    gradients_by_einsum=CLASS
    + START
    + FORWARD
    + """
            def backward(self, dLdBZ):
                ones = np.ones((self.N, 1))
                self.dLdBb = ones.T @ dLdBZ
                self.dLdBW = np.einsum("nc,nc->c", dLdBZ, self.NZ)[np.newaxis]
                dLdNZ = np.einsum("nc,kc->nc", dLdBZ, self.BW)
                r = 1 / np.sqrt(self.V + self.eps)
                dLdV = -0.5 * np.einsum("nc,nc,kc->kc", dLdNZ, self.Z - self.M, r**3)
                dLdM = -np.einsum("nc,kc->kc", dLdNZ, r) - 2 / self.N * dLdV * np.sum(self.Z - self.M, axis=0)
                return dLdNZ * r + 2 / self.N * dLdV * (self.Z - self.M) + dLdM / self.N
    """,
    jacobian_of_each_column=CLASS
    + START
    + FORWARD
    + """
            def backward(self, dLdBZ):
                self.dLdBW, self.dLdBb = (dLdBZ * self.NZ).sum(0)[None, :], dLdBZ.sum(0)[None, :]
                dLdZ = np.empty(dLdBZ.shape)
                N = self.N
                for c in range(dLdBZ.shape[1]):
                    nz = self.NZ[:, [c]]
                    jacobian = (np.eye(N) - 1 / N - nz @ nz.T / N) / np.sqrt(self.V[0, c] + self.eps)
                    dLdZ[:, c] = jacobian @ dLdBZ[:, c] * self.BW[0, c]
                return dLdZ
    """,
    helper_functions="""
        def standardise(Z, mean, variance, eps):
            return (Z - mean) / np.sqrt(variance + eps)

        def moving(old, new, alpha):
            return new + alpha * (old - new)

        class Base:
            def row(self, value):
                return np.full((1, self.num_features), float(value))

        class BatchNorm1d(Base):
            def __init__(self, num_features, alpha=0.9, eps=1e-8):
                self.num_features, self.alpha, self.eps = num_features, alpha, eps
                self.BW, self.Bb, self.dLdBW, self.dLdBb = (self.row(x) for x in (1, 0, 0, 0))
                self.running_M, self.running_V = self.row(0), self.row(1)

            def forward(self, Z, eval=False):
                if not eval:
                    self.Z, self.N = Z, Z.shape[0]
                    self.M, self.V = Z.mean(0, keepdims=True), Z.var(0, keepdims=True)
                    self.running_M = moving(self.running_M, self.M, self.alpha)
                    self.running_V = moving(self.running_V, self.V, self.alpha)
                mean, variance = (self.running_M, self.running_V) if eval else (self.M, self.V)
                self.NZ = standardise(Z, mean, variance, self.eps)
                self.BZ = self.BW * self.NZ + self.Bb
                return self.BZ
    """
    + BACKWARD,
)

RIGHT = [*LINEAR, *ACTIVATIONS, *MLPS, *LOSSES, *SGD, *BATCHNORM]
