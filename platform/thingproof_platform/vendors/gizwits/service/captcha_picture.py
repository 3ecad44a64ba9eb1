"""The picture of a captcha: its text drawn with an own small font, bent and speckled, as PNG."""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from typing import Final

# Letters and digits nobody takes for another one; 5 columns of 7 dots each, the lowest bit on top.
_GLYPHS: Final[dict[str, tuple[int, ...]]] = {
    "A": (0x7E, 0x11, 0x11, 0x11, 0x7E),
    "C": (0x3E, 0x41, 0x41, 0x41, 0x22),
    "E": (0x7F, 0x49, 0x49, 0x49, 0x41),
    "F": (0x7F, 0x09, 0x09, 0x09, 0x01),
    "H": (0x7F, 0x08, 0x08, 0x08, 0x7F),
    "K": (0x7F, 0x08, 0x14, 0x22, 0x41),
    "L": (0x7F, 0x40, 0x40, 0x40, 0x40),
    "M": (0x7F, 0x02, 0x0C, 0x02, 0x7F),
    "N": (0x7F, 0x04, 0x08, 0x10, 0x7F),
    "P": (0x7F, 0x09, 0x09, 0x09, 0x06),
    "R": (0x7F, 0x09, 0x19, 0x29, 0x46),
    "T": (0x01, 0x01, 0x7F, 0x01, 0x01),
    "X": (0x63, 0x14, 0x08, 0x14, 0x63),
    "Y": (0x07, 0x08, 0x70, 0x08, 0x07),
    "3": (0x21, 0x41, 0x45, 0x4B, 0x31),
    "4": (0x18, 0x14, 0x12, 0x7F, 0x10),
}
ALPHABET: Final = "".join(_GLYPHS)
_DOT: Final = 6  # pixels of one dot of a glyph
_MARGIN: Final = 14
_ADVANCE: Final = 6 * _DOT
_HEIGHT: Final = 7 * _DOT + 2 * _MARGIN
_PAPER, _INK, _SPECK = 0xF2, 0x28, 0x8C


def picture(text: str, identifier: str) -> bytes:
    """A grey PNG of the text; the same identifier bends it the same way."""
    noise = hashlib.shake_256(identifier.encode()).digest(4096)
    width = len(text) * _ADVANCE + 2 * _MARGIN
    rows = [bytearray([_PAPER]) * width for _ in range(_HEIGHT)]
    for number in range(0, 1200, 3):
        x, y = (noise[number] << 8 | noise[number + 1]) % width, noise[number + 2] % _HEIGHT
        rows[y][x] = _SPECK
    wave, phase = 3 + noise[2000] % 4, noise[2001] / 40
    for place, letter in enumerate(text):
        for column, bits in enumerate(_GLYPHS[letter]):
            for row in range(7):
                if bits >> row & 1:
                    _dot(rows, _MARGIN + place * _ADVANCE + column * _DOT, _MARGIN + row * _DOT, wave, phase)
    return _png(rows)


def _dot(rows: list[bytearray], left: int, top: int, wave: int, phase: float) -> None:
    for x in range(left, left + _DOT):
        bent = round(wave * math.sin(x / 17 + phase))
        for y in range(top + bent, top + bent + _DOT):
            rows[y][x] = _INK


def _png(rows: list[bytearray]) -> bytes:
    """Grey, 8 bits a pixel, without filters (PNG specification, sections 11 and 12)."""
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
