"""MAC commands of LoRaWAN 1.0.4 as scapy layers.

Each command is written with its bits from the highest to the lowest of each byte, as the tables of
TS001-1.0.4, chapter 5, print them; `frames.lorawan_mac` counts from the lowest. Both must agree to the
byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scapy.fields import (
    BitField,
    ByteField,
    Field,
    LEIntField,
    LEThreeBytesField,
    XByteField,
    XLEShortField,
)
from scapy.packet import Packet

from thingproof_wire.frames.lorawan_mac import MacCommand

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class FrequencyField(LEThreeBytesField):  # type: ignore[misc] # scapy is untyped
    """Hz in steps of 100 Hz."""

    def i2m(self, pkt: Packet, value: int | None) -> int:
        """Steps of a frequency."""
        return int(super().i2m(pkt, (value or 0) // 100))

    def m2i(self, pkt: Packet, value: int) -> int:
        """Frequency of steps."""
        return int(super().m2i(pkt, value)) * 100


class SignedBitField(BitField):  # type: ignore[misc] # scapy is untyped
    """Bits in two's complement."""

    def i2m(self, pkt: Packet, value: int | None) -> int:
        """Bits of a number."""
        del pkt
        return int((value or 0) & (1 << self.size) - 1)

    def m2i(self, pkt: Packet, value: int) -> int:
        """Number of bits."""
        del pkt
        return int(value - (1 << self.size) if value >> self.size - 1 else value)


class MacCommandLayer(Packet):  # type: ignore[misc] # scapy is untyped
    """A MAC command; what follows it is the next command."""

    uplink: ClassVar[bool]

    def guess_payload_class(self, payload: bytes) -> Any:
        """The layer of the next command."""
        return LAYERS.get((self.uplink, payload[0])) or super().guess_payload_class(payload)


def _bits(**sizes: int) -> list[Field[Any, Any]]:
    """Fields of bits, the highest first; one named rfu is reserved."""
    return [BitField(name, 0, size) for name, size in sizes.items()]


_FREQUENCY = FrequencyField("frequency_hz", 0)
_UPLINKS: dict[str, tuple[int, list[Field[Any, Any]]]] = {
    "LinkCheckReq": (2, []),
    "LinkADRAns": (3, _bits(rfu=5, power_ack=1, data_rate_ack=1, channel_mask_ack=1)),
    "DutyCycleAns": (4, []),
    "RXParamSetupAns": (5, _bits(rfu=5, rx1_dr_offset_ack=1, rx2_data_rate_ack=1, channel_ack=1)),
    "DevStatusAns": (6, [ByteField("battery", 0), *_bits(rfu=2), SignedBitField("margin", 0, 6)]),
    "NewChannelAns": (7, _bits(rfu=6, data_rate_range_ack=1, channel_frequency_ack=1)),
    "RXTimingSetupAns": (8, []),
    "TXParamSetupAns": (9, []),
    "DlChannelAns": (10, _bits(rfu=6, uplink_frequency_exists=1, channel_frequency_ack=1)),
    "DeviceTimeReq": (13, []),
}
_DOWNLINKS: dict[str, tuple[int, list[Field[Any, Any]]]] = {
    "LinkCheckAns": (2, [ByteField("margin", 0), ByteField("gateway_count", 0)]),
    "LinkADRReq": (
        3,
        [
            *_bits(data_rate=4, tx_power=4),
            XLEShortField("channel_mask", 0),
            *_bits(rfu=1, channel_mask_control=3, nb_trans=4),
        ],
    ),
    "DutyCycleReq": (4, _bits(rfu=4, max_duty_cycle=4)),
    "RXParamSetupReq": (5, [*_bits(rfu=1, rx1_dr_offset=3, rx2_data_rate=4), _FREQUENCY]),
    "DevStatusReq": (6, []),
    "NewChannelReq": (
        7,
        [ByteField("channel_index", 0), _FREQUENCY, *_bits(max_data_rate=4, min_data_rate=4)],
    ),
    "RXTimingSetupReq": (8, _bits(rfu=4, delay=4)),
    "TXParamSetupReq": (9, _bits(rfu=2, downlink_dwell_time=1, uplink_dwell_time=1, max_eirp=4)),
    "DlChannelReq": (10, [ByteField("channel_index", 0), _FREQUENCY]),
    "DeviceTimeAns": (13, [LEIntField("gps_seconds", 0), ByteField("fraction_256", 0)]),
}


def _layers() -> Iterable[type[MacCommandLayer]]:
    for uplink, commands in ((True, _UPLINKS), (False, _DOWNLINKS)):
        for name, (cid, fields) in commands.items():
            members = {"name": name, "uplink": uplink, "fields_desc": [XByteField("cid", cid), *fields]}
            yield type(name, (MacCommandLayer,), members)


BY_NAME: dict[str, type[MacCommandLayer]] = {layer.__name__: layer for layer in _layers()}
LAYERS: dict[tuple[bool, int], type[MacCommandLayer]] = {
    (layer.uplink, layer.fields_desc[0].default): layer for layer in BY_NAME.values()
}
_NO_VALUES = frozenset({"cid", "rfu"})


def build_commands(commands: Sequence[MacCommand]) -> bytes:
    """Bytes of commands, built by scapy."""
    return b"".join(bytes(BY_NAME[command.name](**command.values)) for command in commands)


def dissect_commands(data: bytes, *, uplink: bool) -> list[MacCommand]:
    """The commands that scapy reads, up to the first unknown one."""
    if not data or (uplink, data[0]) not in LAYERS:
        return []
    found: list[MacCommand] = []
    packet: Any = LAYERS[uplink, data[0]](data)
    while isinstance(packet, MacCommandLayer):
        names = (field.name for field in packet.fields_desc if field.name not in _NO_VALUES)
        found.append(MacCommand(type(packet).__name__, {name: getattr(packet, name) for name in names}))
        packet = packet.payload
    return found
