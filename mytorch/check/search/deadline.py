"""Until when a search may go on."""

from time import perf_counter


class Deadline:
    def __init__(self, seconds: float):
        self._end = perf_counter() + seconds

    @property
    def is_over(self) -> bool:
        return perf_counter() > self._end

    def after(self, share: float) -> "Deadline":
        """One after a share of the time that is left."""
        return Deadline(share * (self._end - perf_counter()))
