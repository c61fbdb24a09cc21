"""Start JupyterLab on a folder as the Makefile does, and stop it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
NOT_COPIED = (".git", ".venv", "__pycache__", ".pytest_cache", ".ipynb_checkpoints", "*.egg-info")
NOT_COPIED += ("workspace", "submitted", "feedback", "downloaded", "gradebook.db*")
NO_DISPLAY = dict.fromkeys(("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"), "")


@dataclass
class Server:
    """A running JupyterLab: its address, its token and the folder it serves (a copy, free to be changed)."""

    url: str
    token: str
    root: Path

    def contents(self, path: str, method: str = "GET", body: dict | None = None) -> dict:
        """One call of Jupyter's contents API, as the browser makes when it opens or saves a file."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}api/contents/{path}", data=data, method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)


def start_jupyter(
    root: Path, lab: str, base: Path, more: dict | None = None
) -> tuple[subprocess.Popen, Server]:
    """JupyterLab on ``root`` with the configuration that the Makefile gives to ``lab``, and ``more``
    environment.
    """
    configuration = [REPOSITORY / "jupyter" / lab, REPOSITORY / "jupyter" / "common"]
    scripts = str(Path(sys.executable).parent)
    environment = {
        "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, configuration)),
        "PATH": os.pathsep.join([scripts, os.environ["PATH"]]),
        "COURSE_BIN": scripts,
        **(more or {}),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"]
    command += ["--allow-root"] * (os.geteuid() == 0)
    return wait_for_jupyter(command, root, environment, base)


def make(goal: str, course: Path, base: Path) -> tuple[subprocess.Popen, Server]:
    """``make lab`` or ``make instructor`` itself, until its server answers."""
    return wait_for_jupyter(_make(goal, "--no-browser --expose-app-in-browser"), course, NO_DISPLAY, base)


def run_make(goal: str, course: Path, arguments: str) -> None:
    """``make GOAL ARGS=…`` to its end."""
    run = subprocess.run(
        _make(goal, arguments), cwd=course, env=os.environ | NO_DISPLAY, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr


def _make(goal: str, arguments: str) -> list[str]:
    """In the environment that runs the tests, which needs no setting up."""
    return ["make", goal, "SETUP=:", f"VENV={sys.prefix}", f"ARGS={arguments}"]


def wait_for_jupyter(
    command: list[str], root: Path, environment: dict, base: Path
) -> tuple[subprocess.Popen, Server]:
    """Run a command that starts JupyterLab, without the user's own settings, and wait until the server
    answers.
    """
    own = {
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
        "IPYTHONDIR": str(base / "ipython"),
    }
    log = base / "jupyter.log"
    with log.open("w") as output:
        streams = {"stdout": output, "stderr": subprocess.STDOUT}
        process = subprocess.Popen(
            command, cwd=root, env=os.environ | own | environment, start_new_session=True, **streams
        )
    deadline = time.monotonic() + 120
    while not (known := running_server(base / "runtime")):
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process)
            pytest.fail(f"JupyterLab did not start:\n{log.read_text()}", pytrace=False)
        time.sleep(0.1)
    return process, Server(known["url"], known["token"], Path(known["root_dir"]))


def running_server(runtime: Path) -> dict | None:
    """What a server wrote about itself, once it answers at its address."""
    try:
        known = json.loads(next(runtime.glob("jpserver-*.json")).read_text())
        with urllib.request.urlopen(known["url"] + "api", timeout=5):
            return known
    except (StopIteration, OSError, ValueError):
        return None


def stop(process: subprocess.Popen):
    """End the server and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
