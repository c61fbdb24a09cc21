"""Which lines of a student's code are marked."""

import textwrap

import pytest

from grader.pages.marked import beginning, giving, lines_about
from mytorch.check.contract import contract_of
from mytorch.check.judge import Verdict
from mytorch.check.wording import Diagnosis

DIFFERENT = Diagnosis("different", "dLdW differs from PyTorch's.")
DLDW = Verdict(False, DIFFERENT, "Linear", "kept dLdW")
DADZ = Verdict(False, DIFFERENT, "Tanh", "returned dAdZ")
CLASSES = {DLDW: "Linear", DADZ: "Tanh"}


def marked(verdict: Verdict, backward: str) -> str:
    """Of a class with a forward and this backward: the lines with a mark."""
    body = textwrap.indent(textwrap.dedent(backward).strip("\n"), " " * 8)
    source = f"class {CLASSES[verdict]}:\n    def forward(self, A):\n        self.dLdW = dAdZ = A\n"
    source += f"    def backward(self, dLdZ):\n{body}"
    lines = source.split("\n")
    return "\n".join(lines[number - 1].strip() for number in sorted(lines_about(source, verdict).lines))


@pytest.mark.parametrize(
    "code",
    [
        "self.dLdW = 1",
        "dLdW = (1 +\n2)",
        "dLdW[0] += 1",
        "(a, dLdW), *c = 1, 2",
        "dLdW: float = 1",
        "other.dLdW = 1",
    ],
)
def test_a_statement_that_gives_the_quantity_its_value(code):
    assert marked(DLDW, f"x = 2\n{code}\nmydLdW = dLdW == 3\nreturn x") == code


def test_what_is_returned_without_a_name():
    assert marked(DADZ, "x = 1 - self.A\nreturn x") == "return x"
    assert marked(DADZ, "dAdZ = 1 - self.A\nreturn dAdZ") == "dAdZ = 1 - self.A"
    assert marked(DLDW, "return 1 - self.A") == ""  # it is kept, not returned


def test_a_todo_is_marked_where_nothing_follows_it():
    assert marked(DLDW, "dLdW = None  # TODO\ndLdW = 1") == "dLdW = 1"
    assert marked(DLDW, "dLdW = None  # TODO") == "dLdW = None  # TODO"


def test_the_line_where_it_stopped_comes_first():
    source = "class Linear:\n    def backward(self, dLdZ):\n        x = dLdZ @ 1  # here\n        dLdW = x"
    line = {"line": 3, "code": "x = dLdZ @ 1  # here"}
    stopped = Diagnosis("exception", "It stopped.", "Line 3 in backward: x = dLdZ @ 1  # here", **line)
    found = lines_about(source, Verdict(False, stopped, "Linear", "kept dLdW"))
    assert found == ({3}, "where it stopped")
    elsewhere = Diagnosis(
        "exception", "It stopped.", "Line 3 in forward: y", line=3, code="y"
    )  # in another cell
    assert lines_about(source, Verdict(False, elsewhere, "Linear", "kept dLdW")).lines == {4}


@pytest.mark.parametrize(
    "source", ["", "class Linear:", "class Linear:\n    pass", "x = (" * 200, "class Linear:\n" * 9000]
)
def test_nothing_to_mark(source):
    assert lines_about(source, DLDW).lines == set()
    assert lines_about(source, Verdict(False, DIFFERENT)).lines == set()


def test_magics_keep_the_lines_where_they_are():
    source = "%matplotlib inline\nclass Linear:\n    def backward(self, dLdZ):\n        dLdW = 1"
    assert lines_about(source, DLDW).lines == {4}


def test_a_method_that_was_cut_is_read_as_far_as_it_goes():
    code = "def backward(self):\n    dLdW = 1\n    x = (2 +\n    …"
    assert giving(beginning(code), contract_of("Linear").quantity("kept dLdW")).lines == {2}
