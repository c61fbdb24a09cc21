"""Who shares more code than the task explains: ``grader similarity``."""
