"""The names, numbers and addresses of people, and the columns in which the systems write them."""

import re
import unicodedata
from datetime import datetime

from dateutil import parser as dates

EMAIL = r"[^@\s/]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"

# Without spaces, case and punctuation. What only one system has stands in its module; registry.py has both.
IDS = (
    "id studentid username login loginid netid andrewid userid sid studentnumber matriculationnumber "
    "idnumber lmsid lmsuserid"
).split()
EMAILS = "email emailaddress studentemail mail".split()
FIRST_NAMES = "firstname firstnames givenname givennames preferredfirstname".split()
LAST_NAMES = "lastname surname familyname".split()
FULL_NAMES = "name fullname student studentname displayname sortablename lastnamefirstname".split()
TIMES = "submittedat submissiontime submitted timestamp".split()


def squeezed(text: str) -> str:
    """Letters and digits in lower case and without accents: "O'Brien-Díaz, Ana" and "obriendiazana" are
    one.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not _is_accent(c))
    return "".join(c for c in plain.casefold() if c.isalnum() or unicodedata.category(c) in ("Mn", "Mc"))


def _is_accent(character: str) -> bool:
    """Above or below a letter, or a Hebrew or Arabic vowel point, which people leave out. The vowels of Indic
    and Thai script are marks too, but without them राम and रमा would be one.
    """
    place = unicodedata.combining(character)
    return place == 1 or 10 <= place <= 36 or place >= 200


def same_form(text: str) -> str:
    """Of an id or an e-mail: macOS takes accents apart from their letters, and lists have blanks around."""
    return unicodedata.normalize("NFC", text).strip().lower()


def orders(full_name: str) -> set[str]:
    """A name as the systems turn it: "Jane van der Berg" is also "van der Berg, Jane"."""
    words = full_name.replace(",", " ").split()
    return {squeezed("".join(words[i:] + words[:i])) for i in range(len(words))} - {""}


def field_text(value: object) -> str:
    """What stands in a field that may be missing, empty or of any type."""
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def moment(text: str) -> datetime | None:
    """As in "Friday, 20 November 2026, 11:03 PM". None for a dash, for languages that dateutil does not read,
    and for what no clock shows.
    """
    try:
        found = dates.parse(text)
        found.utcoffset()
    except (ValueError, OverflowError):
        return None
    return found if 1970 <= found.year < 9999 else None


def words_of_a_hand_in(time: str, status: str = "") -> str:
    """What a list says of a student's hand-in, also where no time can be read from it; empty when it says
    that there is none. Moodle's status begins with "Submitted", or with "No submission".
    """
    if re.search(r"[1-9]|^(yes|true)$", time, re.IGNORECASE):
        return time
    return status if status.lower().startswith("submitted") else ""


def is_email(text: str) -> bool:
    return re.fullmatch(EMAIL, text) is not None
