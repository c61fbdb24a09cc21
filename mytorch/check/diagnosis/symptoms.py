"""What exceptions mean, by their kinds and messages: the first that fits is said."""

from dataclasses import dataclass

from ..wording import MAKES_A_GENERATOR, MAKES_A_TUPLE


@dataclass(frozen=True)
class Symptom:
    """``kinds`` are names of exceptions, empty for any; ``pattern`` is searched in the message.

    The hint may use the pattern's groups, by number (``{0}``) or by name, and ``{meant}``, the name that the
    student may have had in mind. ``function``: the method in which it is one; in any, if empty. ``code`` is
    searched in the student's line.
    """

    cause: str
    kinds: str
    pattern: str
    hint: str
    function: str = ""
    code: str = ""


NUMPY_ONLY = "What you hand in imports NumPy only; PyTorch is not there when it is graded."
AS_MANY = (
    "The left factor of the matrix product has {left} columns, the right one {right} rows: they must be as "
    "many. Write the shape of each factor beside the line, as in the table of components."
)
NO_AXIS = "Python's own sum, max and their kind know no axis; NumPy's do."

SYMPTOMS = (
    Symptom(
        "endless recursion",
        "RecursionError",
        "",
        "Does a method call itself, or two call each other, where another one should be called?",
    ),
    Symptom("exit", "SystemExit", "", "exit() and quit() end the whole program. A method ends with return."),
    Symptom(
        "too large", "MemoryError", "", "Somewhere an array grows far beyond the batch. Which line makes it?"
    ),
    Symptom(
        "not written yet", "NotImplementedError", "", "That line says that the method is still to be written."
    ),
    Symptom(
        "not written yet",
        "TypeError",
        "exceptions must derive",
        "NotImplemented is no exception, but it says as much as one: the method is still to be written.",
        code="NotImplemented",
    ),
    Symptom("own assert", "AssertionError", "", "It is your own assert that does not hold."),
    Symptom("import", "ImportError, ModuleNotFoundError", "", "What you hand in imports NumPy only."),
    Symptom(
        "division by zero",
        "ZeroDivisionError",
        "",
        "Which number in the denominator is zero, and should it be?",
    ),
    Symptom(
        "still None",
        "",
        "NoneType",
        "Something is still None: is a TODO left, or does a method lack its return?",
    ),
    Symptom(
        "not a matrix",
        "ValueError",
        "does not have enough dimensions",
        "One side of the matrix product is no matrix: is it still None, or a single number?",
    ),
    Symptom(
        "shapes do not fit",
        "ValueError",
        "mismatch|aligned|broadcast",
        "In NumPy transpose takes the new order of all axes, and (0, 1) is the one that a matrix has.",
        code=r"transpose\(.*\b0, ?1\b",
    ),
    Symptom(
        "shapes do not fit",
        "ValueError",
        r"not aligned",
        "np.inner goes along the last axis of both: each is as it stands, and the two need as many columns.",
        code=r"\binner\(",
    ),
    Symptom(
        "shapes do not fit",
        "ValueError",
        r"Input operand 1 has a mismatch in its core dimension.*size (?P<right>\d+) is different from "
        r"(?P<left>\d+)",
        AS_MANY,
    ),
    Symptom(
        "shapes do not fit",
        "ValueError",
        "not aligned",
        "Is one of the two an np.matrix? For these * is the matrix product; np.asarray makes arrays of them.",
        code=r"^(?!.*(?:@|dot|inner|matmul)).*[\w)\]] ?\* ?[\w(]",
    ),
    Symptom(
        "shapes do not fit",
        "ValueError",
        "remapped shapes|too many subscripts|more dimensions than subscripts",
        "In einsum a factor has one letter for each of its axes, and a letter has one length wherever it "
        "stands. Write the shape of each factor beside the line: which letter has two?",
    ),
    Symptom(
        "read-only array",
        "ValueError",
        "read-only",
        "That array is not to be changed, as what np.broadcast_to gives. A copy of it may be.",
    ),
    Symptom(
        "shapes do not fit",
        "ValueError",
        "[Oo]utput operand|^output array",
        "What is computed does not fit into the array that takes it. A third argument of np.matmul or np.dot "
        "is such a one, and so is the left side of += or @=.",
    ),
    Symptom(
        "shapes do not fit",
        "ValueError",
        r"not aligned: (?P<left>\d+) \(dim 1\) != (?P<right>\d+) \(dim 0\)",
        AS_MANY,
    ),
    Symptom(
        "truth of an array",
        "ValueError",
        "truth value of an array",
        "if, max and the like take one yes or no, and an array has many. Which NumPy function decides entry "
        "by entry?",
    ),
    Symptom(
        "arrays of different shapes",
        "ValueError",
        "inhomogeneous|all input arrays must have the same shape",
        "NumPy makes one block of a list: all entries need the same shape. Do these belong in one array?",
    ),
    Symptom(
        "shapes do not fit",
        "ValueError",
        r"broadcast together with shapes (?:\((\d+),\d+\) \(\1,\)|\((\d+),\) \(\2,\d+\))",
        "One of the two is flat, with one number for each row. As a column it would fit: has a sum or mean "
        "lost its axis? keepdims=True keeps it.",
    ),
    Symptom(
        "shapes do not fit",
        "ValueError",
        r"broadcast together with shapes \(\d+,(\d+)\) \(\1,\d+\)",
        "Entry by entry (*, + and the like) these two do not fit; as a matrix product (@) they would. Which "
        "is meant, or is one of them the wrong way round?",
    ),
    Symptom(
        "shapes do not fit",
        "IndexError",
        r"array is (\d)-dimensional, but (\d) were indexed",
        "For these square brackets the array needs {1} or more axes, and it has {0}. Has one gone, as in a "
        "sum without keepdims=True?",
    ),
    Symptom(
        "number for an object",
        "IndexError, TypeError",
        "invalid index to scalar|'(?:numpy\\.)?(?:float|int|bool)\\d*' object is not subscriptable",
        "That is a single number, so there is no entry to pick.",
    ),
    Symptom(
        "shapes do not fit",
        "ValueError, IndexError",
        "shape|dimension|broadcast|aligned",
        "The shapes do not fit. Write the shape of each factor beside the line, as in the table of "
        "components.",
    ),
    Symptom(
        "array for an entry",
        "ValueError",
        "setting an array element with a sequence",
        "There is room for one number there, and an array or a list is to go in. Is an index or sum missing?",
    ),
    Symptom(
        "one number for an array",
        "ValueError",
        "can only convert an array of size 1",
        "A single number is asked for, and that array has more, or none. Is an index or a sum missing?",
    ),
    Symptom(
        "integer array",
        "ValueError",
        "Integers to negative integer powers",
        "Whole numbers stay whole in NumPy, and such a power is a fraction. Let it start as floats.",
    ),
    Symptom(
        "number refused",
        "OverflowError",
        r"out of bounds for (u?int\d+)",
        "That number does not fit into {0}. Where does that type come from, and should it be float?",
    ),
    Symptom(
        "number refused",
        "OverflowError, ValueError",
        r"math (range|domain) error|Numerical result out of range|expected a \w+ input|cannot convert float",
        "Where NumPy gives inf or NaN, plain Python stops. How large, or of which sign, is what goes in?",
    ),
    Symptom(
        "no such axis",
        "ValueError",
        "axes don't match array",
        "transpose takes each axis of the array once, in their new order. How many has the array there?",
    ),
    Symptom(
        "index out of range",
        "StopIteration",
        "",
        "next asks for one more than there is. Has something gone through it before, or is it empty?",
        code=r"\bnext\(",
    ),
    Symptom(
        "no such axis",
        "AxisError",
        "",
        "Axes are counted from 0: a matrix has 0 and 1, a flat array only 0. Which shape has the array "
        "there?",
    ),
    Symptom(
        "arguments of a call",
        "TypeError",
        r"^\w+\(\) takes (?:1 positional|from 1 to)|integer scalar arrays",
        "hstack, concatenate and their kind take the arrays together, as one list in square brackets.",
        code=r"(?:stack|concatenate)\((?![\[(])",
    ),
    Symptom(
        "max over an axis",
        "TypeError",
        "integer scalar arrays",
        "An array stands where a whole number belongs. The second argument of np.max, np.sum and their "
        "kind is an axis, 0 or 1 of a matrix; np.zeros and np.ones take a shape.",
    ),
    Symptom(
        "not callable",
        "TypeError",
        "'int' object is not callable",
        "An array's size is a number, that of all entries, and no method. What has the length of each axis?",
        code=r"\.size\(",
    ),
    Symptom(
        "not callable",
        "TypeError",
        "'(.+)' object is not callable",
        "Brackets right after something call it like a function. Is an operator missing, or a method's name? "
        "Or has its name been given to something else?",
    ),
    Symptom(
        "no list",
        "TypeError",
        "'generator' object is not (subscriptable|reversible)|'generator' has no len",
        MAKES_A_GENERATOR,
    ),
    Symptom(
        "no list",
        "TypeError",
        "'(map|zip|filter|enumerate|reversed|list_reverseiterator)'.*(not subscriptable|has no len)",
        "zip, enumerate and the like are gone through once, from the start. list(…) makes a list of one.",
    ),
    Symptom(
        "no list",
        "TypeError",
        "'tuple' object does not support item assignment",
        "A tuple stays as it was made. A list, in square brackets, can change.",
    ),
    Symptom(
        "not callable",
        "TypeError",
        "object is not subscriptable",
        "Square brackets pick an entry, round brackets call a method. Which are meant?",
    ),
    Symptom(
        "one number for an array",
        "TypeError",
        "only (0-dimensional|length-1|size-1) arrays",
        "That function works with single numbers, as all of math does. NumPy has it for whole arrays.",
    ),
    Symptom(
        "arguments of a call",
        "ValueError",
        "Unable to avoid copy",
        "copy=False forbids a copy since NumPy 2. np.asarray makes one only where it needs to.",
    ),
    Symptom(
        "arguments of a call",
        "TypeError, ValueError",
        "Cannot interpret|sub-type of ndarray",
        "In NumPy view takes the same numbers for another type; it is reshape that gives them another shape.",
        code=r"\.view\(",
    ),
    Symptom(
        "arguments of a call",
        "TypeError",
        "Cannot interpret '(?:True|False)' as a data type|^return arrays must be of ArrayType",
        "After the axis NumPy's functions take other arguments than PyTorch's. By its name keepdims comes to "
        "the right place: keepdims=…",
        code=r"\.(?:sum|mean|prod|max|min|amax|amin|var|std)\(.*\b(?:True|False)\b",
    ),
    Symptom(
        "shape in two arguments",
        "TypeError",
        "Cannot interpret '.*' as a data type",
        "The shape of np.zeros and np.ones is one argument: a pair, in brackets of its own.",
        code=r"\b(?:zeros|ones|empty|full)\(",
    ),
    Symptom(
        "arguments of a call",
        "TypeError",
        "Cannot interpret '(.*)' as a data type",
        "Where {0} stands that function takes a dtype. Is it meant for another argument, as name=…?",
    ),
    Symptom(
        "no whole number",
        "TypeError",
        "'tuple' object cannot be interpreted as an integer",
        "np.random.rand and randn take each size by itself, without brackets around them.",
        code=r"\brandn?\(",
    ),
    Symptom(
        "no whole number",
        "TypeError",
        "'(tuple|list)' object cannot be interpreted as an integer",
        "A whole number belongs there, and that is a {0}. Is one of its entries meant, or its length?",
    ),
    Symptom(
        "no whole number",
        "TypeError",
        r"'(?:numpy\.)?float\d*' object cannot be interpreted as an integer|a single integer, got '[\d.]+'|"
        r"^list indices .*, not (?:numpy\.)?float|^slice indices",
        "A whole number belongs there. Does that one come from / ? It gives a fraction even where nothing is "
        "left over; // does not.",
    ),
    Symptom(
        "text and number",
        "",
        r"concatenate str|operand type.*'str'|dtype\('<U",
        "One of the two is a text. print takes several things, with commas between them, and str(…) makes a "
        "text of a number.",
    ),
    Symptom(
        "text and number",
        "TypeError",
        r"unsupported format string passed to (?:\w+\.)?(\w+)\.",
        "A format such as .3f is for a single number, and what it gets there is of type {0}.",
    ),
    Symptom(
        "text and number",
        "TypeError",
        "string formatting|format string",
        "How many values does that text have room for, and how many does it get? A shape is more than one.",
    ),
    Symptom(
        "wrong operand",
        "TypeError",
        "'tuple'(?! object is not)|concatenate tuple",
        f"Something there is a tuple, no array. {MAKES_A_TUPLE}",
    ),
    Symptom(
        "wrong operand",
        "TypeError",
        "multiply sequence",
        f"One of the two is a list or a tuple, no array. {MAKES_A_TUPLE}",
    ),
    Symptom(
        "super",
        "TypeError",
        "takes exactly one argument \\(the instance to initialize\\)",
        "super().__init__ takes no arguments where the class is built on no other.",
    ),
    Symptom(
        "arguments of a call",
        "TypeError",
        r"for (?:sum|max|min)\(\)$|^(?:sum|max|min)\(\) got .*'(?:axis|keepdims)'|^sum\(\) takes at most 2|"
        r"^(?:all|any|abs)\(\) takes no keyword",
        NO_AXIS,
    ),
    Symptom(
        "arguments of a call",
        "TypeError",
        r"^(?:sum|max|min|sort)\(\) got an unexpected",
        NO_AXIS,
        code=r"(?<![\w.])(?:sum|max|min|sorted)\(",
    ),
    Symptom(
        "arguments of a call",
        "TypeError",
        r"^\w+\(\) got an unexpected keyword argument '(\w+)'",
        "That function has no argument {0}.{meant}",
    ),
    Symptom(
        "wrong operand",
        "TypeError",
        r"does not support argument \d+ of type (?:float|int|bool|complex|numpy)",
        "The array there holds Python objects, not plain numbers. Was it made from None, from pieces of "
        "different shapes, or with dtype=object?",
    ),
    Symptom(
        "wrong operand",
        "TypeError",
        r"does not support argument \d+ of type (\w+)",
        "NumPy's functions take numbers and arrays of numbers, and what this one gets is of type {0}. "
        "Which of its attributes is meant? In a def line self comes first.",
    ),
    Symptom(
        "arguments of a call",
        "TypeError",
        r"^[\w.<>]+\.\w+\(\) |\.(?:forward|backward)\(\)|^[A-Z]\w*\(\) ",
        "Does that call pass what the method's def line asks for, and is it made on an object, not on the "
        "class?{meant}",
    ),
    Symptom(
        "arguments of a call",
        "TypeError",
        "argument",
        "Does that call pass what the function takes, no more and no less?",
    ),
    Symptom(
        "wrong operand",
        "TypeError",
        "unsupported operand|can't multiply|bad operand|can only concatenate",
        "One of the two is no array. Is it a list, a layer, a class or a method without its brackets?",
    ),
    Symptom(
        "integer array",
        "",
        "Cannot cast (?:ufunc|array data) .* to dtype..u?int",
        "An array of whole numbers cannot take in fractions. Let it start as floats.",
    ),
    Symptom(
        "one number for an array",
        "TypeError",
        "'(?:numpy\\.)?(?:float|complex|bool)\\d*' object is not iterable",
        "A loop, and whatever else goes through entries, takes a list or an array, and that is a single "
        "number.",
    ),
    Symptom(
        "one number for an array",
        "TypeError",
        "object of type '(?:numpy\\.)?(?:int|float|bool)\\d*' has no len|len.. of unsized object",
        "len counts the entries of a list or an array, and that is a single number.",
    ),
    Symptom(
        "loop",
        "TypeError",
        "object of type '(\\w+)' has no len",
        "len counts the entries of a list or an array, and a {0} is neither. Which of its attributes is "
        "meant?",
    ),
    Symptom(
        "loop",
        "TypeError",
        "'(?!int')(\\w+)' object is not iterable",
        "A loop, and whatever else goes through entries, takes a list or an array, and a {0} is neither. "
        "Which of its attributes is meant?",
    ),
    Symptom(
        "index not whole",
        "TypeError",
        "^list indices .*, not (?:tuple|list|str|numpy)",
        "Of a list one entry is picked, by a whole number. Pairs and arrays of numbers pick from arrays.",
    ),
    Symptom(
        "loop",
        "TypeError",
        "list indices must be integers|object is not iterable",
        "range(l) counts 0, 1, …; a list gives its entries themselves. Which of the two does the loop go "
        "through?",
    ),
    Symptom(
        "not reversible",
        "TypeError",
        "'int' object is not reversible",
        "That is a number. range counts up to one, and what it counts can be gone through backwards, too.",
    ),
    Symptom(
        "not reversible",
        "TypeError",
        "object is not reversible",
        "zip, enumerate and the like go forwards only. A list goes both ways, and list(…) makes one of them.",
    ),
    Symptom(
        "returns from __init__",
        "TypeError",
        "__init__\\(\\) should return None",
        "__init__ fills the object, self, and returns nothing.",
    ),
    Symptom(
        "unpacking",
        "TypeError, ValueError",
        "unpack",
        "How many names stand before in, and how many values does each turn give? zip(…) goes through lists "
        "side by side, enumerate(…) gives pairs.",
        code=r"\bfor\b.*\bin\b",
    ),
    Symptom(
        "unpacking",
        "TypeError, ValueError",
        "unpack",
        "How many values come, and how many names are there to take them?",
    ),
    Symptom(
        "yes and no",
        "TypeError",
        "numpy boolean (?:subtract|negative)",
        "True and False are no numbers to NumPy's minus. What makes 1 and 0 of them?",
    ),
    Symptom("power", "TypeError", "bitwise_xor|for \\^", "In Python ^ works on bits; a power is written **."),
    Symptom(
        "yes and no",
        "TypeError",
        "'(?:bitwise_and|bitwise_or|invert)' not supported|bad operand type for unary ~",
        "&, | and ~ work on yes and no, and bind before < and >. Are brackets missing around a comparison?",
    ),
    Symptom(
        "wrong operand",
        "TypeError",
        "ufunc '(\\w+)' not supported for the input types",
        "{0} takes numbers and arrays of numbers, and what it gets is none, such as a text.",
    ),
    Symptom(
        "import",
        "NameError",
        "name '(torch|tensorflow|keras|tf|jax|scipy|sklearn)'",
        NUMPY_ONLY,
    ),
    Symptom(
        "arguments of a call",
        "NameError",
        "name '(axis|keepdims|dtype)'",
        "The argument {0} of a call is given with one =, as {0}=…, and == compares.",
    ),
    Symptom(
        "undefined name",
        "NameError, UnboundLocalError, AttributeError",
        "",
        "== compares two values; what gives a value to a name is a single =.",
        code=r"^[\w.\[\]]+ == [^=]+$",
    ),
    Symptom(
        "undefined name",
        "NameError, UnboundLocalError",
        "",
        "Is it spelled as where it got its value, and does that stand above?{meant}",
    ),
    Symptom(
        "import",
        "AttributeError",
        "module 'torch",
        NUMPY_ONLY,
    ),
    Symptom(
        "unknown function",
        "AttributeError",
        "`(np\\.\\w+)` was removed",
        "Older NumPys had {0}. The message says what to use now.",
    ),
    Symptom(
        "unknown function",
        "AttributeError",
        "module '(.+)' has no attribute",
        "Is it in {0}'s manual, and spelled so?{meant}",
    ),
    Symptom(
        "unknown attribute", "AttributeError", "ndarray", "NumPy's arrays have nothing of that name.{meant}"
    ),
    Symptom(
        "super",
        "AttributeError",
        "'super' object has no attribute '(.+)'",
        "super() asks the class that this one is built on, and that has no {0}. "
        "What should this method compute itself?",
    ),
    Symptom(
        "wrong operand",
        "AttributeError",
        "'tuple' object has no attribute '(T|shape|size|ndim|sum|mean|max|min|dot|copy|reshape)'",
        f"Something there is a tuple, no array. {MAKES_A_TUPLE}",
    ),
    Symptom(
        "list for an entry",
        "AttributeError",
        "'(list|tuple)' object has no attribute",
        "That is a whole {0}. Which entry of it is meant, as in layers[i]?",
    ),
    Symptom(
        "brackets of a call",
        "TypeError, AttributeError",
        "'(?:builtin_function_or_)?(?:method|function)'",
        "Something there is a method itself, not what it returns. Are the brackets of a call missing?",
    ),
    Symptom(
        "number for an object",
        "AttributeError",
        "'(?:int|float|bool|numpy\\.\\w+\\d+)' object has no attribute",
        "That is a single number here. Has a name, such as np, been given to something else?",
    ),
    Symptom(
        "cannot keep",
        "FrozenInstanceError",
        "",
        "With frozen=True no method can keep a value.",
    ),
    Symptom(
        "attribute not kept",
        "AttributeError",
        "has no setter|can't set attribute",
        "A property without a setter can only be read; the handout's attributes are set from outside, too.",
    ),
    Symptom(
        "attribute not kept",
        "AttributeError",
        "^type object '",
        "That is the class itself, no object of it. Are brackets missing behind its name, or does "
        "@classmethod stand above the method?",
    ),
    Symptom(
        "cannot keep",
        "AttributeError",
        "'(\\w+)' and no __dict__",
        "__slots__ lists all that an object of the class can keep, and {0} is not among it.",
    ),
    Symptom("attribute not kept", "AttributeError", "", "Did an earlier method keep it (self.… = …)?{meant}"),
    Symptom(
        "unknown key",
        "TypeError",
        "unhashable type: '(?:numpy\\.)?(\\w+)'",
        "A key of a dictionary, or of what a cache remembers, must never change, and what is one here can: "
        "it is of type {0}.",
    ),
    Symptom(
        "unknown key",
        "KeyError",
        "^(?!'There are no fields)",
        "The dictionary has no such entry. Is it stored, earlier, under the name by which it is read here?",
    ),
    Symptom(
        "index not whole",
        "IndexError",
        "arrays used as indices must be of integer|only integers, slices",
        "What stands in the square brackets counts entries, so it must be whole numbers. "
        "An array of fractions, such as a one-hot Y, picks nothing; it can multiply.",
    ),
    Symptom(
        "index out of range",
        "IndexError",
        "",
        "Python counts from 0, so the last of l entries has the number l - 1. Which number does that line "
        "ask for, and how many entries are there?",
    ),
)
