"""For `make lab` and `make instructor`: JupyterLab's terminals know the course's Python."""

from pathlib import Path

bashrc = Path(__file__).with_name("terminal.bashrc")
c = get_config()  # noqa: F821
c.ServerApp.terminado_settings = {"shell_command": ["bash", "--rcfile", str(bashrc)]}
