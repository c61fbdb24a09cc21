"""Check a course before its release: notebooks, points, solutions, grading, sandbox, environment.

Nothing of the course is changed: what has to be run is run on a scratch copy. Ends with an error when
something is wrong.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from packaging.requirements import Requirement

from grader.grading.advice import to_type
from grader.grading.cells import is_check, is_test
from grader.grading.coursedir import CONFIG, gradebook, has_gradebook, load, require_writable
from grader.grading.late import settings
from grader.grading.sandbox import Sandbox, SandboxUnavailable
from grader.grading.stock import CommandFailed, nbgrader, search_path
from grader.grading.unfinished import NOTES
from grader.grading.verdicts import recorded_verdict
from mytorch.characters import counted
from mytorch.check.judge import TrustedCellError, expected_traces
from mytorch.check.reference import ReferenceMissing
from mytorch.course import ASSIGNMENTS, Assignment
from mytorch.export import ExportError

from .confidential import hidden_lines, solution_lines
from .dangling import dangling, left_behind
from .demo import copy_course, scores, submit
from .faults import faults
from .parts import misfits, ordered
from .sync import stale

AUTOTEST = "AUTOTEST"  # from such a line nbgrader makes the test itself


@dataclass(frozen=True)
class Check:
    """``problem``: what is wrong and what to do, or an empty string."""

    checked: str
    problem: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quick",
        action="store_true",
        help="leave out what needs the notebooks to be run (about half a minute)",
    )


def run(args: argparse.Namespace) -> None:
    app = load()
    failed = 0
    for check in every_check(app, args.quick):
        print(
            f"✗ {check.checked}\n    {check.problem}" if check.problem else f"✓ {check.checked}", flush=True
        )
        failed += bool(check.problem)
    if failed:
        raise CommandFailed(f"{counted(failed, 'thing')} to mend before the release; see ✗ above.")
    print("The course is ready.")


def every_check(app: NbGrader, quick: bool = False) -> Iterator[Check]:
    root = Path(app.coursedir.root)
    yield from environment()
    yield (fit := Check("The files of every section fit together", "\n    ".join(misfits(root))))
    if not fit.problem:  # else it says why these do not
        yield notebooks_agree(root)
        yield nothing_left_behind(root)
    yield late_policy(app)
    yield results_can_be_kept(app)
    yield sandbox(app)
    found = {path: list(faults(path, app.config)) for path in sorted(root.glob("source/[!.]*/*.ipynb"))}
    sentences = [sentence for those in found.values() for sentence in those]
    yield Check("nbgrader can take every cell of source/", "\n    ".join(sentences))
    broken = {path.parent.name for path in found if found[path]}
    yield tests_in_gradebook(app, [path for path in found if path.parent.name not in broken])
    for assignment in ASSIGNMENTS.values():
        if fit.problem or assignment.name in broken:
            continue  # what else there is to say follows from that
        for finding in about(app, root, assignment, quick):
            several = f" ({assignment.name})" if len(ASSIGNMENTS) > 1 else ""
            yield replace(finding, checked=finding.checked + several)


def about(app: NbGrader, root: Path, assignment: Assignment, quick: bool) -> Iterator[Check]:
    yield from points(root, assignment)
    yield references(root, assignment)
    yield (trusted := graded_cells_run(root, assignment))
    if not quick and not trusted.problem:
        with tempfile.TemporaryDirectory(prefix="mytorch-doctor-") as scratch:
            yield from trial(root, Path(scratch), assignment)


def environment() -> Iterator[Check]:
    """The packages that pyproject.toml asks for, as installed in this environment, and the programs that
    nbgrader calls.
    """
    wrong = [problem for text in requires("mytorch-course") if (problem := _mismatch(Requirement(text)))]
    advice = f"{', '.join(wrong)}. Install again with: pip install -e '.[instructor]'" if wrong else ""
    yield Check("Packages are those of pyproject.toml", advice)
    found = shutil.which("alembic", path=search_path())
    yield Check(
        "nbgrader finds alembic",
        "" if found else "It is not installed in this environment: pip install alembic.",
    )


def _mismatch(requirement: Requirement) -> str:
    extras = ("instructor", "torch")  # the second is part of the first
    if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
        return ""
    try:
        installed = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is missing"
    if requirement.specifier.contains(installed, prereleases=True):
        return ""
    return f"{requirement.name} is {installed}, not {requirement.specifier}"


def notebooks_agree(root: Path) -> Check:
    try:
        sentences = stale(root)
    except (OSError, ExportError) as error:
        sentences = [str(error)]
    return Check("notebooks/, source/ and mytorch/ say the same", "\n    ".join(sentences))


def nothing_left_behind(root: Path) -> Check:
    paths = ", ".join(map(str, left_behind(root)))
    advice = f"{paths}: no section exports it any more. Delete it." if paths else ""
    return Check("Every module of the library is a section's", advice)


def references(root: Path, assignment: Assignment) -> Check:
    try:
        found = dangling(root, assignment)
    except (OSError, ValueError) as error:
        found = [str(error)]
    return Check("What notebooks refer to is there", "\n    ".join(found))


def points(root: Path, assignment: Assignment) -> Iterator[Check]:
    """The checks' points, against the sections' items. What else gives points is the instructor's own."""
    try:
        found = {
            cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
            for cell in _tests(root, assignment)
            if is_check(cell)
        }
    except (OSError, ValueError, AttributeError) as error:
        yield Check("Points can be read", f"{error}")
        return
    expected = {item.name: item.points for item in assignment.items}
    differing = [name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)]
    advice = (
        f"{', '.join(sorted(differing))}: make the graded cells and the items in mytorch/sections agree."
        if differing
        else ""
    )
    yield Check("Graded cells are the items of the sections", advice)
    total = sum(found.values())
    yield Check(
        f"Points sum to {assignment.points}", "" if total == assignment.points else f"They sum to {total:g}."
    )


def graded_cells_run(root: Path, assignment: Assignment) -> Check:
    """Each with PyTorch's classes in place of a student's, hidden tests included."""
    components, found = {item.name: {*item.components} for item in assignment.items}, []
    try:
        for cell in filter(is_check, _tests(root, assignment)):
            name = cell.metadata.nbgrader.grade_id
            try:
                checked = {trace.component for trace in expected_traces(cell.source)}
            except TrustedCellError as error:
                found.append(f"{name}: its cell stops with {error}")
                continue
            if checked != components.get(name, checked):
                found.append(
                    f"{name}: its cell checks {ordered(checked)}, its item is {ordered(components[name])}."
                )
    except (OSError, ValueError, AttributeError, ReferenceMissing) as error:
        found = [str(error)]
    return Check("Graded checks run with PyTorch's classes", "\n    ".join(found))


def late_policy(app: NbGrader) -> Check:
    """A wrong setting would come to light only when feedback is made."""
    try:
        settings(app.config)
    except CommandFailed as error:
        return Check("The late policy can be read", str(error))
    return Check("The late policy can be read")


def results_can_be_kept(app: NbGrader) -> Check:
    coursedir = app.coursedir
    try:
        require_writable(coursedir, coursedir.autograded_directory, coursedir.feedback_directory, NOTES)
    except CommandFailed as error:
        return Check("Results can be kept", str(error))
    return Check("Results can be kept")


def sandbox(app: NbGrader) -> Check:
    """One cell in the sandbox, which must find neither a network nor the course."""
    checked = "Submissions run in a sandbox"
    course = str(Path(app.coursedir.root, CONFIG))  # the folder itself is there when it holds the environment
    probe = f"import os, socket\nprint(len(socket.if_nameindex()), os.path.exists({course!r}))"
    try:
        with Sandbox(config=app.config) as trial_sandbox:
            if not trial_sandbox.isolated:
                return Check(checked, "c.Sandbox.isolation is 'none' in nbgrader_config.py.")
            recording = trial_sandbox.run("probe", [(probe, False)], 30)
    except SandboxUnavailable as error:
        return Check(checked, str(error))
    text = "".join(output.get("text", "") for output in recording.outputs[0]) or recording.problem
    advice = (
        ""
        if text.split() == ["1", "False"]
        else f"A cell in it sees more than it should, or does not run: {text.strip()}"
    )
    return Check(f"{checked}, in a control group" if trial_sandbox.group else checked, advice)


def tests_in_gradebook(app: NbGrader, notebooks: list[Path]) -> Check:
    """Grading takes the tests from the gradebook, as they were when the assignment was generated. One without
    sections may not be generated yet.
    """
    checked = "The gradebook has the tests and points of source/"
    differing: dict[str, list[str]] = {}
    come_late: list[str] = []
    try:
        if not has_gradebook(app.coursedir):
            return Check(checked + ": there is no gradebook yet")
        with gradebook(app.coursedir) as book:
            generated = {one.name for one in book.assignments if one.notebooks} | ASSIGNMENTS.keys()
            handed_in = {
                one.name: {notebook.name for notebook in one.notebooks}
                for one in book.assignments
                if one.submissions
            }
            for path in notebooks:
                name = path.parent.name
                if name in handed_in and path.stem not in handed_in[name]:
                    come_late.append(
                        f"{path.stem}: hand-ins of {name} are there, and nbgrader adds no notebook to an "
                        "assignment with hand-ins. Make another assignment for it."
                    )
                elif name in generated and (items := _not_in_book(book, path)):
                    differing.setdefault(name, []).extend(items)
    except CommandFailed as error:
        return Check(checked, str(error))
    generate = partial(to_type, "nbgrader generate_assignment")
    others = [
        f"Not those of {', '.join(items)}. Run '{generate(name, '--force')}'."
        for name, items in differing.items()
    ]
    return Check(checked, "\n    ".join(come_late + others))


def _not_in_book(book: Gradebook, notebook: Path) -> list[str]:
    """The cells with points that stand there otherwise. Of answers nbgrader keeps what it gives out."""
    found = []
    for cell in nbformat.read(notebook, as_version=4).cells:
        if not (utils.is_grade(cell) or utils.is_task(cell)):
            continue
        about, where = cell.metadata.nbgrader, (notebook.stem, notebook.parent.name)
        try:
            same = book.find_graded_cell(about.grade_id, *where).max_score == about.points
            if is_test(cell) and AUTOTEST not in cell.source:
                same = same and book.find_source_cell(about.grade_id, *where).source == cell.source
        except MissingEntry:
            same = False
        found += [] if same else [about.grade_id]
    return found


def _tests(root: Path, assignment: Assignment) -> list:
    """Those of the source."""
    source = root / "source" / assignment.name
    notebooks = [nbformat.read(source / f"{name}.ipynb", as_version=4) for name in assignment.notebooks]
    return [cell for notebook in notebooks for cell in notebook.cells if is_test(cell)]


def trial(root: Path, scratch: Path, assignment: Assignment) -> Iterator[Check]:
    """Generate the release on a copy, hand in the solution and the untouched release, and grade both."""
    course, name = scratch / "course", assignment.name
    course.mkdir()
    copy_course(root, course)
    try:
        nbgrader("generate_assignment", name, root=course)
        yield _nothing_given_away(course, assignment)
        submit(course, "solution", course / "source" / name)
        submit(course, "untouched", course / "release" / name)
        nbgrader("autograde", name, root=course)
    except (CommandFailed, OSError) as error:
        yield Check("The release can be generated and graded", str(error))
        return
    points_of = scores(course, name)
    possible = sum(cell.metadata.nbgrader.points for cell in _tests(root, assignment))
    for student, expected in (("solution", possible), ("untouched", 0)):
        earned = points_of.get(student, {})
        total = sum(earned.values())
        others = "; ".join(_others(course / "autograded" / student / name, earned, bool(expected)))
        advice = "" if total == expected else f"It earns {total:g}: {others}"
        yield Check(
            f"The {student} {'notebooks earn' if expected == 0 else 'earns'} {expected:g} points", advice
        )


def _others(folder: Path, earned: dict[str, float], right: bool) -> Iterator[str]:
    """The tests that right notebooks do not pass, with the reason, or that others do."""
    for path in sorted(folder.glob("*.ipynb")):
        for cell in filter(is_test, nbformat.read(path, as_version=4).cells):
            about, verdict = cell.metadata.nbgrader, recorded_verdict(cell)
            points = earned.get(about.grade_id, 0)
            if points != (about.points if right else 0):
                reason = f" ({verdict.headline})" if verdict.headline else ""
                yield f"{about.grade_id} {points:g} of {about.points:g}{reason}"


def _nothing_given_away(course: Path, assignment: Assignment) -> Check:
    release = course / "release" / assignment.name
    text = {path: _text(path) for path in release.rglob("*") if path.is_file()}
    given_away = set()
    for source in (course / "source").glob("*/*.ipynb"):
        for line in solution_lines(source) | hidden_lines(source):
            given_away |= {path.relative_to(release) for path, content in text.items() if line in content}
    advice = (
        f"Solutions or hidden tests stand in {', '.join(map(str, sorted(given_away)))}." if given_away else ""
    )
    return Check("The release holds no solution and no hidden test", advice)


def _text(path: Path) -> str:
    """What can be read in it: of JSON, a notebook's outputs and metadata too, all strings."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return "\n".join(_strings(json.loads(text))) if path.suffix in (".ipynb", ".json") else text


def _strings(value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value if isinstance(value, list) else value.values():
            yield from _strings(one)
