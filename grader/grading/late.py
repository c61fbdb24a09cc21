"""Late hand-ins: what they cost, and when things happened in the course's own time zone.

nbgrader keeps due date and hand-in in UTC and asks a plug-in for the penalty of each notebook. ``LatePolicy``
is that plug-in; its settings stand in nbgrader_config.py (c.LatePolicy).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from dateutil import tz
from nbgrader.api import Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import Float, Integer, TraitError, Unicode, validate
from traitlets.config import Config

from mytorch.characters import counted

from .stock import CommandFailed

DAY = 24 * 60 * 60
# UTC, naive: in every zone, and with a day more, datetime can hold what lies between them
EARLIEST, LATEST = datetime(1970, 1, 1), datetime(9999, 1, 1)


def final(points: float, penalty: float) -> float:
    """What is left of points; never less than none."""
    return max(0.0, points - penalty)


class LatePolicy(LateSubmissionPlugin):
    """So many percent of the points for each day begun, after a period of grace."""

    percent_a_day = Float(
        0, min=0, max=100, help="Percent of the points earned that each day begun costs"
    ).tag(config=True)
    grace_minutes = Float(0, min=0, help="Minutes after the due date that cost nothing").tag(config=True)
    most_days = Float(
        None,
        min=0,
        allow_none=True,
        help="Work handed in more days late than this earns nothing; None: no limit",
    ).tag(config=True)
    late_days = Integer(
        0, min=0, help="Days that each student may be late without a penalty, over all assignments together"
    ).tag(config=True)
    time_zone = Unicode("UTC", help='Zone in which times are shown, such as "Asia/Dubai" or "UTC+4"').tag(
        config=True
    )

    @validate("time_zone")
    def _known(self, proposal):
        if tz.gettz(proposal["value"]) is None:
            raise TraitError(
                f"c.LatePolicy.time_zone: there is no time zone {proposal['value']!r}. Asia/Dubai or UTC+4 "
                "would be one."
            )
        return proposal["value"]

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float:
        """Points to take off a notebook's ``score``. nbgrader asks for each late notebook."""
        return score * self.percent_lost(total_seconds_late) / 100

    def seconds_late(self, submission: SubmittedAssignment) -> float:
        """A day is one of the calendar, from the hour that is due to the same hour, and counts as 24 hours:
        where clocks are changed it is an hour longer or shorter.
        """
        if not submission.assignment.duedate or submission.timestamp is None:
            return 0.0
        due, handed_in = _within(submission.duedate), _within(submission.timestamp)
        if handed_in <= due:
            return 0.0
        days = (handed_in - due).days + 1
        while self._days_after(due, days) > handed_in:
            days -= 1
        return days * DAY + min((handed_in - self._days_after(due, days)).total_seconds(), DAY)

    def _days_after(self, moment: datetime, days: int) -> datetime:
        """UTC, naive, like ``moment``."""
        zone = tz.gettz(self.time_zone)
        there = moment.replace(tzinfo=UTC).astimezone(zone) + timedelta(days) if days else None
        return tz.resolve_imaginary(there).astimezone(UTC).replace(tzinfo=None) if there else moment

    def percent_lost(self, seconds_late: float) -> float:
        """Percent of the points, 0 to 100."""
        if seconds_late <= self.grace_minutes * 60:
            return 0.0
        if self.most_days is not None and seconds_late > self.most_days * DAY:
            return 100.0
        return min(100.0, self.percent_a_day * ceil(seconds_late / DAY))

    def days_to_spend(self, seconds_late: float, left: int) -> int:
        """Of ``left`` late days, the fewest that save the most; none where they would save nothing."""
        lost = [self.percent_lost(seconds_late - days * DAY) for days in range(left + 1)]
        return lost.index(min(lost))

    def describe(self) -> str:
        """The policy in words; empty when lateness costs nothing."""
        rules = []
        if self.late_days:
            days = counted(self.late_days, "late day")
            rules.append(f"everybody has {days} over all assignments, spent first")
        if self.percent_a_day:
            rules.append(f"each day begun costs {self.percent_a_day:g} % of the points")
        if self.most_days is not None:
            rules.append(f"after {self.most_days:g} days a hand-in earns nothing")
        if rules and self.grace_minutes:
            rules.append(f"the first {self.grace_minutes:g} minutes are free")
        words = "; ".join(rules)
        return words[:1].upper() + words[1:] + "." if words else ""

    def local(self, moment: datetime | None) -> str:
        """A time of the gradebook (UTC, naive) as the course's people write it: "20 February 2023, 23:59
        (UTC+04:00)".
        """
        if moment is None:
            return ""
        there = _within(moment).replace(tzinfo=UTC).astimezone(tz.gettz(self.time_zone))
        return f"{there.day} {there:%B %Y, %H:%M} (UTC{_offset(there)})"


def _within(moment: datetime) -> datetime:
    """Of what a gradebook may hold, the nearest time that can be told in every zone."""
    return min(max(moment, EARLIEST), LATEST)


def _offset(moment: datetime) -> str:
    offset = f"{moment:%z}"
    return "" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"


def duration(seconds: float) -> str:
    """ "1 day 3 hours": the two largest units, rounded down; below a minute, seconds."""
    units = (("day", DAY), ("hour", 60 * 60), ("minute", 60), ("second", 1))
    counts = []
    rest = int(seconds)
    for name, length in units:
        count, rest = divmod(rest, length)
        counts.append((count, name))
    first = next((index for index, (count, _) in enumerate(counts) if count), len(counts) - 1)
    kept = counts[first : first + (2 if first < 2 else 1)]
    return " ".join(counted(count, name) for count, name in kept if count or len(kept) == 1)


@dataclass(frozen=True)
class LateDays:
    """Of a student's budget: spent on one assignment, and left after it and those that were due before it."""

    spent: int = 0
    left: int = 0


class Penalties(AssignLatePenalties):
    """nbgrader's own step, with late days; and asked what it would take off, without writing it down."""

    def __init__(self, config: Config | None = None, **kwargs):
        super().__init__(**({"config": config} if config is not None else {}), **kwargs)
        self.init_plugin()
        self.policy = LatePolicy(parent=self)

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            notebook = gradebook.find_submission_notebook(
                where["notebook"], where["assignment"], where["student"]
            )
            notebook.late_submission_penalty = self.of(notebook) or None
            gradebook.db.commit()
        return nb, resources

    def late_days(self, submission: SubmittedAssignment) -> LateDays:
        """Spent in the order of due dates, so that what is returned of one assignment stays true at the
        next.
        """
        left = self.policy.late_days
        with_date = [one for one in submission.student.submissions if one.assignment.duedate] if left else []
        for one in sorted(with_date, key=lambda one: (one.assignment.duedate, one.assignment.name)):
            spent = self.policy.days_to_spend(self.policy.seconds_late(one), left)
            left -= spent
            if one is submission:
                return LateDays(spent, left)
        return LateDays(0, left)

    def of(self, notebook: SubmittedNotebook) -> float:
        """Points taken off as things stand now."""
        submission = notebook.assignment
        late = self.policy.seconds_late(submission)
        if late:
            late -= self.late_days(submission).spent * DAY
        if late <= 0:
            return 0.0
        penalty = self.plugin_inst.late_submission_penalty(submission.student.id, notebook.score, late)
        return self._check_late_penalty(notebook, penalty or 0.0)


def settings(config: Config) -> tuple[LatePolicy, Penalties]:
    """The course's policy and what it costs. Raises CommandFailed with a sentence when nbgrader_config.py
    sets what cannot be.
    """
    try:
        return LatePolicy(config=config), Penalties(config)
    except TraitError as error:
        sentence = str(error).strip().splitlines()[0]
        where = "" if sentence.startswith("c.") else "c.LatePolicy in nbgrader_config.py: "
        raise CommandFailed(f"{where}{sentence}") from None
