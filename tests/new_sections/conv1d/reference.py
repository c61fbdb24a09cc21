"""``Conv1d`` by automatic differentiation; the kept gradients are averaged over the batch."""

import numpy as np

from mytorch.check.backends import Reference


class Conv1d(Reference):
    def __init__(self, in_channels, out_channels, kernel_size):
        self.kernel, self.offset = np.zeros((out_channels, in_channels, kernel_size)), np.zeros(out_channels)

    def forward(self, X):
        self.N = len(X)
        return self.differentiable(_correlated, X, self.kernel, self.offset)

    def backward(self, dLdY):
        dLdX, dLdkernel, dLdoffset = self.gradients(dLdY)
        self.dLdkernel, self.dLdoffset = dLdkernel / self.N, dLdoffset / self.N
        return dLdX


def _correlated(by, X, kernel, offset):
    width = kernel.shape[2]
    places = range(X.shape[2] - width + 1)
    return by.stack([by.einsum("nck,ock->no", X[:, :, t : t + width], kernel) + offset for t in places], 2)
