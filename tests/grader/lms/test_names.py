"""Names of people, however a system or a file system writes them."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from grader.lms.names import is_email, orders, same_form, squeezed

SEPARATORS = st.text(" \t\N{NO-BREAK SPACE}.,;:'’-_()", max_size=3)
WORDS = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=8)


@given(st.text())
def test_accents_taken_apart_make_no_other_name(text):
    together, apart = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert squeezed(together) == squeezed(apart)
    assert same_form(together) == same_form(apart)


@given(st.lists(WORDS, max_size=4), st.data())
def test_spaces_and_punctuation_make_no_other_name(words, data):
    text = "".join(word + data.draw(SEPARATORS) for word in words)
    assert squeezed(text) == squeezed("".join(words))


@given(st.lists(st.text("abcÄéØßñабвαβγ", min_size=1, max_size=8), min_size=1, max_size=4))
def test_capitals_make_no_other_name(words):
    text = " ".join(words)
    assert squeezed(text) == squeezed(text.title()) == squeezed(text.upper()) != ""


@given(st.lists(WORDS, min_size=1, max_size=5), st.data())
def test_a_name_turned_round_has_the_same_orders(words, data):
    place = data.draw(st.integers(0, len(words)))
    turned = f"{' '.join(words[place:])}, {' '.join(words[:place])}"
    assert orders(turned) == orders(" ".join(words))
    assert squeezed("".join(words)) in orders(turned) | {""}


@given(st.emails(domains=st.sampled_from(["uni.edu", "cs.uni-a.ac.uk"])))
def test_addresses_are_told_from_names(address):
    if "/" not in address:  # which no system writes, and paths have
        assert is_email(address)
    assert not is_email(address.replace("@", " at ")) and not is_email(f"{address} (home)")
