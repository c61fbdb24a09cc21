"""Loaded by the server of ``processes.py``, after the libraries: what these make at their first use, all that
is forked then has.
"""

from nbformat import current_nbformat, current_nbformat_minor
from nbformat.validator import get_validator
from sqlalchemy.orm import configure_mappers

configure_mappers()  # of nbgrader's tables
for relaxed in (False, True):
    get_validator(current_nbformat, current_nbformat_minor, relaxed)
