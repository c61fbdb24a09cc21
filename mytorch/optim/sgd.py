"""Exported from notebooks/05_sgd.md. Edit the notebook, then run 'make sync'."""

import numpy as np


class SGD:
    """Stochastic gradient descent, with momentum if it is not zero (eqs. 44-49).

    Velocities v_W, v_b: lists with one matrix a layer, shaped like its W and b, zero at the start.
    """

    def __init__(self, model, lr=0.1, momentum=0):
        self.l = model.layers
        self.L = len(model.layers)
        self.lr = lr
        self.mu = momentum
        self.v_W = [np.zeros(layer.W.shape) for layer in self.l]
        self.v_b = [np.zeros(layer.b.shape) for layer in self.l]

    def step(self):
        """Update W and b of every layer from its dLdW and dLdb. Returns nothing."""
        for i in range(self.L):
            if self.mu == 0:
                self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW
                self.l[i].b = self.l[i].b - self.lr * self.l[i].dLdb
            else:
                self.v_W[i] = self.mu * self.v_W[i] + self.l[i].dLdW
                self.v_b[i] = self.mu * self.v_b[i] + self.l[i].dLdb
                self.l[i].W = self.l[i].W - self.lr * self.v_W[i]
                self.l[i].b = self.l[i].b - self.lr * self.v_b[i]
