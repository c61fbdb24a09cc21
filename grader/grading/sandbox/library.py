"""What a submission may import: the course's mytorch without references and solutions, and the sections
before its own.
"""

import atexit
import base64
import compileall
import marshal
import shutil
import tempfile
from functools import cache
from pathlib import Path
from py_compile import PycInvalidationMode

from mytorch.course import ASSIGNMENTS, modules, path_in

from ..unwritten import LIBRARY, copy_unwritten
from . import apart, confine, inside


@cache
def library() -> Path:
    """A folder, readable by everybody, with the programs for the inside and ``mytorch``, in which every
    section is still to be written.
    """
    folder = Path(tempfile.mkdtemp(prefix="mytorch-sandbox-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy_unwritten(folder, references=False)
    for program in (inside, apart, confine):
        shutil.copy(program.__file__, folder)
    compileall.compile_dir(
        folder, quiet=1, stripdir=folder, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@cache
def solutions_before(notebook: str) -> dict[str, str]:
    """The modules of the sections before ``notebook``, as compiled code that the sandbox imports and nobody
    can read aloud. None for a notebook of another assignment, where they would give solutions away.
    """
    if all(notebook not in assignment.notebooks for assignment in ASSIGNMENTS.values()):
        return {}
    return {module: _compiled(module) for module, source in modules().items() if source < notebook}


def _compiled(module: str) -> str:
    name = f"{module.replace('.', '/')}.py"
    code = compile(path_in(LIBRARY.parent, module).read_text(encoding="utf-8"), name, "exec")
    return base64.b64encode(marshal.dumps(code)).decode("ascii")


@cache
def font_list() -> Path:
    """matplotlib's list of fonts, which it would otherwise make anew in every sandbox, for seconds."""
    import matplotlib
    from matplotlib import font_manager

    return Path(matplotlib.get_cachedir()) / f"fontlist-v{font_manager.FontManager.__version__}.json"
