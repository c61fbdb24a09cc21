"""nbgrader's exchange, where some hand in another way. The whole loop: test_handbook.py."""

import pytest
from support.copies import copy_of
from support.processes import nbgrader

pytestmark = pytest.mark.nbgrader


def test_who_handed_in_another_way_keeps_no_feedback_from_the_others(begun, tmp_path):
    course = copy_of(begun, tmp_path / "course")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\n")
    (tmp_path / "exchange").mkdir()
    for student in ("ann", "bob", "cleo"):
        pages = course / "feedback" / student / "ps1"
        pages.mkdir(parents=True)
        (pages / "problem.html").write_text(student)
        if student != "bob":
            (pages / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC")
            (pages / "submission_secret.txt").write_text(f"{student}'s secret")
    printed = nbgrader("release_feedback", "ps1", root=course)
    given = [page.read_text() for page in (tmp_path / "exchange").rglob("*.html")]
    assert sorted(given) == ["ann", "cleo"]
    assert "no feedback for them: bob." in printed
