"""Which student a name, a number or an e-mail in an export means."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from rapidfuzz import fuzz, process

from mytorch.characters import CONTROL, DIRECTION

from ..names import orders, same_form, squeezed
from ..systems.registry import NAMED, SYSTEMS, Sender

UNNAMED = tuple(start for system in SYSTEMS.values() for start in system.unnamed)
BAD_IN_AN_ID = re.compile(rf"[/\\*?\[\]{{}}<>:|\"{CONTROL}{DIRECTION}]|^[.\-]|^$|^\s|\s$")


class NoMatch(Exception):
    """Nobody, or more than one, can be meant; the message says why. ``may_be``: ids of whom it may be all the
    same.
    """

    def __init__(self, reason: str, may_be: Iterable[str] = ()):
        super().__init__(reason)
        self.may_be = tuple(sorted(may_be))


class Unknown(NoMatch):
    """Nobody is meant; ``may_be`` is then who has the most similar name."""


@dataclass
class Student:
    """As a list or the gradebook has them."""

    id: str
    names: set[str] = field(default_factory=set)  # squeezed, in every order
    ids: set[str] = field(default_factory=set)  # the LMS's own, in lower case
    email: str = ""
    full_name: str = ""
    in_order: dict[str, str] = field(default_factory=dict)  # squeezed, by System.name_order
    time: datetime | None = None  # of the hand-in, for exports that give none
    says: str = ""  # what the list says of a hand-in, as in names.words_of_a_hand_in


def make_student(
    id: str, full_name: str, email: str, ids: Iterable[str], first: str = "", last: str = ""
) -> Student:
    others = {same_form(value) for value in ids if value} | {same_form(id)}
    in_order = {"first last": squeezed(first + last), "last first": squeezed(last + first)}
    return Student(
        id,
        orders(full_name),
        others,
        same_form(email.strip()),
        full_name.strip(),
        in_order if first and last else {},
    )


class Matcher:
    """Tells the student behind a Sender, by the ids, e-mails and names of ``students``.

    Who is none of them is a new student, with the LMS's own id or the e-mail as id; but not when ``students``
    come from a roster, nor when the gradebook was filled with names or e-mails.
    """

    def __init__(self, students: list[Student], is_roster: bool = False):
        self.students, self.is_roster = students, is_roster
        self.source = "the roster" if is_roster else "the gradebook"
        self.is_filled = any(student.full_name or student.email for student in students)
        self.by_id, self.by_email, self.by_name = defaultdict(set), defaultdict(set), defaultdict(set)
        self.times = {student.id: student.time for student in students}
        self.says = {student.id: student.says for student in students}
        self.full_names = {student.id: student.full_name for student in students}
        self.in_order = {student.id: student.in_order for student in students}
        for student in students:
            for value in student.ids:
                self.by_id[value].add(student.id)
            for name in student.names:
                self.by_name[name].add(student.id)
            if student.email:
                self.by_email[student.email].add(student.id)

    def knows(self, id: str) -> bool:
        """Is it some student's id or e-mail?"""
        return same_form(id) in self.by_id or same_form(id) in self.by_email

    def time_of(self, id: str) -> datetime | None:
        """When the student handed in, if the roster knows."""
        return self.times.get(id)

    def match(self, sender: Sender) -> str:
        """The student's id. Raises NoMatch with a sentence."""
        by_id = self._with_id(sender.id) | self.with_email(sender.email)
        by_name = self.with_name(sender)
        if sender.problem:
            raise NoMatch(sender.problem, by_id | by_name)
        both = by_id & by_name
        found = both or by_id or by_name
        if by_id and by_name and not both:
            raise NoMatch(
                f"{_told(sender)}: the id is {_who(by_id)}'s, the name {_who(by_name)}'s.", by_id | by_name
            )
        if by_id and not by_name and (stranger := self._stranger(sender, by_id)):
            raise NoMatch(
                f"{_told(sender)}: the id is that of {stranger} in {self.source}, who has another name.",
                by_id,
            )
        if len(found) > 1:
            shared = sender if both else replace(sender, name="") if by_id else Sender("", name=sender.name)
            said = f"There are {len(found)} students with {_told(shared)} in {self.source}: {_who(found)}."
            tells = "" if by_id or self.is_roster else " A roster with the system's ids tells (--roster)."
            raise NoMatch(said + tells, found)
        if found:
            return found.pop()
        return self._new(sender)

    def has_number(self, id: str, number: str) -> bool:
        """Is it one of the ids that the list has for the student, or the id itself?"""
        return number == id or id in self._with_id(number)

    def student(self, sender: Sender) -> str | None:
        """The student's id; None when nobody, or more than one, can be meant."""
        try:
            return self.match(sender)
        except NoMatch:
            return None

    def _stranger(self, sender: Sender, by_id: set[str]) -> str:
        """The student whose id it is, if the id may be so by chance and no word of the name is the same."""
        if not sender.lms or not squeezed(sender.name) or squeezed(sender.name).startswith(UNNAMED):
            return ""
        for id in by_id:
            by_chance = NAMED[sender.lms].has_own_numbers or sender.id.lower() == id.lower()
            if by_chance and not self._may_be_called(id, sender.name):
                return id
        return ""

    def _may_be_called(self, id: str, name: str) -> bool:
        """Is a word of the student's name in this one, or is no name of the student known?"""
        said = squeezed(name)
        words = map(squeezed, re.split(r"[\s,-]+", self.full_names[id]))
        words = [word for word in words if len(word) > 1]
        return not words or any(word in said for word in words)

    def _with_id(self, id: str) -> set[str]:
        return set(self.by_id.get(same_form(id), ())) if id else set()

    def with_address(self, email: str) -> set[str]:
        """Whose e-mail or id it is."""
        email = same_form(email)
        return {*self.by_email.get(email, ()), *self.by_id.get(email, ())} if email else set()

    def with_email(self, email: str) -> set[str]:
        """Also whose id is what stands before the @, if no e-mail is known of them."""
        if found := self.with_address(email):
            return found
        addresses = {student.id: student.email for student in self.students}
        user = same_form(email).partition("@")[0]
        return {id for id in self.by_id.get(user, ()) if not addresses[id]}

    def with_name(self, sender: Sender) -> set[str]:
        said = squeezed(sender.name)
        if found := self.by_name.get(said):
            order = NAMED[sender.lms].name_order if sender.lms else ""
            exact = {id for id in found if self.in_order[id].get(order, said) == said}
            return exact or set(found)  # Kim Lee is not Lee Kim, where the system's order tells them apart
        if not (sender.lms and NAMED[sender.lms].begins_with_user):
            return set()
        user, _, rest = sender.name.partition(" ")
        return {id for id in self._with_id(user) if rest and self._may_be_called(id, rest)}

    def _new(self, sender: Sender) -> str:
        """Somebody who is not in the list."""
        id = sender.id or sender.email
        if id and not self.is_roster and not self.is_filled:
            if BAD_IN_AN_ID.search(id):
                raise Unknown(f"{id!r} cannot be a student's id: it is to be the name of a folder.")
            return id
        if not self.students:
            raise Unknown(f"{_told(sender)}, without a student's id: give a roster (--roster).")
        # what stands before an underscore may be either
        name = sender.name or (sender.id if not sender.lms else "")
        choices = {known: ids for known, ids in self.by_name.items() if name}
        close = process.extractOne(squeezed(name), choices.keys(), scorer=fuzz.ratio, score_cutoff=65)
        near = sorted(choices[close[0]]) if close else []
        hint = f" The nearest is {self.full_names[near[0]]} ({near[0]})." if near else ""
        raise Unknown(f"Nobody with {_told(sender)} is in {self.source}.{hint}", near)


def _told(sender: Sender) -> str:
    """What the export says of the sender."""
    said = {"the name": sender.name, "the e-mail": sender.email, "the id": sender.id}
    return " and ".join(f"{key} {value}" for key, value in said.items() if value) or "nothing"


def _who(ids: set[str]) -> str:
    return ", ".join(sorted(ids))
