"""When a value counts as that of the reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from support.bank import compared
from support.implementations import Wrong

from mytorch.check.compare import NOISE, TOLERANCE, differs

EDGES = [0.0, -0.0, 1.0, 1.00001, 1 + 2e-5, 1e-10, -2e-10, 1e300, np.inf, -np.inf, np.nan]
NUMBERS = arrays(float, (3, 4), elements=st.sampled_from(EDGES) | st.floats(-3, 3))


@pytest.mark.parametrize("dtype", TOLERANCE)
@given(NUMBERS, NUMBERS)
def test_it_is_what_numpy_calls_close(dtype, expected, actual):
    """To a tolerance relative to the largest entry."""
    room = TOLERANCE[dtype] * np.max(np.abs(expected)) + NOISE[dtype]
    with np.errstate(all="ignore"):
        close = np.isclose(actual, expected, rtol=TOLERANCE[dtype], atol=room)
        assert np.array_equal(differs(expected, actual, dtype), ~close)


def test_a_quantity_that_differs_in_one_case_differs_whatever_the_later_ones_say():
    patch = {"self.dLdb = dLdb / self.N": "self.dLdb = dLdb / min(self.N, 3)"}
    small_batches = compared(Wrong("Linear", "small", "", patch).build(), "Linear", [{}, {"N": 1}])
    assert [row.quantity.id for row in small_batches.rows.values() if not row.agrees] == ["kept dLdb"]
