"""While a submission is graded, a check only records: its trace leaves the kernel as a display output."""

from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict

from .. import mode
from .trace import MIME, Trace
from .wording import Place

PLACE = "application/vnd.mytorch.place+json"

_sink: ContextVar[list | None] = ContextVar("sink", default=None)


@contextmanager
def collecting():
    """Collect the traces of the checks inside the block in a list, instead of publishing them."""
    traces: list[Trace] = []
    token = _sink.set(traces)
    try:
        yield traces
    finally:
        _sink.reset(token)


def is_wanted() -> bool:
    """Should a check record instead of judging?"""
    return mode.recording() or _sink.get() is not None


def record_place(component: str, place: Place) -> None:
    """Beside the traces, for the terminal and for feedback."""
    from IPython.display import publish_display_data

    publish_display_data({PLACE: asdict(place), "text/plain": f"lines of {component}"})


def recorded_place(outputs: list) -> Place | None:
    """What ``record_place`` published among a cell's outputs; None where that is nothing, or no place."""
    data = [output.get("data", {}) for output in outputs if output.get("output_type") == "display_data"]
    for bundle in data:
        if PLACE in bundle:
            with suppress(ValueError):
                return Place.from_json(bundle[PLACE])
    return None


def record(trace: Trace) -> None:
    sink = _sink.get()
    if sink is not None:
        sink.append(trace)
        return
    from IPython.display import publish_display_data

    publish_display_data({MIME: trace.to_json(), "text/plain": f"trace of {trace.component}"})
