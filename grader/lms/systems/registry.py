"""The learning management systems that the course knows. Another one is a module and a line here."""

from .. import names
from .autolab import Autolab
from .blackboard import Blackboard
from .brightspace import Brightspace
from .canvas import Canvas
from .gradescope import Gradescope
from .moodle import Moodle
from .plain import Plain
from .system import Sender, System

SYSTEMS: dict[str, System] = {
    "plain": Plain(),
    "moodle": Moodle(),
    "brightspace": Brightspace(),
    "blackboard": Blackboard(),
    "autolab": Autolab(),
    "canvas": Canvas(),
    "gradescope": Gradescope(),
}
# The first column that is there and filled is the student's id here; the others are further names for the
# student.
ID_COLUMNS = [*names.IDS, *(id for system in SYSTEMS.values() for id in system.ids)]
TIME_COLUMNS = [*names.TIMES, *(time for system in SYSTEMS.values() for time in system.times)]
NAMED = {system.name: system for system in SYSTEMS.values()}  # as in Sender.lms


def senders(name: str) -> list[Sender]:
    """All that a file or folder name may say, first that which takes the least of it for the system's own
    words: what follows these is the student's, who can write another system's words there.
    """
    found = filter(None, (system.sender(name) for system in SYSTEMS.values()))
    return sorted(found, key=lambda sender: len(name) - len(sender.file))


def from_lms(name: str) -> Sender | None:
    """What a file or folder name says, if it is as one of the systems gives it."""
    return next(iter(senders(name)), None)
