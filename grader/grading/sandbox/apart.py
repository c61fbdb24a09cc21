"""What the warm Python puts between one submission and the next: process 1 of each is forked into
namespaces of its own, with an empty /tmp.

bubblewrap has made the sandbox around the warm Python, which keeps three capabilities in it for this. A
submission's process 1 gives them up before any of its code runs. The sandbox runs this file by itself, so it
imports the standard library only.
"""

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Collection, Iterator
from pathlib import Path

CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SETPCAP")
CAP_SETPCAP, CAP_NET_ADMIN, CAP_SYS_ADMIN = 8, 12, 21
# All but users: mounts, control groups, host name, messages and semaphores, processes, network.
OWN = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000
NOSUID, NODEV, NOEXEC, BIND, RECURSIVE = 2, 4, 8, 0x1000, 0x4000  # flags of mount
PR_CAPBSET_DROP, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 24, 47, 4
CAPABILITY_VERSION = 0x20080522
SIOCSIFFLAGS, IFF_UP = 0x8914, 1

libc = ctypes.CDLL(None, use_errno=True)


def fork_apart(begin, home: str, disk: int) -> int:
    """Fork a process 1 that calls ``begin()``, with ``disk`` bytes of room at ``home``, which holds what it
    holds now. Returns its pid as it is called out here. Raises OSError.
    """
    told, telling = os.pipe()
    child = os.fork()
    if child == 0:
        # New namespaces of processes hold for children only, and a process can ask for them once.
        try:
            call("unshare", OWN)
            first = os.fork()
            if first == 0:
                os.close(told)
                os.close(telling)
                os.setsid()  # no signal to its group leaves its namespace
                furnish(home, disk)
                begin()
            else:
                os.write(telling, str(first).encode())
        finally:
            os._exit(0)
    os.close(telling)
    with open(told, "rb") as answer:
        pid = answer.read()
    os.waitpid(child, 0)
    if not pid:
        raise OSError("no namespaces of its own")
    return int(pid)


def furnish(home: str, disk: int) -> None:
    """As bubblewrap does it: what shows processes and terminals anew, an empty ``home``, and a network of
    this process alone. Raises OSError.
    """
    os.chdir("/")
    call("mount", b"proc", b"/proc", b"proc", ctypes.c_ulong(NOSUID | NODEV | NOEXEC), None)
    options = b"newinstance,ptmxmode=0666,mode=620"
    call("mount", b"devpts", b"/dev/pts", b"devpts", ctypes.c_ulong(NOSUID | NOEXEC), options)
    mounts = {path: os.open(path, os.O_PATH) for path in mounts_below(home)}
    kept = {path: path.read_bytes() for path in files_below(home, mounts)}
    options = f"size={disk},mode=0700".encode()
    call("mount", b"tmpfs", home.encode(), b"tmpfs", ctypes.c_ulong(NOSUID | NODEV), options)
    for path, content in kept.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for path, held in mounts.items():
        Path(path).mkdir(parents=True, exist_ok=True)
        source = f"/proc/self/fd/{held}".encode()
        call("mount", source, path.encode(), None, ctypes.c_ulong(BIND | RECURSIVE), None)
        os.close(held)
    # semaphores and shared memory of processes are files there: they take of the same room
    call("mount", home.encode(), b"/dev/shm", None, ctypes.c_ulong(BIND), None)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        fcntl.ioctl(link, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def mounts_below(home: str) -> list[str]:
    """The folders that are mounted there, as a Python that is installed below it is; the outermost."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        places = sorted(line.split()[4].encode().decode("unicode_escape") for line in file)
    found: list[str] = []
    for place in places:
        is_inside = any(place.startswith(f"{other}/") for other in found)
        if place.startswith(f"{home}/") and os.path.isdir(place) and not is_inside:
            found.append(place)
    return found


def files_below(home: str, mounts: Collection[str]) -> Iterator[Path]:
    for folder, folders, names in os.walk(home):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in mounts]
        yield from (Path(folder, name) for name in names)


def give_up_capabilities() -> None:
    """For good, with all that a program that is started could gain. Raises OSError."""
    for capability in (CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_SETPCAP):
        call("prctl", PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0)
    call("prctl", PR_CAP_AMBIENT, ctypes.c_ulong(PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0)
    call("capset", struct.pack("II", CAPABILITY_VERSION, 0), bytes(24))


def call(name: str, *arguments) -> None:
    """A function of the C library that returns 0, or raises OSError."""
    if getattr(libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
