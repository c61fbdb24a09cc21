"""Kernels that start at once: each is forked from one process that has the heavy libraries loaded.

Jupyter starts ``python kernels.py ADDRESS CONNECTION_FILE``, which stands for the kernel: it asks the loaded
process for one, passes interrupts on, and ends with it. Nothing of the course is loaded ahead: a kernel has
the ``mytorch`` of its own folder.
"""

import atexit
import json
import os
import signal
import socket
import sys
from contextlib import contextmanager

SHELL = ("numpy", "IPython", "ipykernel.kernelapp")
LOADED = (*SHELL, "torch", "matplotlib.pyplot", "ipywidgets", "anywidget")


@contextmanager
def loaded_kernels(folder, libraries=LOADED):
    """While it lasts, kernels are forked. Yields the environment in which a Jupyter server does so;
    ``folder`` is scratch.
    """
    import subprocess
    import tempfile

    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    with (
        tempfile.TemporaryDirectory() as short,
        socket.socket(socket.AF_UNIX) as door,
    ):
        # an address has 107 bytes at most
        door.bind(f"{short}/door")
        door.listen()
        command = [sys.executable, "-I", "-S", __file__, f"{short}/door", "{connection_file}"]
        spec = {"argv": command, "display_name": "Python 3 (ipykernel)", "language": "python"}
        (place / "kernel.json").write_text(json.dumps(spec))
        loaded = [sys.executable, __file__, str(door.fileno()), *libraries]
        environment = os.environ | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        with subprocess.Popen(loaded, stdin=subprocess.PIPE, pass_fds=[door.fileno()], env=environment):
            yield {"JUPYTER_PATH": str(folder)}  # then its stdin is closed, and it ends


def stand_in(address, *arguments):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        line.sendall(json.dumps([os.getcwd(), dict(os.environ), arguments]).encode() + b"\n")
        kernel = int(line.recv(20))
        signal.signal(signal.SIGINT, lambda *_: os.kill(kernel, signal.SIGINT))
        line.recv(1)  # nothing, when it has ended


def fork_kernels(door, libraries):
    import importlib
    import select

    for name in libraries:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the kernels
    while door in select.select([door, sys.stdin], [], [])[0]:
        line, _ = door.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            run_kernel(line)
            return
        line.close()


def run_kernel(line):
    import threading
    import weakref

    weakref.finalize._registry.clear()  # of what is loaded, which it would end one by one
    os.setsid()
    line.sendall(str(os.getpid()).encode())
    folder, environment, arguments = json.loads(line.makefile().readline())
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.pop(0)
    threading.Thread(
        target=lambda: line.recv(1) or os._exit(1), daemon=True
    ).start()  # the stand-in was killed
    sys.modules["ipykernel.kernelapp"].launch_new_instance(argv=["-f", *arguments])


if __name__ == "__main__":
    first, *others = sys.argv[1:]
    if first.isdigit():
        fork_kernels(socket.socket(fileno=int(first)), others)
        atexit._run_exitfuncs()
        os._exit(0)  # to end all that is loaded one by one takes a second
    else:
        stand_in(first, *others)
