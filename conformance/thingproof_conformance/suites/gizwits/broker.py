"""One MQTT login, byte by byte: what the broker answers to a CONNECT, without a client that tries again."""

from __future__ import annotations

import socket
import ssl
import struct
from urllib.parse import urlsplit

from thingproof_conformance.verdicts import NotApplicable

ACCEPTED = 0
CLOSED = -1
"""The broker ended the connection instead of answering."""
TIMEOUT_S = 5.0


def connect(address: str | None, client_id: str, user: str, password: str) -> tuple[socket.socket, int]:
    """Log in by MQTT 3.1.1; gives the connection and the return code of the answer."""
    if address is None:
        raise NotApplicable("the target names no MQTT address")
    parts = urlsplit(address)
    connection = socket.create_connection((parts.hostname or "", parts.port or 1883), TIMEOUT_S)
    if parts.scheme in ("mqtts", "ssl"):
        connection = _encrypted(connection)
    payload = b"".join(_text(each) for each in (client_id, user, password))
    variable = _text("MQTT") + bytes([4, 0b1100_0010]) + struct.pack(">H", 120)
    connection.sendall(packet(0x10, variable + payload))
    try:
        answer = connection.recv(4)
    except ConnectionError:
        answer = b""
    return connection, answer[3] if len(answer) == 4 else CLOSED


def packet(head: int, body: bytes) -> bytes:
    """A whole MQTT packet; the length is a little-endian base-128 number."""
    size, length = len(body), b""
    while True:
        size, byte = divmod(size, 128)
        length += bytes([byte | (0x80 if size else 0)])
        if not size:
            return bytes([head]) + length + body


def _encrypted(connection: socket.socket) -> socket.socket:
    """The connection over TLS; whose certificate it is does not matter to what is judged here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(connection)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">H", len(encoded)) + encoded
