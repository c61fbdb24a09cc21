"""Files that are written whole or not at all."""

import os
import shutil
import tempfile
from pathlib import Path


def write_atomically(path: Path, content: str | bytes | Path) -> None:
    """All of the content, or of the file at that path, or none of it, whatever happens on the way. Raises
    OSError.
    """
    try:
        _write(path, content)
    except OSError as error:
        error.filename = str(path)  # not the other name under which it begins
        raise


def _write(path: Path, content: str | bytes | Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            if isinstance(content, Path):
                with content.open("rb") as source:
                    shutil.copyfileobj(source, file)
            else:
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
