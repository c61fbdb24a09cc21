"""Where students' code runs: a sandbox that records what the cells of a notebook put out, and knows nothing
else.

outside, channel         our end: cells go in, outputs come back, and nothing of them is trusted
bubblewrap, machine      the sandbox itself; what of this machine is seen in it
usage, control_group     what it uses

inside, notebook_shell   the other end: a warm Python that runs notebooks; IPython there
cell_outputs             what one cell puts out
library, earlier         what can be imported; what stands in for the sections before
apart, confine           one submission and the next; what a process gives up for good
"""

from .bubblewrap import SandboxUnavailable
from .outside import Recording, Sandbox

__all__ = ["Recording", "Sandbox", "SandboxUnavailable"]
