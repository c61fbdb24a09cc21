"""What pytest-xdist hands out at a time: a module; of the explorers all modules, for they share one lab."""

from xdist.scheduler import LoadScopeScheduling


class Units(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return "explorers" if module.startswith("tests/browser/test_explorers") else module
