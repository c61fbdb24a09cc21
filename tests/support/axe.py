"""What is wrong with a page for those who cannot see it well or use no mouse: axe-core's findings."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page


def violations(page: Page, within: str = "html") -> list[str]:
    """Of the open page, or of what a selector finds in it: the rule, the element, what axe says of it."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("within => axe.run(within, {resultTypes: ['violations']})", within)["violations"]
    return [
        f"{rule['id']}: {node['target'][0]}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
