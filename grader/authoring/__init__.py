"""The author's side: notebooks in two forms, the release, the student's workspace, and the doctor who looks
at them.
"""
