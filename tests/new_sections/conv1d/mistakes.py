"""How ``Conv1d`` goes wrong; factors, shapes and signs are found without an entry."""

from mytorch.check.mistakes import Mistake, any_values

from .contract import OFFSET, KERNEL_start, OFFSET_start, Y

MISTAKES = {
    "Conv1d": (
        Mistake("initial values", (KERNEL_start, OFFSET_start), any_values, "it should be zero everywhere."),
        Mistake(
            "offset missing", Y, lambda c: c[Y] - c[OFFSET][:, None], "the offset is missing.", "See eq. 1."
        ),
    ),
}

SENTENCES = {"offset missing": "forgot the offset in {q}"}
