"""From a hand-in to points: reading it, the sandbox, verdicts, late penalties, and the gradebook that keeps
them.
"""
