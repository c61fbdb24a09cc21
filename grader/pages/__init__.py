"""Everything that people look at: the student's feedback, the class report, and HTML that can do no harm."""
