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
autograde                the same with many at a time: grader autograde
workers, workplace       who grades them, and the place in which it is done
rows, one_gradebook      the gradebook's rows, taken there and back; its tables, opened once
forkserver, preload      what workers need, loaded before there are any
loading                  libraries, loaded without Python's collector of garbage
unfinished               what a run that was killed has left

unwritten                mytorch as students and sandboxes get it
macros                   formulas without macros
templates, words         pages and tables of what strangers wrote
"""
