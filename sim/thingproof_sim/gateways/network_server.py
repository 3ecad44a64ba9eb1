"""The embedded LoRaWAN network server: sans-IO.

An uplink comes once with everybody who heard it (`deduplication` gathers the copies). The server finds the
device by DevAddr and MIC, refuses repetitions, decrypts, hands the payload on, adapts the data rate, answers
MAC commands and sends what waits for the device in its receive windows. Frames that are broken, foreign,
repeated or wrong are counted by cause and dropped; nothing a radio can bring ends the server.

Source: LoRaWAN L2 1.0.4 (TS001-1.0.4) and its regional parameters (RP002).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from thingproof_sim.gateways.downlinks import DONE, UNKNOWN_DEVICE, Downlinks
from thingproof_sim.gateways.join_server import JoinRefused, JoinServer
from thingproof_sim.gateways.server_commands import ServerCommands
from thingproof_sim.gateways.server_model import NOTHING, SNR_HISTORY, Radio, ServerDevice, UplinkEvent
from thingproof_wire.errors import WireError
from thingproof_wire.frames.lorawan import (
    DATA_UPLINKS,
    DlSettings,
    JoinRequest,
    MType,
    decode_phy,
    read_mtype,
)
from thingproof_wire.frames.lorawan_crypto import Session, SessionKeys, full_fcnt, read_address
from thingproof_wire.frames.lorawan_mac import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thingproof_sim.devices.lorawan_emission import Emission
    from thingproof_sim.gateways.server_model import ClearFrame, DownlinkRequest, HeardBy, ServerPort
    from thingproof_sim.gateways.server_region import ServerRegion

UNKNOWN: Final = "unknown device"
WRONG_MIC: Final = "MIC failed"
REPLAYED: Final = "replayed"
MALFORMED: Final = "malformed"
NOT_PROVISIONED: Final = "deleted at the broker"
LINK_ADR: Final = BY_NAME["LinkADRReq"].cid
UP_PREFIX: Final = 0x26000000
"""Where DevAddrs begin: the seven bits of NwkID 0x13 (TS002)."""


class NetworkServer:
    """A network server with its join server.

    Args:
        region: regional parameters as a server needs them.
        port: where uplinks, orders and results go.
        net_id: 24 bits.
        rx1_delay_s: RXDelay that joining devices are given.
    """

    def __init__(
        self, region: ServerRegion, port: ServerPort, *, net_id: int = 0x13, rx1_delay_s: int = 1
    ) -> None:
        self.region = region
        self.counters: Counter[str] = Counter()
        """Frames and downlinks by what became of them."""
        self.devices: dict[int, ServerDevice] = {}
        self.downlinks = Downlinks(region, port, self.counters)
        self._port = port
        self._addresses: dict[int, list[ServerDevice]] = {}
        self._next_address = UP_PREFIX
        self._joins = JoinServer(net_id, self.devices.get, self._new_address)
        self._rx1_delay_s = rx1_delay_s
        self._commands = ServerCommands(region, self.counters)
        self.wants_payloads = True
        """Whether uplinks are handed on; a simulation that only counts does not need them."""

    # -- devices

    def register(self, device: ServerDevice) -> None:
        """A device that may join."""
        self.devices[device.dev_eui] = device

    def register_session(
        self, device: ServerDevice, dev_addr: int, keys: SessionKeys, data_rate: int
    ) -> None:
        """A device with a session of its own (ABP)."""
        self.register(device)
        device.session = Session(dev_addr, keys)
        device.data_rate = data_rate
        self._addresses.setdefault(dev_addr, []).append(device)

    def _new_address(self) -> int:
        self._next_address += 1
        return self._next_address

    # -- uplinks

    def heard(self, data: bytes, radio: Radio, copies: Sequence[HeardBy], at: float) -> str | None:
        """A frame, and who heard it, best first.

        Args:
            data: PHYPayload.
            radio: how it was sent.
            copies: one at least.
            at: end of the frame, seconds.

        Returns:
            Why it was dropped; None when it was taken.
        """
        try:
            mtype = read_mtype(data)
            if mtype == MType.JOIN_REQUEST:
                message = decode_phy(data).message
                assert isinstance(message, JoinRequest), "the type says so"
                return self._drop(self._heard_join(data, message, radio, copies, at))
            if mtype not in DATA_UPLINKS:
                return self._drop(f"{MALFORMED}: {mtype.name} is no uplink")
            decode_phy(data)
            return self._heard_data(data, radio, copies, at)
        except WireError as error:
            return self._drop(f"{MALFORMED}: {error}")

    def _drop(self, cause: str | None) -> str | None:
        if cause is not None:
            self.counters[cause.partition(":")[0]] += 1
        return cause

    def _heard_join(
        self, data: bytes, request: JoinRequest, radio: Radio, copies: Sequence[HeardBy], at: float
    ) -> str | None:
        settings = DlSettings(0, self.region.rx2_data_rate)
        try:
            device, accept = self._joins.answer(
                data, request, settings, self._rx1_delay_s, self.region.cf_list
            )
        except JoinRefused as refusal:
            return str(refusal)
        self.counters["joins"] += 1
        assert device.joined is not None, "an answer begins a session"
        device.joined_rate = radio.data_rate
        device.joined_rx2 = self.region.rx2_after_join(radio)
        self._addresses.setdefault(device.joined.dev_addr, []).append(device)
        self.downlinks.accept(device, accept, radio, copies, at)
        return None

    def _heard_data(self, data: bytes, radio: Radio, copies: Sequence[HeardBy], at: float) -> str | None:
        dev_addr, transmitted = read_address(data)
        cause = UNKNOWN
        for device in self._addresses.get(dev_addr, ()):
            for session in (device.session, device.joined):
                if session is None or session.dev_addr != dev_addr:
                    continue
                last = device.fcnt_up if session is device.session else -1
                fcnt = full_fcnt(transmitted, max(0, last))
                if session.verifies(data, fcnt, uplink=True):
                    return self.heard_clear(device, session, session.open(data, fcnt), radio, copies, at)
                before = last - (last - transmitted & 0xFFFF)
                replayed = before >= 0 and session.verifies(data, before, uplink=True)
                cause = REPLAYED if replayed else WRONG_MIC
        return self._drop(cause)

    def heard_clear(  # noqa: PLR0917 - one for each frame, and keywords cost time
        self,
        device: ServerDevice,
        session: Session | None,
        frame: ClearFrame,
        radio: Radio,
        copies: Sequence[HeardBy],
        at: float,
    ) -> str | None:
        """A data frame whose MIC is right and whose payload is in the clear.

        A simulation that nobody listens to skips the bytes and comes here; the outcome is the same.
        """
        if session is not device.session and session is not device.twin and not self._knows(device, session):
            return self._drop(UNKNOWN)
        fcnt = frame.fcnt
        if fcnt <= device.fcnt_up:
            if fcnt < device.fcnt_up:
                return self._drop(REPLAYED)
            return self._repeated(device, frame, radio, copies, at)
        if fcnt - max(device.fcnt_up, 0) > 0xFFFF:
            return self._drop(WRONG_MIC)  # the lower 16 bits do not tell this counter
        if not device.enabled:
            return self._drop(NOT_PROVISIONED)
        self._take(device, frame, radio, copies, at)
        return None

    def heard_often(
        self, device: ServerDevice, frame: Emission, fcnt: int, count: int, copies: Sequence[HeardBy]
    ) -> None:
        """Some everyday uplinks of a device at once: new, unconfirmed, and nothing to say to it.

        Args:
            device: who sent them.
            frame: what they have in common.
            fcnt: counter of the last one.
            count: how many.
            copies: who heard them, best first.
        """
        device.fcnt_up = fcnt
        device.last = copies
        device.ack_due = False
        self.counters["uplinks"] += count
        if frame.adr:
            device.data_rate = frame.rate.index
            # Every twenty uplinks the rate is looked at and found good (`content`), and counting begins anew.
            device.snr_count += count
            best = copies[0].snr_db
            if device.snr_count < SNR_HISTORY:
                device.snr_best_db = max(device.snr_best_db, best)
            else:
                device.snr_count %= SNR_HISTORY
                device.snr_best_db = best if device.snr_count else NOTHING

    def content(self, device: ServerDevice, data_rate: int, strengths: Iterable[float]) -> bool:
        """Whether a device that is heard with one of these signals (dB) keeps its data rate and power."""
        return self._commands.content(device, data_rate, strengths)

    def _take(
        self, device: ServerDevice, frame: ClearFrame, radio: Radio, copies: Sequence[HeardBy], at: float
    ) -> None:
        """A new frame of a device."""
        device.fcnt_up = fcnt = frame.fcnt
        device.last = copies
        self.counters["uplinks"] += 1
        device.ack_due = frame.confirmed
        if device.unacknowledged is not None:
            self._judge(device, acknowledged=frame.ack)
        if frame.adr:
            self._adapt(device, frame, radio, copies[0].snr_db)
        commands = frame.payload if frame.fport == 0 else frame.fopts
        if commands:
            self._commands.take(device, commands, radio, copies, at)
        if frame.fport and self.wants_payloads:
            self._port.uplink(
                UplinkEvent(
                    device, at, fcnt, frame.fport, frame.payload, frame.confirmed, frame.adr, radio, copies
                )
            )
        if frame.confirmed or frame.adr_ack_req or device.waiting or device.answers or device.requests:
            self.downlinks.answer(device, radio, copies, at, sign=frame.adr_ack_req)

    def _knows(self, device: ServerDevice, session: Session | None) -> bool:
        """Whether a session is one of the device's; a session that waited for its first uplink begins."""
        if session is None:
            return False
        joined = device.joined
        if joined is not None and (joined is session or _same(joined, session)):
            self._begin_session(device, joined)
        elif device.session is None or not _same(device.session, session):
            return False
        device.twin = session
        return True

    def _repeated(
        self, device: ServerDevice, frame: ClearFrame, radio: Radio, copies: Sequence[HeardBy], at: float
    ) -> str | None:
        """The device sent the same frame again: it missed the acknowledgement, or repeats by NbTrans."""
        self.counters["repeated"] += 1
        if frame.confirmed:
            device.ack_due = True
            self.downlinks.answer(device, radio, copies, at)
        return None

    def _begin_session(self, device: ServerDevice, session: Session) -> None:
        """The first uplink after a join: the old session is over."""
        if device.session is not None:
            self._addresses[device.session.dev_addr].remove(device)
        device.session, device.joined = session, None
        device.fcnt_up, device.fcnt_down = -1, 0
        device.rx1_delay_s, device.rx1_dr_offset = float(self._rx1_delay_s), 0
        device.downlink_dwell = self.region.region.downlink_dwell_limited
        device.data_rate, device.power_index, device.nb_trans = device.joined_rate, 0, 1
        device.snr_best_db, device.snr_count = NOTHING, 0
        device.answers = []  # what was asked of the device still holds, but for rates of the old session
        device.requests.pop(LINK_ADR, None)
        device.downlink_hz, device.channels_hz = {}, {}
        device.rx2 = device.joined_rx2
        if device.unacknowledged is not None:
            self.downlinks.unanswered(device)

    def _judge(self, device: ServerDevice, *, acknowledged: bool) -> None:
        """The first uplink after a confirmed downlink acknowledges it or does not."""
        if acknowledged:
            self.downlinks.acknowledged(device)
        elif device.device_class == "A":
            self.downlinks.unanswered(device)

    def _adapt(self, device: ServerDevice, frame: ClearFrame, radio: Radio, snr_db: float) -> None:
        """Look at the signal after every twenty uplinks, or when the device asks for a sign."""
        device.data_rate = radio.data_rate
        device.snr_best_db = max(device.snr_best_db, snr_db)
        device.snr_count += 1
        if device.snr_count >= SNR_HISTORY or (frame.adr_ack_req and not device.requests):
            self._commands.adapt(device)

    # -- what applications and operators want

    def send(self, dev_eui: int, request: DownlinkRequest, at: float) -> None:
        """A downlink for a device; its results follow at the port."""
        device = self.devices.get(dev_eui)
        if device is None or not device.enabled:
            self._port.result(request.data_id, UNKNOWN_DEVICE, f"there is no device {dev_eui:016x}")
            return
        stir(device)
        self.counters["downlink_requests"] += 1
        self.downlinks.request(device, request, at)

    def command(self, dev_eui: int, name: str, **values: int) -> None:
        """A MAC command for a device, repeated until it is answered.

        Raises:
            KeyError: no such device.
            WireError: no such command, or values it does not take.
        """
        device = self.devices[dev_eui]
        stir(device)
        self._commands.want(device, name, values)

    def enable(self, dev_eui: int, *, enabled: bool) -> bool:
        """The operator added or removed a device; False when the server has no keys for it."""
        device = self.devices.get(dev_eui)
        if device is None:
            return False
        stir(device)
        device.enabled = enabled
        if not enabled:
            self.downlinks.forget(device, UNKNOWN_DEVICE, "the device was deleted")
        return True

    def transmitted(self, token: int, error: str) -> None:
        """A gateway's answer to an order."""
        self.downlinks.transmitted(token, error)

    def next_due(self) -> float | None:
        """When the server has something to do by itself; None for never."""
        return self.downlinks.next_due()

    def tick(self, at: float) -> None:
        """Do what is due."""
        self.downlinks.tick(at)

    def status(self, dev_eui: int) -> dict[str, Any]:
        """What the server knows of a device, for people and tests."""
        device = self.devices[dev_eui]
        return {
            "dev_addr": None if device.session is None else f"{device.session.dev_addr:08x}",
            "fcnt_up": device.fcnt_up,
            "fcnt_down": device.fcnt_down,
            "data_rate": device.data_rate,
            "power_index": device.power_index,
            "waiting": list(self.downlinks.pending(device)),
            "status": device.status,
        }


def stir(device: ServerDevice) -> None:
    """Something is wanted of a device: whoever is near it must know first."""
    if device.stirred is not None:
        device.stirred()


def _same(ours: Session, theirs: Session) -> bool:
    """Whether both ends mean the same session."""
    return ours.dev_addr == theirs.dev_addr and ours.keys == theirs.keys


__all__ = ["DONE", "NetworkServer"]
