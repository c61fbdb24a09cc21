"""``Dropout`` by PyTorch, whose gradient comes from autograd."""

import numpy as np

from mytorch.check.backend import gradients, numpy, tensor


class Dropout:
    def __init__(self, p=0.5, seed=0):
        self.p, self._rng = p, np.random.default_rng(seed)

    def forward(self, Z, eval=False):
        if eval:
            return Z
        self.mask = (self._rng.random(Z.shape) >= self.p) * 1.0
        self._Z = tensor(Z, grad=True)
        self._A = self._Z.mul(tensor(self.mask)).div(1 - self.p)
        return numpy(self._A)

    def backward(self, dLdA):
        return gradients(self._A, [self._Z], dLdA)[0]
