"""Whose is it?  By what systems and people called it, never by what a student can choose."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mytorch.characters import listed

from ..names import is_email, squeezed
from ..people.matcher import Matcher, NoMatch
from ..systems.registry import NAMED, SYSTEMS, Sender, from_lms, senders
from .archives import is_archive
from .filenames import NOISE, Notebooks, is_notebook, prefixes, stem_of, without_mark
from .unpacked import Unpacked

LISTS = ["grade", "grading", "roster", "students", *(word for one in SYSTEMS.values() for word in one.lists)]
SHEET = re.compile(rf".*({'|'.join(LISTS)}).*\.(csv|xlsx?|ods)", re.IGNORECASE)  # the LMS's
STRAY = "It is no notebook or archive."
PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".heic", ".tif", ".tiff", ".svg")
EMPTY = "It holds no student's file."
MOST_WORDS = 15  # of "<student>_<notebook>.ipynb", those that may be the notebook's


@dataclass(frozen=True)
class Sent:
    """A file or folder of one student, where it lies in the unpacked export."""

    path: Path
    sender: Sender

    @property
    def export(self) -> Path:
        return self.path.parent


class Whose:
    """Finds the hand-ins in exports, and the students behind them."""

    def __init__(self, unpacked: Unpacked, matcher: Matcher, notebooks: Notebooks):
        self.unpacked, self.matcher, self.notebooks = unpacked, matcher, notebooks

    def found_in(self, folder: Path) -> Iterator[Sent]:
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
            others = sorted({name_and_number(each) for each in inside} - {name_and_number(sender)})
            if others:
                names = " and ".join(others[:2]) + (" and others" if len(others) > 2 else "")
                problem = (
                    f"It is named as the hand-in of {name_and_number(sender)}, and holds files named as "
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
        return path.parent in self.unpacked.roots and [*path.parent.iterdir()] == [path]

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
        found = list(self.found_in(path))
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
        elif (inner or packed) and not self.unpacked.is_refused(path):
            source, names = self.matcher.source, "ids or names" if self.matcher.students else "students"
            advice = "" if self.matcher.is_roster else " A roster tells (--roster)."
            problem = f"Nothing tells whose it is: {path.name} is none of {source}'s {names}.{advice}"
            yield Sent(path, Sender("", problem=problem))
        elif not self.unpacked.is_refused(path):
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

    def matched(self, handins: list[Sent]) -> list[tuple[str, Sent]]:
        matched, names = [], defaultdict(set)
        for handin in handins:
            try:
                student = self.matcher.match(handin.sender)
                self._require_uncontested(handin, student)
            except NoMatch as error:
                # a report that nothing tells whose it is may be all that somebody handed in
                is_document = handin.path.is_file() and handin.path.suffix.lower() not in PICTURES
                is_handin = not handin.sender.is_beside or is_document and not error.may_be
                self.unpacked.problem(handin.path, (), str(error), may_be=error.may_be, is_handin=is_handin)
                continue
            matched.append((student, handin))
            if handin.sender.name and not self.matcher.knows(student):
                names[student].add(handin.sender.name)
        matched = list(self._told_apart(matched))
        unclear = {student for student in names if len(set(map(squeezed, names[student]))) > 1}
        for student, handin in matched:
            if student in unclear:
                those = listed(sorted(names[student]))
                self.unpacked.problem(
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
            self.unpacked.problem(handin.path, (), reason, may_be=(student,))

    def _person(self, student: str, handin: Sent) -> tuple:
        return student, handin.sender.lms, self.unpacked.root(handin.path)


def name_and_number(sender: Sender) -> str:
    return " ".join(filter(None, (sender.name, sender.email, sender.id))) or "nobody"
