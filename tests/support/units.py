"""What pytest-xdist hands out at a time: a module; all modules of the explorers, for they share one lab; and
those of which each would begin a server of processes in ``make check``.
"""

from xdist.scheduler import LoadScopeScheduling

SERVED = (
    "tests/test_processes.py",
    "tests/test_notebooks.py",
    "tests/grader/authoring/test_parts.py",
    "tests/grader/grading/parallel/test_workers.py",
)


class Units(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        if module in SERVED:
            return "processes"
        return "explorers" if module.startswith("tests/browser/test_explorers") else module
