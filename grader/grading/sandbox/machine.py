"""What of this machine is seen in a sandbox: the system and this Python, and what in them is hidden."""

import csv
import os
import re
import sys
import sysconfig
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path

# Distributions that have the answers of our notebooks, or differentiate by themselves.
ANSWERS = tuple(
    "torch autograd scipy sympy tensorflow keras jax jaxlib micrograd tinygrad minitorch mlx mxnet "
    "paddlepaddle chainer casadi uncertainties aesara pytensor theano".split()
)


@cache
def system() -> tuple[Path, ...]:
    """/usr and this Python, by every path that leads to it."""
    prefixes = {
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path(sys.base_exec_prefix),
        Path(sys.executable).resolve().parents[1],
    }
    found = {
        Path("/usr"),
        *(Path(os.path.abspath(path)) for path in prefixes),
        *(path.resolve() for path in prefixes),
    }
    libraries = [
        path
        for name in ("lib", "lib64", "lib32", "bin", "sbin")
        if (path := Path("/", name)).is_dir() and not path.is_symlink()
    ]
    configuration = [
        path for name in ("ld.so.cache", "fonts", "localtime") if (path := Path("/etc", name)).exists()
    ]
    return (*sorted(found), *libraries, *configuration)


@cache
def links() -> list[str]:
    """/lib and the like, where they are links into /usr."""
    found = [
        path for name in ("lib", "lib64", "lib32", "bin", "sbin") if (path := Path("/", name)).is_symlink()
    ]
    return [part for path in found for part in ("--symlink", os.readlink(path), str(path))]


def hidden_paths(without: tuple[str, ...]) -> tuple[Path, ...]:
    """Inside what is visible, what a submission may not see: these distributions, and for none the course,
    other Pythons' packages, hand-ins.
    """
    paths = {*_packages(without), *private()}
    return tuple(
        sorted(path for path in paths if any(root in path.parents for root in system()) and path.exists())
    )


@cache
def _packages(without: tuple[str, ...]) -> set[Path]:
    paths = {path for installed in hidden_distributions(without) for path in _top_level(installed)}
    here = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    others = [
        path
        for root in system()
        for path in (*root.glob("lib*/python3*/site-packages"), *root.glob("lib*/python3*/dist-packages"))
    ]
    others += [
        *Path("/usr/local").glob("lib*/python3*/*-packages"),
        *Path("/usr/lib/python3").glob("dist-packages"),
    ]
    return paths | {path for path in others if path.resolve() not in here}


def private() -> set[Path]:
    """Where the grader's files may lie."""
    course = {Path.cwd(), Path.home(), Path(__file__).parents[3], Path(sys.prefix, "share", "jupyter")}
    shared = (
        Path("/usr", *parts)
        for parts in (
            ("src",),
            ("local", "src"),
            ("local", "share", "jupyter"),
            ("local", "share", "nbgrader"),
        )
    )
    return {path.resolve() for path in (*course, *shared)}


def hidden_distributions(without: tuple[str, ...]) -> list[Distribution]:
    """Those, whatever needs one, and the course: every installed one, a folder of the course on sys.path
    hides none.
    """
    names = (*without, "mytorch-course")
    return [
        each
        for each in distributions()
        if _mentions(each, names)
        and (
            (each.name or "").lower() in names
            or any(_needs(requirement, names) for requirement in each.requires or [])
        )
    ]


def _mentions(installed: Distribution, names: tuple[str, ...]) -> bool:
    """Told from the text, since parsing it takes long, and there may be hundreds."""
    text = installed.read_text("METADATA")
    lower = text and text.lower()
    return text is None or any(name in lower for name in names)


def _needs(requirement: str, names: tuple[str, ...]) -> bool:
    """Not what only an extra needs: fonttools, and so matplotlib, works without the SciPy of its extra."""
    return (
        re.split(r"[^\w.-]", requirement.strip())[0].lower() in names
        and "extra" not in requirement.partition(";")[2]
    )


def _top_level(installed: Distribution) -> set[Path]:
    """The files and folders that a distribution put into site-packages."""
    # torch's has twelve thousand lines, and ``files`` makes an object of each
    record = installed.read_text("RECORD")
    files = (
        [row[0] for row in csv.reader(record.splitlines()) if row]
        if record
        else [file.as_posix() for file in installed.files or []]
    )
    names = {file.partition("/")[0] for file in files} - {"", "..", "__pycache__"}
    return {Path(installed.locate_file(name)) for name in names if not name.endswith(".dist-info")}
