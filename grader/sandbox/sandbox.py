"""Run notebooks of a submission in a sandbox, from the outside: limits, deadlines, and what came back."""

import json
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

import psutil
from traitlets import Enum, Integer
from traitlets.config import Configurable

from . import bubblewrap, inside
from .bubblewrap import SandboxUnavailable
from .library import font_list, library, solutions_before

SEEN_AT = "/course"  # where the sandbox has the library
MB = 1024 * 1024
GRACE = 3  # seconds that a cell may go on after its interrupts before its process is killed
TICK = 0.2  # seconds between two looks at the memory
STARTUP = 60  # seconds


class Breach(Exception):
    """The notebook has to be stopped; the message is a sentence with {cell} for where."""


@dataclass
class Recording:
    """What a notebook's code cells put out: a list of nbformat outputs for each, unchecked.

    ``problem`` says why the notebook did not come to its end, in cell number ``stopped_in`` (from 0); ``noticed`` holds
    sentences for the instructor.
    """

    outputs: list[list[dict]] = field(default_factory=list)
    problem: str = ""
    stopped_in: int | None = None
    noticed: list[str] = field(default_factory=list)


class Sandbox(Configurable):
    """What a submission may use, set in nbgrader_config.py (``c.Sandbox.memory = 1024``), and the sandbox that sees to it.

    A context manager: started by the first ``run``, ended on leaving. Raises SandboxUnavailable.
    """

    isolation = Enum(("bubblewrap", "none"), "bubblewrap", help="'none' runs students' code as you, with no sandbox").tag(config=True)
    memory = Integer(2048, help="MB that a notebook's processes may use together").tag(config=True)
    processes = Integer(64, help="processes and threads at a time").tag(config=True)
    file_size = Integer(16, help="MB of one file").tag(config=True)
    disk = Integer(64, help="MB of all files together").tag(config=True)
    output = Integer(20, help="MB that a notebook may put out").tag(config=True)
    cpu_time = Integer(180, help="seconds of processor time a notebook").tag(config=True)
    notebook_time = Integer(300, help="seconds a notebook; for a cell it is Execute.timeout").tag(config=True)

    _process = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    @property
    def isolated(self) -> bool:
        return self.isolation == "bubblewrap"

    def require(self) -> None:
        """Raises SandboxUnavailable when students' code could not be kept apart here."""
        if self.isolated:
            bubblewrap.require_bubblewrap()

    def run(self, notebook: str, cells: list[tuple[str, bool]], seconds: float) -> Recording:
        """Run a notebook's code cells, given as (source, is it the course's own test), in a process of its own.

        ``seconds`` bounds each cell.
        """
        self._start()
        seconds = min(seconds, self.notebook_time)
        recording = Recording([[] for _ in cells])
        channel = self._fork()
        index = 0
        try:
            channel.send({"notebook": notebook, "modules": solutions_before(notebook)})
            for index, (source, trusted) in enumerate(cells):
                channel.send({"source": source, "trusted": trusted, "seconds": seconds})
                recording.outputs[index] = channel.receive(seconds + GRACE)
                recording.noticed += [f"Cell {index + 1} {breach}." for breach in self._breaches(recording.outputs[index])]
        except Breach as breach:
            recording.stopped_in = index
            recording.problem = _sentence(str(breach).format(cell=f"cell {index + 1}"))
            recording.noticed.append(recording.problem)
            self.close()
        else:
            self._await_end(channel)
        finally:
            channel.close()
        return recording

    def close(self) -> None:
        """End the sandbox and everything in it."""
        if self._process is None:
            return
        self._control.close()
        for process in _family(self._process.pid):
            _kill(process)
        self._process.wait()
        self._home.cleanup()
        self._process = None

    # --- the sandbox's process ------------------------------------------------------------------------------------

    def _start(self) -> None:
        if self._process is not None:
            return
        self.require()
        self._control, theirs = socket.socketpair()
        self._home = tempfile.TemporaryDirectory(prefix="mytorch-scratch-")  # unused in bubblewrap, which has a /tmp of its own
        with tempfile.TemporaryFile() as log:
            self._process = subprocess.Popen(
                self._command(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                env=self._environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            theirs.close()
            self._control.settimeout(STARTUP)
            if _received(self._control) != inside.WARMED_UP:
                self.close()
                log.seek(0)
                raise SandboxUnavailable(f"The sandbox did not start: {log.read().decode(errors='replace').strip()[-500:]}")
        self._at_rest = _memory(self._process.pid)

    def _command(self, descriptor: int) -> list[str]:
        course = SEEN_AT if self.isolated else str(library())
        program = [sys.executable, "-P", "-s", "-B", f"{course}/inside.py", str(descriptor), json.dumps(self._rlimits()), course]
        if not self.isolated:
            return program
        visible = [(library(), SEEN_AT), (font_list(), f"{bubblewrap.HOME}/.matplotlib/{font_list().name}")]
        return bubblewrap.command(program, visible, self.disk * MB)

    def _environment(self) -> dict[str, str]:
        """Nothing of the environment that the grader runs in. One thread: processes are forked, and results must not vary."""
        home = bubblewrap.HOME if self.isolated else self._home.name
        return {
            "HOME": home,
            "IPYTHONDIR": f"{home}/.ipython",
            "LANG": "C.UTF-8",
            "MPLBACKEND": "agg",
            "MPLCONFIGDIR": f"{home}/.matplotlib",
            "MYTORCH_CHECK": "record",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHONHASHSEED": "0",
            "TMPDIR": home,
        }

    def _rlimits(self) -> dict[str, int]:
        limits = {
            "RLIMIT_AS": self.memory * MB,
            "RLIMIT_CPU": self.cpu_time,
            "RLIMIT_FSIZE": self.file_size * MB,
            "RLIMIT_NOFILE": 256,
            "RLIMIT_CORE": 0,
        }
        if self.isolated:  # otherwise all that this user runs would count
            limits["RLIMIT_NPROC"] = self.processes
        return limits

    def _fork(self) -> "Channel":
        mine, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"n"], [theirs.fileno()])
        return Channel(mine, self)

    def _await_end(self, channel) -> None:
        """Let the notebook's process end, and with it whatever it started."""
        channel.finish()
        if not _received(self._control):
            self.close()

    def cause_of_death(self) -> str:
        """Why the notebook's process is gone."""
        ended = _received(self._control)
        if not ended:
            return "the process died"
        number = ended[0]
        if number == signal.SIGXCPU:
            return f"it used more than {self.cpu_time} seconds of processor time"
        return f"the process died ({signal.strsignal(number)})" if number else "the process ended itself"

    def require_memory(self) -> None:
        """Raises Breach when the processes use more together than they may."""
        if _memory(self._process.pid) - self._at_rest > self.memory * MB:
            raise Breach(f"{{cell}} used more than {self.memory} MB of memory, so the notebook was stopped there.")

    def _breaches(self, outputs: list[dict]) -> list[str]:
        """What limits a cell met, by its errors; a sentence is added to its outputs."""
        found = [self._limit_behind(output) for output in outputs if output["output_type"] == "error"]
        for sentence in filter(None, found):
            outputs.append({"output_type": "stream", "name": "stderr", "text": f"This cell {sentence}.\n"})
        return [sentence for sentence in found if sentence]

    def _limit_behind(self, error: dict) -> str:
        name, text = str(error.get("ename")), str(error.get("evalue"))
        if name == "CellTimeoutError":
            return "ran for too long and was interrupted"
        if name.endswith("MemoryError"):
            return f"asked for more memory than the {self.memory} MB that a notebook may use"
        if "File too large" in text:
            return f"wrote a file larger than the {self.file_size} MB that a file may have"
        if "No space left on device" in text:
            return f"wrote more than the {self.disk} MB that a notebook's files may have together"
        if name == "BlockingIOError" or "can't start new thread" in text:
            return f"started more than the {self.processes} processes and threads that a notebook may have"
        return ""


class Channel:
    """The line to a notebook's process."""

    def __init__(self, connection: socket.socket, sandbox: Sandbox):
        self.connection, self.sandbox = connection, sandbox
        self.received = b""
        self.room = sandbox.output * MB
        self.end = time.monotonic() + sandbox.notebook_time
        connection.settimeout(GRACE)

    def send(self, message: dict) -> None:
        try:
            self.connection.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            raise Breach("Python stopped before {cell}: " + self.sandbox.cause_of_death() + ".") from None

    def receive(self, seconds: float) -> list[dict]:
        """The outputs of the cell that was sent. Raises Breach."""
        end = min(time.monotonic() + seconds, self.end)
        line = b""
        while not line.endswith(b"\n"):
            if time.monotonic() > end:
                raise Breach("{cell} ran for too long and could not be interrupted, so the notebook was stopped there.")
            if not select.select([self.connection], [], [], TICK)[0]:
                self.sandbox.require_memory()
                continue
            part = self.connection.recv(1 << 16)
            if not part:
                raise Breach("Python stopped while it ran {cell}: " + self.sandbox.cause_of_death() + ".")
            line += part
            self.room -= len(part)
            if self.room < 0:
                raise Breach(f"{{cell}} put out more than {self.sandbox.output} MB, so the notebook was stopped there.")
        return _outputs(line)

    def finish(self) -> None:
        self.connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.connection.close()


def _outputs(line: bytes) -> list[dict]:
    """Raises Breach when the line is not a list of outputs: the notebook's code has written to the line itself."""
    try:
        outputs = json.loads(line)
        if all(output["output_type"] in ("stream", "error", "display_data", "execute_result") for output in outputs):
            return outputs
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise Breach("{cell} disturbed the connection to the grader, so the notebook was stopped there.")


def _received(control: socket.socket) -> bytes:
    """One byte from the sandbox's first process; none when it is gone or does not answer."""
    try:
        return control.recv(1)
    except OSError:
        return b""


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        pass


def _memory(pid: int) -> int:
    """Bytes that a process and its descendants hold."""
    total = 0
    for process in _family(pid):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            pass
    return total


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
