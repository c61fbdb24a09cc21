"""The submissions to compare: this term's, earlier ones, and what the assignment gives to everybody."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests
from traitlets.config import Config

from grader.grading.cells import WithoutSolutions
from grader.grading.coursedir import CONFIG, folder, full_names, student_folders
from grader.grading.macros import WithoutMacros
from grader.grading.stock import CommandFailed
from grader.grading.submissions import read

from .fingerprints import LONGEST_CELL, LONGEST_NOTEBOOK, bounded

Cells = list[tuple[str, str]]  # (cell type, source)
MOST_OTHERS = 20  # notebooks of a hand-in under names that the assignment does not have


@dataclass
class Submission:
    """What one student wrote. ``term`` is empty for this term, else the folder that an earlier submission
    came from. ``full_name`` is the gradebook's, where it has one.
    """

    student: str
    path: Path
    term: str = ""
    notebooks: dict[str, Cells] = field(default_factory=dict)  # the student's own cells, by notebook
    # one sentence for each notebook that could not be read, or not whole
    problems: list[str] = field(default_factory=list)
    full_name: str = ""

    @property
    def name(self) -> str:
        """As people know the student, the id beside."""
        named = f"{self.full_name} ({self.student})" if self.full_name else self.student
        return f"{named} ({self.term})" if self.term else named


@dataclass
class GivenOut:
    """What every student starts from."""

    notebooks: dict[str, NotebookNode]

    @cached_property
    def cells(self) -> Cells:
        return [
            (cell.cell_type, cell.source) for notebook in self.notebooks.values() for cell in notebook.cells
        ]

    @cached_property
    def plain(self) -> set[str]:
        """The cells' sources, whatever their blanks."""
        return {_plain(source) for _, source in self.cells}

    @property
    def attributes(self) -> set[str]:
        """Names behind a dot, such as dLdW."""
        return set(
            re.findall(r"\.([^\W\d]\w*)", "\n".join(source for kind, source in self.cells if kind == "code"))
        )


def submitted(coursedir: CourseDirectory, assignment: str) -> list[Submission]:
    """This term's submissions, in the order of the students' ids. Raises CommandFailed when there are
    none.
    """
    paths = student_folders(coursedir, "submitted", assignment)
    names = full_names(coursedir)
    found = [Submission(one, path, full_name=names.get(one, "")) for one, path in paths.items()]
    if not found:
        raise CommandFailed(
            f"No submissions of {assignment}: nothing matches "
            f"{folder(coursedir, 'submitted', '*', assignment)}. Collect them first."
        )
    return found


def earlier(place: Path, assignment: str) -> list[Submission]:
    """The submissions in ``place``: a course, its submitted/, or any folder that holds folders of notebooks.

    Raises CommandFailed when there are none.
    """
    if not place.is_dir():
        raise CommandFailed(f"{place} is not a folder: --against takes folders of earlier submissions.")
    root = place
    if (place / CONFIG).is_file() or (place / "submitted").is_dir():
        root = place / "submitted"
    found = sorted({path.parent for path in root.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts})
    of_assignment = [path for path in found if path.name == assignment]
    if not found:
        raise CommandFailed(
            f"No notebooks in {root}: --against takes a course or a folder of earlier submissions."
        )
    term = place.resolve().name
    if term == "submitted":
        term = place.resolve().parent.name
    return [Submission(_student(path, root, assignment), path, term) for path in of_assignment or found]


def _student(path: Path, root: Path, assignment: str) -> str:
    parts = path.relative_to(root).parts
    return "/".join(parts[:-1] if parts[-1:] == (assignment,) else parts) or root.resolve().name


def given_out(coursedir: CourseDirectory, assignment: str, config: Config) -> GivenOut:
    """The release, or the source without its solutions. Raises CommandFailed when there is neither."""
    release, source = (
        folder(coursedir, "release", ".", assignment),
        folder(coursedir, "source", ".", assignment),
    )
    if notebooks := _readable(release):
        return GivenOut(notebooks)
    notebooks = _readable(source)
    if not notebooks:
        raise CommandFailed(
            f"Nothing to compare with: neither {release} nor {source} holds notebooks of {assignment}."
        )
    resources = {"nbgrader": {"assignment": assignment}}
    cleared = WithoutSolutions(config=config, enforce_metadata=False), ClearHiddenTests(config=config)
    for step in (WithoutMacros(), *cleared):
        notebooks = {stem: step.preprocess(notebook, resources)[0] for stem, notebook in notebooks.items()}
    return GivenOut(notebooks)


def _readable(place: Path) -> dict[str, NotebookNode]:
    found = {path.stem: read(path) for path in sorted(place.glob("*.ipynb"))}
    return {stem: notebook for stem, (notebook, problem) in found.items() if not problem}


def read_cells(submission: Submission, start: GivenOut) -> Submission:
    """Fill in the student's own cells: those that are not word for word in the release."""
    paths = sorted(submission.path.glob("*.ipynb"))
    others = [path for path in paths if path.stem not in start.notebooks]
    if left_out := set(others[MOST_OTHERS:]):
        reason = f"{len(left_out):,} notebooks under names of its own were left out: it has {len(others):,}."
        submission.problems.append(reason)
    for path in [path for path in paths if path not in left_out]:
        notebook, problem = read(path)
        if problem:
            submission.problems.append(problem)
            continue
        own = [
            (cell.cell_type, cell.source) for cell in notebook.cells if _plain(cell.source) not in start.plain
        ]
        submission.notebooks[path.stem], is_cut = bounded(
            [(kind, source) for kind, source in own if source.strip()]
        )
        if is_cut:
            submission.problems.append(
                f"{path.name} is too long to be read whole: the first {LONGEST_CELL:,} characters of a cell "
                f"are, and the first {LONGEST_NOTEBOOK:,} of the notebook. Its beginning took part."
            )
    if not submission.notebooks and not submission.problems:
        submission.problems.append("There is no notebook in it.")
    return submission


def _plain(source: str) -> str:
    return re.sub(r"\s+", " ", source).strip()
