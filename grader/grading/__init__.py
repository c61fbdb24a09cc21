"""From a hand-in to points.

coursedir, stock         the course's folders and its gradebook; nbgrader's own commands
cells                    nbgrader's kinds of cells
collected, lacking       what collecting wrote down; what a hand-in lacks
handed_in, submissions   its folder; its notebooks, read and repaired
execute, sandbox, seeds  its cells are run, apart from everything, with other numbers in each grading
verdicts                 the verdict on each test, outside
save_grades, grades      points into the gradebook, and out of it
late, extensions         what being late costs, and who has more time
resubmitted              is what lies in submitted/ what was graded?

converter                nbgrader's converter, which takes these steps with one hand-in after the other
parallel                 the same with many at a time: grader autograde
exchange                 feedback by nbgrader's exchange
one_gradebook            nbgrader's gradebook, its tables opened once
unfinished, temporary    what a run that was killed has left: half of a hand-in, folders
log                      what is said of the hand-in in work

unwritten                mytorch as students and sandboxes get it
macros                   formulas without macros
advice                   what messages tell an instructor to type
templates, words         pages and tables of what strangers wrote
"""
