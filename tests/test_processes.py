"""Processes that begin warm (tests/support/processes.py)."""

from pathlib import Path

from support.own import ROOT
from support.processes import python
from support.units import SERVED

STARTS_ANOTHER = """
import subprocess, sys, psutil
print(subprocess.run([sys.executable, "-m", "alembic", "--version"], capture_output=True, text=True).stdout)
print(psutil.Process().children(recursive=True))
"""


def test_what_a_warm_process_starts_begins_in_the_same_server(tmp_path: Path):
    """Another server would load everything anew, for seconds."""
    run = python("-c", STARTS_ANOTHER, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    version, children = run.stdout.split("\n", 1)
    assert version.startswith("alembic ") and children.split() == ["[]"]


def test_modules_that_share_a_server_of_processes_are_there():
    """A name that no file has any more would cost another server, and nobody would notice."""
    assert [name for name in SERVED if not (ROOT / name).is_file()] == []
