"""`make lab` itself, on a copy of the course: what a student sees first, and what a second start leaves alone."""

import shutil
import sys

import pytest
from support.lab import cell_outputs, open_notebook, run_cell, save, wait_for_notebook, write_code
from support.lab_server import NOT_COPIED, REPOSITORY, stop, wait_for_jupyter

START = "00_start_here.ipynb"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course") / "a folder with spaces"
    return shutil.copytree(REPOSITORY, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))


def make_lab(course, base):
    """`make lab` in the environment that runs the tests, which needs no setting up."""
    flags = ["--no-browser", "--expose-app-in-browser"]
    command = ["make", "lab", "SETUP=:", f"VENV={sys.prefix}", f"ARGS={' '.join(flags)}"]
    environment = {name: "" for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")}
    return wait_for_jupyter(command, course, environment, base)


@pytest.fixture(scope="module")
def lab(course, tmp_path_factory):
    base = tmp_path_factory.mktemp("make-lab")
    process, server = make_lab(course, base)
    yield server, base / "jupyter.log"
    stop(process)


def test_it_prints_an_address_that_opens_the_first_notebook(lab, browser):
    server, log = lab
    address = next(word for word in log.read_text().split() if word.startswith(server.url) and "token=" in word)
    page = browser.new_page()
    page.goto(address)
    wait_for_notebook(page, START)
    page.locator(".jp-NotebookPanel").get_by_role("heading", level=1).first.wait_for()
    assert page.get_by_role("menuitem", name="Nbgrader").count() == 0
    assert page.get_by_text("Jupyter news").count() == 0
    page.context.close()


def test_what_a_student_wrote_is_there_after_a_second_start(lab, course, open_lab, tmp_path):
    server, _ = lab
    page = open_lab(server)
    open_notebook(page, "01_linear.ipynb")
    write_code(page, 0, "print(6 * 7)")
    run_cell(page, 0)
    assert cell_outputs(page)[0][0]["text"] == "42\n"
    save(page)
    (server.root / "06_batchnorm.ipynb").unlink()

    process, again = make_lab(course, tmp_path)
    stop(process)
    assert again.root == server.root == course / "workspace/hw1"
    assert "print(6 * 7)" in (server.root / "01_linear.ipynb").read_text()
    assert (server.root / "06_batchnorm.ipynb").exists()


def test_terminals_know_the_courses_python_and_stand_in_the_students_folder(lab, open_lab):
    server, _ = lab
    page = open_lab(server)
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("() => jupyterapp.restored")
    page.evaluate("() => jupyterapp.commands.execute('terminal:create-new')")
    page.locator(".jp-Terminal textarea").wait_for(state="attached")
    page.wait_for_timeout(1000)
    page.keyboard.type("command -v python > which.txt; pwd >> which.txt; touch done.txt\n")
    deadline = 50
    while not (server.root / "done.txt").exists() and deadline:
        page.wait_for_timeout(200)
        deadline -= 1
    assert (server.root / "which.txt").read_text().splitlines() == [f"{sys.prefix}/bin/python", str(server.root)]
