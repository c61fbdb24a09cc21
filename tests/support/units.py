"""What pytest-xdist hands out at a time: a module; all modules of the explorers, for they share one lab; and
the two of which each would begin a server of processes in ``make check``.
"""

from xdist.scheduler import LoadScopeScheduling


class Units(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        if module in ("tests/test_processes.py", "tests/test_notebooks.py"):
            return "processes"
        return "explorers" if module.startswith("tests/browser/test_explorers") else module
