"""nbgrader's exchange, in a course where some hand in another way."""

from nbgrader.exchange.default import ExchangeReleaseFeedback

from mytorch.characters import first_few

from .advice import to_type
from .coursedir import student_folders
from .handed_in import NAMED, SECRET, TIMESTAMP


class ReleaseFeedback(ExchangeReleaseFeedback):
    """nbgrader's stops at the first hand-in that came another way, such as by e-mail, and leaves out all
    after it.
    """

    def copy_files(self):
        coursedir, assignment = self.coursedir, self.coursedir.assignment_id
        folders = student_folders(coursedir, "feedback", assignment, coursedir.student_id)
        others = [
            student
            for student, folder in folders.items()
            if not all((folder / name).is_file() for name in (SECRET, TIMESTAMP))
        ]
        if others:
            self.log.warning(
                "Handed in another way than by the exchange, which has no feedback for them: %s. '%s' has "
                "it.",
                first_few(others, NAMED),
                to_type("grader return", assignment),
            )
        left_out = coursedir.student_id_exclude
        coursedir.student_id_exclude = ",".join(filter(None, [left_out, *others]))
        super().copy_files()
        coursedir.student_id_exclude = left_out
