"""Is a student at work, or is a submission being graded?"""

import os


def recording() -> bool:
    """True while a submission is graded: checks then record instead of judging, demonstrations keep short."""
    return os.environ.get("MYTORCH_CHECK") == "record"
