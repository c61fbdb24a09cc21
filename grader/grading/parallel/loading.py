"""Python's collector of garbage, kept away from what libraries load: there is none in it, and it would go
through all of that again and again while they do, and once more at the end, for most of a second.
"""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def end_at_once() -> None:
    """When Python ends: whatever is there then goes with the process."""
    atexit.register(gc.freeze)
