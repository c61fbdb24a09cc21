"""The program that runs in the sandbox: a warm Python that forks for every submission, which forks for every
notebook and records what its cells put out.

Of the grader it sees this file and those that are imported at its end. The outside (outside.py) hands it a
socket for each submission, and through that one for each notebook, and sends one cell at a time as a line of
JSON; the answer is one line with the cell's outputs. Nothing that comes back is trusted: a student's code
shares the process with ``run_notebook``.
"""

import base64
import gc
import importlib
import json
import os
import random
import resource
import shutil
import signal
import socket
import sys
import time
from contextlib import suppress
from importlib.machinery import PathFinder
from types import ModuleType

WARMED_UP, BEGUN, ENDED = b"w", b"b", b"e"  # what the outside is told
LONGEST_OPENING = 4096  # bytes
WARM = (
    "numpy",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "IPython.core.interactiveshell",
    "importlib.metadata",
    "zipfile",
    "mytorch.blanks",
    "mytorch.check",
    "mytorch.data",
    "mytorch.explore",
    "mytorch.training",
)
WARM_PARTS = ("contract", "blanks")  # of each section
# It is run in the warm process: what libraries make at their first use, all that is forked then shares.
FIRST_CELL = """
import matplotlib.pyplot as plt

figure, (ax, _) = plt.subplots(1, 2, sharey=True, layout="constrained")
ax.plot([0, 1], [0, 1], "--", label="A")
ax.annotate("A", (0, 0), xytext=(1, 1), textcoords="offset points")
ax.set(title="A", xlabel="Z", xlim=(0, 1))
ax.legend(loc="upper left")
ax.grid(alpha=0.3)
plt.close(figure)
"""
IMPATIENCE = 0.5  # seconds between interrupts of a cell that goes on after the first


# --- the warm process ---------------------------------------------------------------------------------------


def wait_for_submissions(line: socket.socket) -> None:
    """Begin a submission when the outside says so, and end it before the next, until the outside closes the
    line. No code of a submission runs in this process, and it sees none of its files.
    """
    warm_up()
    shell = notebook_shell.make_shell()
    finder_for = earlier.take_autograd(json.load(sys.stdin))
    shell.connect(cell_outputs.Outputs())
    shell.run_cell(FIRST_CELL).raise_error()
    shell.run_cell("1 / 0")  # the first error that is shown takes long
    shell.reset()
    shell.user_ns.update(vars(ModuleType("__main__")))  # multiprocessing looks for its __spec__
    gc.freeze()  # the collector leaves alone what all processes share
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a handler would make process 1 reachable
    line.send(WARMED_UP)
    point_at_nothing(0, 1, 2)  # until here the outside read what went wrong
    first = 0  # process 1 of the submission in work
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, LONGEST_OPENING, 1)
        if first:
            os.kill(first, signal.SIGKILL)  # and with it all in its namespace
            os.waitpid(first, 0)
            first = 0
        if not message:
            return
        if not descriptors:
            line.send(ENDED)
            continue
        opening = json.loads(message)
        control = socket.socket(fileno=descriptors[0])
        if not opening["apart"]:
            line.close()
            serve(shell, finder_for, control, opening)
            return

        def begin(control=control, opening=opening):
            line.close()
            apart.give_up_capabilities()
            serve(shell, finder_for, control, opening)

        try:
            first = apart.fork_apart(begin, os.environ["HOME"], opening["disk"])
        except OSError:
            pass  # the outside finds its socket closed
        control.close()


def warm_up() -> None:
    """Import what notebooks need, but nothing that they may build."""
    for module in WARM:
        importlib.import_module(module)
    from mytorch.course import SECTIONS

    for section in SECTIONS:
        for part in WARM_PARTS:
            section.load(part)


def serve(shell, finder_for, control: socket.socket, submission: dict) -> None:
    """Answer until the outside closes the socket. As process 1 of a submission it cannot be signalled from
    within.
    """
    is_isolated = os.getpid() == 1
    if is_isolated:
        confine.confine()
    control.send(BEGUN)
    own = set(os.listdir(os.environ["HOME"]))
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        child = os.fork()
        if child == 0:
            control.close()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if is_isolated:
                confine.set_open_to_others(True)
                go_first()
            start_notebook(shell, finder_for, socket.socket(fileno=descriptors[0]), submission["limits"])
        os.close(descriptors[0])
        died_of = wait_and_clear(child)
        if is_isolated and not submission["keeps_files"]:
            remove_files(own)
        control.send(bytes([died_of]))


def go_first() -> None:
    """Where memory is short it is the notebook that the kernel ends, not what notebooks are forked from."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")


def wait_and_clear(child: int) -> int:
    """Wait for the notebook's process, then end what it left behind. Returns the signal that it died of, or
    0.
    """
    _, status = os.waitpid(child, 0)
    try:
        # As process 1 this reaches every other process of the sandbox. Without a sandbox only the notebook's
        # group.
        os.kill(-1 if os.getpid() == 1 else -child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def remove_files(own: set[str]) -> None:
    """What a notebook left, which would take up the room of the next. What cannot be removed, the outside
    sees.
    """
    for entry in os.scandir(os.environ["HOME"]):
        if entry.name not in own:
            with suppress(OSError, RecursionError):
                shutil.rmtree(entry) if entry.is_dir(follow_symlinks=False) else os.unlink(entry)


# --- one notebook -------------------------------------------------------------------------------------------


def start_notebook(shell, finder_for, channel: socket.socket, limits: dict) -> None:
    """In a child of its own, which ends here."""
    try:
        os.setsid()
        lines = channel.makefile("r", encoding="utf-8")
        opening = json.loads(lines.readline())
        folder = os.path.join(os.environ["HOME"], opening["folder"])
        os.makedirs(folder, exist_ok=True)
        put_beside(folder, opening.pop("files"))  # before the limits, which bind what the notebook writes
        apply_limits(limits)
        os.chdir(folder)
        if opening["is_ours"]:
            # last: what a notebook writes there can be imported, but stands in for nothing
            sys.path.append(folder)
        else:
            shell.do_as_kernels_do()
        sys.meta_path[:0] = [finder_for(**opening["stand_ins"]), Hidden()]
        for program in (apart, confine, earlier):  # no name leads to what guards the stand-ins
            del sys.modules[program.__name__]
        shell.earlier = list(opening["stand_ins"]["modules"])
        seed()
        run_notebook(shell, channel, lines)
    finally:
        os._exit(0)


def put_beside(folder: str, files: dict[str, str]) -> None:
    """What lies beside the notebook."""
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(content))


def apply_limits(limits: dict) -> None:
    for name, value in limits.items():
        number = getattr(resource, name)
        _, hard = resource.getrlimit(number)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(number, (value, value))
        except (OSError, ValueError):
            if os.getppid() == 1:
                raise  # without a sandbox, as on macOS, a limit that the system does not know is done without


def seed() -> None:
    """A process is forked, so chance would depend on who came before."""
    import numpy as np

    random.seed(0)
    np.random.seed(0)


class Hidden:
    """Says so of a package that is hidden here: the empty folder in its place would be one without a name
    in it.
    """

    def find_spec(self, name, path=None, target=None):
        __tracebackhide__ = True  # by this name IPython and our reports know a line that is not the student's
        spec = PathFinder.find_spec(name) if path is None else None
        places = list(spec.submodule_search_locations or ()) if spec and spec.origin is None else []
        if places and not any(map(os.listdir, places)):
            raise ModuleNotFoundError(f"{name} is not there when your work is graded", name=name)


def run_notebook(shell, channel: socket.socket, lines) -> None:
    captured = {"stdout": capture_descriptor(1), "stderr": capture_descriptor(2)}
    for line in lines:
        cell = json.loads(line)
        outputs = cell_outputs.Outputs()
        run_cell(shell, outputs, cell["source"], cell["trusted"], cell["seconds"])
        for stream in (sys.__stdout__, sys.__stderr__):
            with suppress(Exception):  # a cell may have closed it
                stream.flush()
        for name, descriptor in captured.items():
            outputs.stream(name, written_to(descriptor))
        channel.sendall(json.dumps(outputs.records + outputs.collected).encode() + b"\n")


def run_cell(shell, outputs, source: str, trusted: bool, seconds: float) -> None:
    """Run one cell. A trusted one, the course's test, leaves no source behind in ``In`` or for tracebacks."""
    shell.connect(outputs)
    # in C: no line of ours gets into the student's traceback
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    started = time.monotonic()
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, IMPATIENCE)
        try:
            if trusted:
                run_trusted(shell, source)
            else:
                result = shell.run_cell(source, store_history=True)
                shell.remember_classes()
                outputs.show(result.error_before_exec or result.error_in_exec)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except BaseException as error:
        # an interrupt that came between the cell and here, or a shell that was tampered with
        outputs.show(error)
    if time.monotonic() - started >= seconds:
        outputs.error(
            "CellTimeoutError",
            f"stopped after {seconds:g} seconds",
            [f"This cell was stopped after {seconds:g} seconds."],
        )


def run_trusted(shell, source: str) -> None:
    """With the course's own ``check`` and imports, which may have failed or lost their names in a cell
    above.
    """
    namespace = shell.user_ns
    own = {"check": namespace["check"]} if "check" in namespace else {}
    namespace.update(shell.classes_behind_stand_ins(), check=shell.check)
    for name, value in shell.course_imports():
        namespace.setdefault(name, value)
    os.environ["MYTORCH_CHECK"] = "record"  # a submission may have cleared the environment
    try:
        exec(compile(source, "<graded cell>", "exec"), namespace)
    except BaseException:
        shell.showtraceback()
    finally:
        os.environ["MYTORCH_CHECK"] = "skip"
        del namespace["check"]
        namespace.update(own)


# --- what is written past sys.stdout -----------------------------------------------------------------------


def capture_descriptor(standard: int) -> int:
    """What is written past sys.stdout or sys.stderr, by C code or another program, goes to a file. Returns
    its descriptor.
    """
    path = os.path.join(os.environ["HOME"], f".output-{os.getpid()}")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    os.unlink(path)
    os.dup2(descriptor, standard)
    return descriptor


def point_at_nothing(*descriptors: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(null, descriptor)
    if null not in descriptors:
        os.close(null)


def written_to(descriptor: int) -> str:
    """What has come since the last call."""
    try:
        text = os.pread(descriptor, cell_outputs.MAX_TEXT + 1, 0)
        os.ftruncate(descriptor, 0)
    except OSError:
        return ""  # the student's code closed it
    return text.decode("utf-8", "replace")


if __name__ == "__main__":
    descriptor, library = sys.argv[1:]
    sys.path.insert(0, library)
    sys.argv = [""]
    import apart
    import cell_outputs
    import confine
    import earlier
    import notebook_shell

    wait_for_submissions(socket.socket(fileno=int(descriptor)))
