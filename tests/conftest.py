"""What tests of several folders share: a generated course, made once and copied for whoever wants to change
it; explorers.
"""

import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from multiprocessing.util import get_temp_dir
from pathlib import Path

# Ahead of NumPy: its second thread waits in a busy loop, on the processor of the other worker.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Of what is heavy nothing else is imported here: the process that hands out the tests needs none of it.
import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir
from support.copies import copy_of, unchanged
from support.own import ASSIGNMENT, ROOT
from support.processes import nbgrader, programs, warm_subprocesses
from support.units import Units

from grader.grading.stock import search_path

pytest_plugins = ["support.programs"]

# Little of what libraries and tests make is garbage: to look for it so often took a tenth of the time.
gc.set_threshold(50_000, 20, 50)

LONG = ("browser", "sandbox", "nbgrader", "postgresql")  # the markers

# Hundreds of Pythons begin here: what one has compiled the next one reads.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The same examples in every run, in make check a fifth of them; --hypothesis-profile=search draws others.
# Nothing is kept but its tables.
set_hypothesis_home_dir(ROOT / ".pytest_cache" / "hypothesis")
hypothesis.settings.register_profile("search", deadline=None, database=None)
hypothesis.settings.register_profile(
    "course", hypothesis.settings.get_profile("search"), derandomize=True, max_examples=50
)
hypothesis.settings.register_profile("check", hypothesis.settings.get_profile("course"), max_examples=10)
hypothesis.settings.load_profile("course")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    """Whatever reads the generated course needs nbgrader's run. Modules that take long come first: no worker
    has one to do when the others are done.
    """
    for item in items:
        if "generated" in item.fixturenames:
            item.add_marker("nbgrader")
    yield
    long = {item.path for item in items if any(map(item.get_closest_marker, LONG))}
    items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish():
    """Libraries and tests stay: the garbage collector need not look through them each time."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Units(config, log)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository. Tests read it and leave it as it is."""
    return ROOT


@pytest.fixture(scope="session", autouse=True)
def nobodys_settings(tmp_path_factory):
    """Settings of whoever runs the tests do not matter, Jupyter's, IPython's and make's; Pythons begin
    warm.
    """
    from nbgrader import api
    from support.statements import shared

    home = tmp_path_factory.mktemp("settings")
    get_temp_dir()  # of multiprocessing, which removes it last of all
    with (
        # short, for sockets; what is killed leaves its own there
        tempfile.TemporaryDirectory(prefix="tests-", ignore_cleanup_errors=True) as scratch,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(tempfile, "tempdir", scratch)
        patch.setenv("TMPDIR", scratch)
        for name in ("MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "ARGS"):  # of make test ARGS=…
            patch.delenv(name, raising=False)
        patch.setenv("PATH", search_path())
        patch.setattr(api, "get_alembic_version", newest_of_nbgraders_databases)
        patch.setattr(api, "create_engine", shared)
        patch.setattr(subprocess, "run", subprocess.run)  # to be as it was in the end
        warm_subprocesses()
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            patch.setenv(name, str(home / name.lower()))
        yield


@cache
def newest_of_nbgraders_databases() -> str:
    """As nbgrader asks the program ``alembic`` for it, for each gradebook that is made."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from nbgrader import api

    with api._temp_alembic_ini("sqlite://") as ini:
        return ScriptDirectory.from_config(Config(ini)).get_current_head()


@pytest.fixture(scope="session")
def begun(nobodys_settings, tmp_path_factory) -> Iterator[Path]:
    """What nbgrader needs of the course, before anything is generated. Only to be copied."""
    from grader.authoring.demo import copy_course

    course = tmp_path_factory.mktemp("begun")
    copy_course(ROOT, course)
    with unchanged(course):
        yield course


@pytest.fixture(scope="session")
def generated(begun, tmp_path_factory) -> Iterator[Path]:
    """A copy of the course after ``nbgrader generate_assignment``. Only to be read; ``course`` is a copy to
    change.
    """
    course = copy_of(begun, tmp_path_factory.mktemp("generated") / "course")
    nbgrader("generate_assignment", ASSIGNMENT, root=course)
    with unchanged(course):
        yield course


@pytest.fixture(scope="session")
def commands(nobodys_settings, tmp_path_factory) -> Iterator[Path]:
    """A folder for PATH with ``nbgrader`` and ``grader``, which begin warm."""
    folder = tmp_path_factory.mktemp("bin")
    with programs(folder, "nbgrader", "grader"):
        yield folder


@pytest.fixture
def course(generated, tmp_path) -> Path:
    """A copy of ``generated`` to do anything with."""
    return copy_of(generated, tmp_path / "course")


@pytest.fixture(scope="session")
def release(generated) -> Path:
    """The folder that students get: release/hw1. Only to be read."""
    return generated / "release" / ASSIGNMENT


@pytest.fixture
def explore():
    """``explore(MSEBowl, MSELoss)``: an explorer, closed in the end."""
    made = []

    def start(explorer, *classes):
        made.append(explorer(*classes))
        return made[-1]

    yield start
    for explorer in made:
        explorer.close()
