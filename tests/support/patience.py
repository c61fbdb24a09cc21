"""An end for what would not come to one. Not a measure: on the slowest machine, what is meant to be short is
over long before.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

MINUTES = 3


@contextmanager
def patience() -> Iterator[None]:
    """Fails the test when the block is still running after some minutes, as code that is more than linear
    would be.
    """

    def give_up(number, frame):
        raise AssertionError(f"it did not come to an end within {MINUTES} minutes")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60 * MINUTES)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
