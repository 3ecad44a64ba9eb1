"""What every byte of a LoRaWAN frame means, for a person; with keys, also what is encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from thingproof_wire.errors import WireError, WrongMic
from thingproof_wire.explain import Explanation, Walk
from thingproof_wire.frames.aes import check_key
from thingproof_wire.frames.lorawan import (
    MAC_PORT,
    MIC_BYTES,
    TEST_PORT,
    DataFrame,
    FrequencyList,
    JoinRequest,
    MType,
    Proprietary,
    SealedJoinAccept,
    decode_phy,
    read_mtype,
)
from thingproof_wire.frames.lorawan_crypto import Session, SessionKeys, cmac, open_join_accept
from thingproof_wire.frames.lorawan_mac import BY_NAME, MacCommand, decode_commands

if TYPE_CHECKING:
    from thingproof_wire.frames.lorawan import JoinAccept

_UPPER_HALVES = range(256)
"""Upper halves of the frame counter that are tried: a frame carries only the lower one."""
_TYPE_TEXT: dict[MType, str] = {
    MType.JOIN_REQUEST: "join request",
    MType.JOIN_ACCEPT: "join accept",
    MType.UNCONFIRMED_UP: "unconfirmed uplink",
    MType.UNCONFIRMED_DOWN: "unconfirmed downlink",
    MType.CONFIRMED_UP: "confirmed uplink",
    MType.CONFIRMED_DOWN: "confirmed downlink",
    MType.PROPRIETARY: "proprietary",
}
_FLAGS = ("adr", "adr_ack_req", "ack", "f_pending", "class_b")


@dataclass(frozen=True, slots=True)
class FrameKeys:
    """The keys that are known, 16 bytes each.

    Attributes:
        nwk_s_key: checks data frames, opens FPort 0.
        app_s_key: opens application payloads.
        app_key: checks join requests, opens join accepts.
    """

    nwk_s_key: bytes | None = None
    app_s_key: bytes | None = None
    app_key: bytes | None = None

    def __post_init__(self) -> None:
        """Raises OutOfRange: a key without 16 bytes."""
        for name, key in (("NwkSKey", self.nwk_s_key), ("AppSKey", self.app_s_key), ("AppKey", self.app_key)):
            if key is not None:
                check_key(name, key)


NO_KEYS = FrameKeys()


def explain_lorawan(data: bytes, keys: FrameKeys = NO_KEYS) -> Explanation:
    """Every byte of a PHYPayload, once and in order; never raises.

    A broken frame gives the rows up to the fault, the bytes that follow as a row "?", and the error. A MIC
    that does not belong to the given key is an error too.
    """
    walk = _LorawanWalk(data, keys)
    error: WireError | None = None
    try:
        walk.frame()
    except WireError as problem:
        error = problem
        if not isinstance(problem, WrongMic):
            walk.broken(len(data) if problem.offset is None else problem.offset)
    walk.take(len(data) - walk.offset, "?", "not explained")
    return Explanation(tuple(walk.rows), error)


class _LorawanWalk(Walk):
    """Walks over a PHYPayload."""

    def __init__(self, data: bytes, keys: FrameKeys) -> None:
        super().__init__(data)
        self.keys = keys

    def frame(self) -> None:
        """Note all fields.

        Raises:
            WireError: the frame is broken, or its MIC wrong.
        """
        message = decode_phy(self.data).message
        self.take(1, "MHDR", _TYPE_TEXT[read_mtype(self.data)])
        if isinstance(message, DataFrame):
            self.data_frame(message)
        elif isinstance(message, JoinRequest):
            self.take(8, "JoinEUI", f"{message.join_eui:016x}")
            self.take(8, "DevEUI", f"{message.dev_eui:016x}")
            self.take(2, "DevNonce", str(message.dev_nonce))
            key = self.keys.app_key
            if key is None:
                self.mic(None, "--app-key")
            else:
                self.mic(cmac(key, self.data[:-MIC_BYTES])[:MIC_BYTES], "")
        elif isinstance(message, SealedJoinAccept):
            self.join_accept(message)
        elif isinstance(message, Proprietary):
            self.take(len(message.body), "body", "of a format of its own")

    def broken(self, fault: int) -> None:
        """Note the fields of a data frame that end before a fault."""
        if self.rows or not self.data or fault == 0:
            return
        mtype = read_mtype(self.data)
        fields = [("MHDR", 1, _TYPE_TEXT[mtype])]
        if mtype not in (MType.JOIN_REQUEST, MType.JOIN_ACCEPT, MType.PROPRIETARY):
            address = int.from_bytes(self.data[1:5], "little")
            fields += [
                ("DevAddr", 4, f"{address:08x}"),
                ("FCtrl", 1, "flags"),
                ("FCnt", 2, str(int.from_bytes(self.data[6:8], "little"))),
            ]
        for name, length, meaning in fields:
            if self.offset + length > fault:
                return
            self.take(length, name, meaning)

    def data_frame(self, frame: DataFrame) -> None:
        """Note FHDR, FPort, payload and MIC."""
        self.take(4, "DevAddr", f"{frame.dev_addr:08x}")
        flags = [name for name in _FLAGS if getattr(frame, name)]
        self.take(1, "FCtrl", ", ".join([*flags, f"{len(frame.fopts)} bytes of FOpts"]))
        self.take(2, "FCnt", f"{frame.fcnt}, the lower 16 bits")
        if frame.fopts:
            self.take(len(frame.fopts), "FOpts", "MAC commands")
            self.commands(frame.fopts, uplink=frame.uplink)
        session = self.session(frame)
        fcnt = frame.fcnt if session is None else self.counter(frame, session)
        if frame.fport is not None:
            self.take(1, "FPort", _port_text(frame.fport))
            self.payload(frame, fcnt)
        if session is None:
            self.mic(None, "--nwk-s-key")
        else:
            self.mic(session.mic(self.data[:-MIC_BYTES], fcnt, uplink=frame.uplink), f" with FCnt {fcnt}")

    def session(self, frame: DataFrame) -> Session | None:
        """What checks the frame, None without the key."""
        key = self.keys.nwk_s_key
        return None if key is None else Session(frame.dev_addr, SessionKeys(key, key))

    def counter(self, frame: DataFrame, session: Session) -> int:
        """The whole counter with which the MIC is right, the transmitted half if there is none."""
        for half in _UPPER_HALVES:
            if session.verifies(self.data, half << 16 | frame.fcnt, uplink=frame.uplink):
                return half << 16 | frame.fcnt
        return frame.fcnt

    def payload(self, frame: DataFrame, fcnt: int) -> None:
        """Note the payload, in the clear if its key is known."""
        network = frame.fport == MAC_PORT
        key, option = (
            (self.keys.nwk_s_key, "--nwk-s-key") if network else (self.keys.app_s_key, "--app-s-key")
        )
        if key is None:
            self.take(len(frame.payload), "FRMPayload", f"encrypted; give {option} to open it")
            return
        session = Session(frame.dev_addr, SessionKeys(key, key))
        clear = session.crypt(frame.payload, fcnt, uplink=frame.uplink, fport=frame.fport)
        self.take(len(frame.payload), "FRMPayload", f"decrypted: {clear.hex()}{_as_text(clear)}")
        if network:
            self.commands(clear, uplink=frame.uplink)

    def commands(self, data: bytes, *, uplink: bool) -> None:
        """Note MAC commands inside the bytes noted last, as far as they can be read."""
        try:
            sequence = decode_commands(data, uplink=uplink)
        except WireError as problem:
            self.inside("?", str(problem))
            return
        for found in sequence.commands:
            self.inside(found.name, _command_text(found))
        if sequence.rest:
            self.inside(
                "?", f"{sequence.rest.hex()}: unknown command {sequence.rest[0]:#04x} ends the sequence"
            )

    def join_accept(self, message: SealedJoinAccept) -> None:
        """Note a join accept, and what is in it if its key is known."""
        if self.keys.app_key is None:
            self.take(len(message.sealed), "sealed", "encrypted; give --app-key to open it")
            return
        self.take(len(message.sealed), "sealed", "encrypted with AppKey")
        for name, meaning in _accept_rows(open_join_accept(self.data, self.keys.app_key)):
            self.inside(name, meaning)
        self.inside("MIC", "right")

    def mic(self, wanted: bytes | None, hint: str) -> None:
        """Note the MIC.

        Args:
            wanted: the right one, None if the key is unknown.
            hint: the option that gives the key, or what belongs to the right one.

        Raises:
            WrongMic: it is another.
        """
        place = self.offset
        found = self.data[place:]
        if wanted is None:
            self.take(MIC_BYTES, "MIC", f"give {hint} to check it")
            return
        right = found == wanted
        self.take(MIC_BYTES, "MIC", f"right{hint}" if right else "wrong")
        if not right:
            raise WrongMic(f"is {found.hex()}, another key, counter or content", offset=place, field="MIC")


def _port_text(port: int) -> str:
    names = {MAC_PORT: "0, MAC commands", TEST_PORT: "224, certification protocol"}
    return names.get(port, f"{port}, application" if port < TEST_PORT else f"{port}, reserved")


def _command_text(command: MacCommand) -> str:
    values = ", ".join(f"{name} {value}" for name, value in command.values.items())
    return f"{values or 'no values'} (section {BY_NAME[command.name].section})"


def _accept_rows(accept: JoinAccept) -> list[tuple[str, str]]:
    settings = accept.dl_settings
    rows = [
        ("JoinNonce", str(accept.join_nonce)),
        ("NetID", f"{accept.net_id:06x}"),
        ("DevAddr", f"{accept.dev_addr:08x}"),
        ("DLSettings", f"RX1DROffset {settings.rx1_dr_offset}, RX2 data rate {settings.rx2_data_rate}"),
        ("RXDelay", f"{accept.rx_delay or 1} s"),
    ]
    if isinstance(accept.cf_list, FrequencyList):
        rows.append(
            ("CFList", ", ".join(f"{hertz / 1e6:.1f} MHz" for hertz in accept.cf_list.frequencies_hz))
        )
    elif accept.cf_list is not None:
        rows.append(("CFList", "masks " + ", ".join(f"{mask:04x}" for mask in accept.cf_list.masks)))
    return rows


def _as_text(data: bytes) -> str:
    """The bytes as ASCII, if they are."""
    text = data.decode("ascii", "replace")
    return f" ({text!r})" if data and data.isascii() and text.isprintable() else ""
