"""Where students' code runs: a sandbox that records what the cells of a notebook put out, and knows nothing
else.
"""

from .bubblewrap import SandboxUnavailable
from .outside import Recording, Sandbox

__all__ = ["Recording", "Sandbox", "SandboxUnavailable"]
