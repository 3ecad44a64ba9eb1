"""MAC commands of LoRaWAN 1.0.4: a table of what each one carries, and the code that walks it.

Source: LoRaWAN L2 1.0.4 (TS001-1.0.4), chapter 5; the section of each command is in its row. A command is
its identifier (CID, one byte) and its fields, which fill the following bytes from the lowest bit of the first
byte on, little endian. Commands stand one after the other in FOpts, or encrypted in the payload of FPort 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from thingproof_wire.errors import Malformed, OutOfRange, Truncated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RESERVED = "RFU"
"""Name of bits that are written as 0 and ignored when read."""
PROPRIETARY_CIDS = range(0x80, 0x100)
MAX_EIRP_DBM = (8, 10, 12, 13, 14, 16, 18, 20, 21, 24, 26, 27, 29, 30, 33, 36)
"""dBm of the coded values 0..15 of TXParamSetupReq (section 5.8)."""
BATTERY_EXTERNAL = 0
BATTERY_UNKNOWN = 255
"""Battery levels of DevStatusAns besides 1 (lowest) to 254 (full) (section 5.5)."""
GPS_EPOCH_UNIX_S = 315964800
"""1980-01-06 00:00:00 UTC, where the time of DeviceTimeAns begins; GPS time knows no leap seconds."""


@dataclass(frozen=True, slots=True)
class Field:
    """A run of bits.

    Attributes:
        name: name of the value.
        bits: how many.
        step: the value is this many times the transmitted number; 100 for frequencies in Hz.
        signed: two's complement.
    """

    name: str
    bits: int
    step: int = 1
    signed: bool = False

    @property
    def lowest(self) -> int:
        """Lowest value."""
        return -(1 << self.bits - 1) * self.step if self.signed else 0

    @property
    def highest(self) -> int:
        """Highest value."""
        return ((1 << self.bits - self.signed) - 1) * self.step


@dataclass(frozen=True, slots=True)
class Kind:
    """What a command is.

    Attributes:
        name: name in the specification.
        cid: identifier, the same for request and answer.
        uplink: whether devices send it; otherwise networks do.
        section: where the specification describes it.
        fields: from the lowest bit on; whole bytes together.
    """

    name: str
    cid: int
    uplink: bool
    section: str
    fields: tuple[Field, ...] = ()

    @property
    def length(self) -> int:
        """Bytes after the CID."""
        return sum(field.bits for field in self.fields) // 8


def _reserved(bits: int) -> Field:
    return Field(RESERVED, bits)


_FREQUENCY = Field("frequency_hz", 24, step=100)
_UP, _DOWN = True, False

KINDS: tuple[Kind, ...] = (
    Kind("LinkCheckReq", 0x02, _UP, "5.1"),
    Kind("LinkCheckAns", 0x02, _DOWN, "5.1", (Field("margin", 8), Field("gateway_count", 8))),
    Kind(
        "LinkADRReq",
        0x03,
        _DOWN,
        "5.2",
        (
            Field("tx_power", 4),
            Field("data_rate", 4),
            Field("channel_mask", 16),
            Field("nb_trans", 4),
            Field("channel_mask_control", 3),
            _reserved(1),
        ),
    ),
    Kind(
        "LinkADRAns",
        0x03,
        _UP,
        "5.2",
        (Field("channel_mask_ack", 1), Field("data_rate_ack", 1), Field("power_ack", 1), _reserved(5)),
    ),
    Kind("DutyCycleReq", 0x04, _DOWN, "5.3", (Field("max_duty_cycle", 4), _reserved(4))),
    Kind("DutyCycleAns", 0x04, _UP, "5.3"),
    Kind(
        "RXParamSetupReq",
        0x05,
        _DOWN,
        "5.4",
        (Field("rx2_data_rate", 4), Field("rx1_dr_offset", 3), _reserved(1), _FREQUENCY),
    ),
    Kind(
        "RXParamSetupAns",
        0x05,
        _UP,
        "5.4",
        (Field("channel_ack", 1), Field("rx2_data_rate_ack", 1), Field("rx1_dr_offset_ack", 1), _reserved(5)),
    ),
    Kind("DevStatusReq", 0x06, _DOWN, "5.5"),
    Kind(
        "DevStatusAns",
        0x06,
        _UP,
        "5.5",
        (Field("battery", 8), Field("margin", 6, signed=True), _reserved(2)),
    ),
    Kind(
        "NewChannelReq",
        0x07,
        _DOWN,
        "5.6",
        (Field("channel_index", 8), _FREQUENCY, Field("min_data_rate", 4), Field("max_data_rate", 4)),
    ),
    Kind(
        "NewChannelAns",
        0x07,
        _UP,
        "5.6",
        (Field("channel_frequency_ack", 1), Field("data_rate_range_ack", 1), _reserved(6)),
    ),
    Kind("RXTimingSetupReq", 0x08, _DOWN, "5.7", (Field("delay", 4), _reserved(4))),
    Kind("RXTimingSetupAns", 0x08, _UP, "5.7"),
    Kind(
        "TXParamSetupReq",
        0x09,
        _DOWN,
        "5.8",
        (
            Field("max_eirp", 4),
            Field("uplink_dwell_time", 1),
            Field("downlink_dwell_time", 1),
            _reserved(2),
        ),
    ),
    Kind("TXParamSetupAns", 0x09, _UP, "5.8"),
    Kind("DlChannelReq", 0x0A, _DOWN, "5.6", (Field("channel_index", 8), _FREQUENCY)),
    Kind(
        "DlChannelAns",
        0x0A,
        _UP,
        "5.6",
        (Field("channel_frequency_ack", 1), Field("uplink_frequency_exists", 1), _reserved(6)),
    ),
    Kind("DeviceTimeReq", 0x0D, _UP, "5.9"),
    Kind("DeviceTimeAns", 0x0D, _DOWN, "5.9", (Field("gps_seconds", 32), Field("fraction_256", 8))),
)

BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
_BY_CID: Mapping[tuple[bool, int], Kind] = {(kind.uplink, kind.cid): kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class MacCommand:
    """A command and the values of its fields; frequencies in Hz, acknowledgements 0 or 1."""

    name: str
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MacSequence:
    """The commands of a frame.

    Attributes:
        commands: all that were known, in order.
        rest: bytes from the first unknown CID on. Its length is unknown, so nothing after it can be read.
    """

    commands: tuple[MacCommand, ...]
    rest: bytes = b""


def command(name: str, **values: int) -> MacCommand:
    """A command by name, e.g. ``command("DutyCycleReq", max_duty_cycle=7)``; checked when it is encoded."""
    return MacCommand(name, values)


def encode_commands(commands: Iterable[MacCommand]) -> bytes:
    """The bytes of commands, one after the other.

    Raises:
        Malformed: an unknown command, a missing or an unknown value.
        OutOfRange: a value that has no place in its field.
    """
    return b"".join(map(_encode, commands))


def decode_commands(data: bytes, *, uplink: bool) -> MacSequence:
    """The commands of FOpts, or of the payload of FPort 0 in the clear.

    Args:
        data: the bytes.
        uplink: whether a device sent them: requests and answers have the same CID.

    Raises:
        Truncated: the last command misses bytes.
    """
    commands: list[MacCommand] = []
    place = 0
    while place < len(data):
        kind = _BY_CID.get((uplink, data[place]))
        if kind is None:
            return MacSequence(tuple(commands), data[place:])
        end = place + 1 + kind.length
        if end > len(data):
            raise Truncated(f"{kind.name} has {kind.length} bytes", offset=len(data), field="MAC command")
        commands.append(_decode(kind, data[place + 1 : end]))
        place = end
    return MacSequence(tuple(commands))


def _encode(given: MacCommand) -> bytes:
    kind = BY_NAME.get(given.name)
    if kind is None:
        raise Malformed(f"{given.name!r} is unknown; known are {', '.join(BY_NAME)}", field="MAC command")
    names = [field.name for field in kind.fields if field.name != RESERVED]
    if set(names) != set(given.values):
        wanted, found = ", ".join(names) or "no values", ", ".join(given.values) or "none"
        raise Malformed(f"needs {wanted}; given are {found}", field=given.name)
    packed = shift = 0
    for field in kind.fields:
        if field.name != RESERVED:
            packed |= _transmitted(kind, field, given.values[field.name]) << shift
        shift += field.bits
    return bytes((kind.cid,)) + packed.to_bytes(kind.length, "little")


def _transmitted(kind: Kind, field: Field, value: int) -> int:
    steps, rest = divmod(value, field.step)
    if rest or not field.lowest <= value <= field.highest:
        step = "" if field.step == 1 else f" in steps of {field.step}"
        reason = f"is {value}, must be {field.lowest}..{field.highest}{step}"
        raise OutOfRange(reason, field=f"{kind.name}.{field.name}")
    return steps & (1 << field.bits) - 1


def _decode(kind: Kind, data: bytes) -> MacCommand:
    packed = int.from_bytes(data, "little")
    values: dict[str, int] = {}
    for field in kind.fields:
        number = packed & (1 << field.bits) - 1
        packed >>= field.bits
        if field.signed and number >> field.bits - 1:
            number -= 1 << field.bits
        if field.name != RESERVED:
            values[field.name] = number * field.step
    return MacCommand(kind.name, values)
