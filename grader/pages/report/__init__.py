"""What the class got wrong: ``grader report``."""
