"""One rule for what may be shown of names and lines that somebody else wrote."""

import re
import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from mytorch.characters import CONTROL, DIRECTION, UNPRINTABLE, printable

TEXTS = st.text(st.one_of(st.sampled_from("\t\r\n\x1b\x7f\u202e\u2066\u200f\0"), st.characters()))


def test_the_ranges_are_those_of_unicode():
    every = list(map(chr, range(sys.maxunicode + 1)))
    assert re.findall(f"[{CONTROL}]", "".join(every)) == [
        sign for sign in every if unicodedata.category(sign) == "Cc"
    ]
    turning = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    assert re.findall(f"[{DIRECTION}]", "".join(every)) == [
        sign for sign in every if unicodedata.bidirectional(sign) in turning
    ]


@given(TEXTS, st.integers(1, 30))
def test_printable_is_printable_short_and_does_no_more(text, longest):
    shown = printable(text, longest)
    assert shown.isprintable() and len(shown) <= longest
    assert printable(shown, longest) == shown
    assert all(sign in (original, UNPRINTABLE) for original, sign in zip(text, shown[: longest - 1]))
    if text.isprintable() and len(text) <= longest:
        assert shown == text
