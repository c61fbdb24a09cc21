"""A control group around a sandbox, where systemd makes one: the kernel counts in it what no process has as
its own, too, such as what waits in sockets and pipes, and what comes and goes between two looks.
"""

import os
import shutil
from pathlib import Path

MOUNTED = Path("/sys/fs/cgroup")


def around(memory: int, environment: dict[str, str]) -> list[str]:
    """What to put before a command: the program starts in a group of its own that may hold so many bytes, and
    with this environment. Nothing where systemd is not installed, or could end it before its time.

    systemd-run becomes the program, which sees nothing of the way to systemd.
    """
    program, user = shutil.which("systemd-run"), os.geteuid()
    # A user's systemd ends with the last login, and ends what it has started. It stays while the login has a
    # process, but not for a service or a batch job.
    is_login = f"/user-{user}.slice/" in _place("self")
    if program is None or (user and not is_login):
        return []
    scope = ["--scope", "--collect", "--quiet", "--description=A sandbox for notebooks"]
    # else systemd would end all the others when the kernel has ended one
    limits = ["-p", f"MemoryMax={memory}", "-p", "MemorySwapMax=0", "-p", "OOMPolicy=continue"]
    variables = [f"{name}={value}" for name, value in environment.items()]
    systemd_run = [f"XDG_RUNTIME_DIR=/run/user/{user}", program, *["--user"] * bool(user)]
    return ["env", *systemd_run, *scope, *limits, "--", "env", "-i", *variables]


def group_of(pid: int, memory: int) -> Path | None:
    """The folder of a process' group; None where no such limit is in force in it."""
    group = MOUNTED / _place(pid)
    try:
        return group if (group / "memory.max").read_text(encoding="ascii") == f"{memory}\n" else None
    except OSError:
        return None


def _place(pid: int | str) -> str:
    """Of a process' group, below MOUNTED."""
    try:
        return Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").rpartition("0::/")[2].rstrip("\n")
    except OSError:
        return ""  # it has ended


def was_full(group: Path) -> bool:
    """Has the kernel found nothing to give back at its limit, and so ended a process? Those that it ends
    because the machine has no more memory are counted elsewhere.
    """
    try:
        return "\noom 0\n" not in (group / "memory.events").read_text(encoding="ascii")
    except OSError:
        return False  # all of its processes are gone, and it with them
