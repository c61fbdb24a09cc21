"""Read the pages that ``nbgrader generate_feedback`` makes, as a student would."""

import html
import re
from pathlib import Path

from mytorch.course import ASSIGNMENT


def page(course: Path, student: str, notebook: str) -> str:
    """The text of a page."""
    content = (course / "feedback" / student / ASSIGNMENT / f"{notebook}.html").read_text(encoding="utf-8")
    body = re.sub(r"(?s)^.*<body[^>]*>|<(script|style)\b.*?</\1>", "", content)
    return html.unescape(re.sub(r"<[^>]*>", "", body))


def verdicts(course: Path, student: str, notebook: str) -> str:
    """The graded cells of a page."""
    return "".join(re.findall(r"(?s)Grade cell: .*?(?=\nIn\s\[|\Z)", page(course, student, notebook)))
