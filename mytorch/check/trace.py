"""Run a probe on a class and write down what it yields: a trace.

A trace holds plain data only (arrays, or a word on why there is none), so that it can leave the kernel that made it.
"""

import base64
import linecache
import traceback
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

MIME = "application/vnd.mytorch.trace+json"
MAX_SIZE = 1_000_000  # entries of one array; the probes' own are below 1,000

HERE = str(Path(__file__).parent)


class Given:
    """A value that the probe hands to the class. Kept for the diagnosis, never compared."""

    def __init__(self, quantity: str, value):
        self.quantity, self.value = quantity, value


class Input(Given):
    """A given array that goes into a method: well-behaved code leaves it as it was."""


class Missing:
    """Stands for an attribute that the object does not have."""

    def __init__(self, owner, attribute: str):
        self.owner, self.attribute = type(owner).__name__, attribute


def kept(owner, attribute: str):
    """The attribute, or a note that it is missing: the probe goes on either way."""
    return getattr(owner, attribute, Missing(owner, attribute))


@dataclass
class Entry:
    """One value of a trace. ``value`` is None exactly when ``problem`` says why."""

    quantity: str
    when: str = ""
    value: np.ndarray | None = None
    problem: str = ""  # "", "none", "missing", "type", "size"
    detail: str = ""
    given: bool = False


@dataclass
class Failure:
    """An exception that the class raised, with the student's own line."""

    kind: str
    message: str
    line: int = 0
    code: str = ""
    function: str = ""


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

    def to_json(self) -> dict:
        data = asdict(self)
        for entry in data["entries"]:
            entry["value"] = _encode(entry["value"])
        return data

    @classmethod
    def from_json(cls, data: dict) -> "Trace":
        """Rebuild a trace from untrusted data. Raises ValueError when it is not one."""
        try:
            entries = [Entry(**{**entry, "value": _decode(entry["value"])}) for entry in data["entries"]]
            failure = Failure(**data["failure"]) if data["failure"] else None
            trace = cls(**{**data, "entries": entries, "failure": failure})
            if not all(isinstance(text, str) for e in entries for text in (e.quantity, e.when, e.problem, e.detail)):
                raise ValueError("names must be text")
            return trace
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"not a trace: {error}") from None


def _encode(value: np.ndarray | None):
    if value is None:
        return None
    return {"shape": list(value.shape), "float64": base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()}


def _decode(data) -> np.ndarray | None:
    if data is None:
        return None
    return np.frombuffer(base64.b64decode(data["float64"]), dtype=np.float64).reshape(data["shape"])


def capture(quantity: str, value, when: str = "") -> Entry:
    """Copy a value as float64: students update in place."""
    if value is None:
        return Entry(quantity, when, problem="none")
    if isinstance(value, Missing):
        return Entry(quantity, when, problem="missing", detail=value.owner)
    number = isinstance(value, (bool, int, float, np.ndarray, np.generic))
    if not number or np.asarray(value).dtype.kind not in "biuf":
        return Entry(quantity, when, problem="type", detail=_describe_type(value))
    array = np.array(value, dtype=np.float64, subok=False)
    if array.size > MAX_SIZE:
        return Entry(quantity, when, problem="size", detail=str(array.shape))
    return Entry(quantity, when, array)


def _describe_type(value) -> str:
    kind = type(value)
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    module = kind.__module__.split(".")[0]
    name = kind.__name__ if module in ("builtins", "__main__") else f"{module}.{kind.__name__}"
    return f"a {name}"


def run(probe, cls, component: str, seed: int, options: dict) -> Trace:
    """Run ``probe(cls, rng, **options)`` to its end or to the first exception."""
    trace = Trace(component, dict(options), seed)
    inputs = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for item in probe(cls, np.random.default_rng(seed), **options):
                if isinstance(item, Given):
                    entry = capture(item.quantity, item.value)
                    entry.given = True
                    if isinstance(item, Input):
                        inputs.append((item.quantity, item.value, entry.value))
                else:
                    entry = capture(*item)
                trace.entries.append(entry)
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # whatever a student's code may raise
            trace.failure = describe(error)
    changed = {name for name, now, before in inputs if not np.array_equal(now, before)}
    trace.changed_inputs = sorted(changed)
    return trace


def describe(error: BaseException) -> Failure:
    """The last line of the student's own code in the traceback, not one of ours or of a library."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_students(frame.filename)]
    failure = Failure(type(error).__name__, _first_line(error))
    if own:
        frame = own[-1]
        failure.line, failure.function = frame.lineno or 0, frame.name
        failure.code = (frame.line or linecache.getline(frame.filename, frame.lineno or 0)).strip()
    return failure


def _first_line(error: BaseException) -> str:
    try:
        return (str(error).strip().splitlines() or [""])[0][:300]
    except Exception:  # a student's own exception class may fail to print itself
        return ""


def _is_students(filename: str) -> bool:
    return not filename.startswith(HERE) and "site-packages" not in filename and "<frozen" not in filename
