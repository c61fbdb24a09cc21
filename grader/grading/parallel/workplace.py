"""A folder in which one submission after the other is graded as in the course's own, on whatever machine.

A worker gets what all submissions have in common once (``Course``), and of each what was handed in and the
gradebook's rows about it (``Job``). What comes back (``Done``) are files and changed rows: only the driver
touches the course's folder and its gradebook.
"""

import glob
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Base, Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import rmtree
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from mytorch.check.trace import Trace
from mytorch.course import ASSIGNMENTS

from .. import extensions, handed_in
from ..converter import Grading
from ..coursedir import folder
from ..log import Log
from ..one_gradebook import one_gradebook
from . import rows

STEPS = ("source", "release", "submitted", "autograded", "feedback", "solution")
Expected = dict[str, tuple[Trace, ...]]  # of each test, by its source
Files = Mapping[str, bytes | None]  # by path; None for what is only there, as an empty folder


@dataclass(frozen=True)
class Course:
    """What all submissions of a run have in common."""

    run: str  # told apart by this
    version: str  # fingerprint
    assignment: str
    notebook: str  # a pattern
    config: Config
    key: bytes  # of the hidden tests' seeds
    rows: rows.Rows
    source: dict[str, bytes]  # the files in the assignment's folder
    release: list[str]  # the names in its folder
    extensions: bytes | None  # the file


@dataclass(frozen=True)
class Job:
    """A submission: what lies in its folder, and what the gradebook knows of its student."""

    student: str
    notebooks: list[str]
    files: Files
    rows: rows.Rows


@dataclass(frozen=True)
class Done:
    """What became of a job. ``error``: why it could not be graded, or an empty string."""

    student: str
    files: dict[str, bytes] = field(default_factory=dict)  # in its folder of autograded/
    given: list[str] = field(default_factory=list)  # and those that are as in source/
    changes: rows.Difference | None = None
    noticed: list[str] = field(default_factory=list)
    error: str = ""


class OneByOne(Grading):
    """Grading of one submission after the other, as the caller says. ``prepare`` comes first, once."""

    paths: list[Path] | None = None  # of the notebooks in work

    def grade(self, student: str, paths: list[Path]) -> None:
        """Grade these notebooks, which need not be there. Raises NbGraderException."""
        self.paths, self.coursedir.student_id = paths, glob.escape(student)
        try:
            super(Grading, self).start()
        finally:
            self.sandbox.close()
            self.paths = None

    def begin(self, student: str, paths: list[Path]) -> None:
        """Let what is said, held and saved from now on be this submission's."""
        self.coursedir.student_id = self.student = student
        self.notebooks = list(map(str, paths))

    def prepare(self) -> None:
        super().prepare()
        # as start makes it; init_destination asks it what a notebook is called
        self.exporter = self.exporter_class(parent=self, config=self.config)

    def run_pre_convert_hook(self) -> None:
        if not self.paths:  # the caller does, before it looks at what was handed in
            super().run_pre_convert_hook()

    def init_notebooks(self) -> None:
        if self.paths:
            self.assignments = {str(self.paths[0].parent): list(map(str, self.paths))}
        else:
            super().init_notebooks()


class Workplace:
    """Where a worker grades the submissions of a run. ``close`` it in the end."""

    def __init__(self, course: Course):
        self.course, self.log, self.open = course, Log(), ExitStack()
        warnings.simplefilter("ignore", SAWarning)  # from nbgrader's own queries
        root = Path(self.open.enter_context(tempfile.TemporaryDirectory(prefix="mytorch-grading-"))).resolve()
        self.open.enter_context(one_gradebook())
        put_files(root / "source" / course.assignment, course.source)
        put_files(root / "release" / course.assignment, dict.fromkeys(course.release))
        if course.extensions is not None:
            put_files(root, {extensions.FILE: course.extensions})
        # in memory, where a commit costs nothing, for as long as one connection is open
        url = f"sqlite:///file:{root.name}?mode=memory&cache=shared&uri=true"
        self.open.enter_context(_gradebook(url, course))
        self.coursedir = CourseDirectory(config=_config(course, root, url))
        self.engine: Engine = Gradebook(url, self.coursedir.course_id).engine
        self.converter = OneByOne(coursedir=self.coursedir, config=self.coursedir.config)
        self.converter.log = self.log.logger
        self.converter.key = course.key
        self.converter.prepare()
        self.open.callback(self.converter.sandbox.end)
        self.given: list[str] = []
        if course.assignment in ASSIGNMENTS:  # whose notebooks read no file: the driver lays them beside
            self.given = [*handed_in.laid_beside(self.converter, course.assignment)]
            self.converter.exclude_overwriting = {course.assignment: [*course.source]}

    def close(self) -> None:
        self.open.close()

    def prepare(self) -> None:
        """Ahead of the first submission. Raises SandboxUnavailable."""
        self.converter.sandbox.warm_up()

    def grade(self, job: Job, expected: Expected) -> Done:
        self.converter.traces = expected
        assignment, student = self.course.assignment, job.student
        submitted, graded = (
            folder(self.coursedir, step, student, assignment) for step in ("submitted", "autograded")
        )
        self.log.clear()
        put_files(submitted, job.files)
        with self.engine.begin() as connection:
            rows.put(connection, job.rows)
        try:
            self.converter.grade(student, [submitted / f"{name}.ipynb" for name in job.notebooks])
        except Exception as error:
            return Done(student, error=self.log.reason(error))
        else:
            files = take_files(graded)
            given = [name for name in files if files[name] == self.course.source.get(name)]
            own = {name: content for name, content in files.items() if name not in given}
            changed = rows.difference(job.rows, self._rows(student))
            return Done(student, own, [*self.given, *given], changed, self.log.noticed())
        finally:
            after = self._rows(student)
            with self.engine.begin() as connection:
                rows.remove(connection, after)
            for place in (submitted.parent, graded.parent):
                if place.exists():
                    rmtree(str(place))

    def _rows(self, student: str) -> rows.Rows:
        with self.engine.connect() as connection:
            return rows.of_student(connection, self.course.assignment, student)


@contextmanager
def _gradebook(url: str, course: Course) -> Iterator[None]:
    engine = create_engine(url)
    with engine.connect() as connection:
        Base.metadata.create_all(connection)
        rows.put(connection, course.rows)
        connection.commit()
        yield
    engine.dispose()


def _config(course: Course, root: Path, url: str) -> Config:
    """The course's own, with nbgrader's folders below ``root``."""
    config = deepcopy(course.config)
    config.CourseDirectory.update(
        root=str(root),
        db_url=url,
        assignment_id=course.assignment,
        notebook_id=course.notebook,
        student_id_exclude="",
        directory_structure=CourseDirectory.directory_structure.default_value,
        **{f"{step}_directory": step for step in STEPS},
    )
    for name in ("BaseConverter", "Autograde", OneByOne.__name__):  # the driver calls them
        for hook in ("pre_convert_hook", "post_convert_hook"):
            config[name].pop(hook, None)
    return config


def put_files(root: Path, files: Files) -> None:
    """Write them below ``root``, over whatever is there. Raises OSError."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if content is None:
            (root / name).mkdir(parents=True, exist_ok=True)
        else:
            handed_in.write_over(root / name, content)


def take_files(root: Path) -> dict[str, bytes]:
    """All files below ``root``, by path from there; none where it is not there."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
