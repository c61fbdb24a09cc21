"""Processes that begin warm (tests/support/processes.py)."""

from pathlib import Path

from support.processes import python

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
