"""How ``Dropout`` goes wrong."""

from mytorch.check.mistakes import Mistake, any_number, passed_or_default

from .contract import MASK, A, A_eval, P, Z, dLdA, dLdZ

MISTAKES = {
    "Dropout": (
        Mistake("argument ignored", P, any_number, passed_or_default, "Compare __init__ with the skeleton."),
        Mistake("not rescaled", A, lambda c: c[A] * (1 - c[P]), "it is not divided by 1 - p.", "See eq. 68."),
        Mistake("nothing dropped", A, lambda c: c[Z], "it is Z itself.", "Which entries does eq. 67 keep?"),
        Mistake(
            "mask upside down", MASK, lambda c: 1 - c[MASK], "0 and 1 have changed places.", "See eq. 67."
        ),
        Mistake("mask not used", dLdZ, lambda c: c[dLdA], "the mask has no part in it.", "See eq. 69."),
        Mistake(
            "drops with eval",
            A_eval,
            lambda c: c.actual,
            "forward with eval=True drops or scales.",
            "Inference keeps all.",
        ),
    ),
}

SENTENCES = {
    "not rescaled": "forgot to divide by 1 - p in {q}",
    "nothing dropped": "dropped nothing in {q}",
    "mask upside down": "swapped 0 and 1 in {q}",
    "mask not used": "forgot the mask in {q}",
    "drops with eval": "dropped with eval=True in {q}",
}
