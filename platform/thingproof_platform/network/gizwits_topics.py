"""Topics of the device network of Gizwits, and the frames that ask the cloud itself.

Those of devices and of the cloud follow the public device agent. Applications log in as published ones do
(FGCAir for Home Assistant): `usr` and 20 characters as client id, `2$<appid>$<uid>` as user name, the user's
token as password.
"""

from __future__ import annotations

import re
import struct
from typing import Final

SYSTEM_REQUEST: Final = "cli2ser_req"
UPLINKS: Final = ("dev2app/#",)
ONLINE_CLIENTS_ASKED: Final = bytes.fromhex("00000003020f")
_ONLINE_CLIENTS: Final = struct.Struct(">IHH")
_ONLINE_CLIENTS_TOLD: Final = 0x0210
_MOST_CLIENTS: Final = 0xFFFF
APPLICATION_USER: Final = re.compile(r"2\$(?P<application>[^$]+)\$(?P<account>[^$]+)")
APPLICATION_CLIENT: Final = re.compile(r"(?!cloud$|ws\d+$)[0-9A-Za-z]{1,23}")
"""Client ids applications may choose: the cloud's own and those of WebSocket conversations are taken."""


def device_of(topic: str) -> str:
    """The device a topic of the form `<direction>/<did>[/<client>]` belongs to; empty when it names none."""
    levels = topic.split("/")
    return levels[1] if len(levels) in (2, 3) else ""


def client_of(topic: str) -> str:
    """The client a topic of that form names; empty when it names none."""
    levels = topic.split("/")
    return levels[2] if len(levels) == 3 else ""


def online_clients(count: int) -> bytes:
    """The answer to ONLINE_CLIENTS_ASKED: header, 0x0210, how many clients listen to the device."""
    return _ONLINE_CLIENTS.pack(3, _ONLINE_CLIENTS_TOLD, min(count, _MOST_CLIENTS))
