"""What ``Linear`` promises (eqs. 1-5), and the probe that looks at it."""

from mytorch.check.contract import FLOAT32, Contract, argument, batch, given, initial, kept, normal, returned

W_start = initial("W", "(C_out, C_in)")
b_start = initial("b", "(C_out, 1)")
W, b = given("W"), given("b")
A, dLdZ = batch("A"), argument("dLdZ")
Z = returned("Z", by="forward", eq="1", shape="(N, C_out)")
A_kept = kept("A", by="forward", shape="(N, C_in)")
N_kept = kept("N", by="forward", loose=True)
dLdA = returned("dLdA", by="backward", eq="3", shape="(N, C_in)")
dLdW = kept("dLdW", by="backward", eq="4", shape="(C_out, C_in)", divides=True)
dLdb = kept("dLdb", by="backward", eq="5", shape="(C_out, 1)", divides=True)
W_left = kept("W", by="backward", shape="(C_out, C_in)", called="W after backward")
b_left = kept("b", by="backward", shape="(C_out, 1)", called="b after backward")


def probe(Linear, rng, N=4, C_in=2, C_out=3, dtype="float64"):
    layer = Linear(C_in, C_out)
    yield W_start.of(layer)
    yield b_start.of(layer)
    layer.W, layer.b = normal(rng, C_out, C_in, dtype=dtype), normal(rng, C_out, 1, dtype=dtype)
    yield W(layer.W)
    yield b(layer.b)
    for turn, n in enumerate((N, N + 1), 1):
        inputs, upstream = normal(rng, n, C_in, dtype=dtype), normal(rng, n, C_out, dtype=dtype)
        yield A(inputs)
        yield dLdZ(upstream)
        yield Z(layer.forward(inputs), batch=turn)
        yield A_kept.of(layer, batch=turn)
        yield N_kept.of(layer, batch=turn)
        yield dLdA(layer.backward(upstream), batch=turn)
        yield dLdW.of(layer, batch=turn)
        yield dLdb.of(layer, batch=turn)
        yield W_left.of(layer, batch=turn)
        yield b_left.of(layer, batch=turn)


OTHER_SIZES = {"N": 6, "C_in": 5, "C_out": 4}
QUANTITIES = (W_start, b_start, Z, A_kept, N_kept, dLdA, dLdW, dLdb, W_left, b_left)
SQUARE = {"N": 3, "C_in": 3, "C_out": 3}  # in which what is the wrong way round fits, too
SINGLE = {"N": 3, "C_in": 1, "C_out": 1}
CASES = ({}, {"N": 1}, FLOAT32, OTHER_SIZES, SQUARE, SINGLE)
CONTRACTS = {"Linear": Contract(probe, QUANTITIES, CASES)}
