"""A frame a device is about to transmit, as values; its bytes are made when somebody looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_wire.frames.lorawan import DataFrame, JoinRequest, MType
from thingproof_wire.frames.lorawan_crypto import seal_join_request

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_channels import Channel, DataRate
    from thingproof_wire.frames.lorawan_crypto import Session


class Emission:
    """One transmission of a device.

    Attributes:
        join: the join request, None for a data frame.
        session: of a data frame.
        fcnt: whole counter.
        fport: FPort, None without a payload.
        payload: in the clear.
        rate, channel: how and where it is sent.
        size: bytes of the PHYPayload.
        attempt: 1 for the first transmission of the message.
        token: what the device calls the message.
    """

    __slots__ = (
        "_data", "ack", "adr", "adr_ack_req", "airtime_s", "attempt", "channel", "confirmed", "fcnt", "fopts",
        "fport", "join", "join_key", "payload", "power_dbm", "rate", "session", "size", "token",
    )  # fmt: skip

    def __init__(self, session: Session | None, port: int | None, payload: bytes, token: object) -> None:
        self.session = session
        self.fport = port
        self.payload = payload
        self.token = token
        self.join: JoinRequest | None = None
        self.join_key = b""
        self.fcnt = 0
        self.confirmed = self.adr = self.adr_ack_req = self.ack = False
        self.fopts = b""
        self.attempt = 0
        self.size = 0
        self.airtime_s = 0.0
        self.power_dbm = 0.0
        self.rate: DataRate
        self.channel: Channel
        self._data = b""

    @property
    def data(self) -> bytes:
        """PHYPayload, encrypted and with its MIC."""
        if not self._data:
            self._data = self._seal()
        return self._data

    def _seal(self) -> bytes:
        if self.join is not None:
            return seal_join_request(self.join, self.join_key)
        assert self.session is not None, "a data frame has a session"
        frame = DataFrame(
            MType.CONFIRMED_UP if self.confirmed else MType.UNCONFIRMED_UP,
            self.session.dev_addr,
            self.fcnt,
            self.fport,
            self.payload,
            self.fopts,
            adr=self.adr,
            adr_ack_req=self.adr_ack_req,
            ack=self.ack,
        )
        return self.session.seal(frame)


__all__ = ["Emission"]
