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
from canvasapi.exceptions import CanvasException
from canvasapi.requester import Requester
from canvasapi.upload import Uploader
from tqdm import tqdm
from traitlets import Dict, Integer, Unicode

from grader.grading.stock import CommandFailed
from mytorch.characters import printable
from mytorch.files import write_atomically

from ..names import field_text, squeezed
from .canvas import says_of_a_hand_in
from .service import Fetched, Service
from .system import Sender

LONGEST = 100  # bytes of a student's or a file's name; a name of both, with numbers, has 255 at most


class CanvasApi(Service):
    token = "CANVAS_TOKEN"
    url = Unicode("", help="Canvas's address, such as https://canvas.uni.example").tag(config=True)
    course = Integer(0, help="The course's number, as in …/courses/123").tag(config=True)
    assignments = Dict(help="Canvas's number of each assignment, as in …/assignments/45").tag(config=True)

    def fetch(self, assignment: str, folder: Path) -> Fetched:
        new, export, refused = folder / ".staging", folder / "export", {}
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        with self._sentences():
            found = [self._told(one) for one in self._submissions(assignment)]
            for one in tqdm(found, desc="Fetched", unit="student", disable=None):
                for file in one["attachments"]:
                    name = _name(one, file)
                    with self._sentences(f" about {_person(one)}"):
                        why = self._download(one, file, new / name, export / name)
                    if why:
                        refused[name] = f"{why} of {_person(one)}: download it from Canvas by hand."
                if not one["attachments"] and (says := says_of_a_hand_in(one)):
                    # as Canvas names what was typed in: it is then listed as this student's
                    (new / f"{_start(one)}_text.html").write_text(says, "utf-8", "replace")
        # one that came under the same number is the same file
        refused = {name: sentence for name, sentence in refused.items() if not (new / name).exists()}
        for name in refused:
            (new / name).mkdir()
        shutil.rmtree(export, ignore_errors=True)
        new.rename(export)
        times = folder / "submissions.json"
        write_atomically(times, json.dumps(found, indent=1))
        return Fetched(export, [times], refused)

    def people(self, assignment: str) -> Iterator[Sender]:
        """Who has no number cannot be given anything."""
        with self._sentences():
            for one in map(self._told, self._submissions(assignment)):
                if one["user_id"]:
                    user = one["user"]
                    name = user["sortable_name"] or user["name"]
                    yield Sender("Canvas", name, str(one["user_id"]), user["login_id"].lower())

    def give(self, assignment: str, person: Sender, points: str, feedback: Path | None) -> None:
        place = f"{self._place(assignment)}/{person.id}"
        with self._sentences(f" about {printable(person.name)}"):
            # first what may be given again: where the command breaks off between them, it does both anew
            self._put(place, {"submission[posted_grade]": points})
            if feedback:
                self._put(place, {"comment[file_ids][]": self._uploaded(place, feedback, person.name)})

    def _uploaded(self, place: str, feedback: Path, name: str) -> str:
        """The number of the file in Canvas, where nobody sees it before a comment has it."""
        try:
            is_there, said = Uploader(
                Requester(self._root, self.key), f"{place}/comments/files", feedback
            ).start()
            number = _number(said.get("id"))
        except (AttributeError, TypeError, ValueError) as error:  # an answer that is not as documented
            is_there, said, number = False, error, None
        if not (is_there and number):
            raise CommandFailed(
                f"Canvas did not take the feedback of {printable(name)} ({printable(str(said), 500)}): run "
                "the command again."
            )
        return str(number)

    def _put(self, place: str, fields: dict[str, str]) -> None:
        url = self._address(place)
        requests.put(url, headers=self._headers(url), data=fields, timeout=300).raise_for_status()

    def _place(self, name: str) -> str:
        number = self.assignments.get(name)
        if not (self.url and self.course and number):
            settings = f"url, c.CanvasApi.course and c.CanvasApi.assignments['{name}']"
            raise CommandFailed(f"Set c.CanvasApi.{settings} in nbgrader_config.py.")
        return f"courses/{self.course}/assignments/{number}/submissions"

    @property
    def _root(self) -> str:
        return self.url.strip().rstrip("/")

    def _address(self, place: str) -> str:
        return f"{self._root}/api/v1/{place}"

    def _submissions(self, assignment: str) -> Iterator[dict]:
        """As the API's JSON has them; canvasapi's objects break where a field is not as documented."""
        url = self._address(f"{self._place(assignment)}?include[]=user&per_page=100")
        while url:
            answer = self._get(url)
            try:
                told = answer.json()
            except (ValueError, RecursionError):
                told = None
            if not isinstance(told, list):
                raise CommandFailed(
                    f"{self.url} answers with no list of submissions: is c.CanvasApi.url Canvas's?"
                )
            yield from (one for one in told if isinstance(one, dict))
            url = answer.links.get("next", {}).get("url")

    def _told(self, submission: dict) -> dict:
        """What is read here of the API's JSON, in which any field may be missing or of any type."""
        user, files = submission.get("user"), submission.get("attachments")
        user = user if isinstance(user, dict) else {}
        files = files if isinstance(files, list) else [files] if files else []
        return {
            "user_id": _number(submission.get("user_id")) or _number(user.get("id")),
            "submitted_at": field_text(submission.get("submitted_at")),
            "submission_type": field_text(submission.get("submission_type")),
            "workflow_state": field_text(submission.get("workflow_state")),
            "late": submission.get("late") is True,
            "user": {name: field_text(user.get(name)) for name in ("sortable_name", "name", "login_id")},
            "attachments": [_file(one if isinstance(one, dict) else {}) for one in files],
        }

    def _download(self, submission: dict, file: dict, new: Path, old: Path) -> str:
        """Returns what cannot be taken, or nothing. Numbers of files are given once, so one that is there
        already is the same.
        """
        given = repr(printable(file["display_name"] or file["filename"] or "a file"))
        if not (submission["user_id"] and file["id"]):
            return f"Canvas gives no number with {given}"
        if old.is_file():
            shutil.copy2(old, new)
            return ""
        try:
            answer = self._get(file["url"])
        except ValueError:  # what requests says of an address that is none
            return f"Canvas gives no address of {given}"
        new.write_bytes(answer.content)
        return ""

    def _get(self, url: str) -> requests.Response:
        answer = requests.get(url, headers=self._headers(url), timeout=300)
        answer.raise_for_status()
        return answer

    def _headers(self, url: str) -> dict[str, str]:
        """The key goes to Canvas alone; files may lie elsewhere, under addresses that need none."""
        own = url.startswith(f"{self._root}/")
        return {"Authorization": f"Bearer {self.key}"} if own else {}

    @contextmanager
    def _sentences(self, about: str = "") -> Iterator[None]:
        try:
            yield
        except (CanvasException, requests.RequestException) as error:
            raise CommandFailed(
                f"Canvas's API at {self.url}{about}: {error or type(error).__name__}"
            ) from None


def _file(told: dict) -> dict:
    names = {name: field_text(told.get(name)) for name in ("url", "filename", "display_name")}
    return {"id": _number(told.get("id"))} | names


def _number(value: object) -> int | None:
    text = field_text(value)
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 20 else None


def _start(submission: dict) -> str:
    """Of the names of a student's files, as in Canvas's own export; 0 where it tells no number."""
    user = submission["user"]
    who = squeezed(user["sortable_name"] or user["name"]).encode()[:LONGEST].decode(errors="ignore")
    return f"{who or 'student'}_{'LATE_' * submission['late']}{submission['user_id'] or 0}"


def _name(submission: dict, file: dict) -> str:
    given = os.path.basename(file["display_name"] or file["filename"])
    given = printable(given, len(given), instead="_").encode()
    if len(given) > LONGEST:  # its ending says what it is
        given = given[: LONGEST // 2] + given[-LONGEST // 2 :]
    return f"{_start(submission)}_{file['id'] or 0}_{given.decode(errors='ignore') or 'file'}"


def _person(submission: dict) -> str:
    user = submission["user"]
    number = f"number {submission['user_id']}" if submission["user_id"] else "a student without a name"
    return printable(user["sortable_name"] or user["name"] or user["login_id"]) or number
