"""Temporary folders of processes that were killed."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from support.processes import still_alive

from grader.grading.temporary import PREFIX, TemporaryFolder

MADE = """
import os, sys, time
from pathlib import Path
from grader.grading.temporary import TemporaryFolder
made = TemporaryFolder()
Path(made.name, "work").touch()
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Where temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def killed_in(place, program="print(flush=True)\ntime.sleep(60)"):
    """The folder that a process makes, which is killed when it has printed a line, and the line."""
    with subprocess.Popen(
        [sys.executable, "-c", MADE + program], stdout=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        process.kill()
    (left,) = place.glob(f"{PREFIX}*/work")
    return left.parent, line


def test_what_a_killed_process_has_left_goes_with_the_next(place):
    left, _ = killed_in(place)
    with TemporaryFolder():
        assert not left.exists()


def test_a_folder_stays_while_a_process_that_was_forked_lives(place):
    left, child = killed_in(
        place, "if child := os.fork(): print(child, flush=True)\nelse: os.close(1)\ntime.sleep(60)"
    )
    with TemporaryFolder():
        assert left.exists()
    os.kill(int(child), signal.SIGKILL)
    assert not still_alive([psutil.Process(int(child))])
    with TemporaryFolder():
        assert not left.exists()


def test_folders_in_use_stay_and_go_with_their_block(place):
    with TemporaryFolder() as one, TemporaryFolder() as other:
        assert Path(one).is_dir() and Path(other).is_dir()
    assert not [*place.iterdir()]


def test_one_that_is_made_at_this_moment_is_nobodys_and_stays(place):
    """It has no lock yet, and nothing in it."""
    new = Path(tempfile.mkdtemp(prefix=PREFIX))
    with TemporaryFolder():
        assert new.exists()


def test_a_link_leads_nowhere(place):
    (place / "own").mkdir()
    (place / "own" / "work").touch()
    (place / f"{PREFIX}link").symlink_to(place / "own")
    with TemporaryFolder():
        assert (place / "own" / "work").exists()
