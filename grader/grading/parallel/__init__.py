"""Many hand-ins at a time, each graded as ``converter`` grades it: ``grader autograde``.

autograde            the command
batch                what is to be graded, and what became of it
saving, summary      what workers made of it, put into the course; what is said at the end
workers, workplace   who grades, and the place in which it is done
rows                 the gradebook's rows, taken there and back
forkserver, preload  what workers need, loaded before there are any
loading              libraries, loaded without Python's collector of garbage
"""
