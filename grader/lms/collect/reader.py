"""Find the hand-ins in an unpacked export and tell whose they are, which notebooks they hold and which is the
newest.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone, tzinfo
from pathlib import Path, PurePosixPath

from grader.grading import lacking
from mytorch.characters import first_few, listed, printable
from mytorch.course import ASSIGNMENTS

from ..names import is_email, orders, same_form, squeezed
from ..people.matcher import Matcher, NoMatch
from ..systems.registry import NAMED, SYSTEMS, Sender, from_lms, senders
from .archives import is_archive
from .filenames import (
    NOTEBOOK,
    Notebooks,
    age_by_name,
    copy_number,
    is_notebook,
    prefixes,
    stem_of,
    without_mark,
)
from .times import Listed

NOISE = {"__MACOSX", "timestamp.txt", "desktop.ini", "Thumbs.db"}.union(
    *(system.noise for system in SYSTEMS.values())
)
TYPED = {system.typed for system in SYSTEMS.values()}
LISTS = ["grade", "grading", "roster", "students", *(word for one in SYSTEMS.values() for word in one.lists)]
SHEET = re.compile(rf".*({'|'.join(LISTS)}).*\.(csv|xlsx?|ods)", re.IGNORECASE)  # the LMS's
STRAY = "It is no notebook or archive."
PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".heic", ".tif", ".tiff", ".svg")
EMPTY = "It holds no student's file."
NO_FILE = "(no file)"  # in its place
BY_A_LIST = (
    "The list of times or the roster says that it was handed in, and no file of it is here: look in the "
    "system, as it may be text or a link."
)
MOST_WORDS = 15  # of "<student>_<notebook>.ipynb", those that may be the notebook's
SHOWN = 5  # files of a hand-in that a sentence names


@dataclass(frozen=True)
class Sent:
    """A file or folder of one student, where it lies in the unpacked export."""

    path: Path
    sender: Sender

    @property
    def export(self) -> Path:
        return self.path.parent


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


@dataclass
class Attempt:
    """One hand-in of one student, put together from all its files. ``time`` is UTC, naive, as nbgrader keeps
    it.
    """

    student: str
    lms: str
    time: datetime | None
    number: int  # orders the hand-ins of one student in one LMS, where it does
    copy: int  # orders files of one folder: "handin (1).tar" is a later download than "handin.tar"
    export: Path
    files: list[str]
    late: bool = False
    said: datetime | None = None  # the time in the export's own words, where these name no zone
    notebooks: dict[str, Path] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)  # sentences


@dataclass
class Plan:
    """What to collect, one attempt a student, and what not."""

    attempts: list[Attempt] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    superseded: int = 0  # earlier hand-ins in the same export
    without_file: list[Problem] = field(default_factory=list)  # of those who handed in by a list only
    unread: list[str] = field(default_factory=list)  # sentences about lines of the roster


def is_newer(one: Attempt, other: Attempt) -> bool | None:
    """None when nothing tells."""
    times = one.time, other.time
    if one.lms == other.lms and one.said and other.said:
        # the zone that one of them was read with may have been a wrong one
        times = one.said, other.said
    if all(times) and times[0] != times[1]:
        return times[0] > times[1]
    if one.lms == other.lms and NAMED[one.lms].is_ordered and one.number != other.number:
        return one.number > other.number
    if one.export == other.export and one.copy != other.copy:
        return one.copy > other.copy
    return None


class Reader:
    """Reads unpacked exports into one Plan.

    ``notebooks`` are the names of the assignment's notebooks, without suffix; ``expected`` has their named
    cells; ``zone`` is that of times without one.
    """

    def __init__(
        self,
        matcher: Matcher,
        notebooks: Iterable[str],
        expected: dict[str, set[str]],
        zone: tzinfo = timezone.utc,
        assignment: str = "",
        listed: Listed | None = None,
    ):
        self.expected, self.listed = expected, listed or Listed()
        self.matcher, self.zone, self.assignment = matcher, zone, assignment or "the assignment"
        self.notebooks = Notebooks(notebooks)

    def read(self, roots: list[Path], refused: list[tuple[Path, str]], prefer_later: bool = False) -> Plan:
        """Each of ``roots`` holds the hand-ins of several students; ``refused`` is what was not unpacked
        there.

        ``prefer_later``: where nothing tells which of two hand-ins is newer, the one in the later root is.
        """
        self.roots, self.refused, self.plan = roots, dict(refused), Plan()
        handins = [handin for root in roots for handin in self._find(root)]
        matched = self._matched(handins)
        groups = defaultdict(list)
        for student, handin in matched:
            groups[_attempt_key(student, handin)].append(handin)
        attempts = defaultdict(list)
        for (student, *_), group in groups.items():
            attempt = self._assemble(student, group)
            if attempt.notebooks:
                attempts[student].append(attempt)
        for student in sorted(attempts):
            self._choose(attempts[student], prefer_later)
        for path, sentence in refused:
            students = {student for student, handin in matched if _is_in(path, handin.path)}
            self._problem(path, sorted(students), sentence)
        self.plan.without_file = list(self._without_file([handin.sender for handin in handins]))
        self.plan.problems.sort(key=lambda problem: (problem.file, problem.reason))
        return self.plan

    def _without_file(self, senders: list[Sender]) -> Iterator[Problem]:
        """Whom a list says to have handed in, and nothing here is or may be of: it may be text or a link."""
        students = {student for student, says in self.matcher.says.items() if says} | self.listed.times.keys()
        here = {attempt.student for attempt in self.plan.attempts}
        for problem in self.plan.problems:
            here.update(problem.students, problem.may_be)
        for student in sorted(students - here):
            yield Problem(NO_FILE, (student,), BY_A_LIST, self.roots[0])
        for told, error in self.listed.unknown.items():
            if not any(_may_be_one(told, sender) for sender in senders):
                who, reason = _name_and_number(told), f"{error} {BY_A_LIST}"
                yield Problem(f"{NO_FILE} {who}", (), reason, self.roots[0], error.may_be)

    def _problem(self, path: Path, students: Iterable[str], reason: str, **more) -> None:
        self.plan.problems.append(
            Problem(self._shown(path), tuple(students), reason, self._root(path), **more)
        )

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._root(path)).as_posix()

    def _root(self, path: Path) -> Path:
        return next(root for root in self.roots if _is_in(path, root))

    # --- whose is it? ---------------------------------------------------------------------------------------

    def _find(self, folder: Path) -> Iterator[Sent]:
        """Hand-ins in a folder that holds those of several students."""
        told = {name: who for system in SYSTEMS.values() for name, who in system.senders_in(folder).items()}
        for path in sorted(folder.iterdir()):
            sender = self._of_system(path)
            if path.name in told:
                yield from (Sent(path, sender) for sender in told[path.name])
            elif path.name in NOISE or path.name.startswith("."):
                continue
            elif any(system.is_copy(path.name) for system in SYSTEMS.values()):
                continue
            elif sender:
                yield Sent(path, sender)
            elif path.is_dir():
                yield from self._in_folder(path)
            elif is_notebook(path.name):
                yield Sent(path, self._plain_file(path.name))
            elif not SHEET.fullmatch(path.name):
                yield Sent(path, replace(self._plain(path.stem) or Sender(""), problem=STRAY, is_beside=True))

    def _of_system(self, path: Path) -> Sender | None:
        """Who a system says that it is from. What an instructor gives under one student's name and holds
        names of others is refused: it may be a renamed export, or a student who took these names.
        """
        sender = from_lms(path.name)
        if sender and path.is_dir() and self._is_all_that_is_given(path):
            inside = filter(None, (from_lms(each.name) for each in path.iterdir()))
            others = sorted({_name_and_number(each) for each in inside} - {_name_and_number(sender)})
            if others:
                names = " and ".join(others[:2]) + (" and others" if len(others) > 2 else "")
                problem = (
                    f"It is named as the hand-in of {_name_and_number(sender)}, and holds files named as "
                    f"those of {names}: if it is an export of several students, give it another name."
                )
                return replace(sender, problem=problem)
        if sender and sender.number and not self.notebooks.recognise(sender.file, prefixed=False):
            given = f"{sender.number}_{sender.file}"  # <e-mail>_1_linear.ipynb, whose 1 is no version
            return (
                replace(sender, number=0, file=given)
                if self.notebooks.recognise(given, prefixed=False)
                else sender
            )
        return sender

    def _is_all_that_is_given(self, path: Path) -> bool:
        return path.parent in self.roots and [*path.parent.iterdir()] == [path]

    def _in_folder(self, path: Path) -> Iterator[Sent]:
        """A folder or unpacked archive whose name is no LMS's: a student's own, or a wrapper around those of
        others.
        """
        own, packed = self._plain(path.name), is_archive(path.name)
        if own and own.email and not packed:
            found = [one for system in SYSTEMS.values() for one in system.in_folder_of(path, own.email)]
            yield from [Sent(*one) for one in found if is_archive(one[0].name)] or [Sent(path, own)]
        elif own and self._is_known(own):  # what is in it cannot make it somebody else's
            yield Sent(path, own)
        else:
            yield from self._own_or_others(path, own, packed)

    def _own_or_others(self, path: Path, own: Sender | None, packed: bool) -> Iterator[Sent]:
        found = list(self._find(path))
        inner = [handin for handin in found if not handin.sender.is_beside]
        named = {
            handin.sender.id or handin.sender.email or handin.sender.name
            for handin in inner
            if not handin.sender.problem
        }
        are_others = any(handin.sender.lms for handin in inner) or len(named) > 1
        if are_others and own and packed and not path.name.lower().endswith(".zip"):
            problem = (
                "It holds hand-ins under other names: unpack it if it is a collection, or give a roster "
                "(--roster)."
            )
            yield Sent(path, Sender("", problem=problem))
        elif are_others or named and (not packed or not own and self._is_all_that_is_given(path)):
            yield from found
        elif own and (inner or packed):
            yield Sent(path, own)
        elif (inner or packed) and path not in self.refused:
            source, names = self.matcher.source, "ids or names" if self.matcher.students else "students"
            advice = "" if self.matcher.is_roster else " A roster tells (--roster)."
            problem = f"Nothing tells whose it is: {path.name} is none of {source}'s {names}.{advice}"
            yield Sent(path, Sender("", problem=problem))
        elif path not in self.refused:
            yield from found or [Sent(path, Sender("", problem=EMPTY, is_beside=True))]

    def _is_known(self, sender: Sender) -> bool:
        return bool(sender.email or sender.name) or self.matcher.knows(sender.id)

    def _plain(self, name: str) -> Sender | None:
        """``<student>_<anything>.tar``, ``<student>.tar``, a folder with a student's name."""
        whole = stem_of(name)
        before = prefixes(whole)
        known = next(filter(None, map(self._known, [whole, without_mark(whole), *before])), None)
        return known or (Sender("", id=before[-1]) if before else None)

    def _known(self, text: str) -> Sender | None:
        """An e-mail, or a student's id or full name."""
        if is_email(text):
            return Sender("", email=text.lower())
        if self.matcher.knows(text):
            return Sender("", id=text)
        return Sender("", name=text) if squeezed(text) in self.matcher.by_name else None

    def _plain_file(self, name: str) -> Sender:
        """``<student>_<notebook>.ipynb``"""
        if not self.notebooks.recognise(name, prefixed=False):
            for id in prefixes(name)[:MOST_WORDS]:
                file = name[len(id) + 1 :]
                if self.notebooks.recognise(file, prefixed=False):
                    return replace(self._known(id) or Sender("", id=id), file=file)
        return Sender("", problem="Nothing tells whose it is: put <student>_ in front of its name.")

    def _matched(self, handins: list[Sent]) -> list[tuple[str, Sent]]:
        matched, names = [], defaultdict(set)
        for handin in handins:
            try:
                student = self.matcher.match(handin.sender)
                self._require_uncontested(handin, student)
            except NoMatch as error:
                # a report that nothing tells whose it is may be all that somebody handed in
                is_document = handin.path.is_file() and handin.path.suffix.lower() not in PICTURES
                is_handin = not handin.sender.is_beside or is_document and not error.may_be
                self._problem(handin.path, (), str(error), may_be=error.may_be, is_handin=is_handin)
                continue
            matched.append((student, handin))
            if handin.sender.name and not self.matcher.knows(student):
                names[student].add(handin.sender.name)
        matched = list(self._told_apart(matched))
        unclear = {student for student in names if len(set(map(squeezed, names[student]))) > 1}
        for student, handin in matched:
            if student in unclear:
                those = listed(sorted(names[student]))
                self._problem(
                    handin.path, (), f"The id {student} stands beside {those}: give a roster (--roster)."
                )
        return [(student, handin) for student, handin in matched if student not in unclear]

    def _require_uncontested(self, handin: Sent, student: str) -> None:
        """Raises NoMatch where the name can as well be read as another known student's."""
        others = set(map(self.matcher.student, senders(handin.path.name)[1:])) & self.matcher.times.keys()
        if handin.sender.lms and others - {student}:
            those = {student, *others}
            names = " and as ".join(sorted(f"{self.matcher.full_names.get(id) or id}'s" for id in those))
            raise NoMatch(f"Its name can be read as {names}: ask who handed it in.", those)

    def _told_apart(self, matched: list[tuple[str, Sent]]) -> Iterator[tuple[str, Sent]]:
        """Without those of different people of one name: where a system gives each person a number, two of
        them in one export are not one student, whatever they call themselves.
        """
        numbers = defaultdict(set)
        for student, handin in matched:
            numbers[self._person(student, handin)].add(handin.sender.id)
        for student, handin in matched:
            own = numbers[self._person(student, handin)]
            system, id = NAMED.get(handin.sender.lms), handin.sender.id
            is_one = len(own) == 1 or not (system and system.numbers_people)
            if is_one or self.matcher.has_number(student, id):
                yield student, handin
                continue
            numbered = listed(sorted(own))
            reason = (
                f"{len(own)} people hand in as {handin.sender.name}, with the numbers {numbered}"
                f": which one is {student} is not known. A roster with these numbers tells (--roster)."
            )
            self._problem(handin.path, (), reason, may_be=(student,))

    def _person(self, student: str, handin: Sent) -> tuple:
        return student, handin.sender.lms, self._root(handin.path)

    # --- what is in it? -------------------------------------------------------------------------------------

    def _assemble(self, student: str, group: list[Sent]) -> Attempt:
        first = group[0]
        time = first.sender.time or self._told(student, group) or self.matcher.time_of(student)
        attempt = Attempt(
            student,
            first.sender.lms,
            self._utc(time),
            max(handin.sender.number for handin in group),
            max(copy_number(handin.path.name) for handin in group),
            first.export,
            [self._shown(handin.path) for handin in group],
            any(handin.sender.late for handin in group),
            time if time and not time.tzinfo else None,
        )
        candidates, others, strays = defaultdict(list), [], []
        for handin in group:
            for path, rank in self._files(handin):
                name = self.notebooks.recognise(_given(handin, path))
                if name:
                    candidates[name].append((rank, path))
                else:
                    others.append((_given(handin, path), path))
                    strays += [path] if _is_loose(path, handin) else []
        for name, found in sorted(candidates.items()):
            attempt.notebooks[name + NOTEBOOK] = self._best(name, found, attempt)
        self._other_files(others, attempt)
        if both := _file_and_folder(attempt.notebooks):
            of_both = f"a file and a folder of one name, {printable(both)}"
            reason = f"It holds {of_both}: ask for all of it in one folder."
            self._problem(first.path, [student], reason)
            return replace(attempt, notebooks={})
        handed_in = {Path(name).stem: path for name, path in attempt.notebooks.items()}
        attempt.lacks = lacking.what_is_lacking(handed_in, self.expected, self.assignment)
        for path in strays if attempt.notebooks else []:
            self._problem(path, [student], STRAY, is_handin=False)
        if not attempt.notebooks and not any(
            _is_in(path, handin.path) for path in self.refused for handin in group
        ):
            reason = f"None of {self.assignment}'s notebooks is in it; it holds {_what(others)}."
            self._problem(first.path, [student], reason)
        return attempt

    def _told(self, student: str, group: list[Sent]) -> datetime | None:
        """When, by a list beside the export; None when what it lists is another hand-in of the student."""
        told = self.listed.times.get(student)
        is_other = told and told.numbers and not {handin.sender.number for handin in group} & told.numbers
        return None if is_other or told is None else told.time

    def _utc(self, time: datetime | None) -> datetime | None:
        if time is None:
            return None
        return (
            (time if time.tzinfo else time.replace(tzinfo=self.zone))
            .astimezone(timezone.utc)
            .replace(tzinfo=None)
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
            told = self._shown if best.name in names else lambda path: path.name
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

    # --- which one counts? ----------------------------------------------------------------------------------

    def _choose(self, attempts: list[Attempt], prefer_later: bool) -> None:
        best = attempts[0]
        for attempt in attempts[1:]:
            newer = is_newer(attempt, best)
            is_other = contents(attempt) != contents(best)
            if newer is None and is_other and not prefer_later:
                reason = (
                    f"Nothing tells whether it is newer than {best.files[0]}, which was taken: give only "
                    "what counts."
                )
                self.plan.problems.append(
                    Problem(attempt.files[0], (attempt.student,), reason, self._root(attempt.export))
                )
                continue
            self.plan.superseded += is_other
            best = attempt if newer or newer is None and prefer_later else best
        self.plan.attempts.append(best)


def _what(files: list[tuple[str, Path]]) -> str:
    """A few of them, for a sentence that says why none is taken."""
    names = sorted({name for name, _ in files})
    if not names:
        return "no file, hidden ones aside"
    are = "which are no notebooks" if len(names) > 1 else "which is not a notebook"
    return ", ".join(names[:SHOWN]) + ("" if any(map(is_notebook, names)) else f", {are}")


def _are_same(one: Path, other: Path) -> bool:
    """Files; only of the same size are they read."""
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def _file_and_folder(names: Iterable[str]) -> str:
    """A name that is both among files that are to lie together; empty if there is none. They come from
    several folders.
    """
    files = set(map(PurePosixPath, names))
    return next((str(folder) for file in sorted(files) for folder in file.parents if folder in files), "")


def _attempt_key(student: str, handin: Sent) -> tuple:
    """Files of one submission belong together. A plain archive is a submission of its own."""
    sender = handin.sender
    if sender.lms:
        return (
            student,
            handin.export,
            sender.lms,
            sender.time,
            NAMED[sender.lms].is_one_by_number and sender.number,
        )
    return student, handin.export, handin.path if handin.path.is_dir() else None


def contents(attempt: Attempt) -> dict[str, bytes]:
    """By name, what would lie in submitted/."""
    return {name: path.read_bytes() for name, path in attempt.notebooks.items()}


def _may_be_one(one: Sender, other: Sender) -> bool:
    """Are they the same person, by what is said of both?"""
    same = [(one.id, other.id), (one.email, other.email)]
    return squeezed(other.name) in orders(one.name) or any(
        a and same_form(a) == same_form(b) for a, b in same
    )


def _name_and_number(sender: Sender) -> str:
    return " ".join(filter(None, (sender.name, sender.email, sender.id))) or "nobody"


def _is_in(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents


def _is_loose(path: Path, handin: Sent) -> bool:
    """A file that was handed in as it is, and not in an archive: a report beside handin.tar."""
    inside = (handin.path.name, *path.relative_to(handin.path).parts)
    return not any(map(is_archive, inside)) and not is_notebook(path.name) and path.name not in TYPED


def _given(handin: Sent, path: Path) -> str:
    """The file's name as the student had it."""
    return handin.sender.file if path == handin.path and handin.sender.file else path.name
