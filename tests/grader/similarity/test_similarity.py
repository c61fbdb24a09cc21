"""Which submissions are flagged, and what the report of it may hold."""

import csv
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.copies import copy_of
from support.disguises import (
    KNOWN_DISGUISES,
    dead_code,
    helper_functions,
    kept_in_self,
    merged_lines,
    recommented,
    reformatted,
    renamed,
    reordered,
    split_lines,
    swapped_operands,
    together,
)
from support.made_up_class import (
    Release,
    class_with_copies,
    copied,
    from_banks,
    independent,
)
from support.patience import patience

from grader.__main__ import main
from grader.grading.coursedir import load
from grader.similarity import score
from grader.similarity.command import examine
from grader.similarity.fingerprints import (
    ASPECTS,
    FORMULAS,
    TOKENS,
    WORDS,
    ClassReader,
    Fingerprints,
    aspect_of,
    bounded,
)
from grader.similarity.formulas import formulas
from grader.similarity.page import _marked
from grader.similarity.score import CODE, REMARKS, Pair, clusters
from grader.similarity.submissions import Submission, earlier, given_out

ASSIGNMENT = "hw1"


@pytest.fixture(scope="module")
def start(root):
    app = load(root)
    return given_out(app.coursedir, ASSIGNMENT, app.config)


@pytest.fixture(scope="module")
def made_up(start) -> Release:
    return Release(start.notebooks, lean=True)


@pytest.fixture
def class_in(made_up, begun, tmp_path, monkeypatch):
    """Write drafts into a course that is the current folder."""
    monkeypatch.chdir(copy_of(begun, tmp_path, dirs_exist_ok=True))

    def write(drafts: dict, folder="submitted"):
        for student, draft in drafts.items():
            made_up.write(tmp_path / folder / student / ASSIGNMENT, draft)
        return tmp_path

    return write


def compared(made_up, start, folder: Path, drafts: list):
    paths = [folder / str(number) for number in range(len(drafts))]
    for path, draft in zip(paths, drafts):
        made_up.write(path, draft)
    return examine(ASSIGNMENT, [Submission(path.name, path) for path in paths], len(paths), start).comparison


def flagged(comparison) -> set[tuple[int, int]]:
    return {(pair.first, pair.second) for pair in comparison.flagged}


def rows(folder: Path) -> list[dict]:
    with (folder / "similarity" / "hw1.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# --- precision and recall -----------------------------------------------------------------------------------


def test_copies_are_found_and_independent_work_is_not_flagged(made_up, start, tmp_path):
    disguises = {name: KNOWN_DISGUISES[name] for name in list(KNOWN_DISGUISES)[:9]}
    drafts, copies = class_with_copies(independent(made_up, 24, 1101), random.Random(1), disguises, copies=1)
    found = flagged(compared(made_up, start, tmp_path, drafts))
    false_alarms = found - copies.keys()
    assert len(copies) == 9
    assert len(found & copies.keys()) >= 8, {pair: name for pair, name in copies.items() if pair not in found}
    assert not false_alarms


def test_classes_taken_over_whole_by_chance_are_not_flagged(made_up, start, tmp_path):
    comparison = compared(made_up, start, tmp_path, from_banks(made_up, 24, 12))
    assert not comparison.flagged
    assert comparison.pairs[0].likeness[CODE] > 0.3  # there is something that could be mistaken


@pytest.mark.parametrize("count", [2, 5])
def test_small_classes(made_up, start, tmp_path, count):
    drafts = independent(made_up, count, 1103)
    assert not compared(made_up, start, tmp_path / "alone", drafts).flagged
    disguise = together(renamed, recommented, reordered)
    drafts[1] = copied(drafts[0], drafts[1], disguise, random.Random(2))
    assert flagged(compared(made_up, start, tmp_path / "copied", drafts)) == {(0, 1)}


def test_half_of_a_class_with_one_source_is_one_group(made_up, start, tmp_path):
    drafts, copies = class_with_copies(
        independent(made_up, 16, 1104), random.Random(3), KNOWN_DISGUISES, group=8
    )
    found = compared(made_up, start, tmp_path, drafts)
    members = {number for pair in copies for number in pair}
    assert clusters(found.flagged) == [members]


def test_what_everybody_is_given_is_no_likeness(made_up, start, tmp_path):
    untouched = dict(made_up.skeletons)
    assert not compared(made_up, start, tmp_path, [untouched, untouched, untouched]).flagged


def test_one_forced_answer_alone_is_no_likeness(made_up, start, tmp_path):
    few = dict(made_up.skeletons)
    few["Tanh"] = (
        few["Tanh"]
        .replace("self.A = None", "self.A = np.tanh(Z)")
        .replace("dAdZ = None", "dAdZ = 1 - self.A**2")
    )
    assert not compared(made_up, start, tmp_path, [few, few]).flagged


def test_the_same_long_remarks_are_seen_without_the_same_code(made_up, start, tmp_path):
    drafts = independent(made_up, 12, 1105)
    notes = (
        "My grandmother would have sorted these weights by colour before she ever trusted a gradient, and I "
        "now see her point. Whenever the batch shrinks to a single lonely sample the variance collapses and "
        "the whole excercise turns into a farce, so I kept a paper list of every matrix that misbehaved "
        "beetwen midnight and breakfast. Momentum reminds me of the old tram in our street: it never stops "
        "where you want, yet on the long slope by the river nothing else gets you home. Next year I would "
        "begin with the picture of the ravine, write down what I expect of every slider and only then press "
        "run, because whatever I saw first looked obvious afterwards and I learned nothing from being right "
        "by accident."
    )
    for number in (2, 7):
        drafts[number]["prose:05_sgd"] = notes
    pairs = compared(made_up, start, tmp_path, drafts).flagged
    assert [(pair.first, pair.second) for pair in pairs] == [(2, 7)]
    assert pairs[0].likeness[REMARKS] > 0.6 > pairs[0].likeness[CODE]


# --- what a disguise leaves alone ---------------------------------------------------------------------------

SOURCE = '''
class BatchNorm1d:
    """Mine."""

    def forward(self, Z):
        self.M = np.mean(Z, axis=0, keepdims=True)
        centred = Z - self.M
        self.V = np.sum(centred * centred, axis=0) / len(Z)
        return self.BW * centred + self.Bb

    def backward(self, dLdBZ):
        dLdNZ = dLdBZ * self.BW  # by the chain rule
        for i in range(3):
            self.dLdBW += dLdNZ[i]
        return np.dot(dLdNZ, self.V)
'''


DISGUISES_OF_FORMULAS = [
    renamed,
    reordered,
    recommented,
    reformatted,
    merged_lines,
    split_lines,
    swapped_operands,
    dead_code,
    kept_in_self,
    helper_functions,
]


def of_view(source: str, aspect) -> set[int]:
    return {one for one in READER.fingerprints([("code", source)]).places if aspect_of(one) is aspect}


READER = ClassReader({"M", "V", "BW", "Bb", "dLdBW"})


@pytest.mark.parametrize("disguise", DISGUISES_OF_FORMULAS)
def test_formulas_survive_a_disguise(disguise):
    changed = disguise(SOURCE, random.Random(5))
    assert changed != SOURCE
    before, after = of_view(SOURCE, FORMULAS), of_view(changed, FORMULAS)
    assert before and len(before & after) >= 0.8 * len(before)


def test_names_and_layout_do_not_count_as_tokens():
    other = (
        SOURCE.replace("centred", "zz")
        .replace("dLdNZ", "g")
        .replace(" * ", "*")
        .replace("# by the chain rule", "# eq. 60")
    )
    assert of_view(SOURCE, TOKENS) == of_view(other, TOKENS)
    assert of_view(SOURCE, WORDS) != of_view(other, WORDS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("self.L = np.sum(np.square(A - Y)) / n", "d = A - Y\ns = np.square(d).sum()\nself.L = s / n"),
        ("self.W -= self.lr * g(x)", "step = g(x) * self.lr\nself.W = self.W - step"),
        ("self.Z = A @ self.W.T + f(b)", "self.Z = np.add(f(b), np.matmul(A, self.W.T))"),
        ("self.L = f(a * b) / n", "self.part = a * b\nself.L = f(self.part) / n"),
        ("self.L = f(a * b) / n", "def half(u, v):\n    return f(u * v)\nself.L = half(a, b) / n"),
        ("self.A, self.B = f(x + 1), g(y)", "self.A = f(x + 1)\nself.B = g(y)"),
    ],
)
def test_two_ways_to_write_one_formula(one, other):
    given_names = {*"ABLWTZ", *"abfgnxy", "lr", "np", "sum", "square", "add", "matmul"}
    is_given = {*given_names, *(f".{name}" for name in given_names)}.__contains__
    last_of = [
        {formula for formula, *_ in formulas(text, is_given) if " = " in formula} for text in (one, other)
    ]
    assert last_of[0] == last_of[1] != set()


def test_formulas_are_read_beyond_a_million_empty_lines():
    """Each was read as often as there were others above it."""
    assert formulas("x = f(a + 1)" + "\n" * 1_000_000 + "y", lambda name: True)


@pytest.mark.parametrize(
    "source",
    ["def (((", "%%time\n!ls\nx = f(g(1) + 2)", "x = " + "(" * 300 + "1" + ")" * 300, "\x00", "é = '\ud800'"],
)
def test_code_that_is_no_python_is_read(source):
    ClassReader().fingerprints([("code", source)])


@pytest.mark.parametrize("number", ["9" * 400, "0x" + "f" * 5000], ids=["decimal", "hexadecimal"])
def test_a_number_too_large_for_a_float_is_read(number):
    formula = f"x = (1 + y) * (2 + y) + {number}"
    assert (
        of_view(formula, FORMULAS)
        == of_view(f"{formula}  # the same", FORMULAS)
        != of_view(f"{formula}1", FORMULAS)
    )


HONEST = "self.V = np.sum(x * x, axis=0) / len(x)\n"
DOUBLING = "def f0(x): return g(x)\n" + "".join(
    f"def f{i}(x): return f{i - 1}(x) + f{i - 1}(x)\n" for i in range(1, 18)
)
GROWING = (
    "b = " + " * ".join(f"q[{i}]" for i in range(30)) + "\n" + ("x = " + " + ".join(["b"] * 200) + "\n") * 20
)


@pytest.mark.parametrize("bomb", [DOUBLING, GROWING], ids=["doubling", "growing"])
def test_formulas_that_multiply_cost_little_and_hide_nothing_before_them(bomb):
    with patience():
        assert of_view(HONEST, FORMULAS) <= of_view(HONEST + bomb, FORMULAS)


def test_helpers_that_double_hide_nothing_behind_them():
    assert of_view(HONEST, FORMULAS) <= of_view(DOUBLING + HONEST, FORMULAS)


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("markdown", "[" * 800_000),
        ("markdown", "<" * 800_000),
        ("code", "\n" * 2_000_000 + "x = 1"),
        ("code", " \t\n" * 100_000 + "x = 1"),
        ("code", "x = '" + "\\N{" * 1_000_000),
    ],
    ids=["brackets", "tags", "blank lines", "blanks", "escapes"],
)
def test_a_cell_made_to_be_slow_is_read(kind, source):
    with patience():
        assert ClassReader().fingerprints([(kind, source)]).places is not None


def test_what_an_honest_cell_may_hold_is_read_whole():
    picture = "![a plot](data:image/png;base64," + "iVBORw0KGgo" * 20_000 + ") and my own words about it"
    few_blanks = HONEST + "\n\n" + HONEST
    assert bounded([("markdown", picture)]) == (
        [("markdown", "![a plot](data:) and my own words about it")],
        False,
    )
    assert bounded([("code", few_blanks)]) == ([("code", few_blanks)], False)
    assert bounded([("code", "x" * 20_001)] * 6) == ([("code", "x" * 20_000)] * 5 + [("code", "")], True)


def test_a_place_is_where_the_text_stands():
    text = READER.fingerprints([("code", "é = 1\ny = np.sum(self.V * x, axis=0)")])
    places = {
        text.text[a:b] for one, found in text.places.items() if aspect_of(one) is FORMULAS for a, b in found
    }
    assert "np.sum(self.V * x, axis=0)" in places


def test_groups():
    pairs = [Pair(a, b, 1.0, {}) for a, b in ((1, 2), (5, 6), (3, 4), (2, 3), (8, 9))]
    assert clusters(pairs) == [{1, 2, 3, 4}, {5, 6}, {8, 9}]


# --- the command --------------------------------------------------------------------------------------------


def test_against_earlier_submissions(class_in, made_up, capsys):
    drafts = independent(made_up, 8, 1106)
    stolen = copied(drafts[7], drafts[0], renamed, random.Random(4))
    folder = class_in({"ada": stolen, "bob": drafts[1], "cem": drafts[2]})
    again = copied(drafts[6], drafts[5], renamed, random.Random(4))
    class_in({"x1": drafts[7], "x2": drafts[3], "x3": drafts[6], "x4": again}, "2022/submitted")
    assert main(["similarity", "hw1", "--against", "2022", "submitted"]) == 0
    out = capsys.readouterr().out
    assert "3 submissions compared with each other and with 4 earlier ones" in out and "x1 (2022)" in out
    table = rows(folder)
    assert [
        (row["first"], row["second"], row["second_from"]) for row in table if row["flagged"] == "yes"
    ] == [("ada", "x1", "2022")]
    assert not any(row["first"].startswith("x") for row in table)  # no pairs within the earlier ones
    assert len(table) == 3 + 3 * 4


@pytest.mark.parametrize("layout", ["{}", "{}/hw1", "2021/spring/{}/hw1"])
def test_folders_of_earlier_submissions(made_up, tmp_path, layout):
    for name in ("x1", "x2"):
        made_up.write(tmp_path / "old" / layout.format(name), made_up.skeletons)
    found = earlier(tmp_path / "old", ASSIGNMENT)
    assert [one.student.split("/")[-1] for one in found] == ["x1", "x2"]
    assert {one.term for one in found} == {"old"}


def test_broken_notebooks_are_listed_and_stop_nothing(class_in, made_up, capsys):
    drafts = independent(made_up, 3, 1107)
    folder = class_in({"ada": drafts[0], "bob": drafts[0], "cem": drafts[2]})
    broken = folder / "submitted" / "cem" / ASSIGNMENT
    (broken / "01_linear.ipynb").write_text('{"cells": [')
    (broken / "02_activation.ipynb").unlink()
    (broken / "02_activation.ipynb").symlink_to("/etc/passwd")
    empty = folder / "submitted" / "dan" / ASSIGNMENT
    empty.mkdir(parents=True)
    assert main(["similarity"]) == 0
    out = capsys.readouterr().out
    assert "Not read: cem: 01_linear.ipynb could not be read as a notebook" in out
    assert "Not read: cem: 02_activation.ipynb is a link" in out
    assert "Not read: dan: There is no notebook in it." in out
    assert [row["flagged"] for row in rows(folder)][:2] == ["yes", "no"]
    page = (folder / "similarity" / "hw1.html").read_text(encoding="utf-8")
    assert "01_linear.ipynb could not be read" in page


def test_of_many_pairs_the_flagged_and_the_most_alike_are_named(made_up, start, tmp_path, monkeypatch):
    drafts = independent(made_up, 4, 1112)
    drafts += drafts[:2]
    whole = compared(made_up, start, tmp_path / "whole", drafts)
    for most in (1, 5):
        monkeypatch.setattr(score, "MOST", most)
        found = compared(made_up, start, tmp_path / str(most), drafts)
        assert found.pairs == whole.pairs[: max(most, 2)]
        assert flagged(found) == {(0, 4), (1, 5)}
        assert len(found.scores) == 15


def test_pairs_that_are_not_shown_are_counted(class_in, made_up, capsys):
    draft, *_ = independent(made_up, 1, 1113)
    folder = class_in(dict.fromkeys("abcdefg", draft))
    assert main(["similarity"]) == 0
    assert "... and 6 more flagged pairs, in the files." in capsys.readouterr().out
    assert [row["flagged"] for row in rows(folder)] == ["yes"] * 21
    with pytest.raises(SystemExit):
        main(["similarity", "--show", "-1"])
    assert "-1 is below 0" in capsys.readouterr().err


def test_a_submission_that_is_too_long_is_compared_by_its_beginning(class_in, made_up, capsys):
    drafts = independent(made_up, 3, 1111)
    padded = drafts[0] | {"BatchNorm1d": drafts[0]["BatchNorm1d"] + "\n" * 200_000 + "# more\n" * 100_000}
    folder = class_in({"ada": drafts[0], "bob": padded, "cem": drafts[2]})
    assert main(["similarity"]) == 0
    assert [(row["first"], row["second"]) for row in rows(folder) if row["flagged"] == "yes"] == [
        ("ada", "bob")
    ]
    assert "Not read: bob: 06_batchnorm.ipynb is too long to be read whole" in capsys.readouterr().out
    assert len((folder / "similarity" / "hw1.html").read_text(encoding="utf-8")) < 300_000


def test_of_a_hand_in_with_many_notebooks_the_courses_and_a_few_more_are_read(class_in, made_up, capsys):
    drafts = independent(made_up, 2, 1113)
    folder = class_in({"ada": drafts[0], "bob": drafts[1], "cem": drafts[0]})
    for number in range(50):
        (folder / f"submitted/cem/hw1/0_mine{number:02}.ipynb").write_text("no notebook")
    assert main(["similarity"]) == 0
    out = capsys.readouterr().out
    assert out.count("Not read: cem: ") == 21 and "30 notebooks under names of its own were left out" in out
    assert [(row["first"], row["second"]) for row in rows(folder) if row["flagged"] == "yes"] == [
        ("ada", "cem")
    ]


ATTACK = '"""</pre></details><script>alert(1)</script><img src=x onerror=alert(1)>"""\n'


def test_the_page_is_safe_and_stands_alone(class_in, made_up):
    draft = independent(made_up, 1, 1108)[0]
    draft["Linear"] = ATTACK + draft["Linear"]
    folder = class_in({"=cmd|'x'!A1": draft, "<b onclick=alert(1)>": draft})
    assert main(["similarity", "--output", "similarity"]) == 0
    page = (folder / "similarity" / "hw1.html").read_text(encoding="utf-8")
    assert "<script" not in page and "<img" not in page and "<b onclick" not in page
    assert "&lt;img src=x onerror=alert" in re.sub(r"</?mark[^>]*>", "", page)
    assert not re.search(r"(src|href)=", re.sub(r"&lt;.*?&gt;", "", page))
    assert {row["first"] for row in rows(folder)} | {row["second"] for row in rows(folder)} == {
        "'=cmd|'x'!A1",
        "<b onclick=alert(1)>",
    }


def test_both_sides_are_highlighted_where_they_agree(class_in, made_up):
    drafts = independent(made_up, 2, 1109)
    drafts[1] = drafts[1] | {"BatchNorm1d": drafts[0]["BatchNorm1d"].replace("dLdNZ", "gradient")}
    folder = class_in(dict(zip(("ada", "bob"), drafts)))
    assert main(["similarity"]) == 0
    page = (folder / "similarity" / "hw1.html").read_text(encoding="utf-8")
    section = page[page.index("<h3>06_batchnorm</h3>") :]
    sides = re.findall(r"<pre[^>]*>(.*?)</pre>", section, re.DOTALL)[:2]
    marked = [" ".join(re.findall(r"<mark[^>]*>(.*?)</mark>", side, re.DOTALL)) for side in sides]
    assert "dLdNZ" in sides[0] and "gradient" in sides[1]
    assert all("dLdBW" in text and "running_V" in text for text in marked)
    assert not any("Chain rule through" in text for text in marked)  # the skeleton's own words


def test_what_is_rare_is_marked_so_within_what_is_common():
    common, rare = 0 * len(ASPECTS), 1 * len(ASPECTS)  # fingerprints of formulas
    text = Fingerprints("left = right", {rare: [(7, 12)], common: [(0, 12)]})
    examined = SimpleNamespace(comparison=SimpleNamespace(common={common: 1.0, rare: 0.1}))
    marked = _marked(examined, text, {common, rare})
    assert marked == "<mark>left = </mark><mark class=rare>right</mark>"


def test_given_text_is_not_shown(class_in, made_up):
    folder = class_in({"ada": made_up.skeletons, "bob": independent(made_up, 1, 1110)[0]})
    assert main(["similarity"]) == 0
    page = (folder / "similarity" / "hw1.html").read_text(encoding="utf-8")
    assert "BatchNorm1d" in page and "What good engineers do" not in page


def test_the_release_or_the_source_without_solutions(generated, root):
    app, plain = load(generated), load(root)
    from_release = given_out(app.coursedir, ASSIGNMENT, app.config)
    from_source = given_out(plain.coursedir, ASSIGNMENT, plain.config)
    differing = (
        from_release.plain ^ from_source.plain
    )  # a release brings mytorch where a notebook stands alone
    assert all("from mytorch." in source for source in differing)
    assert not any("BEGIN SOLUTION" in source or "HIDDEN" in source for _, source in from_source.cells)


def test_two_runs_give_the_same(class_in, made_up):
    drafts, _ = class_with_copies(independent(made_up, 3, 1111), random.Random(6), {"renamed": renamed})
    folder = class_in({f"s{number}": draft for number, draft in enumerate(drafts)})
    assert main(["similarity"]) == 0
    here = rows(folder)
    another_seed = os.environ | {"PYTHONHASHSEED": "1"}  # of Python's hashes of texts, here a random one
    command = [sys.executable, "-m", "grader", "similarity"]
    subprocess.run(command, env=another_seed, check=True, stdout=subprocess.DEVNULL)
    assert rows(folder) == here


def test_one_submission_and_none(class_in, made_up, capsys):
    folder = class_in({})
    assert main(["similarity"]) == 1
    assert "No submissions of hw1" in capsys.readouterr().err
    class_in({"ada": independent(made_up, 1, 1112)[0]})
    assert main(["similarity"]) == 0
    assert "No pair is flagged." in capsys.readouterr().out and rows(folder) == []


def test_what_cannot_be_done_is_said(class_in, made_up, capsys, tmp_path):
    class_in({"ada": made_up.skeletons})
    assert main(["similarity", "--against", "nowhere"]) == 1
    assert "nowhere is not a folder" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["similarity", "--against", "empty"]) == 1
    assert "No notebooks in empty" in capsys.readouterr().err
    assert main(["similarity", "--output", "nbgrader_config.py"]) == 1
    assert "nbgrader_config.py is a file" in capsys.readouterr().err
