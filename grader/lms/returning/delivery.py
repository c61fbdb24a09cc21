"""Write files into a folder of results without ever replacing what somebody else put or changed there."""

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

from grader.grading.stock import CommandFailed
from mytorch.files import write_atomically

# path and SHA-256 of what was written; two of them while a file is being replaced
RECORD = ".written-by-grader.json"
A_TIME = (1980, 1, 1, 0, 0, 0)  # the same files make the same zip
# Of a file. A path is that of another file which holds it: a class's zips would fill the memory.
Content = bytes | Path


def write(
    folder: Path, files: dict[str, Content], replaces: tuple[str, ...] = (), keeps: Collection[str] = ()
) -> None:
    """Write ``files`` (by path in ``folder``), all or none.

    Files of an earlier run whose paths begin with one of ``replaces`` and that are not written again are
    removed, unless they are among ``keeps`` or somebody changed them. Raises
    CommandFailed when a file is in the way that was not written here, or was changed since.
    """
    record = digests_written(folder)
    digests = {name: digest(content) for name, content in files.items()}
    for name in files:
        path = folder / name
        ours = [*record.get(name, []), digests[name]]
        if path.is_symlink() or (path.exists() and not _is_one_of(path, ours)):
            raise CommandFailed(
                f"{path} was not written by this command, or was changed since: move it away, then run this "
                "again."
            )
    for name in [one for one in record if one.startswith(replaces) and one not in {*files, *keeps}]:
        path = folder / name
        if not path.is_symlink() and _is_one_of(path, record[name]):
            path.unlink()
        del record[name]
    _keep(folder, record | {name: [*record.get(name, []), digests[name]] for name in files})
    for name, content in files.items():
        write_atomically(folder / name, content)
    _keep(folder, record | {name: [digests[name]] for name in files})


def _keep(folder: Path, record: dict[str, list[str]]) -> None:
    write_atomically(folder / RECORD, json.dumps(record, indent=1, sort_keys=True))


def _is_one_of(path: Path, digests: list[str]) -> bool:
    return path.is_file() and digest(path) in digests


def digests_written(folder: Path) -> dict[str, list[str]]:
    """The digests of what was written here, by path."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def digest(content: Content) -> str:
    with _opened(content) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def zipped(path: Path, files: dict[str, Content]) -> Path:
    """Makes there a zip that depends on nothing but its files; zips among them are not made smaller again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, A_TIME)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".zip") else zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            with _opened(files[name]) as source, archive.open(entry, "w") as file:
                shutil.copyfileobj(source, file)
    return path


def _opened(content: Content) -> BinaryIO:
    return content.open("rb") if isinstance(content, Path) else io.BytesIO(content)
