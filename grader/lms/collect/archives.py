"""Unpack what strangers packed: every archive becomes a folder of the same name, and nothing lands anywhere
else.

An archive is looked through before anything of it is written. The libraries do the writing: ``zipfile``, and
``tarfile`` with its "data" filter. A student's archive with anything improper in it is refused whole; from
the export of a class only the improper files are left out.
"""

import bz2
import gzip
import lzma
import os
import re
import shutil
import stat
import tarfile
import tempfile
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mytorch.characters import CONTROL, printable

from ..systems.registry import SYSTEMS, from_lms

PACKED = (".tar", ".tgz", ".gz", ".tbz2", ".bz2", ".txz", ".xz", ".zip")
SPARSE = "holds a file with holes in it: ask for it as a plain .tar or .zip."
NOT_READ = (".rar", ".7z")
DECOMPRESSORS = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}
DEPTH = 3  # a student's zip, in it handin.tar, and one more
DEEP = 30  # folders in folders
LONGEST_PATH = 1000  # characters
LONGEST_HEADER = 64_000  # bytes before a member of a tar, in which macOS keeps what it knows of the file
GLOBAL_FIELDS = 20  # that a tar says of all its members; git says one
HEADERS = {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE} | {
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
}
ENCRYPTED = 0x1  # zip's flag


class Refused(Exception):
    """An archive that is not unpacked; the message completes "<its name> …"."""


class TooMuch(Refused):
    """It goes beyond what is unpacked; the whole hand-in is refused, whichever archive in it does."""


@dataclass
class Allowance:
    """What may be unpacked: one for a hand-in with all that is nested in it, a larger one for the export of a
    class.
    """

    files: int
    bytes: int

    def __post_init__(self):
        self.limits = (self.files, self.bytes)

    def take(self, size: int) -> None:
        """Raises Refused when it is used up."""
        self.files -= 1
        self.bytes -= size
        if self.files < 0:
            raise TooMuch(f"holds more than {self.limits[0]:,} files.")
        if self.bytes < 0:
            raise TooMuch(f"unpacks to more than {self.limits[1] // 1_000_000:,} MB.")


def for_a_handin() -> Allowance:
    return Allowance(5_000, 300_000_000)


def for_an_export() -> Allowance:
    return Allowance(200_000, 20_000_000_000)


@dataclass(frozen=True)
class Member:
    """A file in an archive. ``problem`` is empty or completes "<the archive> …"."""

    name: str
    size: int
    entry: zipfile.ZipInfo | tarfile.TarInfo
    problem: str


class BoundedTarInfo(tarfile.TarInfo):
    """A member of a tar, refused before tarfile reads what would take gigabytes to hold."""

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        """Of one block; what it announces is read after this."""
        return _bounded(super().frombuf(buf, encoding, errors))

    @classmethod
    def _frombuf(cls, buf, encoding, errors, **options):
        """By which newer Pythons read, and those with their security fixes."""
        return _bounded(super()._frombuf(buf, encoding, errors, **options))

    @classmethod
    def fromtarfile(cls, archive):
        entry = super().fromtarfile(archive)
        if len(archive.pax_headers) > GLOBAL_FIELDS:
            raise Refused(
                "says more about its files than any file needs: ask for it as a plain .tar or .zip."
            )
        if problem := _too_long(entry.name):
            raise Refused(problem)
        entry.pax_headers = {}  # they have done their work, and tarfile keeps every member
        return entry

    def _proc_gnusparse_10(self, *arguments):
        """tarfile's own reads a list of any length."""
        raise Refused(SPARSE)


def _bounded(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Raises Refused."""
    if entry.type in HEADERS and not 0 <= entry.size <= LONGEST_HEADER:
        raise Refused("says more about a file in it than any file needs: ask for it as a plain .tar or .zip.")
    if entry.type == tarfile.GNUTYPE_SPARSE:
        raise Refused(SPARSE)
    return entry


def is_archive(name: str) -> bool:
    return name.lower().endswith(PACKED + NOT_READ)


def unpack_tree(source: Path, target: Path, in_handin: bool = False) -> list[tuple[Path, str]]:
    """Copy the file or folder ``source`` to ``target``, every archive as a folder of its name.

    ``in_handin``: it lies in the folder of one student. Returns what was refused, in whole or in part: its
    path at or below ``target`` and a sentence. A refused archive is an empty folder. Raises OSError.
    """
    refused: list[tuple[Path, str]] = []
    in_handin = in_handin or from_lms(source.name) is not None
    if source.is_symlink() and (is_archive(source.name) or source.suffix == ".ipynb" or source.is_dir()):
        refused.append(
            (target, f"{source.name} is a link and was left alone: give the file that it leads to.")
        )
    elif source.is_symlink():
        pass  # to something that is no hand-in
    elif source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        for path in _listed(source, target, refused):
            refused += unpack_tree(path, target / path.name, in_handin)
    elif source.is_file() and is_archive(source.name):
        is_open = not in_handin and source.name.lower().endswith(".zip")  # every system exports zips
        _unpack(source, target, refused, allowance=None if is_open else for_a_handin())
    elif source.is_file():
        try:
            shutil.copy2(source, target)
        except PermissionError:
            refused.append((target, f"{source.name} cannot be read: you have no permission to."))
    return refused


def _listed(folder: Path, target: Path, refused: list) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except PermissionError:
        refused.append((target, f"{folder.name} cannot be read: you have no permission to."))
        return []


def _unpack(packed: Path, target: Path, refused: list, allowance: Allowance | None, depth: int = 0) -> None:
    """``packed`` to the new folder ``target``. Without an allowance it may be the export of a class.

    ``depth`` counts from the hand-in's own archive; for a nested one raises TooMuch.
    """
    target.mkdir()
    inside: list[tuple[Path, str]] = []
    try:
        if depth >= DEPTH:
            raise TooMuch(
                "holds an archive in an archive in an archive: ask for the notebooks in one handin.tar."
            )
        nested = _extract(packed, target, inside, allowance)
        for path in sorted(target.rglob("*")):
            if path.is_file() and is_archive(path.name):
                with tempfile.TemporaryDirectory(dir=target.parent, prefix=".packed-") as aside:
                    archive = path.rename(Path(aside) / "archive")
                    _unpack(archive, path, inside, nested or for_a_handin(), depth + 1 if nested else 0)
    except Refused as error:
        if depth and isinstance(error, TooMuch):
            raise
        shutil.rmtree(target)
        target.mkdir()
        inside = [(target, f"{target.name} {error}")]
    refused += inside


def _extract(packed: Path, target: Path, refused: list, allowance: Allowance | None) -> Allowance | None:
    """Returns the allowance for the archives inside: None when each is a hand-in of its own. Raises
    Refused.
    """
    if target.name.lower().endswith(NOT_READ):
        raise Refused("is of a kind that is not read here: ask for a .tar or .zip.")
    try:
        with _opened(packed, target.name, allowance or for_a_handin()) as archive:
            is_zip = isinstance(archive, zipfile.ZipFile)
            members = _checked(_zip_members(archive) if is_zip else _tar_members(archive))
            is_export = allowance is None and _is_export(members)
            allowance = for_an_export() if is_export else allowance or for_a_handin()
            write = _write_from_zip if is_zip else _write_from_tar
            for member in _allowed(members, allowance, target, refused, is_export):
                try:
                    write(archive, member, target)
                except Exception as error:
                    if not is_export:
                        raise
                    refused.append(
                        (
                            _place(target, member),
                            f"{printable(member.name)} cannot be read ({_reason(error)}).",
                        )
                    )
    except Refused:
        raise
    except Exception as error:  # broken or malicious bytes can lead the libraries into anything
        raise Refused(f"cannot be read ({_reason(error)}): ask for it again.") from None
    return None if is_export else allowance


def _reason(error: Exception) -> str:
    return printable((str(error).strip().splitlines() or [type(error).__name__])[0])


def _place(target: Path, member: Member) -> Path:
    """Where a member that is not written would have been, roughly: its name may be what is wrong with it."""
    return target / PurePosixPath(printable(member.name)).name


def _allowed(
    members: list[Member], allowance: Allowance, target: Path, refused: list, is_export: bool
) -> list[Member]:
    """The members to write. Raises Refused for a hand-in with an improper one; an export only loses that
    one.
    """
    wanted = []
    for member in members:
        problem = member.problem
        if is_export and not problem and member.size > for_a_handin().bytes:
            problem = f"holds a file that is far too large ({printable(member.name)})."
        if problem and not is_export:
            raise Refused(problem)
        if problem:
            refused.append((_place(target, member), f"{target.name} {problem} It was left out."))
            continue
        allowance.take(member.size)
        wanted.append(member)
    return wanted


def _is_export(members: list[Member]) -> bool:
    """Does it hold the hand-ins of several students: names as an LMS gives them, or several archives?"""
    paths = [PurePosixPath(member.name) for member in members if not _too_long(member.name)]
    indexes = {system.index for system in SYSTEMS.values()} - {""}
    named_by_lms = any(from_lms(part) or part in indexes for path in paths for part in path.parts)
    return named_by_lms or sum(is_archive(path.name) for path in paths) > 1


@contextmanager
def _opened(packed: Path, name: str, allowance: Allowance) -> Iterator[zipfile.ZipFile | tarfile.TarFile]:
    """By its first bytes, not by its name. A compressed archive is decompressed first, as far as is
    allowed.
    """
    with packed.open("rb") as file:
        start = file.read(6)
    if not start:
        raise Refused("is empty: ask for it again.")
    if start.startswith(b"PK"):
        with zipfile.ZipFile(packed) as archive:
            yield archive
        return
    decompress = next(
        (function for magic, function in DECOMPRESSORS.items() if start.startswith(magic)), open
    )
    with tempfile.TemporaryFile() as plain, decompress(packed, "rb") as stream:
        while chunk := stream.read(1 << 20):
            if plain.tell() > allowance.bytes:
                raise TooMuch(f"unpacks to more than {allowance.limits[1] // 1_000_000:,} MB.")
            plain.write(chunk)
        plain.seek(0)
        try:
            archive = tarfile.open(fileobj=plain, mode="r:", tarinfo=BoundedTarInfo)
        except tarfile.TarError:
            raise Refused(
                "is neither a tar nor a zip archive, whatever its name says: ask for it again."
            ) from None
        with archive:
            yield archive


def _zip_members(archive: zipfile.ZipFile) -> Iterator[Member]:
    for entry in archive.infolist():
        kind = entry.external_attr >> 16
        name, problem = _zip_name(entry)
        if entry.flag_bits & ENCRYPTED:
            problem = "is encrypted: ask for it without a password."
        elif stat.S_IFMT(kind) not in (0, stat.S_IFREG, stat.S_IFDIR):
            problem = f"holds a link or a device, not a file ({printable(name)})."
        if problem or not entry.is_dir():
            yield Member(name, entry.file_size, entry, problem)


def _zip_name(entry: zipfile.ZipInfo) -> tuple[str, str]:
    """zipfile reads names without the UTF-8 mark as cp437. Most of them are UTF-8 all the same; for the
    others, from old Windows, that is good enough unless it is a notebook's own name.
    """
    utf8_mark = 0x800
    if entry.flag_bits & utf8_mark:
        return entry.filename, ""
    try:
        return entry.filename.encode("cp437").decode("utf-8"), ""
    except UnicodeError:
        own = entry.filename.replace("\\", "/").rpartition("/")[2]
        is_problem = not own.isascii() and ".ipynb" in own.lower()
        return (
            entry.filename,
            f"holds a file name that is not UTF-8 ({printable(entry.filename)})." if is_problem else "",
        )


def _tar_members(archive: tarfile.TarFile) -> Iterator[Member]:
    latest = {}  # a tar may hold a name twice; the later one counts
    for count, entry in enumerate(archive):
        if count > for_an_export().files:
            raise TooMuch(f"holds more than {for_an_export().files:,} files.")
        is_proper = entry.isfile() or entry.isdir()
        problem = "" if is_proper else f"holds a link or a device, not a file ({printable(entry.name)})."
        if problem or not entry.isdir():
            latest[entry.name] = Member(entry.name, entry.size, entry, problem)
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
        raise Refused("is damaged or cut off, as after an interrupted upload: ask for it again.")
    yield from latest.values()


def _checked(members: Iterator[Member]) -> list[Member]:
    """With the problems of their names."""
    checked, seen = [], set()
    for member in members:
        name = member.name.replace("\\", "/")
        problem = member.problem or _problem_of(name)
        if not _too_long(name):
            folded = unicodedata.normalize("NFC", str(PurePosixPath(name))).casefold()
            if not problem and folded in seen:
                problem = (
                    "holds two files whose names are the same or differ only in upper and lower case "
                    f"({printable(name)})."
                )
            seen.add(folded)
        checked.append(Member(name, member.size, member.entry, problem))
    return checked


def _too_long(name: str) -> str:
    if len(name) > LONGEST_PATH:
        return f"holds a path of more than {LONGEST_PATH:,} characters ({printable(name[:LONGEST_PATH])})."
    return ""


def _problem_of(name: str) -> str:
    if problem := _too_long(name):
        return problem
    try:
        name.encode("utf-8")
    except UnicodeError:
        return f"holds a file name that is not UTF-8 ({printable(name)})."
    if re.search(f"[{CONTROL}]", name):
        return f"holds a file name with control characters ({printable(name)})."
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return f"holds an absolute path ({printable(name)})."
    if ".." in name.split("/"):
        return f"holds a path that leads out of it ({printable(name)})."
    if name.count("/") > DEEP:
        return f"holds more than {DEEP} folders in one another."
    return "" if PurePosixPath(name).name else "holds a file without a name."


def _write_from_zip(archive: zipfile.ZipFile, member: Member, target: Path) -> None:
    member.entry.filename = member.name
    written = Path(archive.extract(member.entry, target))
    try:
        _date(written, time.mktime((*member.entry.date_time, 0, 0, -1)))
    except (ValueError, OverflowError):
        pass  # no date at all


def _write_from_tar(archive: tarfile.TarFile, member: Member, target: Path) -> None:
    """The bytes only, without owner and mode: what tarfile's filter "data" does, which Debian 12's Python may
    not have.
    """
    path = target / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.extractfile(member.entry) as source, path.open("wb") as file:
        shutil.copyfileobj(source, file)
    _date(path, member.entry.mtime)


def _date(path: Path, moment: float) -> None:
    """Dates tell which of two copies is newer."""
    try:
        os.utime(path, (moment, moment))
    except (OSError, ValueError, OverflowError):
        pass
