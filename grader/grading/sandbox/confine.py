"""What the sandbox's first process gives up for good, and every process with it: some system calls, and being
looked into.

The sandbox runs this file by itself, so it imports the standard library only.
"""

import ctypes
import os
import platform
import struct

PR_SET_DUMPABLE, PR_SET_SECCOMP = 4, 22
SECCOMP_MODE_FILTER = 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM
LOAD, EQUAL, AT_LEAST, AND, RETURN = 0x20, 0x15, 0x35, 0x54, 0x06  # of classic BPF
SYSCALL, ARCHITECTURE, FIRST_ARGUMENT, FOURTH_ARGUMENT = 0, 4, 16, 40  # offsets in struct seccomp_data

# Names with their numbers on x86_64 and aarch64.
REFUSED = {
    # looking into other processes: the first one holds the line to the outside
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # memory that belongs to no process, so that no limit counts it
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "mq_open": (240, 180),
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
    # parts of the kernel that a notebook has no use for
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
MMAP = (9, 222)
# MAP_SHARED | MAP_ANONYMOUS: a process can give up its pages, and they stay, counted as nobody's
SHARED_ANONYMOUS = 0x21
SOCKET = (41, 198)
# unix, IPv4, IPv6, netlink: those that the network namespace takes in; not vsock
SOCKET_FAMILIES = (1, 2, 10, 16)
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH
FIRST_X32 = 0x40000000  # x86_64's second set of numbers


def confine() -> None:
    """For a process that may not gain privileges. Raises OSError where the kernel refuses, KeyError on
    another processor.
    """
    program = refusing_filter(platform.machine())
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header)
    set_open_to_others(False)


def set_open_to_others(is_open: bool) -> None:
    """May processes of the same user read this one's memory and use its files, through /proc?"""
    prctl(PR_SET_DUMPABLE, int(is_open), None)


def prctl(option: int, value: int, data: bytes | None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), data, ctypes.c_ulong(0), ctypes.c_ulong(0)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def refusing_filter(machine: str) -> bytes:
    """A seccomp program: everything but the calls above is allowed, by this processor's own set of
    numbers.
    """
    column, architecture = ARCHITECTURES[machine]
    refused = [numbers[column] for numbers in REFUSED.values()]
    # (operation, where to if true, where to if false, value); None is the next one
    steps = [
        (LOAD, None, None, ARCHITECTURE),
        (EQUAL, None, "refuse", architecture),
        (LOAD, None, None, SYSCALL),
        (AT_LEAST, "refuse", None, FIRST_X32),
        *((EQUAL, "refuse", None, number) for number in refused),
        (EQUAL, None, "socket", MMAP[column]),
        (LOAD, None, None, FOURTH_ARGUMENT),
        (AND, None, None, SHARED_ANONYMOUS),
        (EQUAL, "refuse", "allow", SHARED_ANONYMOUS),
        (EQUAL, None, "allow", SOCKET[column]),
        (LOAD, None, None, FIRST_ARGUMENT),
        *((EQUAL, "allow", None, family) for family in SOCKET_FAMILIES),
        (RETURN, None, None, REFUSE),
        (RETURN, None, None, ALLOW),
    ]
    place = {
        "refuse": len(steps) - 2,
        "allow": len(steps) - 1,
        "socket": len(steps) - 4 - len(SOCKET_FAMILIES),
    }

    def jump(index: int, target: str | None) -> int:
        return place[target] - index - 1 if target else 0

    return b"".join(
        struct.pack("HBBI", code, jump(i, yes), jump(i, no), value)
        for i, (code, yes, no, value) in enumerate(steps)
    )
