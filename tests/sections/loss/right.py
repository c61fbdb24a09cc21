"""Right classes of the losses, in other styles than the library's."""

from support.implementations import right

RIGHT = [
    *right(
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
    *right(
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

# Options as hidden tests set them.
HIDDEN = {
    "MSELoss": ({"N": 7, "C": 5}, {"N": 1, "C": 3}, {"N": 6, "C": 2, "dtype": "float32"}, {"N": 3, "C": 1}),
    "CrossEntropyLoss": (
        {"N": 7, "C": 5},
        {"N": 1, "C": 3, "soft": True},
        {"N": 6, "C": 4, "dtype": "float32", "soft": True},
    ),
}
