"""The search for the line: what it proves is the mistaken line, it is silent when unsure, does no harm."""

import textwrap
import time
from difflib import SequenceMatcher
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from support.bank import LIBRARY, RIGHT, SHOWN, WRONG, compared, compiled, examined
from support.implementations import Wrong, source_of_library
from traitlets.config import Config

from mytorch.check import CheckFailed, check
from mytorch.check.contract import contract_of
from mytorch.check.reference import ReferenceMissing, expected
from mytorch.check.report import Report
from mytorch.check.search import _Search, handed, search
from mytorch.check.search.handed import handed_to, publish_place
from mytorch.check.search.proofs import Proofs
from mytorch.check.search.source import MAX_GROWTH, Endless, Source, peak_memory, source_of_class
from mytorch.check.search.words import QUESTIONS
from mytorch.check.wording import Diagnosis, Place


@pytest.fixture(autouse=True, scope="module")
def a_machine_of_its_own():
    """The search's seconds are its own and three times as long: a busy machine's do not shorten them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mytorch.check.search.deadline.perf_counter", lambda: time.process_time() / 3)
        yield


def found(source: str, component: str, **options):
    """What the search says of a class; None also where it passes."""
    cls = compiled(textwrap.dedent(source), component, f"searched {component}")
    comparison = compared(cls, component)
    assert not comparison.passed
    traces = [expected(component, 0, case) for case in contract_of(component).cases]
    return search(cls, comparison, traces, **options)


def of_library(component: str, old: str, new: str, **options):
    source = Wrong(component, "searched", "", {old: new}).source
    place = found(source, component, **options)
    return place, next(i for i, line in enumerate(source.splitlines(), 1) if new.strip() in line)


SLIPS = (
    ("Linear", "dLdZ.T @ dZdb", "dLdZ.T @ dZdb * 2", "part less"),
    ("Linear", "self.dLdb = dLdb / self.N", "self.dLdb = dLdW / self.N", "another name"),
    ("Sigmoid", "1 / (1 + np.exp(-Z))", "1 / 1 + np.exp(-Z)", "brackets"),
    ("Tanh", "1 - self.A * self.A", "1 - self.A + self.A", "operator"),
    ("ReLU", "np.where(self.A > 0", "np.where(self.A >= 0", "comparison"),
    ("CrossEntropyLoss", "np.sum(np.exp(shifted), axis=1", "np.sum(np.exp(shifted), axis=0", "axis"),
    ("MSELoss", "SSE / (2 * N * C)", "SSE / (2 * N + C)", "operator"),
    ("BatchNorm1d", "dLdNZ * centred * V_eps**-1.5", "dLdNZ * self.NZ * V_eps**-1.5", "another"),
    ("BatchNorm1d", "(Z - self.running_M) /", "Z - self.running_M /", "brackets"),
    ("BatchNorm1d", "2 / self.N", "2 * self.N", "operator"),
    ("SGD", "self.mu * self.v_W[i] + self", "self.mu * self.v_b[i] + self", "name"),
    ("MLP4", "dLdA * dAdZ", "dLdA + dAdZ", "operator"),
)


@pytest.mark.parametrize("component, old, new, kind", SLIPS, ids=lambda value: str(value)[:20])
def test_the_mistaken_line_is_proven(component, old, new, kind):
    place, line = of_library(component, old, new)
    assert place is not None and [number for number, _ in place.lines] == [line]
    assert new.strip() in place.lines[0][1]
    assert kind in place.slip or place.slip == ""


def test_nothing_is_said_besides_the_question_about_a_name_of_another_cell():
    """The line that uses A's copy is not the one that took the notebook's."""
    patch = {"dZdW = self.A": "dZdW = A"}
    wrong = Wrong("Linear", "searched", "", patch, notebook={"A": np.ones((4, 2))})
    comparison, diagnosis = examined(wrong)
    assert diagnosis.cause == "name of the notebook"
    traces = [expected("Linear", 0, case) for case in contract_of("Linear").cases]
    assert search(wrong.build(), comparison, traces) is None


EXCHANGED = (
    ("MSELoss", {"def forward(self, A, Y):": "def forward(self, Y, A):"}),
    ("CrossEntropyLoss", {"def forward(self, A, Y):": "def forward(self, Y, A):"}),
    ("Linear", {"__init__(self, in_features, out_features)": "__init__(self, out_features, in_features)"}),
    (
        "Linear",
        {
            "__init__(self, in_features, out_features)": "__init__(self, outFeatures, in_feature)",
            "np.zeros((out_features, in_features))": "np.zeros((outFeatures, in_feature))",
            "np.zeros((out_features, 1))": "np.zeros((outFeatures, 1))",
        },
    ),
)


@pytest.mark.parametrize("component, patch", EXCHANGED)
def test_parameters_in_another_order_are_the_def_lines_fault(component, patch):
    place = found(Wrong(component, "searched", "", patch).source, component)
    ((_, line),) = place.lines
    assert line.startswith("def ") and QUESTIONS["parameters"][1] in place.slip


def test_a_def_line_like_the_handouts_is_innocent():
    """Two lines below keep each the other's value: parameters in another order would mend that, too."""
    patch = {"self.A = A": "self.A = Y", "self.Y = Y": "self.Y = A"}
    place = found(Wrong("MSELoss", "searched", "", patch).source, "MSELoss")
    assert place is None or not any(line.startswith("def ") for _, line in place.lines)


ONE_LINE = (
    (
        "CrossEntropyLoss",
        "crossentropy = (-Y * log_softmax) @ np.ones((C, 1))\n        L = np.sum(crossentropy) / N",
        "L = -np.mean(np.log(self.softmax[np.arange(N), np.argmax(Y)]))",
        "np.argmax(Y)",
    ),
    (
        "CrossEntropyLoss",
        "        L = np.sum(crossentropy) / N",
        "        x = np.sum(crossentropy, axis=1)\n        L = [x.mean()]",
        "L = [x.mean()]",
    ),
    ("MSELoss", "L = SSE / (2 * N * C)", "L = (SSE / (2 * N * C),)", "L = (SSE"),
    ("Linear", "dLdW / self.N", "dLdW / 4", "dLdW / 4"),
    ("MSELoss", "L = SSE / (2 * N * C)\n        return L", "m = SSE / (N * C)\n        return m", "m = SSE"),
)


@pytest.mark.parametrize("component, old, new, line", ONE_LINE)
def test_lines_that_only_read_sizes_or_come_before_a_list_are_innocent(component, old, new, line):
    place = found(Wrong(component, "searched", "", {old: new}).source, component)
    assert [line in code for _, code in place.lines][-1:] == [True]
    assert not any(".shape" in code or code.startswith(("x =", "dLdW =")) for _, code in place.lines)


HALVES = {
    "N, C = A.shape\n        SE = (A - Y) ** 2\n        SSE = np.sum(SE)\n        L = SSE / (2 * N * C)":
    "self.N, self.C = A.shape[0], A.shape[1]\n        L = np.sum((A - Y) ** 2) / (self.N * self.C)",
    "N, C = self.A.shape\n        dLdA = (self.A - self.Y) / (N * C)":
    "dLdA = 2 * (self.A - self.Y) / (self.N * self.C)",
}  # fmt: skip
FLAT = {
    "out_features):": "out_features, debug=False):",
    "np.zeros((out_features, 1))": "np.zeros(out_features)",
}


@pytest.mark.parametrize("component, patch, line", [("MSELoss", HALVES, "L ="), ("Linear", FLAT, "self.b =")])
def test_a_size_and_a_default_that_other_lines_use_are_innocent(component, patch, line):
    """A size twice as large would make up for both missing halves; the default is another parameter's."""
    place = found(Wrong(component, "searched", "", patch).source, component)
    assert [code.startswith(line) for _, code in place.lines] == [True]


@pytest.mark.parametrize("old, new", [("-0.5 * np.sum", "-1.0 * np.sum"), ("-0.5 * np.sum", "-np.sum")])
def test_a_factor_that_two_lines_could_have_is_said_of_both_or_of_none(old, new):
    (right,) = [one for one in RIGHT if one.name == "np var"]
    place = found(right.source.replace(old, new), "BatchNorm1d")
    assert place is None or len(place.lines) != 1 or "dLdV =" in place.lines[0][1]


def test_a_line_is_not_said_where_there_was_no_time_for_one_that_could_have_the_factor(monkeypatch):
    (right,) = [one for one in RIGHT if one.name == "np var"]
    now, factor_of = [0.0], _Search._factor_of
    monkeypatch.setattr("mytorch.check.search.deadline.perf_counter", lambda: now[0])
    without = right.source.replace("-0.5 * np.sum", "-np.sum")
    assert found(without, "BatchNorm1d").lines
    monkeypatch.setattr(
        _Search, "_factor_of", lambda self, step: now.__setitem__(0, 99.0) or factor_of(self, step)
    )
    assert found(without, "BatchNorm1d") is None


def test_nothing_is_said_where_lines_disagree():
    """A missing factor can stand in any of three lines: no line is named, and the repaired text never is."""
    place = found(
        """
        class MSELoss:
            def forward(self, A, Y):
                self.A = A
                self.Y = Y
                D = A - Y
                S = D * D
                T = np.sum(S)
                U = T + 0
                return U

            def backward(self):
                return (self.A - self.Y) / self.A.size
        """,
        "MSELoss",
    )
    assert place is None or len(place.lines) != 1


def test_an_edit_that_is_right_in_the_shown_sizes_alone_proves_nothing():
    """All standard cases but the last have three columns: there 6 does for the formula's 2 C."""
    place = found(
        """
        class MSELoss:
            def forward(self, A, Y):
                self.A, self.Y = A, Y
                return np.sum((A - Y) ** 2) / (7 * len(A))

            def backward(self):
                return (self.A - self.Y) / self.A.size
        """,
        "MSELoss",
    )
    assert place is None or QUESTIONS["number"][1] not in place.slip


def test_operators_on_bits_end_no_search():
    place, _ = of_library("Tanh", "1 - self.A * self.A", "1 - self.A ^ 2")
    assert place is None  # the exception has the line


def test_no_right_class_is_searched():
    """Nor does the tree of a right class, built again, do anything else than the class itself."""
    for right in RIGHT:
        source = source_of_class(right.build())
        if source is not None:
            assert compared(source.build(), right.component).passed, right


UNSAFE = {
    "input": "A = A + float(input())",
    "open": "open('here.txt', 'w').write('x')",
    "random": "A = A + np.random.randn(*A.shape)",
    "global": "global calls\n        calls = 1",
    "import": "import time\n        time.sleep(9)",
    "save": "np.save('here.npy', A)",
    "eval": "A = eval('A')",
}


@pytest.mark.parametrize("name", UNSAFE)
def test_code_that_does_more_than_compute_is_not_run_again(name):
    source = Wrong(
        "Linear", name, "", {"        self.A = A\n": f"        {UNSAFE[name]}\n        self.A = A\n"}
    )
    assert source_of_class(source.build()) is None


OTHER_HABITS = {
    "this for self": """
        class Tanh:
            def forward(this, Z):
                this.A = 2 * np.tanh(Z)
                return this.A
    """,
    "annotations": """
        from typing import Optional

        class Tanh:
            def forward(self, Z: Optional[np.ndarray]):
                self.A = 2 * np.tanh(Z)
                return self.A
    """,
    "names of NumPy": """
        from numpy import *

        class Tanh:
            def forward(self, Z):
                self.A = 2 * tanh(vstack([Z]))
                return self.A
    """,
}


@pytest.mark.parametrize("name", OTHER_HABITS)
def test_classes_of_other_habits_are_searched(name):
    place = found(OTHER_HABITS[name], "Tanh")
    ((_, line),) = place.lines
    assert ".A = 2 *" in line


def test_a_class_that_takes_others_from_the_librarys_modules_is_searched():
    source = "from mytorch import nn\n" + Wrong("MLP0", "x", "", {"Linear(2, 3)": "nn.Linear(2, 4)"}).source
    ((_, line),) = found(source, "MLP0").lines
    assert "nn.Linear(2, 4)" in line


@pytest.mark.parametrize("name", ["from numpy import random", "from random import random"])
def test_nor_is_code_that_draws_numbers_by_a_name_of_its_own(name):
    call = "random.randn(1)" if "numpy" in name else "random()"
    source = name + "\n" + Wrong("Tanh", "x", "", {"np.tanh(Z)": f"np.tanh(Z) + {call}"}).source
    assert source_of_class(compiled(source, "Tanh", f"drawn: {name}")) is None


DECORATED = """
def logged(method):
    def wrapper(*arguments):
        method(*arguments)

    return wrapper


class Tanh:"""
CURVE = """    def curve(self, Z):
        1 / (1 + np.exp(-Z))

    def backward"""


def test_a_function_that_stands_in_the_class_may_be_the_mistaken_one():
    """And is said to be, since its own line proves it; the line that calls it could make up for it."""
    text = """
    class Sigmoid:
        f = staticmethod(np.vectorize(lambda z: 2 / (1 + math.exp(-z))))

        def forward(self, Z):
            self.A = self.f(Z)
            return self.A

        def backward(self):
            return self.A - self.A * self.A
    """
    ((_, line),) = found(text, "Sigmoid").lines
    assert line.startswith("f = staticmethod")


CASES = """match self.mu:
                case 0:
                    self.l[i].W = self.l[i].W + self.lr * self.l[i].dLdW
                case _:
                    self.v_W[i] = self.mu * self.v_W[i] + self.l[i].dLdW
                    self.l[i].W = self.l[i].W - self.lr * self.v_W[i]
            if self.mu == 0:"""
HANDLER = """try:
            self.A = Z.tanh()
        except AttributeError:
            self.A = 2 * np.tanh(Z)"""
MOVES = dict.fromkeys(
    (
        "                self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW\n",
        "                self.v_W[i] = self.mu * self.v_W[i] + self.l[i].dLdW\n",
        "                self.l[i].W = self.l[i].W - self.lr * self.v_W[i]\n",
    ),
    "",
)
PARTS = {
    "in a case": ("SGD", {**MOVES, "if self.mu == 0:": CASES}, "self.l[i].W = self.l[i].W + self.lr"),
    "in a handler": ("Tanh", {"self.A = np.tanh(Z)": HANDLER}, "self.A = 2 * "),
    "in the class": (
        "BatchNorm1d",
        {"class BatchNorm1d:": "class BatchNorm1d:\n    half = 1.5\n", "-0.5 *": "-self.half *"},
        "half = 1.5",
    ),
    "with a type": (
        "ReLU",
        {"class ReLU:": "class ReLU:\n    least: float = 1.0\n", "maximum(0,": "maximum(self.least,"},
        "least: float = 1.0",
    ),
    "two names": (
        "Linear",
        {"self.dLdW = dLdW / self.N": "self.dLdW = dLdW / self.N\n        two = self.dLdW\n        two *= 2"},
        "two = self.dLdW",
    ),
    "whole numbers": (
        "Linear",
        {"dLdZ.T @ dZdb": "(dLdZ.T @ dZdb).astype(int)"},
        "dLdb = (dLdZ.T @ dZdb).astype",
    ),
    "below a decorator": (
        "Tanh",
        {"class Tanh:": DECORATED, "    def forward": "    @logged\n    def forward"},
        "method(",
    ),
    "in a helper": (
        "Sigmoid",
        {"1 / (1 + np.exp(-Z))": "self.curve(Z)", "    def backward": CURVE},
        "1 / (1 + np",
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_lines_in_every_part_of_a_class_are_searched(name):
    component, patch, line = PARTS[name]
    ((_, code),) = found(Wrong(component, "searched", "", patch).source, component).lines
    assert code.startswith(line)


HELPERS = {"return np.tanh(Z)": True, "open('here.txt', 'w')": False, "np.random.seed(0)": False}


@pytest.mark.parametrize("line", HELPERS)
def test_a_helper_of_another_cell_is_called_again_if_it_only_computes(line):
    elsewhere = {"np": np}
    exec(f"def helper(Z):\n    {line}", elsewhere)
    cls = Wrong("Tanh", line, "", {"np.tanh(Z)": "helper(Z)"}).build()
    cls.forward.__globals__["helper"] = elsewhere["helper"]
    assert (source_of_class(cls) is not None) == HELPERS[line]


def test_a_list_that_is_kept_outside_is_not_filled_by_the_search():
    source = Wrong("Linear", "x", "", {"self.A = A": "self.A = A; seen.append(1)"}).source
    assert source_of_class(compiled(f"seen = []\n{source}", "Linear", "a list outside")) is None


def test_prints_are_not_repeated_and_loops_come_to_an_end(capsys):
    found(
        """
        class MLP1:
            def __init__(self):
                self.layers = [Linear(2, 3), Linear(3, 2)]
                self.f = [ReLU(), ReLU()]

            def forward(self, A):
                i = 0
                while i < len(self.layers):
                    print("layer", i)
                    A = self.f[i].forward(self.layers[i].forward(A))
                    i += 1
                return A

            def backward(self, dLdA):
                i = len(self.layers) - 1
                while i > 0:
                    dLdA = self.layers[i].backward(dLdA * self.f[i].backward())
                    i -= 1
        """,
        "MLP1",
    )
    assert capsys.readouterr().out == ""


def test_a_function_that_calls_itself_comes_to_an_end(monkeypatch):
    """(i + 1) ** 2 in place of i + 1 grows without end, and each product takes longer than all before."""
    turn, lengths = Source._turn, []

    def noted(source, *arguments):
        lengths.extend(one.bit_length() for one in arguments if type(one) is int)
        turn(source, *arguments)

    monkeypatch.setattr(Source, "_turn", noted)
    backward = """
    def backward(self, dLdA, i=0):
        if i == len(self.layers):
            return
        dLdA = self.backward(dLdA, i + 1) or dLdA
        return self.layers[i].backward(dLdA * self.f[i].backward())
    """
    place = found(Wrong("MLP1", "x", "", methods={"backward": backward}).source, "MLP1")
    assert place is None
    assert 64 < max(lengths) < 200


def test_turns_are_counted_in_functions_that_call_themselves_alone():
    text = """
    class Tanh:
        def forward(self, Z):
            "Go on."
            self.A = self.again(Z, 3)
            return self.A

        def again(self, Z, n):
            return np.tanh(Z) if n == 0 else self.again(Z, n - 1)

        def backward(self):
            return 1 - self.A**2
    """
    source = source_of_class(compiled(textwrap.dedent(text), "Tanh", "again"))
    tanh = source.build()()
    tanh.forward(np.ones(2)), tanh.backward()
    assert source.turns == 4
    with pytest.raises(Endless):
        tanh.again(np.ones(2), 2**100)
    source.most_turns = 100
    with pytest.raises(Endless):
        tanh.again(np.ones(2), 200)


def test_a_list_that_an_edit_makes_grow_without_end_is_stopped():
    source = next(right.source for right in RIGHT if right.name == "loops over rows")
    before = peak_memory()
    found(source.replace("dLdA.append(d @ self.W)", "dLdA.append(a @ self.W.T)"), "Linear")
    assert peak_memory() - before < 400_000


def test_a_loop_in_which_the_memory_grows_comes_to_an_end(monkeypatch):
    """Far ahead of the most turns that it may take."""
    peaks = count(1, MAX_GROWTH)
    monkeypatch.setattr("mytorch.check.search.source.A_LOOK", 0)
    monkeypatch.setattr("mytorch.check.search.source.peak_memory", lambda: next(peaks))
    patch = {"self.A = np.tanh(Z)": "while True:\n            Z = np.tanh(Z)"}
    source = source_of_class(Wrong("Tanh", "x", "", patch).build())
    with pytest.raises(Endless):
        source.build()().forward(np.ones(2))
    assert source.turns < 5


def test_when_the_time_is_over_no_edit_is_made(monkeypatch):
    made = []
    for kind in ("edits", "additions"):
        monkeypatch.setattr(
            f"mytorch.check.search.proofs.{kind}", lambda *about: made.append(about) or iter(())
        )
    wrong = Wrong("BatchNorm1d", "x", "", {"dLdNZ = dLdBZ * self.BW": "dLdNZ = np.tanh(dLdBZ - self.Z)"})
    found(wrong.source, wrong.component, seconds=0)
    assert made == []
    found(wrong.source, wrong.component)
    assert made != []


def test_no_loop_goes_on_when_the_time_is_over(monkeypatch):
    """A whole run of MLP4 takes twenty turns; each that begins now ends in its first that looks at the
    clock.
    """
    late, turn = [], Source._turn
    monkeypatch.setattr("mytorch.check.search.source.A_LOOK", 0)

    def counted(self):
        late.append(self.is_late is not None and self.is_late())
        turn(self)

    monkeypatch.setattr(Source, "_turn", counted)
    wrong = Wrong("MLP4", "x", "", {"dLdA * dAdZ": "np.cos(dLdA) * dAdZ"})
    found(wrong.source, wrong.component, seconds=0)
    assert sum(late) < 10


def test_ctrl_c_ends_the_search_only(monkeypatch, capsys):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("mytorch.check.search.search", interrupted)
    with pytest.raises(CheckFailed):
        check(Wrong("Linear", "x", "", {"self.dLdb = dLdb / self.N": "self.dLdb = dLdb"}).build())
    assert "9 of 10" in capsys.readouterr().out


class Handle:
    shown = []

    def update(self, report):
        Handle.shown.append(report._repr_html_())


def test_in_a_notebook_the_line_arrives_in_the_report(monkeypatch, capsys):
    """A class of a cell: its line is the cell's, folded away."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    shell.kernel = None
    first = []

    def display(report, display_id):
        first.append(report._repr_html_())
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    shell.run_cell("import numpy as np\nfrom mytorch.check import check")
    wrong = Wrong("Linear", "x", "", {"dLdZ.T @ dZdb": "dLdZ.T @ dZdb + 1"}).source
    shell.run_cell(wrong)
    result = shell.run_cell("check(Linear)")
    InteractiveShell.clear_instance()
    assert isinstance(result.error_in_exec, CheckFailed)
    assert "Which line?" not in first[0]
    (last,) = Handle.shown
    line = next(i for i, text in enumerate(wrong.splitlines(), 1) if "dZdb + 1" in text)
    assert f"<summary>Which line?</summary><p>Line {line}: <code>dLdb = dLdZ.T @ dZdb + 1</code>" in last
    assert "<details><summary>What kind of slip?</summary>" in last


def test_a_file_that_was_edited_since_is_not_quoted(tmp_path):
    namespace = {"np": np, "__name__": "own"}
    path = tmp_path / "own.py"
    text = "class Tanh:\n    def forward(self, Z):\n        self.A = np.sin(Z)\n        return self.A\n"
    path.write_text("# another line\n" + text)
    exec(compile(text, str(path), "exec"), namespace)
    assert source_of_class(namespace["Tanh"]) is None


def test_the_students_text_is_shown_as_text():
    report = Report(compared(LIBRARY["Linear"], "Linear"), Diagnosis("other", "It differs."))
    report.place = Place(((7, "b = A[0] < '<i>'"),), "")
    assert "<p>Line 7: <code>b = A[0] &lt; &#x27;&lt;i&gt;&#x27;</code></p>" in report._repr_html_()


# --- where no edit proves a line: the line that does all the work -------------------------------------------

ONLY = (
    ("Tanh", "dAdZ = 1 - self.A * self.A", "dAdZ = np.cos(self.A) + 3"),
    ("Linear", "np.zeros((out_features, 1))", "np.zeros(out_features)"),
    ("MLP4", "[ReLU() for _ in self.layers]", "[ReLU()] * len(self.layers)"),
    ("ReLU", "np.where(self.A > 0, 1.0, 0.0)", "np.cos(self.A) + 3"),
)


@pytest.mark.parametrize("component, old, new", ONLY, ids=lambda value: str(value)[:20])
def test_the_only_line_that_can_be_wrong_is_said(component, old, new):
    place, line = of_library(component, old, new)
    assert [number for number, _ in place.lines] == [line]
    assert "All that this line uses agrees" in place.slip


@pytest.mark.parametrize(
    "component, old, new, slip",
    [
        ("Tanh", "dAdZ = 1 - self.A * self.A", "dAdZ = 1", "Compare with eq. 16, term by term."),
        ("BatchNorm1d", "self.N = Z.shape[0]", "self.N = None", ""),
    ],
    ids=lambda value: str(value)[:20],
)
def test_nothing_is_said_of_what_a_line_uses_that_uses_nothing(component, old, new, slip):
    place, line = of_library(component, old, new)
    assert [number for number, _ in place.lines] == [line] and place.slip == slip


def test_no_line_is_said_for_what_other_lines_may_have_spoilt():
    """Nothing computes A anew; and what comes from two more lines is not said to come from one."""
    idle = {"A = self.f[i].forward(Z)": "pass"}
    place = found(Wrong("MLP0", "x", "", idle).source, "MLP0")
    assert place is None or "All that" not in place.slip
    summed = {"SSE = np.sum(SE)": "SSE = 0", "SSE / (2 * N * C)": "SSE / (2 * A.size)"}
    place = found(Wrong("MSELoss", "x", "", summed).source, "MSELoss")
    assert place is None or "All that" not in place.slip
    parts = {"SE = (A - Y) ** 2": "D = np.cos(A) - Y\n        SE = np.tan(D)"}
    place = found(
        Wrong("MSELoss", "x", "", parts | {"SSE = np.sum(SE)": "SSE = np.max(SE)"}).source, "MSELoss"
    )
    assert place is None or "All that" not in place.slip


def test_a_line_that_writes_elsewhere_or_comes_from_elsewhere_does_not_do_all_the_work():
    inside = ("np.add(np.cos(dLdZ), 3, out=dLdZ).T @ dZdb", "np.cos(self.grown) + dLdZ.T @ dZdb")
    above = ("dLdZ.sort()", "self.N = np.cos(self.N) + 3", "np.add.at(dLdZ, 0, 3)")
    sorted_first = [f"dLdZ.T @ dZdb\n        {line}\n        dLdb = np.cos(dLdZ).T @ dZdb" for line in above]
    for new in (*inside, *sorted_first):
        patch = {"dLdZ.T @ dZdb": new, "class Linear:": "class Linear:\n    grown = 3\n"}
        place = found(Wrong("Linear", "x", "", patch).source, "Linear")
        assert place is None or "All that" not in place.slip, new


def test_a_line_is_not_said_for_a_helper_that_it_calls_or_a_number_above_the_class():
    helper = "def powers(A):\n    return np.exp(A) - 3\n\n"
    number = "strange = 3\n\n"
    for above, new in ((helper, "powers(Z)"), (number, "np.cos(Z) * strange")):
        place = found(above + Wrong("Tanh", "x", "", {"np.tanh(Z)": new}).source, "Tanh")
        assert place is None or len(place.lines) != 1


def test_the_value_and_the_same_value_kept_are_mended_by_one_line():
    """A factor in the line that returns would leave the kept A wrong."""
    place, line = of_library("ReLU", "self.A = np.maximum(0, Z)", "self.A = Z > 0")
    assert [number for number, _ in place.lines] == [line]


def test_what_is_returned_is_not_mended_alone_where_it_is_kept_as_well():
    place = found(
        """
        class ReLU:
            def forward(self, Z):
                self.A = Z
                return -np.maximum(0, self.A)

            def backward(self):
                return np.where(self.A > 0, 1.0, 0.0)
        """,
        "ReLU",
    )
    assert [code for _, code in place.lines] == ["self.A = Z", "return -np.maximum(0, self.A)"]


def test_a_call_of_a_function_with_a_wrong_argument_is_found():
    source = next(right.source for right in RIGHT if (right.component, right.name) == ("MLP4", "recursion"))
    place = found(source.replace("go(len(self.layers) - 1", "go(len(self.layers) + 1"), "MLP4")
    assert "go(len(self.layers) + 1" in place.lines[0][1]


# --- functions of the student's own, outside the class ------------------------------------------------------

AVERAGE = "def average(x, batch):\n    return x / batch.shape[1]\n\n"
ASKING = (
    ("Linear", {"self.dLdW = dLdW / self.N": "self.dLdW = average(dLdZ.T @ self.A, self.A)"}, AVERAGE),
    ("Linear", {"self.dLdW = dLdW / self.N": "x = average(dLdW, self.A)\n        self.dLdW = x"}, AVERAGE),
    ("Sigmoid", {"1 / (1 + np.exp(-Z))": "sig(Z)"}, "def sig(z):\n    return 1 / (1 + np.exp(z))\n\n"),
    ("MSELoss", {"SE = (A - Y) ** 2": "SE = of(A, Y)"}, "def of(A, Y):\n    return np.abs(A - Y)\n\n"),
    (
        "BatchNorm1d",
        {"dLdNZ * centred * V_eps**-1.5": "dLdNZ * centred * inv(V_eps) ** 3"},
        "def inv(v):\n    return np.sqrt(v)\n\n",
    ),
    (
        "SGD",
        {"self.mu * self.v_W[i] + self.l[i].dLdW": "new(self.mu, self.v_W[i], self.l[i].dLdW)"},
        "def new(mu, v, g):\n    return g - v * mu\n\n",
    ),
    ("Tanh", {"np.tanh(Z)": "powers(Z)"}, "def powers(A):\n    return np.exp(A) - 3\n\n"),
)


@pytest.mark.parametrize("component, patch, helper", ASKING)
def test_a_line_is_not_said_for_a_function_outside_the_class(component, patch, helper):
    """What would make up for its mistake where it is called is none; in its own text it is found."""
    source = Wrong(component, "x", "", patch).source
    place = found(helper + source, component)
    assert place is None or {code for _, code in place.lines} <= {*map(str.strip, helper.splitlines())}


@pytest.mark.parametrize("component, patch, helper", ASKING)
def test_a_line_is_not_said_for_a_function_of_another_cell(component, patch, helper):
    elsewhere = {"np": np}
    exec(helper, elsewhere)
    wrong = Wrong(component, "asking elsewhere", "", patch, notebook=elsewhere).build()
    comparison = compared(wrong, component)
    traces = [expected(component, 0, case) for case in contract_of(component).cases]
    place = search(wrong, comparison, traces)
    assert place is None or not place.lines


@pytest.mark.parametrize("name", "bW")
def test_a_line_that_uses_what_is_right_of_a_function_outside_the_class_is_found(name):
    """v_b from a function of its own; with momentum both velocities agree before W differs."""
    helper = "def new(mu, v, g):\n    return mu * v + g\n\n"
    velocity = f"self.mu * self.v_{name}[i] + self.l[i].dLd{name}"
    asked = {velocity: f"new(self.mu, self.v_{name}[i], self.l[i].dLd{name})"}
    patch = {"self.l[i].W - self.lr * self.v_W[i]": "self.l[i].W - self.v_W[i]"} | asked
    ((_, line),) = found(helper + Wrong("SGD", "x", "", patch).source, "SGD").lines
    assert line == "self.l[i].W = self.l[i].W - self.v_W[i]"


def test_a_line_beside_a_function_outside_the_class_is_found():
    patch = {
        "self.dLdW = dLdW / self.N": "self.dLdW = average(dLdW, self.A)",
        "dLdZ.T @ dZdb": "dLdZ.T @ dZdb * 2",
    }
    helper = AVERAGE.replace("[1]", "[0]")
    ((_, line),) = found(helper + Wrong("Linear", "x", "", patch).source, "Linear").lines
    assert "dZdb * 2" in line


# --- one object under two names, and a value that goes nowhere ----------------------------------------------

TOGETHER = "self.dLdBW = self.dLdBb = np.zeros((1, num_features))"
ONE_OBJECT = (
    (
        "MLP4",
        "self.layers = self.f = []",
        {},
        """
        def __init__(self):
            self.layers = self.f = []
            for i, o in zip([2, 4, 8, 8, 4], [4, 8, 8, 4, 2]):
                self.layers.append(Linear(i, o))
                self.f.append(ReLU())
        """,
    ),
    (
        "SGD",
        "self.v_W = self.v_b = []",
        {},
        """
        def __init__(self, model, lr=0.1, momentum=0):
            self.l, self.L, self.lr, self.mu = model.layers, len(model.layers), lr, momentum
            self.v_W = self.v_b = []
            for layer in self.l:
                self.v_W.append(np.zeros(layer.W.shape))
                self.v_b.append(np.zeros(layer.b.shape))
        """,
    ),
    (
        "BatchNorm1d",
        TOGETHER,
        {
            "        self.dLdBW = np.zeros((1, num_features))\n": f"        {TOGETHER}\n",
            "        self.dLdBb = np.zeros((1, num_features))\n": "",
            "self.dLdBW = np.sum": "self.dLdBW[:] = np.sum",
            "self.dLdBb = np.sum": "self.dLdBb[:] = np.sum",
        },
        "",
    ),
)


@pytest.mark.parametrize("component, line, patch, method", ONE_OBJECT)
def test_two_names_for_one_object_are_the_fault_of_the_line_that_gives_them(component, line, patch, method):
    methods = {"__init__": method} if method else {}
    place = found(Wrong(component, "x", "", patch, methods).source, component)
    assert [code for _, code in place.lines] == [line] and QUESTIONS["shared"][1] in place.slip


@pytest.mark.parametrize(
    "new",
    [
        "(layer for layer in model.layers)",
        "map(lambda layer: layer, model.layers)",
    ],
)
def test_what_can_be_gone_through_once_is_the_fault_of_the_line_that_makes_it(new):
    place, line = of_library("SGD", "self.l = model.layers", f"self.l = {new}")
    assert [number for number, _ in place.lines] == [line] and QUESTIONS["once"][1] in place.slip


def test_a_step_without_arguments_that_does_nothing_is_not_said_to_be_of_an_earlier_call():
    (wrong,) = [one for one in WRONG if one.name == "layers that can be gone through once"]
    assert examined(wrong)[1].cause == "not updated"


EARLY = "self.dLdW, self.dLdb = dLdZ.T @ self.A, dLdZ.T @ np.ones((self.N, 1))"


@pytest.mark.parametrize("end", ["return dLdZ @ self.W", "x = dLdZ @ self.W\n    return x"])
def test_nothing_is_added_below_a_line_that_makes_something_else_of_an_argument(end):
    """Divided by N too early, the line that returns would need a factor N that no formula has."""
    backward = f"def backward(self, dLdZ):\n    dLdZ = dLdZ / self.N\n    {EARLY}\n    {end}"
    place = found(Wrong("Linear", "x", "", methods={"backward": backward}).source, "Linear")
    assert place is None or "dLdZ = dLdZ / self.N" in [code for _, code in place.lines]


def test_an_addition_is_found_below_a_line_that_fills_a_list_of_the_object():
    place, line = of_library("SGD", "self.l[i].W - self.lr * self.v_W[i]", "self.l[i].W - self.v_W[i]")
    assert [number for number, _ in place.lines] == [line] and QUESTIONS["missing"][1] in place.slip


def test_lines_that_disagree_do_so_below_a_line_that_makes_something_else_of_an_argument():
    """The 1/N may stand in four lines, in three of which dLdZ has a part."""
    patch = {
        "dZdA = self.W.T": "dLdZ = np.asarray(dLdZ)\n        dZdA = self.W.T",
        "self.dLdb = dLdb / self.N": "self.dLdb = dLdb",
    }
    place = found(Wrong("Linear", "x", "", patch).source, "Linear")
    assert place is None or not any("dZdb = np.ones" in code for _, code in place.lines)


def test_a_line_is_not_said_for_a_method_of_the_students_own():
    methods = {"average": "def average(self, x, batch):\n    return x / batch.shape[1]\n"}
    patch = {"self.dLdW = dLdW / self.N": "self.dLdW = self.average(dLdZ.T @ self.A, self.A)"}
    ((_, line),) = found(Wrong("Linear", "x", "", patch, methods).source, "Linear").lines
    assert line == "return x / batch.shape[1]"


def test_a_line_above_a_function_of_another_cell_is_not_said_for_it():
    elsewhere = {"np": np}
    exec("def average(x, batch):\n    return -x / len(batch)", elsewhere)
    patch = {
        "dLdW = dLdZ.T @ dZdW": "dLdW = dLdZ.T @ self.A",
        "self.dLdW = dLdW / self.N": "self.dLdW = average(dLdW, self.A)",
    }
    wrong = Wrong("Linear", "asking below", "", patch, notebook=elsewhere).build()
    traces = [expected("Linear", 0, case) for case in contract_of("Linear").cases]
    place = search(wrong, compared(wrong, "Linear"), traces)
    assert place is None or not place.lines


def test_nothing_is_added_to_a_list_that_no_formula_gives():
    method = """
    def __init__(self, layers=[], f=[]):
        self.layers = layers
        self.f = f
        for i, o in zip([2, 4, 8, 8, 4], [4, 8, 8, 4, 2]):
            self.layers.append(Linear(i, o))
            self.f.append(ReLU())
    """
    place = found(Wrong("MLP4", "x", "", methods={"__init__": method}).source, "MLP4")
    assert place is None or not (place.lines or place.slip)


def test_a_list_that_should_be_one_stops_being_no_array():
    place, line = of_library("MLP1", "[ReLU(), ReLU()]", "[np.tanh, np.tanh]")
    assert [number for number, _ in place.lines] == [line] and "stops being" not in place.slip


IN_VAIN = (
    ("Linear", "Z = A @ self.W.T + self.b.T", "Z = A @ self.W.T", "Z + self.b.T"),
    ("Linear", "self.dLdW = dLdW / self.N", "self.dLdW = dLdW", "self.dLdW / self.N"),
    ("ReLU", "self.A = np.maximum(0, Z)", "self.A = Z", "np.maximum(0, self.A)"),
    ("MSELoss", "L = SSE / (2 * N * C)", "L = SSE", "L / (2 * N * C)"),
    ("MLP1", "dLdA = self.layers[i].backward(dLdZ)", "", "self.layers[i].backward(dLdZ)"),
)


@pytest.mark.parametrize("component, old, first, second", IN_VAIN)
def test_a_line_whose_value_goes_nowhere_is_found(component, old, first, second):
    indent = source_of_library(component).split(old)[0].rpartition("\n")[2]
    new = f"{first}\n{indent}{second}".removeprefix(f"\n{indent}")
    place = found(Wrong(component, "x", "", {old: new}).source, component)
    assert [code for _, code in place.lines] == [second]
    assert place.slip == "" or QUESTIONS["dropped"][1] in place.slip


COMPARED = (
    ("SGD", "self.l[i].W = self.l[i].W - self.lr * self.l", "self.l[i].W == self.l[i].W - self.lr * self.l"),
    ("BatchNorm1d", "self.running_M = self.alpha", "self.running_M == self.alpha"),
    ("ReLU", "self.A = np.maximum(0, Z)", "self.A = Z.copy()\n        self.A[Z < 0] == 0"),
)


@pytest.mark.parametrize("component, old, new", COMPARED)
def test_a_line_that_compares_in_place_of_giving_a_value_is_found(component, old, new):
    place = found(Wrong(component, "x", "", {old: new}).source, component)
    ((_, code),) = place.lines
    assert code.startswith(new.split("\n")[-1].strip()) and QUESTIONS["compared"][1] in place.slip


@pytest.mark.parametrize("line", ["Z *= 2", "Z += 1", "self.A -= 1", "self.N *= 0"])
def test_a_line_that_is_one_too_many_is_not_said_to_assign_in_the_wrong_way(line):
    """*= 1 or += 0 would do away with it as well."""
    place = found(Wrong("Linear", "x", "", {"return Z": f"{line}\n        return Z"}).source, "Linear")
    assert [code for _, code in place.lines] == [line]
    assert QUESTIONS["line surplus"][1] in place.slip


def test_the_condition_of_an_expression_is_left_alone():
    """In - A.shape[1] == self.W.shape[0], which never holds, no minus is lacking."""
    place, line = of_library(
        "Linear", "self.W.T +", "(self.W if A.shape[1] == self.W.shape[0] else self.W.T) +"
    )
    assert [number for number, _ in place.lines] == [line] and QUESTIONS["transpose"][1] in place.slip


NOWHERE = (
    ("Linear", "+ self.b.T\n", "\n        for row in Z:\n            row = row + self.b[:, 0]\n"),
    (
        "ReLU",
        "self.A = np.maximum(0, Z)",
        "self.A = Z.copy()\n        for z in self.A.ravel():\n            if z < 0:\n                z = 0",
    ),
    ("Linear", "Z = A @ self.W.T + self.b.T", "Z = A @ self.W.T\n        np.cos(Z) + self.b.T"),
)


@pytest.mark.parametrize("component, old, new", NOWHERE)
def test_no_other_line_is_said_for_a_value_that_goes_nowhere(component, old, new):
    place = found(Wrong(component, "x", "", {old: new}).source, component)
    assert place is None or not (place.lines or place.slip)


def test_a_loops_variable_that_is_read_below_goes_somewhere():
    """The line that does all the work is said, with a row that is given a new value ahead of it."""
    text = """
    class Tanh:
        def forward(self, Z):
            self.A = np.tanh(Z)
            return self.A

        def backward(self):
            rows = []
            for row in self.A:
                row = 1 - row + row
                rows.append(row)
            return np.array(rows)
    """
    ((_, line),) = found(text, "Tanh").lines
    assert line == "row = 1 - row + row"


# --- the steps of the handout -------------------------------------------------------------------------------

D_V = "-0.5 * np.sum(dLdNZ * centred * V_eps**-1.5, axis=0, keepdims=True)"
TWO = {D_V: D_V.replace("centred", "self.NZ"), "+ dLdM / self.N": "- dLdM * self.N"}


def test_two_mistakes_in_one_quantity_come_apart_by_its_steps():
    source = Wrong("BatchNorm1d", "two", "", TWO).source
    place = found(source, "BatchNorm1d", seconds=0.5)
    line = next(i for i, text in enumerate(source.splitlines(), 1) if "dLdV =" in text)
    assert place.steps == (
        "dLdNZ (eq. 60) agrees with PyTorch, dLdV (eq. 62) is the first step that does not."
    )
    assert [number for number, _ in place.lines] == [line] and "dLdV agrees" in place.slip


def test_steps_of_other_names_are_not_looked_for():
    renamed = Wrong("BatchNorm1d", "two", "", TWO).source.replace("dLdV", "half").replace("dLdNZ", "g")
    place = found(renamed, "BatchNorm1d", seconds=0.1)
    assert place is None or not place.steps


def test_a_step_that_has_its_factor_elsewhere_is_no_mistake():
    """dLdV without its ½, which stands in the last line: the mistake is another."""
    patch = {
        D_V: D_V.replace("-0.5 * ", "-"),
        "dLdV * (2 / self.N)": "dLdV * (1 / self.N)",
        "+ dLdM / self.N": "+ dLdM * self.N",
    }
    place = found(Wrong("BatchNorm1d", "elsewhere", "", patch).source, "BatchNorm1d")
    assert not place.steps
    (line,) = place.lines
    assert "dLdM * self.N" in line[1]


@pytest.mark.parametrize("name", ["dLdZ", "dldz_i", "dLdZ_{}", "self.dLdZ{}", "steps['dLdZ']"])
def test_a_step_of_each_layer_is_met_by_its_name_with_or_without_a_number(name):
    """One statement a layer, the last of which is wrong."""
    lines = [
        f"{name.format(i)} = dLdA {'+' if i == 0 else '*'} self.f[{i}].backward()\n"
        f"dLdA = self.layers[{i}].backward({name.format(i)} {'/ 2' if i == 0 else ''})\n"
        for i in (1, 0)
    ]
    method = "def backward(self, dLdA):\n    steps = {}\n" + textwrap.indent("".join(lines), "    ")
    place = found(Wrong("MLP1", "x", "", methods={"backward": method}).source, "MLP1")
    is_known = "{}" in name
    assert ("dLdZ_i (eqs. 29-31) is the first step" in (place.steps if place else "")) == is_known


def test_a_line_that_runs_later_is_not_said_of_what_an_object_begins_with():
    empty = {"[Linear(2, 3), Linear(3, 2)]": "[]"}
    forward = "def forward(self, A):\n    self.layers = [Linear(2, 3), Linear(3, 2)]"
    place = found(Wrong("MLP1", "x", "", empty, {"forward": forward}).source, "MLP1")
    assert [code for _, code in place.lines] == ["self.layers = []"]


def test_two_slips_of_one_line_that_no_equation_gives():
    place, line = of_library("MLP1", "[Linear(2, 3), Linear(3, 2)]", "[Linear(2, 2), Linear(2, 3)]")
    assert [number for number, _ in place.lines] == [line]
    assert place.slip == "With two changes, both in this line, layers (shapes of W) agrees with PyTorch."


WRAPPED = """
def logged(method):
    def inner(*args):
        method(*args)

    return inner

"""


@pytest.mark.parametrize(
    "patch",
    [
        {"def forward(self, A)": "def forward(A)"},
        {"def forward": "@logged\n    def forward"},
        {"self.A = A\n": "if len(A) > 9 and A.ndim > 4:\n            self.A = A\n"},
        {"dLdA = dLdZ @ dZdA.T": "dLdZ[:] = dLdZ / 2\n        dLdA = dLdZ @ dZdA.T"},
    ],
    ids=["def line", "decorator", "missing", "input changed"],
)
def test_a_right_line_is_not_said_for_what_happens_around_it(patch):
    place = found(WRAPPED + Wrong("Linear", "x", "", patch).source, "Linear")
    planted = " ".join([WRAPPED, *patch.values()])
    assert place is None or all(code in planted for _, code in place.lines)


def test_a_line_with_a_step_that_agrees_is_not_said():
    terms = "dLdNZ * centred * V_eps**-1.5"
    new = "dLdNZ * np.cos(self.Z - self.M)"
    place, line = of_library("BatchNorm1d", terms, new, seconds=0.1)
    assert [number for number, _ in place.lines] == [line] and "dLdNZ (eq. 60) agrees" in place.steps


def test_a_line_is_not_said_while_others_wait_to_be_tried(monkeypatch):
    """They may do as well; the time is up as soon as the first edit has passed."""
    now, passes = [0.0], Proofs.passes

    def and_late(self, edit, test):
        has_passed = passes(self, edit, test)
        now[0] += 99.0 * bool(has_passed)
        return has_passed

    monkeypatch.setattr("mytorch.check.search.deadline.perf_counter", lambda: now[0])
    assert of_library("BatchNorm1d", "2 / self.N", "2 * self.N")[0].lines
    now[0] = 0.0
    monkeypatch.setattr(Proofs, "passes", and_late)
    assert of_library("BatchNorm1d", "2 / self.N", "2 * self.N")[0] is None


def test_a_line_that_stopped_the_code_is_not_said_twice():
    assert of_library("Linear", "A @ self.W.T + self.b.T", "A @ self.W.T + self.W.T")[0] is None


def test_no_line_is_said_for_an_edit_that_only_lets_the_code_go_on():
    asks_an_array = "if self.dLdW:\n            self.dLdA = dLdA\n        return dLdA"
    source = Wrong("Linear", "searched", "", {"return dLdA": asks_an_array}).source
    assert found(source, "Linear") is None


def test_no_line_is_said_for_a_condition_that_another_line_could_let_go_on():
    patch = {
        "out_features):": "out_features, debug=False):\n        self.debug = debug\n",
        "return dLdA": "if self.debug.T:\n            self.dLdA = dLdA\n        return dLdA",
    }
    assert found(Wrong("Linear", "searched", "", patch).source, "Linear") is None


def test_no_two_lines_are_said_for_code_that_stopped():
    """A mean and no C would do as well as the C that was not kept."""
    patch = {
        "N, C = A.shape\n        SE =": "self.N = A.shape[0]\n        SE =",
        "SSE / (2 * N * C)": "SSE / (self.N * self.C) / 2",
    }
    assert found(Wrong("MSELoss", "searched", "", patch).source, "MSELoss") is None


def test_a_sign_is_not_lacking_where_a_name_is_returned():
    place, line = of_library("Linear", "dLdA = dLdZ @ dZdA.T", "dLdA = dLdZ @ -self.W")
    assert [number for number, _ in place.lines] == [line]


@pytest.mark.parametrize(
    "component, old, new",
    [
        ("ReLU", "np.where(self.A > 0, 1.0, 0.0)", "np.zeros_like(self.A)"),
        ("Tanh", "def forward", "def __init__(self):\n        self.A = None\n\n    def forward"),
    ],
)
def test_no_line_is_said_for_what_nothing_fills(component, old, new):
    patch = {old: new, "self.A = np.tanh(Z)\n": "pass\n"} if component == "Tanh" else {old: new}
    assert found(Wrong(component, "searched", "", patch).source, component) is None


def test_what_is_proven_makes_most_of_the_class_right():
    """The minus is in the first line; a minus in the line that returns would leave the kept A wrong."""
    place, line = of_library("Tanh", "self.A = np.tanh(Z)", "self.A = -np.tanh(Z)")
    assert [number for number, _ in place.lines] == [line]


def changed_lines(wrong: Wrong) -> set[int]:
    """Of the wrong class's text: where it is not the right one's; beside what was taken away."""
    right = source_of_library(wrong.component).splitlines()
    matcher = SequenceMatcher(None, right, wrong.source.splitlines(), autojunk=False)
    changed = [(c, d) for tag, _, _, c, d in matcher.get_opcodes() if tag != "equal"]
    return {line for first, end in changed for line in range(first, end + 2)}


def test_every_section_names_wrong_classes_whose_line_must_be_said():
    assert {one.component for one in SHOWN} >= {"Linear", "BatchNorm1d", "SGD", "MLP1", "Sigmoid", "MSELoss"}


@pytest.mark.parametrize("wrong", SHOWN, ids=str)
def test_the_line_is_said_where_it_once_was_not(wrong):
    """In the message itself, where the code stopped there, or by the search."""
    diagnosis = examined(wrong)[1]
    place = None if diagnosis.line else found(wrong.source, wrong.component)
    lines = {diagnosis.line} if diagnosis.line else {number for number, _ in place.lines}
    assert lines <= changed_lines(wrong), (diagnosis, place)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([wrong for wrong in WRONG if wrong.patch and wrong.causes != "endless loop"]))
def test_no_other_line_than_a_wrong_one_is_said(wrong):
    """Whatever the class: no exception, and no line that is right."""
    place = found(wrong.source, wrong.component, seconds=0.5)
    if place is not None and place.lines:
        assert {number for number, _ in place.lines} & changed_lines(wrong), (str(wrong), place)


@pytest.mark.parametrize("last", ["print(Z)", "return print(Z)"])
def test_a_method_that_prints_in_place_of_returning(last):
    place, line = of_library("Linear", "return Z", last)
    assert [number for number, _ in place.lines] == [line] and "print" in place.slip


@pytest.mark.parametrize("last", ["Z", "self.A", "Z + 0"])
def test_a_method_that_only_names_its_value(last):
    place, _ = of_library("Linear", "return Z", last)
    assert [code for _, code in place.lines] == [last] and "hands nothing back" in place.slip


@pytest.mark.parametrize("last", ["pass", "self.Z = print(Z)", "return"])
def test_a_method_that_returns_nothing_has_no_line_to_show(last):
    assert of_library("Linear", "return Z", last)[0] is None


def test_code_that_exits_ends_no_search():
    source = Wrong("Linear", "x", "", {"dLdZ.T @ dZdb": "dLdZ.T @ dZdb + 1", "return dLdA": "exit()"})
    assert source_of_class(source.build()) is None
    raising = Wrong("Linear", "x", "", {"return dLdA": "raise SystemExit"})
    assert found(raising.source, "Linear") is None


# --- what does not run --------------------------------------------------------------------------------------

SECOND = (
    ("Linear", "def backward(self, dLdZ):\n    pass"),
    ("Linear", "def backward(self, dLdZ):\n    raise NotImplementedError"),
    ("Linear", "def forward(self, A):\n    self.A, self.N = A, len(A)\n    return A @ self.W.T"),
    ("Tanh", "def forward(self, Z):\n    self.A = None\n    return self.A"),
)


@pytest.mark.parametrize("component, method", SECOND)
def test_a_method_that_stands_there_twice_is_the_fault_of_the_one_below(component, method):
    source = f"{source_of_library(component)}\n\n{textwrap.indent(method, '    ')}\n"
    ((number, line),) = (place := found(source, component)).lines
    assert line == method.splitlines()[0] and number > source_of_library(component).count("\n")
    assert QUESTIONS["twice"][1] in place.slip


def test_of_two_methods_that_are_both_wrong_lines_of_the_one_that_runs_are_said():
    first = Wrong("Linear", "x", "", {"Z = A @ self.W.T + self.b.T": "Z = np.cos(A @ self.W.T)"}).source
    method = "    def forward(self, A):\n        self.A, self.N = A, len(A)\n        return A @ self.W.T\n"
    ((number, line),) = found(f"{first}\n{method}", "Linear").lines
    assert line == "return A @ self.W.T" and number > first.count("\n")


ELSEWHERE = (
    "def forward(self, Z):\n    self.A = np.cos(Z)\n    return self.A\n\nTanh.forward = forward",
    "Tanh.backward = lambda self: 1 - self.A",
)


@pytest.mark.parametrize("below", ELSEWHERE)
def test_a_class_with_a_method_from_elsewhere_is_not_searched(below):
    source = f"{source_of_library('Tanh')}\n\n{below}\n"
    assert source_of_class(compiled(source, "Tanh", "from elsewhere")) is None


@pytest.mark.parametrize(
    "own", ["backward = lambda self: 1 - self.A", "def __init__(self):\n    self.backward = self.other"]
)
def test_no_line_is_said_of_a_method_that_another_value_of_its_name_replaces(own):
    other = "def other(self):\n    return np.cos(self.A)"
    below = textwrap.indent(f"{own}\n\n{other}\n", "    ")
    place = found(f"{source_of_library('Tanh')}\n\n{below}", "Tanh")
    assert place is None or not any("dAdZ" in line for _, line in place.lines)


def test_a_function_that_has_been_deleted_since_is_not_searched():
    """With it the class would be right, whatever the edit."""
    patch = {"np.zeros((out_features, 1))": "zeros(out_features, 1)"}
    source = Wrong("Linear", "x", "", patch).source
    place = found(f"def zeros(*shape):\n    return np.zeros(shape)\n\n{source}\n\ndel zeros\n", "Linear")
    assert place is None or not any("zeros(*shape)" in line for _, line in place.lines)


@pytest.mark.parametrize("line", ["self.W = None", "self.W = self.W.ravel()"])
def test_where_a_second_call_stops_the_line_that_spoilt_it_is_found(line):
    patch = {"return dLdA": f"{line}\n        return dLdA"}
    place = found(Wrong("Linear", "x", "", patch).source, "Linear")
    assert [code for _, code in place.lines] == [line]


def test_what_is_right_in_its_text_is_not_searched():
    """Whatever made it differ, any edit would seem to mend it."""
    right = source_of_class(LIBRARY["Tanh"])
    wrong = Wrong("Tanh", "x", "", {"np.tanh(Z)": "np.tan(Z)"}).build()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mytorch.check.search.source_of_class", lambda component: right)
        traces = [expected("Tanh", 0, case) for case in contract_of("Tanh").cases]
        assert search(wrong, compared(wrong, "Tanh"), traces) is None


TOO_EARLY = (
    ("Tanh", "        self.A = np.tanh(Z)\n", "        return np.tanh(Z)\n        self.A = np.tanh(Z)\n"),
    ("Linear", "dLdA = dLdZ @ dZdA.T", "return dLdZ @ dZdA.T"),
    (
        "BatchNorm1d",
        "            self.running_M = ",
        "            return self.BZ\n            self.running_M = ",
    ),
)


@pytest.mark.parametrize("component, old, new", TOO_EARLY)
def test_a_return_with_lines_below_it_is_the_mistaken_line(component, old, new):
    place = found(Wrong(component, "x", "", {old: new}).source, component)
    assert [line for _, line in place.lines] == [new.split("\n")[0].strip()]
    assert QUESTIONS["return"][1] in place.slip


def test_an_edit_that_is_no_python_hides_no_other_of_its_place():
    """A starred value cannot stand alone."""
    place, line = of_library("Tanh", "1 - self.A * self.A", "1 - np.add(*[self.A, self.A])")
    assert [number for number, _ in place.lines] == [line] and QUESTIONS["function"][1] in place.slip


def test_an_attribute_may_be_meant_that_only_the_handout_names():
    source = """class Tanh:
    def forward(self, Z):
        self.Z = Z
        A = np.tanh(Z)
        return A

    def backward(self):
        return 1 - np.tanh(self.Z) ** 2
"""
    place = found(source, "Tanh")
    assert [line for _, line in place.lines] == ["A = np.tanh(Z)"] and QUESTIONS["self"][1] in place.slip


def test_an_attribute_may_be_meant_that_only_the_class_names():
    source = """class Tanh:
    def forward(self, Z):
        self.A = np.tanh(Z)
        self.own, self.other = self.A**2, np.exp(Z)
        return self.A

    def backward(self):
        return 1 - self.other
"""
    place = found(source, "Tanh")
    assert [line for _, line in place.lines] == ["return 1 - self.other"]
    assert QUESTIONS["name"][1] in place.slip


def test_a_line_of_a_branch_that_has_not_run_is_innocent():
    place, line = of_library("BatchNorm1d", "np.sqrt(self.V + self.eps)", "self.V + np.sqrt(self.eps)")
    assert [number for number, _ in place.lines] == [line]


def test_a_line_that_has_not_run_may_still_be_the_mistake():
    """What it assigns is a variable of the whole function, whether it runs or not."""
    rare = "if Z is None:\n            Z = 0\n            abs = None\n        "
    patch = {"self.A = np.tanh(Z)": f"{rare}self.A = np.tanh(Z) * abs(1)"}
    place = found(Wrong("Tanh", "x", "", patch).source, "Tanh")
    assert "abs = None" in [text for _, text in place.lines]


def test_lines_that_have_not_run_are_not_edited(monkeypatch):
    tried, passes = set(), Proofs.passes
    monkeypatch.setattr(
        Proofs,
        "passes",
        lambda self, edit, test: tried.add((edit.line, edit.kind)) or passes(self, edit, test),
    )
    wrong = Wrong("BatchNorm1d", "x", "", {"np.sqrt(self.V + self.eps)": "np.cos(self.V - self.eps)"})
    found(wrong.source, wrong.component)
    number = next(i for i, text in enumerate(wrong.source.splitlines(), 1) if "Z - self.running_M" in text)
    assert tried and {kind for line, kind in tried if line == number} <= {"line surplus", "indentation"}


DEF_LINES = (
    ("BatchNorm1d", {"if not eval:": "if eval is not False:"}),
    ("SGD", {"self.lr = lr": "self.lr = momentum", "self.mu = momentum": "self.mu = lr"}),
)


@pytest.mark.parametrize("component, patch", DEF_LINES)
def test_a_def_line_with_the_handouts_defaults_is_innocent(component, patch):
    place = found(Wrong(component, "x", "", patch).source, component)
    ((_, line),) = place.lines
    assert line in patch.values()


OTHER_DEFAULTS = (
    ("SGD", "lr=0.1, momentum=0", "lr=0.1, momentum=1"),
    ("BatchNorm1d", "eval=False", "eval=True"),
    ("BatchNorm1d", "eval=False", "eval"),
)


@pytest.mark.parametrize("component, old, new", OTHER_DEFAULTS)
def test_other_defaults_are_the_def_lines_fault(component, old, new):
    place, line = of_library(component, old, new)
    assert [number for number, _ in place.lines] == [line] and QUESTIONS["default"][0][5:] in place.slip


# --- loops and their numbers --------------------------------------------------------------------------------

ROWS = """Z = np.zeros((len(A), len(self.W)))
        for n in {}:
            Z[n] = self.W @ A[n] + self.b[:, 0]"""
INDEXED = (
    ("Linear", "Z = A @ self.W.T + self.b.T", ROWS, "range(1, len(A))"),
    ("Linear", "Z = A @ self.W.T + self.b.T", ROWS, "range(len(A) - 1)"),
    ("SGD", "self.v_b[i] = self.mu * self.v_b[i]", "self.v_b[{0}] = self.mu * self.v_b[{0}]", "-i"),
    ("MLP4", "ReLU() for _ in self.layers", "ReLU() for _ in self.layers{}", "[:-1]"),
    ("MLP4", "reversed(range(l))", "{}", "range(-1, -l, -1)"),
)


@pytest.mark.parametrize("component, old, new, numbers", INDEXED)
def test_of_an_index_or_a_range_no_formula_is_spoken(component, old, new, numbers):
    source = Wrong(component, "x", "", {old: new.format(numbers)}).source
    place = found(source, component)
    assert all(numbers in line for _, line in place.lines) and len(place.lines) == 1
    assert QUESTIONS["index"][1] in place.slip


def test_a_line_that_only_a_return_above_it_would_end_is_not_in_the_wrong_order():
    patch = {"return dLdA": "dLdA += 1e-3\n        return dLdA"}
    place = found(Wrong("Linear", "x", "", patch).source, "Linear")
    assert QUESTIONS["line surplus"][1] in place.slip


# --- where there is no reference ----------------------------------------------------------------------------


def test_with_traces_that_are_handed_in_a_line_is_said_for_the_quantity_that_was_asked_about(monkeypatch):
    said = []
    monkeypatch.setattr(handed, "record_place", lambda component, place: said.append((component, place)))
    wrong = Wrong("Linear", "asked about", "", {"self.dLdb = dLdb / self.N": "self.dLdb = dLdW / self.N"})
    cls = wrong.build()
    for quantity in ("kept dLdW", "kept dLdb"):
        publish_place(cls, quantity, handed_to("Linear"), seconds=20.0)
        assert len(said) == (quantity == "kept dLdb")
    ((component, place),) = said
    assert component == "Linear" and "self.dLdb = dLdW" in place.lines[0][1]


def test_what_the_handouts_methods_take_is_handed_in_as_well(monkeypatch):
    given = handed_to("MSELoss")
    assert given["parameters"]["forward"] == ["A", "Y"] and given["parameters"]["backward"] == []

    def missing(*args):
        raise ReferenceMissing("there is none")

    said = []
    monkeypatch.setattr("mytorch.check.reference.reference_of", missing)
    monkeypatch.setattr(handed, "record_place", lambda component, place: said.append(place))
    wrong = Wrong("MSELoss", "asked about", "", {"def forward(self, A, Y):": "def forward(self, Y, A):"})
    publish_place(wrong.build(), "kept A", given, seconds=20.0)
    assert said[0].lines[0][1] == "def forward(self, Y, A):"
