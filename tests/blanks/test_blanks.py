"""Blanks: right answers in many spellings, wrong ones with their reason, and whatever else can be typed into
a box.
"""

import re
import sys

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.patience import patience
from support.strategies import examples

from mytorch.blanks import form as blanks
from mytorch.blanks.expressions import FUNCTIONS, LONGEST, Formula, Puzzled
from mytorch.blanks.form import blank, judge_blank
from mytorch.course import MACROS, SECTIONS
from mytorch.sections.activation.blanks import TANH_SAMPLES
from mytorch.sections.linear.blanks import LINEAR_SAMPLES

EQUATIONS = {
    number: equation for s in SECTIONS if s.blanks for number, equation in s.load("blanks").EQUATIONS.items()
}

BOXES = [(number, index) for number, equation in EQUATIONS.items() for index in range(len(equation.blanks))]

RIGHT = {
    (2, 0): [
        *["W.T", "W^T", "Wᵀ", "W'", "W’", "W**T", "W^{T}", "W ^ T", "W⊤", "transpose(W)", "np.transpose(W)"],
        *["numpy.transpose(W)", "W.transpose()", "self.W.T", "(W.T)", " W.T ", "W.T.", "dZdA = W.T", "1*W.T"],
        *[r"W^\top", r"$W^{\top}$", "((W'))", "∂Z/∂A = W^T", "W.T + 0", "self.W.transpose()", "W.T.T.T"],
    ],
    (2, 1): ["A", "self.A", "A.T.T", "(Aᵀ)ᵀ", "1·A", "A*1", "dZdW = self.A", "$A$", "A''", "transpose(A^T)"],
    (2, 2): [
        *["ι", "ι_N", "iota", "iota_N", r"\iota", r"\iota_{N}", "ones", "1_N", "1_{N}", "np.ones((N,1))"],
        *[
            "np.ones((N, 1))",
            "ones((N, 1))",
            "np.ones([N, 1])",
            "np.ones((self.N, 1))",
            "np.ones((A.shape[0], 1))",
        ],
        *["np.ones((self.A.shape[0], 1))", "np.ones((len(A), 1))", "1 + np.zeros((N, 1))", "ones_like(ι)"],
        *["dZdb = np.ones((self.N, 1))", "np.ones((1, N)).T"],
    ],
    (16, 0): [
        *["1 - A*A", "1-A*A", "1 − A⊙A", "1 - A ⊙ A", "1 - A∘A", "1 - A^2", "1-A**2", "1 - A²", "1 - A^{2}"],
        *[
            "1 - np.square(A)",
            "1-square(A)",
            "1 - self.A**2",
            "1 - self.A * self.A",
            "(1-A)*(1+A)",
            "-(A*A) + 1",
        ],
        *[
            r"1 - A \odot A",
            "$1 - A^2$",
            "np.ones_like(A) - A*A",
            "1 - np.power(A, 2)",
            "1 - np.multiply(A, A)",
        ],
        *[
            "1 - A × A",
            "1 – A*A",
            "dA/dZ = 1 - A^2",
            "dAdZ = 1 - A*A",
            "1.0 - A**2.0",
            "ι - A*A",
            "1 - power(A,2).",
            "１－A＾2",  # on a Chinese or Japanese keyboard
            "1 − A∗A。",
            "1 - A ⨀ A",
            "1 - A*A\u200b",  # copied with a space of no width
        ],
    ],
    (18, 0): [
        *[
            "max(0,Z)",
            "max(Z, 0)",
            "np.maximum(0,Z)",
            "np.maximum(Z, 0)",
            "maximum(0, Z)",
            "np.where(Z>0,Z,0)",
        ],
        *[
            "np.where(Z >= 0, Z, 0)",
            "Z*(Z>0)",
            "(Z > 0) * Z",
            "Z ⊙ (Z > 0)",
            "Z if Z > 0 else 0",
            r"\max(0, Z)",
        ],
        *["0 if Z <= 0 else Z", "(Z + abs(Z))/2", "(Z + np.abs(Z)) / 2", "np.clip(Z, 0, None)", "Z.clip(0)"],
        *[
            "A = max(0, Z)",
            "self.A = np.maximum(Z, 0)",
            "np.where(Z≤0, 0, Z)",
            "Z - min(Z, 0)",
            "-min(0, -Z)",
        ],
        *["np.maximum(Z, np.zeros_like(Z))", "np.clip(Z, 0, np.inf)", "Z * np.heaviside(Z, 0)"],
    ],
    (20, 0): ["1", "1.0", "+1", "A/A", "Z/A", "2 - 1", "np.ones_like(A)", "1.", "A^0"],
    (20, 1): ["0", "0.0", "0*Z", "-0", "1 - 1", "np.zeros_like(A)", "0."],
}

# What is typed -> words that its explanation must hold.
WRONG = {
    (2, 0): {
        "W": "(C_out, C_in)",
        "self.W": "(C_out, C_in)",
        "A": "differentiate by",
        "A.T": "with respect to A",
        "b": "added after",
        "X": "takes its place",
        "2*W.T": "yours is",
        "A @ W.T": "shape (N, C_out)",
        "w.T": "Did you mean W",
        "1": "single number",
        "A*W": "do not fit",
        "W.T @ A": "do not fit",
        "dLdZ": "not one of the quantities",
    },
    (2, 1): {
        "A.T": "second rule",
        "Aᵀ": "second rule",
        "W": "differentiate by",
        "W^T": "The rule gives the other one",
        "A/N": "average",
        "ι": "ones",
        "2*A": "yours is",
        "Z": "(N, C_out)",
        "dLdZ.T @ A": "not one of the quantities",
    },
    (2, 2): {
        "1": "single number",
        "b": "differentiate by",
        "b.T": "differentiate by",
        "N": "adds up",
        "ones.T": "lies on its side",
        "np.ones((1, N))": "lies on its side",
        "np.ones(N)": "one axis",
        "np.ones((C_out, 1))": "for each sample",
        "np.ones_like(b)": "for each sample",
        "np.ones((N, C_out))": "one column",
        "np.ones((4, 1))": "(4, 1)",
        "np.ones(N, 1)": "one pair",
        "0": "does not move",
        "np.zeros((N, 1))": "does not move",
        "iota/N": "average",
        "A": "not multiplied with b",
        "2*ones": "which factor",
    },
    (16, 0): {
        "1 - A": "square is missing",
        "A - A*A": "Sigmoid",
        "A*(1 - A)": "Sigmoid",
        "A*A": "taken away",
        "1 + A*A": "sign",
        "A^2 - 1": "sign",
        "1 - Z^2": "tanh's output",
        "1 - 2*A": "A ⊙ A",
        "1 - 2A": "2A",
        "1 - tanh²(A)": "applied twice",
        "tanh'(Z)": "mean the transpose",
        "1,0 - A*A": "decimals take a point",
        "1 - A³": "yours is",
        "1 - tanh(x)^2": "the hint's name",
        "tanh(Z)": "tanh itself",
        "A": "tanh itself",
        "1 - A @ A": "do not fit",
        "1 - A.T * A": "do not fit",
        "0.5*A": "yours is",
        "a": "Did you mean A",
        "1": "one point only",
        "0.5": "single number",
    },
    (18, 0): {
        "Z": "everything pass",
        "0": "nothing pass",
        "0*Z": "nothing pass",
        "min(0, Z)": "negative half",
        "Z*(Z<0)": "negative half",
        "abs(Z)": "folds",
        "|Z|": "could not read",
        "Z > 0": "a step",
        "np.where(Z > 0, 1, 0)": "a step",
        "max(1, Z)": "another height",
        "max(0.01*Z, Z)": "leaky",
        "relu(Z)": "restates",
        "ReLU(Z)": "restates",
        "np.max(0, Z)": "along an axis",
        "np.amax(Z, 0)": "along an axis",
        "A": "being defined",
        "max(0, x)": "called Z here",
        "max(0, z)": "Did you mean Z",
        "np.where(Z > 0)": "arguments",
        "max(Z)": "arguments",
        "Z[Z > 0]": "picks entries",
        "1/(1+e^-Z)": "Sigmoid",
        "log(1 + exp(Z))": "softplus",
        "Z + 1": "yours is",
        "max": "argument in brackets",
    },
    (20, 0): {
        "A": "height",
        "Z": "height",
        "0": "flat",
        "-1": "sign",
        "1/2": "more than that",
        "7": "How steep",
        "ones": "needs an argument",
    },
    (20, 1): {
        "1": "rise",
        "Z": "went in",
        "-1": "fall",
        "0.5": "corner",
        "0.01": "leaky",
        "undefined": "convention",
        "7": "How steep",
        "nan": "not one of the quantities",
    },
}

HOSTILE = [
    *[
        "__import__('os').system('true')",
        '__import__("os")',
        "open('x')",
        "exec('1')",
        "eval('1')",
        "A.__class__",
    ],
    *["().__class__.__bases__[0].__subclasses__()", "np.load('x')", "np.os", "A.tofile('x')"],
    *["np.tanh.__globals__", "9**9**9", "9**9**9**9**9*A", "(9**9**9)*Z", "np.ones((9**9, 9**9))"],
    *["np.ones((99999, 99999))", "ones((-1, 2))", "np.zeros((1e308*10, 1))", "np.ones((0/0, 1))"],
    *["np.ones(((1, 2), (3, 4)))", "np.ones((2, 2, 2))", "np.ones(())", "(" * 190, "(" * 95 + "A" + ")" * 95],
    *[
        "-" * 190 + "A",
        "A" * 199,
        "A" * 100_000,
        "[" * 199,
        "A.T" + ".T" * 98,
        "\x00",
        "A\x00",
        "\ud800",
        "\u202e",
    ],
    *["\n", "A\nB", "A;B", "import os", "A := 1", "(A := 1)", "lambda: 1", "A = B = C", "[A for A in [1]]"],
    *[
        "{1: 2}",
        "{1, 2}",
        "f'{A}'",
        "'text'",
        '"text"',
        "b'x'",
        "None",
        "True",
        "...",
        "1j",
        "A if 1",
        "A[0]",
    ],
    *["A.shape", "A.shape[9]", "A.shape[True]", "(1, 2)", "(1, A)", "1, 2", "*A", "max(*A)", "max(A, key=1)"],
    *[
        "A()",
        "A and Z",
        "not A",
        "~A",
        "A << 2",
        "A // 2",
        "A % 2",
        "0 < Z < 1",
        "A is Z",
        "await A",
        "yield",
    ],
    *[
        "1/0",
        "0/0",
        "0*inf",
        "np",
        "np.np",
        "np.e",
        "np.T",
        "tanh",
        "tanh()",
        "tanh(A, A)",
        "np.tanh(A, A)",
        "max",
    ],
    *[
        "A.max",
        "A.T()",
        "T",
        "e",
        "inf",
        "(1, 2) * A",
        "where(A, (1, 2), 3)",
        "<script>alert(1)</script>",
        "$$$",
    ],
    *["=", "==", "^", "'", ".", ",", "1_000", "0x10", "sqrt(-1)", "log(-1)", "len(1)", "dot(A, A)", "A @ 3"],
    *["3 @ 3", "A ** A", "(-1) ** 0.5", "I", "?", "W. T", "ξ", "🙂"],
]


def spelled(table):
    return [(box, text) for box, texts in table.items() for text in texts]


@pytest.mark.parametrize(("box", "text"), spelled(RIGHT))
def test_right_answers_are_right_in_any_spelling(box, text):
    is_right, why = judge_blank(*box, text)
    assert is_right is True, why
    assert why == EQUATIONS[box[0]].blanks[box[1]].praise


@pytest.mark.parametrize(
    "text", ["1 - tanh(Z)^2", "1 - tanh²(Z)", "1 - tanh^2(Z)", "1-np.tanh(Z)**2", "1/cosh(Z)^2"]
)
def test_tanh_slope_in_terms_of_z_is_right_and_a_is_recommended(text):
    is_right, why = judge_blank(16, 0, text)
    assert is_right is True
    assert "In terms of A" in why


@pytest.mark.parametrize(("box", "text"), spelled(WRONG))
def test_wrong_answers_are_explained(box, text):
    is_right, why = judge_blank(*box, text)
    assert is_right is False
    assert WRONG[box][text] in why


# Ways to write the same again, around a formula.
DETOURS = ("({})", "0 + ({})", "({}) - 0", "1 * ({})", "({}) / 1", "-(-({}))", "(2*({0})) - ({0})", " ({}) ")
FORMULAS = [
    (box, text, is_right)
    for table, is_right in ((RIGHT, True), (WRONG, False))
    for box, text in spelled(table)
    if not re.search(r"[=$]|\.$", text)  # "A = …" and "$…$" are ways to write an answer, not a part of one
]


@examples(6)
@given(st.sampled_from(FORMULAS), st.lists(st.sampled_from(DETOURS), max_size=3))
def test_equivalent_formulas_are_judged_alike(formula, detours):
    box, text, is_right = formula
    for detour in detours:
        text = detour.format(text)
    assume(len(text) <= LONGEST)
    assert judge_blank(*box, text)[0] is is_right


def combined(inner):
    """Pairs of one formula: as the handout writes it, and as NumPy does."""
    signs = st.sampled_from([("+", "+"), ("−", "-"), ("⊙", "*"), (r" \odot ", "*"), ("×", "*")])
    both = st.builds(
        lambda a, sign, b: (f"({a[0]}{sign[0]}{b[0]})", f"({a[1]}{sign[1]}{b[1]})"), inner, signs, inner
    )
    powers = st.sampled_from([("²", "**2"), ("^2", "**2"), ("^{3}", "**3"), ("ᵀᵀ", "")])
    power = st.builds(lambda a, p: (f"({a[0]}){p[0]}", f"({a[1]}){p[1]}"), inner, powers)
    functions = st.sampled_from(
        [("tanh", "np.tanh"), (r"\tanh", "np.tanh"), ("max", "np.maximum"), ("−", "-")]
    )
    call = st.builds(
        lambda a, f: (f"{f[0]}({a[0]}{', 0' * (f[0] == 'max')})", f"{f[1]}({a[1]}{', 0' * (f[0] == 'max')})"),
        inner,
        functions,
    )
    return st.one_of(both, power, call)


LEAVES = st.sampled_from([("A", "A"), ("self.Z", "Z"), ("Z", "Z"), ("2", "2"), ("0.5", "0.5")])


@examples(6)
@given(st.recursive(LEAVES, combined, max_leaves=6))
def test_a_formula_in_the_handouts_spelling_has_numpys_value(pair):
    handout, numpys = pair
    assume(len(handout) <= LONGEST)
    sample = {"A": np.array([[0.5, -1.0]]), "Z": np.array([[-0.25, 1.5]])}
    wanted = eval(numpys, {"np": np, **sample})
    np.testing.assert_allclose(Formula(handout).value(sample), wanted)


@pytest.mark.parametrize("box", BOXES)
def test_every_catalogued_mistake_is_wrong_and_gets_its_own_reason(box):
    for wrong, why in EQUATIONS[box[0]].blanks[box[1]].mistakes.items():
        assert judge_blank(*box, wrong) == (False, why)


@pytest.mark.parametrize("box", BOXES)
def test_no_explanation_of_a_wrong_answer_contains_a_right_one(box):
    item = EQUATIONS[box[0]].blanks[box[1]]
    explanations = [item.hint, *item.mistakes.values(), *item.elsewhere.values()]
    right = [text for text in RIGHT[box] if len(text) > 2 and text != "ones"]  # "ones" is an English word
    assert not [(text, why) for text in right for why in explanations if text in why]


@pytest.mark.parametrize("box", [box for box in BOXES if not EQUATIONS[box[0]].blanks[box[1]].show])
def test_where_the_value_is_the_answer_a_wrong_one_is_told_the_hint_and_no_number(box):
    answer = {(2, 2): "7 * ι"}.get(box, "7")  # of the right shape
    assert judge_blank(*box, answer) == (False, EQUATIONS[box[0]].blanks[box[1]].hint)


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
@pytest.mark.parametrize("box", BOXES)
def test_an_empty_box_is_neither_right_nor_wrong(box, text):
    assert judge_blank(*box, text) == (None, "")


@pytest.mark.parametrize("box", BOXES)
def test_whatever_is_typed_gets_one_short_sentence(box):
    for text in HOSTILE:
        with patience():
            is_right, why = judge_blank(*box, text)
        assert is_right in (True, False, None), text
        assert len(why) < 300 and "\n" not in why and "Traceback" not in why, text
        assert why or not text.strip(), text


def test_hostile_answers_are_wrong():
    assert not [text for text in HOSTILE if judge_blank(16, 0, text)[0]]


def test_samples_survive_every_answer():
    before = {name: np.copy(value) for name, value in TANH_SAMPLES[0].items()}
    for text in [*HOSTILE, *RIGHT[16, 0], "np.tanh(Z, A)", "np.maximum(Z, 0, A)", "np.clip(Z, 0, 1, A)"]:
        judge_blank(16, 0, text)
    for name, value in before.items():
        np.testing.assert_array_equal(TANH_SAMPLES[0][name], value)


def test_samples_have_sizes_that_tell_every_shape_apart():
    for sample in LINEAR_SAMPLES:
        assert len({float(sample[name]) for name in ("N", "C_in", "C_out")} | {1.0}) == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[("-Z^2", -9), ("2^3^0", 2), ("Z/2 + 1", 2.5), ("2·Z", 6), ("e^0", 1)],
        *[("1 - (Z > 5)", 1), ("Z >= 3", 1), ("Z == 3", 1), ("Z if Z < 3 else 0", 0)],
    ],
)
def test_formulas_have_the_usual_precedence(text, expected):
    assert Formula(text).value({"Z": np.float64(3)}) == expected


def test_every_function_of_a_formula_can_be_called():
    Z = np.array([[0.25, 0.5]])
    of_two = ("max", "min", "maximum", "minimum", "clip", "heaviside", "power", "multiply")
    calls = {name: f"{name}(Z)" for name in FUNCTIONS}
    calls |= {name: f"{name}(Z, 1)" for name in of_two}
    calls |= {"ones": "ones((1, 2))", "zeros": "zeros(2)", "where": "where(Z > 0.3, 1, 0)"}
    calls |= {"matmul": "matmul(Z, Z.T)", "dot": "dot(Z, Z.T)"}
    for name, call in calls.items():
        assert np.all(np.isfinite(Formula(call).value({"Z": Z}))), name


def test_a_formula_names_what_it_does_not_know():
    with pytest.raises(Puzzled, match="`foo` is not one of the quantities here, which are Z, N"):
        Formula("foo + 1").value({"Z": np.ones(2), "N": np.float64(2)})


def test_a_product_without_its_sign_is_understood_as_such():
    for text in ("2(A)", "(1 - A)(1 + A)"):
        assert judge_blank(16, 0, text)[1].endswith("is a `*` missing?")


@pytest.mark.parametrize("number", [1, 3, 0, -2, "2", None])
def test_an_equation_without_blanks_is_refused_in_one_sentence(number):
    with pytest.raises(ValueError, match=r"has no blanks; equations 2, 16, 18 and 20 have\."):
        blank(number)
    with pytest.raises(ValueError, match="has no blanks"):
        judge_blank(number, 0, "A")


@pytest.fixture
def memory(monkeypatch):
    """Stands in for the student's saved progress, in a notebook."""
    answers = {}
    monkeypatch.setattr(blanks, "lacking", lambda what: "")
    monkeypatch.setattr(blanks, "recall", lambda key, default=None: answers.get(key, default))
    monkeypatch.setattr(blanks, "remember", answers.__setitem__)
    return answers


def boxes_of(form):
    """(text box, verdict) pairs of a form."""
    return [row.children for row in form.children if len(getattr(row, "children", ())) == 2]


@pytest.mark.parametrize("number", EQUATIONS)
def test_a_form_has_the_equation_and_a_labelled_box_for_every_blank(memory, number):
    form = blank(number)
    title, *_, button = form.children
    assert f"\\tag{{{number}}}" in title.value and MACROS["A"] in title.value
    assert not any(macro in title.value for macro in (r"\A ", r"\Z", r"\W", r"\bias"))
    labels = [answer.description for answer, _ in boxes_of(form)]
    assert labels == [item.label for item in EQUATIONS[number].blanks]
    assert button.description == "Check"
    assert all(verdict.value == "" for _, verdict in boxes_of(form))


def test_enter_judges_an_answer_and_keeps_it(memory):
    answer, verdict = boxes_of(blank(2))[0]
    answer.value = "W"
    assert "✗ Not yet." in verdict.value and "(C_out, C_in)" in verdict.value
    answer.value = "W.T"
    assert "✓ Right." in verdict.value
    assert memory == {"blank 2.0": "W.T"}
    answer.value = ""
    assert verdict.value == ""


def test_answers_come_back_judged(memory):
    memory["blank 20.1"] = "0"
    memory["blank 20.0"] = "A"
    (first, first_verdict), (second, second_verdict) = boxes_of(blank(20))
    assert (first.value, second.value) == ("A", "0")
    assert "✗" in first_verdict.value and "✓" in second_verdict.value


def test_a_long_answer_is_wrapped_where_the_form_is_gone(memory):
    memory["blank 18.0"] = "x" * 3000
    as_html, _ = blank(18)._answers()
    assert "x" * 3000 in as_html and "overflow-wrap: anywhere" in as_html


def test_the_check_button_judges_every_box(memory):
    form = blank(2)
    for answer, verdict in boxes_of(form):
        answer.value = "A"
        verdict.value = "stale"
    form.children[-1].click()
    assert ["✓" in verdict.value for _, verdict in boxes_of(form)] == [False, True, False]


def test_what_was_typed_cannot_become_markup(memory):
    answer, verdict = boxes_of(blank(18))[0]
    answer.value = "<img src=x>"
    assert "<img" not in verdict.value and "&lt;img" in verdict.value


def test_nothing_is_shown_while_a_submission_is_graded(monkeypatch):
    monkeypatch.setenv("MYTORCH_CHECK", "record")
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert blank(2) is None
