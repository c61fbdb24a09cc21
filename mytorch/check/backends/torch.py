"""PyTorch: what checks compare with. The only module of mytorch that imports torch."""

import numpy as np
import torch
from torch import (  # noqa: F401
    einsum,
    exp,
    lerp,
    log,
    mean,
    relu,
    sigmoid,
    softmax,
    sqrt,
    stack,
    sum,
    tanh,
    where,
)
from torch.nn.functional import cross_entropy, linear, mse_loss  # noqa: F401
from torch.optim.sgd import sgd as step

# The tensors here are tiny: more threads only wait for each other, and for the student's own code.
torch.set_num_threads(1)

VERSION = torch.__version__.partition("+")[0]  # without the build: 2.13.0 of 2.13.0+cpu


def differentiate(function, arrays):
    """The value of ``function(*leaves)``, and a function from dL/d(value) to the list of dL/d(leaf)."""
    leaves = [_tensor(one).requires_grad_() for one in arrays]
    value = function(*leaves)

    def gradients(upstream):
        # of a number: to take ``upstream`` as an argument, torch imports an algebra system, for a second
        number = torch.sum(value * _tensor(upstream))
        found = torch.autograd.grad(number, leaves, retain_graph=True)
        return [array(gradient) for gradient in found]

    return array(value), gradients


def constant(value):
    """Numbers that are not differentiated: of an array, or what a tensor is now."""
    return value.detach() if isinstance(value, torch.Tensor) else _tensor(value)


def array(tensor):
    """Its numbers, as an array of NumPy's."""
    return tensor.detach().numpy().copy()


def batch_norm(Z, weight=None, bias=None, M=None, V=None, eps=0.0):
    """By the batch's own mean and variance, unless M and V are given, one number a feature."""
    # torch.batch_norm, unlike F.batch_norm, takes a batch of one as well
    return torch.batch_norm(Z, weight, bias, M, V, M is None, 0.0, eps, False)


def var_mean(Z):
    """Over the samples, biased, (1, C)."""
    return torch.var_mean(Z, dim=0, correction=0, keepdim=True)


PLAIN = {
    "weight_decay": 0,
    "dampening": 0,
    "nesterov": False,
    "maximize": False,
    "foreach": False,
    "fused": False,
}


def sgd(value, gradient, velocity, lr, momentum):
    """(value, velocity) after one step, as arrays."""
    # By the function behind torch's optimizer: such an object imports PyTorch's compiler, for seconds.
    value, velocity = _tensor(value), _tensor(velocity)
    step([value], [_tensor(gradient)], [velocity], lr=lr, momentum=momentum, **PLAIN)
    return array(value), array(velocity)


def _tensor(numbers):
    # A copy: the graph must not see what the caller does to the array later.
    return torch.tensor(np.asarray(numbers), dtype=torch.float64)
