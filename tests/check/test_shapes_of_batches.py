"""Batches with any number of feature axes, and parameters of any name and number: general causes are named
for toy components.
"""

import sys
from types import ModuleType

import numpy as np
import pytest

from mytorch import course
from mytorch.check import trace_of
from mytorch.check.compare import compare
from mytorch.check.contract import Contract, argument, batch, given, kept, normal, returned
from mytorch.check.diagnosis import diagnose
from mytorch.check.trace import run
from mytorch.syllabus import Item, Section

X, UPSTREAM, GAIN = batch("X"), argument("dLdY"), given("gain")
Y = returned("Y", by="forward", eq="1", shape="(N, …)")
DLDX = returned("dLdX", by="backward", eq="2", shape="(N, …)")
DLDGAIN = kept("dLdgain", by="backward", eq="3", shape="(C,)")
DLDSHIFT = kept("dLdshift", by="backward", eq="4", shape="(C, …)")


class Scale:
    """Y = gain X + shift, a gain for each channel and a shift for each place; gradients are averages over the
    batch.
    """

    def forward(self, X):
        self.X, self.across = X, (1, -1) + (1,) * (X.ndim - 2)
        return self.gain.reshape(self.across) * X + self.shift

    def backward(self, dLdY):
        axes = (0, *range(2, dLdY.ndim))
        self.dLdgain = np.sum(dLdY * self.X, axis=axes) / len(dLdY)
        self.dLdshift = np.sum(dLdY, axis=0) / len(dLdY)
        return dLdY * self.gain.reshape(self.across)


def probe(Scale, rng, N=4, features=(3,), dtype="float64"):
    layer = Scale()
    layer.gain, layer.shift = normal(rng, features[0], dtype=dtype), normal(rng, *features, dtype=dtype)
    yield GAIN(layer.gain)
    for turn, n in enumerate((N, N + 1), 1):
        inputs, upstream = normal(rng, n, *features, dtype=dtype), normal(rng, n, *features, dtype=dtype)
        yield X(inputs)
        yield UPSTREAM(upstream)
        yield Y(layer.forward(inputs), batch=turn)
        yield DLDX(layer.backward(upstream), batch=turn)
        yield DLDGAIN.of(layer, batch=turn)
        yield DLDSHIFT.of(layer, batch=turn)


CONTRACT = Contract(probe, (Y, DLDX, DLDGAIN, DLDSHIFT), cases=({},), per_column=True)


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    """A section that is in no folder."""
    for part, content in (("", {}), (".contract", {"CONTRACTS": {"Scale": CONTRACT}})):
        module = ModuleType(f"toy{part}")
        module.__dict__.update(content, __path__=[], __spec__=sys.__spec__)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    section = Section("toy", "Toy", "99_toy", "hw", "toy", [Item("Scale", 1)])
    monkeypatch.setattr(
        section.__class__, "load", lambda self, part: sys.modules.get(f"{self.package}.{part}")
    )
    monkeypatch.setitem(course.SECTION_OF, "Scale", section)


FEATURES = {"2-D": (3,), "3-D": (3, 6), "4-D": (3, 6, 2)}


def cause(wrong: type, features: tuple) -> str:
    case = {"features": features}
    right = run(probe, Scale, "Scale", 0, case)
    assert right.failure is None
    comparison = compare([(right, trace_of(wrong, "Scale", 0, case))])
    assert not comparison.passed and compare([(right, trace_of(Scale, "Scale", 0, case))]).passed
    return diagnose(comparison.mismatch).cause


def changed(**methods) -> type:
    """Scale with the results of its methods changed: forward=…, backward=… of what they return; others of
    what is kept.
    """

    class Wrong(Scale):
        def forward(self, X):
            return methods.get("forward", lambda Y: Y)(super().forward(X))

        def backward(self, dLdY):
            dLdX = super().backward(dLdY)
            for name in set(methods) - {"forward", "backward"}:
                setattr(self, name, methods[name](getattr(self, name), dLdY, self.X))
            return methods.get("backward", lambda dLdX: dLdX)(dLdX)

    return Wrong


@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES)
@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"forward": lambda Y: 2 * Y}, "factor 2"),
        ({"forward": lambda Y: -Y}, "sign"),
        ({"forward": lambda Y: 3.7 * Y}, "factor"),
        ({"forward": lambda Y: 0 * Y}, "all zero"),
        ({"forward": lambda Y: np.swapaxes(Y, 0, 1)}, "transposed"),
        ({"forward": lambda Y: Y.mean()}, "reduced too far"),
        ({"forward": lambda Y: None}, "returns None"),
        ({"forward": lambda Y: Y + np.inf}, "NaN or inf"),
        ({"forward": lambda Y: Y[:, :1] + Y}, "different"),
        ({"dLdshift": lambda kept, dLdY, X: kept * len(X)}, "missing 1/N"),
        ({"dLdshift": lambda kept, dLdY, X: kept / len(X)}, "extra 1/N"),
        ({"dLdshift": lambda kept, dLdY, X: kept / X[0].size}, "extra 1/C"),
        ({"dLdshift": lambda kept, dLdY, X: dLdY}, "not reduced"),
        ({"dLdgain": lambda kept, dLdY, X: dLdY.sum(axis=tuple(range(1, dLdY.ndim)))}, "wrong axis"),
        ({"dLdgain": lambda kept, dLdY, X: kept.sum()}, "reduced too far"),
        ({"dLdgain": lambda kept, dLdY, X: X}, "another quantity | not reduced | shape"),
    ],
)
def test_general_causes_are_named(features, wrong, name):
    assert cause(changed(**wrong), features) in name.split(" | ")


@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES)
def test_a_value_of_the_call_before_is_known(features):
    class Stale(Scale):
        def backward(self, dLdY):
            earlier = getattr(self, "dLdshift", None)
            dLdX = super().backward(dLdY)
            self.dLdshift = self.dLdshift if earlier is None else earlier
            return dLdX

    assert cause(Stale, features) == "stale"


@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES)
def test_another_quantity_is_known(features):
    assert cause(changed(backward=lambda dLdX: None), features) == "returns None"

    class Wrong(Scale):
        def backward(self, dLdY):
            super().backward(dLdY)
            return dLdY

    assert cause(Wrong, features) == "another quantity"


def test_a_batch_of_one_axis():
    """N numbers and nothing else."""

    def flat(cls, rng, N=4, dtype="float64"):
        numbers = normal(rng, N, dtype=dtype)
        yield X(numbers)
        yield Y(cls().forward(numbers))

    class Square:
        def forward(self, X):
            return X**2

    class Doubled:
        def forward(self, X):
            return 2 * X**2

    right, wrong = (run(flat, cls, "Scale", 0, {}) for cls in (Square, Doubled))
    assert diagnose(compare([(right, wrong)]).mismatch).cause == "factor 2"
