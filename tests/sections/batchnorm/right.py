"""Right classes of batch norm, in other styles than the library's."""

from support.implementations import right

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

RIGHT = right(
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

# Options as hidden tests set them.
HIDDEN = {
    "BatchNorm1d": (
        {"N": 8, "C": 4},
        {"N": 3, "C": 1, "alpha": 0.5},
        {"N": 6, "C": 5, "alpha": 0.75, "dtype": "float32"},
        {"N": 1, "C": 2},
        {"N": 2},
        {"N": 9, "scale": 30.0},
    ),
}
