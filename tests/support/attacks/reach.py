"""Looking for what must not be there: each piece of code returns what it reached, or raises.

Pieces get ``seen``, a namespace of what the test has planted outside. A ``harmless`` one is also run without
a sandbox, where it must succeed: so a piece that only fails for a reason of its own proves nothing and is
noticed.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    name: str
    attempts: str
    source: str
    harmless: bool


PIECES: list[Piece] = []


def piece(harmless: bool) -> Callable:
    def register(function):
        source = inspect.getsource(function).partition("\n")[2]  # without the decorator
        PIECES.append(Piece(function.__name__, function.__doc__, source, harmless))
        return function

    return register


def cell(one: Piece, planted: dict[str, object]) -> str:
    """Source of a cell that prints "refused" or "reached", and why or what."""
    lines = [
        "import ctypes, glob, os, socket, sys, types",
        f"seen = types.SimpleNamespace(**{planted!r})",
        one.source,
        "try:",
        f"    found = {one.name}(seen)",
        "    print('reached' if found else 'refused', repr(found)[:300])",
        "except Exception as error:",
        "    print('refused', type(error).__name__, error)",
    ]
    return "\n".join(lines)


# --- files --------------------------------------------------------------------------------------------------


@piece(harmless=True)
def gradebook(seen):
    """Read the gradebook."""
    return open(seen.gradebook, "rb").read(100)


@piece(harmless=True)
def neighbour(seen):
    """Read another student's hand-in."""
    return open(seen.neighbour).read(100)


@piece(harmless=True)
def solutions(seen):
    """Read the course's notebooks with the solutions."""
    return open(seen.solution).read(100)


@piece(harmless=True)
def secret_at_home(seen):
    """Read a secret in the home folder of whoever grades."""
    return open(seen.secret).read()


@piece(harmless=True)
def temporary_files(seen):
    """List the machine's folder for temporary files."""
    return seen.temporary in os.listdir("/tmp")


@piece(harmless=True)
def through_process_one(seen):
    """Take the way through the root and the working folder of another process."""
    process = os.getppid()
    return open(f"/proc/{process}/root{seen.secret}").read()


@piece(harmless=True)
def users(seen):
    """Read who has an account."""
    return open("/etc/passwd").read(100)


@piece(harmless=True)
def own_library(seen):
    """Find the source of the course's library and with it the solutions."""
    import importlib.util

    sys.path.append(seen.repository)
    places = [
        spec.origin
        for name in ("grader", "mytorch.sections.linear.reference")
        if (spec := importlib.util.find_spec(name))
    ]
    return places or open(f"{seen.repository}/mytorch/nn/linear.py").read(100)


@piece(harmless=True)
def editable_install(seen):
    """Follow what an editable install left in site-packages to the repository."""
    for folder in sys.path:
        for path in glob.glob(f"{folder}/__editable__*mytorch*"):
            if os.path.getsize(path):
                return path
    return os.path.isdir(f"{seen.repository}/grader")


@piece(harmless=True)
def what_differentiates(seen):
    """Import torch or autograd, by its name and from every site-packages of the machine."""
    import importlib.util

    prefixes = (sys.prefix, sys.base_prefix, "/usr", "/usr/local", "/opt")
    sys.path += [path for prefix in prefixes for path in glob.glob(f"{prefix}/lib*/python3*/*-packages")]
    specs = map(importlib.util.find_spec, ("torch", "autograd"))
    # an empty folder is a namespace without an origin
    return [spec.origin for spec in specs if spec and spec.origin]


@piece(harmless=True)
def library_of_torch(seen):
    """Find torch's shared library anywhere below the prefixes, to load it with ctypes."""
    places = [
        f"{prefix}/lib/python3*/site-packages/torch*/lib/*.so"
        for prefix in (sys.prefix, sys.base_prefix, "/usr", "/usr/local")
    ]
    return [path for place in places for path in glob.glob(place)]


@piece(harmless=True)
def other_packages(seen):
    """Find nbgrader's or the grader's own process in what this Python has mapped or could open."""
    return (
        os.path.realpath(f"/proc/{seen.grader}/exe") if os.path.exists(f"/proc/{seen.grader}/exe") else None
    )


@piece(harmless=False)
def write_outside(seen):
    """Overwrite the gradebook, the neighbour, the library, Python and the system."""
    written = []
    places = [
        seen.gradebook,
        seen.neighbour,
        seen.secret,
        os.__file__,
        "/usr/bin/new",
        "/course/inside.py",
        "/course/new",
        "/new",
        "/etc/new",
    ]
    for path in places:
        try:
            open(path, "ab").close()
            written.append(path)
        except OSError:
            pass
    return written


@piece(harmless=False)
def devices(seen):
    """Write to the machine's devices."""
    written = []
    for path in (
        "/dev/new",
        "/dev/mem",
        "/dev/vda",
        "/dev/kmsg",
        "/proc/sysrq-trigger",
        "/proc/sys/kernel/hostname",
    ):
        try:
            open(path, "w").close()
            written.append(path)
        except OSError:
            pass
    return written


# --- the environment and the network ------------------------------------------------------------------------


@piece(harmless=True)
def environment(seen):
    """Find a variable of the grader's environment, in this process or another."""
    everything = [repr(dict(os.environ))]
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            everything.append(repr(open(path, "rb").read()))
        except OSError:
            pass
    return [text for text in everything if seen.variable in text]


@piece(harmless=True)
def server_on_localhost(seen):
    """Connect to a server on this machine."""
    return socket.create_connection(("127.0.0.1", seen.port), timeout=2)


@piece(harmless=True)
def abstract_socket(seen):
    """Connect to a socket that has a name and no file, as desktops and sessions use."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect("\0" + seen.abstract)
    return connection


@piece(harmless=False)
def network_interfaces(seen):
    """Look for a network card."""
    return [name for _, name in socket.if_nameindex() if name != "lo"]


@piece(harmless=False)
def names_and_addresses(seen):
    """Resolve a name, and send a packet out."""
    reached = []
    for attempt in (
        lambda: socket.getaddrinfo("example.org", 80),
        lambda: socket.create_connection(("1.1.1.1", 53), timeout=2),
    ):
        try:
            reached.append(attempt())
        except OSError:
            pass
    return reached


@piece(harmless=False)
def sockets_past_the_namespace(seen):
    """Open kinds of sockets that a network namespace does not take in: the hypervisor's, raw ones, the
    kernel's ciphers.
    """
    opened = []
    for family, kind in (
        (40, socket.SOCK_STREAM),
        (socket.AF_PACKET, socket.SOCK_RAW),
        (38, socket.SOCK_SEQPACKET),
        (31, socket.SOCK_RAW),
    ):
        try:
            opened.append(socket.socket(family, kind, 0))
        except OSError:
            pass
    return opened


# --- the kernel ---------------------------------------------------------------------------------------------


@piece(harmless=True)
def the_graders_process(seen):
    """See and signal the grader."""
    os.kill(seen.grader, 0)
    return seen.grader


@piece(harmless=True)
def keyring(seen):
    """Put a key into the keyring of the session, where the grader's own may lie."""
    libc = ctypes.CDLL(None, use_errno=True)
    # the process's own ring
    key = libc.syscall(seen.add_key, b"user", b"a-test", b"x", ctypes.c_size_t(1), ctypes.c_long(-2))
    return key > 0


@piece(harmless=False)
def more_privileges(seen):
    """Become root: by setuid, by programs that may, by capabilities."""
    import subprocess

    gained = []
    for attempt in (
        lambda: os.setuid(0),
        lambda: os.setgroups([0]),
        lambda: os.chroot("/tmp"),
        lambda: os.mknod("/tmp/vda", 0o60600, 0),
    ):
        try:
            attempt()
            gained.append("call")
        except OSError:
            pass
    for command in (
        ["su", "-c", "id"],
        ["sudo", "-n", "id"],
        ["mount", "-t", "tmpfs", "x", "/tmp"],
        ["newgrp"],
        ["bwrap", "--bind", "/", "/", "id"],
    ):
        try:
            run = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=2)
            gained += command[:1] if run.returncode == 0 and b"uid=0" in run.stdout else []
        except (OSError, subprocess.TimeoutExpired):
            pass
    status = open("/proc/self/status").read()
    gained += [] if "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status else ["capabilities"]
    return gained


@piece(harmless=False)
def other_namespaces(seen):
    """Enter or make namespaces, mount, watch the kernel, use io_uring."""
    libc = ctypes.CDLL(None, use_errno=True)
    flags = (0x10000000, 0x00020000, 0x20000000, 0x40000000, 0x04000000, 0x08000000)
    done = [hex(flag) for flag in flags if libc.unshare(flag) == 0]
    done += [
        number
        for number in seen.calls
        if libc.syscall(number, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != 1
    ]
    done += [
        flag
        for flag in flags[:1]
        if libc.syscall(seen.clone, ctypes.c_ulong(flag | 17), None, None, None, None) != -1
    ]
    return done


# --- the class under test -----------------------------------------------------------------------------------


@piece(harmless=False)
def reference_in_memory(seen):
    """Find compiled code of the class under test, or of a later section, among all objects and modules."""
    import gc

    later = [name for finder in sys.meta_path for name in getattr(finder, "modules", ())]
    codes = [value.__code__ for value in gc.get_objects() if isinstance(value, types.FunctionType)]
    reached = [
        code.co_qualname
        for code in codes
        if code.co_qualname.startswith("BatchNorm1d.") and code.co_filename.startswith("mytorch")
    ]
    return reached + [name for name in later if "batchnorm" in name]
