"""Right classes of the linear layer, in other styles than the library's."""

from support.implementations import right

RIGHT = right(
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
    base_that_is_a_dataclass="""
        from __future__ import annotations

        from dataclasses import InitVar, dataclass, field

        @dataclass
        class Layer:
            in_features: InitVar[int]
            out_features: InitVar[int]
            W: np.ndarray = field(init=False)
            b: np.ndarray = field(init=False)

            def __post_init__(self, in_features: int, out_features: int):
                self.W = np.zeros((out_features, in_features))
                self.b = np.zeros((out_features, 1))

        class Linear(Layer):
            def forward(self, A: np.ndarray) -> np.ndarray:
                self.A, self.N = A, len(A)
                return A @ self.W.T + self.b.T

            def backward(self, dLdZ: np.ndarray) -> np.ndarray:
                self.dLdW, self.dLdb = dLdZ.T @ self.A / self.N, dLdZ.mean(0)[:, None]
                return dLdZ @ self.W
    """,
    copies_of_itself="""
        import copy
        import pickle

        class Linear:
            def __init__(self, in_features, out_features):
                self.W, self.b = np.zeros((out_features, in_features)), np.zeros((out_features, 1))

            def forward(self, A):
                self.A, self.N = A, len(A)
                self.kept = pickle.loads(pickle.dumps(Kept(copy.deepcopy(self.W), A)))
                return A @ self.kept.W.T + self.b.T

            def backward(self, dLdZ):
                self.dLdW, self.dLdb = dLdZ.T @ self.kept.A / self.N, dLdZ.mean(0)[:, None]
                return dLdZ @ self.kept.W

        class Kept:
            def __init__(self, W, A):
                self.W, self.A = W, A
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
    gradients_when_asked_for="""
        class Linear:
            def __init__(self, in_features, out_features):
                self.params = {"W": np.zeros((out_features, in_features)), "b": np.zeros((out_features, 1))}
            W = property(lambda s: s.params["W"], lambda s, v: s.params.__setitem__("W", v))
            b = property(lambda s: s.params["b"], lambda s, v: s.params.__setitem__("b", v))

            @property
            def N(self): return len(self.A)

            @property
            def dLdW(self): return self.d.T @ self.A / self.N

            @property
            def dLdb(self): return self.d.mean(0)[None].T

            def forward(self, A):
                self.A = A
                return A @ self.W.T + self.b.T

            def backward(self, dLdZ):
                self.d = dLdZ
                return dLdZ @ self.W
    """,
    one_matrix_for_both="""
        class Linear:
            def __init__(self, in_features, out_features):
                self.W, self.b = map(np.zeros, [(out_features, in_features), (out_features, 1)])

            def forward(self, A):
                self.A, self.N = A, (n := A.shape[0])
                return np.hstack([A, np.ones((n, 1))]) @ np.hstack([self.W, self.b]).T

            def backward(self, dLdZ):
                both = dLdZ.T @ np.c_[self.A, np.ones(self.N)] / self.N
                self.dLdW, self.dLdb = np.split(both, [-1], axis=1)
                return dLdZ @ self.W
    """,
)

# Options as hidden tests set them.
HIDDEN = {
    "Linear": (
        {"N": 7, "C_in": 5, "C_out": 4},
        {"N": 1, "C_in": 3, "C_out": 2},
        {"N": 3, "C_in": 3, "C_out": 3},
        {"N": 2, "C_in": 1, "C_out": 1},
        {"N": 6, "C_in": 2, "C_out": 5, "dtype": "float32"},
    ),
}
