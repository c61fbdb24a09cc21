"""Hidden tests with other numbers in each grading: answers that were read off an earlier one answer nothing.

Sizes stay as the course has them. One key serves a whole run, so that everybody's tests are the same.
"""

import ast
import hashlib
import secrets


def new_key() -> bytes:
    return secrets.token_bytes(16)


def drawn(source: str, key: bytes) -> str:
    """A test's source with other seeds in its checks; those of the recorded cases, which are 0, stay."""
    lines = source.encode().splitlines(keepends=True)
    for place in sorted(_seeds(source), key=lambda one: (one.lineno, one.col_offset), reverse=True):
        line = lines[place.lineno - 1]
        seed = hashlib.sha256(key + str(place.value).encode()).digest()[:4]
        new = str(int.from_bytes(seed, "big") or 1).encode()
        lines[place.lineno - 1] = line[: place.col_offset] + new + line[place.end_col_offset :]
    return b"".join(lines).decode()


def _seeds(source: str) -> list[ast.Constant]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    checks = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "check"]
    given = [word.value for call in checks for word in call.keywords if word.arg == "seed"]
    return [value for value in given if isinstance(value, ast.Constant) and value.value]
