"""Hand-ins whose folder holds what it should not: modules, links, pipes, names and dates of every kind."""

import json
import os
import socket

import nbformat

from support.handins import at_top, case, make_mistake

STOP = "import os; os._exit(3)\n"


@case("02_activation", earns="all", told="only the assignment's notebooks were read, not", file=True)
def files_that_shadow_modules(path):
    """Hand in modules and settings that Python, IPython, Jupyter or nbgrader would find first."""
    for name in (
        "torch",
        "numpy",
        "json",
        "sitecustomize",
        "usercustomize",
        "inside",
        "confine",
        "ipython_config",
        "nbgrader_config",
    ):
        path.with_name(f"{name}.py").write_text(STOP)
    for name in (
        "IPython",
        "nbgrader",
        "mytorch/check",
        ".ipython/profile_default/startup",
        ".jupyter",
        ".local/lib/python3.11/site-packages",
    ):
        (path.parent / name).mkdir(parents=True)
        (path.parent / name / "__init__.py").write_text(STOP)
        (path.parent / name / "usercustomize.py").write_text(STOP)


@case("04_loss", says="MSELoss: ", file=True)
def library_of_its_own(path):
    """Hand in a mytorch whose check does nothing, and put the folder first on the path."""
    nb = nbformat.read(path, as_version=4)
    make_mistake(nb, "04_loss")
    at_top(nb, "import os, sys; sys.path.insert(0, ''); sys.path.insert(0, os.getcwd())")
    nbformat.write(nb, path)
    folder = path.parent / "mytorch" / "check"
    folder.mkdir(parents=True, exist_ok=True)
    for package in (folder, folder.parent):
        (package / "__init__.py").write_text("def check(*args, **options): pass\nblank = progress = check\n")


@case("01_linear", earns="all", told="only the assignment's notebooks were read, not", file=True)
def links_and_pipes(path):
    """Hand in links to files and folders outside, broken and circular ones, a pipe, a socket and a device."""
    folder = path.parent
    for name, target in {
        "passwd": "/etc/passwd",
        "etc": "/etc",
        "broken": "/no/such/file",
        "circle": "circle",
        "up": "../..",
    }.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe")
    (folder / "figures").mkdir()
    (folder / "figures" / "mlp0.svg").symlink_to("/etc/hostname")
    with socket.socket(socket.AF_UNIX) as listener:
        directory = os.open(folder, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{directory}/socket")
        os.close(directory)


@case("03_mlp", says="03_mlp.ipynb is missing from the hand-in: what has its name is not a file.", file=True)
def pipe_in_its_place(path):
    """Hand in a pipe by the name of a notebook: whoever opens it waits for ever."""
    path.unlink()
    os.mkfifo(path)


@case("05_sgd", says="05_sgd.ipynb is a link to another file", file=True)
def link_to_the_solution(path):
    """Hand in a link to the course's own notebook."""
    path.unlink()
    path.symlink_to(path.parents[3] / "source" / "hw1" / path.name)


@case("06_batchnorm", says="is a link to another file", file=True)
def circular_link(path):
    """Hand in a link that leads to itself."""
    path.unlink()
    path.symlink_to(path.name)


@case("01_linear", says="Was it renamed to", told="only the assignment's notebooks were read, not", file=True)
def strange_names(path):
    """Use names that are not UTF-8, 255 bytes long, made of control characters, or patterns and options for a
    shell.
    """
    folder = os.fsencode(path.parent)
    os.rename(path, os.path.join(folder, b"01_linear\xff\x1b[2J.ipynb"))
    for name in (
        b"n" * 249 + b".ipynb",
        b"\xff\xfe",
        b"a\nb",
        b"[x]*?{a,b}",
        b"--force",
        b"$(reboot)",
        "\u202e.ipynb".encode(),
    ):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"{}")
    os.mkdir(os.path.join(folder, b"[d]"))
    os.symlink("/etc/passwd", os.path.join(folder, b"[d]", b"\xff"))


@case("02_activation", says="Was it renamed to 02_Activation.ipynb?", file=True)
def other_case(path):
    """Write the name with a capital letter."""
    path.rename(path.with_name("02_Activation.ipynb"))


@case("04_loss", earns="all", told="holds no date", file=True)
def date_that_is_none(path):
    """Hand in a timestamp that is not one, in bytes that are no text."""
    (path.parent / "timestamp.txt").write_bytes(b"\xff the day after tomorrow")


@case("05_sgd", earns="all", told="only the assignment's notebooks were read, not", file=True)
def huge_extra_file(path):
    """Hand in a large file of zeros, which takes no space where it lies and all of it in a copy."""
    with (path.parent / "data.bin").open("wb") as file:
        file.truncate(200_000_000)  # a guard that breaks must not fill the disk of whoever runs the tests


@case("06_batchnorm", earns="all", file=True)
def many_extra_files(path):
    """Hand in thousands of files in thousands of folders."""
    for number in range(1500):
        (path.parent / "many" / str(number)).mkdir(parents=True)
        (path.parent / "many" / str(number) / "file").touch()


@case("03_mlp", says="could not be read as a notebook", file=True)
def deep_json(path):
    """Nest the notebook's JSON more deeply than a parser can follow."""
    path.write_text("[" * 200_000 + "]" * 200_000)


@case("04_loss", says="has more than 2000 cells", file=True)
def too_many_cells(path):
    """Hand in a notebook of 30,000 cells."""
    notebook = json.loads(path.read_text())
    empty = {
        "cell_type": "code",
        "id": "x",
        "metadata": {},
        "source": "1",
        "outputs": [],
        "execution_count": None,
    }
    notebook["cells"] += [empty] * 30_000
    path.write_text(json.dumps(notebook))


@case("01_linear", says="has more than 2000 cells", file=True)
def too_many_cells_in_disguise(path):
    """Hand in a notebook of 30,000 cells, whose JSON spells cell_type in another way."""
    too_many_cells(path)
    path.write_text(path.read_text().replace('"cell_type"', '"cell_typ\\u0065"'))


@case("06_batchnorm", earns="all", file=True)
def saved_outputs_of_no_known_kind(path):
    """Hand in 50,000 saved outputs that no notebook can have, each of which nbformat would explain at
    length.
    """
    notebook = json.loads(path.read_text())
    next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")["outputs"] = [
        {"output_type": "bogus"}
    ] * 50_000
    path.write_text(json.dumps(notebook))


@case("05_sgd", earns="all", file=True)
def deep_metadata(path):
    """Nest metadata, attachments and saved outputs as deeply as a parser just bears."""
    nested = []
    for _ in range(400):
        nested = [nested]
    notebook = json.loads(path.read_text())
    notebook["metadata"]["nested"] = nested
    for cell in notebook["cells"]:
        cell["metadata"]["nested"] = nested
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {"output_type": "display_data", "data": {"application/json": nested}, "metadata": {}}
            ]
    path.write_text(json.dumps(notebook))
