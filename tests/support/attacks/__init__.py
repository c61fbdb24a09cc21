"""Hostile hand-ins, by theme. Importing this registers them with ``handins.CASES``; each says in a sentence
what it attempts.

``reach`` is different: its pieces of code only look for something that they must not find, so one notebook
holds them all.
"""

from . import answers, channel, folders, limits, pages, verdicts  # noqa: F401 (they register their cases)
