"""The instructor's side: notebooks in two forms, the release, trusted grading behind nbgrader's own
commands.
"""

from pathlib import Path

GRADER = Path(__file__).parent  # its code, wherever that is installed
ROOT = Path(__file__).resolve().parents[1]  # the course's repository
