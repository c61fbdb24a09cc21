"""The line to a notebook's process. What comes over it was written by a student's code, or could have
been.
"""

import json
import re
import select
import socket
import time

from mytorch.characters import CONTROL, DIRECTION
from mytorch.check.record import PLACE
from mytorch.check.trace import MIME

from .cell_outputs import CUT, MAX_DATA, MAX_OUTPUTS, MAX_TEXT

GRACE = 3  # seconds that a cell may go on after its interrupts before its process is killed
TICK = 0.2  # seconds between two looks at what the processes use
DEEPEST = 12  # levels of nesting; a trace has 6
UNFIT = re.compile(rf"(?![\t\n\x1b])[{CONTROL}{DIRECTION}]")  # not the escape of colours
ESCAPE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~])?")


class Breach(Exception):
    """The notebook has to be stopped; the message is a sentence with {cell} for where."""


class Channel:
    """``sandbox`` is asked for causes: ``exceeded()`` (a sentence or nothing) and ``cause_of_death()``."""

    def __init__(self, connection: socket.socket, sandbox, room: int, seconds: float):
        self.connection, self.sandbox = connection, sandbox
        self.room, self.seconds = room, seconds
        self.end = time.monotonic() + seconds
        connection.settimeout(GRACE)

    def send(self, message: dict) -> None:
        try:
            self.connection.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            raise Breach(f"Python stopped before {{cell}}: {self.sandbox.cause_of_death()}.") from None

    def receive(self, seconds: float) -> list[dict]:
        """The outputs of the cell that was sent, as nbformat wants them. Raises Breach."""
        line = self._line(time.monotonic() + seconds + GRACE)
        try:
            return [output for output in map(_sound, json.loads(line)) if output]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise Breach(
                "{cell} disturbed the connection to the grader, so the notebook was stopped there."
            ) from None

    def _line(self, end: float) -> bytes:
        line, look = bytearray(), time.monotonic() + TICK
        while not line.endswith(b"\n"):
            now = time.monotonic()
            if now > self.end:
                raise Breach(
                    f"the notebook ran for more than {self.seconds:g} seconds and was stopped in {{cell}}."
                )
            if now > end:
                raise Breach(
                    "{cell} ran for too long and could not be interrupted, so the notebook was stopped there."
                )
            if now > look:
                look = now + TICK
                self._look()
            if select.select([self.connection], [], [], TICK)[0]:
                line += self._part()
        if time.monotonic() > look:  # on a busy machine there may have been none since long ago
            self._look()
        return bytes(line)

    def _look(self) -> None:
        if exceeded := self.sandbox.exceeded():
            raise Breach(f"{{cell}} {exceeded}, so the notebook was stopped there.")

    def _part(self) -> bytes:
        try:
            part = self.connection.recv(1 << 16)
        except OSError:
            part = b""
        if not part:
            raise Breach(f"Python stopped while it ran {{cell}}: {self.sandbox.cause_of_death()}.")
        self.room -= len(part)
        if self.room < 0:
            raise Breach(
                f"{{cell}} put out more than the {self.sandbox.output} MB that a notebook may, so it was "
                "stopped there."
            )
        return part

    def finish(self) -> None:
        try:
            self.connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other end is gone

    def close(self) -> None:
        self.connection.close()


# --- outputs that a notebook can hold -----------------------------------------------------------------------


def clamped(outputs: list[dict]) -> list[dict]:
    """No more than an honest process sends: it has cut long output already."""
    room = MAX_TEXT + len(CUT) + 1000  # what is written past sys.stdout comes on top
    kept = []
    for output in outputs[: 2 * MAX_OUTPUTS + 10]:  # what a check records is among them
        if output["output_type"] == "stream":
            output["text"] = output["text"][:room]
            room -= len(output["text"])
        kept.append(output)
    return kept


def _sound(output: dict) -> dict | None:
    """The parts of an output that nbformat knows, in its types; None when too little is left."""
    kind = output["output_type"]
    if kind == "stream" and isinstance(output["text"], str):
        name = "stderr" if output["name"] == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": page_text(output["text"])}
    if kind == "error":
        lines = [log_text(line)[:2000] for line in output["traceback"][:50] if isinstance(line, str)]
        return {
            "output_type": kind,
            "ename": log_text(output["ename"])[:200],
            "evalue": log_text(output["evalue"])[:2000],
            "traceback": lines,
        }
    if kind in ("display_data", "execute_result"):
        data = {
            page_text(mime): value
            for mime, given in output["data"].items()
            if (value := _datum(mime, given)) is not None
        }
        count = {"execution_count": None} if kind == "execute_result" else {}
        return {"output_type": kind, "data": data, "metadata": {}, **count} if data else None
    raise ValueError(f"no output of a notebook: {kind!r}"[:100])


def _datum(mime: str, value):
    """Text, or a trace, which the judge looks through."""
    if isinstance(value, str):
        return page_text(value)[:MAX_DATA]
    return value if mime in (MIME, PLACE) and isinstance(value, dict | list) and _is_shallow(value) else None


def _is_shallow(value, levels: int = DEEPEST) -> bool:
    parts = value.values() if type(value) is dict else value  # from JSON: no other type holds parts
    inner = [part for part in parts if type(part) is dict or type(part) is list]
    return levels > 0 and all(_is_shallow(part, levels - 1) for part in inner)


def page_text(value: str) -> str:
    """What a file and a page can hold: no half of a surrogate pair, no control characters but those of
    colours.
    """
    return UNFIT.sub("", value).encode("utf-8", "replace").decode("utf-8")


def log_text(value) -> str:
    """Text for logs as well: nothing that a terminal obeys."""
    return ESCAPE.sub("", page_text(str(value)))
