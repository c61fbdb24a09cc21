"""The learning management systems (LMS): what each exports and what it takes back.

system, registry         what can be said of a system; those that there are:
autolab, blackboard, brightspace, canvas, gradescope, moodle, plain
service, canvas_api      a system's API; Canvas's

collect                  what was exported goes to submitted/: grader collect
plugins                  the same for nbgrader zip_collect
archives                 unpacked
reader                   whose it is, what is in it, which one counts
filenames, names         what files are called; what people are called
roster, matcher          who the students are; which of them is meant
times                    when, by a list beside the export
store                    put there, over no newer one

returning                feedback and grades go back: grader return
graded_work, held        who is ready; why others are not yet
zeros                    who gets 0
feedback_zips            feedback
grades_csv               everything about everybody
sheet, filling           a system's grade sheet, and the points in it
delivery, changes        written, over nobody's files; what is other than the last time
upload                   given by an API
"""
