"""Checks against two banks: every wrong class is caught and its cause named, every right one passes."""

import ast
import contextlib
import io
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from support.bank import LIBRARY, RIGHT, WRONG, compiled
from traitlets.config import Config

import mytorch.check
from mytorch.check import CheckFailed, check, expected, trace_of
from mytorch.check.compare import compare
from mytorch.check.contract import contract_of
from mytorch.check.diagnosis import diagnose, find_mistake
from mytorch.check.exceptions import SYMPTOMS
from mytorch.check.mistakes import mistakes_of
from mytorch.check.report import Report
from mytorch.course import COMPONENTS

CHECK = Path(mytorch.check.__file__).parent


@cache
def oracle_trace(component: str, seed: int, options: tuple):
    return expected(component, seed, dict(options))


def compared(cls: type, component: str, cases=None, seed: int = 0):
    """As ``check`` does it, with the oracle's side remembered."""
    cases = contract_of(component).cases if cases is None else cases
    with contextlib.redirect_stdout(io.StringIO()):
        traces = [trace_of(cls, component, seed, case) for case in cases]
    return compare(
        [(oracle_trace(component, seed, tuple(case.items())), t) for case, t in zip(cases, traces)]
    )


@cache
def examined(wrong):
    """The comparison, and what is said about it."""
    comparison = compared(wrong.build(), wrong.component)
    return comparison, None if comparison.passed else diagnose(comparison.mismatch)


# --- wrong classes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_wrong_class_is_caught_and_explained(wrong):
    comparison, diagnosis = examined(wrong)
    assert not comparison.passed
    assert diagnosis.cause and diagnosis.headline
    assert len(diagnosis.text) < 700
    assert str(Report(comparison, diagnosis)) and Report(comparison, diagnosis)._repr_html_()


def is_named(wrong) -> bool:
    return examined(wrong)[1].cause in wrong.causes.split(" | ")


def test_causes_are_named():
    misses = [wrong for wrong in WRONG if not is_named(wrong)]
    for wrong in misses:
        print(f"{wrong}: {examined(wrong)[1].cause!r} was named, wanted is {wrong.causes!r}")
    assert len(WRONG) > 500 and len({str(wrong) for wrong in WRONG}) == len(WRONG)
    assert len(misses) <= 0.03 * len(WRONG)


@pytest.mark.parametrize("component", COMPONENTS)
def test_causes_are_named_in_every_component(component):
    bank = [wrong for wrong in WRONG if wrong.component == component]
    assert len(bank) >= 15 and sum(map(is_named, bank)) >= 0.9 * len(bank)


def test_some_wrong_classes_must_stay_unnamed():
    """Nothing is explained by force: a value that fits no hypothesis is said to differ."""
    assert any(examined(wrong)[1].cause == "different" for wrong in WRONG)


def test_every_known_mistake_is_met_by_a_wrong_class():
    met = set()
    for wrong in WRONG:
        mismatch = examined(wrong)[0].mismatch
        if mismatch.actual is not None and mismatch.actual.value is not None:
            met.add(id(find_mistake(mismatch)))
    catalogue = {
        id(m): f"{name}: {m.cause} in {m.quantities}" for name in COMPONENTS for m in mistakes_of(name)
    }
    assert [words for entry, words in catalogue.items() if entry not in met] == []


def test_every_symptom_of_an_exception_is_met():
    raised = {cause for _, cause in EXCEPTIONS}
    assert {symptom.cause for symptom in SYMPTOMS} <= raised | {examined(wrong)[1].cause for wrong in WRONG}


def test_causes_that_the_course_promises_are_named():
    promised = {
        *(
            "transposed",
            "missing 1/N",
            "extra 1/N",
            "missing 1/(NC)",
            "factor 2",
            "factor 1/2",
            "sign",
            "missing bias",
        ),
        *("sum for mean", "softmax axis", "softmax missing", "derivative from Z", "ReLU derivative at 0"),
        *("backward order", "dAdZ missing", "velocity ignored", "mu on the wrong term", "lr in the velocity"),
        *("unbiased variance", "alpha swapped", "eval uses batch statistics", "eval changes running values"),
        *(
            "eps outside the root",
            "missing term",
            "missing method",
            "returns None",
            "wrong type",
            "NaN or inf",
        ),
        *("endless loop", "shapes do not fit"),
    }
    assert promised <= {examined(wrong)[1].cause for wrong in WRONG}


# --- no solutions given away --------------------------------------------------------------------------------


def plain(code: str) -> str:
    """Code or prose without what one may write differently: spaces, self, np, the operators' spelling."""
    for old, new in (("self.", ""), ("np.", ""), ("·", "*"), ("⊙", "*"), ("²", "**2"), (" ", "")):
        code = code.replace(old, new)
    return code


@cache
def solution_lines() -> frozenset[str]:
    """Right-hand sides of the library's methods that are formulas."""
    lines = set()
    for component in COMPONENTS:
        tree = ast.parse(Path(__import__(LIBRARY[component].__module__, fromlist="x").__file__).read_text())
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        methods = [function for function in functions if function.name in ("forward", "backward", "step")]
        values = [n.value for method in methods for n in ast.walk(method) if isinstance(n, ast.Assign)]
        lines |= {plain(ast.unparse(v)) for v in values if isinstance(v, (ast.BinOp, ast.UnaryOp, ast.Call))}
    return frozenset(
        line for line in lines if len(line) >= 6 and not re.fullmatch(r"\w+\.shape.*|len\(.*\)", line)
    )


@pytest.mark.parametrize("component", COMPONENTS)
def test_messages_do_not_contain_a_line_of_the_solution(component):
    """The student's own line, shown where an exception came from, may be right; the rest may not tell."""
    for wrong in (wrong for wrong in WRONG if wrong.component == component):
        _, diagnosis = examined(wrong)
        told = (
            diagnosis.headline
            + diagnosis.hint
            + ("" if diagnosis.detail.startswith("Line ") else diagnosis.detail)
        )
        told = plain(told)
        assert [line for line in solution_lines() if line in told] == []


def test_the_catalogue_does_not_contain_a_line_of_the_solution():
    """Students have its source."""
    sections = CHECK.parent / "sections"
    paths = [
        *sections.glob("*/contract.py"),
        *sections.glob("*/mistakes.py"),
        *sections.glob("*/mistakes/*.py"),
    ]
    assert len(paths) > 10
    for path in [*paths, CHECK / "diagnosis.py", CHECK / "mistakes.py", CHECK / "factors.py"]:
        expressions = {
            plain(ast.unparse(n)) for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.expr)
        }
        symbols = {re.sub(r"c\[(\w+?)(?:_kept)?\]", r"\1", expression) for expression in expressions}
        assert solution_lines() & symbols == set()


def skeletons() -> dict[str, str]:
    """What stands in the release where a student begins: the notebooks' solution cells without their
    solutions.
    """
    found = {}
    for notebook in (CHECK.parents[1] / "notebooks").glob("*.md"):
        for cell in re.findall(
            r"^```\{code-cell\}.*?\n---\n.*?\n---\n(.*?)^```", notebook.read_text(), re.S | re.M
        ):
            if "### BEGIN SOLUTION" in cell:
                source = re.sub(
                    r"^[ \t]*### BEGIN SOLUTION\n.*?### END SOLUTION\n", "", cell, flags=re.S | re.M
                )
                found |= {name: source for name in re.findall(r"^class (\w+)", cell, re.M)}
    return found


@pytest.mark.parametrize("component", COMPONENTS)
def test_untouched_skeleton_is_told_to_be_one(component):
    cls = compiled(skeletons()[component], component, "a cell")
    diagnosis = diagnose(compared(cls, component).mismatch)
    assert diagnosis.cause == ("not updated" if component == "SGD" else "returns None")


# --- right classes ------------------------------------------------------------------------------------------

HIDDEN = {
    "Linear": (
        {"N": 7, "C_in": 5, "C_out": 4},
        {"N": 1, "C_in": 3, "C_out": 2},
        {"N": 3, "C_in": 3, "C_out": 3},
        {"N": 2, "C_in": 1, "C_out": 1},
        {"N": 6, "C_in": 2, "C_out": 5, "dtype": "float32"},
    ),
    "MLP": ({"N": 7}, {"N": 1}, {"N": 6, "dtype": "float32"}),
    "CrossEntropyLoss": (
        {"N": 7, "C": 5},
        {"N": 1, "C": 3, "soft": True},
        {"N": 6, "C": 4, "dtype": "float32", "soft": True},
    ),
    "SGD": (
        {"lr": 0.3, "momentum": 0, "steps": 2},
        {"lr": 0.02, "momentum": 0.9, "steps": 5},
        {"lr": 0.7, "momentum": 0.4, "steps": 1},
        {"lr": 0.05, "momentum": 0.8, "dtype": "float32"},
    ),
    "BatchNorm1d": (
        {"N": 8, "C": 4},
        {"N": 3, "C": 1, "alpha": 0.5},
        {"N": 6, "C": 5, "alpha": 0.75, "dtype": "float32"},
        {"N": 1, "C": 2},
        {"N": 2},
        {"N": 9, "scale": 30.0},
    ),
}
ENTRY_WISE = ({"N": 7, "C": 5}, {"N": 1, "C": 3}, {"N": 6, "C": 2, "dtype": "float32"}, {"N": 3, "C": 1})


def hidden_cases(component: str) -> tuple[dict, ...]:
    return HIDDEN.get("MLP" if component.startswith("MLP") else component, ENTRY_WISE)


@pytest.mark.parametrize("right", RIGHT, ids=str)
def test_right_class_in_any_style_passes(right, capsys):
    cls = right.build()
    check(cls)
    for seed, options in enumerate(hidden_cases(right.component), 5000):
        check(cls, seed=seed, **options)
    assert "✗" not in capsys.readouterr().out


@pytest.mark.parametrize("component", COMPONENTS)
def test_right_class_passes_for_any_seed(component):
    for seed in range(1, 16):
        cases = [*contract_of(component).cases, *hidden_cases(component)]
        assert compared(LIBRARY[component], component, cases, seed).passed


def test_bank_of_right_classes_covers_every_component():
    assert len(RIGHT) >= 40 and {right.component for right in RIGHT} == set(COMPONENTS)


# --- probes that mean something -----------------------------------------------------------------------------


def masks_and_gradients(component: str, seed: int):
    """Where each layer's ReLU lets something through in the first batch, and all gradients."""
    masks = []

    class Watched(LIBRARY[component]):
        def backward(self, dLdA):
            masks.append([f.A > 0 for f in self.f])
            super().backward(dLdA)

    trace = trace_of(Watched, component, seed, {})
    return masks[0], [entry.value for entry in trace.results if entry.quantity.name.startswith("dLd")]


@pytest.mark.parametrize("component", ["MLP0", "MLP1", "MLP4"])
def test_at_every_layer_relu_passes_some_and_stops_some(component):
    telling = []
    for seed in range(60):
        masks, gradients = masks_and_gradients(component, seed)
        mixed = all(mask.any() and not mask.all() for mask in masks)
        telling.append(mixed and all(gradient.any() for gradient in gradients))
    assert telling[0], "seed 0 is that of the visible check"
    assert np.mean(telling) > 0.95


def test_relu_sees_both_signs_and_zero():
    for seed in range(40):
        entries = trace_of(LIBRARY["ReLU"], "ReLU", seed, {}).entries
        Z = [entry.value for entry in entries if entry.quantity.what == "batch"][-1]
        assert (Z > 0).any() and (Z < 0).any() and (Z == 0).any()


@pytest.mark.parametrize("seed", [1, 2])
def test_wrong_classes_do_not_pass_by_chance(seed):
    for wrong in WRONG[::3]:
        assert not compared(wrong.build(), wrong.component, seed=seed).passed, wrong


# --- check itself -------------------------------------------------------------------------------------------


def broken_linear(**methods) -> type:
    """The library's Linear with methods replaced by functions of this file."""
    return type("Linear", (LIBRARY["Linear"],), methods)


def failed(cls, **options) -> str:
    """The message of a check that must fail."""
    with pytest.raises(CheckFailed) as caught:
        check(cls, **options)
    return str(caught.value)


def test_text_in_a_terminal(capsys):
    check(LIBRARY["Linear"])
    assert "Linear: all 8 quantities agree with PyTorch" in capsys.readouterr().out
    message = failed(broken_linear(backward=lambda self, dLdZ: dLdZ @ self.W))
    text = capsys.readouterr().out
    assert message == "Linear: dLdW: the object has no attribute dLdW."
    assert text.startswith("Linear: 6 of 8 quantities agree with PyTorch\n")
    assert re.search(r"✓ dLdA +\(3\) +\(N, C_in\)", text) and "✗ dLdW" in text and "✗ dLdb" in text
    assert (
        "\ndLdW: the object has no attribute dLdW.\nbackward is the place to keep it: self.dLdW = …\n" in text
    )


def test_rows_that_were_not_reached(capsys):
    def forward(self, A):
        raise ValueError("no")

    failed(broken_linear(forward=forward))
    text = capsys.readouterr().out
    assert "✓ b as initialised" in text and "✗ Z " in text
    assert all(f"– {name}" in text for name in ("A kept", "N kept", "dLdA", "dLdW", "dLdb"))
    assert "2 of 8 quantities agree" in text


def test_each_class_by_its_name_or_by_its_variable(capsys):
    class MyLinear(LIBRARY["Linear"]):
        pass

    namespace = {"check": check, "Linear": MyLinear}
    exec("check(Linear)", namespace)
    assert "Linear: all 8" in capsys.readouterr().out


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: check("Linear"), "check takes the class itself: check(Linear), without quotation marks."),
        (
            lambda: check(LIBRARY["Linear"](2, 3)),
            "check takes the class itself: check(Linear), not check(Linear(...",
        ),
        (lambda: check(type("Liner", (), {})), "check does not know 'Liner'. Is Linear meant?"),
        (lambda: check(type("Dropout", (), {})), "check does not know 'Dropout'. It knows Linear, Sigmoid"),
        (lambda: check("sigmoid"), "Is Sigmoid meant?"),
        (lambda: check(3), "check does not know 'int'."),
        (lambda: check(None), "check does not know 'NoneType'."),
        (lambda: check(LIBRARY["Linear"], n=3), "no option n; its options are seed, N, C_in, C_out, dtype."),
        (lambda: check(LIBRARY["ReLU"], soft=True), "check(ReLU) has no option soft"),
    ],
)
def test_calls_that_it_cannot_serve(call, words):
    with pytest.raises(TypeError, match=re.escape(words)):
        call()


def test_html_shows_what_the_student_wrote_as_text():
    def forward(self, A):
        raise ValueError("<script>alert(1)</script>")

    comparison = compared(broken_linear(forward=forward), "Linear")
    page = Report(comparison, diagnose(comparison.mismatch), ["<b>note</b>"])._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;note&lt;/b&gt;" in page and "✗" in page and "–" in page


@pytest.fixture
def shell():
    InteractiveShell.clear_instance()
    yield InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    InteractiveShell.clear_instance()


def test_in_a_notebook_a_failed_check_is_one_line(shell, capsys):
    shell.run_cell("import numpy as np\nfrom mytorch.check import check")
    shell.run_cell("class Linear:\n    def __init__(self, i, o):\n        self.W = np.zeros(o, i)")
    capsys.readouterr()
    result = shell.run_cell("check(Linear)")
    assert isinstance(result.error_in_exec, CheckFailed)
    shown = capsys.readouterr().out
    assert shown.count("CheckFailed") == 1 and "Traceback" not in shown and "mytorch/check" not in shown
    assert "Line 3 in __init__: self.W = np.zeros(o, i)" in shown


def test_report_is_rich_in_a_notebook():
    report = Report(compared(LIBRARY["Linear"], "Linear"), None)
    bundle = report._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"} and bundle["text/plain"] == str(report)
    assert "<td>dLdW</td><td>4</td><td>(C_out, C_in)</td>" in bundle["text/html"]


# --- the student's own line ---------------------------------------------------------------------------------


def explained(source: str, component: str = "Linear"):
    comparison = compared(compiled(source, component, "a cell"), component)
    return diagnose(comparison.mismatch)


INIT = """
class Linear:
    def __init__(self, i, o):
        self.W, self.b = np.zeros((o, i)), np.zeros((o, 1))
"""


def test_own_line_in_a_method():
    diagnosis = explained(INIT + "    def forward(self, A):\n        i = 3\n        return A @ self.W\n")
    assert diagnosis.detail == "Line 7 in forward: return A @ self.W   (i = 3)"
    assert "size 3 is different from 2" in diagnosis.headline and "gufunc" not in diagnosis.headline


def test_own_line_in_a_helper():
    helper = "def product(A, B):\n    return A @ B\n"
    diagnosis = explained(helper + INIT + "    def forward(self, A):\n        return product(A, self.W)\n")
    assert diagnosis.detail == "Line 2 in product: return A @ B"


def test_own_line_in_a_comprehension():
    diagnosis = explained(
        INIT + "    def forward(self, A):\n        return np.array([a / None for a in A])\n"
    )
    assert "return np.array([a / None for a in A])" in diagnosis.detail and "<" not in diagnosis.detail


def test_own_line_of_an_mlp_not_of_the_layer_it_calls():
    diagnosis = explained(
        "class MLP0:\n    def __init__(self):\n        self.layers, self.f = [Linear(2, 3)], [ReLU()]\n"
        "    def forward(self, A):\n        return self.layers[0].forward(A.T)\n",
        "MLP0",
    )
    assert diagnosis.detail == "Line 5 in forward: return self.layers[0].forward(A.T)"


def test_error_of_a_library_is_shown_where_the_student_called_it():
    diagnosis = explained(INIT + "    def forward(self, A):\n        return np.linalg.inv(A)\n")
    assert diagnosis.detail == "Line 6 in forward: return np.linalg.inv(A)"


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("not even this")


class Unstoppable(BaseException):
    pass


EXCEPTIONS = (
    (Unprintable(), "exception"),
    (Unstoppable("stop"), "exception"),
    (Exception(), "exception"),
    (Exception("a\nb\n" * 1000), "exception"),
    (Exception("\ud800 \x1b[31m \0"), "exception"),
    (StopIteration(), "exception"),
    (GeneratorExit(), "exception"),
    (KeyboardInterrupt(), "endless loop"),
    (SystemExit(0), "exit"),
    (RecursionError("maximum recursion depth exceeded"), "endless recursion"),
    (MemoryError(), "too large"),
    (AttributeError(), "attribute not kept"),
    (NameError(), "undefined name"),
    (TypeError("{0} {braces} %s"), "exception"),
    (ValueError("shapes {0}"), "shapes do not fit"),
)


@pytest.mark.parametrize("error, cause", EXCEPTIONS)
def test_whatever_is_raised_becomes_a_sentence(error, cause):
    def forward(self, A):
        raise error

    comparison = compared(broken_linear(forward=forward), "Linear")
    diagnosis = diagnose(comparison.mismatch)
    assert diagnosis.cause == cause and len(diagnosis.text) < 800 and diagnosis.text.encode()
    assert "forward" in diagnosis.detail


# --- whatever is returned -----------------------------------------------------------------------------------


class Stranger:
    def __getattr__(self, name):
        return lambda *args: self


class Subclass(np.ndarray):
    pass


def torch_tensor(Z):
    import torch

    return torch.tensor(Z)


@pytest.mark.parametrize(
    "make, cause, words",
    [
        (lambda Z: Z.astype(complex), "wrong type", "an array of complex128"),
        (lambda Z: Z.astype(object), "wrong type", "an array of object"),
        (lambda Z: Z.astype(str), "wrong type", "an array of <U32"),
        (lambda Z: Z.astype("datetime64[s]"), "wrong type", "an array of datetime64[s]"),
        (lambda Z: torch_tensor(Z), "wrong type", "a torch.Tensor"),
        (lambda Z: Stranger(), "wrong type", "Stranger"),
        (lambda Z: Stranger, "wrong type", "the class Stranger"),
        (lambda Z: {"Z": Z}, "wrong type", "a dict"),
        (lambda Z: "Z", "wrong type", "a str"),
        (lambda Z: 1j, "wrong type", "a complex"),
        (lambda Z: 10**400, "wrong type", "an int"),
        (lambda Z: (z for z in Z), "wrong type", "a generator"),
        (lambda Z: np.broadcast_to(1.0, (10**6, 10**6)), "too large", "(1000000, 1000000)"),
        (lambda Z: np.zeros((1001, 1000)), "too large", "(1001, 1000)"),
        (lambda Z: np.zeros((0, 3)), "shape", "(0, 3)"),
        (lambda Z: np.zeros((1,) * 30), "reduced too far", "expected is (N, C_out) = (4, 3)"),
        (lambda Z: 7, "reduced too far", "()"),
        (lambda Z: Z * np.nan, "NaN or inf", "NaN"),
        (lambda Z: Z + np.inf, "NaN or inf", "infinite"),
        (lambda Z: Z * 1e300 * 1e10, "NaN or inf", "infinite"),
        (lambda Z: 1e200 * Z, "factor", "1e+200 times"),
        (lambda Z: Z > 0, "different", "differs"),
        (lambda Z: Z.astype(np.float16) * 2, "different", "differs"),
    ],
)
def test_whatever_is_returned_gets_its_sentence(make, cause, words):
    def forward(self, A):
        return make(LIBRARY["Linear"].forward(self, A))

    comparison = compared(broken_linear(forward=forward), "Linear")
    diagnosis = diagnose(comparison.mismatch)
    assert diagnosis.cause == cause and words in diagnosis.text


OTHER_ARRAYS = [np.asmatrix, lambda Z: Z.view(Subclass), np.ma.array, np.asfortranarray, np.longdouble]


@pytest.mark.parametrize("make", OTHER_ARRAYS)
def test_arrays_of_other_kinds_with_the_right_values_pass(make):
    cls = broken_linear(forward=lambda self, A: make(LIBRARY["Linear"].forward(self, A)))
    assert compared(cls, "Linear").passed


def test_property_that_raises():
    @property
    def dLdW(self):
        raise ValueError("not today")

    @dLdW.setter
    def dLdW(self, value):
        pass

    diagnosis = diagnose(compared(broken_linear(dLdW=dLdW), "Linear").mismatch)
    assert diagnosis.cause == "exception" and "ValueError: not today" in diagnosis.headline


def test_attribute_of_anything():
    class Linear:
        def __init__(self, i, o):
            pass

        def __getattr__(self, name):
            return None if name == "W" else self.missing

    diagnosis = diagnose(compared(Linear, "Linear").mismatch)
    assert diagnosis.headline == "W as initialised is None."


def test_slots_that_do_not_suffice():
    slots = INIT.replace("class Linear:", "class Linear:\n    __slots__ = ('W', 'b')")
    diagnosis = explained(slots + "    def forward(self, A):\n        self.A = A\n")
    assert diagnosis.cause == "attribute not kept" and "self.A = A" in diagnosis.detail


def test_input_changed_in_place_is_an_ungraded_remark(capsys):
    check(next(right for right in RIGHT if str(right) == "ReLU: in place").build())
    assert "Extra, ungraded: your code changes its input Z in place" in capsys.readouterr().out


def test_overflow_is_an_ungraded_remark(capsys):
    by_name = {str(right): right for right in RIGHT}
    check(by_name["CrossEntropyLoss: as in the equations"].build())
    check(by_name["Tanh: by exponentials"].build())
    assert capsys.readouterr().out.count("overflow") == 2
    check(by_name["CrossEntropyLoss: without overflow"].build())
    assert "log meets a 0" in capsys.readouterr().out
    check(by_name["CrossEntropyLoss: log sum exp"].build())
    check(LIBRARY["CrossEntropyLoss"])
    check(LIBRARY["Tanh"])
    assert "Extra" not in capsys.readouterr().out
