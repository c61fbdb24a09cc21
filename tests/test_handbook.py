"""docs/handbook.md: every command in it is run, in order, and prints what the page says; every name in docs/
is real.
"""

import argparse
import csv
import getpass
import io
import re
import shlex
import shutil
import tarfile
import tomllib
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from support.copies import copy_of
from support.documents import Machine, blocks, missing
from support.handins import lean, make_mistake, solved
from support.own import ASSIGNMENT, NOTEBOOKS
from support.processes import nbgrader
from traitlets.config import Config

from grader.__main__ import COMMANDS, build_parser
from grader.authoring.demo import TYPICAL_MISTAKES, scores
from mytorch.course import ITEMS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OTHERS = [ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]
OTHERS += sorted((ROOT / "grader" / "authoring" / "student").glob("*.md"))
LEFT_OUT = (
    ".git",
    ".venv",
    "__pycache__",
    ".pytest_cache",
    ".ipynb_checkpoints",
    "*.egg-info",
    "workspace",
    ".grading",
)
LEFT_OUT += ("submitted", "feedback", "downloaded", "returned", "reports", "similarity.*", "gradebook.db*")
LINEAR, *_, BATCH_NORM = TYPICAL_MISTAKES
GIVEN_BY_HAND = 7  # points
POINTS = {item.name: item.points for item in ITEMS}

WORKSHEET = [
    ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"]
    + ["Grade can be changed", "Last modified (submission)"],
    ["Participant 7001", "Ada Okafor", "ada@uni.example", "Submitted for grading", "", "100.00"]
    + ["Yes", "Monday, 20 February 2023, 6:12 PM"],
    ["Participant 7002", "Ben Lindqvist", "ben@uni.example", "Submitted for grading", "", "100.00"]
    + ["Yes", "Tuesday, 21 February 2023, 9:40 AM"],
    ["Participant 7003", "Cleo Haddad", "cleo@uni.example", "Submitted for grading", "", "100.00"]
    + ["Yes", "Monday, 20 February 2023, 11:58 PM"],
    ["Participant 7004", "Dina Marsh", "dina@uni.example", "No submission", "", "100.00", "Yes", "-"],
]


# --- the page -----------------------------------------------------------------------------------------------


HANDBOOK = (ROOT / "docs" / "handbook.md").read_text(encoding="utf-8")
BLOCKS = blocks(ROOT / "docs" / "handbook.md")
LAST = max(block.section for block in BLOCKS)  # JupyterHub, with a course of its own


def files() -> dict[str, str]:
    """The configuration files that the page shows, by the path in their first line."""
    shown = [block.text for block in BLOCKS if block.kind == "python"]
    return {text.partition("\n")[0].removeprefix("# "): text for text in shown}


def test_what_is_missing_is_found():
    assert missing("one\nt…e", "one\ntwo\nthree") is None
    assert missing("three\none", "one\ntwo\nthree") == "one"
    assert missing("3 new", "13 newer") == "3 new"


# --- running it ---------------------------------------------------------------------------------------------


def handin(changes=()) -> bytes:
    """A student's handin.tar: the solution, with changes (notebook, old, new), without demonstrations."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in NOTEBOOKS:
            content = nbformat.writes(
                solution(name, [(old, new) for notebook, old, new in changes if notebook == name])
            ).encode()
            entry = tarfile.TarInfo(f"{name}.ipynb")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def solution(name: str, changes=()):
    notebook = solved(nbformat.read(ROOT / "source" / ASSIGNMENT / f"{name}.ipynb", as_version=4))
    for cell in notebook.cells:
        for old, new in changes:
            cell.source = cell.source.replace(old, new)
    return lean(notebook)


@pytest.fixture(scope="module")
def without_hub(commands, tmp_path_factory) -> tuple[Machine, list[str]]:
    """The page's steps before JupyterHub, all run. Returns what they printed, too."""
    folder = tmp_path_factory.mktemp("handbook")
    course = Path(shutil.copytree(ROOT, folder / "mytorch-course", ignore=shutil.ignore_patterns(*LEFT_OUT)))
    shutil.rmtree(course / "release" / ASSIGNMENT, ignore_errors=True)
    machine = Machine(folder, course, commands)
    downloads = folder / "home" / "Downloads"
    with (downloads / "worksheet.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(WORKSHEET)
    with zipfile.ZipFile(downloads / "submissions.zip", "w") as export:
        export.writestr("Ada Okafor_7001_assignsubmission_file_/handin.tar", handin())
        export.writestr("Ben Lindqvist_7002_assignsubmission_file_/handin.tar", handin([LINEAR, BATCH_NORM]))
        export.writestr("Cleo Haddad_7003_assignsubmission_file_/handin.tar", handin([LINEAR]))
    printed = []
    for block in BLOCKS:
        if block.kind == "bash" and block.section < LAST:
            printed.append(machine.run(block))
            if block.text == "grader doctor":  # it tries everything on a copy
                assert (
                    not (course / "gradebook.db").exists() and not (course / "release" / ASSIGNMENT).exists()
                )
            if "grader report" in block.text or "generate_assignment hw1 --force" in block.text:
                give_points(course)
    return machine, printed


def give_points(course: Path):
    """As formgrader does in manual grading."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("Linear", "01_linear", ASSIGNMENT, "ben@uni.example")
        grade.manual_score, grade.needs_manual_grade = GIVEN_BY_HAND, False
        gradebook.db.commit()


@pytest.mark.sandbox
@pytest.mark.nbgrader
def test_the_course_without_jupyterhub(without_hub):
    machine, printed = without_hub
    assert sum(text.count("Graded 3 submissions") for text in printed) == 2
    with Gradebook(f"sqlite:///{machine.course / 'gradebook.db'}") as gradebook:
        assert gradebook.find_assignment(ASSIGNMENT).duedate == datetime(2023, 2, 20, 19, 59)
        points = {one.student.id: one.score for one in gradebook.assignment_submissions(ASSIGNMENT)}
    assert points == {"ada@uni.example": 100, "ben@uni.example": 65 + GIVEN_BY_HAND, "cleo@uni.example": 85}
    with (machine.course / "returned" / ASSIGNMENT / "grades-moodle.csv").open(encoding="utf-8") as file:
        returned = {row["Full name"]: row["Grade"] for row in csv.DictReader(file)}
    late = (65 + GIVEN_BY_HAND) * 0.9
    assert returned["Ada Okafor"] == "100" and returned["Ben Lindqvist"] == f"{late:g}"


@pytest.mark.sandbox
@pytest.mark.nbgrader
def test_students_get_a_zip_without_solutions(without_hub):
    with zipfile.ZipFile(without_hub[0].course / "hw1.zip") as archive:
        assert "hw1/01_linear.ipynb" in archive.namelist() and "hw1/README.md" in archive.namelist()
        assert b"BEGIN SOLUTION" not in archive.read("hw1/01_linear.ipynb")


@pytest.fixture(scope="module")
def exchanged(generated, commands, tmp_path_factory) -> Machine:
    """Chapter 11 without the hub: release, fetch, work, submit, collect, grade, feedback, and back to the
    student.
    """
    folder = tmp_path_factory.mktemp("exchange")
    machine = Machine(folder, copy_of(generated, folder / "course"), commands)
    configuration = folder / "etc" / "jupyter" / "nbgrader_config.py"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(machine.here(files()["/etc/jupyter/nbgrader_config.py"]))
    exchange = folder / "srv" / "nbgrader" / "exchange"
    exchange.mkdir(parents=True)
    exchange.chmod(0o1777)
    for block in BLOCKS:
        if block.section == LAST and block.kind.startswith("bash"):
            if "nbgrader submit" in block.text:  # in one block with fetching: the student works in between
                fetching, submitting = block.text.split("\n", 1)
                machine.run(replace(block, text=fetching, prints=""))
                machine.fetched = files_in(machine.student / ASSIGNMENT)
                work(machine.course, machine.student / ASSIGNMENT)
                block = replace(block, text=submitting, prints=block.prints.split("\n", 1)[1])
            if "nbgrader collect" in block.text:
                # nobody lists others' hand-ins
                assert oct((exchange / "mytorch" / "inbound").stat().st_mode & 0o777) == "0o733"
            machine.run(block)
    assert exchange.stat().st_mode & 0o1777 == 0o1777
    return machine


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def work(course: Path, folder: Path) -> None:
    """The student solves the fetched notebooks, one with a mistake."""
    for name in NOTEBOOKS:
        nb = lean(solved(nbformat.read(course / "source" / ASSIGNMENT / f"{name}.ipynb", as_version=4)))
        nbformat.write(make_mistake(nb, name) if name == "05_sgd" else nb, folder / f"{name}.ipynb")


@pytest.mark.sandbox
@pytest.mark.nbgrader
def test_the_exchange_brings_students_the_release(exchanged, release):
    assert exchanged.fetched == files_in(release)


@pytest.mark.sandbox
@pytest.mark.nbgrader
def test_what_came_through_the_exchange_is_graded(exchanged):
    student = getpass.getuser()
    assert scores(exchanged.course) == {student: POINTS | {"SGD": 0}}
    nbgrader("export", root=exchanged.course)
    with (exchanged.course / "grades.csv").open() as file:
        rows = list(csv.DictReader(file))
    found = [
        (row["student_id"], row["assignment"], float(row["score"]), float(row["max_score"])) for row in rows
    ]
    possible = sum(POINTS.values())
    assert found == [(student, ASSIGNMENT, possible - POINTS["SGD"], possible)]


@pytest.mark.sandbox
@pytest.mark.nbgrader
def test_feedback_comes_back_through_the_exchange(exchanged):
    pages = {
        path.stem: path.read_text(encoding="utf-8")
        for path in exchanged.student.glob(f"{ASSIGNMENT}/feedback/*/*.html")
    }
    assert sorted(pages) == sorted(NOTEBOOKS)
    assert "SGD: v_W of layers[0] after step 2" in pages["05_sgd"]
    assert "All checks pass: 20 of 20 points." in pages["06_batchnorm"]


# --- what is not run here -----------------------------------------------------------------------------------


def test_the_late_policy_is_the_configured_one():
    configured = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    for line in files()["nbgrader_config.py"].splitlines()[1:]:
        assert re.search(rf"^{re.escape(line)}( |$)", configured, re.MULTILINE), line


def test_jupyterhub_runs_the_instructor_alone_in_the_courses_environment():
    config = Config()
    exec(files()["/srv/jupyterhub/jupyterhub_config.py"], {"get_config": lambda: config})
    for name, environment in (("instructor", "/home/instructor/mytorch-course/.venv"), ("ada", "/opt/hub")):
        assert name in config.Authenticator.allowed_users
        spawner = argparse.Namespace(
            user=argparse.Namespace(name=name), cmd=config.Spawner.cmd, environment={}
        )
        config.Spawner.pre_spawn_hook(spawner)
        assert spawner.cmd == [f"{environment}/bin/jupyterhub-singleuser"]
    course = Config()
    exec(files()["/home/instructor/.jupyter/nbgrader_config.py"], {"get_config": lambda: course})
    assert course.CourseDirectory.root == "/home/instructor/mytorch-course"


def test_commands_that_are_typed_by_hand_name_what_there_is():
    typed = "\n".join(block.text for block in BLOCKS if block.kind == "console") + HANDBOOK
    packages = set(re.search(r"apt install (python3 .*)", typed)[1].split())
    rows = re.findall(r"^(\w+) +([\w-]+) ", (ROOT / "scripts" / "programs").read_text(), re.MULTILINE)
    on_apt = {package for program, package in rows if program in ("sandbox", "venv")}
    assert packages == {"python3", "git", "make"} | on_apt

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(re.findall(r"'\.\[(\w+)\]'", typed))
    assert extras and extras <= set(project["optional-dependencies"])
    pins = set(re.findall(r"nbgrader==[\d.]+", typed))
    assert pins and pins <= set(project["optional-dependencies"]["release"])

    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"[`$] ?make (\w+)", typed)) <= set(targets)


def grader_calls(page: str) -> list[list[str]]:
    """Calls of grader in code blocks and in `code`: the words after "grader"."""
    code = re.findall(r"^```\S*.*?^```", page, re.MULTILINE | re.DOTALL) + re.findall(
        r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)", page
    )
    calls = re.findall(r"(?:^|&& |[$] |-m )grader ([a-z][^\n#&|]*)", "\n".join(code), re.MULTILINE)
    return [shlex.split(call, posix=False) for call in calls]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_grader_command_and_option_exists(path):
    for words in grader_calls(path.read_text(encoding="utf-8")):
        assert words[0] in COMMANDS, words
        subparsers = next(
            action for action in build_parser(words[0])._actions if isinstance(action.choices, dict)
        )
        options = {
            option for action in subparsers.choices[words[0]]._actions for option in action.option_strings
        }
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options, words


def test_options_on_their_own_exist_in_some_command():
    """`--roster` without the command before it."""
    known = set()
    for name in COMMANDS:
        subparsers = next(
            action for action in build_parser(name)._actions if isinstance(action.choices, dict)
        )
        known |= {option for action in subparsers.choices[name]._actions for option in action.option_strings}
    elsewhere = {
        "--update",
        "--anyway",
        "--no-browser",
        "--port",
        "--allow-root",
        "--with",
        "--python",
    }  # nbgrader's, mytorch's, JupyterLab's and the benchmarks'
    for path in PAGES:
        for option in re.findall(r"`(--[a-z-]+)", path.read_text(encoding="utf-8")):
            assert option in known | elsewhere, f"{path.name}: {option}"


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", [*PAGES, *OTHERS], ids=lambda path: path.name)
def test_pictures_and_links_lead_somewhere(path):
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", path.read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        page = path.parent / target if target else path
        assert page.exists(), link
        assert not anchor or anchor in anchors(page), link


def test_pictures_are_small():
    for path in (ROOT / "docs" / "images").glob("*.png"):
        assert path.stat().st_size < 170_000, path.name
