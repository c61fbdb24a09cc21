"""JupyterLab on a free port over a copy of a folder, and a page of headless Chromium looking at it.

    def test_it(serve, open_lab):
        server = serve(folder, "student")      # or "instructor": the configuration of `make lab` / `make instructor`
        page = open_lab(server)
        open_notebook(page, "01_linear.ipynb")  # from lab.py, like run_all and cell_outputs
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

REPOSITORY = Path(__file__).resolve().parents[2]
NOT_COPIED = (".git", ".venv", "workspace", "__pycache__", ".pytest_cache", ".ipynb_checkpoints", "*.egg-info")
CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


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


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium, started once."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.fail("Chromium is not installed. On Debian: sudo apt install chromium (.ci/run does it)", pytrace=False)
    flags = CHROMIUM_FLAGS + ["--no-sandbox"] * (os.geteuid() == 0)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """``serve(folder, "student")`` copies the folder and starts JupyterLab on it; one that is running is used again."""
    running: dict[tuple[Path, str], Server] = {}
    processes: list[subprocess.Popen] = []

    def start(folder: Path, lab: str) -> Server:
        if (folder, lab) not in running:
            base = tmp_path_factory.mktemp("lab")
            root = Path(shutil.copytree(folder, base / "root", ignore=shutil.ignore_patterns(*NOT_COPIED)))
            process, server = start_jupyter(root, lab, base)
            processes.append(process)
            running[folder, lab] = server
        return running[folder, lab]

    yield start
    for process in processes:
        stop(process)


@pytest.fixture
def open_lab(browser):
    """``open_lab(server)``: a new page (1280 × 900) whose relative addresses lead to that server."""
    contexts = []

    def new_page(server: Server):
        context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 900})
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.goto(f"lab?token={server.token}")
        return page

    yield new_page
    for context in contexts:
        context.close()


def start_jupyter(root: Path, lab: str, base: Path) -> tuple[subprocess.Popen, Server]:
    """JupyterLab as the Makefile starts it, but for the user's own settings, which must not matter here."""
    configuration = [REPOSITORY / "jupyter" / lab, REPOSITORY / "jupyter" / "common"]
    scripts = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": os.pathsep.join([scripts, os.environ["PATH"]]),
        "COURSE_BIN": scripts,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, configuration)),
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
        "IPYTHONDIR": str(base / "ipython"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"]
    command += ["--allow-root"] * (os.geteuid() == 0)
    log = base / "jupyter.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=root, env=environment, stdout=output, stderr=subprocess.STDOUT)
    facts = base / "runtime" / f"jpserver-{process.pid}.json"
    deadline = time.monotonic() + 60
    while not is_up(facts):
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process)
            pytest.fail(f"JupyterLab did not start:\n{log.read_text()}", pytrace=False)
        time.sleep(0.1)
    known = json.loads(facts.read_text())
    return process, Server(known["url"], known["token"], root)


def is_up(facts: Path) -> bool:
    """The server has written its address, and answers there."""
    try:
        with urllib.request.urlopen(json.loads(facts.read_text())["url"] + "api", timeout=5):
            return True
    except (OSError, ValueError):
        return False


def stop(process: subprocess.Popen):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
