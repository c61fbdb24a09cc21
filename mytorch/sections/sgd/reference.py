"""SGD by the back end's own step."""

import numpy as np

from mytorch.check.backends import Reference


class SGD(Reference):
    """eqs. 44-49"""

    def __init__(self, model, lr=0.1, momentum=0):
        self.l, self.L, self.lr, self.mu = model.layers, len(model.layers), lr, momentum
        self.v_W = [np.zeros(layer.W.shape) for layer in self.l]
        self.v_b = [np.zeros(layer.b.shape) for layer in self.l]

    def step(self):
        for i, layer in enumerate(self.l):
            layer.W, self.v_W[i] = self._update(layer.W, layer.dLdW, self.v_W[i])
            layer.b, self.v_b[i] = self._update(layer.b, layer.dLdb, self.v_b[i])

    def _update(self, value, gradient, velocity):
        return self.computed(_step, value, gradient, velocity, self.lr, self.mu)


def _step(by, value, gradient, velocity, lr, momentum):
    return by.sgd(value, gradient, velocity, lr, momentum)
