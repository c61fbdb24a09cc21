"""Set-up: the list of packages, .venv, the Makefile and the student's workspace."""

import json
import runpy
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from support.own import ASSIGNMENT, ROOT
from traitlets.config import Config

from grader.authoring.two_forms import NOTEBOOK_METADATA
from grader.authoring.workspace import deliver, prepare

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def make(folder, *arguments):
    return subprocess.run(["make", *arguments], cwd=folder, text=True, capture_output=True)


# --- environment.yml ----------------------------------------------------------------------------------------


def bounds(requirements):
    """Version bounds by name."""
    parsed = [Requirement(text) for text in requirements]
    return {requirement.name.lower(): requirement.specifier for requirement in parsed}


def test_environment_yml_has_the_packages_of_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    by_conda = [entry for entry in environment if isinstance(entry, str)]
    by_pip = next(entry["pip"] for entry in environment if isinstance(entry, dict))
    assert "-e ." in by_pip
    listed = bounds(by_conda + [entry for entry in by_pip if entry != "-e ."])
    assert str(listed.pop("python")) == PROJECT["requires-python"]
    assert listed.pop("pip") == ""
    assert listed == bounds(PROJECT["dependencies"] + instructors())


def instructors():
    """The packages of their extra, which begins with what it includes."""
    extras = PROJECT["optional-dependencies"]
    first, *others = extras["instructor"]
    assert first == "mytorch-course[torch,release]"
    return extras["torch"] + extras["release"] + others


def test_a_student_needs_no_torch():
    assert "torch" not in bounds(PROJECT["dependencies"])


def test_torch_and_nbgrader_are_pinned():
    pinned = bounds(instructors())
    assert str(pinned["torch"]).startswith("==") and str(pinned["nbgrader"]).startswith("==")


# --- scripts/venv, with a Python that only pretends ---------------------------------------------------------

PRETENDER = """#!/bin/sh
# Answers as scripts/venv asks: version, is it new enough, has it venv; and makes a .venv that holds itself.
case "$*" in
*'print('*) echo {version} ;;
*'sys.exit('*) exit {too_old} ;;
*ensurepip*) exit {no_venv} ;;
'-m venv --clear .venv')
    echo made >> made.log
    [ ! -e venv-fails ] || {{ mkdir -p .venv/bin; exit 1; }}
    rm -rf .venv && mkdir -p .venv/bin && cp "$0" .venv/bin/python
    echo "command = python -m venv $(pwd -P)/.venv" > .venv/pyvenv.cfg ;;
'-m pip install'*)
    echo "$*" >> pip.log
    for log; do :; done
    [ ! -e pip-fails ] || {{ cat pip-fails >> "$log"; exit 1; }}
    [ ! -e pip-dies ] || kill -9 $$
    [ ! -e pip-is-killed ] || kill -9 $PPID ;;
esac
"""


class Course:
    """A folder with scripts/venv, a pyproject.toml and a pretended Python."""

    def __init__(self, folder):
        self.folder = folder
        shutil.copytree(ROOT / "scripts", folder / "scripts", dirs_exist_ok=True)
        (folder / "pyproject.toml").write_text("first\n")
        self.has_free(9000)

    def has_free(self, megabytes):
        df = self.folder / "df"
        df.write_text(f"#!/bin/sh\necho Filesystem\necho /dev/sda 9000000 1000 {megabytes * 1024} 1% /\n")
        df.chmod(0o755)

    def set_up(self, extra="instructor", version="3.12.1", too_old=0, no_venv=0, python=None):
        pretender = self.folder / "python-pretended"
        pretender.write_text(PRETENDER.format(version=version, too_old=too_old, no_venv=no_venv))
        pretender.chmod(0o755)
        environment = {
            "PATH": f"{self.folder}:/usr/bin:/bin",
            "PYTHON": python or str(pretender),
            "GOAL": "lab",
            "TMPDIR": str(self.folder),  # where one that is killed leaves pip's log
        }
        command = ["scripts/venv", extra]
        return subprocess.run(command, cwd=self.folder, env=environment, text=True, capture_output=True)

    def lines(self, log):
        path = self.folder / log
        return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (
            {"version": "3.9.18", "too_old": 1},
            "Python 3.11 or newer is needed, and '{python}' is Python 3.9.18.",
        ),
        ({"python": "no-such-python"}, "there is no working Python called 'no-such-python'."),
        ({"no_venv": 1}, "'{python}' (Python 3.12.1) comes without its venv module."),
    ],
)
def test_an_unusable_python_gets_one_clear_sentence(course, how, sentence):
    run = course.set_up(**how)
    assert run.returncode == 1
    assert run.stderr.startswith("MyTorch: " + sentence.format(python=course.folder / "python-pretended"))
    assert len(run.stderr.splitlines()) == 1
    assert "make lab PYTHON=python3.1" in run.stderr or "apt install python3.12-venv" in run.stderr


def test_packages_are_installed_again_only_when_pyproject_changed(course):
    assert course.set_up().returncode == 0
    assert course.set_up().stdout == ""
    assert (course.lines("made.log"), course.lines("pip.log")) == (1, 1)
    (course.folder / "pyproject.toml").write_text("second\n")
    assert course.set_up().returncode == 0
    assert (course.lines("made.log"), course.lines("pip.log")) == (1, 2)


@pytest.mark.parametrize("extra", ["instructor", "test"])
def test_what_an_extra_includes_is_not_installed_again(course, extra):
    course.set_up(extra)
    for included in ("release", "instructor")[: 1 if extra == "instructor" else 2]:
        course.set_up(included)
    assert course.lines("pip.log") == 1


def test_who_worked_as_a_student_before_gets_the_instructors_packages(course):
    course.set_up("release")
    course.set_up("instructor")
    assert course.lines("pip.log") == 2


PIPS_REASONS = [
    # pip's log, what is said, how often .venv is made
    ("", "pip's message stands above.", 1),
    ("OSError: [Errno 28] No space left on device", "the disk became full", 2),
    ("Retrying after connection broken by 'NewConnectionError", "not all packages arrived", 1),
    ("ReadTimeoutError: HTTPSConnectionPool: Read timed out.", "not all packages arrived", 1),
]


@pytest.mark.parametrize(("log", "sentence", "made"), PIPS_REASONS)
def test_a_failed_install_is_explained_and_tried_again(course, log, sentence, made):
    (course.folder / "pip-fails").write_text(log)
    run = course.set_up()
    assert run.returncode == 1 and len(run.stderr.splitlines()) == 1
    assert sentence in run.stderr and "run make lab again" in run.stderr
    (course.folder / "pip-fails").unlink()
    assert course.set_up().returncode == 0
    assert (course.lines("made.log"), course.lines("pip.log")) == (made, 2)


@pytest.mark.parametrize(("extra", "free"), [("release", 500), ("instructor", 1000), ("test", 2000)])
def test_a_disk_without_room_is_found_before_anything_is_made(course, extra, free):
    course.has_free(free)
    run = course.set_up(extra)
    assert run.returncode == 1 and f" MB of disk here, and {free} MB are free." in run.stderr
    assert not (course.folder / ".venv").exists()


@pytest.mark.parametrize("character", ':%$`"\\*?[]{}')
def test_a_folder_that_pythons_programs_do_not_work_in(tmp_path, character):
    course = Course(tmp_path / f"a{character}b")
    run = course.set_up()
    assert run.returncode == 1 and f"in its path: {course.folder}. Rename it." in run.stderr


def test_other_characters_in_a_folders_name_do_no_harm(tmp_path):
    assert Course(tmp_path / "it's #1 & 'more'").set_up().returncode == 0


def test_a_venv_that_could_not_be_made_leaves_nothing_behind(course):
    (course.folder / "venv-fails").touch()
    run = course.set_up()
    assert run.returncode == 1 and "did not work; its message stands above." in run.stderr
    assert not (course.folder / ".venv").exists()


def test_where_pip_was_killed_that_is_said_and_the_venv_made_anew(course):
    (course.folder / "pip-dies").touch()
    run = course.set_up()
    assert run.returncode == 1 and "pip was killed" in run.stderr
    (course.folder / "pip-dies").unlink()
    assert course.set_up().returncode == 0
    assert (course.lines("made.log"), course.lines("pip.log")) == (2, 2)


def test_a_venv_that_was_cut_off_is_made_anew(course):
    (course.folder / "pip-is-killed").touch()
    assert course.set_up().returncode == -9
    (course.folder / "pip-is-killed").unlink()
    assert course.set_up().returncode == 0
    assert (course.lines("made.log"), course.lines("pip.log")) == (2, 2)


def test_a_moved_folder_gets_a_new_venv(course, tmp_path_factory):
    course.set_up()
    course.folder = Path(shutil.move(course.folder, tmp_path_factory.mktemp("elsewhere") / "course"))
    assert course.set_up().returncode == 0
    assert course.lines("made.log") == 2


# --- the Makefile -------------------------------------------------------------------------------------------


def test_make_alone_lists_the_commands():
    listed = [line.split()[1] for line in make(ROOT, "--no-print-directory").stdout.splitlines()]
    assert listed == [
        "help",
        "lab",
        "instructor",
        "test",
        "check",
        "demo",
        "sync",
        "section",
        "book",
        "figures",
        "clean",
    ]


@pytest.mark.parametrize(
    ("goal", "command"),
    [("lab", "workspace {}"), ("section", "section dropout --assignment {}"), ("book", "book {}")],
)
def test_make_takes_the_first_assignment_of_sections(tmp_path, goal, command):
    """Whatever else an instructor has in source/, and before there is a .venv."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in (ASSIGNMENT, "an_exam"):
        (tmp_path / "source" / name).mkdir(parents=True)
    for options, expected in (([], ASSIGNMENT), (["ASSIGNMENT=an_exam"], "an_exam")):
        steps = make(tmp_path, "--dry-run", goal, "NAME=dropout", *options).stdout
        assert f"-m grader {command.format(expected)}" in steps


def test_clean_spares_what_cannot_be_made_again(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    kept = [
        "workspace/hw1/01.ipynb",
        "submitted/ada/hw1/__pycache__/x",
        "gradebook.db",
        "feedback/ada/hw1/x.html",
    ]
    gone = [
        ".venv/bin/python",
        "release/hw1/01.ipynb",
        "grader/__pycache__/x.pyc",
        "mytorch/nn/__pycache__/x.pyc",
    ]
    for path in kept + gone:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert make(tmp_path, "clean").returncode == 0
    assert all((tmp_path / path).exists() for path in kept)
    assert not any((tmp_path / path).exists() for path in gone)


# --- make instructor ----------------------------------------------------------------------------------------


def test_what_is_saved_in_source_keeps_what_text_notebooks_keep(monkeypatch, tmp_path):
    """Also the tag "form", without which the release would clear a table to be filled in. What VS Code had
    written there meanwhile is kept, too.
    """
    monkeypatch.chdir(ROOT)
    config = ROOT / "jupyter" / "instructor" / "jupyter_server_config.py"
    save = runpy.run_path(str(config), init_globals={"get_config": Config})["save_clean"]
    kept = {"nbgrader": {"grade_id": "table"}, "tags": ["form"]}
    cell = {"cell_type": "markdown", "source": "", "metadata": {**kept, "trusted": True}}
    model = {"type": "notebook", "content": {"metadata": {"signature": "x"}, "cells": [cell]}}
    save.__globals__["ROOT"] = tmp_path
    for path in ("source/hw1/03_mlp.ipynb", "notebooks/03_mlp.md"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("edited elsewhere")
    save(model, "source/hw1/03_mlp.ipynb")
    assert cell["metadata"] == kept and model["content"]["metadata"] == NOTEBOOK_METADATA
    assert (tmp_path / "kept" / "03_mlp.ipynb").read_text() == "edited elsewhere"
    assert "  source/hw1/03_mlp.ipynb\n" in (tmp_path / "source" / ".written").read_text()


# --- the workspace ------------------------------------------------------------------------------------------


def notebook(*sources, outputs=()):
    cells = [
        {
            "cell_type": "code",
            "source": [source],
            "outputs": list(outputs),
            "metadata": {},
            "execution_count": None,
        }
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


class Desk:
    """A release, a workspace, and what is remembered between two deliveries."""

    def __init__(self, folder):
        self.release, self.workspace, self.remembered = folder / "release", folder / "workspace", {}
        for path, text in {"a.ipynb": notebook("1"), "mytorch/nn/linear.py": "# not written yet\n"}.items():
            self.write(self.release / path, text)

    def write(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def deliver(self):
        """Names of the files that are new, refreshed and kept."""
        delivery = deliver(self.release, self.workspace, self.remembered)
        return tuple(
            [path.as_posix() for path in paths] for paths in (delivery.new, delivery.refreshed, delivery.kept)
        )


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_everything_is_delivered_once(desk):
    assert desk.deliver() == (["a.ipynb", "mytorch/nn/linear.py"], [], [])
    assert desk.deliver() == ([], [], [])
    assert (desk.workspace / "a.ipynb").read_text() == notebook("1")


def test_what_the_student_left_alone_is_refreshed(desk):
    desk.deliver()
    desk.write(desk.release / "a.ipynb", notebook("2"))
    assert desk.deliver() == ([], ["a.ipynb"], [])
    assert (desk.workspace / "a.ipynb").read_text() == notebook("2")


def test_what_the_student_wrote_is_kept_and_said_only_if_there_is_something_newer(desk):
    desk.deliver()
    desk.write(desk.workspace / "a.ipynb", notebook("mine"))
    desk.write(desk.workspace / "mytorch/nn/linear.py", "class Linear: ...")
    assert desk.deliver() == ([], [], [])
    desk.write(desk.release / "a.ipynb", notebook("2"))
    for _ in range(2):
        assert desk.deliver() == ([], [], ["a.ipynb"])
    assert (desk.workspace / "a.ipynb").read_text() == notebook("mine")
    assert (desk.workspace / "mytorch/nn/linear.py").read_text() == "class Linear: ..."


def test_a_pasted_picture_is_what_the_student_wrote(desk):
    desk.deliver()
    mine = json.loads(notebook("1"))
    mine["cells"][0] |= {"attachments": {"image.png": {"image/png": "iVBORw0KGgo="}}}
    desk.write(desk.workspace / "a.ipynb", json.dumps(mine))
    desk.write(desk.release / "a.ipynb", notebook("2"))
    assert desk.deliver() == ([], [], ["a.ipynb"])
    assert json.loads((desk.workspace / "a.ipynb").read_text()) == mine


def test_a_notebook_that_was_only_run_is_refreshed(desk):
    desk.deliver()
    run = notebook("1", outputs=[{"output_type": "stream", "name": "stdout", "text": ["1"]}])
    desk.write(desk.workspace / "a.ipynb", run)
    assert desk.deliver() == ([], [], [])
    assert (desk.workspace / "a.ipynb").read_text() == run
    desk.write(desk.release / "a.ipynb", notebook("2"))
    assert desk.deliver() == ([], ["a.ipynb"], [])


def test_a_deleted_file_comes_back(desk):
    desk.deliver()
    (desk.workspace / "a.ipynb").unlink()
    assert desk.deliver() == (["a.ipynb"], [], [])


def test_files_that_were_never_delivered_are_the_students(desk):
    """The memory is lost, or somebody brought a workspace of their own."""
    desk.write(desk.workspace / "a.ipynb", notebook("mine"))
    assert desk.deliver() == (["mytorch/nn/linear.py"], [], ["a.ipynb"])
    assert (desk.workspace / "a.ipynb").read_text() == notebook("mine")


IN_THE_WAY = ["file where a folder was", "folder where a file was", "dangling link", "broken notebook"]


@pytest.mark.parametrize("theirs", IN_THE_WAY)
def test_whatever_stands_in_the_way_stays(desk, theirs):
    desk.deliver()
    target = desk.workspace / "a.ipynb"
    if theirs == "file where a folder was":
        shutil.rmtree(desk.workspace / "mytorch")
        target = desk.workspace / "mytorch"
        target.write_text("notes")
        desk.write(desk.release / "mytorch/nn/linear.py", "newer")
    else:
        target.unlink()
        desk.write(desk.release / "a.ipynb", notebook("newer"))
        if theirs == "folder where a file was":
            target.mkdir()
        elif theirs == "dangling link":
            target.symlink_to(desk.workspace / "gone.ipynb")
        else:
            target.write_text("{")
    assert [len(paths) for paths in desk.deliver()] == [0, 0, 1]
    assert target.is_symlink() or target.is_dir() or target.read_text() in ("notes", "{")


def test_caches_and_checkpoints_are_not_delivered(desk):
    for folder in ("mytorch/__pycache__", ".ipynb_checkpoints"):
        desk.write(desk.release / folder / "x", "")
    assert desk.deliver()[0] == ["a.ipynb", "mytorch/nn/linear.py"]


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A course whose release is made by copying; ``built`` counts how often."""
    builds = []

    def build(root, assignment):
        builds.append(root)
        shutil.copytree(root / "source/hw1", root / "release/hw1", dirs_exist_ok=True)

    monkeypatch.setattr("grader.authoring.workspace.build_release", build)
    for path in ("source/hw1/a.ipynb", "mytorch/x.py", "grader/y.py", "nbgrader_config.py", "pyproject.toml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(notebook("1"))
    prepare(tmp_path, "hw1")
    return builds


def test_the_release_is_not_built_again_without_need(built, tmp_path):
    (tmp_path / "mytorch/__pycache__").mkdir()
    (tmp_path / "mytorch/__pycache__/x.pyc").touch()
    (tmp_path / "mytorch/x.py").touch()
    prepare(tmp_path, "hw1")
    assert len(built) == 1


SOURCES = [
    "source/hw1/a.ipynb",
    "source/hw1/new.svg",
    "mytorch/x.py",
    "grader/y.py",
    "nbgrader_config.py",
    "pyproject.toml",
]


@pytest.mark.parametrize("changed", SOURCES)
def test_a_stale_release_is_built_again(built, tmp_path, changed):
    (tmp_path / changed).write_text(notebook("2"))
    prepare(tmp_path, "hw1")
    assert len(built) == 2


def test_a_missing_release_is_built_again(built, tmp_path):
    shutil.rmtree(tmp_path / "release")
    prepare(tmp_path, "hw1")
    assert len(built) == 2
    assert (tmp_path / "release/hw1/a.ipynb").exists()
