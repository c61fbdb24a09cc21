"""Headless Chromium: where it is, how it is started, and what is kept of its pages when a test fails.

with chromium() as browser:
    page = browser.open(server.url, width=1280)
    …
    browser.keep(folder)     # a screenshot of every open page, and what they wrote to the console
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

from support.programs import where

VIEWS = ((1280, "light"), (400, "dark"))  # in which a page is looked at: (width, theme)
FLAGS = (
    *(
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ),
    *["--no-sandbox"] * (hasattr(os, "geteuid") and os.geteuid() == 0),
)
PATIENCE = 60_000  # milliseconds for anything to happen: the machine may be busy


class Pages:
    """A running Chromium. What its pages write to the console is kept in ``console``."""

    def __init__(self, browser: Browser):
        self.browser = browser
        self.console: list[str] = []

    def open(self, url: str | None = None, width: int = 1280, height: int = 900, **options) -> Page:
        """An empty page with cookies of its own; its relative addresses begin at ``url``."""
        context = self.browser.new_context(
            base_url=url, viewport={"width": width, "height": height}, **options
        )
        context.set_default_timeout(PATIENCE)
        context.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: self.console.append(f"uncaught: {error.error}"))
        return context.new_page()

    def read(self, file: Path, **options) -> Page:
        """The page in a file, with all that folds unfolded. It keeps the addresses that it ``asked`` for."""
        page = self.open(**options)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        return page

    def keep(self, folder: Path) -> list[Path]:
        """Write down how every open page looks, and the console. Returns the files."""
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for page in [page for context in self.browser.contexts for page in context.pages]:
            files.append(folder / f"page-{len(files) + 1}.png")
            try:
                page.screenshot(path=files[-1], timeout=10_000)
            except Error as error:  # it hangs, or is gone: that is worth knowing too
                self.console.append(f"no {files.pop().name} of {page.url}: {error}")
        files.append(folder / "console.txt")
        files[-1].write_text("\n".join(self.console), encoding="utf-8")
        return files


def look(page: Page, width: int, theme: str = "light", medium: str = "screen", forced: str = "none") -> Page:
    """The open page in a window of that width, for people with that theme; ``forced="active"``: who have
    chosen all colours themselves.
    """
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme, media=medium, forced_colors=forced)
    return page


@contextmanager
def chromium(path: str | None = None, *flags: str) -> Iterator[Pages]:
    """Chromium, while it runs: the one at ``path``, or the one that scripts/programs finds; with more
    flags.
    """
    with sync_playwright() as playwright:
        program = path or where("browser")
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
        try:
            yield Pages(browser)
        finally:
            browser.close()
