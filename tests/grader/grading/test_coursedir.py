"""The gradebook as it may be found."""

import pytest
from nbgrader.coursedir import CourseDirectory

from grader.grading.coursedir import gradebook, has_gradebook
from grader.grading.stock import CommandFailed


def test_an_empty_file_is_called_empty(tmp_path):
    course = CourseDirectory(db_url=f"sqlite:///{tmp_path / 'gradebook.db'}")
    assert not has_gradebook(course)
    (tmp_path / "gradebook.db").write_bytes(b"")
    with pytest.raises(CommandFailed, match="is an empty file"), gradebook(course):
        pass
    assert (tmp_path / "gradebook.db").read_bytes() == b""
