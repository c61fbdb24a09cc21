"""For a program to which some places shall look full, or as if nobody could write there.

    python("-c", mounts(full=[folder]) + "from grader.__main__ import main; main()", "autograde", cwd=course)

Only that process sees it so: neither what it begins by multiprocessing nor anybody afterwards.
"""

from collections.abc import Iterable
from pathlib import Path

MOUNT = """
import os
from ctypes import c_ulong
from grader.grading.sandbox.apart import call

NEW_MOUNTS, NEW_USER = 0x00020000, 0x10000000
READ_ONLY, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 0x20, 0x1000, 0x4000, 0x40000
INHERITED = 0xE | 0x400  # flags of a mount that an ordinary user may not take away

def mount(source, place, kind, flags, options=None):
    call("mount", source, place, kind, c_ulong(flags), options)

user, group = os.geteuid(), os.getegid()
call("unshare", NEW_MOUNTS | (NEW_USER if user else 0))
if user:
    same = {"setgroups": "deny", "uid_map": f"{user} {user} 1", "gid_map": f"{group} {group} 1"}
    for name, text in same.items():
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
mount(None, b"/", None, RECURSIVE | PRIVATE)
for place in FULL:
    mount(b"tmpfs", place, b"tmpfs", 0, f"size={ROOM}".encode())
for place in READ:
    mount(place, place, None, BIND)
    mount(None, place, None, BIND | REMOUNT | READ_ONLY | (os.statvfs(place).f_flag & INHERITED))
os.chdir(os.getcwd())  # as it is seen from now on
"""


def mounts(full: Iterable[Path] = (), read_only: Iterable[Path] = (), room: int = 150_000) -> str:
    """What such a program does first. ``full``: folders with ``room`` bytes in them; ``read_only``: folders
    or files.
    """
    places = (list(map(bytes, paths)) for paths in (full, read_only))
    return "FULL, READ, ROOM = {!r}, {!r}, {!r}\n".format(*places, room) + MOUNT
