"""What ``BatchNorm1d`` promises (eqs. 50-66), and the probe that looks at it."""

import numpy as np

from mytorch.check.contract import (
    FLOAT32,
    Contract,
    argument,
    batch,
    given,
    initial,
    kept,
    normal,
    returned,
    step,
)

LEAST = 0.2  # standard deviation of a feature of the batch, before it is scaled
ALPHA = kept("alpha", by="__init__", loose=True)
EPS = kept("eps", by="__init__", loose=True)
START = tuple(initial(name, "(1, C)") for name in ("BW", "Bb", "dLdBW", "dLdBb", "running_M", "running_V"))
BW, Bb, alpha_set = given("BW"), given("Bb"), given("alpha")
Z, dLdBZ = batch("Z"), argument("dLdBZ")
running_M_before = given("running_M", called="running_M before")
running_V_before = given("running_V", called="running_V before")

Z_kept = kept("Z", by="forward", shape="(N, C)")
N_kept = kept("N", by="forward", loose=True)
M = kept("M", by="forward", eq="50", shape="(1, C)", loose=True, divides=True)
V = kept("V", by="forward", eq="51", shape="(1, C)", loose=True, divides=True)
NZ = kept("NZ", by="forward", eq="52", shape="(N, C)", divides=True)
BZ = returned("BZ", by="forward", eq="53", shape="(N, C)")
BZ_kept = kept("BZ", by="forward", shape="(N, C)")
running_M = kept("running_M", by="forward", eq="54", shape="(1, C)")
running_V = kept("running_V", by="forward", eq="55", shape="(1, C)")
dLdBb = kept("dLdBb", by="backward", eq="58", shape="(1, C)")
dLdBW = kept("dLdBW", by="backward", eq="59", shape="(1, C)")
dLdZ = returned("dLdZ", by="backward", eq="66", shape="(N, C)", divides=True, has_a_two=True)
BW_left = kept("BW", by="backward", shape="(1, C)", called="BW after backward")
Bb_left = kept("Bb", by="backward", shape="(1, C)", called="Bb after backward")
dLdNZ = step("dLdNZ", by="backward", eq="60", shape="(N, C)")
dLdV = step("dLdV", by="backward", eq="62", shape="(1, C)")
dLdM = step("dLdM", by="backward", eq="65", shape="(1, C)")
BZ_eval = returned("BZ", by="forward", eq="56, 57", shape="(N, C)", mode="eval", divides=True)
running_M_eval = kept("running_M", by="forward", shape="(1, C)", mode="eval")
running_V_eval = kept("running_V", by="forward", shape="(1, C)", mode="eval")
BW_eval = kept("BW", by="forward", shape="(1, C)", mode="eval")
Bb_eval = kept("Bb", by="forward", shape="(1, C)", mode="eval")


def probe(BatchNorm1d, rng, N=5, C=3, alpha=None, scale=1.0, fresh=False, dtype="float64"):
    """``fresh``: BW and Bb stay the arrays that __init__ made, in which two names of one array show."""
    bn = BatchNorm1d(C) if alpha is None else BatchNorm1d(C, alpha=alpha)
    for quantity in (ALPHA, EPS, *START):
        yield quantity.of(bn)
    if not fresh:
        bn.BW, bn.Bb = rng.uniform(0.5, 2, (1, C)).astype(dtype), normal(rng, 1, C, dtype=dtype)
    if alpha is not None:  # from zero and one, much that is wrong looks like something else
        bn.running_M, bn.running_V = normal(rng, 1, C, dtype=dtype), rng.uniform(0.5, 2, (1, C)).astype(dtype)
    for quantity in (BW, Bb, alpha_set):
        yield quantity.of(bn)
    for turn, n in enumerate((N, N + 1), 1):
        inputs = rng.uniform(0.5, 2, (1, C)) * _apart(normal(rng, n, C)) + rng.uniform(-1, 1, (1, C))
        inputs, upstream = (scale * inputs).astype(dtype), normal(rng, n, C, dtype=dtype)
        yield Z(inputs)
        yield dLdBZ(upstream)
        yield running_M_before.of(bn)
        yield running_V_before.of(bn)
        yield from _train(bn, inputs, upstream, turn)
    inputs = (scale * 1.5 * normal(rng, N, C)).astype(dtype)
    yield Z(inputs)
    yield BZ_eval(bn.forward(inputs, eval=True))
    for quantity in (running_M_eval, running_V_eval, BW_eval, Bb_eval):
        yield quantity.of(bn)


def _apart(drawn):
    """Two samples that are nearly the same are drawn apart: divided by so small a deviation, what float32
    rounds would count for more than the gradient.
    """
    mean, spread = drawn.mean(axis=0), drawn.std(axis=0)
    is_near = (spread > 0) & (spread < LEAST)
    if not is_near.any():
        return drawn
    return np.where(is_near, mean + (drawn - mean) * (LEAST / np.where(is_near, spread, 1)), drawn)


def _train(bn, inputs, upstream, turn):
    """One batch forward and backward."""
    output = bn.forward(inputs)
    for quantity in (Z_kept, N_kept, M, V, NZ):
        yield quantity.of(bn, batch=turn)
    yield BZ(output, batch=turn)
    for quantity in (BZ_kept, running_M, running_V):
        yield quantity.of(bn, batch=turn)
    slope = bn.backward(upstream)
    yield dLdBb.of(bn, batch=turn)
    yield dLdBW.of(bn, batch=turn)
    yield dLdZ(slope, batch=turn)
    yield BW_left.of(bn, batch=turn)
    yield Bb_left.of(bn, batch=turn)


TRAINING = (Z_kept, N_kept, M, V, NZ, BZ, BZ_kept, running_M, running_V, dLdBb, dLdBW, dLdZ, BW_left, Bb_left)
EVAL = (BZ_eval, running_M_eval, running_V_eval, BW_eval, Bb_eval)
CONTRACTS = {
    "BatchNorm1d": Contract(
        probe,
        (ALPHA, EPS, *START, *TRAINING, *EVAL),
        cases=(
            {},
            {"alpha": 0.8, "N": 7},
            {"alpha": 0.9, "scale": 1e-4},
            FLOAT32,
            {"alpha": 0.7, "N": 6, "C": 4},
            {"N": 4, "C": 1},
            {"fresh": True},
        ),
        steps=(dLdNZ, dLdV, dLdM),
    )
}
