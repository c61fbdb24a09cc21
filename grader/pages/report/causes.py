"""A sentence about the class for every cause that a check can name: "31 of 120 forgot the 1/N in dLdW"."""

from collections.abc import Iterable

from mytorch.check.contract import Quantity
from mytorch.course import COMPONENTS, SECTION_OF

NOT_RECORDED = "not recorded"  # the autograded notebook is gone, or older than the recording of verdicts
UNNAMED = {
    "different",
    "factor",
}  # nobody knows what was written; equal wrong numbers still tell who wrote the same

# What follows "31 of 120 …". {q} is the quantity, {method} the method that makes it, {component} the class.
SENTENCES = {
    # nothing to compare
    "not run": "handed in a notebook that could not be run, or left no result",
    "not a trace": "left results that are not those of the check",
    "test": "failed the test",
    "test in part": "got some of the test's points",
    "not its points": "got a result from the test that is no number of its points",
    "class missing": "had no class {component}: its cell is gone or fails",
    "stand-in": "handed in the course's stand-in in place of {component}",
    NOT_RECORDED: "lost points for a reason that was not recorded",
    # the value is missing
    "not reached": "never produced {q}",
    "returns None": "left {q} None: a TODO or a missing return in {method}",
    "missing attribute": "did not keep {q} on the object",
    "no class": "wrote {component} as a function, not as a class",
    "missing method": "had no method of the name that is called, on the way to {q}",
    "layer not reached": "did not run every layer's own backward, so {q} is missing",
    "wrong type": "gave {q} the wrong type",
    "too large": "let an array grow far too large on the way to {q}",
    "NaN or inf": "got NaN or infinity in {q}",
    "all zero": "left {q} all zeros",
    "cancels": "added up to zero in {q}",
    "stale": "left {q} at the value of an earlier call",
    "parameters changed": "changed {q}, which only an optimizer does",
    # the wrong shape
    "transposed": "transposed {q}",
    "missing axis": "lost an axis of {q}: no keepdims",
    "not reduced": "left out a sum or mean in {q}",
    "reduced too far": "summed {q} over an axis too many",
    "wrong axis": "summed along the wrong axis in {q}",
    "shape": "gave {q} the wrong shape",
    "rearranged": "had the right numbers of {q} in other places",
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
    "fixed size": "wrote a size as a number, on the way to {q}",
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
    "max over an axis": "gave np.max, np.zeros or the like an array for a number, on the way to {q}",
    "no such axis": "named an axis that an array does not have, on the way to {q}",
    "no whole number": "gave something else where a whole number belongs, on the way to {q}",
    "text and number": "put a text and a number together, on the way to {q}",
    "not callable": "called something that is no function, on the way to {q}",
    "one number for an array": "used a function for single numbers on an array, on the way to {q}",
    "array for an entry": "put an array where one number has room, on the way to {q}",
    "read-only array": "changed an array that is read-only, on the way to {q}",
    "number refused": "came to a number that Python refuses, on the way to {q}",
    "yes and no": "mixed up yes and no with numbers, on the way to {q}",
    "cannot keep": "wrote a class that cannot keep what its methods compute, on the way to {q}",
    "shape in two arguments": "gave np.zeros or np.ones a shape without its brackets",
    "arguments": "wrote a method that does not take the arguments of its contract",
    "arguments of a call": "called something with the wrong arguments, on the way to {q}",
    "wrong operand": "calculated with something that is no array, on the way to {q}",
    "integer array": "had whole numbers where fractions belong, on the way to {q}",
    "loop": "mixed up a list and its indices in a loop, on the way to {q}",
    "no list": "used a generator, a zip or a tuple as a list, on the way to {q}",
    "super": "called super() in a class that is built on no other, on the way to {q}",
    "brackets of a call": "left out the brackets of a call, on the way to {q}",
    "not reversible": "reversed what goes forwards only, on the way to {q}",
    "arrays of different shapes": "put arrays of different shapes into one, on the way to {q}",
    "number for an object": "had given a name, such as np, to a number, on the way to {q}",
    "returns from __init__": "returned something from __init__",
    "column with flat array": "added a column and a flat array, or the like, in {q}",
    "unpacking": "unpacked the wrong number of values, on the way to {q}",
    "undefined name": "used a name that is not defined, on the way to {q}",
    "name of the notebook": "read a name of the notebook for the object's own, on the way to {q}",
    "unknown function": "used a NumPy function that does not exist, on the way to {q}",
    "unknown attribute": "used an attribute that arrays do not have, on the way to {q}",
    "attribute not kept": "read an attribute that no method has kept, on the way to {q}",
    "list for an entry": "asked a whole list for what only its entries have, on the way to {q}",
    "unknown key": "read an entry that a dictionary does not have, on the way to {q}",
    "index not whole": "used numbers that are not whole as an index, on the way to {q}",
    "index out of range": "counted past the end of a list or an array, on the way to {q}",
    "exception": "wrote code that stops with an error, on the way to {q}",
    "different": "got {q} different from PyTorch's, cause not recognised",
    "another quantity": "put another quantity in the place of {q}",
    # general mistakes
    "initial values": "started with other values in {q}",
    "argument ignored": "ignored the argument that sets {q}",
    "accumulates": "added {q} up over calls instead of starting afresh",
    "brackets": "left out or misplaced brackets in {q}",
    "missing term": "left a term out of {q}",
    "power": "had a wrong power in {q}",
    "swapped": "swapped two things in {q}",
    "size of the wrong axis": "counted something other than rows for {q}",
    "sign in the exponent": "had the wrong sign in the exponent of {q}",
    "square of the wrong thing": "squared the wrong thing in {q}",
    "missing bias": "forgot the bias in {q}",
}


def sentences_about(component: str) -> dict[str, str]:
    """The general ones, and those for what only the component's section can get wrong."""
    mistakes = SECTION_OF[component].load("mistakes") if component in COMPONENTS else None
    return SENTENCES | getattr(mistakes, "SENTENCES", {})


def sentence(causes: Iterable[str], component: str = "", quantity: Quantity | None = None) -> str:
    """What follows "31 of 120". A cause that has no sentence is quoted."""
    known = sentences_about(component)
    about, made_by = quantity_words(quantity), quantity.by if quantity else "a method"
    words = {"q": about, "method": made_by, "component": component or "the item"}
    return " and ".join(
        known[cause].format(**words) if cause in known else f"did something else in {about}: {cause}"
        for cause in causes
    )


def quantity_words(quantity: Quantity | None) -> str:
    """As in a sentence: "the initial W" for "W as initialised", "dLdW" for "dLdW of each layer"."""
    if quantity is None:
        return "the result"
    if quantity.what == "initial":
        return quantity.name if quantity.called else f"the initial {quantity.name}"
    if quantity.is_remembered:
        return f"the kept {quantity.name}"
    if quantity.mode:
        return quantity.label
    return f"the {quantity.called}" if quantity.called and quantity.what == "returned" else quantity.name
