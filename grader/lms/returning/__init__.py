"""Feedback and grades go back.

command              grader return
graded_work, held    who is ready; why others are not yet
zeros                who gets 0
feedback_zips        feedback
grades_csv           everything about everybody
filling              the points in a system's grade sheet
delivery, changes    written, over nobody's files; what is other than the last time
upload               given by an API
summary              what is said at the end
"""
