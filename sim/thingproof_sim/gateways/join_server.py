"""The join server: who may join, with which nonces, and the session that follows.

Source: LoRaWAN L2 1.0.4, section 6.2: DevNonce is a counter and only a greater one than the last is accepted;
JoinNonce never repeats for a device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_wire.errors import WireError, WrongMic
from thingproof_wire.frames.lorawan import DlSettings, JoinAccept
from thingproof_wire.frames.lorawan_crypto import (
    Session,
    derive_session_keys,
    open_join_request,
    seal_join_accept,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.gateways.server_model import ServerDevice
    from thingproof_wire.frames.lorawan import CfList, JoinRequest

REPLAYED: Final = "DevNonce replayed"
UNKNOWN: Final = "unknown device"
WRONG_MIC: Final = "MIC failed"


class JoinRefused(Exception):
    """A join request that gets no answer; the text is the cause."""


class JoinServer:
    """Answers join requests.

    Args:
        net_id: 24 bits.
        find: a device by its DevEUI.
        address: makes the next DevAddr.
    """

    def __init__(
        self, net_id: int, find: Callable[[int], ServerDevice | None], address: Callable[[], int]
    ) -> None:
        self._net_id = net_id
        self._find = find
        self._address = address

    def answer(
        self, data: bytes, request: JoinRequest, settings: DlSettings, delay_s: int, cf_list: CfList | None
    ) -> tuple[ServerDevice, bytes]:
        """The device and its sealed join accept; the new session waits in the device for its first uplink.

        Raises:
            JoinRefused: unknown device, wrong MIC, or a nonce that is not greater than the last.
        """
        device = self._find(request.dev_eui)
        if device is None or not device.app_key:
            raise JoinRefused(UNKNOWN)
        try:
            open_join_request(data, device.app_key)
        except WrongMic:
            raise JoinRefused(WRONG_MIC) from None
        except WireError as error:
            raise JoinRefused(f"malformed: {error}") from None
        if request.dev_nonce <= device.dev_nonce:
            raise JoinRefused(REPLAYED)
        device.dev_nonce = request.dev_nonce
        device.join_nonce += 1
        accept = JoinAccept(device.join_nonce, self._net_id, self._address(), settings, delay_s, cf_list)
        keys = derive_session_keys(
            device.app_key,
            join_nonce=device.join_nonce,
            net_id=self._net_id,
            dev_nonce=request.dev_nonce,
        )
        device.joined = Session(accept.dev_addr, keys)
        return device, seal_join_accept(accept, device.app_key)


__all__ = ["REPLAYED", "UNKNOWN", "WRONG_MIC", "JoinRefused", "JoinServer"]
