"""Give points and feedback back by a system's API, to each student once for what has changed."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from grader.grading.grades import Grades, written
from grader.grading.temporary import TemporaryFolder
from mytorch.files import write_atomically

from ..people.matcher import Matcher
from ..systems.service import Service
from . import delivery


def upload(
    service: Service,
    assignment: str,
    marks: Iterable[Grades],
    zips: dict[str, Path],
    matcher: Matcher,
    record: Path,
) -> list[str]:
    """Sentences about what was done. ``record`` keeps what was given to whom, written after each: a run that
    breaks off goes on where it stopped.
    """
    people = {matcher.student(person): person for person in service.people(assignment)}
    before = _read(record)
    done, absent, marks = [], [], list(marks)
    for one in tqdm(marks, desc="Given", unit="student", disable=None):
        feedback = zips.get(one.student)
        what = [written(one.final), delivery.digest(feedback) if feedback else ""]
        if one.student not in people:
            absent.append(one.student)
        elif before.get(one.student) != what:
            _give(service, assignment, people[one.student], what[0], feedback)
            before[one.student] = what
            write_atomically(record, json.dumps(before, indent=1, sort_keys=True))
            done.append(one.student)
    same = len(marks) - len(done) - len(absent)
    sentences = [f"Given by the API: {len(done)}; as before and not given again: {same}."]
    return sentences + ([f"Not in the system: {', '.join(absent)}."] if absent else [])


def _give(service: Service, assignment: str, person, points: str, feedback: Path | None) -> None:
    with TemporaryFolder() as folder:
        path = Path(folder, f"{assignment}-feedback.zip")
        if feedback:
            shutil.copyfile(feedback, path)
        service.give(assignment, person, points, path if feedback else None)


def _read(record: Path) -> dict[str, list[str]]:
    try:
        return dict(json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
