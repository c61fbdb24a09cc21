"""Blackboard.

Exports loose files ``<assignment>_<user name>_attempt_<2026-11-20-23-03-00>_<file>``, and beside those of
each attempt a receipt, ``<assignment>_<user name>_attempt_<time>.txt``, whose first line ends with the user
name in brackets; text that was typed in stands there, too. The time is the local one, without saying of
where. Both the assignment and the user name may have underscores: without receipts the user name is what the
names of several students do not share.

Takes back the file that "Work Offline, Download" gives, the column "<assignment> [Total Pts: 100 Score]
|<number>": with another header a new column would be made. No files for a whole class.
"""

import os
import re
from datetime import datetime
from pathlib import Path

from .system import Sender, System

# The first time is Blackboard's; what follows it is the student's.
NAME = re.compile(
    r"(?P<whose>.+?_.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))", re.DOTALL
)
FIRST_LINE = re.compile(r"[^:]*:\s*(?P<name>.*?)\s*\((?P<user>[^()]+)\)\s*")
LONGEST = 1000  # bytes of a first line


class Blackboard(System):
    name = "Blackboard"
    lists = ("gc_",)
    sheet = "grade book (Work Offline, Download)"

    def sender(self, name: str) -> Sender | None:
        match = NAME.fullmatch(name)
        return match and _sender(match, match["whose"].rpartition("_")[2])

    def senders_in(self, folder: Path) -> dict[str, list[Sender]]:
        found = [match for path in folder.iterdir() if (match := NAME.fullmatch(path.name))]
        people = _people({match["whose"] for match in found})
        for match in found:
            told = match["receipt"] and _first_line(folder / match[0])
            if told and match["whose"].endswith(f"_{told['user']}"):
                people[match["whose"]] = told["user"], told["name"]
        with_files = {(match["whose"], match["time"]) for match in found if match["file"]}
        return {
            match[0]: []
            if match["receipt"] and (match["whose"], match["time"]) in with_files
            else [_sender(match, *people[match["whose"]])]
            for match in found
        }

    def column(self, assignment: str) -> str:
        return rf"{re.escape(assignment)} \[.*\](\s*\|\d+)?"


def _sender(match: re.Match, user: str, name: str = "") -> Sender:
    try:
        time = datetime.strptime(match["time"], "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        time = None
    return Sender(Blackboard.name, name, user, time=time, file=match["file"] or match[0])


def _people(whose: set[str]) -> dict[str, tuple[str, str]]:
    """User names (and no names) by what stands before the time. Two are never one."""
    shared = os.path.commonprefix([*whose]).rpartition("_")[0] if len(whose) > 1 else ""
    users = {one: one[len(shared) + 1 :] if shared else one.rpartition("_")[2] for one in whose}
    is_clear = len({*users.values()}) == len(whose)
    return {one: (user if is_clear else one, "") for one, user in users.items()}


def _first_line(receipt: Path) -> re.Match | None:
    if not receipt.is_file():
        return None
    with receipt.open("rb") as file:
        line = file.readline(LONGEST).decode("utf-8", "replace")
    return FIRST_LINE.fullmatch(line.lstrip("\ufeff"))
