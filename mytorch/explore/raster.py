"""Numbers over the plane as an image inside of the picture: a grid of rectangles would be a hundred times as
much markup.
"""

import struct
import zlib
from base64 import b64encode

import numpy as np

from .svg import Plot, element


def image(plot: Plot, colors, **attributes) -> str:
    """Fill the graph with colours, (rows, columns, 3) numbers 0 to 255; the first row is the lowest."""
    address = "data:image/png;base64," + b64encode(png(colors[::-1])).decode()
    place = {
        "x": float(plot.left),
        "y": float(plot.top),
        "width": float(plot.width),
        "height": float(plot.height),
    }
    return element("image", **place, href=address, preserveAspectRatio="none", **attributes)


def png(colors) -> bytes:
    """The smallest PNG writer: 8-bit RGB, no filters."""
    pixels = np.ascontiguousarray(colors, dtype=np.uint8)
    height, width, _ = pixels.shape
    lines = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (_part(b"IHDR", header), _part(b"IDAT", zlib.compress(lines, 6)), _part(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
