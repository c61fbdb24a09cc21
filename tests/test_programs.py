"""scripts/programs on machines that are only pretended, and tests that are left out for want of a program."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import programs

from grader.grading.sandbox.bubblewrap import SandboxUnavailable, require_bubblewrap

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ["sh", "awk", "cat", "env", "grep", "make", "mkdir", "rm", "sed", "true"]
PROGRAMS = ["chromium", "bwrap", "setpriv"]
PACKAGES = "chromium-headless-shell libatomic1 bubblewrap postgresql"
APT = ["apt-get update -q", f"apt-get install -y -q --no-install-recommends {PACKAGES}"]


class Machine:
    """A PATH of its own, whose programs write down how they are called, and a folder in the place of /."""

    def __init__(self, folder):
        self.folder, self.bin, self.log = folder / "it's #1 & more", folder / "bin", folder / "calls.log"
        self.system = folder / "system"
        self.bin.mkdir()
        for name in TOOLS:
            (self.bin / name).symlink_to(shutil.which(name))
        shutil.copytree(ROOT / "scripts", self.folder / "scripts")
        shutil.copy(ROOT / "Makefile", self.folder)
        self.has("uname", "echo Linux")
        self.has("id", "echo 1000")
        self.has("python3", "exit 0")

    def has(self, name, does="exit 0", logs=False):
        path = self.bin / name if "/" not in name else self.system / name
        path.parent.mkdir(parents=True, exist_ok=True)
        note = f'echo "{name} $*" >> "{self.log}"\n' if logs else ""
        path.write_text(f"#!/bin/sh\n{note}{does}\n")
        path.chmod(0o755)

    def is_debian(self, uid=0, apt_get="exit 0"):
        self.has("apt-get", apt_get, logs=True)
        self.has("id", f"echo {uid}")

    def run(self, *command, stdin=subprocess.DEVNULL):
        environment = {"PATH": str(self.bin), "HOME": str(self.system / "home"), "SYSTEM": str(self.system)}
        streams = {"stdin": stdin, "capture_output": True}
        return subprocess.run(command, cwd=self.folder, env=environment, text=True, **streams)

    def programs(self, *arguments, **streams):
        return self.run("scripts/programs", *arguments, **streams)

    def calls(self):
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def complete(machine):
    for name in [*PROGRAMS, "usr/lib/postgresql/15/bin/initdb", "usr/lib/x86_64/libatomic.so.1"]:
        machine.has(name)
    return machine


# --- what the tests need ------------------------------------------------------------------------------------


@pytest.mark.parametrize("goal", ["test", "demo", "instructor"])
def test_with_all_programs_nothing_is_said_or_done(complete, goal):
    complete.is_debian()
    run = complete.programs(goal)
    assert (run.returncode, run.stdout, run.stderr, complete.calls()) == (0, "", "", [])


def test_root_on_debian_gets_what_is_missing_and_is_told_first(machine):
    machine.has("setpriv")
    machine.is_debian(apt_get="echo apt-get at work")
    run = machine.programs("test")
    assert run.returncode == 0
    assert run.stdout.splitlines()[0].endswith(f"Installing with apt-get: {PACKAGES}")
    assert machine.calls() == APT


def test_only_what_is_missing_is_installed(complete):
    complete.is_debian()
    (complete.bin / "bwrap").unlink()
    complete.programs("test")
    assert complete.calls()[-1].endswith("--no-install-recommends bubblewrap")


def test_a_python_without_venv_is_completed(complete):
    complete.is_debian()
    complete.has("python3", 'case "$*" in *ensurepip*) exit 1 ;; esac')
    complete.programs("test")
    assert complete.calls()[-1].endswith("--no-install-recommends python3-venv")


SUDO = '[ "$1" != -n ] || exit {asks}\nexec "$@"'


def test_sudo_that_asks_nothing_is_used(machine):
    machine.is_debian(uid=1000)
    machine.has("sudo", SUDO.format(asks=0), logs=True)
    assert machine.programs("test").returncode == 0
    assert [call for call in machine.calls() if call.startswith("apt-get")] == APT
    assert "sudo apt-get update -q" in machine.calls()


def test_sudo_that_asks_is_used_where_somebody_can_answer(machine):
    machine.is_debian(uid=1000)
    machine.has("sudo", SUDO.format(asks=1))
    ours, theirs = pty.openpty()
    try:
        run = machine.programs("test", stdin=theirs)
    finally:
        os.close(ours)
        os.close(theirs)
    assert run.returncode == 0 and "Installing with sudo apt-get" in run.stdout
    assert machine.calls() == APT


def test_sudo_that_asks_stops_where_nobody_can_answer(machine):
    machine.is_debian(uid=1000)
    machine.has("sudo", SUDO.format(asks=1))
    run = machine.programs("test")
    assert run.returncode == 1 and machine.calls() == []
    assert f"sudo apt install {PACKAGES}\n" in run.stderr and "make check" in run.stderr


LINES = [
    ("apt-get", f"type as root\n    apt install {PACKAGES}\n"),
    ("dnf", "type as root\n    dnf install chromium libatomic bubblewrap postgresql-server\n"),
    ("pacman", "a PostgreSQL server. Nothing was started. To have it, install that with this machine's"),
]


@pytest.mark.parametrize(("manager", "line"), LINES)
def test_without_rights_the_line_to_type_is_the_one_for_this_machine(machine, manager, line):
    machine.has(manager, logs=True)
    run = machine.programs("test")
    assert run.returncode == 1 and line in run.stderr and machine.calls() == []


def test_nothing_starts_before_the_programs_are_there(machine):
    machine.has("apt-get")
    run = machine.run("make", "test")
    assert run.returncode == 2 and "apt install" in run.stderr
    assert not (machine.folder / ".venv").exists()
    assert "a sandbox, and bubblewrap (bwrap) is not installed" in machine.run("make", "demo").stderr
    assert not (machine.folder / ".venv").exists()


def test_an_apt_get_that_fails_stops_everything(machine):
    machine.is_debian(apt_get="exit 100")
    run = machine.programs("test")
    assert (
        run.returncode == 1 and "apt-get could not install chromium-headless-shell libatomic1" in run.stderr
    )


def test_a_source_that_is_gone_does_not_matter_if_the_packages_are_to_be_had(machine):
    machine.is_debian(apt_get='[ "$1" = install ]')
    assert machine.programs("test").returncode == 0


def test_nothing_is_installed_for_a_python_that_is_too_old(machine):
    machine.is_debian()
    machine.has("python3", "exit 1")
    assert machine.programs("test").returncode == 0 and machine.calls() == []


# --- what cannot be had -------------------------------------------------------------------------------------


def test_macos_lacks_only_the_browser(machine):
    machine.has("uname", "echo Darwin")
    run = machine.programs("test")
    assert run.returncode == 1
    assert "missing here: Chromium or Chrome. " in run.stderr
    assert "type\n    brew install google-chrome\n" in run.stderr
    machine.has("Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    assert machine.programs("test").returncode == 0
    assert machine.programs("find", "browser").stdout.strip().endswith("/MacOS/Google Chrome")
    assert "Linux only" in machine.programs("find", "sandbox").stdout


def test_ubuntus_chromium_is_a_snap_and_does_not_serve(complete):
    complete.is_debian()
    (complete.system / "etc").mkdir(parents=True)
    (complete.system / "etc/os-release").write_text("NAME=Ubuntu\nID=ubuntu\n")
    complete.has("chromium", "exec /snap/bin/chromium")
    found = complete.programs("find", "browser")
    assert found.returncode == 1 and "Google Chrome" in found.stdout
    assert complete.programs("test").returncode == 0 and complete.calls() == []
    complete.has("google-chrome")
    assert complete.programs("find", "browser").stdout == f"{complete.bin}/google-chrome\n"


def test_a_bubblewrap_that_does_not_work_is_not_installed_again(complete):
    complete.is_debian()
    complete.has("bwrap", "echo 'bwrap: No permissions' >&2; exit 1")
    assert complete.programs("test").returncode == 0 and complete.calls() == []
    found = complete.programs("find", "sandbox")
    assert found.returncode == 1 and found.stdout == "bubblewrap does not work here (bwrap: No permissions)\n"
    run = complete.programs("demo")
    assert run.returncode == 1 and "handbook" in run.stderr


# --- what grading needs -------------------------------------------------------------------------------------


def test_grading_installs_nothing_and_says_what_it_lacks(machine):
    machine.is_debian(uid=0)
    machine.has("setpriv")
    demo, instructor = machine.programs("demo"), machine.programs("instructor")
    assert (demo.returncode, instructor.returncode, machine.calls()) == (1, 0, [])
    for text in (demo.stderr, instructor.stdout):
        assert "bubblewrap (bwrap) is not installed" in text
        assert text.endswith("type\n    apt install bubblewrap\n")


def test_who_grades_without_a_sandbox_lacks_nothing(machine):
    (machine.folder / "nbgrader_config.py").write_text("c.Sandbox.isolation = 'none'\n")
    assert machine.programs("demo").returncode == 0


@pytest.mark.parametrize("manager", ["apt", "dnf"])
def test_the_grader_too_says_the_line_to_type(machine, monkeypatch, manager):
    machine.has(manager)
    monkeypatch.setenv("PATH", str(machine.bin))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SandboxUnavailable, match=f"type: sudo {manager} install bubblewrap[.]"):
        require_bubblewrap.__wrapped__()


def test_the_grader_sends_macos_to_linux(machine, monkeypatch):
    monkeypatch.setenv("PATH", str(machine.bin))
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailable, match="The sandbox needs Linux"):
        require_bubblewrap.__wrapped__()


# --- pytest -------------------------------------------------------------------------------------------------


@pytest.fixture
def pytest_without_postgresql(pytester, tmp_path, monkeypatch):
    """``run(*arguments)``: two tests, one of them marked, where no PostgreSQL is installed."""
    monkeypatch.setenv("SYSTEM", str(tmp_path / "empty"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("CI", raising=False)
    path = str(ROOT / "tests")
    pytester.makeconftest(f"import sys\nsys.path.insert(0, {path!r})\npytest_plugins = ['support.programs']")
    pytester.makeini("[pytest]\nmarkers =\n    postgresql\n    sandbox\n    browser\n")
    pytester.makepyfile("import pytest\n@pytest.mark.postgresql\ndef test_1(): assert 0\ndef test_2(): pass")
    programs.find.cache_clear()
    yield lambda *arguments: pytester.runpytest_inprocess("--color=yes", *arguments)
    programs.find.cache_clear()


RED = "\x1b[31m\x1b[1mNOT RUN: 1 test on PostgreSQL: no PostgreSQL server is installed\x1b[0m"


def test_what_cannot_run_is_left_out_and_the_last_line_says_so_in_red(pytest_without_postgresql):
    result = pytest_without_postgresql()
    assert result.ret == 0
    assert result.outlines[-1] == RED


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n1"]], ids=["one process", "workers"])
def test_in_ci_that_is_a_failure(pytest_without_postgresql, monkeypatch, workers):
    monkeypatch.setenv("CI", "true")
    result = pytest_without_postgresql(*workers)
    assert result.ret == 1
    assert result.outlines[-1] == RED


def test_what_was_not_asked_for_is_not_missed(pytest_without_postgresql, monkeypatch):
    monkeypatch.setenv("CI", "true")
    result = pytest_without_postgresql("-m", "not postgresql")
    assert result.ret == 0 and "NOT RUN" not in result.stdout.str()
