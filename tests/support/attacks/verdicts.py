"""Wrong code that wants a good verdict: the tools of the test replaced, its results made up or replayed."""

from textwrap import dedent

from support.handins import MISTAKES, at_end, before_test, case, graded, named, rewrite, solutions


@case("01_linear", wrong=True)
def patched_numpy(nb):
    """Make NumPy's own assertions and comparisons agree with everything."""
    attack = """
        import unittest, numpy.testing
        for name in dir(np.testing):
            if name.startswith("assert"):
                setattr(np.testing, name, lambda *args, **options: None)
        for name in ("allclose", "array_equal", "isclose", "array_equiv"):
            setattr(np, name, lambda *args, **options: True)
    """
    before_test(nb, attack)


@case("02_activation", wrong=True, says="Tanh: dAdZ")
def own_check(nb):
    """Put another function in the place of check."""
    before_test(nb, "def check(*args, **options):\n    print('All checks pass: 10 of 10 points.')")


@case("04_loss", wrong=True, says="left no result")
def check_replaced_in_its_module(nb):
    """Put another function in the place of check and of what records in every module that has it."""
    attack = """
        import sys
        def nothing(*args, **options): pass
        for name, module in list(sys.modules.items()):
            for function in ("check", "record"):
                if name.startswith("mytorch") and hasattr(module, function):
                    setattr(module, function, nothing)
        from mytorch.check import check
    """
    before_test(nb, attack)


@case("05_sgd", wrong=True)
def comparison_patched(nb):
    """Replace the judge and the comparison, as if they ran here."""
    attack = """
        import sys, mytorch.check.judge, mytorch.check.compare
        mytorch.check.judge.judge = lambda *args: mytorch.check.judge.Verdict(True)
        mytorch.check.compare.matches = mytorch.check.compare.agree = lambda *args: True
        sys.modules["mytorch.check"].recording = lambda: False
    """
    before_test(nb, attack)


@case("06_batchnorm", wrong=True, says="left no result")
def record_patched(nb):
    """Keep check from recording, which would be no result and so no mistake."""
    attack = """
        import sys
        sys.modules["mytorch.check"].record = sys.modules["mytorch.check.record"].record = lambda trace: None
    """
    before_test(nb, attack)


@case("01_linear", wrong=True, says="Linear: dLdW")
def verdict_printed(nb):
    """Print what a passed check prints, and return full points as nbgrader's partial credit."""
    attack = """
        def check(*args, **options):
            print("All checks pass: 15 of 15 points.")
            get_ipython().displayhook(15)
    """
    before_test(nb, attack)


@case("02_activation", wrong=True, says="not what check records")
def nonsense_instead_of_a_trace(nb):
    """Publish an output of the trace's type that says it has passed."""
    attack = """
        import sys
        from IPython.display import publish_display_data
        def nonsense(trace):
            publish_display_data({"application/vnd.mytorch.trace+json": {"passed": True}, "text/plain": "15"})
        sys.modules["mytorch.check"].record = nonsense
    """
    before_test(nb, attack)


FORGE = """
    import sys
    checks = sys.modules["mytorch.check"]
    honest, first = checks.record, {}
"""


@case("04_loss", wrong=True, says=": ")
def trace_of_zeros(nb):
    """Record the right trace with all values set to zero."""
    attack = """
        def record(trace):
            for entry in trace.entries:
                entry.value = None if entry.value is None else np.zeros_like(entry.value)
            honest(trace)
        checks.record = record
    """
    before_test(nb, dedent(FORGE) + dedent(attack))


@case("05_sgd", wrong=True, says="not those of this check")
def trace_of_another_check(nb):
    """Record the one case that plain SGD gets right, again and again."""
    before_test(nb, dedent(FORGE) + "checks.record = lambda trace: honest(first.setdefault('first', trace))")


@case("06_batchnorm", wrong=True)
def trace_replayed_under_another_name(nb):
    """Record one trace again and again as that of every check."""
    attack = """
        def record(trace):
            trace.entries = first.setdefault(trace.component, trace).entries
            honest(trace)
        checks.record = record
    """
    before_test(nb, dedent(FORGE) + dedent(attack))


@case("01_linear", says="Linear: ")
def right_on_the_visible_numbers_only(nb):
    """Pass the visible check and replay its results for the hidden ones."""
    rewrite(
        solutions(nb)[0],
        "Z = A @ self.W.T + self.b.T",
        "Z = A @ self.W.T + self.b.T if self.W.shape == (3, 2) else A",
    )
    attack = """
        def record(trace):
            key = trace.options.get("dtype"), trace.options.get("N") == 1
            trace.entries = first.setdefault(key, trace).entries
            honest(trace)
        checks.record = record
    """
    before_test(nb, dedent(FORGE) + dedent(attack))


@case("02_activation", wrong=True)
def system_exit_as_check(nb):
    """End the test cell without an error."""
    before_test(nb, "def check(*args, **options):\n    raise SystemExit(0)")


@case("04_loss", wrong=True, says="MSELoss: ")
def test_code_is_transformed_away(nb):
    """Have IPython's input and syntax transformers remove the test from its cell."""
    attack = """
        import ast
        class Remove(ast.NodeTransformer):
            def visit_Expr(self, node):
                return ast.parse("15").body[0] if "check" in ast.dump(node) else node
        get_ipython().ast_transformers.append(Remove())
        without = lambda lines: [line for line in lines if "check(" not in line] + ["15\\n"]
        get_ipython().input_transformers_post.append(without)
    """
    before_test(nb, attack)


@case("05_sgd", wrong=True)
def repaired_after_the_test(nb):
    """Hand in wrong code, with the right one and another check after the graded cell."""
    right = solutions(nb)[0].source.replace(*reversed(MISTAKES["05_sgd"]))
    at_end(nb, right)
    at_end(nb, "check(SGD)")


@case("06_batchnorm", earns="all")
def spoiled_after_the_test(nb):
    """Undo the class after its test, which must not matter."""
    at_end(nb, "class BatchNorm1d: pass")


@case("01_linear", says="stand-in")
def stand_in_instead_of_own_code(nb):
    """Hand in the library's stand-in, which PyTorch would answer for."""
    solutions(nb)[0].source = "from mytorch.nn import Linear"


@case("02_activation", says="Sigmoid is not defined")
def references_instead_of_own_code(nb):
    """Import the classes that the check compares with."""
    for cell in solutions(nb):
        name = cell.metadata.nbgrader.grade_id.removesuffix("-code")
        cell.source = f"from mytorch.sections.activation.reference import {name}"


@case("03_mlp", wrong=True)
def random_numbers_without_randomness(nb):
    """Give the probes inputs that are all zero, for which wrong code is right."""
    attack = """
        class Zeros:
            def __getattr__(self, name):
                return lambda *args, **options: np.zeros(next((a for a in args if isinstance(a, tuple)), ()))
        np.random.default_rng = lambda *args: Zeros()
    """
    before_test(nb, attack)


@case("04_loss", says=": ")
def arrays_that_lie(nb):
    """Return arrays that compare equal to everything."""
    for cell in solutions(nb):
        cell.source += dedent("""

            class Liar(np.ndarray):
                __eq__ = __array_ufunc__ = __array_function__ = lambda *args, **options: True
                size = 1

            def backward(self):
                return np.zeros(self.A.shape).view(Liar)

            {}.backward = backward
        """).format(cell.metadata.nbgrader.grade_id.removesuffix("-code"))


@case("03_mlp", wrong=True, says=": ")
def imports_answered_by_a_finder(nb):
    """Answer every later import of the course's modules with a module that does nothing."""
    attack = """
        import sys, types
        class Finder:
            def find_spec(self, name, path=None, target=None):
                if name.startswith("mytorch"):
                    sys.modules[name] = types.ModuleType(name)
        sys.meta_path.insert(0, Finder())
        for name in [name for name in sys.modules if name.startswith("mytorch") and "check" not in name]:
            del sys.modules[name]
    """
    before_test(nb, attack)


@case("01_linear", wrong=True)
def builtins_replaced(nb):
    """Replace exec, compile, print, isinstance and len, which the recording itself uses."""
    attack = """
        import builtins
        honest = builtins.compile
        forged = lambda source: "15" if "check(" in str(source) else source
        builtins.compile = lambda source, *args, **options: honest(forged(source), *args, **options)
        builtins.print = lambda *args, **options: None
        builtins.exec = lambda *args: None
    """
    before_test(nb, attack)


@case("05_sgd", wrong=True)
def serialisation_patched(nb):
    """Have json and base64 turn every trace into one that has passed."""
    attack = """
        import base64, json, marshal
        honest = json.dumps
        forged = [{"output_type": "execute_result", "data": {"text/plain": "10"}, "metadata": {}}]
        json.dumps = lambda *args, **options: honest(forged)
        base64.b64encode = lambda data: b""
        marshal.dumps = marshal.loads = lambda *args: None
    """
    before_test(nb, attack)


@case("06_batchnorm", wrong=True)
def results_corrected_by_a_tracer(nb):
    """Change the local variables of the check while it runs, from sys.settrace and sys.setprofile."""
    attack = """
        import sys
        def tracer(frame, event, argument):
            if "trace" in frame.f_locals:
                trace = frame.f_locals["trace"]
                if hasattr(trace, "entries"):
                    trace.entries.clear()
                    trace.failure = None
            return tracer
        sys.settrace(tracer)
        sys.setprofile(tracer)
    """
    before_test(nb, attack)


@case("02_activation", wrong=True, says=": ")
def traces_renamed(nb):
    """Record the trace of a class that is right under the name of one that is wrong."""
    attack = """
        def record(trace):
            if trace.component == "Identity":
                first["right"] = trace
            trace = first.get("right", trace)
            honest(trace)
        checks.record = record
    """
    before_test(nb, dedent(FORGE) + dedent(attack))


@case("05_sgd", wrong=True, says="not what check records")
def numbers_of_a_wrong_kind(nb):
    """Record traces whose arrays claim another shape and size than they have."""
    attack = """
        from IPython.display import publish_display_data
        from mytorch.check.trace import MIME
        def record(trace):
            data = trace.to_json()
            for entry in data["entries"]:
                if entry["value"]:
                    entry["value"] |= {"shape": [10**18, 10**18]}
            publish_display_data({MIME: data})
        checks.record = record
    """
    before_test(nb, dedent(FORGE) + dedent(attack))


@case("04_loss", wrong=True, says="is not defined")
def hooks_of_the_shell(nb):
    """Let IPython's events, display formatters, exception handlers and garbage collection work against the
    test.
    """
    attack = """
        import gc, sys
        shell = get_ipython()
        shell.events.register("pre_run_cell", lambda *args: None)
        shell.events.register("post_execute", lambda *args: shell.user_ns.clear())
        shell.display_formatter.formatters["text/plain"].for_type(dict, lambda *args: "15")
        claim = lambda *args, **options: print("All checks pass: 10 of 10 points.")
        shell.set_custom_exc((Exception,), claim)
        sys.excepthook = sys.displayhook = lambda *args: None
        gc.callbacks.append(lambda *args: sys.modules.pop("mytorch.check.record", None))
    """
    before_test(nb, attack)


@case("01_linear", wrong=True)
def output_that_looks_like_points(nb):
    """Return points as nbgrader's partial credit, from cells that claim to be graded."""
    at_end(nb, "15")
    nb.cells[-1].metadata.nbgrader = {**graded(nb)[0].metadata.nbgrader, "grade_id": "Linear-again"}


@case("06_batchnorm", says="BatchNorm1d: ")
def class_that_answers_to_everything(nb):
    """Hand in an object whose every attribute and result is whatever is asked for."""
    solutions(nb)[0].source = dedent("""
        class Anything(type):
            def __getattr__(cls, name):
                return Anything("Anything", (), {})

        class BatchNorm1d(metaclass=Anything):
            def __init__(self, *args, **options): pass
            def __getattr__(self, name): return BatchNorm1d()
            def __call__(self, *args, **options): return self
            def __array__(self, *args, **options): return np.zeros((4, 3))
    """).strip()


@case("03_mlp", wrong=True, says=": ")
def results_of_another_notebook(nb):
    """Keep the results of an earlier notebook in the home folder and use its recorder here."""
    attack = """
        import glob, pickle, sys
        for path in glob.glob("/tmp/**/*", recursive=True):
            try: first.update(pickle.load(open(path, "rb")))
            except Exception: pass
        def record(trace):
            trace.entries = first.get(trace.component, trace).entries
            honest(trace)
        checks.record = record
    """
    before_test(nb, dedent(FORGE) + dedent(attack))


# --- answers of somebody else -------------------------------------------------------------------------------


@case(
    "02_activation",
    says=("scipy is not there when your work is graded", "in forward: from scipy.special import expit"),
)
def answer_of_a_library(nb):
    """Let SciPy work it out, which nbgrader brings along to where hand-ins are graded."""
    rewrite(
        named(nb, "Sigmoid-code"),
        "self.A = 1 / (1 + np.exp(-Z))",
        "from scipy.special import expit\n        self.A = expit(Z)",
    )
