"""What is told to be typed means this assignment and this student, whatever they are called."""

import shlex
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from grader.__main__ import build_parser
from grader.grading.advice import to_grade

NAMES = st.text("ab1 -_'\"[]*?!$;&", min_size=1).filter(lambda name: not name.startswith("-"))


@given(NAMES, NAMES | st.just("-x"), NAMES)
def test_it_is_this_assignment_and_this_student(assignment, student, other):
    _, *words = shlex.split(to_grade(assignment, "--force", student=student))
    args = build_parser("autograde").parse_args(words)
    assert (args.assignment, args.force) == (assignment, True)
    assert fnmatchcase(student, args.student)
    assert fnmatchcase(other, args.student) == (other == student)


def test_what_is_plain_is_not_quoted():
    assert to_grade("hw1", student="ada@uni.example") == "grader autograde hw1 --student=ada@uni.example"
