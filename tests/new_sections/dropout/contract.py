"""What ``Dropout`` promises, and the probe that looks at it."""

from mytorch.check.contract import FLOAT32, Contract, argument, batch, kept, normal, returned

Z, dLdA = batch("Z"), argument("dLdA")
P = kept("p", by="__init__", loose=True)
MASK = kept("mask", by="forward", eq="67", shape="(N, C)")
A = returned("A", by="forward", eq="68", shape="(N, C)")
dLdZ = returned("dLdZ", by="backward", eq="69", shape="(N, C)")
A_eval = returned("A", by="forward", shape="(N, C)", mode="eval")


def probe(Dropout, rng, N=4, C=3, p=0.4, dtype="float64"):
    layer = Dropout(p, seed=int(rng.integers(1000)))
    yield P.of(layer)
    for turn, n in enumerate((N, N + 1), 1):
        inputs, upstream = normal(rng, n, C, dtype=dtype), normal(rng, n, C, dtype=dtype)
        yield Z(inputs)
        yield dLdA(upstream)
        yield A(layer.forward(inputs), batch=turn)
        yield MASK.of(layer, batch=turn)
        yield dLdZ(layer.backward(upstream), batch=turn)
    inputs = normal(rng, N, C, dtype=dtype)
    yield Z(inputs)
    yield A_eval(layer.forward(inputs, eval=True))


CONTRACTS = {"Dropout": Contract(probe, (P, A, MASK, dLdZ, A_eval), cases=({}, {"p": 0.2, "N": 6}, FLOAT32))}
