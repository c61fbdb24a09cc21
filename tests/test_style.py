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


# What formulas are written on, and the least contrast there.
VIEWERS = {"#FFFFFF": 4.5, "#111111": 4.0, "#1F1F1F": 3.5}  # paper, JupyterLab's dark theme, VS Code's


@pytest.mark.parametrize("ground", VIEWERS)
@pytest.mark.parametrize("kind", style.COLORS)
def test_formulas_can_be_read_in_every_viewer(kind, ground):
    assert style.contrast(style.COLORS[kind], ground) >= VIEWERS[ground]


def test_no_colour_has_full_contrast_on_white_and_on_a_dark_theme():
    """The product of a colour's two contrasts is that of the grounds with each other."""
    for ground in ("#111111", "#1F1F1F"):
        assert style.contrast("#FFFFFF", ground) < 4.5**2
