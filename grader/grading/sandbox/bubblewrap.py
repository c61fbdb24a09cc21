"""The bubblewrap command around the program that runs in the sandbox: what it may do, and as whom."""

import itertools
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from . import machine

HOME = "/tmp"  # in the sandbox: the one place where a submission can write
# unused user ids: so many for each process of the grader, which is enough at a time
FIRST_USER, SANDBOXES = 0x7000_0000, 64
UNSHARED = "--unshare-user --unshare-all --disable-userns --new-session --die-with-parent --as-pid-1".split()
# a shared mapping of zero is memory that no limit counts
DEVICES = ("--dev", "/dev", "--dev-bind", os.devnull, "/dev/zero")

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
    for path in sorted(machine.private() & set(machine.system())):
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

    The system and this Python are visible too, less what ``machine.hidden_paths`` names.
    """
    inner = ["bwrap", *UNSHARED]
    inner += [part for capability in capabilities for part in ("--cap-add", capability)]
    inner += ["--proc", "/proc", *DEVICES]
    inner += ["--size", str(disk), "--perms", "0700", "--tmpfs", HOME]
    system, folders = machine.system(), []
    paths = {*system, *machine.hidden_paths(without)}
    for path in sorted(paths, key=lambda path: (len(path.parts), path)):  # the innermost counts
        if path in system:
            inner += ["--ro-bind", str(path), str(path)]
        elif path.is_dir():
            inner += ["--tmpfs", str(path)]
            folders += ["--remount-ro", str(path)]
        else:
            inner += ["--ro-bind", os.devnull, str(path)]
    inner += machine.links()
    for source, place in visible:
        inner += ["--ro-bind", str(source), place]
    inner += [*folders, "--remount-ro", "/dev", "--remount-ro", "/", "--", *program]
    if os.geteuid():
        return inner
    return [*_as_nobody([*map(str, system), *(str(source) for source, _ in visible)]), *inner]


def _as_nobody(paths: list[str]) -> list[str]:
    """For root: limits on processes do not bind root, so an outer bubblewrap hands over to a user that exists
    nowhere else.
    """
    user = str(FIRST_USER + os.getpid() * SANDBOXES + next(_count) % SANDBOXES)
    ancestors = sorted(
        {str(parent) for path in paths for parent in Path(path).parents if str(parent) != "/"}, key=len
    )
    outer = "bwrap --die-with-parent --cap-add CAP_SETUID --cap-add CAP_SETGID --dev /dev".split()
    outer += ["--perms", "0755", "--dir", "/tmp"]  # where the inner one puts its new root together
    for ancestor in ancestors:
        outer += ["--perms", "0755", "--dir", ancestor]
    for path in paths:
        outer += ["--ro-bind", path, path]
    outer += [*machine.links(), "--bind", "/proc", "/proc", "--"]
    whom = ["--reuid", user, "--regid", user, "--clear-groups"]
    return [*outer, "setpriv", *whom, "--pdeathsig", "KILL", "--"]
