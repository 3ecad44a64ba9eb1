"""LoRaWAN frames as scapy layers, our own: the layer that scapy brings takes the MIC two bytes early.

``LorawanFrame(data)`` gives the layer of the frame's type, down to the MIC; payloads stay encrypted. What
`frames.lorawan` computes from structs is written here as fields, after LoRaWAN L2 1.0.4 (TS001-1.0.4),
chapters 4 and 6. Both must agree to the byte.
"""

from __future__ import annotations

from typing import Any, ClassVar

from scapy.fields import (
    BitEnumField,
    BitField,
    BitFieldLenField,
    ByteField,
    Field,
    FieldListField,
    LEShortField,
    LEThreeBytesField,
    StrField,
    StrFixedLenField,
    StrLenField,
    XLEIntField,
    XLELongField,
    XLEShortField,
)
from scapy.packet import Packet

from thingproof_wire.frames.lorawan import (
    ChannelMasks,
    DataFrame,
    FrequencyList,
    JoinAccept,
    JoinRequest,
    MType,
    PhyPayload,
    Proprietary,
    SealedJoinAccept,
)

MIC_BYTES = 4
M_TYPES = {int(mtype): mtype.name.lower() for mtype in MType} | {6: "rfu"}


def _mhdr(mtype: MType) -> list[Field[Any, Any]]:
    return [BitEnumField("mtype", mtype, 3, M_TYPES), BitField("rfu", 0, 3), BitField("major", 0, 2)]


class UntilMicField(StrField):  # type: ignore[misc] # scapy is untyped
    """All bytes but the last four."""

    def getfield(self, pkt: Packet, data: bytes) -> tuple[bytes, bytes]:
        """Take all but the MIC from the front."""
        del pkt
        end = max(len(data) - MIC_BYTES, 0)
        return data[end:], data[:end]


class PortField(ByteField):  # type: ignore[misc] # scapy is untyped
    """FPort, which is there when more than the MIC follows; None otherwise."""

    def addfield(self, pkt: Packet, data: bytes, value: int | None) -> bytes:
        """Append the port, if there is one."""
        return data if value is None else data + self.i2m(pkt, value).to_bytes(1, "big")

    def i2m(self, pkt: Packet, value: int | None) -> int:
        """The number itself."""
        del pkt
        return int(value or 0)

    def getfield(self, pkt: Packet, data: bytes) -> tuple[bytes, int | None]:
        """Take the port from the front, if there is one."""
        del pkt
        return (data[1:], data[0]) if len(data) > MIC_BYTES else (data, None)


class LorawanFrame(Packet):  # type: ignore[misc] # scapy is untyped
    """Any PHYPayload; dissecting one gives the layer of its type."""

    name = "LoRaWAN"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [*_mhdr(MType.PROPRIETARY), StrField("body", b"")]

    @classmethod
    def dispatch_hook(cls, _pkt: bytes | None = None, *_args: Any, **_kargs: Any) -> type[Packet]:
        """The layer of a frame's type."""
        return _LAYERS.get(_pkt[0] >> 5, LorawanFrame) if _pkt else cls


class LorawanUplink(LorawanFrame):
    """A data frame of a device."""

    name = "LoRaWAN uplink"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        *_mhdr(MType.UNCONFIRMED_UP),
        XLEIntField("dev_addr", 0),
        BitField("adr", 0, 1),
        BitField("adr_ack_req", 0, 1),
        BitField("ack", 0, 1),
        BitField("class_b", 0, 1),
        BitFieldLenField("fopts_len", None, 4, length_of="fopts"),
        LEShortField("fcnt", 0),
        StrLenField("fopts", b"", length_from=lambda pkt: pkt.fopts_len),
        PortField("fport", None),
        UntilMicField("frm_payload", b""),
        StrFixedLenField("mic", bytes(MIC_BYTES), MIC_BYTES),
    ]


class LorawanDownlink(LorawanFrame):
    """A data frame of a network."""

    name = "LoRaWAN downlink"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        *_mhdr(MType.UNCONFIRMED_DOWN),
        XLEIntField("dev_addr", 0),
        BitField("adr", 0, 1),
        BitField("fctrl_rfu", 0, 1),
        BitField("ack", 0, 1),
        BitField("f_pending", 0, 1),
        BitFieldLenField("fopts_len", None, 4, length_of="fopts"),
        LEShortField("fcnt", 0),
        StrLenField("fopts", b"", length_from=lambda pkt: pkt.fopts_len),
        PortField("fport", None),
        UntilMicField("frm_payload", b""),
        StrFixedLenField("mic", bytes(MIC_BYTES), MIC_BYTES),
    ]


class LorawanJoinRequest(LorawanFrame):
    """A join request."""

    name = "LoRaWAN join request"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        *_mhdr(MType.JOIN_REQUEST),
        XLELongField("join_eui", 0),
        XLELongField("dev_eui", 0),
        XLEShortField("dev_nonce", 0),
        StrFixedLenField("mic", bytes(MIC_BYTES), MIC_BYTES),
    ]


class LorawanSealedJoinAccept(LorawanFrame):
    """A join accept as it is on the air."""

    name = "LoRaWAN join accept, encrypted"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [*_mhdr(MType.JOIN_ACCEPT), StrField("sealed", b"")]


class LorawanJoinAccept(Packet):  # type: ignore[misc] # scapy is untyped
    """A join accept in the clear, MHDR first, without the MIC."""

    name = "LoRaWAN join accept"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        *_mhdr(MType.JOIN_ACCEPT),
        LEThreeBytesField("join_nonce", 0),
        LEThreeBytesField("net_id", 0),
        XLEIntField("dev_addr", 0),
        BitField("dl_rfu", 0, 1),
        BitField("rx1_dr_offset", 0, 3),
        BitField("rx2_data_rate", 0, 4),
        BitField("delay_rfu", 0, 4),
        BitField("rx_delay", 0, 4),
    ]

    def guess_payload_class(self, payload: bytes) -> Any:
        """The CFList of the type that the last byte says."""
        if len(payload) != 16:
            return super().guess_payload_class(payload)
        return LorawanChannelMasks if payload[15] == 1 else LorawanFrequencies


class LorawanFrequencies(Packet):  # type: ignore[misc] # scapy is untyped
    """CFList type 0."""

    name = "LoRaWAN CFList, frequencies"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        *(LEThreeBytesField(f"frequency_{number}", 0) for number in range(1, 6)),
        ByteField("type", 0),
    ]


class LorawanChannelMasks(Packet):  # type: ignore[misc] # scapy is untyped
    """CFList type 1."""

    name = "LoRaWAN CFList, channel masks"
    fields_desc: ClassVar[list[Field[Any, Any]]] = [
        FieldListField("masks", [0] * 6, XLEShortField("mask", 0), count_from=lambda _: 6),
        LEThreeBytesField("rfu", 0),
        ByteField("type", 1),
    ]


_LAYERS: dict[int, type[Packet]] = {
    MType.JOIN_REQUEST: LorawanJoinRequest,
    MType.JOIN_ACCEPT: LorawanSealedJoinAccept,
    MType.UNCONFIRMED_UP: LorawanUplink,
    MType.CONFIRMED_UP: LorawanUplink,
    MType.UNCONFIRMED_DOWN: LorawanDownlink,
    MType.CONFIRMED_DOWN: LorawanDownlink,
}


def build_frame(phy: PhyPayload) -> bytes:
    """Bytes of a frame, built by scapy."""
    message = phy.message
    if isinstance(message, DataFrame):
        return bytes(_data_layer(message, phy.mic))
    if isinstance(message, JoinRequest):
        fields = {name: getattr(message, name) for name in ("join_eui", "dev_eui", "dev_nonce")}
        return bytes(LorawanJoinRequest(mic=phy.mic, **fields))
    if isinstance(message, SealedJoinAccept):
        return bytes(LorawanSealedJoinAccept(sealed=message.sealed))
    return bytes(LorawanFrame(body=message.body))


def _data_layer(frame: DataFrame, mic: bytes) -> Packet:
    flags = ("adr", "adr_ack_req", "ack", "class_b") if frame.uplink else ("adr", "ack", "f_pending")
    layer = LorawanUplink if frame.uplink else LorawanDownlink
    return layer(
        mtype=int(frame.mtype),
        dev_addr=frame.dev_addr,
        fcnt=frame.fcnt & 0xFFFF,
        fopts=frame.fopts,
        fport=frame.fport,
        frm_payload=frame.payload,
        mic=mic,
        **{name: int(getattr(frame, name)) for name in flags},
    )


def dissect_frame(data: bytes) -> PhyPayload:
    """The frame that scapy reads from the bytes of a right one."""
    packet = LorawanFrame(data)
    if isinstance(packet, LorawanJoinRequest):
        return PhyPayload(JoinRequest(packet.join_eui, packet.dev_eui, packet.dev_nonce), packet.mic)
    if isinstance(packet, LorawanSealedJoinAccept):
        return PhyPayload(SealedJoinAccept(packet.sealed))
    if not isinstance(packet, LorawanUplink | LorawanDownlink):
        return PhyPayload(Proprietary(packet.body))
    uplink = isinstance(packet, LorawanUplink)
    frame = DataFrame(
        MType(packet.mtype),
        packet.dev_addr,
        packet.fcnt,
        packet.fport,
        packet.frm_payload,
        packet.fopts,
        adr=bool(packet.adr),
        adr_ack_req=uplink and bool(packet.adr_ack_req),
        ack=bool(packet.ack),
        f_pending=not uplink and bool(packet.f_pending),
        class_b=uplink and bool(packet.class_b),
    )
    return PhyPayload(frame, packet.mic)


def build_join_accept(message: JoinAccept) -> bytes:
    """A join accept in the clear, without the MIC, built by scapy."""
    packet = LorawanJoinAccept(
        join_nonce=message.join_nonce,
        net_id=message.net_id,
        dev_addr=message.dev_addr,
        rx1_dr_offset=message.dl_settings.rx1_dr_offset,
        rx2_data_rate=message.dl_settings.rx2_data_rate,
        rx_delay=message.rx_delay,
    )
    if isinstance(message.cf_list, ChannelMasks):
        packet /= LorawanChannelMasks(masks=list(message.cf_list.masks))
    elif isinstance(message.cf_list, FrequencyList):
        steps = (hertz // 100 for hertz in message.cf_list.frequencies_hz)
        packet /= LorawanFrequencies(**{f"frequency_{n}": step for n, step in enumerate(steps, 1)})
    return bytes(packet)
