"""Text that is shown: how lists and numbers of things read, and which characters a name or a line may hold
that somebody else wrote.
"""

from collections.abc import Sequence

# Ranges, for a class of a regular expression.
CONTROL = r"\x00-\x1f\x7f-\x9f"
DIRECTION = r"\u202a-\u202e\u2066-\u2069"  # turn the direction of the text that follows them

UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"


def printable(text: str, longest: int = 120, keep: str = "", instead: str = UNPRINTABLE) -> str:
    """Without control characters, those that turn the direction of writing, and halves of surrogate pairs;
    not endless.
    """
    text = text[: longest + 1]
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() or sign in keep else instead for sign in text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def listed(words) -> str:
    """A, B and C."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def first_few(words: Sequence[str], most: int) -> str:
    """A, B and 1,200 more."""
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more:,} more" if more > 0 else "")


def counted(number: int, what: str) -> str:
    """1 hand-in, 2 hand-ins."""
    return f"{number} {what}{'s' * (number != 1)}"
