"""Python in a process of its own, forked from one that has heavy libraries loaded: a tenth of a cold start.

    python("-m", "nbgrader", "autograde", "hw1", cwd=course)  # as subprocess.run([sys.executable, …]) does it
    with started("-m", "grader", "autograde", "hw1", cwd=course) as grading: grading.kill()
    with programs(folder, "nbgrader", "grader"): …            # for a shell, with the folder in its PATH
    sit(folder, ["1 / 0"])                                    # cells in an IPython shell

Nothing of the course is loaded ahead, so that a process sees the ``mytorch`` of its own folder. A process
that begins so begins its own Pythons in the same way.
"""

import atexit
import multiprocessing
import os
import re
import runpy
import subprocess
import sys
import tempfile
import time
import traceback
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Listener
from pathlib import Path
from threading import Thread

import psutil

LOADED = (
    *(
        "torch",
        "IPython",
        "matplotlib.pyplot",
        "ipywidgets",
        "anywidget",
        "jupytext",
        "nbclient",
    ),
    *("nbgrader.apps", "nbgrader.converters", "nbgrader.preprocessors", "sqlalchemy.dialects.sqlite"),
    *("alembic.command", "alembic.config"),
    *("distributed", "tqdm", "psutil", "nh3", "latex2mathml.converter", "cryptography.x509"),
    "support.first_use",
)
TESTS = Path(__file__).resolve().parents[1]

_context = multiprocessing.get_context("forkserver")
# Dask's workers begin there as well.
DASK = {"DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD": "forkserver"}


def python(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess:
    """Run ``python ARGUMENTS`` (``-m MODULE …`` or ``-c CODE …``) to its end; output as text."""
    with started(*arguments, cwd=cwd, env=env) as process:
        process.wait()
        return subprocess.CompletedProcess(
            ["python", *arguments], process.returncode, process.stdout, process.stderr
        )


def warm_subprocesses() -> None:
    """Let what ``subprocess.run`` starts of nbgrader's and the grader's begin as ``python(…)`` does, from now
    on here.

    nbgrader asks the program ``alembic`` for a number whenever it makes a gradebook; that is one of them.
    """
    subprocess.run = _run_warm


cold_run = subprocess.run  # for tests of the real thing
UNDERSTOOD = {"cwd", "env", "text", "encoding", "capture_output", "stdout", "stderr", "check", "timeout"}


def _run_warm(command, **options) -> subprocess.CompletedProcess:
    arguments = [command] if isinstance(command, str) else list(map(str, command))
    if arguments[0] == "alembic":
        arguments = [sys.executable, "-m", *arguments]
    begins_warm = arguments[:2] == [sys.executable, "-m"] and arguments[2] in (
        "nbgrader",
        "grader",
        "alembic",
    )
    environment = options.get("env")
    if not begins_warm or not options.keys() <= UNDERSTOOD or "PYTHONHASHSEED" in (environment or {}):
        return cold_run(command, **options)
    run = python(*arguments[1:], cwd=options.get("cwd") or Path.cwd(), env=environment)
    if options.get("stderr") == subprocess.STDOUT:
        run.stdout, run.stderr = run.stdout + run.stderr, None
    if not (options.get("text") or options.get("encoding")):
        run.stdout, run.stderr = (text and text.encode() for text in (run.stdout, run.stderr))
    if options.get("check"):
        run.check_returncode()
    return run


def siblings(pid: int) -> list[psutil.Process]:
    """The processes that were forked beside that one: what it started by multiprocessing, Dask's workers
    too.
    """
    return [process for process in psutil.Process(pid).parent().children() if process.pid != pid]


def nbgrader(*arguments: str, root: Path, check: bool = True) -> str:
    """What ``nbgrader ARGUMENTS`` prints in ``root``. Fails the test unless it succeeds, or ``check`` is
    False.
    """
    run = python("-m", "nbgrader", *arguments, cwd=root)
    assert not check or run.returncode == 0, f"nbgrader {' '.join(arguments)}:\n{run.stdout}{run.stderr}"
    return run.stdout + run.stderr


class Running:
    """A process that ``started`` has begun, with the part of Popen's interface that tests use."""

    def __init__(self, process, folder: Path):
        self._process, self._folder = process, folder
        self.pid = process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        return self.poll()

    def kill(self) -> None:
        self._process.kill()

    @property
    def returncode(self) -> int | None:
        return self.poll()

    @property
    def stdout(self) -> str:
        return (self._folder / "stdout").read_text(encoding="utf-8", errors="replace")

    @property
    def stderr(self) -> str:
        return (self._folder / "stderr").read_text(encoding="utf-8", errors="replace")


def _begin_server(begin=forkserver._forkserver.ensure_running) -> None:
    """With a path on which it finds this module, to load it ahead, too; Dask reads DASK when it is loaded,
    and has a list of its own.
    """
    _context.set_forkserver_preload([__name__, *LOADED])
    own = dict(os.environ)
    os.environ.update(DASK, PYTHONPATH=str(TESTS))
    try:
        begin()
    finally:
        os.environ.clear()
        os.environ.update(own)


forkserver._forkserver.ensure_running = _begin_server  # whoever starts the first process here


@contextmanager
def started(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """The process, while it runs; ended with the block if it is still there."""
    environment = dict(os.environ if env is None else env) | DASK
    forkserver._forkserver.ensure_running()
    with tempfile.TemporaryDirectory(prefix="process-") as place:
        folder = Path(place)
        process = _context.Process(target=_run, args=(arguments, Path(cwd), environment, folder, _server()))
        process.start()
        try:
            yield Running(process, folder)
        finally:
            if process.exitcode is None:
                process.kill()
            process.join()


def _run(
    arguments: tuple[str, ...], cwd: Path, environment: dict[str, str], folder: Path, server: dict
) -> None:
    """In the child."""
    weakref.finalize._registry.clear()  # of the server's libraries, which it would end one by one
    _fork_from(server)
    for name, number in (("stdout", 1), ("stderr", 2)):
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, number)
        os.close(descriptor)
    _settle(cwd, environment)
    warm_subprocesses()
    status = 0
    try:
        _execute(*arguments)
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    raise SystemExit(status)


def _server() -> dict:
    """What a process must know of the server to begin others in it; from Python 3.14 on also a key."""
    known = vars(forkserver._forkserver)
    return {name: known[name] for name in ("_forkserver_address", "_forkserver_authkey") if name in known}


def _fork_from(server: dict) -> None:
    """What this process starts by multiprocessing begins there, too; by itself it would start a server of its
    own, in which nothing is loaded.
    """
    vars(forkserver._forkserver).update(server)
    # the function of the module is the method as it was when the module was loaded
    forkserver.ensure_running = forkserver._forkserver.ensure_running = lambda: None


def _settle(cwd: Path, environment: dict[str, str]) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    added = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    # tests/grader would hide the installed grader; what of tests/ is needed here is loaded.
    others = [path for path in sys.path if path and Path(path) not in (TESTS, TESTS.parent)]
    sys.path[:] = [str(cwd), *added, *others]


def _execute(kind: str, what: str, *arguments: str) -> None:
    if kind == "-m":
        sys.argv = [what, *arguments]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.argv = ["-c", *arguments]
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})


CLIENT = """#!{python} -IS
import os, sys
from multiprocessing.connection import Client
with Client({address!r}) as server:
    server.send(([*{begin!r}, *sys.argv[1:]], os.getcwd(), dict(os.environ)))
    status, stdout, stderr = server.recv()
sys.stdout.write(stdout)
sys.stdout.flush()
sys.stderr.write(stderr)
sys.exit(status)
"""


@contextmanager
def programs(folder: Path, *names: str) -> Iterator[None]:
    """Executable files of these names in ``folder``, each of which runs ``python -m NAME``, or ``python``
    itself, while the block lasts.
    """
    address = str(folder / "socket")
    for name in names:
        begin = [] if name == "python" else ["-m", name]
        (folder / name).write_text(CLIENT.format(python=sys.executable, address=address, begin=begin))
        (folder / name).chmod(0o755)
    with Listener(address) as listener:
        Thread(target=_answer, args=(listener,), daemon=True).start()
        yield


def _answer(listener: Listener) -> None:
    while True:
        try:
            connection = listener.accept()
        except OSError:  # closed
            return
        with connection:
            arguments, cwd, environment = connection.recv()
            run = python(*arguments, cwd=cwd, env=environment)
            connection.send((run.returncode, run.stdout, run.stderr))


# --- cells --------------------------------------------------------------------------------------------------


@dataclass
class Result:
    """What a reader sees below a cell."""

    source: str
    text: str
    stderr: str
    error: str
    traceback: str
    pictures: int


def sit(folder: Path, cells: list[str | tuple[str, str]], library: Path | None = None) -> list[Result]:
    """Run cells one after the other in a shell, in the folder, whose ``mytorch`` they see, or that of
    ``library``. A cell is its source, or a pair: the id that JupyterLab gives it, and its source.

    Raises RuntimeError when its process dies.
    """
    _begin_server()
    receiver, sender = _context.Pipe(duplex=False)
    process = _context.Process(target=_run_cells, args=(folder, cells, library, sender))
    process.start()
    sender.close()
    try:
        return [Result(*fields) for fields in receiver.recv()]
    except EOFError:
        raise RuntimeError("The process died.") from None
    finally:
        process.join()


def _run_cells(folder: Path, cells: list[str | tuple[str, str]], library: Path | None, sender) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "MYTORCH_CHECK"}
    _settle(folder, environment | ({"PYTHONPATH": str(library)} if library else {}))
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False  # of the file, not of the memory
    _show_pictures(shell)
    sender.send([_run_cell(shell, cell) for cell in cells])


def _show_pictures(shell) -> None:
    """As a kernel does: figures are displayed below their cell."""
    import matplotlib
    from IPython.core.pylabtools import select_figure_formats
    from matplotlib_inline.backend_inline import flush_figures

    matplotlib.use("module://matplotlib_inline.backend_inline")
    matplotlib.interactive(True)
    select_figure_formats(shell, {"png"})
    shell.events.register("post_execute", flush_figures)


def _run_cell(shell, cell: str | tuple[str, str]) -> tuple:
    from IPython.utils.capture import capture_output

    cell_id, cell = (None, cell) if isinstance(cell, str) else cell
    lines: list[str] = []
    shell._showtraceback = lambda kind, value, traceback: lines.extend(traceback)
    with capture_output() as shown:
        result = shell.run_cell(cell, store_history=True, cell_id=cell_id)
    error = result.error_before_exec or result.error_in_exec
    displayed = [output.data for output in shown.outputs]
    if result.result is not None:  # a terminal's shell has printed it
        displayed.append(shell.display_formatter.format(result.result)[0])
    printed = re.sub(r"^Out\[\d+\]:(?s:.*)", "", shown.stdout, flags=re.MULTILINE)
    text = "\n".join([printed, *(data.get("text/plain", "") for data in displayed)])
    said = f"{type(error).__name__}: {error}" if error is not None else ""
    pictures = sum("image/png" in data for data in displayed)
    return cell, text, shown.stderr, said, "\n".join(map(str, lines)), pictures


def still_alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """After a minute at most. One that has ended, which its parent has not yet asked about, is not alive."""
    end = time.monotonic() + 60
    while (alive := [one for one in processes if _is_alive(one)]) and time.monotonic() < end:
        time.sleep(0.05)
    return alive


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
