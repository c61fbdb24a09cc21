"""Which equation has just run, on which shapes, and what has come of it."""

import numpy as np

from .passes import TIDY


def sentence(trace, done):
    """Which equation has just run, on which shapes, and what has come of it."""
    count, values = len(trace.W), trace.values
    if not done:
        return (
            f"One sample, A0 of shape {shape(values['A', 0])}, waits in front of {count} "
            f"layer{'s' * (count > 1)}. Press Forward step: each press runs one equation."
        )
    equation, i = trace.steps[done - 1]
    describe = {
        27: through_layer,
        28: through_activation,
        30: back_through_activation,
        31: back_through_layer,
    }
    words = describe[equation](trace, i)
    if done == 2 * count:
        return (
            f"{words} That is the output. For the way back let L be its sum: dLdA{count} is all ones. Press "
            "Backward step."
        )
    if done == 4 * count:
        return f"{words} {verdict(trace)}"
    return words


def through_layer(trace, i):
    A, W, Z = trace.values["A", i], trace.W[i], trace.values["Z", i]
    shapes = f"{shape(A)} · {shape(W.T)} + {shape(np.ones((len(A), 1)))} · {shape(trace.b[i].T)} = {shape(Z)}"
    return f"Equation 27, layers[{i}].forward: Z{i} = A{i} · W{i}ᵀ + ι · b{i}ᵀ, shapes {shapes}."


def through_activation(trace, i):
    A = trace.values["A", i + 1]
    stopped, total = np.sum(np.abs(A) < TIDY), A.shape[1]
    name = trace.activations[i]
    start = f"Equation 28, f[{i}].forward: A{i + 1} = {name}(Z{i}), element by element, shape {shape(A)}."
    return f"{start} {stopped} of {total} {'is' if stopped == 1 else 'are'} 0." if name == "ReLU" else start


def back_through_activation(trace, i):
    dLdZ, slopes = trace.values["dLdZ", i], trace.values["dAdZ", i]
    start = (
        f"Equation 30, with the slopes of f[{i}].backward (29): dLdZ{i} = dLdA{i + 1} ⊙ dA{i + 1}dZ{i}, "
        f"shapes {shape(slopes)} ⊙ {shape(slopes)} = {shape(dLdZ)}."
    )
    flat = [str(j) for j in np.flatnonzero(np.abs(slopes) < TIDY)]
    if not flat:
        return f"{start} All slopes let something through."
    return (
        f"{start} The slope is 0 in column{'s' * (len(flat) > 1)} {', '.join(flat)}: nothing goes on there."
    )


def back_through_layer(trace, i):
    dLdZ, dLdA, dLdW = (trace.values[name, i] for name in ("dLdZ", "dLdA", "dLdW"))
    zero = int(np.sum(np.abs(dLdW) < TIDY))
    return (
        f"Equation 31, layers[{i}].backward: dLdA{i} = dLdZ{i} · W{i}, shapes {shape(dLdZ)} · "
        f"{shape(trace.W[i])} = {shape(dLdA)}. The lines now show the dLdW{i} that it keeps; {zero} of its "
        f"{dLdW.size} entries {'is' if zero == 1 else 'are'} 0."
    )


def verdict(trace):
    gradients = np.concatenate([trace.values["dLdW", i].ravel() for i in range(len(trace.W))])
    zero = int(np.sum(np.abs(gradients) < TIDY))
    if not zero:
        return "Back at the input: every weight of the network learns from this sample."
    return (
        f"Back at the input: {zero} of {gradients.size} weights learn nothing from this sample. Follow the "
        "dotted lines."
    )


def shape(values) -> str:
    return f"({values.shape[0]}, {values.shape[1]})"
