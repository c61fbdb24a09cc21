"""The bubblewrap command around the program that runs in the sandbox: what it may see, and as whom it
runs.
"""

import csv
import itertools
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path

HOME = "/tmp"  # in the sandbox: the one place where a submission can write
# unused user ids: so many for each process of the grader, which is enough at a time
FIRST_USER, SANDBOXES = 0x7000_0000, 64
UNSHARED = (
    "--unshare-user",
    "--unshare-all",
    "--disable-userns",
    "--new-session",
    "--die-with-parent",
    "--as-pid-1",
)
# a shared mapping of zero is memory that no limit counts
DEVICES = ("--dev", "/dev", "--dev-bind", os.devnull, "/dev/zero")

# Distributions that have the answers of our notebooks, or differentiate by themselves.
ANSWERS = tuple(
    "torch autograd scipy sympy tensorflow keras jax jaxlib micrograd tinygrad minitorch mlx mxnet "
    "paddlepaddle chainer casadi uncertainties aesara pytensor theano".split()
)

_count = itertools.count()


class SandboxUnavailable(Exception):
    """There is no working bubblewrap here; the message says what to do."""


@cache
def require_bubblewrap() -> None:
    """Raises SandboxUnavailable unless a sandbox can be started here. Tried once a process."""
    if shutil.which("bwrap") is None:
        raise SandboxUnavailable(_advice("bubblewrap (bwrap) is not installed", _install("bubblewrap")))
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        raise SandboxUnavailable(
            _advice("setpriv, which root needs, is not installed", _install("util-linux"))
        )
    for path in sorted(_private() & set(_system())):
        raise SandboxUnavailable(
            _advice(f"Python is installed in {path} itself, which a sandbox would then show")
        )
    try:
        trial = subprocess.run(
            command(["/usr/bin/true"], [], 1_000_000), capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxUnavailable(_advice(f"bubblewrap could not be started ({error})")) from None
    if trial.returncode:
        reason = trial.stderr.strip().splitlines()
        raise SandboxUnavailable(
            _advice(
                f"bubblewrap does not work here ({reason[-1] if reason else 'no reason given'})",
                "It has to be 0.8 or newer, on a Linux machine that allows you user namespaces; "
                "docs/handbook.md, step 1, says how",
            )
        )


def _advice(
    what: str, then: str = "Install bubblewrap 0.8 or newer on a Linux machine that allows user namespaces"
) -> str:
    return (
        f"{what}, so students' code cannot be kept apart from your files. {then}. Or, if you accept that a "
        "submission can read and change everything that you can, set c.Sandbox.isolation = 'none' in "
        "nbgrader_config.py."
    )


def _install(package: str) -> str:
    """The line to type on this machine."""
    if not sys.platform.startswith("linux"):
        return "The sandbox needs Linux: grade on a Linux machine"
    for manager in ("apt", "dnf"):
        if shutil.which(manager):
            return f"To install it, type: {'sudo ' * (os.geteuid() != 0)}{manager} install {package}"
    return f"Install {package} with this machine's package manager"


def command(
    program: list[str],
    visible: list[tuple[Path, str]],
    disk: int,
    capabilities: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
) -> list[str]:
    """``program`` in bubblewrap. ``visible``: (file or folder, where it is seen), read-only; ``disk``: bytes
    it may fill; ``capabilities``: that it keeps, within its own namespaces; ``without``: distributions, and
    what needs them, that are not to be seen.

    The system and this Python are visible too, less what ``hidden_paths`` names.
    """
    inner = [
        "bwrap",
        *UNSHARED,
        *(part for capability in capabilities for part in ("--cap-add", capability)),
        "--proc",
        "/proc",
        *DEVICES,
        "--size",
        str(disk),
        "--perms",
        "0700",
        "--tmpfs",
        HOME,
    ]
    folders = []
    for path in sorted({*_system(), *hidden_paths(without)}, key=lambda path: (len(path.parts), path)):
        # the innermost counts
        if path in _system():
            inner += ["--ro-bind", str(path), str(path)]
        elif path.is_dir():
            inner += ["--tmpfs", str(path)]
            folders += ["--remount-ro", str(path)]
        else:
            inner += ["--ro-bind", os.devnull, str(path)]
    inner += _links()
    for source, place in visible:
        inner += ["--ro-bind", str(source), place]
    inner += [*folders, "--remount-ro", "/dev", "--remount-ro", "/", "--", *program]
    return (
        inner
        if os.geteuid()
        else [*_as_nobody([*map(str, _system()), *(str(source) for source, _ in visible)]), *inner]
    )


def _as_nobody(paths: list[str]) -> list[str]:
    """For root: limits on processes do not bind root, so an outer bubblewrap hands over to a user that exists
    nowhere else.
    """
    user = str(FIRST_USER + os.getpid() * SANDBOXES + next(_count) % SANDBOXES)
    ancestors = sorted(
        {str(parent) for path in paths for parent in Path(path).parents if str(parent) != "/"}, key=len
    )
    outer = [
        "bwrap",
        "--die-with-parent",
        "--cap-add",
        "CAP_SETUID",
        "--cap-add",
        "CAP_SETGID",
        "--dev",
        "/dev",
    ]
    outer += ["--perms", "0755", "--dir", "/tmp"]  # where the inner one puts its new root together
    for ancestor in ancestors:
        outer += ["--perms", "0755", "--dir", ancestor]
    for path in paths:
        outer += ["--ro-bind", path, path]
    outer += [*_links(), "--bind", "/proc", "/proc", "--"]
    return [
        *outer,
        "setpriv",
        "--reuid",
        user,
        "--regid",
        user,
        "--clear-groups",
        "--pdeathsig",
        "KILL",
        "--",
    ]


@cache
def _system() -> tuple[Path, ...]:
    """/usr and this Python, by every path that leads to it."""
    prefixes = {
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path(sys.base_exec_prefix),
        Path(sys.executable).resolve().parents[1],
    }
    found = {
        Path("/usr"),
        *(Path(os.path.abspath(path)) for path in prefixes),
        *(path.resolve() for path in prefixes),
    }
    libraries = [
        path
        for name in ("lib", "lib64", "lib32", "bin", "sbin")
        if (path := Path("/", name)).is_dir() and not path.is_symlink()
    ]
    configuration = [
        path for name in ("ld.so.cache", "fonts", "localtime") if (path := Path("/etc", name)).exists()
    ]
    return (*sorted(found), *libraries, *configuration)


@cache
def _links() -> list[str]:
    """/lib and the like, where they are links into /usr."""
    links = [
        path for name in ("lib", "lib64", "lib32", "bin", "sbin") if (path := Path("/", name)).is_symlink()
    ]
    return [part for path in links for part in ("--symlink", os.readlink(path), str(path))]


def hidden_paths(without: tuple[str, ...]) -> tuple[Path, ...]:
    """Inside what is visible, what a submission may not see: these distributions, and for none the course,
    other Pythons' packages, hand-ins.
    """
    paths = {*_packages(without), *_private()}
    return tuple(
        sorted(path for path in paths if any(root in path.parents for root in _system()) and path.exists())
    )


@cache
def _packages(without: tuple[str, ...]) -> set[Path]:
    paths = {path for installed in _hidden_distributions(without) for path in _top_level(installed)}
    here = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    others = [
        path
        for root in _system()
        for path in (*root.glob("lib*/python3*/site-packages"), *root.glob("lib*/python3*/dist-packages"))
    ]
    others += [
        *Path("/usr/local").glob("lib*/python3*/*-packages"),
        *Path("/usr/lib/python3").glob("dist-packages"),
    ]
    return paths | {path for path in others if path.resolve() not in here}


def _private() -> set[Path]:
    """Where the grader's files may lie."""
    course = {Path.cwd(), Path.home(), Path(__file__).parents[3], Path(sys.prefix, "share", "jupyter")}
    shared = (
        Path("/usr", *parts)
        for parts in (
            ("src",),
            ("local", "src"),
            ("local", "share", "jupyter"),
            ("local", "share", "nbgrader"),
        )
    )
    return {path.resolve() for path in (*course, *shared)}


def _hidden_distributions(without: tuple[str, ...]) -> list[Distribution]:
    """Those, whatever needs one, and the course: every installed one, a folder of the course on sys.path
    hides none.
    """
    names = (*without, "mytorch-course")
    return [
        each
        for each in distributions()
        if _mentions(each, names)
        and (
            (each.name or "").lower() in names
            or any(_needs(requirement, names) for requirement in each.requires or [])
        )
    ]


def _mentions(installed: Distribution, names: tuple[str, ...]) -> bool:
    """Told from the text, since parsing it takes long, and there may be hundreds."""
    text = installed.read_text("METADATA")
    lower = text and text.lower()
    return text is None or any(name in lower for name in names)


def _needs(requirement: str, names: tuple[str, ...]) -> bool:
    """Not what only an extra needs: fonttools, and so matplotlib, works without the SciPy of its extra."""
    return (
        re.split(r"[^\w.-]", requirement.strip())[0].lower() in names
        and "extra" not in requirement.partition(";")[2]
    )


def _top_level(installed: Distribution) -> set[Path]:
    """The files and folders that a distribution put into site-packages."""
    # torch's has twelve thousand lines, and ``files`` makes an object of each
    record = installed.read_text("RECORD")
    files = (
        [row[0] for row in csv.reader(record.splitlines()) if row]
        if record
        else [file.as_posix() for file in installed.files or []]
    )
    names = {file.partition("/")[0] for file in files} - {"", "..", "__pycache__"}
    return {Path(installed.locate_file(name)) for name in names if not name.endswith(".dist-info")}
