"""Many hand-ins at a time, each graded as ``converter`` grades it: ``grader autograde``.

autograde            the command: what is to be graded, and what becomes of it in the course
workers, workplace   who grades, and the place in which it is done
rows                 the gradebook's rows, taken there and back
forkserver, preload  what workers need, loaded before there are any
loading              libraries, loaded without Python's collector of garbage
"""
