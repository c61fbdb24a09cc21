"""PyTorch behind MyTorch's interface: what a check compares with, and what stands in for an unfinished component.

The only module that imports torch. Gradients come from autograd, so nothing here is derived by hand.
Attributes, shapes and conventions are those of the course (SPEC of each notebook), in float64.
"""

import numpy as np
import torch
import torch.nn.functional as F

# The tensors here are tiny: more threads only wait for each other, and for the student's own code.
torch.set_num_threads(1)


def _tensor(array, grad=False):
    # A copy: autograd must not see what the caller does to the array later.
    return torch.tensor(np.asarray(array), dtype=torch.float64, requires_grad=grad)


def _numpy(tensor):
    return tensor.detach().numpy().copy()


def _gradients(output, inputs, upstream):
    """dL/d(input) for each input, given dL/d(output)."""
    return [_numpy(g) for g in torch.autograd.grad(output, inputs, _tensor(upstream), retain_graph=True)]


class Linear:
    """eqs. 1-5; the kept gradients are averaged over the batch."""

    def __init__(self, in_features, out_features):
        self.W, self.b = np.zeros((out_features, in_features)), np.zeros((out_features, 1))

    def forward(self, A):
        self.A, self.N = A, len(A)
        self._leaves = [_tensor(value, grad=True) for value in (A, self.W, self.b)]
        inputs, weight, bias = self._leaves
        self._Z = F.linear(inputs, weight, bias[:, 0])
        return _numpy(self._Z)

    def backward(self, dLdZ):
        dLdA, dLdW, dLdb = _gradients(self._Z, self._leaves, dLdZ)
        self.dLdW, self.dLdb = dLdW / self.N, dLdb / self.N
        return dLdA


class _Activation:
    function = None

    def forward(self, Z):
        self._Z = _tensor(Z, grad=True)
        self._A = type(self).function(self._Z)
        self.A = _numpy(self._A)
        return self.A

    def backward(self):
        return _gradients(self._A, [self._Z], np.ones(self._A.shape))[0]


class Identity(_Activation):
    function = staticmethod(lambda Z: Z.clone())


class Sigmoid(_Activation):
    """eqs. 6-11"""

    function = staticmethod(torch.sigmoid)


class Tanh(_Activation):
    """eqs. 12-16"""

    function = staticmethod(torch.tanh)


class ReLU(_Activation):
    """eqs. 17-20; PyTorch, too, takes 0 as the derivative at 0"""

    function = staticmethod(torch.relu)


class _MLP:
    """eqs. 21-31, through one torch graph over all layers."""

    sizes = ()

    def __init__(self):
        self.layers = [Linear(i, o) for i, o in zip(self.sizes, self.sizes[1:])]
        self.f = [ReLU() for layer in self.layers]

    def forward(self, A):
        self._N = len(A)
        self._weights = [_tensor(layer.W, grad=True) for layer in self.layers]
        self._biases = [_tensor(layer.b, grad=True) for layer in self.layers]
        value = _tensor(A)
        for layer, f, weight, bias in zip(self.layers, self.f, self._weights, self._biases):
            layer.A, layer.N = _numpy(value), len(A)
            value = getattr(torch, type(f).__name__.lower(), torch.clone)(F.linear(value, weight, bias[:, 0]))
            f.A = _numpy(value)
        self._output = value
        return _numpy(value)

    def backward(self, dLdA):
        gradients = _gradients(self._output, self._weights + self._biases, dLdA)
        for i, layer in enumerate(self.layers):
            layer.dLdW = gradients[i] / self._N
            layer.dLdb = gradients[i + len(self.layers)] / self._N


class MLP0(_MLP):
    sizes = (2, 3)


class MLP1(_MLP):
    sizes = (2, 3, 2)


class MLP4(_MLP):
    sizes = (2, 4, 8, 8, 4, 2)


class _Loss:
    def forward(self, A, Y):
        self.A, self.Y = A, Y
        self._A = _tensor(A, grad=True)
        self._L = self.loss(self._A, _tensor(Y))
        return self._L.item()

    def backward(self):
        return _gradients(self._L, [self._A], 1.0)[0]


class MSELoss(_Loss):
    """eqs. 32-35: half of PyTorch's."""

    @staticmethod
    def loss(A, Y):
        return F.mse_loss(A, Y) / 2


class CrossEntropyLoss(_Loss):
    """eqs. 36-43: PyTorch's mean loss; the course's gradient is not divided by N."""

    @staticmethod
    def loss(A, Y):
        return F.cross_entropy(A, Y)

    def backward(self):
        return super().backward() * len(self.A)


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
        parameter = _tensor(value, grad=True)
        parameter.grad = _tensor(gradient)
        optimizer = torch.optim.SGD([parameter], lr=self.lr, momentum=self.mu)
        optimizer.state[parameter]["momentum_buffer"] = _tensor(velocity)
        optimizer.step()
        return _numpy(parameter), _numpy(optimizer.state[parameter]["momentum_buffer"])


class BatchNorm1d:
    """eqs. 50-66 (Ioffe and Szegedy, 2015); the running variance is the biased one, unlike PyTorch's."""

    def __init__(self, num_features, alpha=0.9):
        self.alpha, self.eps = alpha, 1e-8
        self.BW, self.Bb = np.ones((1, num_features)), np.zeros((1, num_features))
        self.dLdBW, self.dLdBb = np.zeros((1, num_features)), np.zeros((1, num_features))
        self.running_M, self.running_V = np.zeros((1, num_features)), np.ones((1, num_features))

    def forward(self, Z, eval=False):
        self._leaves = [_tensor(value, grad=True) for value in (Z, self.BW[0], self.Bb[0])]
        running = [None, None] if not eval else [_tensor(self.running_M[0]), _tensor(self.running_V[0])]
        self._BZ = self._normalise(*self._leaves, *running, not eval)
        self.NZ = _numpy(self._normalise(self._leaves[0], None, None, *running, not eval))
        self.BZ = _numpy(self._BZ)
        if not eval:
            self._keep_statistics(Z)
        return self.BZ

    def _normalise(self, Z, weight, bias, mean, variance, training):
        # torch.batch_norm, unlike F.batch_norm, takes a batch of one as well
        return torch.batch_norm(Z, weight, bias, mean, variance, training, 0.0, self.eps, False)

    def _keep_statistics(self, Z):
        self.Z, self.N = Z, len(Z)
        variance, mean = torch.var_mean(_tensor(Z), dim=0, correction=0, keepdim=True)
        self.M, self.V = _numpy(mean), _numpy(variance)
        # a running average is torch's lerp from the old value to the new one
        self.running_M = _numpy(torch.lerp(mean, _tensor(self.running_M), self.alpha))
        self.running_V = _numpy(torch.lerp(variance, _tensor(self.running_V), self.alpha))

    def backward(self, dLdBZ):
        dLdZ, dLdBW, dLdBb = _gradients(self._BZ, self._leaves, dLdBZ)
        self.dLdBW, self.dLdBb = dLdBW[None], dLdBb[None]
        return dLdZ


def warm_up():
    """torch.optim imports a good deal more on its first step."""
    parameter = torch.zeros(1, requires_grad=True)
    parameter.grad = torch.zeros(1)
    torch.optim.SGD([parameter]).step()


# --- pieces from which the catalogue of mistakes builds wrong answers ----------------------------------------------


def linear(A, W, b):
    """eq. 1"""
    return _numpy(F.linear(*map(_tensor, (A, W, b[:, 0]))))


def softmax(A, axis):
    """Softmax along an axis; None takes all entries together."""
    A = _tensor(A)
    return _numpy(torch.softmax(A, axis) if axis is not None else torch.softmax(A.flatten(), 0).reshape(A.shape))


def apply(activation: str, Z):
    """The named activation function, element by element."""
    return globals()[activation]().forward(Z)


def derivative(activation: str, Z):
    """Element-wise derivative of the named activation at Z."""
    f = globals()[activation]()
    f.forward(Z)
    return f.backward()


def mlp(A, weights, biases, dLdA, activations, slopes=None):
    """Output and (dLdW, dLdb) pairs, batch averages, of a chain in which mistakes can be planted.

    ``activations`` names one function a layer. ``slopes`` gives, for some layers, what the backward pass takes for the
    derivative: a function of the layer's output.
    """
    W, b = [_tensor(w, grad=True) for w in weights], [_tensor(v, grad=True) for v in biases]
    value = _tensor(A)
    for i, name in enumerate(activations):
        Z = F.linear(value, W[i], b[i][:, 0])
        value = globals()[name].function(Z)
        if slopes and i in slopes:
            planted = Z * slopes[i](value.detach())
            value = planted + (value - planted).detach()  # forward as it is
    gradients = [g / len(A) for g in _gradients(value, W + b, dLdA)]
    return _numpy(value), list(zip(gradients[: len(W)], gradients[len(W) :]))


def batchnorm_terms(Z, BW, dLdBZ, eps):
    """The three parts of dLdZ (eq. 66): straight through the numerator, by way of the variance, by way of the mean."""
    Z = _tensor(Z, grad=True)
    variance, mean = torch.var_mean(Z, dim=0, correction=0, keepdim=True)
    fixed_mean, fixed_variance = mean.detach(), variance.detach()
    paths = ((Z, fixed_variance, fixed_mean), (Z.detach(), variance, fixed_mean), (Z.detach(), fixed_variance, mean))
    outputs = ((z - m) * torch.rsqrt(v + float(eps)) * _tensor(BW) for z, v, m in paths)
    return [_gradients(output, [Z], dLdBZ)[0] for output in outputs]
