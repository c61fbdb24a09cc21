"""nbgrader's Gradebook, opened once in a run and not dozens of times a submission.

Each time, nbgrader looks whether the tables are there and puts its queries together anew. It has no setting
for that. Its converter and its steps name the class where they open it: a subclass of ours would not be
asked, and each of them would have to be written once more. So the class itself is changed, for the length of
a block, and nowhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from nbgrader.api import Gradebook


@contextmanager
def one_gradebook() -> Iterator[None]:
    """In this block each gradebook is opened once."""
    own, opened = (Gradebook.__init__, Gradebook.close), {}

    def open_once(self, db_url, course_id="default_course", authenticator=None):
        if (db_url, course_id) not in opened:
            own[0](self, db_url, course_id, authenticator)
            opened[db_url, course_id] = vars(self).copy()
        vars(self).update(opened[db_url, course_id])

    Gradebook.__init__, Gradebook.close = open_once, lambda self: self.db.remove()
    try:
        yield
    finally:
        Gradebook.__init__, Gradebook.close = own
        for once in opened.values():
            once["engine"].dispose()
