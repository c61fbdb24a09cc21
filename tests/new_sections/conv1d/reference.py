"""``Conv1d`` by PyTorch; the kept gradients are averaged over the batch."""

import numpy as np
import torch.nn.functional as F

from mytorch.check.backend import gradients, numpy, tensor


class Conv1d:
    def __init__(self, in_channels, out_channels, kernel_size):
        self.kernel, self.offset = np.zeros((out_channels, in_channels, kernel_size)), np.zeros(out_channels)

    def forward(self, X):
        self.N = len(X)
        self._leaves = [tensor(value, grad=True) for value in (X, self.kernel, self.offset)]
        self._Y = F.conv1d(*self._leaves)
        return numpy(self._Y)

    def backward(self, dLdY):
        dLdX, dLdkernel, dLdoffset = gradients(self._Y, self._leaves, dLdY)
        self.dLdkernel, self.dLdoffset = dLdkernel / self.N, dLdoffset / self.N
        return dLdX
