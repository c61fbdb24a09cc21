"""Equations with blanks: a form to fill in that says right or wrong, and why.

An answer is compared by its value: it is evaluated on sample numbers beside the right value, which is
computed from what the blank means (what one unit adds, or the slope of a curve), never from a formula. The
mistakes people make are written down as formulas, and recognised by value too.
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..characters import listed
from ..course import MACROS, SECTIONS
from ..memory import recall, remember
from ..mode import recording
from ..still import lacking
from .expressions import Formula, Puzzled, shape_text


@dataclass(frozen=True)
class Blank:
    """One box of a form: what it asks for, and what to say to an answer."""

    label: str
    samples: tuple[Mapping, ...]  # numbers for the quantities that an answer may use
    right: Callable[[Mapping], np.ndarray]  # sample -> the right value
    praise: str  # for a right answer
    hint: str  # for a wrong answer that none of the mistakes explains
    mistakes: Mapping[str, str]  # a wrong answer -> what is wrong with it
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # a name that does not belong here -> why
    detour: tuple[str, str] = ("", "")  # a name, and what to add if a right answer uses it
    show: bool = True  # may a number of the right value be shown? Not where it is the answer.


@dataclass(frozen=True)
class Equation:
    latex: str  # with the notebooks' macros
    blanks: tuple[Blank, ...]


def judge_blank(number, index, text):
    """Judge one answer: (True or False, why), or (None, "") if nothing is written yet.

    number: the equation's; index: the blank's place in it, from 0; text: the answer as typed.
    """
    blank = _equation(number).blanks[index]
    if not text.strip():
        return None, ""
    try:
        formula = Formula(text)
        _refuse_names(formula, blank)
        values = [formula.value(sample) for sample in blank.samples]
    except Puzzled as error:
        return False, str(error)
    if _agree(values, [blank.right(sample) for sample in blank.samples]):
        name, remark = blank.detour
        return True, remark if name in formula.names else blank.praise
    return False, _why_wrong(blank, values)


def _equation(number):
    section_of = {known: section for section in SECTIONS for known in section.blanks}
    if number not in section_of:
        raise ValueError(f"Equation {number!r} has no blanks; equations {listed(map(str, section_of))} have.")
    return section_of[number].load("blanks").EQUATIONS[number]


def _refuse_names(formula, blank):
    for name, why in blank.elsewhere.items():
        if name in formula.names:
            raise Puzzled(why)


def _agree(values, others):
    return all(
        value.shape == np.shape(other) and np.allclose(value, other, rtol=1e-6, atol=1e-9)
        for value, other in zip(values, others, strict=True)
    )


def _why_wrong(blank, values):
    for wrong, why in blank.mistakes.items():
        if _agree(values, [Formula(wrong).value(sample) for sample in blank.samples]):
            return why
    return f"{_first_difference(blank, values)}{blank.hint}"


def _first_difference(blank, values):
    """A sentence on the first sample where the answer is off, ending in a space; or nothing if that says too
    much.
    """
    for sample, value in zip(blank.samples, values, strict=True):
        target = blank.right(sample)
        if value.shape != np.shape(target):
            return _shape_sentence(value.shape, np.shape(target), sample)
        if not np.all(np.isfinite(value)):
            return "For some numbers that gives no finite value. "
        if not np.allclose(value, target) and blank.show:
            return _worst_entry(sample, value, target)
    return ""


def _shape_sentence(shape, wanted, sample):
    is_now = f"has shape {shape_text(shape, sample)}" if shape else "is a single number"
    what = f"shape {shape_text(wanted, sample)}" if wanted else "a single number"
    return f"That {is_now}, and {what} is wanted. "


def _worst_entry(sample, value, target):
    worst = np.unravel_index(np.argmax(np.abs(value - target)), target.shape)
    if sample["Z"].shape == target.shape:
        place = f"Where Z is {sample['Z'][worst]:g}"
    else:
        place = f"With the picture's numbers, at {[int(index) for index in worst]}"
    return f"{place}, yours is {value[worst]:.4g} and {target[worst]:.4g} is right. "


def blank(number):
    """The form for the equation of this number: write an answer, press Enter, and read whether it is right
    and why.

    Answers are kept between sessions. Nothing is shown while a submission is graded.
    """
    equation = _equation(number)
    if recording():
        return None
    if lack := lacking("Forms to fill in"):
        print(lack)
        return None
    import ipywidgets as widgets

    from ..widgets import Form

    def answers():
        lines = [_answered(number, index, box) for index, box in enumerate(equation.blanks)]
        text = "\n".join([f"Equation {number}", *lines])
        return f"<p style='overflow-wrap: anywhere'>{html.escape(text).replace(chr(10), '<br>')}</p>", text

    rows = [_row(number, index, box, lambda: form.changed()) for index, box in enumerate(equation.blanks)]
    button = widgets.Button(
        description="Check",
        tooltip=f"Check what you wrote for equation {number}",
        layout={"border": "1px solid transparent"},  # which is seen where people choose all colours
    )
    button.on_click(lambda _: [judge() for _, judge in rows])
    # with the macros written out: the page around the form may not have them
    latex = re.sub(r"\\([A-Za-z]+)", lambda found: MACROS.get(found[1], found[0]), equation.latex)
    title = widgets.HTMLMath(f"$${latex} \\tag{{{number}}}$$")
    form = Form([title, *(row for row, _ in rows), button], answers)
    return form


def _answered(number, index, box):
    """The answer that was given last, in a line."""
    text = recall(f"blank {number}.{index}", default="")
    is_right, why = judge_blank(number, index, text)
    if is_right is None:
        return f"{box.label} not answered yet"
    return f"{box.label} {text}   {_mark(is_right)} {why.replace('`', '')}"


def _row(number, index, box, changed):
    """A text box with its verdict beside it, and the function that judges what stands in it."""
    import ipywidgets as widgets

    key = f"blank {number}.{index}"
    answer = widgets.Text(
        value=recall(key, default=""),
        description=box.label,
        placeholder="your answer, then Enter",
        continuous_update=False,
        style={"description_width": "7em"},
        layout={"width": "24em"},
    )
    verdict = widgets.HTML(layout={"flex": "1 1 20em"})

    def judge(change=None):
        if change:
            remember(key, answer.value)
            changed()
        verdict.value = _verdict(*judge_blank(number, index, answer.value))

    judge()
    answer.observe(judge, names="value")
    return widgets.HBox([answer, verdict], layout={"flex_flow": "row wrap"}), judge


def _verdict(is_right, why):
    if is_right is None:
        return ""
    mark = _mark(is_right)
    sentence = re.sub("`(.*?)`", r"<code>\1</code>", html.escape(why))
    return f'<div role="status" style="line-height: 1.4; padding: 4px 0"><b>{mark}</b> {sentence}</div>'


def _mark(is_right):
    return "✓ Right." if is_right else "✗ Not yet."
