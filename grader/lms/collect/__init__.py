"""What a system exported goes to submitted/.

command     grader collect
archives    unpacked
unpacked    what lies where, and what could not be collected
filenames   what files are called
reader      exports read, in three steps:
whose       whose it is
inside      what is in it
attempts    a hand-in, and which of two is the newer
times       when, by a list beside the export, too
store       put there, over no newer one
summary     what is said at the end
"""
