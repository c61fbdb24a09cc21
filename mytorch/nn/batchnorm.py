"""Exported from notebooks/06_batchnorm.md. Edit the notebook, then run 'make sync'."""

import numpy as np


class BatchNorm1d:
    """Normalize each feature over the batch, then scale and shift it (eqs. 50-66).

    BW, Bb, their gradients dLdBW, dLdBb, and running_M, running_V: (1, num_features).
    """

    def __init__(self, num_features, alpha=0.9):
        self.alpha = alpha
        self.eps = 1e-8

        self.BW = np.ones((1, num_features))
        self.Bb = np.zeros((1, num_features))
        self.dLdBW = np.zeros((1, num_features))
        self.dLdBb = np.zeros((1, num_features))

        self.running_M = np.zeros((1, num_features))
        self.running_V = np.ones((1, num_features))

    def forward(self, Z, eval=False):
        """Normalize with the batch's statistics, or with the running ones if eval (eqs. 50-57).

        Z: (N, num_features). In training, keeps Z, N, M, V, NZ, BZ and updates running_M and running_V;
        with eval=True the running values stay as they are. Returns BZ: (N, num_features).
        """
        if not eval:
            # training
            self.Z = Z
            self.N = Z.shape[0]
            self.M = np.mean(Z, axis=0, keepdims=True)
            self.V = np.mean((Z - self.M) ** 2, axis=0, keepdims=True)
            self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)
            self.BZ = self.BW * self.NZ + self.Bb
            self.running_M = self.alpha * self.running_M + (1 - self.alpha) * self.M
            self.running_V = self.alpha * self.running_V + (1 - self.alpha) * self.V
        else:
            # inference
            self.NZ = (Z - self.running_M) / np.sqrt(self.running_V + self.eps)
            self.BZ = self.BW * self.NZ + self.Bb
        return self.BZ

    def backward(self, dLdBZ):
        """Chain rule through scale, variance and mean of the last training batch (eqs. 58-66).

        dLdBZ: (N, num_features). Keeps dLdBW and dLdBb: (1, num_features), summed over the batch.
        Returns dLdZ: (N, num_features).
        """
        centred = self.Z - self.M
        V_eps = self.V + self.eps

        self.dLdBW = np.sum(dLdBZ * self.NZ, axis=0, keepdims=True)
        self.dLdBb = np.sum(dLdBZ, axis=0, keepdims=True)
        dLdNZ = dLdBZ * self.BW
        dLdV = -0.5 * np.sum(dLdNZ * centred * V_eps**-1.5, axis=0, keepdims=True)
        # The second term of eq. 64 is zero: deviations from the mean add up to nothing.
        dLdM = -np.sum(dLdNZ * V_eps**-0.5, axis=0, keepdims=True)
        dLdZ = dLdNZ * V_eps**-0.5 + dLdV * (2 / self.N) * centred + dLdM / self.N
        return dLdZ
