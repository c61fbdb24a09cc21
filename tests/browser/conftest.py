"""JupyterLab on a free port over a copy of a folder, and a page of headless Chromium looking at it.

    def test_it(serve, open_lab):
        server = serve(folder, "student")      # or "instructor": the configuration of `make lab` / `make instructor`
        page = open_lab(server)
        open_notebook(page, "01_linear.ipynb")  # from lab.py, like run_all and cell_outputs
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from support.lab_server import NOT_COPIED, Server, start_jupyter, stop
from support.programs import where

CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium. Not for the whole session: playwright keeps an event loop running, and other files have tests of asyncio."""
    flags = CHROMIUM_FLAGS + ["--no-sandbox"] * (os.geteuid() == 0)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=where("browser"), args=flags)
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
