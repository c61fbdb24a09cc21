"""Make what students wrote harmless to look at: nothing runs, nothing is loaded, nothing leaves its place on
the page.

HTML goes through nh3, formulas become MathML (mathml.py), pictures are embedded. ``output`` and ``markdown``
do the work; the rest wires them into nbconvert, so that the formgrader shows clean pages as well.
"""

import base64
import binascii
import html
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote

import nbformat
import nh3
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from grader.grading.cells import is_check
from grader.grading.macros import LONGEST_FORMULA, macro_definitions
from grader.grading.sandbox.cell_outputs import DECISIVE, kind_of

from .mathml import mathml
from .tidy import TooDeep, tidied

LONGEST = 20_000  # characters of Markdown; parsing more than anybody writes could take minutes
UNENDED = 10  # environments of TeX that begin and do not end; each is looked for through the whole text
LONGEST_GAP = 100  # spaces in a row; Markdown's parser takes seconds over thousands of them
# Lexers of Python look from each empty line, and each blank in it, for the end of them all.
BLANKS, GAP = re.compile(r"^[^\S\n]+$", re.MULTILINE), re.compile(r"\n{20,}")
LONGEST_CODE, MOST_CODE = 100_000, 400_000  # characters of a cell and of a notebook that are highlighted
MAX_NODES = 300_000  # of a piece of HTML
# What a notebook may show, in characters of HTML; what costs more time counts as so many of them.
MOST, A_TAG, AN_ENTITY, A_LETTER_OF_MARKDOWN, AN_OUTPUT = 4_000_000, 100, 40, 40, 4_000
FORMATTING = re.compile(r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.IGNORECASE)

TAGS = nh3.ALLOWED_TAGS - {"area", "map"}
ATTRIBUTES = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()} | {"details": {"open"}}
KEPT = ATTRIBUTES | {"*": {"class", "lang", "title"}}  # before nh3 looks what they hold
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
LOCAL_PICTURE = re.compile(r"(?!\.)[\w-]+(/[\w-]+)*\.(png|jpe?g|gif|webp|svg)")
TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".webp": "webp", ".svg": "svg+xml"}


# --- outputs ------------------------------------------------------------------------------------------------


class Room:
    """How much of a notebook's displays is still shown: the time that pages take does not depend on what they
    hold.
    """

    def __init__(self):
        self.left = MOST

    def has(self, cost: int) -> bool:
        """Takes it, if it is there."""
        is_there = cost <= self.left
        self.left -= cost if is_there else 0
        return is_there

    def for_html(self, source: str) -> bool:
        return self.has(len(source) + A_TAG * source.count("<") + AN_ENTITY * source.count("&"))

    def for_markdown(self, source: str) -> bool:
        return self.has(A_LETTER_OF_MARKDOWN * len(source))


def outputs(untrusted: list, room: Room) -> list:
    """The harmless forms of a cell's outputs, as far as there is room; one line says that the rest is left
    out, but for the first by which nbgrader gives points.
    """
    shown = []
    for place, one in enumerate(untrusted):
        if not room.has(AN_OUTPUT):
            shown.append(new_output("stream", name="stdout", text="[Further output is not shown.]\n"))
            decisive = [other for other in untrusted[place:] if kind_of(other) in DECISIVE][:1]
            return shown + list(filter(None, (output(other, room) for other in decisive)))
        shown += filter(None, [output(one, room)])
    return shown


def output(untrusted, room: Room | None = None):
    """The harmless form of a cell's output, or None if nothing is left of it.

    Text stays, PNG and JPEG pictures stay, SVG stays as a picture's source (pages show it in <img>, where it
    cannot run). HTML is cleaned; Markdown and LaTeX become clean HTML, while there is room for them. Scripts,
    widgets and every other type go, and so does metadata.
    """
    kind = untrusted.get("output_type")
    if kind == "stream":
        name = "stderr" if untrusted.get("name") == "stderr" else "stdout"
        shown = {"name": name, "text": _text(untrusted.get("text"))}
    elif kind == "error":
        lines = [_text(line) for line in untrusted.get("traceback") or [] if isinstance(line, str)]
        ename, evalue = _text(untrusted.get("ename")), _text(untrusted.get("evalue"))
        shown = {"ename": ename, "evalue": evalue, "traceback": lines}
    elif kind in ("display_data", "execute_result"):
        data = _data(untrusted.get("data") or {}, room or Room())
        if not data:
            return None
        shown = {"data": data, "metadata": {}}
        shown |= {"execution_count": None} if kind == "execute_result" else {}
    else:
        return None
    # not new_output, which validates each by itself: that takes longer than all of this
    return nbformat.from_dict({"output_type": kind, **shown})


def _text(value) -> str:
    """nbformat allows a list of lines as well."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _data(bundle: dict, room: Room) -> dict[str, str]:
    given = {kind: _text(value) for kind, value in bundle.items() if isinstance(value, str | list)}
    data = {kind: given[kind] for kind in ("text/plain", "image/svg+xml") if kind in given}
    for kind, start in (("image/png", b"\x89PNG"), ("image/jpeg", b"\xff\xd8")):
        picture = _decoded(given.get(kind, ""))
        if picture.startswith(start):
            data[kind] = base64.b64encode(picture).decode()
    if "text/html" in given:
        if room.for_html(given["text/html"]):
            data["text/html"] = clean(given["text/html"])
    elif source := given.get("text/markdown") or given.get("text/latex"):
        if room.for_markdown(source):
            data["text/html"] = markdown(source)
    if given.keys() & {"text/html", "text/markdown", "text/latex"} and not data:
        data["text/plain"] = "[There is more in this notebook than a page shows: this is left out.]"
    return data


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


# --- HTML ---------------------------------------------------------------------------------------------------


def clean(
    untrusted: str, figures: Path | None = None, notebooks: str = "", attachments: dict | None = None
) -> str:
    """HTML without script, style, classes, forms and frames; links lead to http(s) or mailto, pictures are
    embedded.

    A parser of HTML opens formatting that was left open again in every element that follows. Where that could
    grow out of hand, or elements lie too deep, the HTML is shown as text. ``figures`` is the folder in which
    pictures with a relative address are looked up, to be embedded; without it such an address stays. Links
    between notebooks get the suffix ``notebooks`` (".html"), or are dropped when it is empty.
    """

    def attribute(tag: str, name: str, value: str) -> str | None:
        if (tag, name) == ("img", "src"):
            return _attached(value, attachments or {}) or _picture(value, figures)
        if (tag, name) == ("a", "href"):
            return _link(value, notebooks)
        return value

    try:
        tidy = tidied(untrusted, TAGS, KEPT)
    except TooDeep:
        return _as_text(untrusted)
    if len(FORMATTING.findall(tidy)) * tidy.count("<") > MAX_NODES:
        return _as_text(untrusted)
    return nh3.clean(
        tidy,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        allowed_classes={"span": {"tex", "display"}},
        attribute_filter=attribute,
        url_schemes={"attachment", "http", "https", "mailto", "data"},
    )


def _as_text(source: str) -> str:
    return f"<pre>{html.escape(source)}</pre>"


def _attached(address: str, attachments: dict) -> str | None:
    """A picture that was pasted into the cell, by the address that HTML has for it."""
    scheme, _, name = address.partition(":")
    if scheme.lower() != "attachment":
        return None
    found = next((kinds for own, kinds in attachments.items() if _same_name(own, name)), {})
    pictures = (f"data:{kind};base64,{content}" for kind, content in found.items())
    return next(filter(PICTURE.fullmatch, pictures), None)


def _same_name(own: str, said: str) -> bool:
    """Blanks and accents may be written as %20 and the like, and accents taken apart."""
    said, own = unicodedata.normalize("NFC", said), unicodedata.normalize("NFC", own)
    return own in (said, unquote(said))


def _by_address(attachments: dict) -> dict:
    """Also under the names that Markdown's parser makes of them."""
    names = {form: kinds for own, kinds in attachments.items() for form in (own, quote(own))}
    more = {quote(unicodedata.normalize(form, own)): own for own in attachments for form in ("NFC", "NFD")}
    return {address: attachments[own] for address, own in more.items()} | names


def _picture(address: str, figures: Path | None) -> str | None:
    if PICTURE.fullmatch(address):
        return address
    if not LOCAL_PICTURE.fullmatch(address):
        return None
    if figures is None:
        return address
    path = (figures / address).resolve()
    if not path.is_relative_to(figures.resolve()) or not path.is_file():
        return None
    return f"data:image/{TYPES[path.suffix.lower()]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _link(address: str, notebooks: str) -> str | None:
    if re.match(r"(https?|mailto):", address, re.IGNORECASE):
        return address
    other = re.fullmatch(r"([\w-]+)\.ipynb", address)
    return other[1] + notebooks if other and notebooks else None


# --- Markdown -----------------------------------------------------------------------------------------------


def markdown(
    source: str,
    figures: Path | None = None,
    macros: str = "",
    notebooks: str = "",
    attachments: dict | None = None,
) -> str:
    """Markdown as clean HTML, formulas as MathML (a formula that cannot be converted stays TeX).

    ``macros`` holds the notebook's definitions; ``figures`` and ``notebooks`` are those of
    ``clean``.
    """
    if attachments:
        return _markdown(source, figures, macros, notebooks, attachments)
    return recently_rendered(source, figures, macros, notebooks)


@lru_cache(maxsize=2048)
def recently_rendered(source: str, figures, macros, notebooks) -> str:
    """Most cells are the course's own, the same in every submission."""
    return _markdown(source, figures, macros, notebooks, {})


def _markdown(source: str, figures, macros: str, notebooks: str, attachments: dict) -> str:
    source = re.sub(rf"[ \t]{{{LONGEST_GAP},}}", " " * LONGEST_GAP, source)
    if len(source) > LONGEST or _unended(source) > UNENDED:
        return _as_text(source)
    if attachments:  # a blank ends an address
        source = re.sub(r"\(attachment:([^()\n]+)\)", lambda m: m[0].replace(" ", "%20"), source)
    try:
        rendered = MarkdownWithMath(
            renderer=_Renderer(escape=False, exclude_anchor_links=True, attachments=_by_address(attachments))
        ).render(source)
    except Exception:  # whatever upsets the parser, the text can still be read
        return _as_text(source)
    known = macro_definitions(macros + source)

    def formula(match: re.Match) -> str:
        return mathml(html.unescape(match[2]), display=bool(match[1]), macros=known)

    return re.sub(
        r'<span class="tex( display)?">([^<]*)</span>',
        formula,
        clean(rendered, figures, notebooks, attachments),
    )


def _unended(source: str) -> int:
    """How many environments of TeX, and formulas in brackets, begin and do not end."""
    ends = {match[1]: match.start() for match in re.finditer(r"\\end\{([a-z]*\*?)\}", source)}
    begins = re.finditer(r"\\begin\{([a-z]*\*?)\}", source)
    brackets = (("\\\\[", "\\\\]"), ("\\\\(", "\\\\)"))
    formulas = sum(source.count(begin, source.rfind(end) + 1) for begin, end in brackets)
    return formulas + sum(match.start() > ends.get(match[1], -1) for match in begins)


class _Renderer(IPythonRenderer):
    """Marks formulas, for after the cleaning, and writes boxes as text: "- [x] yes" answers a question."""

    def task_list_item(self, text: str, checked: bool = False) -> str:
        return f"<li>{'☑' if checked else '☐'} {text}</li>\n"

    def inline_math(self, body: str) -> str:
        return f'<span class="tex">{html.escape(body)}</span>'

    def block_math(self, body: str) -> str:
        return f'<span class="tex display">{html.escape(body)}</span>'

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")


def macros_of(nb) -> str:
    """The lines of a notebook's Markdown that define macros."""
    lines = (line for cell in nb.cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    return "\n".join(line for line in lines if macro_definitions(line))[:LONGEST_FORMULA]


def left_out(more: int) -> str:
    """Of so many characters."""
    return f"… {more:,} more characters are not shown."


def without_blanks(source: str) -> str:
    """Code with nothing in its empty lines."""
    return BLANKS.sub("", source)


# --- for nbgrader and nbconvert -----------------------------------------------------------------------------


class CleanOutputs(NbGraderPreprocessor):
    """Goes right after RunSubmission: what a student's cells put out is made harmless once, for all pages.

    Not what is in the checks, where the judge puts its own words.
    """

    def preprocess(self, nb, resources):
        room = Room()
        for cell in nb.cells:
            if cell.cell_type == "code" and not is_check(cell):
                cell.outputs = outputs(cell.outputs, room)
        return nb, resources


# What Harmless leaves in nbconvert's resources for ``markdown_filter``.
ROOM, MACROS = "mytorch_room", "mytorch_macros"


class Harmless(Preprocessor):
    """Before a page is made of a notebook: outputs and metadata of no cell can do harm."""

    def __init__(self, **kw):
        super().__init__(enabled=True, **kw)

    def preprocess(self, nb, resources):
        nb.metadata = nbformat.from_dict({})
        self.room, self.left = Room(), MOST_CODE
        resources[ROOM], resources[MACROS] = Room(), macros_of(nb)
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell, resources, index):
        cell.metadata = nbformat.from_dict(
            {"nbgrader": cell.metadata["nbgrader"]} if "nbgrader" in cell.metadata else {}
        )
        if cell.cell_type == "code":
            cell.source = self._shown(cell.source)
            cell.outputs = outputs(cell.outputs, self.room)
            count = cell.get("execution_count")
            cell.execution_count = count if isinstance(count, int) else None
        if cell.cell_type == "raw":
            cell.source = html.escape(cell.source)
        return cell, resources

    def _shown(self, source: str) -> str:
        text = GAP.sub("\n" * 20, without_blanks(source))
        shown = text[: min(LONGEST_CODE, self.left)]
        self.left -= len(shown)
        return f"{shown}\n# {left_out(more)}" if (more := len(text) - len(shown)) else text


@pass_context
def markdown_filter(context, source: str) -> str:
    """nbconvert's filter ``markdown2html``, for pages other than the feedback: while there is room, as
    there.
    """
    if not context["resources"][ROOM].for_markdown(source):
        return _as_text(source)
    attachments = context.get("cell", {}).get("attachments")
    return markdown(source, macros=context["resources"][MACROS], attachments=attachments)


def unchanged(page: str) -> str:
    """In place of nbconvert's filter ``strip_files_prefix``, which takes minutes over a text full of
    brackets.
    """
    return page
