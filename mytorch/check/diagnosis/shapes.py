"""What a wrong shape says about the line that made it."""

from ..compare import Mismatch
from ..mistakes import Context
from ..wording import Diagnosis, equation, name, other_cases


def wrong_shape(mismatch: Mismatch) -> Diagnosis:
    """For a value whose shape differs from the expected one."""
    cause, hint = _cause(mismatch)
    if cause != "fixed size":  # where the shape is right in other cases, it is not for what it looks like
        hint = other_cases(mismatch) or hint
    return Diagnosis(cause, _headline(mismatch), equation(mismatch), hint)


def _headline(mismatch: Mismatch) -> str:
    quantity, expected = mismatch.quantity, mismatch.expected.value.shape
    wanted = f"{quantity.axes} = {expected}" if quantity.axes else f"{expected}"
    if not expected:
        wanted = "a single number"
    return f"{name(mismatch)} has shape {mismatch.actual.value.shape}; expected is {wanted}."


def _cause(mismatch: Mismatch) -> tuple[str, str]:
    """And a hint."""
    found = (_fixed_size, _number_wanted, _moved_axes, _flattened, _made_so, _summed, _not_summed)
    causes = filter(None, (cause(mismatch) for cause in found))
    return next(
        causes,
        ("shape", "Write the shape of each factor beside the line: where does the first surprise come?"),
    )


def _fixed_size(mismatch: Mismatch) -> tuple[str, str] | None:
    sizes = _sizes_that_stay(mismatch)
    if not sizes:
        return None
    ending = "s the same whatever size is asked for: what should it come from?"
    if len(sizes) > 1:
        ending = " the same whatever sizes are asked for: what should they come from?"
    return "fixed size", f"Its {' and '.join(map(str, sizes))} stay{ending}"


def _sizes_that_stay(mismatch: Mismatch) -> list[int]:
    """What is as in a case that agrees, where this case asks for other sizes."""
    expected, actual = mismatch.expected.value.shape, mismatch.actual.value.shape
    for trace in mismatch.passed:
        there = next((one.value.shape for one in trace.entries if one.is_same_as(mismatch.expected)), ())
        if len(there) == len(actual) == len(expected):
            wrong = [axis for axis in range(len(actual)) if actual[axis] != expected[axis]]
            if all(actual[axis] == there[axis] != 1 for axis in wrong):  # a 1 is what a sum leaves behind
                return [actual[axis] for axis in wrong]
    return []


def _number_wanted(mismatch: Mismatch) -> tuple[str, str] | None:
    if mismatch.expected.value.size != 1 or mismatch.actual.value.size <= 1:
        return None
    if mismatch.quantity.equation:
        return "not reduced", "Which sum turns it into one number?"
    return "not reduced", "Which of its entries is the one number?"


def _moved_axes(mismatch: Mismatch) -> tuple[str, str] | None:
    expected, actual = mismatch.expected.value, mismatch.actual.value
    if expected.ndim == 2 and actual.shape == expected.T.shape:
        return (
            "transposed",
            "Rows and columns have changed places: which factor or size is the wrong way round?",
        )
    if expected.ndim > 2 and sorted(actual.shape) == sorted(expected.shape):
        return "transposed", "Its axes have changed places: which of them belongs where?"
    return None


def _flattened(mismatch: Mismatch) -> tuple[str, str] | None:
    expected, actual = mismatch.expected.value, mismatch.actual.value
    if actual.size != expected.size or actual.ndim >= expected.ndim:
        return None
    if mismatch.quantity.by == "__init__":
        return "missing axis", "A shape with one number has one axis; a matrix of one column or row has two."
    if 1 not in expected.shape:
        return "missing axis", "All entries are there, in another shape: what has flattened or reshaped it?"
    return "missing axis", "An axis has gone: keepdims=True keeps the one that a sum or mean runs along."


def _made_so(mismatch: Mismatch) -> tuple[str, str] | None:
    """No sum has made what is there at first."""
    if mismatch.quantity.by != "__init__":
        return None
    return "shape", "Compare with its shape in the table of components."


def _summed(mismatch: Mismatch) -> tuple[str, str] | None:
    """Over too much, or along another axis."""
    expected, actual, N = mismatch.expected.value, mismatch.actual.value, Context(mismatch).N
    if actual.ndim == 0 and actual in (0, 1):
        hint = "It is a single 0 or 1: a condition gives one, or a sum over everything. Which value is meant?"
        return "reduced too far", hint
    may_be_sum = 1 in expected.shape or expected.ndim == 1  # whose axis has gone, or has length 1
    if actual.size == 1 or actual.ndim == 0:
        whole = "Without an axis, or along all of them, a sum or mean runs over everything."
        question = "Along which axis should it run?" if may_be_sum else "Is one meant there?"
        return "reduced too far", f"{whole} {question}"
    if may_be_sum and actual.size == N != expected.size:
        return "wrong axis", "It has one value for each sample. Along which axis should the sum or mean run?"
    return None


def _not_summed(mismatch: Mismatch) -> tuple[str, str] | None:
    expected, actual, N = mismatch.expected.value, mismatch.actual.value, Context(mismatch).N
    per_sample = 1 in expected.shape and len(actual) == N != len(expected)
    if per_sample or actual.shape == (N, *expected.shape):
        return "not reduced", "It still has one row for each sample. What does the formula sum over?"
    if actual.ndim < expected.ndim:
        return "reduced too far", "An axis is gone: which sum, mean or index took it, and should it?"
    if actual.ndim > 1 and actual.shape[:-1] == expected.shape and actual.shape[-1] == actual.shape[-2]:
        n = actual.shape[-1]
        square = f"A column and a flat array make a square: ({n}, 1) and ({n},) give ({n}, {n})."
        return "column with flat array", f"{square} Where do two such meet?"
    return None
