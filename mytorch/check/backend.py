"""PyTorch, as far as the sections' references need it: arrays in, arrays and gradients out.

The only module of the engine that imports torch. Only the sections' ``reference.py`` import it, so that
nothing else waits for it. Arithmetic is in float64.
"""

import numpy as np
import torch

# The tensors here are tiny: more threads only wait for each other, and for the student's own code.
torch.set_num_threads(1)


def tensor(array, grad=False):
    # A copy: autograd must not see what the caller does to the array later.
    return torch.tensor(np.asarray(array), dtype=torch.float64, requires_grad=grad)


def numpy(tensor):
    return tensor.detach().numpy().copy()


def gradients(output, inputs, upstream):
    """dL/d(input) for each input, given dL/d(output)."""
    return [numpy(g) for g in torch.autograd.grad(output, inputs, tensor(upstream), retain_graph=True)]
