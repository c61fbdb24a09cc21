"""Too much of everything: time, memory, processes, files and output, by accident or on purpose."""

from support.handins import at_end, at_top, before_test, case, insert, named, rewrite, solutions

# --- time ---------------------------------------------------------------------------------------------------


@case("03_mlp", earns=("MLP0",), says="could not be interrupted", told="could not be interrupted")
def interrupts_ignored(nb):
    """Loop for ever and ignore both signals that could end it."""
    loop = """
        import signal, time
        for number in (signal.SIGINT, signal.SIGALRM, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        while True: time.sleep(1)
    """
    insert(nb, nb.cells.index(named(nb, "MLP1-code")), loop)


@case("01_linear", earns="all", says="could not be interrupted", told="could not be interrupted")
def signals_blocked(nb):
    """Block every signal and stay in C code, as a long computation would."""
    at_end(nb, "import signal, time; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); time.sleep(100)")


@case("02_activation", earns="all", told="was interrupted")
def catastrophic_regex(nb):
    """A regular expression that backtracks for years."""
    at_top(nb, 'import re; re.match("(a+)+$", "a" * 40 + "b")')


@case("04_loss", earns="all", told="was interrupted")
def sleep_patched_and_errors_swallowed(nb):
    """Replace time.sleep and swallow whatever ends the loop, for a while."""
    loop = """
        import time
        sleep, time.sleep, start = time.sleep, (lambda seconds: None), time.monotonic()
        while time.monotonic() - start < 3:
            try:
                while True: sleep(1)
            except BaseException: pass
    """
    at_end(nb, loop)


@case("05_sgd", says="for too long", told="ran for too long")
def endless_loop_in_del(nb):
    """Loop for ever in __del__, whose exceptions Python ignores."""
    rewrite(solutions(nb)[0], "for i in range(self.L):", "Forever()\n        for i in range(self.L):")
    at_top(nb, "import time\nclass Forever:\n    def __del__(self):\n        while True: time.sleep(1)")


@case("06_batchnorm", earns="all")
def endless_loops_at_the_end(nb):
    """Leave endless threads, atexit functions and children behind, none of which must be waited for."""
    loops = """
        import atexit, os, threading, time
        def forever():
            while True: time.sleep(0.01)
        atexit.register(forever)
        threading.Thread(target=forever).start()
        if os.fork() == 0: forever()
    """
    at_end(nb, loops)


@case("01_linear", earns="all", told="was interrupted")
def endless_repr(nb):
    """Show an object whose __repr__ never returns, in a result and in an exception."""
    at_top(
        nb,
        "import time\nclass Endless(Exception):\n    def __repr__(self):\n        while True: time.sleep(1)\n"
        "    __str__ = __repr__\nEndless()",
    )


# --- memory -------------------------------------------------------------------------------------------------


@case(
    "03_mlp",
    earns="all",
    says="asked for more memory than the 700 MB",
    told="asked for more memory than the 700 MB",
)
def array_too_large(nb):
    """Ask for an array of 80 GB."""
    at_top(nb, "import numpy as np; np.ones((100_000, 100_000))")


@case("04_loss", says="MemoryError", told="asked for more memory than the 700 MB")
def array_too_large_in_a_method(nb):
    """Ask for it in the graded class."""
    rewrite(
        named(nb, "MSELoss-code"),
        "N, C = A.shape",
        "N, C = A.shape\n        huge = np.ones((100_000, 100_000))",
    )


@case("05_sgd", wrong=True, says="used more than 700 MB of memory", told="used more than 700 MB of memory")
def memory_in_many_processes(nb):
    """Fill memory from several processes that are small enough each, while dribbling output to keep the
    grader busy.
    """
    bomb = """
        import gc, os, signal, socket, time
        signal.setitimer(signal.ITIMER_REAL, 0)  # memory is full first, however busy the machine is
        sockets = (thing for thing in gc.get_objects() if isinstance(thing, socket.socket))
        channel = next(one for one in sockets if one.fileno() >= 0)
        for _ in range(5):
            if os.fork() == 0:
                filled = bytearray(b"x") * 200_000_000
                time.sleep(60)
        while True:
            channel.send(b" ")
            time.sleep(0.01)
    """
    before_test(nb, bomb)


@case("06_batchnorm", earns="all", says="refused 3 of 3")
def memory_that_no_process_owns(nb):
    """Put data where no process's size shows it: memfd, System V shared memory, message queues."""
    hidden = """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        refused = int(libc.shmget(0, 1 << 20, 0o1600) == -1) + int(libc.msgget(0, 0o1600) == -1)
        try: os.memfd_create("hidden")
        except OSError: refused += 1
        print("refused", refused, "of", 3)
    """
    at_top(nb, hidden)


@case("04_loss", wrong=True, says="opened more than 64 sockets", told="opened more than 64 sockets")
def memory_that_waits_in_sockets(nb):
    """Fill the buffers of sockets, which no process's size shows."""
    fill = """
        import socket, time
        pairs = [socket.socketpair() for _ in range(100)]
        for end in sum(pairs, ()):
            end.setblocking(False)
            try:
                while True: end.send(bytes(30_000))
            except BlockingIOError: pass
        time.sleep(10)
    """
    before_test(nb, fill)


# --- processes ----------------------------------------------------------------------------------------------


@case("01_linear", wrong=True, says=": ")
def fork_bomb(nb):
    """Fork for ever, in the child as in the parent."""
    bomb = """
        import os
        if os.fork() == 0:
            while True:
                try: os.fork()
                except OSError: pass
    """
    before_test(nb, bomb)


@case("02_activation", earns="all", told="started more than the 32 processes and threads")
def thread_bomb(nb):
    """Start ten thousand threads."""
    at_top(
        nb,
        "import threading, time\nfor _ in range(10_000): threading.Thread(target=time.sleep, "
        "args=(30,)).start()",
    )


@case("03_mlp", earns="all", told="started more than the 32 processes and threads")
def shell_bomb(nb):
    """Start a thousand shells that stay."""
    at_top(nb, "import subprocess\nfor _ in range(1000): subprocess.Popen(['sleep', '60'])")


@case("04_loss", earns="all", says="still 32")
def limits_raised(nb):
    """Raise the limits again."""
    attack = """
        import resource
        for name in [name for name in dir(resource) if name.startswith("RLIMIT_")]:
            number = getattr(resource, name)
            try: resource.setrlimit(number, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            except (OSError, ValueError): pass
        print("still", resource.getrlimit(resource.RLIMIT_NPROC)[1])
    """
    at_top(nb, attack)


# --- files --------------------------------------------------------------------------------------------------


@case("05_sgd", earns="all", says="larger than the 16 MB", told="wrote a file larger than the 16 MB")
def one_large_file(nb):
    """Write a file of 20 MB."""
    at_top(nb, "with open('large', 'wb') as file: file.write(bytes(20_000_000))")


@case("06_batchnorm", earns="all", says="more than the 30 MB", told="wrote more than the 30 MB")
def full_disk(nb):
    """Fill the disk with files that are small enough each."""
    fill = """
        for number in range(100):
            with open(f"part{number}", "wb") as file: file.write(bytes(10_000_000))
    """
    at_top(nb, fill)


@case("01_linear", wrong=True, says="made more than 3000 files", told="made more than 3000 files")
def many_small_files(nb):
    """Make empty files for ever: they take no space, and the kernel's memory."""
    files = """
        import itertools
        for number in itertools.count():
            open(f"/tmp/file{number}", "w").close()
    """
    before_test(nb, files)


@case("02_activation", earns="all")
def grader_file_system_full(nb):
    """Fill the file that collects what is written past Python, and the folder that later notebooks need."""
    fill = """
        import os
        for number in range(4):
            try: open(f"/tmp/fill{number}", "wb").write(bytes(9_000_000))
            except OSError: pass
        print("still printing")
        os.system("echo still there")
    """
    at_end(nb, fill)


@case("06_batchnorm", earns="all", says="Operation not permitted")
def pages_given_up(nb):
    """Fill shared memory and give its pages up, so that they are counted as nobody's."""
    at_top(nb, "import mmap; zero = open('/dev/zero', 'r+b'); mmap.mmap(zero.fileno(), 1_000_000_000)")
    at_top(nb, "import mmap; mmap.mmap(-1, 1_000_000_000)")


# --- output -------------------------------------------------------------------------------------------------


@case(
    "03_mlp",
    earns="all",
    says="printed more than 100000 characters",
    told="printed more than 100000 characters",
)
def many_lines(nb):
    """Print 100 MB, line by line."""
    at_top(nb, "line = 'x' * 9999\nfor _ in range(10_000): print(line)")


@case("02_activation", earns="all", says="<p><b a0><b a1>")
def html_that_grows(nb):
    """Leave formatting open, which a parser of HTML opens again in every element that follows."""
    at_top(
        nb,
        "from IPython.display import HTML; HTML('<p>' + ''.join(f'<b a{i}>' for i in range(8000)) + '<p>x' "
        "* 8000)",
    )


@case("03_mlp", earns="all", says="&&&the last one is text&&&")
def html_without_end(nb):
    """Show hundreds of pieces of HTML, each of which just may grow."""
    piece = "'<p>' + ''.join(f'<b a{i}>' for i in range(380)) + '<p>x' * 400"
    at_top(
        nb,
        "from IPython.display import HTML, display\nclass Last:\n    _repr_html_ = lambda self: "
        "'<p>never shown</p>'\n"
        "    __repr__ = lambda self: '&&&the last one is text&&&'\nLast()",
    )
    for _ in range(3):
        at_top(nb, f"from IPython.display import HTML, display\nfor _ in range(40): display(HTML({piece}))")


@case("05_sgd", earns="all", told="5 more of this kind")
def many_limits_met(nb):
    """Say in ten cells that a limit was met, so that the summary is full of it."""
    for _ in range(10):
        at_top(nb, "raise OSError('No space left on device')")


@case(
    "04_loss",
    earns="all",
    says="printed more than 100000 characters",
    told="printed more than 100000 characters",
)
def one_line(nb):
    """Print 100 MB in one line."""
    at_top(nb, "print('x' * 100_000_000)")


@case("05_sgd", earns="all", told="wrote a file larger than")
def written_past_python(nb):
    """Write 100 MB to standard output with os.write and from a subprocess."""
    at_top(nb, "import subprocess; subprocess.run('yes x | head -c 100000000', shell=True)")
    at_top(nb, "import os\nfor _ in range(100): os.write(1, b'x' * 1_000_000)")


@case("06_batchnorm", earns="all")
def exceptions_and_reprs(nb):
    """Put 10 MB into an exception's message, its name, its traceback and a repr."""
    at_top(nb, "class Long:\n    def __repr__(self): return 'x' * 10_000_000\nLong()")
    at_top(nb, "raise ValueError('x' * 10_000_000)")
    at_top(nb, "raise type('E' * 1_000_000, (Exception,), {})()")
    at_top(nb, "def f(n): return f(n - 1) if n else 1 / 0\nf(100)")


@case("01_linear", earns="all", says="is not shown")
def many_displays(nb):
    """Display a thousand things and clear and update them."""
    at_top(
        nb,
        "from IPython.display import clear_output, display, HTML\nfor i in range(1000): "
        "display(HTML(str(i)))",
    )


@case("02_activation", wrong=True, says="put out more than the 3 MB", told="put out more than the 3 MB")
def large_displays(nb):
    """Display many pictures of almost 2 MB."""
    before_test(
        nb,
        "from IPython.display import publish_display_data as show\nfor i in range(9): show({'image/png': "
        "'x' * 1_900_000})",
    )


@case("03_mlp", earns="all", says="larger than 2 MB and is not shown")
def one_huge_display(nb):
    """Display nested data of more than 2 MB."""
    at_top(
        nb,
        "from IPython.display import JSON, display\ndisplay({'application/json': [['x'] * 10] * 45_000}, "
        "raw=True)",
    )


# --- sudden ends --------------------------------------------------------------------------------------------


@case("04_loss", wrong=True, says="Segmentation fault", told="the process died (Segmentation fault)")
def segmentation_fault(nb):
    """Crash Python from C."""
    before_test(nb, "import ctypes; ctypes.string_at(0)")


@case("05_sgd", wrong=True, says="the process ended itself", told="the process ended itself")
def os_exit(nb):
    """End the process without a word just before the test."""
    before_test(nb, "import os; os._exit(0)")


@case("06_batchnorm", wrong=True, says="the process died (Aborted)", told="the process died (Aborted)")
def abort(nb):
    """Abort Python, as C libraries do on an error of their own."""
    before_test(nb, "import os; os.abort()")
