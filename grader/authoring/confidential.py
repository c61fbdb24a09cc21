"""What students must not get to see: the lines of solutions and of hidden tests, as the source notebooks hold
them.
"""

from pathlib import Path

import nbformat

TRIVIAL = 12  # characters; a shorter line gives nothing away


def solution_lines(notebook: Path) -> set[str]:
    """Lines of code between the solution markers, those of the notebook's open parts left out."""
    return {
        line for line in _lines(notebook, "SOLUTION") if len(line) >= TRIVIAL and not line.startswith("#")
    }


def hidden_lines(notebook: Path) -> set[str]:
    """Lines of the hidden tests."""
    return _lines(notebook, "HIDDEN TESTS")


def _lines(notebook: Path, marker: str) -> set[str]:
    inside, outside = set(), set()
    for cell in nbformat.read(notebook, as_version=4).cells:
        lines = outside
        for line in (line.strip() for line in cell.source.splitlines()):
            if line == f"### BEGIN {marker}":
                lines = inside
            elif line == f"### END {marker}":
                lines = outside
            else:
                lines.add(line)
    return inside - outside
