"""The banks of all sections: every wrong class is caught and its cause named, every right one passes, and no
message gives a line of the solution away. No section is named here.
"""

import ast
import inspect
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from support.bank import (
    BANKED,
    HIDDEN,
    LIBRARY,
    PROMISED,
    RIGHT,
    SKELETONS,
    WRONG,
    compared,
    compiled,
    examined,
)
from support.handins import graded
from support.own import ROOT
from support.strategies import SEEDS, cases_of, examples

from mytorch.check import check
from mytorch.check.contract import FLOAT32, contract_of
from mytorch.check.diagnosis import diagnose, find_mistake
from mytorch.check.diagnosis.symptoms import SYMPTOMS
from mytorch.check.mistakes import mistakes_of
from mytorch.check.report import Report
from mytorch.course import ITEM_OF

CHECK = ROOT / "mytorch" / "check"


def test_every_folder_of_the_banks_is_a_sections():
    folders = {path.parent.name for path in (ROOT / "tests" / "sections").glob("*/*.py")}
    assert folders <= {path.parent.name for path in (ROOT / "mytorch" / "sections").glob("*/__init__.py")}
    assert len(folders) >= 6


# --- wrong classes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("component", BANKED)
def test_wrong_classes_are_caught_and_explained(component):
    for wrong in (wrong for wrong in WRONG if wrong.component == component):
        comparison, diagnosis = examined(wrong)
        assert not comparison.passed, wrong
        assert diagnosis.cause and diagnosis.headline, wrong
        assert len(diagnosis.text) < 700, wrong
        assert str(Report(comparison, diagnosis)) and Report(comparison, diagnosis)._repr_html_(), wrong


def is_named(wrong) -> bool:
    return examined(wrong)[1].cause in wrong.causes.split(" | ")


def test_causes_are_named():
    misses = [wrong for wrong in WRONG if not is_named(wrong)]
    for wrong in misses:
        print(f"{wrong}: {examined(wrong)[1].cause!r} was named, wanted is {wrong.causes!r}")
    assert len(WRONG) > 500 and len({str(wrong) for wrong in WRONG}) == len(WRONG)
    assert len(misses) <= 0.03 * len(WRONG)


@pytest.mark.parametrize("component", BANKED)
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
    catalogue = {id(m): f"{name}: {m.cause} in {m.quantities}" for name in BANKED for m in mistakes_of(name)}
    assert [words for entry, words in catalogue.items() if entry not in met] == []


def test_every_symptom_of_an_exception_is_met():
    unmet = {symptom.cause for symptom in SYMPTOMS} - {examined(wrong)[1].cause for wrong in WRONG}
    assert unmet == {"too large"}  # a MemoryError, which the tests of check raise


def test_general_causes_are_named():
    general = {"transposed", "missing 1/N", "extra 1/N", "missing 1/(NC)", "factor 2", "factor 1/2", "sign"}
    general |= {
        "missing method",
        "returns None",
        "wrong type",
        "NaN or inf",
        "endless loop",
        "shapes do not fit",
    }
    assert general <= {examined(wrong)[1].cause for wrong in WRONG}


@pytest.mark.parametrize("notebook", PROMISED)
def test_causes_that_a_section_promises_are_named(notebook):
    named = {examined(wrong)[1].cause for wrong in WRONG if ITEM_OF[wrong.component].notebook == notebook}
    assert PROMISED[notebook] <= named


@examples(8)
@given(SEEDS, st.sampled_from(WRONG))
@example(220, next(wrong for wrong in WRONG if str(wrong) == "MLP4: two slopes exchanged"))
def test_no_wrong_class_passes_by_chance(seed, wrong):
    """A class passes if all cases do: the next one is run where the one before agrees."""
    cls, cases = wrong.build(), contract_of(wrong.component).cases
    assert not all(compared(cls, wrong.component, [case], seed).passed for case in cases)


# --- what hidden tests vary ---------------------------------------------------------------------------------


def checks_of_hidden_tests() -> dict[str, list[dict]]:
    """By component: the options of each check that a graded cell hides, in every assignment."""
    found = {}
    for path in (ROOT / "source").glob("*/*.ipynb"):
        for cell in graded(nbformat.read(path, as_version=4)):
            for hidden in re.findall("### BEGIN HIDDEN TESTS\n(.*?)### END", cell.source, re.DOTALL):
                for call in filter(is_check, ast.walk(ast.parse(hidden))):
                    options = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
                    found.setdefault(call.args[0].id, []).append(options)
    return found


def is_check(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check"


HIDES = checks_of_hidden_tests()


def test_every_component_has_hidden_tests():
    assert HIDES.keys() >= set(BANKED)


@pytest.mark.parametrize("component", HIDES)
def test_the_visible_check_varies_whatever_hidden_tests_vary(component):
    """Else a number in place of a size or of an option passes it, and loses the points."""
    contract = contract_of(component)
    axes = set(re.findall(r"\w+", " ".join(one.axes for one in contract.quantities)))
    defaults = {name: one.default for name, one in inspect.signature(contract.probe).parameters.items()}
    for option in {name for options in HIDES[component] for name in options} - {"seed"}:
        hidden = {options.get(option, defaults[option]) for options in HIDES[component]}
        shown = {case.get(option, defaults[option]) for case in contract.cases} - {None}
        assert len(shown) > 1, f"{option} is {shown} in every case of the visible check"
        if option in axes:  # those of length one behave in a way of their own
            assert 1 not in hidden or 1 in shown, f"{option} = 1 is hidden only"


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
    for component in BANKED:
        tree = ast.parse(Path(inspect.getsourcefile(LIBRARY[component])).read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        methods = [function for function in functions if function.name in ("forward", "backward", "step")]
        values = [n.value for method in methods for n in ast.walk(method) if isinstance(n, ast.Assign)]
        lines |= {plain(ast.unparse(v)) for v in values if isinstance(v, (ast.BinOp, ast.UnaryOp, ast.Call))}
    return frozenset(
        line for line in lines if len(line) >= 6 and not re.fullmatch(r"\w+\.shape.*|len\(.*\)", line)
    )


@pytest.mark.parametrize("component", BANKED)
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
    sections = ROOT / "mytorch" / "sections"
    paths = [
        *sections.glob("*/contract.py"),
        *sections.glob("*/mistakes.py"),
        *sections.glob("*/mistakes/*.py"),
    ]
    assert len(paths) > 10
    for path in [*paths, *CHECK.glob("diagnosis/*.py"), CHECK / "mistakes.py"]:
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
    for notebook in (ROOT / "notebooks").glob("*.md"):
        for cell in re.findall(
            r"^```\{code-cell\}.*?\n---\n.*?\n---\n(.*?)^```", notebook.read_text(), re.S | re.M
        ):
            if "### BEGIN SOLUTION" in cell:
                source = re.sub(
                    r"^[ \t]*### BEGIN SOLUTION\n.*?### END SOLUTION\n", "", cell, flags=re.S | re.M
                )
                found |= {name: source for name in re.findall(r"^class (\w+)", cell, re.M)}
    return found


@pytest.mark.parametrize("component", BANKED)
def test_untouched_skeleton_is_told_to_be_one(component):
    cls = compiled(skeletons()[component], component, "a cell")
    diagnosis = diagnose(compared(cls, component).mismatch)
    assert diagnosis.cause == SKELETONS[component]


# --- right classes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("right", RIGHT, ids=str)
def test_right_class_in_any_style_passes(right, capsys):
    cls = right.build()
    check(cls)
    for seed, options in enumerate(HIDDEN[right.component], 5000):
        check(cls, seed=seed, **options)
    assert "✗" not in capsys.readouterr().out


@pytest.mark.parametrize("component", BANKED)
@settings(max_examples=10)
@given(data=st.data(), seed=SEEDS)
def test_right_classes_in_any_style_pass_with_any_numbers(component, data, seed):
    case = data.draw(cases_of(component))
    assume(case.get("C") != 1)  # of one class the loss is 0, and whatever somebody adds inside the log shows
    for right in RIGHT:
        if right.component == component:
            assert compared(right.build(), component, [case], seed).passed, right


def test_two_samples_that_are_nearly_the_same_are_no_mistake_in_float32():
    """With this seed the normal deviates of a feature differ by 0.006."""
    case, seed = {"N": 2, "C": 6, "alpha": 0.75, **FLOAT32}, 1303783
    for right in RIGHT:
        if right.component == "BatchNorm1d":
            assert compared(right.build(), "BatchNorm1d", [case], seed).passed, right


@pytest.mark.parametrize("component", BANKED)
@settings(max_examples=15)
@given(seed=SEEDS)
def test_the_librarys_class_passes_every_case_for_any_seed(component, seed):
    cases = [*contract_of(component).cases, *HIDDEN[component]]
    assert compared(LIBRARY[component], component, cases, seed).passed


def test_bank_of_right_classes_covers_every_component():
    assert len(RIGHT) >= 40 and {right.component for right in RIGHT} == set(BANKED)
