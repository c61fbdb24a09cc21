"""Canvas by its documented API, with the canvasapi package: hand-ins with their times, grades, feedback.

The hand-ins become files named as in Canvas's own export, beside the API's list of submissions.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from canvasapi import Canvas
from canvasapi.assignment import Assignment
from canvasapi.exceptions import CanvasException
from canvasapi.submission import Submission
from traitlets import Dict, Integer, Unicode

from grader.grading.stock import CommandFailed
from mytorch.files import write_atomically

from .canvas import says_of_a_hand_in
from .names import field_text, squeezed
from .service import Fetched, Service
from .system import Sender

FIELDS = tuple("user_id submitted_at late attempt workflow_state submission_type attachments user".split())


class CanvasApi(Service):
    token = "CANVAS_TOKEN"
    url = Unicode("", help="Canvas's address, such as https://canvas.uni.example").tag(config=True)
    course = Integer(0, help="The course's number, as in …/courses/123").tag(config=True)
    assignments = Dict(help="Canvas's number of each assignment, as in …/assignments/45").tag(config=True)

    def fetch(self, assignment: str, folder: Path) -> Fetched:
        new, export = folder / ".staging", folder / "export"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        with self._sentences():
            found = [self._told(one) for one in self._submissions(assignment)]
            for one in found:
                for file in one["attachments"]:
                    self._download(one, file, new, export)
                if not one["attachments"] and (says := says_of_a_hand_in(one)):
                    # as Canvas names what was typed in: it is then listed as this student's
                    (new / f"{_start(one)}_text.html").write_bytes(says.encode("utf-8", "replace"))
        shutil.rmtree(export, ignore_errors=True)
        new.rename(export)
        times = folder / "submissions.json"
        write_atomically(times, json.dumps(found, indent=1))
        return Fetched(export, [times])

    def people(self, assignment: str) -> Iterator[Sender]:
        with self._sentences():
            for one in self._submissions(assignment):
                user = self._told(one)["user"]
                name = field_text(user.get("sortable_name")) or field_text(user.get("name"))
                login = field_text(user.get("login_id")).lower()
                yield Sender("Canvas", name, field_text(one.user_id), login)

    def give(self, assignment: str, person: Sender, points: str, feedback: Path | None) -> None:
        with self._sentences():
            submission = self._assignment(assignment).get_submission(person.id)
            # first what may be given again: where the command breaks off between them, it does both anew
            submission.edit(submission={"posted_grade": points})
            if feedback:
                is_there, said = submission.upload_comment(feedback)
                if not is_there:
                    raise CommandFailed(f"Canvas did not take the feedback of {person.name}: {said}.")

    def _assignment(self, name: str) -> Assignment:
        number = self.assignments.get(name)
        if not (self.url and self.course and number):
            settings = f"url, c.CanvasApi.course and c.CanvasApi.assignments['{name}']"
            raise CommandFailed(f"Set c.CanvasApi.{settings} in nbgrader_config.py.")
        canvas = Canvas(self.url, self.key)
        return canvas.get_course(self.course, use_sis_id=False).get_assignment(number)

    def _submissions(self, assignment: str) -> Iterator[Submission]:
        return iter(self._assignment(assignment).get_submissions(include=["user"], per_page=100))

    def _told(self, submission: Submission) -> dict:
        """As the API's JSON has it, as far as it is read here."""
        told = {name: getattr(submission, name, None) for name in FIELDS}
        told["user"] = told["user"] if isinstance(told["user"], dict) else {}
        files = [getattr(one, "__dict__", one) for one in told["attachments"] or []]
        known = ("id", "url", "filename", "display_name")
        told["attachments"] = [{name: file.get(name) for name in known} for file in files]
        return told

    def _download(self, submission: dict, file: dict, new: Path, export: Path) -> None:
        """Numbers of files are given once, so one that is there already is the same."""
        given = os.path.basename(field_text(file["display_name"]) or field_text(file["filename"])) or "file"
        name = f"{_start(submission)}_{file['id']}_{given}"
        if (export / name).is_file():
            shutil.copy2(export / name, new / name)
            return
        answer = requests.get(file["url"], headers=self._headers(file["url"]), timeout=300)
        answer.raise_for_status()
        (new / name).write_bytes(answer.content)

    def _headers(self, url: str) -> dict[str, str]:
        """The key goes to Canvas alone; files may lie elsewhere, under addresses that need none."""
        own = url.startswith(self.url.rstrip("/") + "/")
        return {"Authorization": f"Bearer {self.key}"} if own else {}

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except (CanvasException, requests.RequestException) as error:
            raise CommandFailed(f"Canvas's API at {self.url}: {error or type(error).__name__}") from None


def _start(submission: dict) -> str:
    """Of the names of a student's files in Canvas's export."""
    user = submission["user"]
    who = squeezed(field_text(user.get("sortable_name")) or field_text(user.get("name"))) or "student"
    return f"{who}_{'LATE_' * bool(submission['late'])}{submission['user_id']}"
