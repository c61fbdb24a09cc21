"""Gradescope.

Exports one folder a submission, ``submission_<number>``; who and when is in ``submission_metadata.yml``
beside them, with Ruby's keys: ``:submitters:`` (a list of ``:name:``, ``:sid:``, ``:email:``; several for a
group) and ``:created_at:``.

Takes neither grades nor files back. The table has the columns of its own export, for other systems.
"""

import re
from datetime import datetime
from pathlib import Path

import yaml

from grader.grading.grades import Grades, written

from ..names import field_text, moment
from .system import Sender, System

METADATA = "submission_metadata.yml"
NAME = re.compile(r"submission_\d+")
DEEPEST = 100  # levels of nesting


class Gradescope(System):
    name = "Gradescope"
    noise = frozenset({METADATA})
    index = METADATA
    ids = ("gradescopeid",)

    def sender(self, name: str) -> Sender | None:
        """One whose metadata is elsewhere."""
        problem = f"{METADATA}, which names the student, is not beside it."
        return Sender(self.name, problem=problem) if NAME.fullmatch(name) else None

    def senders_in(self, folder: Path) -> dict[str, list[Sender]]:
        metadata = folder / METADATA
        if not metadata.is_file():
            return {}
        nobody = Sender(self.name, problem=f"{METADATA} does not say whose it is.")
        senders = {path.name: [nobody] for path in folder.iterdir() if NAME.fullmatch(path.name)}
        try:
            return senders | _read(metadata)
        except (yaml.YAMLError, OSError, ValueError, OverflowError) as error:
            reason = str(error).strip().splitlines()[0]
            problem = f"{METADATA} cannot be read ({reason}): export from Gradescope again."
            return senders | {METADATA: [Sender(self.name, problem=problem)]}

    def grades(self, assignment: str, marks: list[Grades]) -> list[list]:
        header = ["First Name", "Last Name", "SID", "Email", assignment, f"{assignment} - Max Points"]
        rows = [[*header, f"{assignment} - Submission Time", f"{assignment} - Lateness (H:M:S)"]]
        for one in marks:
            time = f"{one.handed_in:%Y-%m-%d %H:%M:%S} +0000" if one.handed_in else ""
            late = int(one.seconds_late)
            lateness = f"{late // 3600:02}:{late // 60 % 60:02}:{late % 60:02}"
            who = [one.first_name, one.last_name, one.student, one.email]
            rows.append([*who, written(one.final), written(one.of), time, lateness])
        return rows


def _read(metadata: Path) -> dict[str, list[Sender]]:
    yml = metadata.read_text(encoding="utf-8")
    _require_shallow(yml)
    content = yaml.load(yml, Loader=RubyLoader)  # noqa: S506 (a SafeLoader)
    if not isinstance(content, dict):
        raise ValueError("it names no submission")
    return {str(folder): _submitters(entry) for folder, entry in content.items()}


def _submitters(entry: object) -> list[Sender]:
    entry = entry if isinstance(entry, dict) else {}
    time, people = _time(entry.get(":created_at")), entry.get(":submitters")
    senders = [_submitter(person, time) for person in (people if isinstance(people, list) else [])]
    return senders or [
        Sender("Gradescope", problem=f"{METADATA} names no submitter: assign it to a student in Gradescope.")
    ]


def _submitter(person: object, time: datetime | None) -> Sender:
    if not isinstance(person, dict):
        return Sender("Gradescope", problem=f"{METADATA} names a submitter that cannot be read.")
    name, id, email = (field_text(person.get(key)) for key in (":name", ":sid", ":email"))
    return Sender("Gradescope", name, id, email.lower(), time)


def _time(value: object) -> datetime | None:
    """PyYAML reads some times itself, and a day without an hour is none."""
    return moment(str(value)) if isinstance(value, (str, datetime)) else None


def _require_shallow(text: str) -> None:
    """libyaml's C code composes nested nodes by recursion: too many of them would end this process."""
    depth = 0
    for event in yaml.parse(text, Loader=RubyLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ValueError("it is nested too deeply")


class RubyLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """PyYAML's safe loader, for which a Ruby object is a plain mapping, list or text."""


def _plain(loader: RubyLoader, suffix: str, node: yaml.Node):
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


RubyLoader.add_multi_constructor("!", _plain)
