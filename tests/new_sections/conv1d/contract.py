"""What ``Conv1d`` promises, and the probe that looks at it: batches (N, C, L), parameters kernel and
offset.
"""

from mytorch.check.contract import FLOAT32, Contract, argument, batch, given, initial, kept, normal, returned

KERNEL_start = initial("kernel", "(C_out, C_in, K)")
OFFSET_start = initial("offset", "(C_out,)")
KERNEL, OFFSET = given("kernel"), given("offset")
X, dLdY = batch("X"), argument("dLdY")
Y = returned("Y", by="forward", eq="1", shape="(N, C_out, L - K + 1)")
dLdX = returned("dLdX", by="backward", eq="2", shape="(N, C_in, L)")
dLdkernel = kept("dLdkernel", by="backward", eq="3", shape="(C_out, C_in, K)")
dLdoffset = kept("dLdoffset", by="backward", eq="4", shape="(C_out,)")


def probe(Conv1d, rng, N=4, C_in=2, C_out=3, K=2, L=6, dtype="float64"):
    layer = Conv1d(C_in, C_out, K)
    yield KERNEL_start.of(layer)
    yield OFFSET_start.of(layer)
    layer.kernel, layer.offset = normal(rng, C_out, C_in, K, dtype=dtype), normal(rng, C_out, dtype=dtype)
    yield KERNEL(layer.kernel)
    yield OFFSET(layer.offset)
    for turn, n in enumerate((N, N + 1), 1):
        inputs, upstream = normal(rng, n, C_in, L, dtype=dtype), normal(rng, n, C_out, L - K + 1, dtype=dtype)
        yield X(inputs)
        yield dLdY(upstream)
        yield Y(layer.forward(inputs), batch=turn)
        yield dLdX(layer.backward(upstream), batch=turn)
        yield dLdkernel.of(layer, batch=turn)
        yield dLdoffset.of(layer, batch=turn)


QUANTITIES = (KERNEL_start, OFFSET_start, Y, dLdX, dLdkernel, dLdoffset)
CONTRACTS = {"Conv1d": Contract(probe, QUANTITIES, cases=({}, {"N": 1}, {"K": 3, "L": 8}, FLOAT32))}
