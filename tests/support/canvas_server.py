"""A small Canvas on this machine, which answers as the documented API does, as far as the course asks it:
https://canvas.instructure.com/doc/api/submissions.html and …/file.file_uploads.html.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEY, COURSE, ASSIGNMENT = "the-key", 123, 45
HOME = f"/api/v1/courses/{COURSE}"
SUBMISSIONS = f"{HOME}/assignments/{ASSIGNMENT}/submissions"


class Canvas(ThreadingHTTPServer):
    """``submissions`` by the user's number, ``files`` by theirs; what was asked and what was given."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.submissions: dict[int, dict] = {}
        self.files: dict[int, bytes] = {}
        self.asked: list[str] = []
        self.grades: dict[int, list[str]] = {}
        self.comments: dict[int, list[bytes]] = {}
        self.uploads: dict[int, bytes] = {}
        self.refuses: set[int] = set()  # users whose grade cannot be set; comments can
        self.without_uploads = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def hand_in(
        self, user: int, name: str, time: str | None, late: bool = False, kind: str = "", **files: bytes
    ) -> None:
        """``files`` by number, with an underscore before it: ``_9001=…``; ``kind``: as in submission_type."""
        attachments = []
        for number, content in files.items():
            id = int(number[1:])
            self.files[id] = content
            place = f"{self.url}/files/{id}/download"
            attachments.append(
                {"id": id, "filename": "handin.tar", "display_name": "handin.tar", "url": place}
            )
        self.submissions[user] = {
            "id": 5000 + user,
            "assignment_id": ASSIGNMENT,
            "user_id": user,
            "user": {"id": user, "sortable_name": name},
            "submitted_at": time,
            "late": late,
            "submission_type": kind or ("online_upload" if files else None),
            "attempt": 1 if time else None,
            "workflow_state": "submitted" if time else "unsubmitted",
        } | ({"attachments": attachments} if attachments else {})


class Handler(BaseHTTPRequestHandler):
    server: Canvas
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        where = urlsplit(self.path)
        self.server.asked.append(where.path)
        if file := re.fullmatch(r"/files/(\d+)/download", where.path):
            return self.answer(self.server.files[int(file[1])])
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self.answer({"errors": [{"message": "Invalid access token."}]}, status=401)
        if where.path == HOME:
            return self.answer({"id": COURSE, "name": "Networks"})
        if where.path == f"{HOME}/assignments/{ASSIGNMENT}":
            return self.answer({"id": ASSIGNMENT, "course_id": COURSE, "name": "hw1"})
        if where.path == SUBMISSIONS:  # two on a page
            page = int(parse_qs(where.query).get("page", ["1"])[0])
            found = list(self.server.submissions.values())[2 * page - 2 : 2 * page]
            more = len(self.server.submissions) > 2 * page
            following = f'<{self.server.url}{SUBMISSIONS}?page={page + 1}>; rel="next"'
            return self.answer(found, link=following if more else "")
        if one := re.fullmatch(rf"{SUBMISSIONS}/(\d+)", where.path):
            return self.answer(self.server.submissions[int(one[1])])
        return self.answer({"errors": [{"message": "The specified resource does not exist."}]}, status=404)

    def do_POST(self):
        body = self.body()
        if one := re.fullmatch(rf"{SUBMISSIONS}/(\d+)/comments/files", self.path):
            return self.answer({"upload_url": f"{self.server.url}/upload", "upload_params": {"user": one[1]}})
        if self.server.without_uploads:
            return self.answer({"errors": [{"message": "file size exceeds quota"}]}, status=400)
        id = 700 + len(self.server.uploads)
        self.server.uploads[id] = body
        return self.answer({"id": id, "url": f"{self.server.url}/files/{id}/download"})

    def do_PUT(self):
        user, fields = int(self.path.rpartition("/")[2]), parse_qs(self.body().decode())
        if user in self.server.refuses and "submission[posted_grade]" in fields:
            return self.answer({"errors": [{"message": "An error occurred."}]}, status=500)
        for grade in fields.get("submission[posted_grade]", []):
            self.server.grades.setdefault(user, []).append(grade)
        for id in fields.get("comment[file_ids][]", []):
            self.server.comments.setdefault(user, []).append(self.server.uploads[int(id)])
        return self.answer(self.server.submissions[user])

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, content: object, status: int = 200, link: str = "") -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if link:
            self.send_header("Link", link)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running() -> Iterator[Canvas]:
    with Canvas() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
