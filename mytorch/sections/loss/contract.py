"""What the losses promise (eqs. 32-43), and the probe that looks at them."""

from dataclasses import replace

import numpy as np

from mytorch.check.contract import FLOAT32, Contract, argument, batch, kept, normal, returned, step

A, Y = batch("A"), argument("Y")
L = returned("L", by="forward", shape="scalar", loose=True, divides=True)
A_kept = kept("A", by="forward", shape="(N, C)")
Y_kept = kept("Y", by="forward", shape="(N, C)")
dLdA = returned("dLdA", by="backward", shape="(N, C)")

SSE = step("SSE", by="forward", eq="33", shape="scalar")
softmax = step("softmax", by="forward", eq="37", shape="(N, C)")
SCE = step("SCE", by="forward", eq="41", shape="scalar")

MSE_L = replace(L, equation="34", has_a_two=True)
MSE_dLdA = replace(dLdA, equation="35", divides=True, has_a_two=True)
CROSS_ENTROPY_L, CROSS_ENTROPY_dLdA = L.with_equation("42"), dLdA.with_equation("43")


def _through(criterion, rng, targets, N, C, dtype, loss, gradient):
    for turn, n in enumerate((N, N + 1), 1):
        outputs, wanted = normal(rng, n, C, dtype=dtype), targets(n).astype(dtype)
        yield A(outputs)
        yield Y(wanted)
        yield loss(criterion.forward(outputs, wanted), batch=turn)
        yield A_kept.of(criterion, batch=turn)
        yield Y_kept.of(criterion, batch=turn)
        yield gradient(criterion.backward(), batch=turn)


def mse(MSELoss, rng, N=5, C=3, dtype="float64"):
    yield from _through(MSELoss(), rng, lambda n: rng.standard_normal((n, C)), N, C, dtype, MSE_L, MSE_dLdA)


def cross_entropy(CrossEntropyLoss, rng, N=5, C=3, soft=False, dtype="float64"):
    def targets(n):
        return rng.dirichlet(np.ones(C), n) if soft else np.eye(C)[rng.integers(C, size=n)]

    yield from _through(CrossEntropyLoss(), rng, targets, N, C, dtype, CROSS_ENTROPY_L, CROSS_ENTROPY_dLdA)


def _sure_loss(loss):
    """The loss of an output that is as sure as can be, and right."""
    return loss.forward(np.array([[1000.0, 0.0]]), np.array([[1.0, 0.0]]))


def _sure_gradient(loss):
    _sure_loss(loss)
    return loss.backward()


OTHER_SIZES = {"N": 7, "C": 4}
CONTRACTS = {
    "MSELoss": Contract(
        mse,
        (MSE_L, A_kept, Y_kept, MSE_dLdA),
        cases=({}, {"N": 1}, FLOAT32, OTHER_SIZES),
        per_column=True,
        steps=(SSE,),
    ),
    "CrossEntropyLoss": Contract(
        cross_entropy,
        (CROSS_ENTROPY_L, A_kept, Y_kept, CROSS_ENTROPY_dLdA),
        cases=({}, {"soft": True}, {"N": 1}, FLOAT32, OTHER_SIZES),
        per_column=True,
        steps=(softmax, SCE),
        large_inputs=(
            (
                _sure_gradient,
                "logits such as 1000 overflow exp. Softmax does not change when a row is shifted: by what?",
            ),
            (_sure_loss, "log meets a 0 when the output is very sure. Can log(softmax) be had in one step?"),
        ),
    ),
}
