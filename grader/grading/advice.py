"""What messages tell an instructor to type."""

import glob
import shlex

# nbgrader leaves a release that is there as it is, and the gradebook, too
GENERATE = "'nbgrader generate_assignment' (with --force where release/ has the assignment already)"


def to_type(command: str, assignment: str, *more: str, student: str = "") -> str:
    """The command as a shell reads it, whatever the assignment and the student are called: ``--student``
    takes a pattern.
    """
    whose = [f"--student={glob.escape(student)}"] if student else []
    return f"{command} {shlex.join([assignment, *whose, *more])}"


def to_grade(assignment: str, *more: str, student: str = "") -> str:
    return to_type("grader autograde", assignment, *more, student=student)
