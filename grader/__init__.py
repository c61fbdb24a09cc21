"""The instructor's side: notebooks in two forms, the release, trusted grading behind nbgrader's own
commands.
"""
