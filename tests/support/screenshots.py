"""Draw docs/handbook.md's pictures again: ``python tests/support/screenshots.py``; some minutes, then look at
them.

A class of made-up students is graded in a scratch copy of the course; pages are opened in Chromium,
formgrader in JupyterLab.
"""

import io
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from PIL import Image
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from grader.authoring.demo import TYPICAL_MISTAKES, change_code, copy_course  # noqa: E402
from grader.grading.stock import nbgrader  # noqa: E402
from support.browser import chromium  # noqa: E402
from support.disguises import KNOWN_DISGUISES  # noqa: E402
from support.handins import write_solution  # noqa: E402
from support.lab_server import start_jupyter, stop  # noqa: E402
from support.made_up_class import Release, class_with_copies, from_banks  # noqa: E402
from support.own import ASSIGNMENT, NOTEBOOKS  # noqa: E402

IMAGES = ROOT / "docs" / "images"
STUDENTS = "ada ben cleo dina emil fay gus hana ivan june kofi lena".split()
FLAWED = "mara"
WIDTH, HEIGHT = 1280, 800
COLOURS = 96  # of the palette: a page of text needs no more


def make_course(course: Path) -> None:
    """Hand-ins with known mistakes and one copy, graded; feedback and both reports."""
    copy_course(ROOT, course)
    (course / "exchange").mkdir()
    with (course / "nbgrader_config.py").open("a") as configuration:
        # without an exchange, formgrader puts a note about it first
        configuration.write(f"c.Exchange.root = {str(course / 'exchange')!r}\n")
    nbgrader("db", "assignment", "add", ASSIGNMENT, "--duedate", "2023-02-20 23:59 Asia/Dubai", root=course)
    nbgrader("generate_assignment", ASSIGNMENT, root=course)
    released = course / "release" / ASSIGNMENT
    release = Release({name: nbformat.read(released / f"{name}.ipynb", as_version=4) for name in NOTEBOOKS})
    drafts = from_banks(release, len(STUDENTS), seed=1)
    disguise = {"": KNOWN_DISGUISES["renamed, reordered, other comments"]}
    drafts, _ = class_with_copies(drafts, random.Random(1), disguise)
    for student, draft in zip(STUDENTS, drafts):
        release.write(course / "submitted" / student / ASSIGNMENT, draft)
    for name in NOTEBOOKS:
        path = write_solution(course, FLAWED, name)
        for _, old, new in (mistake for mistake in TYPICAL_MISTAKES if mistake[0] == name):
            change_code(path, old, new)
    for path in (course / "submitted").iterdir():
        (path / ASSIGNMENT / "timestamp.txt").write_text("2023-02-20 14:12:00 UTC")
    desk(course, "autograde", ASSIGNMENT)
    nbgrader("generate_feedback", ASSIGNMENT, "--student", FLAWED, root=course)
    desk(course, "similarity", ASSIGNMENT)
    desk(course, "report", ASSIGNMENT)


def desk(course: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "grader", *arguments], cwd=course, check=True)


def save(page: Page, name: str, height: int = HEIGHT) -> None:
    """The upper part of what the page shows, with few colours."""
    page.wait_for_timeout(1000)
    picture = Image.open(io.BytesIO(page.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": height})))
    path = IMAGES / f"{name}.png"
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")


def take_formgrader(page: Page, url: str, token: str) -> None:
    page.goto(f"{url}lab?token={token}")
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_text("Formgrader", exact=True).first.click()
    page.frame_locator("iframe").locator("td.num-submissions a").wait_for()
    page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")
    save(page, "formgrader", 530)

    page.goto(url.rstrip("/") + flawed_submission(page))
    page.wait_for_load_state("networkidle")
    page.get_by_text("times too large").first.evaluate("verdict => verdict.scrollIntoView({block: 'center'})")
    page.mouse.wheel(0, -200)
    save(page, "manual_grading")


def flawed_submission(page: Page) -> str:
    """The address of the flawed student's first notebook: formgrader's list has no names, its API does."""
    found = page.evaluate(
        "async path => (await fetch(path)).json()",
        f"/formgrader/api/submitted_notebooks/{ASSIGNMENT}/01_linear",
    )
    return f"/formgrader/submissions/{next(one['id'] for one in found if one['student'] == FLAWED)}"


def take_pages(page: Page, course: Path) -> None:
    page.goto((course / "feedback" / FLAWED / ASSIGNMENT / "01_linear.html").as_uri())
    save(page, "feedback", 900)
    page.goto((course / "reports" / ASSIGNMENT / "report.html").as_uri())
    save(page, "report", 1000)
    page.goto((course / "similarity" / f"{ASSIGNMENT}.html").as_uri())
    page.get_by_role("heading", name="Side by side").evaluate("heading => heading.scrollIntoView()")
    save(page, "similarity", 900)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mytorch-pictures-") as scratch:
        course = Path(scratch, "mytorch")
        course.mkdir()
        make_course(course)
        settings = Path(scratch, "jupyter")
        settings.mkdir()
        process, server = start_jupyter(course, "instructor", settings)
        try:
            with chromium() as browser:
                take_formgrader(browser.open(width=WIDTH, height=1000), server.url, server.token)
                take_pages(browser.open(width=WIDTH, height=1000), course)
        finally:
            stop(process)


if __name__ == "__main__":
    main()
