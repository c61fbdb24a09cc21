"""What one cell puts out, in nbformat's form, clamped. The sandbox runs this file beside inside.py."""

import base64
import json
import os

MAX_TEXT = 100_000  # characters a cell
MAX_DATA = 2_000_000  # characters of one picture or other display
MAX_OUTPUTS = 500  # a cell; beside them one of each kind that is decisive
DECISIVE = ("error", "execute_result", "stderr")  # by which nbgrader gives points
CUT = f"\n[This cell printed more than {MAX_TEXT} characters; the rest is not shown.]\n"


class Outputs:
    """The outputs of one cell in nbformat's form, clamped. What a class puts out while it is checked takes no
    place of what the check records, and clears none of it.
    """

    def __init__(self):
        self.collected: list[dict] = []
        self.records: list[dict] = []
        self.room = {"stdout": MAX_TEXT, "stderr": MAX_TEXT}  # much of one hides no word of the other
        self.full = False
        self.process = os.getpid()  # another one's copy of this reaches nobody
        self.to_be_cleared = False  # when something comes in its place
        self.named: dict[str, dict] = {}  # displays by the id under which they can be changed

    def clear(self, wait: bool) -> None:
        self.to_be_cleared = wait
        if not wait:
            self.collected.clear()
            self.named.clear()

    def make_way(self) -> None:
        if self.to_be_cleared:
            self.clear(wait=False)

    def add(self, output: dict) -> None:
        self.make_way()
        kind, beyond = kind_of(output), map(kind_of, self.collected[MAX_OUTPUTS:])
        if len(self.collected) < MAX_OUTPUTS or (kind in DECISIVE and kind not in beyond):
            self.collected.append(output)
        elif not self.full:
            self.full = True
            self.collected.append(
                {"output_type": "stream", "name": "stdout", "text": "\n[Further output is not shown.]\n"}
            )

    def stream(self, name: str, text: str) -> None:
        room = self.room[name]
        if not text or room < 0:
            return
        self.room[name] = room - len(text)
        if len(text) > room:
            text = text[:room] + CUT
        self.make_way()
        last = self.collected[-1] if self.collected else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self.add({"output_type": "stream", "name": name, "text": text})

    def display(self, kind: str, data: dict, metadata: dict | None = None, **more) -> None:
        self.add(displayed(kind, data, metadata, **more))

    def display_named(self, name: str, data: dict, metadata: dict | None, update: bool) -> None:
        """Changed later it takes the place that it has in this cell."""
        output = displayed("display_data", data, metadata)
        if update and name in self.named:
            self.named[name].update(output)
        else:
            self.add(output)
            self.named[name] = output

    def record(self, data: dict) -> None:
        if len(self.records) < MAX_OUTPUTS:
            self.records.append(displayed("display_data", data))

    def error(self, ename: str, evalue: str, traceback: list[str]) -> None:
        lines = [line[:2000] for line in traceback[:50]]
        self.add({"output_type": "error", "ename": ename[:200], "evalue": evalue[:2000], "traceback": lines})

    def show(self, error: BaseException | None) -> None:
        """Unless one is shown: a cell may have told IPython to show none."""
        if error is not None and "error" not in map(kind_of, self.collected):
            self.error(type(error).__name__, str(error), [repr(error)])


def kind_of(output: dict) -> str:
    return output.get("name") or output.get("output_type", "")


def displayed(kind: str, data: dict, metadata: dict | None = None, **more) -> dict:
    data = {str(mime): as_json(value) for mime, value in data.items()}
    if len(json.dumps(data)) > MAX_DATA:
        data = {"text/plain": f"[This display is larger than {MAX_DATA // 1_000_000} MB and is not shown.]"}
    return {"output_type": kind, "data": data, "metadata": as_json(metadata or {}), **more}


def as_json(value):
    """What JSON can say of a value; bytes, such as a PNG's, in base64 as nbformat wants them."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return json.loads(json.dumps(value, default=repr))
