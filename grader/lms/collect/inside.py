"""What is in it?  Of one hand-in's files the assignment's notebooks, whatever they are called, and what goes
along.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from grader.grading import lacking
from mytorch.characters import first_few, printable
from mytorch.course import ASSIGNMENTS

from ..systems.registry import SYSTEMS
from .archives import is_archive
from .attempts import Attempt
from .filenames import NOISE, NOTEBOOK, Notebooks, age_by_name, copy_number, is_notebook
from .times import Times
from .unpacked import Unpacked, is_in
from .whose import STRAY, Sent

TYPED = {system.typed for system in SYSTEMS.values()}
SHOWN = 5  # files of a hand-in that a sentence names


class Inside:
    """Puts hand-ins together. ``expected`` has the named cells of the assignment's notebooks."""

    def __init__(
        self,
        unpacked: Unpacked,
        times: Times,
        assignment: str,
        notebooks: Notebooks,
        expected: dict[str, set[str]],
    ):
        self.unpacked, self.times = unpacked, times
        self.assignment, self.notebooks, self.expected = assignment, notebooks, expected

    def attempt(self, student: str, group: list[Sent]) -> Attempt:
        """Without notebooks where none is in it, or none can be taken; that is noted as a problem."""
        attempt, others = self._dated(student, group), []
        candidates = defaultdict(list)
        for handin in group:
            for path, rank in self._files(handin):
                given = _given(handin, path)
                if name := self.notebooks.recognise(given):
                    candidates[name].append((rank, path))
                else:
                    others.append((given, path, _is_loose(path, handin)))
        for name, found in sorted(candidates.items()):
            attempt.notebooks[name + NOTEBOOK] = self._best(name, found, attempt)
        self._other_files([(name, path) for name, path, _ in others], attempt)
        first = group[0].path
        if both := _file_and_folder(attempt.notebooks):
            of_both = f"a file and a folder of one name, {printable(both)}"
            self.unpacked.problem(first, [student], f"It holds {of_both}: ask for all of it in one folder.")
            return replace(attempt, notebooks={})
        handed_in = {Path(name).stem: path for name, path in attempt.notebooks.items()}
        attempt.lacks = lacking.what_is_lacking(handed_in, self.expected, self.assignment)
        if attempt.notebooks:
            for path in [path for _, path, is_loose in others if is_loose]:
                self.unpacked.problem(path, [student], STRAY, is_handin=False)
        elif not any(is_in(path, handin.path) for path, _ in self.unpacked.refused for handin in group):
            holds = _what({name for name, *_ in others})
            reason = f"None of {self.assignment}'s notebooks is in it; it holds {holds}."
            self.unpacked.problem(first, [student], reason)
        return attempt

    def _dated(self, student: str, group: list[Sent]) -> Attempt:
        """Nothing in it yet."""
        senders = [handin.sender for handin in group]
        time = self.times.of(student, senders)
        return Attempt(
            student,
            senders[0].lms,
            self.times.in_utc(time),
            max(sender.number for sender in senders),
            max(copy_number(handin.path.name) for handin in group),
            group[0].export,
            [self.unpacked.shown(handin.path) for handin in group],
            any(sender.late for sender in senders),
            time if time and not time.tzinfo else None,
        )

    def _files(self, handin: Sent) -> Iterator[tuple[Path, tuple]]:
        """Each file, and what orders it among files of one notebook: numbers of copies from outside in, its
        date, what the folders around it are called, how deep it lies.
        """
        paths = [handin.path] if handin.path.is_file() else sorted(handin.path.rglob("*"))
        given = handin.sender.file or handin.path.name
        for path in paths:
            inside = path.relative_to(handin.path).parts
            if path.is_file() and not any(part in NOISE or part.startswith(".") for part in inside):
                numbers = (handin.sender.number, *map(copy_number, (given, *inside)))
                said = sum(map(age_by_name, inside[:-1]))
                yield path, (numbers, path.stat().st_mtime, said, -len(inside))

    def _best(self, name: str, found: list[tuple[tuple, Path]], attempt: Attempt) -> Path:
        found.sort()
        rank, best = found[-1]
        others = [(other, path) for other, path in found[:-1] if not _are_same(path, best)]
        if others:
            names = {path.name for _, path in others}
            told = self.unpacked.shown if best.name in names else lambda path: path.name
            left = first_few(sorted({told(path) for _, path in others}), SHOWN)
            unclear = rank in [other for other, _ in others]
            why = " Nothing tells which is the newest: look, or ask." if unclear else ""
            attempt.notes.append(
                f"{name}{NOTEBOOK} came several times: {told(best)} was taken, not {left}.{why}"
            )
        elif best.name != name + NOTEBOOK and not best.name.endswith(f"_{name}{NOTEBOOK}"):
            attempt.notes.append(f"{best.name} was taken as {name}{NOTEBOOK}.")
        return best

    def _other_files(self, others: list[tuple[str, Path]], attempt: Attempt) -> None:
        """Notebooks with names of their own go along: feedback asks whether one was renamed. Other files stay
        behind, but in assignments that no section belongs to, where they lie beside the notebooks.
        """
        places, along = {path.parent for path in attempt.notebooks.values()}, []
        if not places:
            return
        for name, path in others:
            if name.endswith(NOTEBOOK) and name not in attempt.notebooks:
                attempt.notebooks[name] = path
                along.append(name)
            elif self.assignment not in ASSIGNMENTS:
                for place in [parent for parent in path.parents if parent in places][:1]:
                    attempt.notebooks.setdefault(path.relative_to(place).as_posix(), path)
        own = f"of {self.assignment}'s notebooks"
        attempt.notes += [f"{name} is none {own}; it was taken along." for name in along[:SHOWN]]
        if (more := len(along) - SHOWN) > 0:
            attempt.notes.append(f"{more:,} more are none {own}; they were taken along.")


def _what(names: set[str]) -> str:
    """A few of the files, for a sentence that says why none is taken."""
    if not names:
        return "no file, hidden ones aside"
    are = "which are no notebooks" if len(names) > 1 else "which is not a notebook"
    return ", ".join(sorted(names)[:SHOWN]) + ("" if any(map(is_notebook, names)) else f", {are}")


def _are_same(one: Path, other: Path) -> bool:
    """Files; only of the same size are they read."""
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def _file_and_folder(names: Iterable[str]) -> str:
    """A name that is both among files that are to lie together; empty if there is none. They come from
    several folders.
    """
    files = set(map(PurePosixPath, names))
    return next((str(folder) for file in sorted(files) for folder in file.parents if folder in files), "")


def _is_loose(path: Path, handin: Sent) -> bool:
    """A file that was handed in as it is, and not in an archive: a report beside handin.tar."""
    inside = (handin.path.name, *path.relative_to(handin.path).parts)
    return not any(map(is_archive, inside)) and not is_notebook(path.name) and path.name not in TYPED


def _given(handin: Sent, path: Path) -> str:
    """The file's name as the student had it."""
    return handin.sender.file if path == handin.path and handin.sender.file else path.name
