"""``Dropout`` by automatic differentiation."""

import numpy as np

from mytorch.check.backends import Reference


class Dropout(Reference):
    def __init__(self, p=0.5, seed=0):
        self.p, self._rng = p, np.random.default_rng(seed)

    def forward(self, Z, eval=False):
        if eval:
            return Z
        self.mask = (self._rng.random(Z.shape) >= self.p) * 1.0
        return self.differentiable(lambda by, Z: by.constant(self.mask / (1 - self.p)) * Z, Z)

    def backward(self, dLdA):
        return self.gradients(dLdA)[0]
