"""Displays that take long to read: shapes, each of about so many characters as is asked for."""

from itertools import count

from nbformat.v4 import new_output

HTML = {
    "elements that are never closed": "<div>",
    "lists in lists": "<ul><li>",
    "tables and elements": "<table><div>",
    "tables in tables": "<table>",
    "rows that are never closed": "<tr><td>x",
    "closed by another": "<span></div>",
    "paragraphs that are never closed": "<p>",
    "bold that is never closed": "<b>",
    "bold that differs": "<b title={}>",
    "bold and paragraphs": "<b title={}><p>x",
    "links in links": "<a href=x>",
    "attributes of the page": "<html a{}=1>",
    "attributes of its body": "<body a{}=1>",
    "other letters": "<svg><math><mi>",
    "templates": "<template>",
    "scripts": "<script>",
    "headings": "<h1>",
    "definitions": "<dl><dd>",
    "pictures": "<img src=x>",
    "comments": "<!-- x -->",
    "comments that are never closed": "<!--",
    "ampersands": "&",
    "entities": "&amp;",
    "half of an entity": "&#",
    "quotes": """<a b="'""",
    "zeros": "\0",
    "signs": "<",
}
ONE_TAG = {"attributes": " a{}=1", "attributes without space": '/a{}="1"', "ampersands": "&"}
MARKDOWN = {
    "environments that never end": r"\begin{{a}}",
    "dollars": "$a ",
    "bold": "**a",
    "emphasis": "a*",
    "brackets": "[",
    "links": "[a](",
    "tables": "|a",
    "quotes": ">",
    "list in lists": "- ",
    "backticks": "`a",
    "formulas": "$x_{{{}}}$ ",
    "fractions": r"$\frac{{",
    "macros": r"\newcommand{{\a}}{{",
    "formulas that never end": r"\\[",
    "spaces": "  a" + " " * 80,
}


def repeated(piece: str, length: int) -> str:
    parts, room = [], length
    for number in count():
        parts.append(piece.format(number))
        room -= len(parts[-1])
        if room <= 0:
            return "".join(parts)


SHAPES = {
    **{name: ("text/html", piece, "{}") for name, piece in HTML.items()},
    **{f"one tag: {name}": ("text/html", piece, "<a {}>") for name, piece in ONE_TAG.items()},
    **{f"Markdown: {name}": ("text/markdown", piece, "{}") for name, piece in MARKDOWN.items()},
    "many outputs": (),
    "many small displays": (),
}


def displays(shape: str, length: int, each: int = 40_000) -> list:
    """The outputs of one cell: ``length`` characters of that shape, so many in ``each``."""
    if shape == "many outputs":
        return [new_output("stream", text="x")] * (length // 10)
    if shape == "many small displays":
        return [_display("text/html", "x")] * (length // 10)
    kind, piece, around = SHAPES[shape]
    each_of_kind = each if kind == "text/html" else each // 3
    return [
        _display(kind, f"{number} " + around.format(repeated(piece, each_of_kind)))
        for number in range(length // each_of_kind)
    ]


def _display(kind: str, content: str):
    return new_output("display_data", data={kind: content})
