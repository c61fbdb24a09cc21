"""Colours stand once, and those of pages can be read."""

import re

import pytest
from support.own import ROOT

from mytorch import style


def test_colours_stand_in_one_module():
    hexadecimal = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
    found = set()
    for folder in ("mytorch", "grader", "notebooks", "jupyter"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".css", ".js", ".j2", ".html"):
                if hexadecimal.search(path.read_text(encoding="utf-8")):
                    found.add(str(path.relative_to(ROOT)))
    assert found == {"mytorch/style.py"}


@pytest.mark.parametrize("theme", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_every_hue_can_be_read_on_every_ground(theme):
    variables = dict(one.removeprefix("--").split(": ") for one in style.variables(theme)[:-1].split("; "))
    grounds = [color for name, color in variables.items() if name in ("paper", "panel") or "-" in name]
    for name in ("ink", "note", *style.COLORS):
        assert min(style.contrast(variables[name], ground) for ground in grounds) >= 4.5, name


def test_contrast_is_what_the_guidelines_say():
    assert style.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert style.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_no_colour_of_formulas_would_be_read_better_by_all_viewers():
    """One that is 4.5 on white and on a dark theme cannot be: the product of the two contrasts is the
    grounds' own.
    """
    lightest = "#1F1F1F"
    assert set(style.VIEWERS.values()) == {"#FFFFFF", lightest, "#111111"}
    most = style.contrast("#FFFFFF", lightest) ** 0.5
    assert 4 < most < style.contrast("#FFFFFF", "#111111") ** 0.5 < 4.5
    for kind in style.COLORS:
        read = {
            ground: style.contrast(style.formula_color(kind), ground) for ground in style.VIEWERS.values()
        }
        assert min(read.values()) == pytest.approx(most, abs=0.06)
        assert read["#111111"] > 4.5
