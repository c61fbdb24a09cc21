"""Is a student at work, or is a submission being graded?"""

import os
import sys


def recording() -> bool:
    """True while a submission is graded: checks then record instead of judging, demonstrations keep short."""
    return os.environ.get("MYTORCH_CHECK") in ("record", "skip")


def skipping() -> bool:
    """Is nobody there to read what a check records? So it is in the sandbox, outside the graded cells."""
    return os.environ.get("MYTORCH_CHECK") == "skip"


def hinting() -> bool:
    """Should a check that only records also look for the mistaken line?  For ``check --hints``."""
    return os.environ.get("MYTORCH_HINTS") == "yes"


def in_notebook() -> bool:
    """Is this the Python of a notebook, not of a terminal?"""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
