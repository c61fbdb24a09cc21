"""The report of a check as a page shows it: axe finds nothing, light or dark, and the reason is in sight."""

import pytest
from support.axe import violations
from support.bank import compared
from support.class_of_mistakes import wrong

from mytorch.check.diagnosis import diagnose
from mytorch.check.report import Report

# JupyterLab's paper and ink
THEMES = {"light": ("#ffffff", "rgba(0, 0, 0, 0.87)"), "dark": ("#111111", "rgba(255, 255, 255, 1)")}
MISTAKES = [wrong("Linear", "dLdW summed"), wrong("BatchNorm1d", "median")]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.component)
def test_it_can_be_read_by_everyone(browser, mistake, theme):
    comparison = compared(mistake.build(), mistake.component)
    report = Report(comparison, diagnose(comparison.mismatch), ["A note."])._repr_html_()
    paper, ink = THEMES[theme]
    page = browser.open(width=400, height=300)
    page.set_content(
        '<!doctype html><html lang="en"><title>Report</title>'
        f"<style>body {{background: {paper}; color: {ink}}}</style>"
        f"<main><h1>Report</h1>{report}</main></html>"
    )
    why = page.locator(".mt-why")
    assert why.bounding_box()["y"] + why.bounding_box()["height"] < 300, "before the first scrolling"
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.context.close()
