"""For `make lab` and `make instructor`: JupyterLab's terminals know the course's Python, and explorers answer
at once.
"""

from pathlib import Path

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class Prompt(ZMQChannelsWebsocketConnection):
    """Sends each of a kernel's messages without delay.

    By default TCP keeps a small message back until the browser has confirmed the one before it, and a browser
    may take 40 ms for that: as long again as everything else between a slider's move and the new picture.
    """

    def connect(self):
        self.websocket_handler.set_nodelay(True)
        return super().connect()


bashrc = Path(__file__).with_name("terminal.bashrc")
c = get_config()  # noqa: F821
c.ServerApp.terminado_settings = {"shell_command": ["bash", "--rcfile", str(bashrc)]}
c.ServerApp.kernel_websocket_connection_class = Prompt
