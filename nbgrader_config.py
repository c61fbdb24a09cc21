"""nbgrader's configuration for this course. The stock commands work with it; see docs/instructors.md."""

import os
import sys

from nbgrader.apps import api, autogradeapp, generatefeedbackapp
from nbgrader.converters import GenerateAssignment
from nbgrader.server_extensions.formgrader.handlers import template_path

from grader import pages
from grader.grading import one_gradebook
from grader.grading.converter import Grading

c = get_config()  # noqa: F821 (nbgrader provides it)


def stock(trait):
    """nbgrader's own steps, by name: the formgrader can send names to the browser, but not classes."""
    return [f"{step.__module__}.{step.__name__}" for step in trait.default()]


# Ours ask the gradebook less, and know late days; of a cell's metadata RepairCells leaves nothing to check.
OURS_INSTEAD = (".Execute", ".SaveAutoGrades", ".AssignLatePenalties", ".CheckCellMetadata")

c.CourseDirectory.course_id = "mytorch"
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    ".DS_Store",
    ".gitignore",
    "gradebook.db",  # which nbgrader makes in source/hw1 when a command is given there
]
if (
    "NBGRADER_DB_URL" in os.environ
):  # for example postgresql://user@host/gradebook; without it, gradebook.db in this folder
    c.CourseDirectory.db_url = os.environ["NBGRADER_DB_URL"]

# --- the release --------------------------------------------------------------------------------------------
c.GenerateAssignment.pre_convert_hook = "grader.authoring.figures.bring_along"
OURS = {
    "ClearSolutions": "grader.grading.cells.WithoutSolutions",
    "SaveCells": "grader.authoring.save_cells.SaveCells",
}
generating = stock(GenerateAssignment.preprocessors)
generating.insert(1, "grader.grading.macros.WithoutMacros")  # behind the header and the footer
c.GenerateAssignment.preprocessors = [
    *(OURS.get(step.rpartition(".")[2], step) for step in generating),
    "grader.authoring.release.StudentKit",
]

# --- autograding --------------------------------------------------------------------------------------------
# A submission runs in a sandbox that only records; the verdict falls outside it. nbgrader has a setting for
# each step of autograding and none for the converter that takes them, so its command and the formgrader's
# button get ours by name.
autogradeapp.Autograde = api.Autograde = Grading
c.Autograde.exporter_class = "grader.grading.submissions.SubmissionExporter"
# In place of all of nbgrader's.
c.Autograde.sanitize_preprocessors = ["grader.grading.submissions.RepairCells"]
c.Autograde.autograde_preprocessors = [
    "grader.grading.execute.RunSubmission",
    "grader.pages.harmless.CleanOutputs",
    "grader.grading.verdicts.Judge",
    *(step for step in stock(Grading.autograde_preprocessors) if not step.endswith(OURS_INSTEAD)),
    "grader.grading.save_grades.SaveGrades",
]
# What a submission may use; grader/grading/sandbox/outside.py lists everything that can be set.
c.Execute.timeout = 30  # seconds a cell
c.Sandbox.notebook_time = 300  # seconds a notebook
c.Sandbox.cpu_time = 180  # seconds of processor time a notebook
c.Sandbox.memory = 2048  # MB
c.Sandbox.processes = 64
c.Sandbox.disk = 64  # MB of files, of which
c.Sandbox.file_size = 16  # MB in one
c.Sandbox.files = 20_000  # files and folders
c.Sandbox.sockets = 64
c.Sandbox.output = 20  # MB a notebook

# --- late policy --------------------------------------------------------------------------------------------
# The due date stands in the gradebook, in UTC. An extension: grader extend.
c.AssignLatePenalties.plugin_class = "grader.grading.late.LatePolicy"
c.LatePolicy.time_zone = "Asia/Dubai"  # in which times are shown; also "UTC+4"
c.LatePolicy.percent_a_day = 10  # of the points, for each day begun; 0: lateness is shown and costs nothing
c.LatePolicy.late_days = 0  # days that everybody may be late for free, over all assignments
c.LatePolicy.grace_minutes = 15
c.LatePolicy.most_days = 5  # after that a hand-in earns nothing; None: no limit

# --- feedback -----------------------------------------------------------------------------------------------
# Students see the verdict and its reason; hidden tests and mark schemes are taken out. Code under test can
# read the test that runs it and print it, so seeds and sizes should change from year to year. Penalties
# follow points given by hand and a moved due date.
generatefeedbackapp.GenerateFeedback = api.GenerateFeedback = one_gradebook.GenerateFeedback
c.GenerateFeedback.exporter_class = "grader.pages.feedback.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "grader.grading.verdicts.HideTests",
    "grader.grading.verdicts.HideMarkSchemes",
    "grader.grading.late.Penalties",
]
# Hand-ins that came another way than by the exchange hold up nobody's feedback there.
c.ExchangeFactory.release_feedback = "grader.grading.exchange.ReleaseFeedback"
# The formgrader's page of a submission runs in the instructor's browser: nothing a student wrote may run in
# it. Its lists show scores with the late penalty taken off; only where it runs is it loaded.
if "nbgrader.server_extensions.formgrader.formgrader" in sys.modules:
    from grader.pages.formgrader import install

    install()
c.HTMLExporter.preprocessors = [
    "grader.pages.harmless.Harmless",
    "grader.pages.formgrader.ShowLateness",
    "grader.pages.formgrader.EscapeNames",
]
# Nor does it load anything from elsewhere: its formulas are MathML, so ours stands before nbgrader's MathJax.
c.HTMLExporter.extra_template_basedirs = [os.path.join(*pages.__path__, "nbconvert"), template_path]
c.HTMLExporter.filters = {
    "markdown2html": "grader.pages.harmless.markdown_filter",
    "strip_files_prefix": "grader.pages.harmless.unchanged",
}

# --- collecting what an LMS exported: grader collect, or nbgrader zip_collect -------------------------------
# Canvas, Moodle, Brightspace, Blackboard, Gradescope, Autolab, and <student>_….tar; see grader/lms/.
c.ZipCollectApp.extractor_plugin = "grader.lms.plugins.SafeExtractor"
c.ZipCollectApp.collector_plugin = "grader.lms.plugins.LmsCollector"
c.LmsCollector.roster = ""  # a CSV file with the students; empty: those in the gradebook
# Canvas by its API: grader collect, grader return with --api canvas. Your key: the variable CANVAS_TOKEN.
c.CanvasApi.url = ""  # "https://canvas.uni.example"
c.CanvasApi.course = 0  # …/courses/123
c.CanvasApi.assignments = {}  # {"hw1": 45}, …/assignments/45
c.LmsCollector.timezone = ""  # of local times in exports, such as "Asia/Dubai"; empty: c.LatePolicy.time_zone
