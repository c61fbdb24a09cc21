"""SGD by ``torch.optim``."""

import numpy as np
import torch

from mytorch.check.backend import numpy, tensor


class SGD:
    """eqs. 44-49, by ``torch.optim.SGD``."""

    def __init__(self, model, lr=0.1, momentum=0):
        self.l, self.L, self.lr, self.mu = model.layers, len(model.layers), lr, momentum
        self.v_W = [np.zeros(layer.W.shape) for layer in self.l]
        self.v_b = [np.zeros(layer.b.shape) for layer in self.l]

    def step(self):
        for i, layer in enumerate(self.l):
            layer.W, self.v_W[i] = self._update(layer.W, layer.dLdW, self.v_W[i])
            layer.b, self.v_b[i] = self._update(layer.b, layer.dLdb, self.v_b[i])

    def _update(self, value, gradient, velocity):
        parameter = tensor(value, grad=True)
        parameter.grad = tensor(gradient)
        optimizer = torch.optim.SGD([parameter], lr=self.lr, momentum=self.mu)
        optimizer.state[parameter]["momentum_buffer"] = tensor(velocity)
        optimizer.step()
        return numpy(parameter), numpy(optimizer.state[parameter]["momentum_buffer"])


def warm_up():
    """torch.optim imports a good deal more on its first step."""
    parameter = torch.zeros(1, requires_grad=True)
    parameter.grad = torch.zeros(1)
    torch.optim.SGD([parameter]).step()
