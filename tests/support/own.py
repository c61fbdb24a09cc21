"""Where everything is, and the course's own first assignment, which most tests are about."""

from pathlib import Path

from mytorch.course import ASSIGNMENTS

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent

OWN = next(iter(ASSIGNMENTS.values()))
ASSIGNMENT, NOTEBOOKS = OWN.name, OWN.notebooks
SECTIONS = tuple(section.notebook for section in OWN.sections)
