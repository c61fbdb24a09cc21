"""Batch normalization by PyTorch."""

import numpy as np
import torch

from mytorch.check.backend import gradients, numpy, tensor


class BatchNorm1d:
    """eqs. 50-66 (Ioffe and Szegedy, 2015); the running variance is the biased one, unlike PyTorch's."""

    def __init__(self, num_features, alpha=0.9):
        self.alpha, self.eps = alpha, 1e-8
        self.BW, self.Bb = np.ones((1, num_features)), np.zeros((1, num_features))
        self.dLdBW, self.dLdBb = np.zeros((1, num_features)), np.zeros((1, num_features))
        self.running_M, self.running_V = np.zeros((1, num_features)), np.ones((1, num_features))

    def forward(self, Z, eval=False):
        self._leaves = [tensor(value, grad=True) for value in (Z, self.BW[0], self.Bb[0])]
        running = [None, None] if not eval else [tensor(self.running_M[0]), tensor(self.running_V[0])]
        self._BZ = self._normalise(*self._leaves, *running, not eval)
        self.NZ = numpy(self._normalise(self._leaves[0], None, None, *running, not eval))
        self.BZ = numpy(self._BZ)
        if not eval:
            self._keep_statistics(Z)
        return self.BZ

    def _normalise(self, Z, weight, bias, mean, variance, training):
        # torch.batch_norm, unlike F.batch_norm, takes a batch of one as well
        return torch.batch_norm(Z, weight, bias, mean, variance, training, 0.0, self.eps, False)

    def _keep_statistics(self, Z):
        self.Z, self.N = Z, len(Z)
        variance, mean = torch.var_mean(tensor(Z), dim=0, correction=0, keepdim=True)
        self.M, self.V = numpy(mean), numpy(variance)
        # a running average is torch's lerp from the old value to the new one
        self.running_M = numpy(torch.lerp(mean, tensor(self.running_M), self.alpha))
        self.running_V = numpy(torch.lerp(variance, tensor(self.running_V), self.alpha))

    def backward(self, dLdBZ):
        dLdZ, dLdBW, dLdBb = gradients(self._BZ, self._leaves, dLdBZ)
        self.dLdBW, self.dLdBb = dLdBW[None], dLdBb[None]
        return dLdZ


def batchnorm_terms(Z, BW, dLdBZ, eps):
    """The three parts of dLdZ (eq. 66): straight through the numerator, by way of the variance, by way of the
    mean.
    """
    Z = tensor(Z, grad=True)
    variance, mean = torch.var_mean(Z, dim=0, correction=0, keepdim=True)
    fixed_mean, fixed_variance = mean.detach(), variance.detach()
    paths = (
        (Z, fixed_variance, fixed_mean),
        (Z.detach(), variance, fixed_mean),
        (Z.detach(), fixed_variance, mean),
    )
    outputs = ((z - m) * torch.rsqrt(v + float(eps)) * tensor(BW) for z, v, m in paths)
    return [gradients(output, [Z], dLdBZ)[0] for output in outputs]
