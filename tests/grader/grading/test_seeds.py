"""The seeds of hidden tests: others in each run, and the same for everybody in it."""

import nbformat
import pytest
from support.handins import graded
from support.own import ASSIGNMENT, SECTIONS

from grader.grading.seeds import drawn, new_key
from mytorch.check.judge import expected_traces, judge
from mytorch.check.trace import MIME


@pytest.fixture(scope="module")
def checks(root) -> list[str]:
    paths = [root / "source" / ASSIGNMENT / f"{name}.ipynb" for name in SECTIONS]
    return [cell.source for path in paths for cell in graded(nbformat.read(path, as_version=4))]


def cases(source: str) -> list[tuple]:
    return [(trace.component, trace.seed, trace.options) for trace in expected_traces(source)]


def test_sizes_and_what_everybody_sees_stay_and_the_seeds_of_hidden_cases_are_drawn(checks):
    key, other = new_key(), new_key()
    for source in checks:
        before, one = cases(source), cases(drawn(source, key))
        assert [case[::2] for case in one] == [case[::2] for case in before]
        assert [seed for _, seed, _ in one if seed == 0] == [seed for _, seed, _ in before if seed == 0]
        hidden = [(was, now) for (_, was, _), (_, now, _) in zip(before, one, strict=True) if was]
        assert hidden and all(was != now for was, now in hidden)
        assert drawn(source, key) == drawn(source, key) != drawn(source, other)


def test_answers_that_were_read_off_an_earlier_run_earn_nothing(checks):
    """What a submission could have copied down, whatever it did there: the traces of right code."""
    source = checks[0]
    earlier = drawn(source, new_key())
    answers = [
        {"output_type": "display_data", "data": {MIME: trace.to_json()}, "metadata": {}}
        for trace in expected_traces(earlier)
    ]
    assert judge(earlier, answers).passed and not judge(drawn(source, new_key()), answers).passed


def test_other_words_of_a_test_stay_as_they_are():
    source = "x = 'ünïcode seed=5'; check(A, seed=7, N=7)  # seed=7\ncheck(B)\ncheck(C, seed=0)\n"
    source += "check(\n  D, seed=7)\n"
    changed = drawn(source, b"key")
    new = changed.split("check(A, seed=")[1].partition(",")[0]
    assert new != "7" and changed == source.replace("A, seed=7", f"A, seed={new}").replace(
        "D, seed=7", f"D, seed={new}"
    )
