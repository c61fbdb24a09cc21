"""The sandbox: what code in it can reach, what it may use, and what happens where there is none."""

import inspect
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from types import CodeType

import psutil
import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from support.attacks.reach import PIECES, Piece, cell
from support.handins import lean, write_solution
from support.implementations import LIBRARY as LIBRARY_CLASSES
from support.own import ASSIGNMENT, ROOT
from support.patience import patience
from support.processes import nbgrader, still_alive

from grader.authoring.demo import scores
from grader.grading.sandbox import (
    Sandbox,
    SandboxUnavailable,
    apart,
    bubblewrap,
    channel,
    confine,
    control_group,
    machine,
    usage,
)
from grader.grading.sandbox.cell_outputs import kind_of
from grader.grading.sandbox.earlier import parts_of
from grader.grading.temporary import TemporaryFolder
from grader.grading.unwritten import LIBRARY
from mytorch.check.backends import ONLY
from mytorch.check.trace import MIME, Trace
from mytorch.course import COMPONENTS, ITEMS, SECTIONS, path_in

pytestmark = pytest.mark.sandbox


SECRET = "a-secret-of-the-instructor"
NOTEBOOK = "06_batchnorm"


warm = Sandbox()  # for one submission after the other, each with its own limits


@pytest.fixture(scope="module", autouse=True)
def _warm_ends():
    yield
    warm.end()


def record(*sources: str, seconds: float = 10, anew: bool = False, **limits):
    """What cells of one notebook put out in a sandbox with these limits. ``anew``: one that begins now."""
    sandbox = Sandbox() if anew else warm
    with pytest.MonkeyPatch.context() as patch:
        for name, value in limits.items():
            patch.setattr(sandbox, name, value)
        try:
            return sandbox.run(NOTEBOOK, [(source, False) for source in sources], seconds)
        finally:
            sandbox.end() if anew else sandbox.close()


@pytest.fixture
def sandbox():
    """The warm one, for a submission that this test ends, or its end does."""
    yield warm
    warm.close()


def text(outputs: list[dict]) -> str:
    return "".join(output.get("text", "") + "\n".join(output.get("traceback", [])) for output in outputs)


# --- what can be reached ------------------------------------------------------------------------------------


# System calls with their numbers on x86_64 and aarch64.
HARMFUL = {
    # looking into other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # memory that belongs to no process
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "vmsplice": (278, 75),
    "splice": (275, 76),
    "tee": (276, 77),
    "io_setup": (206, 0),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    # the grader's keyring, which no namespace takes away
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # other namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # parts of the kernel
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "sync": (162, 81),
    "personality": (135, 92),
}


@pytest.fixture(scope="module")
def planted(root, tmp_path_factory):
    """Things outside that somebody could want, and servers that would answer."""
    folder = tmp_path_factory.mktemp("outside")
    files = {name: folder / name for name in ("gradebook", "neighbour", "solution", "secret")}
    for path in files.values():
        path.write_text(SECRET)
    column = confine.ARCHITECTURES[platform.machine()][0]
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
        pytest.MonkeyPatch.context() as patch,
    ):
        abstract.bind(f"\0{folder.name}-{os.getpid()}")
        abstract.listen()
        patch.setenv("A_TOKEN", SECRET)
        yield {name: str(path) for name, path in files.items()} | {
            "temporary": Path("/tmp", os.listdir("/tmp")[0]).name,
            "repository": str(root),
            "variable": SECRET,
            "port": server.getsockname()[1],
            "abstract": abstract.getsockname()[1:].decode(),
            "grader": os.getpid(),
            "add_key": HARMFUL["add_key"][column],
            "clone": {"x86_64": 56, "aarch64": 220}[platform.machine()],
            "calls": [numbers[column] for numbers in HARMFUL.values()],
        }


@pytest.fixture(scope="module")
def inside(planted) -> dict[str, str]:
    """What each piece says in the sandbox."""
    recording = record(*(cell(piece, planted) for piece in PIECES))
    return dict(zip((piece.name for piece in PIECES), map(text, recording.outputs), strict=True))


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
def test_nothing_outside_is_reached(inside, planted, piece: Piece):
    assert inside[piece.name].startswith("refused"), piece.attempts
    assert SECRET not in inside[piece.name]
    for name in ("gradebook", "neighbour", "solution", "secret"):
        assert Path(planted[name]).read_text() == SECRET


@pytest.fixture(scope="module")
def unprotected(planted) -> dict[str, str]:
    """What the pieces that do no harm say without a sandbox, in a process of ours that knows the same
    Python.
    """
    sources = [cell(piece, planted) for piece in PIECES if piece.harmless]
    run = subprocess.run(
        [sys.executable, "-c", f"for source in {sources!r}: exec(source, {{}})"],
        capture_output=True,
        text=True,
        timeout=100,
    )
    return dict(zip((piece.name for piece in PIECES if piece.harmless), run.stdout.splitlines(), strict=True))


@pytest.mark.parametrize("piece", [piece for piece in PIECES if piece.harmless], ids=lambda piece: piece.name)
def test_without_a_sandbox_it_would_be_reached(unprotected, piece: Piece):
    """So the refusals above are the sandbox's."""
    assert unprotected[piece.name].startswith("reached"), unprotected[piece.name]


def test_the_course_is_hidden_where_python_is_visible(tmp_path, monkeypatch):
    """A course below the folder of Python itself, which the sandbox shows."""
    monkeypatch.setattr(machine, "system", lambda real=machine.system(): (*real, tmp_path))
    course = tmp_path / "course"
    course.mkdir()
    tmp_path.chmod(0o755)
    (course / "gradebook.db").write_text(SECRET)
    (tmp_path / "visible").write_text("seen")
    monkeypatch.chdir(course)
    said = text(
        record(
            f"import os; print(open({str(tmp_path / 'visible')!r}).read(), os.listdir({str(course)!r}))",
            anew=True,
        ).outputs[0]
    )
    assert said == "seen []\n"


def test_a_python_called_by_a_path_with_dots(monkeypatch):
    folder, program = os.path.split(sys.executable)
    monkeypatch.setattr(sys, "executable", f"{ROOT}/tests/../{os.path.relpath(folder, ROOT)}/{program}")
    assert text(record("print('here')", anew=True).outputs[0]) == "here\n"


@pytest.mark.parametrize(
    "module", ["torch", "autograd.numpy", "scipy.special", "scipy.optimize", "sklearn.utils.extmath", "sympy"]
)
def test_a_hidden_package_is_said_to_be_not_there(module):
    """All of them are installed here, by PyTorch or by nbgrader."""
    assert find_spec(module.partition(".")[0])
    said = text(record(f"import {module}").outputs[0])
    name = module.partition(".")[0]
    assert f"ModuleNotFoundError: {name} is not there when your work is graded" in said


def test_what_differentiates_is_hidden_whoever_installed_it(tmp_path, monkeypatch):
    """And what needs it, in whatever case its name is written; nothing else."""
    needs = {"micrograd": "", "PaddlePaddle": "numpy", "nets": "jax[cpu]>=0.4", "tables": "numpy", "more": ""}
    for name, needed in needs.items():
        text = f"Metadata-Version: 2.1\nName: {name}\n" + (f"Requires-Dist: {needed}\n" if needed else "")
        (tmp_path / f"{name}-1.0.dist-info").mkdir()
        (tmp_path / f"{name}-1.0.dist-info" / "METADATA").write_text(f"{text}\nFaster than JAX.\n")
    monkeypatch.setattr(machine, "distributions", lambda: distributions(path=[str(tmp_path)]))
    hidden = {each.name for each in machine.hidden_distributions(machine.ANSWERS)}
    assert hidden == {"micrograd", "PaddlePaddle", "nets"}


def test_what_a_notebook_may_use_is_there():
    sources = "import numpy.fft, json, xml.dom, matplotlib.pyplot, ipywidgets, anywidget; print('there')"
    assert text(record(sources).outputs[0]) == "there\n"


def test_a_sandbox_in_which_nothing_lies_below_tmp(monkeypatch):
    """bubblewrap needs the folder itself: a course in /tmp always brought it."""
    elsewhere = tuple(path for path in machine.system() if not path.is_relative_to("/tmp"))
    monkeypatch.setattr(machine, "system", lambda: elsewhere)
    run = subprocess.run(bubblewrap.command(["/usr/bin/true"], [], 1_000_000), capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


def test_python_in_the_home_folder_itself_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "system", lambda real=machine.system(): (*real, tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    bubblewrap.require_bubblewrap.cache_clear()
    with pytest.raises(SandboxUnavailable, match="which a sandbox would then show"):
        Sandbox().require()


@pytest.mark.parametrize("machine", confine.ARCHITECTURES)
def test_what_a_notebook_may_call_holds_nothing_harmful(machine):
    column, _ = confine.ARCHITECTURES[machine]
    allowed = confine.allowed(column)
    assert len(set(allowed.values())) == len(allowed) > 100
    assert not allowed.keys() & HARMFUL.keys()
    assert not set(allowed.values()) & {numbers[column] for numbers in HARMFUL.values()}
    assert max(allowed.values()) <= confine.LAST
    assert len(confine.allowing_filter(machine)) % 8 == 0


def test_a_call_that_a_later_kernel_brings_is_said_not_to_exist():
    """So that a C library that tries it goes on without it."""
    source = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
print([(libc.syscall(number, 0, 0, 0, 0, 0), errno.errorcode[ctypes.get_errno()]) for number in (463, 500)])
"""
    assert text(record(source).outputs[0]) == "[(-1, 'ENOSYS'), (-1, 'ENOSYS')]\n"


ORDINARY = r"""
import asyncio, concurrent.futures, mmap, os, pathlib, select, shutil, socket, sqlite3, subprocess, tempfile
import numpy as np

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "a").write_text("x")
shutil.copytree(folder, f"{folder}-2")
shutil.copy2(folder / "a", folder / "b")
os.symlink("a", folder / "l")
os.mkfifo(folder / "f")
shutil.rmtree(folder)
sqlite3.connect("x.db").execute("create table t (a)")
mapped = np.memmap("m", dtype=float, shape=(10,), mode="w+")
mapped[:] = 1
mapped.flush()
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
select.select([server], [], [], 1)
server.accept()[0].sendall(b"x")
if (child := os.fork()) == 0:
    os._exit(3)
ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
with concurrent.futures.ThreadPoolExecutor(3) as pool:
    squares = sum(pool.map(lambda x: x * x, range(10)))
    said = pool.submit(lambda: asyncio.run(asyncio.sleep(0.01, "slept"))).result()
echoed = subprocess.run(["sh", "-c", "echo hi | sort"], capture_output=True, text=True).stdout
print(client.recv(1), squares, said, ended, echoed.strip(), np.linalg.det(np.eye(3)), mmap.mmap(-1, 9, 2)[0])
"""


MANY = "import sys\nfrom mytorch.check.trace import MIME\nfor i in range(3000): "


@pytest.mark.parametrize(
    ("last", "kind"),
    [("assert False", "error"), ("1.5", "execute_result"), ("print(1, file=sys.stderr)", "stderr")],
)
def test_many_outputs_hide_none_that_decides_about_points(last, kind):
    (outputs,) = record(f"{MANY}display(i)\n{last}").outputs
    assert kind_of(outputs[-1]) == kind


def test_an_error_that_a_cell_has_hidden_is_there():
    """In a test of the instructor's it gave all points."""
    hide = "get_ipython().set_custom_exc((AssertionError,), lambda *about, **more: print('hidden'))"
    assert [output["output_type"] for output in record(hide, "assert False").outputs[1]] == [
        "stream",
        "error",
    ]


def test_a_breakpoint_stops_nothing():
    assert text(record("breakpoint()\nprint('here')").outputs[0]) == "here\n"


@pytest.mark.parametrize("each", ["sys.displayhook(i)", "display({MIME: {}}, raw=True)"])
def test_nothing_comes_without_end(each):
    (outputs,) = record(f"{MANY}{each}").outputs
    assert len(outputs) < 510


@pytest.mark.parametrize(
    ("last", "names"),
    [
        ("", {"stdout"}),
        ("print(1, file=sys.stderr)", {"stdout", "stderr"}),
        ("import os; _ = os.system('ls /nowhere')", {"stdout", "stderr"}),
        ("_ = sys.__stderr__.write('x')", {"stdout", "stderr"}),
    ],
)
def test_of_what_is_written_to_stderr_nothing_is_hidden_or_added(last, names):
    """In a test of the instructor's it costs the points."""
    (outputs,) = record(f"import sys; print('x' * 200_000)\n{last}").outputs
    assert {output["name"] for output in outputs} == names


@pytest.mark.parametrize(
    ("last", "left"),
    [
        ("clear_output()", ""),
        ("clear_output(wait=True)", "a\n"),
        ("clear_output(wait=True); print('b')", "b\n"),
    ],
)
def test_what_is_cleared_is_gone_when_something_takes_its_place(last, left):
    (outputs,) = record(f"from IPython.display import clear_output; print('a'); {last}").outputs
    assert text(outputs) == left


def test_a_display_that_changes_keeps_its_place():
    (outputs,) = record("shown = display('a', display_id=True); print('b'); shown.update('c')").outputs
    assert [output.get("text") or output["data"]["text/plain"] for output in outputs] == ["'c'", "b\n"]


def test_ordinary_python_works():
    assert text(record(ORDINARY).outputs[0]) == "b'x' 285 slept 3 hi 1.0 0\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root to become somebody else")
def test_an_ordinary_user_has_the_same_sandbox(planted):
    """As root an outer bubblewrap becomes an ordinary user first; here the whole grader is one."""
    program = "from grader.grading.sandbox import bubblewrap; print(bubblewrap.command(['true'], [], 1))"
    as_root = bubblewrap.command(["true"], [], 1)
    inner = as_root[as_root.index("bwrap", 1) :]
    run = subprocess.run(
        [sys.executable, "-c", f"import os; os.geteuid = lambda: 1000\n{program}"],
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == str(inner)


# --- limits -------------------------------------------------------------------------------------------------


LEFT = {
    "two large files": "for i in range(2): open(f'large-{i}', 'wb').write(bytes(14_000_000))",
    "many files": "for i in range(2500): open(f'file-{i}', 'w').close()",
    "a folder too deep to be removed": "import os\nfor _ in range(1500): os.mkdir('d'); os.chdir('d')",
    "a folder that cannot be read": "import os; os.mkdir('d'); open('d/x', 'w').close(); os.chmod('d', 0)",
}


@pytest.mark.parametrize("cell", LEFT.values(), ids=LEFT)
def test_what_a_notebook_leaves_takes_no_room_from_the_next(sandbox, monkeypatch, cell):
    monkeypatch.setattr(sandbox, "disk", 30)
    monkeypatch.setattr(sandbox, "files", 3000)
    assert sandbox.run("01_linear", [(cell, False)], 30).noticed == []
    much = "open('large', 'wb').write(bytes(15_000_000))\nfor i in range(1000): open(f'{i}', 'w').close()"
    recording = sandbox.run("02_activation", [(f"{much}\nprint('here')", False)], 30)
    assert text(recording.outputs[0]) == "here\n" and recording.noticed == []


def test_processor_time_of_all_processes_counts():
    work = (
        "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        while True: "
        "pass\ntime.sleep(300)"
    )
    recording = record(work, "'never'", cpu_time=1, seconds=120)
    assert (
        recording.problem
        == "Cell 1 used up the 1 seconds of processor time that a notebook may use, so the notebook was "
        "stopped there."
    )
    assert recording.stopped_in == 0
    assert recording.outputs[1] == []


def test_it_is_the_submissions_own_files_and_time_that_count_whatever_else_is_there(monkeypatch):
    """The numbers of processes begin again at some time: then the newest is not the last."""
    family = usage.family
    endless = "import itertools\nfor n in itertools.count():\n    open(f'/tmp/{n}', 'w').close()"
    with subprocess.Popen(["sleep", "600"]) as other:
        monkeypatch.setattr(usage, "family", lambda pid: [*family(pid), psutil.Process(other.pid)])
        recording = record(endless, files=3000)
        other.kill()
    assert recording.problem == "Cell 1 made more than 3000 files, so the notebook was stopped there."


def test_what_a_cell_has_used_is_looked_at_when_it_ends_too(monkeypatch):
    """On a busy machine a cell may be over, or its time, before somebody has looked."""
    mine, theirs = socket.socketpair()
    monkeypatch.setattr(channel, "TICK", 0)

    class BusyMachine:
        looks = 0

        def exceeded(self):
            self.looks += 1
            if self.looks == 1:
                theirs.send(b"[]\n")  # the cell ends after this look
            return "made more than 3000 files" if self.looks == 2 else ""

    with mine, theirs, pytest.raises(channel.Breach, match="made more than 3000 files"):
        channel.Channel(mine, BusyMachine(), room=1000, seconds=60).receive(60)


def test_limits_hold_for_what_goes_on_after_the_last_cell():
    stays = """
import os, time
def take(status):
    for _ in range(9):
        if os.fork() == 0: break
    taken = bytearray(b"x") * 50_000_000
    time.sleep(60)
os._exit = take
"""
    recording = record(stays, memory=400)
    assert recording.noticed == ["After the last cell it used more than 400 MB of memory."]
    assert not recording.problem


def test_sockets_that_are_under_way_in_others_count():
    """Closed, they hold what waits in them, and no process has them."""
    send = """
import socket
one, other = socket.socketpair()
for _ in range(60):
    pair = socket.socketpair()
    socket.send_fds(one, [b"x"], [end.fileno() for end in pair])
    for end in pair: end.close()
import time; time.sleep(10)
"""
    assert record(send).problem == "Cell 1 opened more than 64 sockets, so the notebook was stopped there."


def test_the_time_of_a_notebook_is_limited():
    recording = record(*["import time; time.sleep(0.4)"] * 20, notebook_time=1)
    assert re.fullmatch(
        r"The notebook ran for more than 1 seconds and was stopped in cell \d+.", recording.problem
    )


def test_processes_that_share_memory_count_once():
    """Forked processes hold the same pages as their parent."""
    fork = (
        "import os, time\nfor _ in range(12):\n    if os.fork() == 0:\n        time.sleep(60); "
        "os._exit(0)\ntime.sleep(1); print('done')"
    )
    assert text(record(fork, memory=400).outputs[0]) == "done\n"


def test_two_sandboxes_count_their_processes_apart():
    threads = (
        "import threading, time\nfor _ in range(20): threading.Thread(target=time.sleep, args=(2,), "
        "daemon=True).start()\ntime.sleep(2)"
    )
    with ThreadPoolExecutor() as pool:
        recordings = list(pool.map(lambda _: record(threads, anew=True, processes=25), range(2)))
    assert [recording.outputs for recording in recordings] == [[[]], [[]]]


def test_nothing_is_alive_afterwards():
    """Neither between notebooks nor after the last one."""
    leave = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(3600)\n    "
        "os._exit(0)\nos.wait(); time.sleep(0.2)"
    )
    look = (
        "import os; print([name for name in os.listdir('/proc') if name.isdigit() and int(name) not in (1, "
        "os.getpid())])"
    )
    with Sandbox() as sandbox:
        sandbox.run("01_linear", [(leave, False)], 10)
        pid = sandbox._process.pid
        assert len(psutil.Process(pid).children(recursive=True)) < 4
        assert text(sandbox.run("02_activation", [(look, False)], 10).outputs[0]) == "[]\n"
        family = psutil.Process(pid).children(recursive=True)
    assert not still_alive(family)


@pytest.mark.parametrize("isolation", ["bubblewrap", "none"])
def test_a_killed_grader_leaves_nothing(tmp_path, monkeypatch, isolation):
    """No process, and after another run no file."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    program = (
        "import time\nfrom grader.grading.sandbox import Sandbox\nsandbox = "
        f"Sandbox(isolation={isolation!r})\nsandbox.run('01_linear', [('1', False)], 10)\n"
        "print(flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as grader:
        grader.stdout.readline()
        family = psutil.Process(grader.pid).children(recursive=True)
        assert family
        grader.send_signal(signal.SIGKILL)
    assert not still_alive(family)
    assert any(tmp_path.iterdir())
    with TemporaryFolder():
        pass
    assert not any(tmp_path.iterdir())


def test_a_sandbox_that_was_killed_is_started_again(sandbox):
    sandbox.run("01_linear", [("1", False)], 10)
    for process in psutil.Process(sandbox._process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has gone with the one before
            process.kill()
    sandbox._process.wait()
    assert text(sandbox.run("02_activation", [("print('here')", False)], 10).outputs[0]) == "here\n"


@pytest.mark.parametrize(
    "victim, sent",
    [(-1, signal.SIGKILL), (-1, signal.SIGTERM), (-2, signal.SIGKILL)],
    ids=["notebook", "notebook, gently", "process 1"],
)
def test_a_notebook_that_somebody_else_killed_is_run_again(sandbox, victim, sent):
    with ThreadPoolExecutor() as pool:
        sandbox.run("01_linear", [("1", False)], 10)
        running = pool.submit(
            sandbox.run, "02_activation", [("import time; time.sleep(2); print('here')", False)], 10
        )
        time.sleep(1)
        psutil.Process(sandbox._process.pid).children(recursive=True)[victim].send_signal(sent)
        recording = running.result()
    assert text(recording.outputs[0]) == "here\n" and not recording.problem


def test_a_notebook_that_kills_itself_is_stopped(sandbox):
    recording = sandbox.run("01_linear", [("import os; os.kill(os.getpid(), 9)", False)], 10)
    assert recording.problem == "Python stopped while it ran cell 1: the process died (Killed)."


# --- a control group around it ------------------------------------------------------------------------------


def fake_program(folder: Path, name: str, script: str) -> Path:
    """A folder for PATH whose program of this name does this."""
    folder.mkdir()
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def asked_of_systemd(tmp_path, monkeypatch):
    """What a systemd-run was asked, from a login: it starts the program in no group, and leaves in its
    environment what the real one leaves there.
    """
    login = f"user.slice/user-{os.geteuid()}.slice/session-7.scope"
    monkeypatch.setattr(control_group, "_place", lambda pid: login)
    notes = tmp_path / "notes"
    notes.touch()
    script = f"""echo "$XDG_RUNTIME_DIR $*" >> {notes}
while [ "$1" != -- ]; do shift; done; shift
INVOCATION_ID=1 exec "$@\""""
    folder = fake_program(tmp_path / "bin", "systemd-run", script)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return lambda: notes.read_text().splitlines()


def test_systemd_starts_a_sandbox_and_code_in_it_sees_nothing_of_that(asked_of_systemd):
    look = "import os; print(sorted(os.environ.items()))"
    said = text(record(look, anew=True, memory=1000, disk=50).outputs[0])
    (asked,) = asked_of_systemd()
    assert asked.startswith(f"/run/user/{os.geteuid()} ") and ("--user" in asked) == (os.geteuid() != 0)
    assert f"-p MemoryMax={(1000 + 2 * 50 + 256) * 2**20} -p MemorySwapMax=0 " in asked
    assert said == f"{sorted({**Sandbox()._environment(), 'PWD': '/'}.items())}\n"


PLACES = {
    "user.slice/user-1234.slice/session-7.scope": ["XDG_RUNTIME_DIR=/run/user/1234", "--user"],
    "user.slice/user-1234.slice/user@1234.service/app.slice/lab.service": [
        "XDG_RUNTIME_DIR=/run/user/1234",
        "--user",
    ],
    "system.slice/worker.service": [],
    "user.slice/user-0.slice/session-7.scope": [],
}


@pytest.mark.parametrize("place", PLACES)
def test_an_ordinary_user_asks_the_own_systemd_which_stays_while_the_grader_does(
    asked_of_systemd, monkeypatch, place
):
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    monkeypatch.setattr(control_group, "_place", lambda pid: place)
    command = control_group.around(1000, {"A": "B"})
    assert [part for part in command if part.startswith(("XDG", "--user"))] == PLACES[place]


def test_where_systemd_refuses_a_sandbox_starts_without_and_asks_no_more(tmp_path, monkeypatch):
    script = f"echo asked >> {tmp_path}/notes; echo 'Failed to connect to bus: No medium found' >&2; exit 1"
    folder = fake_program(tmp_path / "bin", "systemd-run", script)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    with Sandbox() as sandbox:
        for _ in range(2):
            assert text(sandbox.run("01_linear", [("print('here')", False)], 10).outputs[0]) == "here\n"
            sandbox.end()
    assert (tmp_path / "notes").read_text() == "asked\n" and sandbox.group is None


@pytest.mark.parametrize(
    ("limit", "counts"), [("4096", True), ("max", False), ("8192", False), (None, False)]
)
def test_only_a_group_whose_limit_is_in_force_counts(tmp_path, monkeypatch, limit, counts):
    monkeypatch.setattr(control_group, "MOUNTED", tmp_path)
    own = Path("/proc/self/cgroup").read_text().rpartition("0::/")[2].strip()
    (tmp_path / own).mkdir(parents=True, exist_ok=True)
    if limit:
        (tmp_path / own / "memory.max").write_text(f"{limit}\n")
    assert control_group.group_of(os.getpid(), 4096) == (tmp_path / own if counts else None)


@pytest.fixture
def happens(asked_of_systemd, tmp_path, monkeypatch):
    """Around every sandbox is a new control group; this is what the kernel writes when something happens."""

    def write(oom: int = 0, oom_kill: int = 0) -> Path:
        events = f"low 0\nhigh 0\nmax {40 * oom}\noom {oom}\noom_kill {oom_kill}\noom_group_kill 0\n"
        (tmp_path / "memory.events").write_text(events)
        return tmp_path

    monkeypatch.setattr(control_group, "group_of", lambda pid, memory: write())
    return write


@contextmanager
def in_work(sandbox: Sandbox, code: str) -> Iterator[tuple[list[psutil.Process], Future]]:
    """The sandbox's processes while a notebook's runs, the last of them, and what comes of it."""
    sandbox.run("01_linear", [("1", False)], 10)
    family = lambda: psutil.Process(sandbox._process.pid).children(recursive=True)  # noqa: E731
    at_rest = len(family())
    with ThreadPoolExecutor() as pool, patience():
        running = pool.submit(sandbox.run, "02_activation", [(code, False)], 60)
        while len(family()) == at_rest:
            time.sleep(0.02)
        time.sleep(0.5)  # it has got its cell
        yield family(), running


KILLED = "Python stopped while it ran cell 1: it used more than 2048 MB of memory."
LOOKED_AT = "Cell 1 used more than 2048 MB of memory, so the notebook was stopped there."


@pytest.mark.parametrize(("victim", "said"), [(-1, KILLED), (-2, KILLED), (None, LOOKED_AT)])
def test_a_full_group_is_said_to_be_too_much_memory(happens, monkeypatch, victim, said):
    """Whatever process the kernel has ended: the notebook's, process 1, or one that is not waited for."""
    if victim:
        monkeypatch.setattr(channel, "TICK", 60)
    with Sandbox() as sandbox, in_work(sandbox, "import time; time.sleep(50)") as (family, running):
        first = sandbox._process
        happens(oom=1, oom_kill=1)
        if victim:
            family[victim].kill()
        assert running.result().problem == said
        assert text(sandbox.run("01_linear", [("print('here')", False)], 10).outputs[0]) == "here\n"
        assert sandbox._process is not first and first.poll() is not None


def test_what_the_system_has_ended_for_want_of_its_own_memory_is_run_again(happens):
    sleep = "import time; time.sleep(2); print('here')"
    with Sandbox() as sandbox, in_work(sandbox, sleep) as (family, running):
        happens(oom_kill=1)
        family[-1].kill()
        assert text(running.result().outputs[0]) == "here\n"


@pytest.mark.parametrize("submission", ["the same", "another"])
def test_a_group_that_was_full_is_left_before_the_next_notebook(happens, submission):
    with Sandbox() as sandbox:
        sandbox.run("01_linear", [("1", False)], 10)
        first = sandbox._process
        happens(oom=1, oom_kill=1)
        if submission == "another":
            sandbox.close()
        assert not sandbox.run("02_activation", [("1", False)], 10).problem
        assert sandbox._process is not first


def test_it_is_a_notebook_that_goes_first_where_memory_is_short():
    look = "print(*(open(f'/proc/{one}/oom_score_adj').read().strip() for one in ('self', '1')))"
    notebook, first = map(int, text(record(look).outputs[0]).split())
    assert notebook == 1000 > first


# --- what stands in for earlier sections --------------------------------------------------------------------

LOOK_FOR_CODE = """
import base64, gc, marshal, types
from mytorch import models, nn, optim

def print_of(code):
    return str((code.co_name, code.co_code.hex(), code.co_names, code.co_varnames))

def parts(code):
    yield code
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from parts(part)

gc.unfreeze()
functions = [value for value in gc.get_objects() if isinstance(value, types.FunctionType)]
here = [function.__code__ for function in functions]
cells = [cell for function in functions for cell in function.__closure__ or () if cell != types.CellType()]
kept = [cell.cell_contents for cell in cells if isinstance(cell.cell_contents, dict)]
pairs = [pair for one in kept for pair in one.items() if str(pair[0]).startswith("mytorch.")]
texts = {text for name, text in pairs if isinstance(text, str)}
here += [marshal.loads(base64.b64decode(text)) for text in texts]
looked_at = {print_of(part): part.co_qualname for code in here for part in parts(code)}
print(len(texts), sorted(looked_at[one] for one in SOUGHT if one in looked_at))
"""


def print_of(code: CodeType) -> str:
    return str((code.co_name, code.co_code.hex(), code.co_names, code.co_varnames))


def prints_of_solutions() -> list[str]:
    """Of the code of every method that students write."""
    methods = {"forward", "backward", "step"}
    sources = [path_in(LIBRARY.parent, section.module).read_text(encoding="utf-8") for section in SECTIONS]
    parts = [part for source in sources for part in parts_of(compile(source, "", "exec"))]
    classes = [part for part in parts if part.co_name in COMPONENTS]
    codes = [part for one in classes for part in one.co_consts if isinstance(part, CodeType)]
    return [print_of(code) for code in codes if code.co_name in methods]


def test_no_solution_is_in_a_sandbox():
    look = f"SOUGHT = {prints_of_solutions()!r}\n{LOOK_FOR_CODE}"
    linear = (LIBRARY / "nn" / "linear.py").read_text(encoding="utf-8")
    for own, found in (("1", []), (f"exec({linear!r})", ["Linear.backward", "Linear.forward"])):
        said = text(record(own, look).outputs[1])
        number, _, names = said.partition(" ")
        assert int(number) > 10 and names.strip() == str(found)


def named_over_back_ends(sections: list) -> set[str]:
    """The functions of ``by`` that their references use."""
    sources = [Path(LIBRARY.parent, *section.package.split("."), "reference.py") for section in sections]
    return {name for path in sources for name in re.findall(r"\bby\.(\w+)", path.read_text("utf-8"))}


def test_what_computes_for_a_section_is_in_no_sandbox_of_it_or_of_an_earlier_one(sandbox):
    """Of the back end as of the references."""
    back_end = (LIBRARY / "check" / "backends" / "autograd.py").read_text(encoding="utf-8")
    helpers = {"differentiate", "constant", "_copy"}
    for notebook in sorted({section.notebook for section in SECTIONS}):
        before = [section for section in SECTIONS if section.notebook < notebook]
        later = [section for section in SECTIONS if section not in before]
        paths = [Path(LIBRARY.parent, *one.package.split("."), "reference.py") for one in later]
        sources = [back_end, *(path.read_text(encoding="utf-8") for path in paths)]
        codes = [part for source in sources for part in parts_of(compile(source, "", "exec"))]
        # from Python 3.14 on an annotation is code, too, and the same in many modules
        named = [code for code in codes if code.co_name != "__annotate__"]
        functions = [code for code in named if "<" not in code.co_qualname]
        look = f"SOUGHT = {[print_of(code) for code in functions]!r}\n{LOOK_FOR_CODE}"
        said = text(sandbox.run(notebook, [(look, False)], 10).outputs[0])
        found = set(re.findall(r"'(.+?)'", said)) - helpers
        assert found <= named_over_back_ends(before), notebook
        assert not before or "linear" in found, "what was given would be seen"


@pytest.mark.parametrize(
    "attempt",
    [
        "import autograd",
        "from mytorch.check.backends import load; load('autograd')",
        "import mytorch.sections.linear.reference",
        "import mytorch.sections.batchnorm.reference",
        "from mytorch.check.backends import Reference\n"
        "class Own(Reference):\n"
        "    def forward(self, A):\n"
        "        return self.differentiable(lambda by, A: by.exp(A), A)\n"
        "Own().forward([[1.0]])",
    ],
)
def test_what_differentiates_for_stand_ins_does_so_for_nobody_else(attempt):
    use = "from mytorch.nn import Linear; Linear(2, 3).forward([[1.0, 2.0]]).shape"
    before, tried, after = record(use, attempt, use).outputs
    assert [outputs[0]["output_type"] for outputs in (before, tried, after)] == [
        "execute_result",
        "error",
        "execute_result",
    ]
    assert tried[0]["ename"] in ("ModuleNotFoundError", "ImportError")


@pytest.mark.parametrize(
    "attempt",
    [
        "layer.differentiable(lambda by, A: A * A, np.ones(3))",
        "layer.computed(lambda by: by)",
        "type(layer).differentiable.__globals__['load']('autograd')",
        "type(layer).differentiable.__globals__['over']('autograd', len)",
        "type(layer).differentiable.__globals__['differentiate'](lambda by, A: A * A, np.ones(3))",
        "vars(sys.modules['mytorch.nn.linear'])['__builtins__']['__import__']('mytorch.check.backends.autograd')",
        "class Own(MSELoss):\n"
        "    loss = staticmethod(lambda by, A, Y: (A * A).sum())\n"
        "Own().forward(np.ones((2, 2)), np.ones((2, 2)))",
        "class Own(MSELoss):\n"
        "    def loss(self, by, A, Y):\n"
        "        def differentiate():\n"
        "            return np.exp(A).sum()\n"
        "        return differentiate()\n"
        "Own().forward(np.ones((2, 2)), np.ones((2, 2)))",
        "ReLU.function = staticmethod(lambda by, Z: Z * Z)\nMLP0().forward(np.ones((2, 2)))",
        "import builtins\n"
        "known, honest = id(type(layer).forward.__code__), id\n"
        "builtins.id = lambda thing: known\n"
        "try:\n"
        "    layer.differentiable(lambda by, A: A * A, np.ones(3))\n"
        "finally:\n"
        "    builtins.id = honest",
        "from types import SimpleNamespace\n"
        "method, honest = type(layer).forward, sys._getframe\n"
        "frame = SimpleNamespace(f_code=method.__code__, f_globals=method.__globals__, f_back=None)\n"
        "sys._getframe = lambda depth=0: frame\n"
        "try:\n"
        "    its = method.__globals__['__builtins__']['__import__']\n"
        "    its('mytorch.check.backends.autograd', method.__globals__, {}, ('x',))\n"
        "finally:\n"
        "    sys._getframe = honest",
        "type(layer).forward.__globals__['_layer'].__code__ = (lambda by, A, W, b: A * A).__code__\n"
        "layer.forward(np.ones((2, 2)))",
    ],
)
def test_stand_ins_differentiate_nothing_but_themselves(attempt):
    use = "import sys\nimport numpy as np\nfrom mytorch.models import MLP0\n"
    use += (
        "from mytorch.nn import Linear, MSELoss, ReLU\nlayer = Linear(2, 2)\nlayer.forward(np.ones((2, 2)))"
    )
    before, tried = record(use, attempt).outputs
    assert before[0]["output_type"] == "execute_result"
    assert [output["evalue"] for output in tried] == [ONLY]


FIND = """
import sys, types
from mytorch.nn import Linear
layer = Linear(1, 1)
layer.forward([[1.0]])
one = [layer, type(layer), get_ipython(), *sys.meta_path, *sys.modules.values(), *type(layer).__mro__]
steps = [value for thing in one for value in getattr(thing, "__dict__", {}).values()]
steps += [function.__globals__ for function in steps if isinstance(function, types.FunctionType)]
two = [value for thing in steps if isinstance(thing, dict) for value in thing.values()]
two += [value for thing in steps for value in getattr(thing, "__dict__", {}).values()]
modules = [thing for thing in (*one, *steps, *two) if isinstance(thing, types.ModuleType)]
names = {module.__name__ for module in modules} - {"mytorch.check.reference"}
print([name for name in names if name.endswith(("autograd", "reference"))])
"""


def test_no_name_leads_to_a_back_end_or_a_reference():
    assert text(record(FIND).outputs[0]) == "[]\n"


PARTS = """
import sys, types
from mytorch.nn import Linear
layer = Linear(1, 1)
layer.forward([[1.0]])
within = type(layer).differentiable.__globals__
finder = next(one for one in sys.meta_path if type(one) is types.SimpleNamespace)
its = [*vars(finder).values(), within["load"], within["over"]]
its.append(vars(sys.modules["mytorch.nn.linear"])["__builtins__"]["__import__"])
print(len(its), {name for one in its for name in ("__globals__", "__closure__", "__wrapped__", "__code__")
                 if hasattr(one, name)})
"""


def test_the_guards_show_nothing_of_themselves():
    assert text(record(PARTS).outputs[0]) == "6 set()\n"


WATCHED = """
import builtins, sys
import numpy as np
seen = set()
class Watched(dict):
    def update(self, *others, **more):
        seen.update(*others)
        dict.update(self, *others, **more)
    def __setitem__(self, name, module):
        seen.add(name)
        dict.__setitem__(self, name, module)
def watch(*arguments):
    seen.update(sys.modules)
    return honest(*arguments)
sys.modules, honest, builtins.__import__ = Watched(sys.modules), builtins.__import__, watch
from mytorch.nn import Linear
Linear(1, 1).forward(np.ones((1, 1)))
print(len(seen) > 9, [name for name in seen if "autograd" in name or "reference" in name])
"""


def test_whoever_watches_imports_sees_no_back_end():
    assert text(record(WATCHED).outputs[0]) == "True ['mytorch.check.reference']\n"


def test_no_name_leads_to_the_programs_around_a_notebook():
    names = "import sys\nprint({'apart', 'confine', 'earlier', 'inside'} & sys.modules.keys())"
    assert text(record(names).outputs[0]) == "set()\n"


# --- one submission after the other -------------------------------------------------------------------------

LEAVE = r"""
import ctypes, os, signal, socket, subprocess, sys
libc = ctypes.CDLL(None)
open("/tmp/left", "w").write("mine")
os.mkfifo("/tmp/pipe")
print("left", libc.semget(4711, 1, 0o1666) < 0, os.openpty() is not None)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind("\0abstract")
        server = socket.create_server(("127.0.0.1", 5000))
        while True:
            signal.pause()
    os._exit(0)
os.wait()
"""
LOOK = r"""
import os, socket, sys
def lines(path):
    return [line.split()[0] for line in open(path)][1:]
print(sorted(name for name in os.listdir("/proc") if name.isdigit()), os.getpid(), os.getppid())
tree = [(place, sorted(names), sorted(files)) for place, names, files in os.walk("/tmp")]
print([found for found in tree if not found[0].startswith(sys.prefix)])
print(lines("/proc/sysvipc/sem"), lines("/proc/net/unix"), lines("/proc/net/tcp"), os.listdir("/dev/pts"))
about = ("Cap", "NoNewPrivs", "Seccomp", "Uid")
print([line for line in open("/proc/self/status") if line.startswith(about)])
"""
KILL = r"""
import os, signal
for target in (0, 1, -1, os.getppid()):
    try:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.kill(target, signal.SIGTERM)
    except OSError:
        pass
os.kill(1, signal.SIGKILL), os.kill(-1, signal.SIGKILL)
print("still here")
"""


def alone(monkeypatch):
    """A system that refuses namespaces within a sandbox."""
    monkeypatch.setattr(apart, "CAPABILITIES", ())


@pytest.mark.parametrize("where", ["apart", "alone"])
def test_a_submission_finds_nothing_of_the_one_before(where, monkeypatch):
    if where == "alone":
        alone(monkeypatch)
    with Sandbox() as sandbox:
        first = text(sandbox.run("01_linear", [(LOOK, False)], 10).outputs[0])
        sandbox.close()
        warm = sandbox._process
        left = text(sandbox.run("01_linear", [(LEAVE, False), (LOOK, False)], 10).outputs[0])
        sandbox.close()
        second = text(sandbox.run("01_linear", [(LOOK, False)], 10).outputs[0])
        assert (sandbox._process is warm) == (where == "apart")
    assert left == "left True True\n"
    assert second.splitlines()[:3] == first.splitlines()[:3]
    said = first.splitlines()[3]
    assert said.count("0000000000000000") == 5 and "NoNewPrivs:\\t1" in said and "Seccomp:\\t2" in said


def test_what_a_submission_leaves_would_be_seen(sandbox):
    """Within one submission it is, by its next notebook: so it is the end of a submission that takes it."""
    before = text(sandbox.run("01_linear", [(LOOK, False)], 10).outputs[0])
    recording = sandbox.run("01_linear", [(LEAVE, False), (LOOK, False)], 10)
    same = zip(before.splitlines(), text(recording.outputs[1]).splitlines())
    assert [one == other for one, other in same] == [False, False, False, True]


def test_a_submission_that_kills_all_it_can_reaches_no_other(sandbox):
    sandbox.run("01_linear", [(KILL, False)], 10)
    warm = sandbox._process
    sandbox.close()
    assert text(sandbox.run("01_linear", [("print('here')", False)], 10).outputs[0]) == "here\n"
    assert sandbox._process is warm and warm.poll() is None


def test_nothing_of_a_submission_is_alive_when_the_next_begins(sandbox):
    stay = (
        "import os, time\nfor _ in range(9):\n    if os.fork() == 0:\n        os.setsid(); time.sleep(3600)"
    )
    sandbox.run("01_linear", [(stay, False), ("import os; os.kill(os.getpid(), 19)", False)], 1)
    sandbox.close()
    left = psutil.Process(sandbox._process.pid).children(recursive=True)
    sandbox.run("01_linear", [("1", False)], 10)
    now = psutil.Process(sandbox._process.pid).children(recursive=True)
    assert len(now) == len(left) + 1  # its own process 1


# --- in assignments that are not the course's own, cells do what they do in a kernel ------------------------


@pytest.fixture(scope="module")
def like_a_kernel():
    with Sandbox() as sandbox:
        sandbox.only_numpy = False
        yield sandbox


BEGIN_A_TASK = """import asyncio
done = []
async def work(): done.append(1)
task = asyncio.create_task(work())"""
SQUARE = """import multiprocessing
def square(x): return print(x) or x * x
with multiprocessing.get_context("fork").Pool(1) as pool: print(pool.map(square, [3]))"""
SPAWN = """import math, multiprocessing
with multiprocessing.get_context("spawn").Pool(1) as pool: print(pool.map(math.sqrt, [9]))"""
CAUGHT = "try: get_ipython().run_line_magic('nowhere', '')\nexcept Exception: print('caught')"
AS_IN_A_KERNEL = {
    "a figure is closed": (
        ["import matplotlib.pyplot as plt; plt.plot([1])", "print(plt.get_fignums())"],
        "[]",
    ),
    "a task goes on": ([BEGIN_A_TASK, "print(done)"], "[1]"),
    "a loop is running": (["import asyncio; print(asyncio.get_event_loop().is_running())"], "True"),
    "a context": (["import decimal; decimal.getcontext().prec = 2", "print(decimal.Decimal(1) / 3)"], "0.33"),
    "processes": ([SQUARE], "[9]\n3"),
    "new processes": ([SPAWN], "[3.0]"),
    "a magic that raises": ([CAUGHT], "caught"),
    "what is stored": (["one = 1\n%store one", "del one\n%store -r one\nprint(one)"], "1"),
    "the folder": (["%mkdir below\n%cd -q below", "open('own.py', 'w').close(); import own; print(1)"], "1"),
    "before packages": (
        ["open('pytest.py', 'w').close()", "import pytest; print(hasattr(pytest, 'mark'))"],
        "False",
    ),
    "python": (["!python -c 'import numpy; print(1)'"], "1"),
    "a kernel's magic": (["%autosave 60"], "Autosaving every 60 seconds"),
    "nbgrader's word": (["import os; print(os.environ['NBGRADER_EXECUTION'])"], "autograde"),
    "a user": (["import getpass; print(getpass.getuser())"], "student"),
    "a notebook": (
        ["print('IPKernelApp' in get_ipython().config, type(get_ipython()).__name__)"],
        "True ZMQInteractiveShell",
    ),
}


@pytest.mark.parametrize(("cells", "said"), AS_IN_A_KERNEL.values(), ids=AS_IN_A_KERNEL)
def test_cells_do_what_they_do_in_a_kernel(like_a_kernel, cells, said):
    recording = like_a_kernel.run("ps1", [(cell, False) for cell in cells], 10)
    like_a_kernel.close()
    assert text(recording.outputs[-1]) == f"{said}\n"


def test_a_notebook_finds_what_the_one_before_it_wrote_and_the_next_submission_does_not(like_a_kernel):
    write, look = "open('here', 'w').close()", "import os; print(os.listdir())"
    like_a_kernel.run("first", [(write, False)], 10)
    second = like_a_kernel.run("second", [(look, False)], 10)
    like_a_kernel.close()
    next_one = like_a_kernel.run("first", [(look, False)], 10)
    like_a_kernel.close()
    assert [text(recording.outputs[0]) for recording in (second, next_one)] == ["['here']\n", "[]\n"]


@pytest.mark.parametrize(
    ("cell", "mime"),
    [
        ("import matplotlib.pyplot as plt; plt.plot([1]); None", "image/png"),
        ("from tqdm.auto import tqdm\nfor each in tqdm([1]): pass", "text/plain"),
    ],
)
def test_figures_and_progress_bars_are_shown(like_a_kernel, cell, mime):
    """And say nothing on stderr, which would cost a test's points."""
    (outputs,) = like_a_kernel.run("ps1", [(cell, False)], 10).outputs
    like_a_kernel.close()
    assert [output["output_type"] for output in outputs] == ["display_data"] and mime in outputs[0]["data"]


def test_a_cell_that_waits_is_interrupted_and_the_next_ones_run(like_a_kernel):
    waits, goes_on = "import asyncio; await asyncio.sleep(60)", "await asyncio.sleep(0); print('here')"
    recording = like_a_kernel.run("ps1", [(waits, False), (goes_on, False)], 1)
    like_a_kernel.close()
    assert text(recording.outputs[1]) == "here\n"


def test_what_processes_share_takes_room_among_the_files():
    fill = "open('/dev/shm/a', 'wb').write(bytes(9 << 20)); open('b', 'wb').write(bytes(9 << 20))"
    with Sandbox() as small:
        small.disk = 12
        recording = small.run(NOTEBOOK, [(fill, False)], 10)
    assert "No space left on device" in text(recording.outputs[0])


# --- results do not depend on what ran before ---------------------------------------------------------------


def test_chance_is_the_same_in_every_notebook():
    chance = "import random, numpy as np; print(random.random(), np.random.rand(), hash('text'))"
    with Sandbox() as sandbox:
        first, second = (
            text(sandbox.run(name, [(chance, False)], 10).outputs[0])
            for name in ("01_linear", "02_activation")
        )
    assert first == second == text(record(chance).outputs[0])


def test_what_shows_an_error_is_loaded_for_all():
    new = "print(sorted(set(sys.modules) - before))"
    recording = record("import sys; before = set(sys.modules)", "1 / 0", new)
    assert recording.outputs[1][0]["ename"] == "ZeroDivisionError"
    assert text(recording.outputs[2]) == "[]\n"


def test_the_course_own_test_leaves_no_source_in_the_history(sandbox):
    recording = sandbox.run(
        NOTEBOOK, [("hidden = 'in the test'", True), ("print(hidden, In, _ih)", False)], 10
    )
    assert (
        text(recording.outputs[1])
        == "in the test ['', 'print(hidden, In, _ih)'] ['', 'print(hidden, In, _ih)']\n"
    )


def test_only_graded_checks_are_run(sandbox):
    layer = "class Linear:\n    def __init__(self, *sizes): print('run')"
    cells = [
        ("from mytorch.check import check", False),
        (layer, False),
        ("check(Linear)", False),
        ("check(Linear, seed=1)", True),
        ("check(Linear, seed=1)", False),
        ("check(Linear, seeds=1)", False),
    ]
    *_, before, graded, after, mistaken = sandbox.run("01_linear", cells, 10).outputs
    assert before == after == []
    assert "run" in text(graded) and MIME in graded[0]["data"]
    assert mistaken[0]["ename"] == "CannotCheck"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Z = self.layers[i].forward(A)", "Z = self.layers[i].forward(A[:, :1])"),
        ("dAdZ = self.f[i].backward()", "dAdZ = ReLU().backward()"),
    ],
)
def test_where_a_stand_in_stops_it_is_the_students_line_that_is_noted(sandbox, right, wrong):
    """As a check in the student's notebook has it."""
    source = inspect.getsource(LIBRARY_CLASSES["MLP1"]).replace(right, wrong)
    assert wrong in source
    cells = [
        ("from mytorch.check import check\nfrom mytorch.nn import Linear, ReLU", False),
        (source, False),
        ("check(MLP1)", True),
    ]
    graded = sandbox.run("03_mlp", cells, 10).outputs[-1]
    failure = Trace.from_json(graded[0]["data"][MIME]).failure
    assert failure.code == wrong and failure.integers["i"] in (0, 1)


# --- where there is no sandbox ------------------------------------------------------------------------------


@pytest.fixture
def hand_in(course, monkeypatch) -> Path:
    """A course with one hand-in of one notebook, where bubblewrap was not looked for yet."""
    bubblewrap.require_bubblewrap.cache_clear()
    write_solution(course, "ada", "01_linear", lean)
    yield course
    bubblewrap.require_bubblewrap.cache_clear()


def without_bwrap(folder: Path) -> str:
    """A PATH that has everything that nbgrader calls, and no bwrap."""
    folder.mkdir()
    (folder / "alembic").symlink_to(
        shutil.which("alembic", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    )
    return str(folder)


REFUSALS = {
    "locked": (
        "echo 'bwrap: No permissions to create a new namespace' >&2; exit 1",
        "No permissions to create a new namespace",
    ),
    "old": ("echo 'bwrap: Unknown option --disable-userns' >&2; exit 1", "Unknown option --disable-userns"),
    "silent": ("exit 1", "no reason given"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_nothing_is_graded_where_bubblewrap_does_not_work(hand_in, tmp_path, monkeypatch, kind):
    script, reason = REFUSALS[kind]
    monkeypatch.setenv("PATH", f"{fake_program(tmp_path / 'bin', 'bwrap', script)}:{os.environ['PATH']}")
    with pytest.raises(SandboxUnavailable, match=reason) as refused:
        Sandbox().require()
    assert "c.Sandbox.isolation = 'none'" in str(refused.value)


def test_nbgrader_stops_before_anything_is_graded(hand_in, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", without_bwrap(tmp_path / "bin"))
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
        cwd=hand_in,
        capture_output=True,
        text=True,
    )
    assert run.returncode != 0
    assert "bubblewrap (bwrap) is not installed" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (hand_in / "autograded").exists()
    assert scores(hand_in) == {}


def test_formgrader_is_told_why(hand_in, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", without_bwrap(tmp_path / "bin"))
    result = formgrader(hand_in).autograde(ASSIGNMENT, "ada")
    assert not result["success"]
    assert "bubblewrap (bwrap) is not installed" in result["log"]
    assert not (hand_in / "autograded").exists()


def formgrader(course: Path) -> NbGraderAPI:
    """The object that formgrader's buttons call, configured as the course is."""
    from grader.grading.coursedir import load

    app = load(course)
    return NbGraderAPI(CourseDirectory(config=app.config, root=str(course)), config=app.config)


def test_going_on_without_a_sandbox_is_asked_for_and_written_down(hand_in, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", without_bwrap(tmp_path / "bin"))
    with (hand_in / "nbgrader_config.py").open("a") as config:
        config.write("\nc.Sandbox.isolation = 'none'\n")
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
        cwd=hand_in,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    points = {item.name: item.points for item in ITEMS}
    assert scores(hand_in)["ada"]["Linear"] == points["Linear"]
    assert (
        "Graded without a sandbox"
        in (hand_in / "autograded" / "ada" / ASSIGNMENT / "01_linear.ipynb").read_text()
    )


# --- folders of hand-ins ------------------------------------------------------------------------------------


def test_a_hand_in_without_a_notebook_is_graded_and_told(hand_in):
    empty = hand_in / "submitted" / "ben" / ASSIGNMENT
    empty.mkdir(parents=True)
    (empty / "essay.docx").write_text("my solutions")
    os.mkfifo(empty / "timestamp.txt")
    log = nbgrader("autograde", ASSIGNMENT, root=hand_in)
    assert "ben: none of the notebooks was handed in" in log
    assert "ben: only the assignment's notebooks were read, not essay.docx" in log
    assert set(scores(hand_in)["ben"].values()) == {0}
    assert scores(hand_in)["ada"]["Linear"] > 0


def test_a_later_hand_in_replaces_the_first(hand_in):
    """nbgrader compares the timestamps in submitted/ and autograded/."""
    date = hand_in / "submitted" / "ada" / ASSIGNMENT / "timestamp.txt"
    date.write_text("2026-01-01 10:00:00 UTC")
    nbgrader("autograde", ASSIGNMENT, "--notebook=01_linear", root=hand_in)
    assert [path.name for path in (hand_in / "autograded" / "ada" / ASSIGNMENT).glob("*.ipynb")] == [
        "01_linear.ipynb"
    ]
    assert (
        date.parents[3] / "autograded" / "ada" / ASSIGNMENT / "timestamp.txt"
    ).read_text() == "2026-01-01 10:00:00 UTC"
    assert "Skipping existing" in nbgrader("autograde", ASSIGNMENT, "--notebook=01_linear", root=hand_in)
    date.write_text("2026-01-02 10:00:00 UTC")
    assert "Updating existing" in nbgrader("autograde", ASSIGNMENT, "--notebook=01_linear", root=hand_in)
