"""SGD by ``torch.optim``."""

import numpy as np
from torch.optim.sgd import sgd

from mytorch.check.backend import numpy, tensor

PLAIN = {
    "weight_decay": 0,
    "dampening": 0,
    "nesterov": False,
    "maximize": False,
    "foreach": False,
    "fused": False,
}


class SGD:
    """eqs. 44-49, by PyTorch's own step."""

    def __init__(self, model, lr=0.1, momentum=0):
        self.l, self.L, self.lr, self.mu = model.layers, len(model.layers), lr, momentum
        self.v_W = [np.zeros(layer.W.shape) for layer in self.l]
        self.v_b = [np.zeros(layer.b.shape) for layer in self.l]

    def step(self):
        for i, layer in enumerate(self.l):
            layer.W, self.v_W[i] = self._update(layer.W, layer.dLdW, self.v_W[i])
            layer.b, self.v_b[i] = self._update(layer.b, layer.dLdb, self.v_b[i])

    def _update(self, value, gradient, velocity):
        # By the function behind torch.optim.SGD: an optimizer object imports PyTorch's compiler, for seconds.
        value, velocity = tensor(value), tensor(velocity)
        sgd([value], [tensor(gradient)], [velocity], lr=self.lr, momentum=self.mu, **PLAIN)
        return numpy(value), numpy(velocity)
