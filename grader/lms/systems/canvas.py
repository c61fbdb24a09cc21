"""Canvas.

Exports ``submissions.zip`` with loose files ``<lastnamefirstname>[_LATE]_<user id>_<attachment id>_<file>``:
the sortable name in lower case without anything but letters, digits and underscores. The id of a later upload
is the higher one; a file of the same name as an earlier one becomes ``handin-1.tar``. There are no times,
only the mark LATE; they come with the API's list of submissions, JSON with ``user_id``, ``submitted_at`` and
``attachments``. Anonymous grading: ``[LATE_]anon_<code>_<attachment id>_<file>``.

Takes back the exported gradebook, the column "<assignment> (<number>)", and a file for each student whose
name begins as that of the downloaded submission does.
"""

import re
import unicodedata
from collections.abc import Iterator

from ..names import field_text, moment
from .system import Returned, Sender, System

NAME = re.compile(
    r"(?:(?P<name>\w+?)_(?P<late>late_)?(?P<id>\d+)|(?P<anonymous>(?:late_)?anon_[^\W_]+))"
    r"_(?:(?P<number>\d+)_(?P<file>(?!\d+\.\w+$).+)|(?:text|link)\.html)",
    re.IGNORECASE,
)
JOINERS = "\u200c\u200d"  # between letters of Persian and Indic words


class Canvas(System):
    name = "Canvas"
    name_order = "last first"
    is_ordered = numbers_people = True
    ids = ("sisloginid", "sisuserid", "sisid", "canvasid", "canvasuserid")
    own_id_beside = frozenset({"sisuserid", "sisloginid"})
    times_elsewhere = (
        "Its API has them: save /api/v1/courses/<course>/assignments/<number>/submissions?per_page=100, and "
        "give it or a CSV with a column submitted_at (--times)."
    )
    sheet = "gradebook (Gradebook, Export)"
    needs_download = True

    def sender(self, name: str) -> Sender | None:
        match = NAME.fullmatch(_letters(name))
        if not match:
            return None
        who, given = (name[slice(*match.span(group))] if match[group] else "" for group in ("name", "file"))
        if who != who.lower():
            return None
        if match["anonymous"]:
            problem = "Canvas exported it anonymously: switch that off and export again."
            return Sender(self.name, file=name, problem=problem)
        number = int(match["number"] or 0)
        return Sender(
            self.name, who, match["id"], late=bool(match["late"]), number=number, file=given or name
        )

    def times_in(self, told: object) -> Iterator[tuple[Sender, frozenset[int], str]]:
        entries = told.get("submissions", [told]) if isinstance(told, dict) else told
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and "user_id" in entry and "submitted_at" in entry:
                user = entry.get("user") if isinstance(entry.get("user"), dict) else {}
                sender = Sender(
                    self.name,
                    field_text(user.get("sortable_name")) or field_text(user.get("name")),
                    field_text(entry["user_id"]),
                    time=moment(field_text(entry["submitted_at"])),
                )
                yield sender, frozenset(_numbers(entry.get("attachments"))), says_of_a_hand_in(entry)

    def column(self, assignment: str) -> str:
        return rf"{re.escape(assignment)}(\s*\(\d+\))?"

    def places(self, returned: Returned) -> dict[str, str]:
        return self.places_in_download(returned)


def says_of_a_hand_in(entry: dict) -> str:
    """What the API says of one, which may be text, an address or nothing that can be downloaded; empty when
    there is none. Who has points without one has the state "graded".
    """
    found = entry.get("submitted_at") or entry.get("submission_type") or entry.get("attachments")
    state = entry.get("workflow_state")
    return str(found or (state if state in ("submitted", "pending_review") else ""))


def _numbers(attachments: object) -> Iterator[int]:
    for one in attachments if isinstance(attachments, list) else []:
        if isinstance(one, dict) and isinstance(one.get("id"), int):
            yield one["id"]


def _letters(name: str) -> str:
    """As long as ``name``, with an x for every mark: accents taken apart, and vowels of Indic scripts. Canvas
    counts them among a word's characters, Python's word pattern does not.
    """
    return "".join("x" if unicodedata.category(c).startswith("M") or c in JOINERS else c for c in name)
