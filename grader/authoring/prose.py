"""What notebooks say of the course around them, from the sections: links to neighbours, points, tables of
contents.

Each place is known by its form: a paragraph that is nothing but links with ← and →; "15 points · becomes `…`"
below the title; the points of a graded cell; tables with the headers PARTS and ITEMS. Above the title stand
the macros of the formulas. For another language: all words that are written or looked for stand here.
"""

import re
from itertools import zip_longest

from mytorch.course import MACROS, Assignment
from mytorch.syllabus import Item, Section

NO_LINKS = "<!-- links -->"
LINK = r"\[(?:← [^\]\n]*|[^\]\n]* →)\]\(\w+\.ipynb\)"
LINKS = re.compile(rf"^(?:{LINK}(?: · {LINK})?|{NO_LINKS})$", re.MULTILINE)
WORTH = "{points} points{several} · becomes `{path}`"  # below a title
GRADED = "# Graded, {points} points"  # in a graded cell
PARTS = "| part | what you do | where | points |\n|---|---|---|---|\n"
BEGIN, HERE = "get started", "this notebook"  # the first row of PARTS
END, BELOW = "hand in", "[below](#Hand-in)"  # the last one
HAND_IN = "the hand-in"  # the link from the last notebook to the first
ITEMS = "| item | notebook | points |\n|---|---|---|\n"
AND, TOGETHER = "and", "together"  # components of one item
DEFINED = re.compile(r"^\$\\(?:def|newcommand).*\n", re.MULTILINE)  # lines of macros
TITLE = re.compile(r"^# (.*?)(?: · .*)?$", re.MULTILINE)


def with_course_facts(texts: dict[str, str], assignment: Assignment) -> dict[str, str]:
    """The notebooks of an assignment, by name and in order, brought up to date."""
    sections = {section.notebook: section for section in assignment.sections}
    titles = {
        name: sections[name].title if name in sections else TITLE.search(text)[1]
        for name, text in texts.items()
    }
    names, made = list(texts), {}
    for before, name, after in zip_longest(["", *names[:-1]], names, names[1:], fillvalue=""):
        links = [f"[← {titles[before]}]({before}.ipynb)"] if before else []
        if after:
            links.append(f"[{titles[after]} →]({after}.ipynb)")
        elif names[0] not in sections and before:
            links.append(f"[{titles[names[0]]}: {HAND_IN} →]({names[0]}.ipynb)")
        row = " · ".join(links) or NO_LINKS  # which keeps the place for them
        text = LINKS.sub(lambda found: row, _with_macros(texts[name]))
        if name in sections:
            text = _with_points(text, sections[name])
        text = _with_table(text, PARTS, _parts(assignment))
        text = _with_table(text, ITEMS, _items(assignment))
        made[name] = text
    return made


def _with_macros(text: str) -> str:
    """With the definitions of the macros that it uses above the title."""
    text = DEFINED.sub("", text)
    used = [name for name in MACROS if re.search(rf"\\{name}(?![A-Za-z])", text)]
    line = "".join(rf"\def\{name}{{{MACROS[name]}}}" for name in used)
    return TITLE.sub(lambda found: f"${line}$\n{found[0]}" if line else found[0], text, count=1)


def _with_points(text: str, section: Section) -> str:
    several = f" ({_sum(section)})" if len(section.items) > 1 else ""
    path = f"{section.module.replace('.', '/')}.py"
    facts = WORTH.format(points=section.points, several=several, path=path)
    text = re.sub(_pattern(WORTH), lambda found: facts, text, count=1)
    for item in section.items:
        points = rf"(  grade_id: {re.escape(item.name)}\n(?:  \w+: .*\n)*?  points: )\d+"
        text = re.sub(points, rf"\g<1>{item.points}", text, count=1)
        remark = rf"(  grade_id: {re.escape(item.name)}\n(?:(?!^```$).*\n)*?){_pattern(GRADED)}"
        graded = GRADED.format(points=item.points)
        text = re.sub(remark, lambda found: found[1] + graded, text, count=1, flags=re.MULTILINE)
    return text


def _pattern(words: str) -> str:
    """What finds these words with whatever stands in them now."""
    filled = {"points": r"\d+", "several": r"(?: \([\d +]+\))?", "path": r"[^`]*"}
    return re.sub(r"\\{(\w+)\\}", lambda found: filled[found[1]], re.escape(words))


def _sum(section: Section) -> str:
    return " + ".join(str(item.points) for item in section.items)


def _number(section: Section) -> int:
    return int(section.notebook.partition("_")[0])


def _with_table(text: str, header: str, rows: list[str]) -> str:
    return re.sub(
        rf"{re.escape(header)}(?:\|.*\n)*",
        lambda found: header + "".join(f"| {row} |\n" for row in rows),
        text,
    )


def _parts(assignment: Assignment) -> list[str]:
    """The way through the assignment, as its checklist is numbered."""
    number_of = {title: number for number, (title, _) in enumerate(assignment.checklist, 1)}
    rows, last = [f"1 | {BEGIN} | {HERE} | –"], 1
    for section in assignment.sections:
        number = number_of[section.part or section.title]
        where = f"[{_number(section)} · {section.title}]({section.notebook}.ipynb)"
        begins = f"{number} |" if number != last else "|"
        rows.append(f"{begins} {section.summary or section.title} | {where} | {_sum(section)}")
        last = number
    return [*rows, f"{last + 1} | {END} | {BELOW} | –"]


def _items(assignment: Assignment) -> list[str]:
    rows = [
        f"{_named(item)} | [{_number(section)}]({section.notebook}.ipynb) | {item.points}"
        for section in assignment.sections
        for item in section.items
    ]
    return [*rows, f"| | **{assignment.points}**"]


def _named(item: Item) -> str:
    *others, last = (f"`{name}`" for name in item.components)
    return f"{', '.join(others)} {AND} {last}, {TOGETHER}" if others else last
