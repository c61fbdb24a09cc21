"""The learning management systems that the course knows. Another one is a module and a line here."""

from .autolab import Autolab
from .brightspace import Brightspace
from .canvas import Canvas
from .gradescope import Gradescope
from .moodle import Moodle
from .plain import Plain
from .system import Sender, System

# In the order in which a name is tried: Canvas's pattern takes in what others mean.
SYSTEMS: dict[str, System] = {
    "plain": Plain(),
    "moodle": Moodle(),
    "brightspace": Brightspace(),
    "autolab": Autolab(),
    "canvas": Canvas(),
    "gradescope": Gradescope(),
}
NAMED = {system.name: system for system in SYSTEMS.values()}  # as in Sender.lms


def from_lms(name: str) -> Sender | None:
    """What a file or folder name says, if it is as one of the systems gives it."""
    return next(filter(None, (system.sender(name) for system in SYSTEMS.values())), None)
