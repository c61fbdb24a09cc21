"""`make lab` itself, on a copy of the course: what a student sees first, and what a second start leaves
alone.
"""

import re
import shutil
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from support.browser import Pages
from support.lab import enter, open_notebook, opened
from support.lab_server import NOT_COPIED, REPOSITORY, make, run_make, stop

START = "00_start_here.ipynb"


def installed_with(requirement: str) -> set[str]:
    """The packages that pip installs for it."""
    found, waiting = set(), [Requirement(requirement)]
    while waiting:
        wanted = waiting.pop()
        name = normal(wanted.name)
        for text in () if (name, *wanted.extras) in found else requires(name) or ():
            needed = Requirement(text)
            if any(
                not needed.marker or needed.marker.evaluate({"extra": extra})
                for extra in ("", *wanted.extras)
            ):
                waiting.append(needed)
        found.add((name, *wanted.extras))
    return {name for name, *_ in found}


def normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def with_its_own_packages(tmp_path_factory):
    """`make lab` installs one extra, and the tests' Python has more: here nothing else can be imported."""
    more = installed_with("mytorch-course[test]") - installed_with("mytorch-course[release]")
    others = [
        name for name, packages in packages_distributions().items() if set(map(normal, packages)) <= more
    ]
    assert {"torch", "distributed"} <= set(others)
    folder = tmp_path_factory.mktemp("site")
    blocked = f"import sys\nsys.modules.update(dict.fromkeys({others}))\n"
    (folder / "sitecustomize.py").write_text(blocked, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        yield


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, with_its_own_packages) -> Path:
    """What an earlier `make lab` has made, with one notebook that the student has changed and one that is
    lost.
    """
    course = tmp_path_factory.mktemp("course") / "a folder with spaces"
    shutil.copytree(REPOSITORY, course, ignore=shutil.ignore_patterns(*NOT_COPIED))
    run_make("lab", course, "--version")
    folder = course / "workspace/hw1"
    path = folder / "02_activation.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("class Sigmoid", "class Mine"), encoding="utf-8")
    (folder / "06_batchnorm.ipynb").unlink()
    return folder


@pytest.fixture(scope="module")
def lab(workspace, tmp_path_factory):
    """The server that a second `make lab` starts, and what it printed."""
    base = tmp_path_factory.mktemp("make-lab")
    process, server = make("lab", workspace.parents[1], base)
    yield server, (base / "jupyter.log").read_text()
    stop(process)


@pytest.fixture(scope="module")
def page(lab, browser: Pages):
    """The page at the address that was printed."""
    server, log = lab
    page = browser.open(server.url)
    enter(
        page, server, next(word for word in log.split() if word.startswith(server.url) and "token=" in word)
    )
    yield page
    page.context.close()


def test_the_second_start_keeps_what_a_student_wrote_and_brings_back_what_is_lost(lab, workspace):
    server, _ = lab
    assert server.root == workspace
    assert "class Mine" in (workspace / "02_activation.ipynb").read_text(encoding="utf-8")
    assert (workspace / "06_batchnorm.ipynb").exists()


def test_the_address_that_it_prints_opens_the_first_notebook(page):
    opened(page, START)
    page.locator(".jp-NotebookPanel").get_by_role("heading", level=1).first.wait_for()
    assert page.get_by_role("menuitem", name="Nbgrader").count() == 0
    assert page.get_by_text("Jupyter news").count() == 0


def test_a_cell_runs_and_is_saved(page, workspace):
    notebook = open_notebook(page, "01_linear.ipynb")
    notebook.write("import numpy", "print(6 * 7)")
    notebook.run("print(6 * 7)")
    assert notebook.output("print(6 * 7)")[0]["text"] == "42\n"
    notebook.save()
    assert "print(6 * 7)" in (workspace / "01_linear.ipynb").read_text(encoding="utf-8")


def test_terminals_know_the_courses_python_and_stand_in_the_students_folder(page, workspace):
    page.evaluate("jupyterapp.commands.execute('terminal:create-new').then(() => {})")
    terminal = page.locator(".jp-Terminal textarea")
    terminal.wait_for(state="attached")
    for _ in range(60):  # it draws on a canvas, so nothing in the page says when the shell is there
        terminal.focus()
        page.keyboard.type("(command -v python; pwd) > which.txt; touch done.txt\n")
        page.wait_for_timeout(2000)
        if (workspace / "done.txt").exists():
            break
    assert (workspace / "which.txt").read_text().splitlines() == [f"{sys.prefix}/bin/python", str(workspace)]
