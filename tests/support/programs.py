"""Tests marked `browser`, `sandbox` or `postgresql` need a program that pip does not bring.

Where it is missing they are left out, and pytest's last line says so; with CI=true that is a failure.
`scripts/programs` knows where the programs are.
"""

import os
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "programs"
MARKS = {"sandbox": "of the sandbox", "browser": "in the browser", "postgresql": "on PostgreSQL"}
NOT_RUN = pytest.StashKey[Counter[str]]()


@cache
def find(program: str) -> tuple[bool, str]:
    """(True, where it is), or (False, why it is not there)."""
    run = subprocess.run([SCRIPT, "find", program], text=True, capture_output=True)
    return run.returncode == 0, (run.stdout or run.stderr).strip()


def where(program: str) -> str:
    """For what starts the program: its path."""
    found, text = find(program)
    if not found:
        raise FileNotFoundError(text)
    return text


def pytest_configure(config):
    config.stash[NOT_RUN] = Counter()


@pytest.hookimpl(trylast=True)  # what -k and -m leave out needs no program
def pytest_collection_modifyitems(config, items):
    lacking = {item: mark for item in items if (mark := _lacking(item))}
    if lacking:
        items[:] = [item for item in items if item not in lacking]
        config.hook.pytest_deselected(items=list(lacking))
        config.stash[NOT_RUN].update(lacking.values())


def _lacking(item) -> str | None:
    return next((mark for mark in MARKS if item.get_closest_marker(mark) and not find(mark)[0]), None)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Under xdist every worker collects all tests, and this process none."""
    node.config.stash[NOT_RUN] |= Counter(getattr(node, "workeroutput", {}).get("not_run"))


def pytest_sessionfinish(session):
    not_run = session.config.stash[NOT_RUN]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = dict(not_run)
    elif not_run and os.environ.get("CI") == "true":
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config):
    """Here, since pytest's own last line, so many passed, comes after every hook for summaries."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal and config.stash[NOT_RUN]:
        counts = config.stash[NOT_RUN].items()
        parts = [f"{count} test{'s' * (count > 1)} {MARKS[mark]}: {find(mark)[1]}" for mark, count in counts]
        terminal.write_line(f"NOT RUN: {'; '.join(parts)}", red=True, bold=True)
