"""The learning management systems (LMS): what each exports and what it takes back.

systems     what can be said of a system, one module each, and their APIs
people      who the students are, and lists of them
collect     what was exported goes to submitted/: grader collect, nbgrader zip_collect
returning   feedback and grades go back: grader return

names       what people and the columns of lists are called
plugins     for nbgrader zip_collect, by the names in nbgrader_config.py
"""
