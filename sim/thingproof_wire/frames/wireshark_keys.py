"""Rows of Wireshark's tables of keys, so that a capture is shown in the clear.

A LoRaWAN row has DevAddr in the order in which it is transmitted, NwkSKey, AppSKey and AppEUI. The
file is ``encryption_keys_lorawan`` in Wireshark's configuration folder; one row can be given to tshark as
``-o 'uat:encryption_keys_lorawan:ROW'``. Wireshark does not decrypt payloads of FPort 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thingproof_wire.frames.lorawan_crypto import SessionKeys

FILE_NAME = "encryption_keys_lorawan"


def key_row(dev_addr: int, keys: SessionKeys, join_eui: int = 0) -> str:
    """The row of one session, without a line end.

    Args:
        dev_addr: address of the device.
        keys: of its session.
        join_eui: EUI-64 of the join server; Wireshark wants one, of any value, for personalised devices too.
    """
    cells = (dev_addr.to_bytes(4, "little"), keys.nwk_s_key, keys.app_s_key, join_eui.to_bytes(8, "little"))
    return ",".join(f'"{cell.hex()}"' for cell in cells)


def zigbee_key_row(key: bytes, label: str = "") -> str:
    """The row of a Zigbee network key or link key in ``zigbee_pc_keys``, without a line end.

    Given to tshark as ``-o 'uat:zigbee_pc_keys:ROW'``. Wireshark knows no well-known key of its own.

    Args:
        key: 16 bytes, in the order in which they are transmitted.
        label: what the dissector calls it.
    """
    return f'"{key.hex(":")}","Normal","{label}"'
