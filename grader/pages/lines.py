"""Which line lost the points: what a student's own check searches for, for feedback and the class report.

Nothing here is for points, so it waits until autograde is done: the first page of feedback, or the report,
has the code of all searched at once, in the sandbox. What it found is kept, and equal code is searched once.
"""

import hashlib
import json
import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, astuple, dataclass
from functools import cache
from logging import Logger
from math import ceil
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from tqdm import tqdm
from traitlets.config import Config

from grader.grading.coursedir import student_folders
from grader.grading.sandbox import Sandbox, SandboxUnavailable, usage
from grader.grading.unwritten import LIBRARY
from grader.grading.verdicts import recorded_verdict
from mytorch.check.diagnosis.exceptions import ENDLESS
from mytorch.check.judge import Verdict
from mytorch.check.record import recorded_place
from mytorch.check.search.handed import handed_to
from mytorch.check.wording import Place
from mytorch.course import COMPONENTS
from mytorch.export import Effort, ExportError, bundle
from mytorch.files import write_atomically

from .marked import Marked

FILE = Path(".grading", "lines.json")  # in the course's folder
SECONDS = 6.0  # of a search: more than a student waits, since several run at a time
CELL_SECONDS = 20.0
FOR_ONE = 3  # classes: a sandbox of its own takes longer to begin than most searches
LONGEST = 50_000  # characters of code that is read, before a test; whole notebooks of the course have 30,000


@dataclass(frozen=True)
class Question:
    """Which line of ``cell``, where the class stands, gives the quantity its wrong value? ``code`` is the
    class with all of the notebook that it uses.
    """

    notebook: str
    component: str
    quantity: str
    cell: str
    code: str

    @property
    def key(self) -> str:
        """The same for equal code, for as long as the search is the same."""
        return hashlib.sha256(json.dumps([searched_by(), *astuple(self)]).encode()).hexdigest()


@cache
def searched_by() -> str:
    """Changes with the code that searches, and with what the sections promise."""
    files = sorted([*LIBRARY.glob("check/**/*.py"), *LIBRARY.glob("sections/*/contract.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def question(notebook: str, cells: list[dict], test: dict, verdict: Verdict | None) -> Question | None:
    """About a test of the notebook; None where no class of the course's failed in it by a value, or it came
    to no end.
    """
    if verdict is None or verdict.passed or not verdict.quantity or verdict.component not in COMPONENTS:
        return None
    if verdict.cause == ENDLESS:  # nor would the search
        return None
    before = cells[: next(i for i, cell in enumerate(cells) if cell is test)]
    codes = ["".join(cell["source"]) for cell in before if cell["cell_type"] == "code" and not is_grade(cell)]
    defined = re.compile(rf"(?m)^class {verdict.component}\b")
    own = next((code for code in reversed(codes) if defined.search(code)), "")
    if not own or sum(map(len, codes)) > LONGEST:
        return None
    try:
        needed = bundle(codes, [verdict.component], Effort())
    except ExportError:
        return None
    return Question(notebook, verdict.component, verdict.quantity, own, needed)


def questions(path: Path, cells: list[dict], log: Logger) -> dict[str, Question]:
    """Of the graded notebook at the path, by item."""
    found = {}
    for cell in cells:
        if cell["cell_type"] == "code" and is_grade(cell):
            with only_this(path, log):
                found[cell["metadata"]["nbgrader"]["grade_id"]] = question(
                    path.stem, cells, cell, recorded_verdict(cell)
                )
    return {name: one for name, one in found.items() if one}


@contextmanager
def only_this(path: Path, log: Logger) -> Iterator[None]:
    """What a student wrote may upset in any way what looks for a line in it. That is said, and costs the
    line.
    """
    try:
        yield
    except SandboxUnavailable:
        raise
    except Exception as error:
        log.warning("No line of %s: %s: %s", path, type(error).__name__, error)


def is_grade(cell: dict) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("grade"))


def lines_in(source: str, place: Place) -> Marked | None:
    """The place's lines, where they stand in this text: the cell, or a method out of it without comments."""
    texts = dict(enumerate((_bare(line) for line in source.split("\n")), 1))
    wanted = {number: _bare(code) for number, code in place.lines}
    found = [number for number in wanted if texts.get(number) == wanted[number]]
    if len(found) < len(wanted):
        found = [number for number, text in texts.items() if text and text in wanted.values()]
    why = "where it goes wrong" if place.each or len(place.lines) == 1 else "where it may go wrong"
    return Marked(frozenset(found), why) if found else None


def _bare(line: str) -> str:
    return line.partition("#")[0].strip()


class Lines:
    """What was found in a course, by question."""

    def __init__(self, coursedir: CourseDirectory):
        self.file = Path(coursedir.root) / FILE
        self._found: dict[str, dict | None] = {}
        with suppress(OSError, ValueError):
            found = json.loads(self.file.read_text(encoding="utf-8"))
            self._found = found if isinstance(found, dict) else {}

    def knows(self, asked: Question) -> bool:
        return asked.key in self._found

    def place(self, asked: Question | None) -> Place | None:
        found = self._found.get(asked.key) if asked else None
        try:
            return Place.from_json(found) if found else None
        except ValueError:
            return None

    def keep(self, asked: Question, place: Place | None) -> None:
        self._found[asked.key] = place and asdict(place)

    def write(self) -> None:
        with suppress(OSError):  # the next one searches again
            write_atomically(self.file, json.dumps(self._found) + "\n")


def search_class(coursedir: CourseDirectory, config: Config, assignment: str, students: str = "*") -> Lines:
    """Search the graded work of an assignment where nobody has yet. Without a sandbox nothing is searched."""
    lines = Lines(coursedir)
    folders = student_folders(coursedir, "autograded", assignment, students).values()
    paths = [path for folder in folders for path in sorted(folder.glob("*.ipynb"))]
    asked = ((path, one) for path in paths for one in _questions(path, coursedir.log))
    found = {one.key: (path, one) for path, one in asked if not lines.knows(one)}
    if not found:
        return lines
    coursedir.log.info("Searching %d classes for the line that is mistaken", len(found))
    waiting, workers = deque(found.values()), min(ceil(len(found) / FOR_ONE), usage.cores())
    try:
        Sandbox(config=config).require()
        with (
            ThreadPoolExecutor(workers) as pool,
            tqdm(total=len(found), desc="Mistaken lines", unit="class", disable=None) as bar,
        ):
            try:
                arguments = waiting, lines, config, bar, coursedir.log
                for each in [pool.submit(_answer, *arguments) for _ in range(workers)]:
                    each.result()
            finally:
                waiting.clear()  # after Ctrl-C nobody begins another one
    except SandboxUnavailable:
        pass
    finally:
        lines.write()
    return lines


def _questions(path: Path, log: Logger) -> list[Question]:
    """Of an autograded notebook; none where it cannot be read."""
    with only_this(path, log):
        return [*questions(path, json.loads(path.read_bytes())["cells"], log).values()]
    return []


def _answer(
    waiting: deque[tuple[Path, Question]], lines: Lines, config: Config, bar: tqdm, log: Logger
) -> None:
    """One after the other while there are any, each in the sandbox as if it were somebody else's."""
    with Sandbox(config=config) as sandbox:
        while waiting:
            try:
                path, one = waiting.popleft()
            except IndexError:  # another worker took the last one
                return
            with only_this(path, log):
                cells = [(one.code, False), (one.cell, False), (_searching(one), True)]
                try:
                    recording = sandbox.run(one.notebook, cells, CELL_SECONDS)
                finally:
                    sandbox.close()
                lines.keep(one, _within(one.cell, recorded_place(recording.outputs[-1])))
            bar.update()


@cache
def _handed(component: str) -> str:
    return json.dumps(json.dumps(handed_to(component)))


def _searching(one: Question) -> str:
    """What is run behind the student's code. The traces are no secret: students' kits hold the like."""
    return (
        "import json\n"
        "from mytorch.check.search.handed import publish_place\n"
        f"handed = json.loads({_handed(one.component)})\n"
        f"publish_place({one.component}, {one.quantity!r}, handed, {SECONDS})\n"
    )


def _within(cell: str, place: Place | None) -> Place | None:
    """What comes out of the sandbox may be made up: it is a line of this cell, or nothing."""
    lines = cell.split("\n")
    is_own = place is None or all(
        0 < number <= len(lines) and code and lines[number - 1].strip().startswith(code[:100])
        for number, code in place.lines
    )
    return place if is_own else None
