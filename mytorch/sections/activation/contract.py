"""What the activation functions promise (eqs. 6-20), and the probe that looks at them."""

import numpy as np

from mytorch.check.contract import FLOAT32, Contract, batch, kept, normal, returned

Z = batch("Z")
A = returned("A", by="forward", shape="(N, C)")
A_kept = kept("A", by="forward", shape="(N, C)")
dAdZ = returned("dAdZ", by="backward", shape="(N, C)")


def _contract(forward: str, backward: str, **more) -> Contract:
    """``forward`` and ``backward`` are the numbers of the function's own equations."""
    a, slope = A.with_equation(forward), dAdZ.with_equation(backward)

    def probe(Activation, rng, N=4, C=3, dtype="float64"):
        f = Activation()
        for turn, n in enumerate((N, N + 1), 1):
            inputs = 2 * normal(rng, n, C, dtype=dtype)
            inputs[-1, 0], inputs[-1, -1] = -8, 8  # beyond any bound
            inputs[0, 0] = 0  # where ReLU has its kink
            yield Z(inputs)
            yield a(f.forward(inputs), batch=turn)
            yield A_kept.of(f, batch=turn)
            yield slope(f.backward(), batch=turn)

    cases = ({}, {"N": 1}, FLOAT32, {"N": 6, "C": 5}, {"C": 1})
    return Contract(probe, (a, A_kept, slope), cases, **more)


def _far_out(f):
    return f.forward(np.array([[1000.0, -1000.0]]))


CONTRACTS = {
    "Sigmoid": _contract("8", "11"),
    "Tanh": _contract(
        "14", "16", large_inputs=((_far_out, "an input such as 1000 overflows exp. np.tanh does not."),)
    ),
    "ReLU": _contract("18", "20"),
}
