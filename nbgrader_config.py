"""nbgrader's configuration for this course. The stock commands work with it; see docs/instructors.md."""

from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, Execute, OverwriteCells, OverwriteKernelspec

from grader.execute import RunSubmission
from grader.release import StudentKit
from grader.submissions import RepairCells, SubmissionExporter, add_missing_notebooks
from grader.verdicts import HideTests, Judge

c = get_config()  # noqa: F821 (nbgrader provides it)

c.CourseDirectory.course_id = "mytorch"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".DS_Store"]

# --- the release ----------------------------------------------------------------------------------------------------
# The skeleton's TODO lines stand outside the solution markers; nothing needs to take the solution's place.
c.ClearSolutions.code_stub = {"python": ""}
c.GenerateAssignment.preprocessors = [*GenerateAssignment.preprocessors.default(), StudentKit]

# --- autograding ----------------------------------------------------------------------------------------------------
# A submission's kernel only records; the verdict falls outside it.
c.Autograde.exporter_class = SubmissionExporter
c.Autograde.pre_convert_hook = add_missing_notebooks
c.Autograde.sanitize_preprocessors = [ClearOutput, RepairCells, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]
c.Autograde.autograde_preprocessors = [
    step
    for stock in Autograde.autograde_preprocessors.default()
    for step in ([RunSubmission, Judge] if stock is Execute else [stock])
]
c.Execute.timeout = 30  # seconds a cell

# --- feedback -------------------------------------------------------------------------------------------------------
# Students see the verdict and its reason, not the hidden tests.
c.GenerateFeedback.preprocessors = [HideTests, *GenerateFeedback.preprocessors.default()]

# --- collecting a folder of <student>_….tar files: nbgrader zip_collect hw1 -------------------------------------------
c.ExtractorPlugin.zip_ext = [".zip", ".gz", ".tar"]
c.FileNameCollectorPlugin.named_regexp = r".*[/\\](?P<student_id>[^/\\_]+)_[^/\\]*[/\\](?P<file_id>[^/\\]+)\.ipynb$"
