"""Why a device cannot use a downlink whose MIC is not what it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_wire.frames.lorawan import MType, read_mtype
from thingproof_wire.frames.lorawan_crypto import read_address

if TYPE_CHECKING:
    from thingproof_wire.frames.lorawan_crypto import Session

FOREIGN_ACCEPT: Final = "foreign join accept"
REPLAYED: Final = "replayed"
WRONG_MIC: Final = "MIC failed"


def refusal(session: Session | None, last_fcnt: int, data: bytes) -> str:
    """The cause: somebody else's join accept, a repetition of what the device has had, or simply wrong.

    Args:
        session: of the device.
        last_fcnt: counter of the last downlink, -1 before the first.
        data: PHYPayload.
    """
    if read_mtype(data) == MType.JOIN_ACCEPT:
        return FOREIGN_ACCEPT
    if session is not None and last_fcnt >= 0:
        _, transmitted = read_address(data)
        before = last_fcnt - (last_fcnt - transmitted & 0xFFFF)
        if before >= 0 and session.verifies(data, before, uplink=False):
            return REPLAYED
    return WRONG_MIC


__all__ = ["FOREIGN_ACCEPT", "REPLAYED", "WRONG_MIC", "refusal"]
