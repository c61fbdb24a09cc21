"""How batch normalization goes wrong, forward and backward."""

from .backward import BACKWARD
from .forward import FORWARD

MISTAKES = {"BatchNorm1d": (*FORWARD, *BACKWARD)}

# What the class report says: "31 of 120 …". {q} is the quantity.
SENTENCES = {
    "mean of everything": "took the mean over everything in {q}, not column by column",
    "variance of everything": "took the variance over everything in {q}, not column by column",
    "unbiased variance": "divided the variance by N - 1 in {q}",
    "std for variance": "used the standard deviation for the variance in {q}",
    "not centred": "forgot to subtract the mean in {q}",
    "not scaled": "forgot to scale {q}",
    "root missing": "forgot the root in {q}",
    "inverted": "multiplied where the formula divides in {q}",
    "eps missing": "forgot eps in {q}",
    "eps in V": "added eps to {q} itself",
    "eps outside the root": "added eps outside the root in {q}",
    "running values in training": "normalised with the running values in training in {q}",
    "running values in backward": "used the running values in {q}",
    "BW missing": "forgot BW in {q}",
    "BW twice": "multiplied with BW twice in {q}",
    "BW in dLdBW": "used BW in place of NZ in {q}",
    "BW in dLdBb": "scaled {q} by BW",
    "Z for NZ": "used Z in place of NZ in {q}",
    "BZ for NZ": "used BZ in place of NZ in {q}",
    "NZ missing": "forgot NZ in {q}",
    "sum for product": "added BW in {q} where the formula multiplies",
    "alpha swapped": "swapped alpha and 1 - alpha in {q}",
    "alpha missing": "forgot alpha in {q}",
    "1 - alpha missing": "forgot 1 - alpha in {q}",
    "alpha twice": "used alpha twice in {q}",
    "average missing": "forgot the old average in {q}",
    "eval uses batch statistics": "used the batch's mean and variance with eval=True in {q}",
    "eval changes running values": "changed the running values with eval=True ({q})",
    "1/N": "misplaced a 1/N in one term of {q}",
    "sum missing": "left out a sum over the batch in {q}",
    "wrong terms": "had a wrong term in {q}",
    "default value": "gave {q} another default value",
}
