"""What each learning management system has of its own.

system, registry      what can be said of a system; those that there are:
autolab, blackboard, brightspace, canvas, gradescope, moodle, plain
service, canvas_api   a system's API; Canvas's
"""
