"""Batch normalization by automatic differentiation."""

from functools import partial

import numpy as np

from mytorch.check.backends import Reference, differentiate


class BatchNorm1d(Reference):
    """eqs. 50-66 (Ioffe and Szegedy, 2015); the running variance is the biased one, unlike PyTorch's."""

    def __init__(self, num_features, alpha=0.9):
        self.alpha, self.eps = alpha, 1e-8
        self.BW, self.Bb = np.ones((1, num_features)), np.zeros((1, num_features))
        self.dLdBW, self.dLdBb = np.zeros((1, num_features)), np.zeros((1, num_features))
        self.running_M, self.running_V = np.zeros((1, num_features)), np.ones((1, num_features))

    def forward(self, Z, eval=False):
        running = (self.running_M[0], self.running_V[0]) if eval else ()

        def normalised(by, Z, weight=None, bias=None):
            return by.batch_norm(Z, weight, bias, *map(by.constant, running), eps=self.eps)

        self.NZ = self.computed(lambda by: by.array(normalised(by, by.constant(Z))))
        self.BZ = self.differentiable(normalised, Z, self.BW[0], self.Bb[0])
        if not eval:
            self._keep_statistics(Z)
        return self.BZ

    def _keep_statistics(self, Z):
        self.Z, self.N = Z, len(Z)
        self.V, self.M = self.computed(lambda by: map(by.array, by.var_mean(by.constant(Z))))
        # a running average is torch's lerp from the new value to the old one
        self.running_M = self._between(self.M, self.running_M)
        self.running_V = self._between(self.V, self.running_V)

    def _between(self, new, old):
        return self.computed(_lerp, new, old, self.alpha)

    def backward(self, dLdBZ):
        dLdZ, dLdBW, dLdBb = self.gradients(dLdBZ)
        if self.noted is not None:
            self.note(**self._steps(dLdBZ))
        self.dLdBW, self.dLdBb = dLdBW[None], dLdBb[None]
        return dLdZ

    def _steps(self, dLdBZ):
        """dL/d of NZ, of V with the mean held fast, and of M by both its ways."""

        def scaled(by, NZ):
            return NZ * by.constant(self.BW)

        def by_variance(by, V):
            return scaled(by, (by.constant(self.Z) - by.constant(self.M)) * (V + self.eps) ** -0.5)

        def by_mean(by, M):
            centred = by.constant(self.Z) - M
            variance = by.mean(centred * centred, 0, keepdims=True)
            return scaled(by, centred * (variance + self.eps) ** -0.5)

        leaves = {"dLdNZ": (scaled, self.NZ), "dLdV": (by_variance, self.V), "dLdM": (by_mean, self.M)}
        return {name: self._gradient(function, leaf, dLdBZ) for name, (function, leaf) in leaves.items()}

    def _gradient(self, function, leaf, upstream):
        return differentiate(function, leaf, back_end=self.back_end)[1](upstream)[0]


def _lerp(by, start, end, weight):
    return by.array(by.lerp(by.constant(start), by.constant(end), weight))


def batchnorm_terms(Z, BW, dLdBZ, eps):
    """The three parts of dLdZ (eq. 66): straight through the numerator, by way of the variance, by way of the
    mean.
    """

    def output(by, leaf, through):
        """With all but one way from Z cut."""
        variance, mean = by.var_mean(leaf)
        parts = {"numerator": leaf, "variance": variance, "mean": mean}
        cut = {name: part if name == through else by.constant(part) for name, part in parts.items()}
        return (cut["numerator"] - cut["mean"]) * (cut["variance"] + float(eps)) ** -0.5 * by.constant(BW)

    ways = ("numerator", "variance", "mean")
    pulls = [differentiate(partial(output, through=way), Z)[1] for way in ways]
    return [pull(dLdBZ)[0] for pull in pulls]
