"""A file is written whole or not at all."""

import os

import pytest

from mytorch.files import write_atomically


def test_write_atomically(tmp_path):
    path = tmp_path / "new" / "file.py"
    write_atomically(path, "ι = 1\n")
    write_atomically(path, "ι = 2\n")
    assert path.read_text(encoding="utf-8") == "ι = 2\n"
    assert os.listdir(path.parent) == ["file.py"]
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("step", ["open", "fdopen", "chmod", "replace"])
def test_a_failing_write_leaves_the_old_file(tmp_path, monkeypatch, step):
    path = tmp_path / "file.py"
    path.write_text("old")

    def fail(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left") as error:
        write_atomically(path, "new")
    assert error.value.filename == str(path)
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.py"]


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.py"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "half of it \ud800")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.py"]
