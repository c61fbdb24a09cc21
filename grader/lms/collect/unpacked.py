"""What was unpacked: what lies where, and what could not be collected of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """What was not collected. ``students``: whose it is; none when nobody could be matched. ``may_be`` are
    then ids of those who are not ruled out.
    """

    file: str
    students: tuple[str, ...]
    reason: str
    root: Path | None = None  # of the export that it is in
    may_be: tuple[str, ...] = ()
    is_handin: bool = True  # not something that only lies beside the hand-ins


class Unpacked:
    """``roots``: each holds the hand-ins of several students; ``refused``: what was not unpacked there."""

    def __init__(self, roots: list[Path], refused: list[tuple[Path, str]]):
        self.roots, self.refused = roots, refused
        self.problems: list[Problem] = []

    def problem(self, path: Path, students: Iterable[str], reason: str, **more) -> None:
        self.problems.append(Problem(self.shown(path), tuple(students), reason, self.root(path), **more))

    def is_refused(self, path: Path) -> bool:
        return any(path == refused for refused, _ in self.refused)

    def shown(self, path: Path) -> str:
        return path.relative_to(self.root(path)).as_posix()

    def root(self, path: Path) -> Path:
        return next(root for root in self.roots if is_in(path, root))


def is_in(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents
