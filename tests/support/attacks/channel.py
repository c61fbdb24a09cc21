"""Attacks on the way out of the sandbox: the line to the grader, the process that answers it, and process
1.
"""

from textwrap import dedent

from support.handins import at_end, at_top, before_test, case, insert, named

FIND_CHANNEL = """
    import gc, json, os, socket, sys
    sockets = (thing for thing in gc.get_objects() if isinstance(thing, socket.socket))
    channel = next(one for one in sockets if one.fileno() >= 0)
"""


@case(
    "01_linear",
    wrong=True,
    says="disturbed the connection to the grader",
    told="disturbed the connection to the grader",
)
def bytes_that_are_no_answer(nb):
    """Find the line to the grader among all objects and write something else to it."""
    before_test(nb, dedent(FIND_CHANNEL) + 'channel.sendall(b"\\x00\\xffno json\\n")')


@case(
    "02_activation",
    wrong=True,
    says="disturbed the connection",
    told="disturbed the connection to the grader",
)
def deeply_nested_answer(nb):
    """Answer with JSON so deep that parsing it needs more stack than there is."""
    before_test(nb, dedent(FIND_CHANNEL) + 'channel.sendall(b"[" * 1_000_000 + b"]" * 1_000_000 + b"\\n")')


@case("03_mlp", earns=("MLP0",), says="Python stopped")
def nested_answer_in_the_right_form(nb):
    """Answer with an output that is valid but nested as deeply as a parser just bears."""
    attack = r"""
        nested = "[" * 900 + "]" * 900
        data = '{"application/vnd.mytorch.trace+json": %s, "text/html": %s}'
        line = '[{"output_type": "display_data", "metadata": {}, "data": ' + data + '}]'
        channel.sendall((line % (nested, nested)).encode() + b"\n")
        os._exit(0)
    """
    insert(nb, nb.cells.index(named(nb, "MLP1-code")), dedent(FIND_CHANNEL) + dedent(attack))


@case("04_loss", wrong=True, says="disturbed the connection", told="disturbed the connection to the grader")
def several_answers_at_once(nb):
    """Answer for this cell and for the graded one to come, with the results of nbgrader's full marks."""
    attack = """
        data = {"text/plain": "10"}
        answer = [{"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}]
        channel.sendall(2 * (json.dumps(answer).encode() + b"\\n"))
    """
    before_test(nb, dedent(FIND_CHANNEL) + dedent(attack))


@case("05_sgd", wrong=True, says="Python stopped while it ran cell", told="Python stopped while it ran cell")
def connection_closed(nb):
    """Close every open file, the line to the grader among them."""
    before_test(nb, "import os, time\nos.closerange(3, 256)\ntime.sleep(5)")


@case("06_batchnorm", wrong=True, says="put out more than the 3 MB", told="put out more than the 3 MB")
def endless_answer(nb):
    """Send an answer that never ends."""
    before_test(nb, dedent(FIND_CHANNEL) + 'while True: channel.sendall(b"x" * 65536)')


@case("01_linear", wrong=True, says=": ")
def locals_of_the_runner(nb):
    """Walk up the frames into the program that runs the cells and change what it has collected and what it
    calls.
    """
    attack = """
        import sys
        frame = sys._getframe()
        while frame:
            for name, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):
                if hasattr(value, "collected"):
                    data = {"text/plain": "15"}
                    value.collected = [{"output_type": "execute_result", "data": data, "metadata": {}}]
                if name in ("Outputs", "run_trusted", "as_json", "run_cell"):
                    frame.f_globals[name] = lambda *args, **options: None
            frame = frame.f_back
    """
    before_test(nb, attack)


@case("02_activation", wrong=True)
def outputs_of_the_wrong_types(nb):
    """Have the runner send outputs that no notebook can hold: numbers for text, unknown kinds, invalid
    pictures.
    """
    attack = """
        get_ipython().outputs.collected += [
            {"output_type": "stream", "name": "stdout", "text": 5},
            {"output_type": "display_data", "data": {"image/png": 5, "text/html": {"a": 1}}, "metadata": {}},
            {
                "output_type": "display_data",
                "data": {"image/png": "no base64!", "image/svg+xml": "<svg"},
                "metadata": {"image/png": 5},
            },
            {
                "output_type": "display_data",
                "data": {"text/markdown": "> " * 5000, "text/latex": "$"},
                "metadata": [],
            },
            {"output_type": "error", "ename": 1, "evalue": None, "traceback": "no list"},
            {"output_type": "error", "ename": "Stopped", "evalue": "\\x1b[2J", "traceback": [5, "\\ud83d"]},
        ]
    """
    at_top(nb, attack)


@case("03_mlp", wrong=True, says=": ")
def process_one_killed(nb):
    """Send every signal to process 1 of the sandbox, to the group and to all processes."""
    attack = """
        import os, signal
        for number in range(1, 65):
            for target in (0, 1):
                if number not in (signal.SIGKILL, signal.SIGSTOP) or target:
                    try:
                        if target == 1: os.kill(1, number)
                        else: signal.signal(number, signal.SIG_IGN); os.kill(0, number)
                    except (OSError, ValueError): pass
    """
    before_test(nb, attack)


@case("04_loss", earns="all", says="refused 5 of 5")
def process_one_looked_into(nb):
    """Attach to process 1, copy its files' descriptors, read and write its memory: it holds the line for
    later notebooks.
    """
    attack = """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        refused = int(libc.ptrace(16, 1, None, None) == -1)
        refused += int(libc.syscall(438, os.pidfd_open(1), 4, 0) == -1)
        refused += int(libc.syscall(310, 1, None, 0, None, 0, 0) == -1)
        for path in ("/proc/1/mem", "/proc/1/fd/4"):
            try: open(path, "r+b")
            except OSError: refused += 1
        print("refused", refused, "of", 5)
    """
    at_top(nb, attack)


@case("05_sgd", wrong=True, says=": ")
def stays_for_the_next_notebook(nb):
    """Leave a detached process that waits for the next notebook and writes to every line it finds."""
    attack = """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for number in range(3, 64):
                    try: os.set_inheritable(number, True)
                    except OSError: pass
                while True:
                    time.sleep(0.01)
                    for number in range(3, 64):
                        try: os.write(number, b"[]\\n")
                        except OSError: pass
            os._exit(0)
        os.wait()
        time.sleep(0.5)
    """
    at_end(nb, attack)


@case("06_batchnorm", earns="all", says="left over: []")
def finds_what_was_left(nb):
    """Look for processes and shared memory of the notebooks that ran before in the same sandbox."""
    attack = """
        import os
        numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        print("left over:", [number for number in numbers if number not in (1, os.getpid())])
    """
    at_top(nb, attack)
