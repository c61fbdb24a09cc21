"""Fingerprints of what a submission adds to the released notebooks.

Every run of k symbols is one, as in winnowing with windows of size 1: with classes of a few lines each every
fingerprint counts. A symbol is a token, a statement or a word, so that a fingerprint sees what a disguise
leaves alone.
"""

import builtins
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pygments.lexers import PythonLexer
from pygments.token import Comment, Name, Number, Punctuation, String

from mytorch.course import SECTION_OF

from .formulas import CALLED, formulas

NOT_COMPARED = {
    "print",
    "assert",
    "import",
    "from",
    "pass",
    "def",
    "class",
    "check",
    "progress",
    "blank",
    "%",
    "!",
}
# One symbol for what NumPy can say in two ways. In a row of tokens a minus has no second name.
SAME = CALLED | {
    "negative": "-",
    "transpose": "T",
    "newaxis": "None",
    "amax": "max",
    "amin": "min",
    "absolute": "abs",
}
CLASSES = set(SECTION_OF)
PUBLIC = {*dir(np), *dir(np.ndarray), *dir(np.linalg), *dir(np.random.Generator), *CLASSES}
AUGMENTED = {"+=", "-=", "*=", "/=", "@=", "**=", "//="}
LONG_OPERATORS = {"**", "//", "<=", ">=", *AUGMENTED}
KEYWORDS = {"axis", "keepdims", "dtype", "ddof", "out", "shape", "size"}
BUILTINS = {"self", *dir(builtins)}
NOTHING = (0, None, "")
OWN = "name"  # stands for every name of the student's own
# No text of a link is longer than 500 characters: to look for its end from each bracket on takes long.
MATH = re.compile(r"\$\$.*?\$\$|\$[^$\n]*\$|<[^>\n]*>|!?\[([^\]\n]{0,500})\]\([^)\n]*\)", re.DOTALL)
PICTURE = re.compile(r"data:[^\s)>\"']*")  # pasted into Markdown, it may be longer than all else
BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){3,}")  # Pygments looks from each line for the end of them all
# Characters that are read; whole notebooks of the course have 30,000.
LONGEST_CELL, LONGEST_NOTEBOOK = 20_000, 100_000
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Aspect:
    """One way of reading: ``length`` symbols in a row make a fingerprint, which counts ``weight`` /
    ``length``.
    """

    name: str
    length: int
    weight: float


ASPECTS = (
    Aspect("formulas", 1, 1.0),
    Aspect("statements", 1, 1.0),
    Aspect("tokens", 7, 1.0),
    Aspect("spelling", 5, 0.5),
    Aspect("words", 4, 1.0),
)
FORMULAS, STATEMENTS, TOKENS, SPELLING, WORDS = ASPECTS


@dataclass(frozen=True)
class Symbol:
    """What a piece of the text is compared as, and where it stands."""

    value: object
    start: int
    end: int


@dataclass(frozen=True)
class Token:
    symbol: str  # names of the student's own are all alike
    spelling: str
    start: int
    end: int


@dataclass
class Fingerprints:
    """Of one text: each fingerprint with the places (start, end) of its symbols. ``aspect_of`` tells of
    which aspect it is.
    """

    text: str
    places: dict[int, list[tuple[int, int]]]


def aspect_of(fingerprint: int) -> Aspect:
    return ASPECTS[fingerprint % len(ASPECTS)]


class ClassReader:
    """Makes fingerprints, which can be compared within this process.

    ``attributes``: names behind a dot that the assignment gives, such as dLdW; all others are the student's
    own choice.
    """

    def __init__(self, attributes: Iterable[str] = ()):
        self._attributes = frozenset(attributes)

    def fingerprints(self, cells: list[tuple[str, str]]) -> Fingerprints:
        """Of (cell type, source) pairs, read as one text, as far as ``bounded`` leaves it."""
        text, read = "", []
        for kind, source in bounded(cells)[0]:
            read.append((len(text), _runs(kind, source, self._attributes)))
            text += source.rstrip("\n") + "\n\n"
        places: dict[int, list[tuple[int, int]]] = {}
        for number, aspect in enumerate(ASPECTS):
            for start, run in ((start, run) for start, runs in read for run in runs.get(aspect, ())):
                values = [symbol.value for symbol in run]
                spans = [(symbol.start + start, symbol.end + start) for symbol in run]
                for i in range(len(run) - aspect.length + 1):
                    piece = slice(i, i + aspect.length)
                    key = (hash(tuple(values[piece])) >> 3) * len(ASPECTS) + number  # an int64, too
                    places.setdefault(key, []).extend(spans[piece])
        return Fingerprints(text.rstrip("\n"), places)


def bounded(cells: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], bool]:
    """The beginnings of the cells that can be read in good time, and whether that leaves anything out."""
    kept, left, is_cut = [], LONGEST_NOTEBOOK, False
    for kind, source in cells:
        text = BLANK_LINES.sub("\n\n\n", source if kind == "code" else PICTURE.sub("data:", source))
        part = text[: min(LONGEST_CELL, left)]
        left -= len(part)
        is_cut |= len(part) < len(text)
        kept.append((kind, part))
    return kept, is_cut


@lru_cache(maxsize=1024)  # copies of a cell; one takes some 30 kB
def _runs(kind: str, source: str, attributes: frozenset[str]) -> dict[Aspect, list[list[Symbol]]]:
    """The symbols of a cell, in runs that no fingerprint crosses."""
    if kind != "code":
        return {WORDS: [list(_words(MATH.sub(lambda match: " " * len(match[0]), source), 0))]}
    code, remarks = _lex(source, attributes)

    def is_given(name: str) -> bool:
        return (
            name[1:] in PUBLIC or name[1:] in attributes
            if name[0] == "."
            else name in CLASSES or name in BUILTINS
        )

    return {
        FORMULAS: [[Symbol(*found) for found in formulas(source, is_given)]],
        STATEMENTS: [[_statement(one) for one in map(_computed, code) if len(one) > 3]],
        TOKENS: [[Symbol(t.symbol, t.start, t.end) for one in code for t in one]],
        SPELLING: [[Symbol(t.spelling, t.start, t.end) for one in code for t in one]],
        WORDS: [[word for start, text in run for word in _words(text, start)] for run in remarks],
    }


def _computed(statement: list[Token]) -> list[Token]:
    """What a statement computes, whether it is returned or given a name of the student's own."""
    begin = [token.symbol for token in statement[:2]]
    return statement[2:] if begin == [OWN, "="] else statement[1:] if begin[0] == "return" else statement


def _statement(tokens: list[Token]) -> Symbol:
    """The statement as one symbol, whatever the order of its operands."""
    return Symbol(tuple(sorted(token.symbol for token in tokens)), tokens[0].start, tokens[-1].end)


def _words(text: str, start: int) -> Iterator[Symbol]:
    for match in WORD.finditer(text):
        yield Symbol(match[0].lower(), start + match.start(), start + match.end())


def _lex(source: str, attributes: frozenset[str]) -> tuple[list[list[Token]], list[list[tuple[int, str]]]]:
    """The statements that compute something; the comments, and each string by itself. Broken code is no
    obstacle.
    """
    statements, comments, strings, depth = [[]], [], [], 0
    for start, kind, text in PythonLexer().get_tokens_unprocessed(source):
        if kind in Comment:
            comments.append((start, text))
        elif kind in String:
            strings.append([(start, text)])
        if text in ("def", "class"):
            depth = 0  # whatever bracket was left open before
        if depth == 0 and (text in (";", ":") or ("\n" in text and text.isspace())):
            statements.append([])
        elif text.strip(" \t\r\n\\") and kind not in Comment and kind not in String.Doc:
            statements[-1].append((start, kind, text))
        if kind in Punctuation:
            depth = max(0, depth + (text in "([{") - (text in ")]}"))
    compared = (raw for raw in statements if raw and raw[0][2] not in NOT_COMPARED)
    return [tokens for raw in compared if (tokens := _tokens(raw, attributes))], [comments, *strings]


def _tokens(raw: list[tuple], attributes: frozenset[str]) -> list[Token]:
    """A statement's tokens, less brackets, commas, dots, ``np`` and ``self``."""
    tokens = []
    for before, (start, kind, text), after in zip([NOTHING, *raw], raw, [*raw[1:], NOTHING]):
        if (kind in Punctuation and text != "[") or text in (".", "np", "numpy", "self"):
            continue
        end = start + len(text)
        if kind in String:
            text = symbol = "text"
        elif kind in Number:
            symbol = _number(text)
        elif kind in Name and kind not in Name.Builtin:
            keyword = before[2] in ("(", ",") and after[2] == "="
            attribute = before[2] == "." and (text in PUBLIC or text in attributes)
            given = attribute or text in CLASSES or (keyword and text in KEYWORDS)
            symbol = SAME.get(text, text) if given else OWN
        else:
            symbol = text
        tokens.append(Token(symbol, text, start, end))
    return _written_out(_joined(tokens))


def _joined(tokens: list[Token]) -> list[Token]:
    """``*`` and ``=`` side by side are ``*=``; the pieces of a string are one."""
    joined = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last and last.symbol == token.symbol == "text":
            joined[-1] = Token("text", "text", last.start, token.end)
        elif last and last.end == token.start and last.symbol + token.symbol in LONG_OPERATORS:
            joined[-1] = Token(last.symbol + token.symbol, last.symbol + token.symbol, last.start, token.end)
        else:
            joined.append(token)
    return joined


def _written_out(tokens: list[Token]) -> list[Token]:
    """``x += y`` as ``x = x + y``."""
    place = next((i for i, token in enumerate(tokens) if token.symbol in AUGMENTED), None)
    if not place:
        return tokens
    left, sign, right = tokens[:place], tokens[place], tokens[place + 1 :]
    equals, operator = (Token(text, text, sign.start, sign.end) for text in ("=", sign.symbol[:-1]))
    return [*left, equals, *left, operator, *right]


def _number(text: str) -> str:
    try:
        return str(float(text))
    except ValueError:  # hexadecimal, imaginary
        return text
