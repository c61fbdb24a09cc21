"""Run a probe on a class and write down what it yields: a trace.

A trace holds plain data only (arrays, or a word on why there is none), so that it can leave the kernel that
made it.
"""

import base64
import math
import warnings
from dataclasses import asdict, dataclass, field
from functools import lru_cache

import numpy as np

from .contract import HANDED, MADE, Missing, Moment, Quantity, Reached, Unfit, Value, describe_type
from .failure import Failure, describe, is_one_line, one_line
from .outside import Outside

MIME = "application/vnd.mytorch.trace+json"
MAX_SIZE = 1_000_000  # entries of one array; the probes' own are below 1,000
PROBLEMS = ("", "none", "missing", "type", "size")

# What the JSON objects of a trace hold.
COUNT = (int, type(None))
OBJECT = (dict, type(None))
TRACE = {"component": str, "options": dict, "seed": int, "entries": list, "failure": OBJECT} | {
    "steps": list,
    "changed_inputs": list,
    "reached": dict,
    "outside": list,
}
ENTRY = dict.fromkeys(("what", "name", "mode", "problem", "detail"), str)
ENTRY |= dict.fromkeys(("layer", "step", "batch"), COUNT)
VALUED = frozenset((*ENTRY, "value"))
ARRAY = {"shape": list, "float64": object}
FAILURE = dict.fromkeys(("kind", "message", "code", "function", "meant"), str) | {
    "line": int,
    "integers": dict,
}


@dataclass
class Entry:
    """One value of a trace. ``value`` is None exactly when ``problem`` says why."""

    quantity: Quantity
    moment: Moment = Moment()
    value: np.ndarray | None = None
    problem: str = ""  # one of PROBLEMS
    detail: str = ""

    def is_same_as(self, other: "Entry") -> bool:
        """The same quantity at the same moment?"""
        return (self.quantity, self.moment) == (other.quantity, other.moment)


@dataclass
class Trace:
    component: str
    options: dict
    seed: int
    entries: list[Entry] = field(default_factory=list)
    failure: Failure | None = None
    changed_inputs: list[str] = field(default_factory=list)
    reached: dict[str, list[int]] = field(default_factory=dict)  # see contract.Reached
    steps: list[Entry] = field(default_factory=list)  # of a reference, in the order of its calls
    outside: list[Outside] = field(default_factory=list)  # names that the class takes from the notebook

    @property
    def dtype(self) -> str:
        """That the probe worked in."""
        return self.options.get("dtype", "float64")

    @property
    def results(self) -> list[Entry]:
        """What the class itself produced."""
        return [entry for entry in self.entries if not entry.quantity.handed]

    def to_json(self) -> dict:
        failure = None if self.failure is None else asdict(self.failure)
        lists = {name: list(map(_entry_to_json, getattr(self, name))) for name in ("entries", "steps")}
        return vars(self) | lists | {"failure": failure, "outside": list(map(asdict, self.outside))}

    @classmethod
    def from_json(cls, data: dict) -> "Trace":
        """Rebuild a trace from untrusted data. Raises ValueError when it is not one."""
        if isinstance(data, dict):
            data = {"outside": [], **data}  # a reference has none
        fields = _fields(data, TRACE)
        _require_plain(fields["options"])
        for name in fields["changed_inputs"]:
            _require_printable(name)
        for method, layers in fields["reached"].items():
            _require_printable(method)
            if not isinstance(layers, list) or not all(_is_count(layer) for layer in layers):
                raise ValueError("not a trace: a list of layers was expected")
        entries = [_entry(entry, (*MADE, *HANDED)) for entry in fields["entries"]]
        steps = [_entry(entry, ("step",)) for entry in fields["steps"]]
        failure = None if fields["failure"] is None else _failure(fields["failure"])
        outside = list(map(Outside.from_json, fields["outside"]))
        made = {"entries": entries, "steps": steps, "failure": failure, "outside": outside}
        return cls(**{**fields, **made})


# --- to and from JSON ---------------------------------------------------------------------------------------


def _encode(value: np.ndarray | None):
    if value is None:
        return None
    return {
        "shape": list(value.shape),
        "float64": base64.b64encode(np.ascontiguousarray(value).tobytes()).decode(),
    }


def _fields(data, types: dict) -> dict:
    """A JSON object with exactly these keys and types of values."""
    if not isinstance(data, dict) or data.keys() != types.keys():
        raise ValueError(f"not a trace: it needs exactly {', '.join(types)}")
    for name, kind in types.items():
        if not isinstance(data[name], kind) or isinstance(data[name], bool):  # True is no number here
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
    if not is_one_line(text):
        raise ValueError("not a trace: a short text of printable characters was expected")


def _is_count(value) -> bool:
    return type(value) is int and 0 <= value < 10**6


def _entry_to_json(entry: Entry) -> dict:
    quantity = entry.quantity
    named = {"what": quantity.what, "name": quantity.name, "mode": quantity.mode, **vars(entry.moment)}
    return named | {"value": _encode(entry.value), "problem": entry.problem, "detail": entry.detail}


def _entry(data, kinds: tuple[str, ...]) -> Entry:
    if not isinstance(data, dict) or data.keys() != VALUED:
        raise ValueError(f"not a trace: an entry needs exactly value, {', '.join(ENTRY)}")
    try:
        known = _entry_without_value(*(data[name] for name in ENTRY))
    except TypeError:  # of a list or an object, which no cache can hold
        raise ValueError("not a trace: an entry's name or number has the wrong type") from None
    value = None if data["value"] is None else _decode(data["value"])
    if known.quantity.what not in kinds or (value is None) != bool(known.problem):
        raise ValueError("not a trace: nobody yields such a quantity, or such a value")
    return Entry(known.quantity, known.moment, value, known.problem, known.detail)


@lru_cache(maxsize=4096, typed=True)  # the same in all hand-ins; typed, for True is 1
def _entry_without_value(*fields) -> Entry:
    fields = _fields(dict(zip(ENTRY, fields, strict=True)), ENTRY)
    moment = Moment(fields["layer"], fields["step"], fields["batch"])
    if not all(n is None or _is_count(n) for n in vars(moment).values()) or fields["problem"] not in PROBLEMS:
        raise ValueError("not a trace: nobody yields such a quantity")
    quantity = Quantity(fields["what"], fields["name"], fields["mode"])
    return Entry(quantity, moment, None, fields["problem"], fields["detail"])


def _decode(data) -> np.ndarray:
    fields = _fields(data, ARRAY)
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
    fields = _fields(data, FAILURE)
    _require_plain(fields["integers"])
    numbers = [fields["line"], *fields["integers"].values()]
    if not all(type(number) is int and abs(number) < 10**6 for number in numbers):
        raise ValueError("not a trace: line and integers are small numbers")
    return Failure(**fields)


# --- from a value to an entry -------------------------------------------------------------------------------


def capture(item: Value) -> Entry:
    """Copy a value as float64: students update in place."""
    value = item.value

    def problem(kind: str, detail: str = "") -> Entry:
        return Entry(item.quantity, item.moment, problem=kind, detail=one_line(detail))

    if value is None:
        return problem("none")
    if isinstance(value, Missing):
        return problem("missing", value.meant)
    if isinstance(value, Unfit):
        return problem("type", value.detail)
    number = isinstance(value, (bool, int, float, np.ndarray, np.generic))
    if not number or np.asarray(value).dtype.kind not in "biuf":
        return problem("type", describe_type(value))
    if np.size(value) > MAX_SIZE:
        return problem("size", str(np.shape(value)))
    return Entry(item.quantity, item.moment, np.array(value, dtype=np.float64, subok=False))


# --- running a probe ----------------------------------------------------------------------------------------


def run(probe, cls, component: str, seed: int, options: dict) -> Trace:
    """Run ``probe(cls, rng, **options)`` to its end or to the first exception."""
    trace = Trace(component, dict(options), seed)
    inputs = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for item in probe(cls, np.random.default_rng(seed), **options):
                if isinstance(item, Reached):
                    trace.reached[item.method] = list(item.layers)
                    continue
                trace.entries.append(capture(item))
                if item.quantity.what in ("input", "batch"):
                    inputs.append((item.quantity.name, item.value, trace.entries[-1].value))
        except BaseException as error:  # whatever a student's code may raise, interrupts and exits included
            trace.failure = describe(error)
    changed = {name for name, now, before in inputs if not np.array_equal(now, before)}
    trace.changed_inputs = sorted(changed)
    return trace
