"""What processes may use, and what those of a sandbox use at this moment, measured from the outside."""

import os

import psutil

from .bubblewrap import HOME


def cores() -> int:
    """That this process, and what it starts, may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def family(pid: int) -> list[psutil.Process]:
    """A process and its descendants."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill(pid: int) -> None:
    """End a process and its descendants."""
    for process in family(pid):
        try:
            process.kill()
        except psutil.NoSuchProcess:
            pass


def memory(processes: list[psutil.Process], enough: int) -> int:
    """Bytes in use. Only when they seem to be more than ``enough``, memory that processes share is told
    apart, which takes time.
    """
    total = _sum(processes, lambda process: process.memory_info().rss)
    return _sum(processes, lambda process: process.memory_full_info().pss) if total > enough else total


def processor_time(processes: list[psutil.Process]) -> float:
    """Seconds, those of their children that have ended included."""
    return _sum(processes, lambda process: sum(process.cpu_times()[:4]))


def files(pid: int) -> int:
    """Files and folders in the sandbox's own file system, seen from a process in it."""
    try:
        space = os.statvfs(f"/proc/{pid}/root{HOME}")
    except OSError:
        return 0  # the process is gone
    return space.f_files - space.f_ffree


def sockets(pid: int) -> int:
    """In the network namespace of a process, those that are under way in another socket included."""
    try:
        with open(f"/proc/{pid}/net/sockstat", encoding="ascii") as file:
            return int(file.readline().split()[-1])  # sockets: used 3
    except (OSError, IndexError):
        return 0  # the process is gone


def _sum(processes: list[psutil.Process], measure) -> float:
    total = 0
    for process in processes:
        try:
            total += measure(process)
        except psutil.Error:
            pass
    return total
