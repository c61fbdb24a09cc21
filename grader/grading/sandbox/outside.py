"""Run notebooks of a submission in a sandbox, from the outside: limits, deadlines, and what came back."""

import base64
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import psutil
from traitlets import Enum, Integer
from traitlets.config import Configurable

from mytorch.check.trace import MIME

from ..temporary import TemporaryFolder
from . import apart, bubblewrap, control_group, inside, machine, usage
from .bubblewrap import SandboxUnavailable
from .cell_outputs import CUT, MAX_TEXT
from .channel import GRACE, TICK, Breach, Channel, clamped
from .library import autograd, font_list, library, stand_ins_before

SEEN_AT = "/course"  # where the sandbox has the library
MB = 1024 * 1024
NO_FILES = MappingProxyType({})
STARTUP = 60  # seconds
AROUND = 256  # MB for the warm Python, and for what the kernel holds for a notebook
MAX_NOTICED = 5  # sentences a notebook
CPU_MARGIN = 5  # seconds until the kernel ends a process that the outside should have ended
FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM)  # by an administrator, or where memory is short
CREDENTIALS = struct.Struct("3i")  # as the kernel puts them to a message: pid, user, group
# How Python says that a limit was met, and how we do.
SIGNS = (
    ("CellTimeoutError", "ran for too long and was interrupted"),
    ("MemoryError", "asked for more memory than the {memory} MB that a notebook may use"),
    ("File too large", "wrote a file larger than the {file_size} MB that a file may have"),
    ("No space left on device", "wrote more than the {disk} MB that files may take in all"),
    ("BlockingIOError", "started more than the {processes} processes and threads that a notebook may have"),
    (
        "can't start new thread",
        "started more than the {processes} processes and threads that a notebook may have",
    ),
)


@dataclass
class Recording:
    """What a notebook's code cells put out: a list of nbformat outputs for each, unchecked.

    ``problem`` says why the notebook did not come to its end, in cell number ``stopped_in`` (from 0);
    ``noticed`` holds sentences for the instructor. ``was_killed``: by one of FROM_OUTSIDE, which it may
    have sent itself.
    """

    outputs: list[list[dict]] = field(default_factory=list)
    problem: str = ""
    stopped_in: int | None = None
    noticed: list[str] = field(default_factory=list)
    was_killed: bool = False


class Sandbox(Configurable):
    """What a submission may use, set in nbgrader_config.py (``c.Sandbox.memory = 1024``), and the sandbox
    that sees to it.

    A context manager: started by the first ``run``, ended on leaving. ``close`` ends a submission: the next
    one finds nothing of it, in namespaces of its own around a process forked from the same warm Python. Where
    the system does not let that make them, each gets a sandbox with a Python of its own. Raises
    SandboxUnavailable.
    """

    isolation = Enum(
        ("bubblewrap", "none"), "bubblewrap", help="'none' runs students' code as you, with no sandbox"
    ).tag(config=True)
    memory = Integer(2048, help="MB that a notebook's processes may use together").tag(config=True)
    processes = Integer(64, help="processes and threads at a time").tag(config=True)
    file_size = Integer(16, help="MB of one file").tag(config=True)
    disk = Integer(64, help="MB of all files together").tag(config=True)
    output = Integer(20, help="MB that a notebook may put out").tag(config=True)
    cpu_time = Integer(180, help="seconds of processor time a notebook").tag(config=True)
    files = Integer(20_000, help="files and folders at a time").tag(config=True)
    sockets = Integer(64, help="at a time; what waits in them is no process's memory").tag(config=True)
    notebook_time = Integer(300, help="seconds a notebook; for a cell it is Execute.timeout").tag(config=True)

    group: Path | None = None  # the control group around it, where there is one and its limit is in force
    only_numpy = True  # as our notebooks have it; in other assignments whatever is installed can be imported

    _process = None  # bubblewrap, around the warm Python at the other end of _line
    _home = None  # for what it writes, where bubblewrap is not around it
    _control = None  # to process 1 of the submission in work
    _apart = True  # the warm Python can begin another submission
    _is_grouped = True  # systemd starts sandboxes here, as far as is known

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.end()

    @property
    def isolated(self) -> bool:
        return self.isolation == "bubblewrap"

    def require(self) -> None:
        """Raises SandboxUnavailable when students' code could not be kept apart here."""
        if self.isolated:
            bubblewrap.require_bubblewrap()

    def run(
        self,
        notebook: str,
        cells: list[tuple[str, bool]],
        seconds: float,
        files: Mapping[str, bytes] = NO_FILES,
    ) -> Recording:
        """Run a notebook's code cells, given as (source, is it a check of the course's), in a process of its
        own.

        ``seconds`` bounds each cell. It finds ``files``, by name, in its folder.
        """
        recording = self._record(notebook, cells, seconds, files)
        # A submission that kills itself does so again. What somebody else killed (an administrator, the
        # system when memory is short) gets its second chance.
        return self._record(notebook, cells, seconds, files) if recording.was_killed else recording

    def _record(self, notebook: str, cells: list[tuple[str, bool]], seconds: float, files) -> Recording:
        self._start()
        seconds = min(seconds, self.notebook_time)
        recording = Recording([[] for _ in cells])
        channel, index, noticed = None, 0, []
        try:
            channel = self._fork()
            sent = {name: base64.b64encode(content).decode() for name, content in files.items()}
            # in others a notebook finds what those before it wrote, as with nbgrader
            folder = notebook if self.only_numpy else "notebooks"
            opening = {"folder": folder, "stand_ins": stand_ins_before(notebook), "files": sent}
            channel.send(opening | {"is_ours": self.only_numpy})
            for index, (source, trusted) in enumerate(cells):
                channel.send({"source": source, "trusted": trusted, "seconds": seconds})
                outputs = clamped(channel.receive(seconds))
                met = self._limits_met(outputs)
                notes = [  # in a test of the instructor's a word on stderr would cost its points
                    {"output_type": "stream", "name": "stdout", "text": f"This cell {limit}.\n"}
                    for limit in met
                ]
                recording.outputs[index] = outputs + notes
                noticed += [f"Cell {index + 1} {limit}." for limit in met]
        except Breach as breach:
            recording.stopped_in = index
            problem = str(breach).format(cell=f"cell {index + 1}")
            recording.problem = problem[0].upper() + problem[1:]
            recording.noticed.append(recording.problem)
            recording.was_killed = self._was_killed
            self.close()
        else:
            if limit := self._await_end(channel):
                noticed.append(f"After the last cell it {limit}.")
            if self._control and self.only_numpy and self._files() > self._files_at_rest:
                self.close()  # what it left, and nobody can remove, is in nobody else's way
        finally:
            if channel:
                channel.close()
        recording.noticed = [*_first_few(noticed), *recording.noticed]
        return recording

    def warm_up(self) -> None:
        """Start what submissions are forked from, unless it is there. Raises SandboxUnavailable."""
        if self._process is None or self._process.poll() is not None:
            self.end()
            self._warm_up()

    def close(self) -> None:
        """End the submission in work, with everything that it started."""
        if self._control is None:
            return
        self._control.close()
        self._control = None
        # the next submission begins in a group that was never full
        if self._is_shared and not self._was_full() and self._asked():
            return
        self.end()

    def end(self) -> None:
        """End the sandbox and everything in it."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is None:
            return
        self._line.close()
        usage.kill(self._process.pid)
        self._process.wait()
        if self._home is not None:
            self._home.cleanup()
        self._process = self._home = None

    @property
    def _is_shared(self) -> bool:
        return self.isolated and self._apart

    def _asked(self) -> bool:
        """Has the warm Python ended its submission?"""
        try:
            self._line.send(b"e")
        except OSError:
            return False
        return _received(self._line) == inside.ENDED

    # --- the sandbox's process ------------------------------------------------------------------------------

    def _start(self) -> None:
        """Raises SandboxUnavailable."""
        if self._control is not None and self._process.poll() is None and not self._was_full():
            return
        self.close()
        if not self._begins_apart():
            self._apart = False
            self.end()
            if not self._begins():
                self.end()
                raise SandboxUnavailable("The sandbox started, but ended at once.")
        self._control.settimeout(GRACE)
        self._memory_at_rest = usage.memory([self._first], self.memory * MB)
        self._files_at_rest, self._sockets_at_rest = self._files(), self._sockets()

    def _begins_apart(self) -> bool:
        """False also where the system lets nothing in a sandbox have namespaces of its own."""
        try:
            return self._is_shared and self._begins()
        except (SandboxUnavailable, OSError):
            return False

    def _begins(self) -> bool:
        """Does a submission, from the warm Python? Raises SandboxUnavailable, OSError when that has gone."""
        self.warm_up()
        self._control, theirs = socket.socketpair()
        if self.isolated:
            self._control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, True)
        opening = {"apart": self._is_shared, "limits": self._rlimits(), "disk": self.disk * MB}
        opening["keeps_files"] = not self.only_numpy
        with theirs:
            socket.send_fds(self._line, [json.dumps(opening).encode()], [theirs.fileno()])
        self._control.settimeout(STARTUP)
        try:
            word, credentials, _, _ = self._control.recvmsg(1, socket.CMSG_SPACE(CREDENTIALS.size))
            # Among the sandbox's processes its first could only be guessed, for they are in the order of
            # their numbers, and these begin again at some time. The kernel says who sends.
            pid = CREDENTIALS.unpack(credentials[0][2])[0] if credentials else self._process.pid
            self._first = psutil.Process(pid)
        except (OSError, psutil.NoSuchProcess):
            return False
        return word == inside.BEGUN

    def _warm_up(self) -> None:
        """Raises SandboxUnavailable."""
        self.require()
        wanted = self.isolated and self._is_grouped
        before = control_group.around(self._most(), self._environment()) if wanted else []
        try:
            self._launch(before)
        except SandboxUnavailable:
            if not before:
                raise
            self._is_grouped = False  # no systemd runs here, or not for this user
            self._launch([])

    def _launch(self, before: list[str]) -> None:
        """With ``before`` before the command. Raises SandboxUnavailable."""
        self._line, theirs = socket.socketpair()
        if not self.isolated:  # bubblewrap has a /tmp of its own
            self._home = TemporaryFolder()
        with tempfile.TemporaryFile() as log, tempfile.TemporaryFile() as given:
            given.write(autograd())
            given.seek(0)
            self._process = subprocess.Popen(
                [*before, *self._command(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=self._environment(),
                cwd="/",
                stdin=given,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            theirs.close()
            self._line.settimeout(STARTUP)
            if _received(self._line) != inside.WARMED_UP:
                self.end()
                log.seek(0)
                raise SandboxUnavailable(
                    f"The sandbox did not start: {log.read().decode(errors='replace').strip()[-500:]}"
                )
        self._line.settimeout(GRACE)
        self.group = control_group.group_of(self._process.pid, self._most()) if before else None

    def _most(self) -> int:
        """Bytes, when all limits on what takes memory are met; /tmp is there for the warm Python, too."""
        return (self.memory + 2 * self.disk + AROUND) * MB

    def _was_full(self) -> bool:
        return self.group is not None and control_group.was_full(self.group)

    def _command(self, descriptor: int) -> list[str]:
        course = SEEN_AT if self.isolated else str(library())
        program = [
            os.path.abspath(sys.executable),  # started as ../.venv/bin/python, it has dots that lead nowhere
            "-P",
            "-s",
            "-B",
            f"{course}/inside.py",
            str(descriptor),
            course,
        ]
        if not self.isolated:
            return program
        visible = [(library(), SEEN_AT), (font_list(), f"{bubblewrap.HOME}/.matplotlib/{font_list().name}")]
        kept = apart.CAPABILITIES if self._apart else ()
        without = machine.ANSWERS if self.only_numpy else ()
        return bubblewrap.command(program, visible, self.disk * MB, kept, without)

    def _environment(self) -> dict[str, str]:
        """Nothing of the environment that the grader runs in. One thread: processes are forked, and results
        must not vary.
        """
        home = bubblewrap.HOME if self.isolated else self._home.name
        return {
            "HOME": home,
            "IPYTHONDIR": f"{home}/.ipython",
            "LANG": "C.UTF-8",
            # otherwise each thread takes 64 MB of addresses, which the limit on memory counts
            "MALLOC_ARENA_MAX": "2",
            # our own notebooks' figures are the handout's; in others a figure may be what is graded by hand
            "MPLBACKEND": "agg" if self.only_numpy else "module://matplotlib_inline.backend_inline",
            "MPLCONFIGDIR": f"{home}/.matplotlib",
            "MYTORCH_CHECK": "skip",
            "NBGRADER_EXECUTION": "autograde",  # as nbgrader sets it, for tests that ask
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            # with the programs of this environment, python among them
            "PATH": f"{Path(sys.executable).absolute().parent}:/usr/local/bin:/usr/bin:/bin",
            "PYTHONHASHSEED": "0",
            "TMPDIR": home,
            "USER": "student",
        }

    def _rlimits(self) -> dict[str, int]:
        limits = {
            "RLIMIT_AS": self.memory * MB,
            "RLIMIT_CPU": self.cpu_time + CPU_MARGIN,
            "RLIMIT_FSIZE": self.file_size * MB,
            "RLIMIT_NOFILE": 256,
            "RLIMIT_CORE": 0,
        }
        if self.isolated:  # otherwise all that this user runs would count
            limits["RLIMIT_NPROC"] = self.processes
        return limits

    def _fork(self) -> "Channel":
        mine, theirs = socket.socketpair()
        self._was_killed = False
        self._time_before = usage.processor_time([self._first])  # it has no other children now
        try:
            with theirs:
                socket.send_fds(self._control, [b"n"], [theirs.fileno()])
        except OSError:
            mine.close()
            self._was_killed = True
            raise Breach("Python stopped before {cell}: the sandbox was ended from outside.") from None
        return Channel(mine, self, self.output * MB, self.notebook_time)

    def _await_end(self, channel) -> str:
        """Let the notebook's process end, and with it whatever it started. Until then its limits hold:
        returns which one it has exceeded.
        """
        channel.finish()
        end, limit = time.monotonic() + GRACE, ""
        while time.monotonic() < end and not limit:
            if select.select([self._control], [], [], TICK)[0]:
                if _received(self._control):
                    return ""
                break
            limit = self.exceeded()
        self.close()
        return limit

    def cause_of_death(self) -> str:
        """Why a notebook's process is gone, as far as the first process tells."""
        ended = _received(self._control)
        if self._was_full():
            return f"it used more than {self.memory} MB of memory"
        if not ended:
            self._was_killed = self._is_gone()
            return "it closed its connection to the grader"
        number = ended[0]
        if number in (signal.SIGXCPU, signal.SIGKILL) and self._time_used([self._first]) > self.cpu_time:
            return f"it used more than {self.cpu_time} seconds of processor time"
        self._was_killed = number in FROM_OUTSIDE
        return f"the process died ({signal.strsignal(number)})" if number else "the process ended itself"

    def _is_gone(self) -> bool:
        """Process 1 of the submission: the other end of its line, which no code of the submission has."""
        try:
            return bool(select.select([self._control], [], [], 0)[0]) and not self._control.recv(
                1, socket.MSG_PEEK
            )
        except OSError:
            return True

    def exceeded(self) -> str:
        """Which limit the notebook's processes exceed together, in words; empty when none."""
        memory, processes = self.memory * MB + self._memory_at_rest, usage.family(self._first.pid)
        if usage.memory(processes, memory) > memory or self._was_full():
            return f"used more than {self.memory} MB of memory"
        if self._time_used(processes) > self.cpu_time:
            return f"used up the {self.cpu_time} seconds of processor time that a notebook may use"
        if self._files() - self._files_at_rest > self.files:
            return f"made more than {self.files} files"
        if self._sockets() - self._sockets_at_rest > self.sockets:
            return f"opened more than {self.sockets} sockets"
        return ""

    def _time_used(self, processes: list) -> float:
        return usage.processor_time(processes) - self._time_before

    def _files(self) -> int:
        return usage.files(self._first.pid) if self.isolated else 0

    def _sockets(self) -> int:
        return usage.sockets(self._first.pid) if self.isolated else 0

    def _limits_met(self, outputs: list[dict]) -> list[str]:
        """By what its errors say, and the checks in it."""
        said = [
            f"{output['ename']}: {output['evalue']}" for output in outputs if output["output_type"] == "error"
        ]
        said += _problems_in_traces(outputs)
        values = self.trait_values()
        met = [limit.format(**values) for text in said for sign, limit in SIGNS if sign in text]
        if any(output["output_type"] == "stream" and CUT in output["text"] for output in outputs):
            met.append(f"printed more than {MAX_TEXT} characters")
        return list(dict.fromkeys(met))


def _received(control: socket.socket) -> bytes:
    """One byte from the sandbox's first process; none when it is gone or does not answer."""
    try:
        return control.recv(1)
    except OSError:
        return b""


def _problems_in_traces(outputs: list[dict]) -> list[str]:
    """What exceptions said that a check met and noted."""
    traces = [output["data"].get(MIME) for output in outputs if output["output_type"] == "display_data"]
    failures = [trace.get("failure") for trace in traces if isinstance(trace, dict)]
    return [
        f"{failure.get('kind')}: {failure.get('message')}"
        for failure in failures
        if isinstance(failure, dict)
    ]


def _first_few(sentences: list[str]) -> list[str]:
    """One notebook shall not bury what is said of the others."""
    more = len(sentences) - MAX_NOTICED
    return sentences if more <= 0 else [*sentences[:MAX_NOTICED], f"{more} more of this kind."]
