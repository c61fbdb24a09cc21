"""How each method is commonly written, so that a class of two students has something to be compared with.

Any of these right (or nearly right) ways may be met in two hand-ins that know nothing of each other. They
stand in the sections' ``usual_ways.py``. The texts are only read, never run. A class of many students says by
itself what is common, and then these count for little.
"""

from mytorch.course import SECTIONS

from .fingerprints import ClassReader


def known_fingerprints(reader: ClassReader) -> dict[int, float]:
    """How common each fingerprint is: the part of the ways to write a method that hold it."""
    common: dict[int, float] = {}
    parts = (section.load("usual_ways") for section in SECTIONS)
    for ways in (ways for part in parts if part for ways in part.WAYS.values()):
        for way in ways:
            for fingerprint in reader.fingerprints([("code", way)]).places:
                common[fingerprint] = common.get(fingerprint, 0.0) + 1 / len(ways)
    return {fingerprint: min(part, 1.0) for fingerprint, part in common.items()}
