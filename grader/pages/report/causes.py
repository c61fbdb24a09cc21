"""A sentence about the class for every cause that a check can name: "31 of 120 forgot the 1/N in dLdW (Linear, eq. 4)"."""

import re

from mytorch.check.probes import PROBES, Quantity

NOT_RECORDED = "not recorded"  # the autograded notebook is gone, or older than the recording of verdicts
UNNAMED = {"different", "factor"}  # nobody knows what was written; equal wrong numbers still tell who wrote the same

# What follows "31 of 120 …". {q} is the quantity, {method} the method that makes it, {component} the class.
SENTENCES = {
    # nothing to compare
    "not run": "handed in a notebook that could not be run, or left no result",
    "not a trace": "left results that are not those of the check",
    "class missing": "had no class {component}: its cell is gone or fails",
    "stand-in": "handed in PyTorch's stand-in in place of {component}",
    NOT_RECORDED: "lost points for a reason that was not recorded",
    # the value is missing
    "not reached": "never produced {q}",
    "returns None": "left {q} None: a TODO or a missing return in {method}",
    "missing attribute": "did not keep {q} on the object",
    "missing method": "had no method of the name that is called, on the way to {q}",
    "layer not reached": "stopped backward before it reached every layer, so {q} is missing",
    "wrong type": "gave {q} the wrong type",
    "too large": "let an array grow far too large on the way to {q}",
    "NaN or inf": "got NaN or infinity in {q}",
    "all zero": "left {q} all zeros",
    "stale": "left {q} at the value of an earlier call",
    # the wrong shape
    "transposed": "transposed {q}",
    "missing axis": "lost an axis of {q}: no keepdims",
    "not reduced": "left out a sum or mean in {q}",
    "reduced too far": "summed {q} over an axis too many",
    "wrong axis": "summed along the wrong axis in {q}",
    "shape": "gave {q} the wrong shape",
    # a constant factor
    "missing 1/N": "forgot the 1/N in {q}",
    "missing 1/C": "forgot the 1/C in {q}",
    "missing 1/(NC)": "forgot the 1/(N·C) in {q}",
    "extra 1/N": "divided {q} by N once too often",
    "extra 1/C": "divided {q} by C once too often",
    "extra 1/(NC)": "divided {q} by N·C once too often",
    "factor 2": "had a 2 too many in {q}, or forgot its ½",
    "factor 1/2": "had a ½ too many in {q}, or forgot its 2",
    "factor": "had a wrong constant factor in {q}",
    "sign": "had a wrong sign in {q}",
    # an exception
    "shapes do not fit": "combined matrices whose shapes do not fit, on the way to {q}",
    "not a matrix": "used @ on something that is no matrix, on the way to {q}",
    "still None": "calculated with None, on the way to {q}",
    "not written yet": "left {method} to be written",
    "endless loop": "wrote a loop that does not end, on the way to {q}",
    "endless recursion": "wrote a method that calls itself without end, on the way to {q}",
    "exit": "called exit() or quit() in a method",
    "own assert": "wrote an assert that fails, on the way to {q}",
    "import": "imported what is not there, on the way to {q}",
    "division by zero": "divided by zero, on the way to {q}",
    "truth of an array": "used an array as a yes or no, on the way to {q}",
    "max over an axis": "gave np.max or the like an array for an axis, on the way to {q}",
    "not callable": "called something that is no function, on the way to {q}",
    "one number for an array": "used a function for single numbers on an array, on the way to {q}",
    "shape in two arguments": "gave np.zeros or np.ones a shape without its brackets",
    "arguments": "wrote a method that does not take the arguments of its contract",
    "arguments of a call": "called a method with the wrong arguments, on the way to {q}",
    "wrong operand": "calculated with something that is no array, on the way to {q}",
    "integer array": "wrote fractions into an array of whole numbers, on the way to {q}",
    "loop": "mixed up a list and its indices in a loop, on the way to {q}",
    "unpacking": "unpacked the wrong number of values, on the way to {q}",
    "undefined name": "used a name that is not defined, on the way to {q}",
    "unknown function": "used a NumPy function that does not exist, on the way to {q}",
    "unknown attribute": "used an attribute that arrays do not have, on the way to {q}",
    "attribute not kept": "read an attribute that no method has kept, on the way to {q}",
    "list for an entry": "asked a whole list for what only its entries have, on the way to {q}",
    "gradient too early": "read a layer's gradient before backward has run, on the way to {q}",
    "unknown key": "read an entry that a dictionary does not have, on the way to {q}",
    "index not whole": "used numbers that are not whole as an index, on the way to {q}",
    "index out of range": "counted past the end of a list or an array, on the way to {q}",
    "exception": "wrote code that stops with an error, on the way to {q}",
    "different": "got {q} different from PyTorch's, cause not recognised",
    "another quantity": "put another quantity in the place of {q}",
    # general mistakes
    "initial values": "started with other values in {q}",
    "default value": "gave {q} another default value",
    "argument ignored": "ignored the argument that sets {q}",
    "accumulates": "added {q} up over calls instead of starting afresh",
    "brackets": "left out or misplaced brackets in {q}",
    "missing term": "left a term out of {q}",
    "missing factor": "left a factor out of {q}",
    "power": "had a wrong power in {q}",
    "swapped": "swapped two things in {q}",
    "wrong function": "used another function than asked for in {q}",
    "sum for difference": "added in {q} where the formula subtracts",
    "size of the wrong axis": "counted something other than rows for {q}",
    # Linear
    "missing bias": "forgot the bias in {q}",
    "sign of the bias": "subtracted the bias in {q}",
    "bias twice": "added the bias twice in {q}",
    "old W": "ignored, in {q}, a W that was set later",
    # activation functions
    "sign in the exponent": "had the wrong sign in the exponent of {q}",
    "upside down": "wrote {q} upside down",
    "softmax": "used softmax for {q}",
    "derivative from Z": "computed {q} from Z where the formula has A",
    "derivative of A": "applied the function a second time in {q}",
    "missing denominator": "forgot the denominator of {q}",
    "missing square": "forgot the square in {q}",
    "square of the wrong thing": "squared the wrong thing in {q}",
    "0 or 1": "gave {q} the values 0 and 1",
    "max over the array": "took one largest entry for {q}, not entry by entry",
    "ReLU derivative at 0": "gave {q} another value than 0 where Z is 0",
    "A for its slope": "returned A in place of its slope in {q}",
    # MLPs
    "number of layers": "had the wrong number of layers in {q}",
    "in and out swapped": "swapped inputs and outputs in {q}",
    "layer sizes": "had wrong sizes in {q}",
    "shared activation": "shared one activation object among layers in {q}",
    "number of activations": "had the wrong number of activations in {q}",
    "activation missing": "left out activations in {q}",
    "wrong activation": "used another activation than ReLU in {q}",
    "other layers": "ran other layers than those in self.layers for {q}",
    "ends early": "ended the loop over layers too early in {q}",
    "forward order": "ran forward in the wrong order of layers",
    "backward order": "ran backward in the wrong order of layers",
    "A not passed on": "did not pass A on from layer to layer",
    "dLdA not passed on": "did not pass dLdA on from layer to layer",
    "dAdZ missing": "forgot to multiply with dAdZ in {q}",
    "A for dAdZ": "multiplied with A in place of dAdZ in {q}",
    "dLdA ignored": "ignored dLdA in {q}",
    # losses
    "sum for mean": "summed in {q} where the formula averages",
    "square missing": "forgot to square in {q}",
    "root": "took a root in {q}",
    "matrix product": "multiplied as matrices in {q}, not entry by entry",
    "not differentiated": "left the square in {q}",
    "softmax axis": "ran softmax along the wrong axis in {q}",
    "shift by columns": "shifted columns, not rows, before exp in {q}",
    "softmax missing": "left out softmax, or its denominator, in {q}",
    "softmax twice": "applied softmax twice in {q}",
    "log missing": "forgot the logarithm in {q}",
    "log base": "used another base of the logarithm in {q}",
    "log for softmax": "used the logarithm of softmax in place of softmax in {q}",
    "Y missing": "left Y out of {q}",
    "Y as one-hot": "used only the largest entry of each row of Y in {q}",
    "binary cross-entropy": "added binary cross-entropy's second term in {q}",
    "derivative of the log only": "took the derivative of the logarithm only in {q}",
    # SGD
    "velocity never stored": "did not store the new velocity in {q}",
    "velocity ignored": "ignored the old velocity in {q}",
    "mu missing": "did not scale the old velocity by mu in {q}",
    "mu on the wrong term": "scaled the gradient, not the velocity, by mu in {q}",
    "mu twice": "used mu twice in {q}",
    "old velocity twice": "had the old velocity twice in {q}",
    "lr in the velocity": "put the learning rate into {q}",
    "lr for mu": "used lr in place of mu in {q}",
    "dampening": "scaled the gradient by 1 - mu in {q}",
    "not updated": "did not update {q}",
    "lr missing": "forgot the learning rate in {q}",
    "lr twice": "used the learning rate twice in {q}",
    "divided by lr": "divided by the learning rate in {q}",
    "old value lost": "lost the old value in {q}",
    "nesterov": "took Nesterov's step in {q}",
    "two steps": "took two steps in one in {q}",
    # batch normalization
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
}


def quantity_of(component: str, name: str) -> Quantity | None:
    """The row of the check's table; None when the verdict is about no quantity that the course knows."""
    probe = PROBES.get(component)
    return probe.quantities.get(name) if probe else None


def sentence(cause: str, component: str = "", quantity: Quantity | None = None) -> str:
    """What follows "31 of 120". A cause that has no sentence here is quoted."""
    if cause not in SENTENCES and " and " in cause:
        return " and ".join(sentence(part, component, quantity) for part in cause.split(" and "))
    about, made_by = quantity_words(quantity), quantity.source if quantity else "a method"
    if cause not in SENTENCES:
        return f"did something else in {about}: {cause}"
    return SENTENCES[cause].format(q=about, method=made_by, component=component or "the item")


def quantity_words(quantity: Quantity | None) -> str:
    """As in a sentence: "the initial W" for "W as initialised", "dLdW" for "dLdW of each layer"."""
    if quantity is None:
        return "the result"
    label = re.sub(r" \(.*\)$| of each layer$", "", quantity.label)
    for ending, before in ((" as initialised", "the initial "), (" kept", "the kept ")):
        if label.endswith(ending):
            return before + label.removesuffix(ending)
    return f"the {label}" if label.startswith("output ") else label
