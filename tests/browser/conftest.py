"""A browser for each worker, and in it JupyterLab with the folders of two students: one is finished, one has
not begun.

    NOTEBOOK = "04_loss.ipynb"

    def test_it(solved):                      # that notebook in JupyterLab, everything written
        bowl = Explorer(solved, "mse")

A notebook is opened and run once, for all tests that follow each other and use it: tests of one notebook
stand in one file, those of all that is not written yet in another. When a test fails, how its pages looked
is kept in test-results/.
"""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from support.browser import Pages, chromium
from support.explorers import names_in
from support.kernels import loaded_kernels
from support.lab import Notebook, enter, open_notebook
from support.lab_server import Server, start_jupyter, stop

RESULTS = Path(__file__).resolve().parents[2] / "test-results"
NEEDED = re.compile(r"^(import numpy|class |from mytorch import explore$|explore\.\w+\()", re.MULTILINE)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="package")
def browser():
    """Headless Chromium. Ends with this package: playwright keeps an event loop running, and other tests have
    their own.
    """
    # V8's last optimization takes more than it saves in pages that are closed soon.
    with chromium(None, "--js-flags=--no-opt") as pages:
        yield pages


@pytest.fixture(autouse=True)
def console(browser: Pages) -> list[str]:
    """What pages write to the console during this test."""
    browser.console.clear()
    return browser.console


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and (browser := item.funcargs.get("browser")):
        name = re.sub(r"\W+", "-", item.nodeid.removeprefix("tests/browser/")).strip("-")
        files = browser.keep(RESULTS / name)
        report.sections.append(("browser", "\n".join([*map(str, files), *browser.console[-40:]])))
    return report


@pytest.fixture(scope="package")
def students(release, root, tmp_path_factory) -> Path:
    """Two folders as `make lab` makes them: in ``solved`` everything is written, in ``empty`` nothing.

    Their notebooks hold what explorers need and nothing else, in ``empty`` that of all notebooks in one: text
    and trainings are opened and run elsewhere.
    """
    folder = tmp_path_factory.mktemp("students")
    solved, empty = (Path(shutil.copytree(release, folder / name)) for name in ("solved", "empty"))
    for package in ("nn", "models", "optim"):
        shutil.copytree(root / "mytorch" / package, solved / "mytorch" / package, dirs_exist_ok=True)
    for path in (root / "source/hw1").glob("*.ipynb"):
        shutil.copy(path, solved)
    for path in solved.glob("*.ipynb"):
        nbformat.write(needed_by_explorers(path), path)
    first, *others = map(needed_by_explorers, sorted(empty.glob("*.ipynb")))
    cells = {cell.id: cell for one in (first, *others) for cell in one.cells}  # some begin with the same
    first.cells = [*cells.values()]
    nbformat.write(first, empty / "explorers.ipynb")
    return folder


def needed_by_explorers(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [
        cell for cell in notebook.cells if cell.cell_type == "code" and NEEDED.search(cell.source)
    ]
    return notebook


@pytest.fixture(scope="package")
def server(students, tmp_path_factory):
    base = tmp_path_factory.mktemp("lab")
    with loaded_kernels(tmp_path_factory.mktemp("kernelspec")) as environment:
        process, server = start_jupyter(students, "student", base, environment)
        yield server
        stop(process)


@pytest.fixture(scope="package")
def open_in_lab(browser: Pages, server: Server):
    """``open_in_lab("solved/04_loss.ipynb")``: that notebook with all cells run, in the one page; what was
    open is closed.
    """
    page = browser.open(server.url)
    enter(page, server)
    current: list[Notebook] = []

    def opened(path: str) -> Notebook:
        if [notebook.path for notebook in current] != [path]:
            while current:
                current.pop().close()
            current.append(open_notebook(page, path))
            current[0].run_all()
            assert path.startswith("empty/") or current[0].errors() == []
        return current[0]

    yield opened
    page.context.close()


@pytest.fixture
def solved(open_in_lab, request) -> Notebook:
    """The module's NOTEBOOK with everything written."""
    return open_in_lab(f"solved/{request.module.NOTEBOOK}")


def pytest_generate_tests(metafunc):
    """A test that takes a ``name`` runs for every explorer of the module's NOTEBOOK."""
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", names_in(metafunc.module.NOTEBOOK))
