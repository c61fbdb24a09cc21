"""Run a probe on a class and write down what it yields: a trace.

A trace holds plain data only (arrays, or a word on why there is none), so that it can leave the kernel that made it.
"""

import base64
import math
import warnings
from dataclasses import asdict, dataclass, field

import numpy as np

from .failure import Failure, closest, describe, printable

MIME = "application/vnd.mytorch.trace+json"
MAX_SIZE = 1_000_000  # entries of one array; the probes' own are below 1,000
PROBLEMS = ("", "none", "missing", "type", "size")


class Given:
    """A value that the probe hands to the class. Kept for the diagnosis, never compared."""

    def __init__(self, quantity: str, value, when: str = ""):
        self.quantity, self.value, self.when = quantity, value, when


class Input(Given):
    """A given array that goes into a method: well-behaved code leaves it as it was."""


class Missing:
    """Stands for an attribute that the object does not have; ``meant`` is one it has and whose name is close."""

    def __init__(self, owner, attribute: str):
        self.meant = closest(attribute, getattr(owner, "__dict__", ()))


class Unfit:
    """Stands for a value with which the probe can do nothing; ``detail`` says what it is: "a list with None at [0]"."""

    def __init__(self, detail: str):
        self.detail = detail


def kept(owner, attribute: str):
    """The attribute, or a note that it is missing: the probe goes on either way."""
    return getattr(owner, attribute, Missing(owner, attribute))


@dataclass
class Entry:
    """One value of a trace. ``value`` is None exactly when ``problem`` says why."""

    quantity: str
    when: str = ""
    value: np.ndarray | None = None
    problem: str = ""  # one of PROBLEMS
    detail: str = ""
    given: bool = False


@dataclass
class Trace:
    component: str
    options: dict
    seed: int
    entries: list[Entry] = field(default_factory=list)
    failure: Failure | None = None
    changed_inputs: list[str] = field(default_factory=list)

    @property
    def results(self) -> list[Entry]:
        """What the class itself produced."""
        return [entry for entry in self.entries if not entry.given]

    def given(self, quantity: str) -> np.ndarray | None:
        """The latest value of that name that the probe noted."""
        values = [entry.value for entry in self.entries if entry.given and entry.quantity == quantity]
        return values[-1] if values else None

    def to_json(self) -> dict:
        data = asdict(self)
        for entry in data["entries"]:
            entry["value"] = _encode(entry["value"])
        return data

    @classmethod
    def from_json(cls, data: dict) -> "Trace":
        """Rebuild a trace from untrusted data. Raises ValueError when it is not one."""
        fields = _fields(
            data, component=str, options=dict, seed=int, entries=list, failure=dict | None, changed_inputs=list
        )
        _require_plain(fields["options"])
        for name in fields["changed_inputs"]:
            _require_printable(name)
        entries = [_entry(entry) for entry in fields["entries"]]
        failure = None if fields["failure"] is None else _failure(fields["failure"])
        return cls(**{**fields, "entries": entries, "failure": failure})


# --- to and from JSON ---------------------------------------------------------------------------------------------


def _encode(value: np.ndarray | None):
    if value is None:
        return None
    return {"shape": list(value.shape), "float64": base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()}


def _fields(data, **types) -> dict:
    """A JSON object with exactly these keys and types of values."""
    if not isinstance(data, dict) or data.keys() != types.keys():
        raise ValueError(f"not a trace: it needs exactly {', '.join(types)}")
    for name, kind in types.items():
        # True is no number here
        if not isinstance(data[name], kind) or (isinstance(data[name], bool) and kind is not bool):
            raise ValueError(f"not a trace: {name} has the wrong type")
        if kind is str:
            _require_printable(data[name])
    return data


def _require_plain(values: dict) -> None:
    """Names with single numbers or words, nothing nested."""
    for name, value in values.items():
        _require_printable(name)
        if isinstance(value, str):
            _require_printable(value)
        elif not isinstance(value, int | float | None):
            raise ValueError("not a trace: a name with a single value was expected")


def _require_printable(text) -> None:
    if type(text) is not str or printable(text) != text:
        raise ValueError("not a trace: a short text of printable characters was expected")


def _entry(data) -> Entry:
    fields = _fields(data, quantity=str, when=str, value=dict | None, problem=str, detail=str, given=bool)
    value = None if fields["value"] is None else _decode(fields["value"])
    if fields["problem"] not in PROBLEMS or (value is None) != bool(fields["problem"]):
        raise ValueError("not a trace: an entry has either a value or a problem")
    return Entry(**{**fields, "value": value})


def _decode(data) -> np.ndarray:
    fields = _fields(data, shape=list, float64=object)
    shape, text = fields["shape"], fields["float64"]
    if type(text) is not str:
        raise ValueError("not a trace: an array's content is text")
    if len(shape) > 32 or not all(type(length) is int and 0 <= length <= MAX_SIZE for length in shape):
        raise ValueError("not a trace: no shape of an array")
    content = base64.b64decode(text, validate=True)  # its error is a ValueError
    if math.prod(shape) > MAX_SIZE or len(content) != 8 * math.prod(shape):
        raise ValueError("not a trace: shape and content of an array differ")
    return np.frombuffer(content, dtype=np.float64).reshape(shape)


def _failure(data) -> Failure:
    fields = _fields(data, kind=str, message=str, line=int, code=str, function=str, integers=dict, meant=str)
    _require_plain(fields["integers"])
    numbers = [fields["line"], *fields["integers"].values()]
    if not all(type(number) is int and abs(number) < 10**6 for number in numbers):
        raise ValueError("not a trace: line and integers are small numbers")
    return Failure(**fields)


# --- from a value to an entry -------------------------------------------------------------------------------------


def capture(quantity: str, value, when: str = "") -> Entry:
    """Copy a value as float64: students update in place."""
    if value is None:
        return Entry(quantity, when, problem="none")
    if isinstance(value, Missing):
        return Entry(quantity, when, problem="missing", detail=printable(value.meant))
    if isinstance(value, Unfit):
        return Entry(quantity, when, problem="type", detail=printable(value.detail))
    number = isinstance(value, (bool, int, float, np.ndarray, np.generic))
    if not number or np.asarray(value).dtype.kind not in "biuf":
        return Entry(quantity, when, problem="type", detail=printable(describe_type(value)))
    if np.size(value) > MAX_SIZE:
        return Entry(quantity, when, problem="size", detail=str(np.shape(value)))
    return Entry(quantity, when, np.array(value, dtype=np.float64, subok=False))


def describe_type(value) -> str:
    """What a value is, in words: "a list", "a torch.Tensor", "an array of complex128", "the class ReLU"."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    kind = type(value)
    module = str(kind.__module__).split(".")[0]
    name = kind.__name__ if module in ("builtins", "__main__", "mytorch") else f"{module}.{kind.__name__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


# --- running a probe ----------------------------------------------------------------------------------------------


def run(probe, cls, component: str, seed: int, options: dict) -> Trace:
    """Run ``probe(cls, rng, **options)`` to its end or to the first exception."""
    trace = Trace(component, dict(options), seed)
    inputs = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for item in probe(cls, np.random.default_rng(seed), **options):
                if isinstance(item, Given):
                    entry = capture(item.quantity, item.value, item.when)
                    entry.given = True
                    if isinstance(item, Input):
                        inputs.append((item.quantity, item.value, entry.value))
                else:
                    entry = capture(*item)
                trace.entries.append(entry)
        except BaseException as error:  # whatever a student's code may raise, interrupts and exits included
            trace.failure = describe(error)
    changed = {name for name, now, before in inputs if not np.array_equal(now, before)}
    trace.changed_inputs = sorted(changed)
    return trace
