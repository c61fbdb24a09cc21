"""Exported from notebooks/01_linear.md. Edit the notebook, then run 'make sync'."""

import numpy as np


class Linear:
    """A fully-connected layer: Z = A·Wᵀ + ι·bᵀ (eq. 1).

    W: (out_features, in_features) and b: (out_features, 1) start at zero.
    """

    def __init__(self, in_features, out_features):
        self.W = np.zeros((out_features, in_features))
        self.b = np.zeros((out_features, 1))

    def forward(self, A):
        """Map a batch through the layer (eq. 1).

        A: (N, in_features), kept with N for backward. Returns Z: (N, out_features).
        """
        self.A = A
        self.N = A.shape[0]
        Z = A @ self.W.T + self.b.T
        return Z

    def backward(self, dLdZ):
        """Chain rule through the layer (eqs. 2-5).

        dLdZ: (N, out_features). Keeps dLdW: (out_features, in_features) and
        dLdb: (out_features, 1), averaged over the batch. Returns dLdA: (N, in_features).
        """
        dZdA = self.W.T
        dZdW = self.A
        dZdb = np.ones((self.N, 1))
        dLdA = dLdZ @ dZdA.T
        dLdW = dLdZ.T @ dZdW
        dLdb = dLdZ.T @ dZdb
        self.dLdW = dLdW / self.N
        self.dLdb = dLdb / self.N
        return dLdA
