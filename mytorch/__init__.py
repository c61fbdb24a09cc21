"""MyTorch: the neural-network library that you build, one notebook a section.

``mytorch.nn``, ``mytorch.optim`` and ``mytorch.models`` hold the components, ``mytorch.check`` compares them
with PyTorch.
"""

import sys

if sys.version_info < (3, 11):
    raise ImportError(
        "MyTorch needs Python 3.11 or newer; this is Python %d.%d. "
        "Create the environment of environment.yml again, or start JupyterLab with a newer Python."
        % sys.version_info[:2]
    )
