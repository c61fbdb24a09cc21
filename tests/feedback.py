"""Read the pages that ``nbgrader generate_feedback`` makes, as a student would."""

import html
import re
from pathlib import Path

from mytorch.course import ASSIGNMENT


def source(course: Path, student: str, notebook: str) -> str:
    """The HTML of a page."""
    return (course / "feedback" / student / ASSIGNMENT / f"{notebook}.html").read_text(encoding="utf-8")


def text(page: str) -> str:
    """The words in a piece of HTML."""
    body = re.sub(r"(?s)^.*<body[^>]*>|<(script|style)\b.*?</\1>", "", page)
    return html.unescape(re.sub(r"<[^>]*>", "", body))


def page(course: Path, student: str, notebook: str) -> str:
    """The text of a page."""
    return text(source(course, student, notebook))


def verdicts(course: Path, student: str, notebook: str) -> str:
    """The graded items of a page: points, what failed and why."""
    sections = re.findall(r'(?s)<section class="item".*?</section>', source(course, student, notebook))
    return "\n".join(map(text, sections))
