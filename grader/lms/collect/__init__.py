"""What a system exported goes to submitted/.

command     grader collect
plugins     the same for nbgrader zip_collect
archives    unpacked
filenames   what files are called
reader      whose it is, what is in it, which one counts
times       when, by a list beside the export
store       put there, over no newer one
"""
