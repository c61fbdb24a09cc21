"""The notebooks' pictures: all there, described, and what draw.py draws today."""

import re
import runpy
import sys
from xml.etree import ElementTree

import matplotlib
import pytest
from support.own import ROOT

FIGURES = ROOT / "notebooks" / "figures"
NAMES = sorted(path.name for path in FIGURES.glob("*.svg"))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A folder with all pictures, drawn afresh."""
    folder = tmp_path_factory.mktemp("figures")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["draw.py", str(folder)])
        runpy.run_path(str(FIGURES / "draw.py"), run_name="__main__")
    return folder


def words(svg):
    """What a picture says: matplotlib writes each text, before its outlines, as a comment."""
    return re.findall(r"<title>.*?</title>|<!--.*?-->", svg, flags=re.DOTALL)


def test_none_is_missing_or_left_over(drawn):
    assert NAMES == sorted(path.name for path in drawn.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_is_titled_svg(name):
    root = ElementTree.parse(FIGURES / name).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.findtext("{http://www.w3.org/2000/svg}title")


@pytest.mark.parametrize("name", NAMES)
def test_is_up_to_date(drawn, name):
    committed, fresh = ((folder / name).read_text(encoding="utf-8") for folder in (FIGURES, drawn))
    assert words(committed) == words(fresh), f"{name} is stale: run python notebooks/figures/draw.py"
    # Another version of matplotlib names and places the outlines a little differently.
    if f"Matplotlib v{matplotlib.__version__}," in committed:
        assert committed == fresh, f"{name} is stale: run python notebooks/figures/draw.py"


@pytest.mark.parametrize("notebook", sorted(path.name for path in FIGURES.parent.glob("*.md")))
def test_notebooks_show_and_describe_existing_pictures(notebook):
    shown = re.findall(
        r"!\[([^\]]*)\]\(figures/([^)]+)\)", (FIGURES.parent / notebook).read_text(encoding="utf-8")
    )
    for description, name in shown:
        assert name in NAMES
        assert len(description) > 20, f"{name} needs alternative text in {notebook}"
