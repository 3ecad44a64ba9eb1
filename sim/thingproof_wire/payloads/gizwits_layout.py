"""Runs of datapoints in a payload: where each one lies, and the fast way to write and read all of them.

A part is a bit group, then numbers, then binary datapoints; a layout is one part after another. The bit group
is a big-endian integer, and so is every number: therefore the whole layout is ONE big-endian integer in which
each datapoint has a shift. Writing and reading walk over tables of names and shifts; when anything is wrong,
`Layout.walk` goes over the bytes again, datapoint by datapoint, to say what and where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thingproof_wire.errors import OutOfRange, ReservedBits, Truncated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from thingproof_wire.payloads.gizwits_datapoint import Datapoint, Value

_MEMO_SIZE = 4096
"""Display values remembered for each scaled number; a sensor rarely shows more different ones."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a datapoint lies in a layout.

    Attributes:
        title: name of the part.
        offset: first byte of the bit group or of the datapoint's own bytes, from the start of the layout.
        length: bytes of the group or of the datapoint.
        shift: lowest bit inside the group; 0 for whole bytes.
        used_bits: bits of the group that have a meaning; 0 for whole bytes.
    """

    datapoint: Datapoint
    title: str
    offset: int
    length: int
    shift: int = 0
    used_bits: int = 0


class _Bits(dict[Any, int]):
    """Display value to shifted bits; other spellings of a value are checked each time, never remembered."""

    def __init__(self, datapoint: Datapoint, shift: int) -> None:
        labels: tuple[Any, ...] = (False, True) if datapoint.type == "bool" else datapoint.values
        super().__init__((label, raw << shift) for raw, label in enumerate(labels))
        self.datapoint = datapoint

    def __missing__(self, value: object) -> int:
        return self[self.datapoint.check(value)]


class _Scaled(dict[float, int]):
    """Display value to shifted number, for numbers whose ratio is not 1."""

    def __init__(self, datapoint: Datapoint, shift: int) -> None:
        super().__init__()
        self.datapoint = datapoint
        self.shift = shift

    def __missing__(self, value: float) -> int:
        placed = _placed(self.datapoint, value, self.shift)
        if len(self) < _MEMO_SIZE:
            self[value] = placed
        return placed


def _placed(datapoint: Datapoint, value: object, shift: int) -> int:
    """The transmitted value at its place, after all checks."""
    checked = datapoint.check(value)
    if isinstance(checked, bytes):
        return int.from_bytes(checked, "big") << shift
    assert isinstance(checked, (int, float))
    return datapoint.to_raw(checked) << shift


class Layout:
    """Parts of datapoints that follow each other.

    Args:
        parts: title and datapoints of each part, in order.
        wanted: names that count; the others keep their places but are neither looked at nor checked.

    Attributes:
        places: every datapoint, in order.
        length: bytes of all parts.
    """

    def __init__(
        self, parts: Iterable[tuple[str, Iterable[Datapoint]]], wanted: Collection[str] | None = None
    ) -> None:
        self.places: list[Place] = []
        self.length = 0
        for title, datapoints in parts:
            self._append(title, tuple(datapoints))
        self._wanted = {place.datapoint.name for place in self.places}
        if wanted is not None:
            self._wanted &= set(wanted)
        self._blank: dict[str, Value] = {}
        self._reserved = 0
        self._bits: list[tuple[str, Any, _Bits, Sequence[Any], int, int]] = []
        """Name, default, values to bits, bits to values, shift, mask."""
        self._numbers: list[tuple[str, int, int, int, int, int, Datapoint]] = []
        """Name, lowest and highest value, addition, shift, mask: numbers whose ratio is 1."""
        self._others: list[tuple[str, Any, _Scaled, int, int, Datapoint]] = []
        """Name, default, values to numbers, shift, mask: scaled numbers and binary datapoints."""
        for place in self.places:
            self._tabulate(place)

    def _append(self, title: str, datapoints: Sequence[Datapoint]) -> None:
        """Lay out one more part."""
        bits = [datapoint for datapoint in datapoints if datapoint.bits]
        used_bits = sum(datapoint.bits for datapoint in bits)
        group = (used_bits + 7) // 8
        shift = 0
        for datapoint in bits:
            self.places.append(Place(datapoint, title, self.length, group, shift, used_bits))
            shift += datapoint.bits
        self.length += group
        for datapoint in datapoints:
            if not datapoint.bits:
                self.places.append(Place(datapoint, title, self.length, datapoint.bytes))
                self.length += datapoint.bytes

    def _tabulate(self, place: Place) -> None:
        """Note the place in the tables of the fast way."""
        datapoint = place.datapoint
        end = 8 * (self.length - place.offset - place.length)
        if place.used_bits:
            self._reserved |= ((1 << 8 * place.length) - (1 << place.used_bits)) << end
        if datapoint.name not in self._wanted:
            return
        default = datapoint.lowest
        self._blank[datapoint.name] = default
        shift = end + place.shift
        mask = (1 << (datapoint.bits or 8 * datapoint.bytes)) - 1
        if datapoint.bits:
            meanings = (False, True) if datapoint.type == "bool" else datapoint.values
            self._bits.append((datapoint.name, default, _Bits(datapoint, shift), meanings, shift, mask))
        elif datapoint.is_plain_number:
            low, high, addition = int(datapoint.minimum), int(datapoint.maximum), int(datapoint.addition)
            self._numbers.append((datapoint.name, low, high, addition, shift, mask, datapoint))
        else:
            if datapoint.type != "binary":
                default = float(datapoint.lowest)
            self._others.append((datapoint.name, default, _Scaled(datapoint, shift), shift, mask, datapoint))

    def encode(self, values: Mapping[str, Value]) -> bytes:
        """Bytes of all datapoints; one without a value is written as its lowest, other names are ignored.

        Raises:
            OutOfRange: a value that its datapoint does not allow.
        """
        total = 0
        get = values.get
        try:
            for name, default, bits, _, _, _ in self._bits:
                total |= bits[get(name, default)]
        except TypeError:  # a value that cannot be looked up, such as a list
            self._check_all(values)
            raise
        for name, low, high, addition, shift, _, datapoint in self._numbers:
            value: Any = get(name, low)
            # The exact class: a bool is an int too, but no number.
            if value.__class__ is int and low <= value <= high:
                total |= (value - addition) << shift
            else:
                total |= _placed(datapoint, value, shift)
        for name, default, scaled, shift, _, datapoint in self._others:
            value = get(name, default)
            total |= scaled[value] if value.__class__ is float else _placed(datapoint, value, shift)
        return total.to_bytes(self.length, "big")

    def _check_all(self, values: Mapping[str, Value]) -> None:
        for place in self.places:
            if place.datapoint.name in values:
                place.datapoint.check(values[place.datapoint.name])

    def decode(self, data: bytes, start: int = 0) -> dict[str, Value]:
        """Values of all wanted datapoints, in order, from an offset on.

        Raises:
            Truncated, ReservedBits, OutOfRange: with offset and field.
        """
        end = start + self.length
        values = self._blank.copy()
        total = int.from_bytes(data[start:end], "big")
        right = end <= len(data) and not total & self._reserved
        if right:
            right = self._read(total, values)
        if not right:
            for _ in self.walk(data, start):
                pass  # raises at the fault
            raise AssertionError("the fast way refuses what the slow way allows")
        return values

    def _read(self, total: int, values: dict[str, Value]) -> bool:
        """Put the datapoints of the integer into the mapping; False when one is outside its limits."""
        try:
            for name, _, _, meanings, shift, mask in self._bits:
                values[name] = meanings[total >> shift & mask]
        except IndexError:
            return False
        for name, low, high, addition, shift, mask, _ in self._numbers:
            value = (total >> shift & mask) + addition
            if not low <= value <= high:
                return False
            values[name] = value
        for name, _, _, shift, mask, datapoint in self._others:
            raw = total >> shift & mask
            if datapoint.type == "binary":
                values[name] = raw.to_bytes(datapoint.length, "big")
                continue
            shown = datapoint.to_display(raw)
            if not datapoint.minimum <= shown <= datapoint.maximum:
                return False
            values[name] = shown
        return True

    def walk(self, data: bytes, start: int = 0) -> Iterator[tuple[Place, Value | None]]:
        """Every datapoint's place and value, None for one that does not count; stops at the first fault.

        Raises:
            Truncated, ReservedBits, OutOfRange: with offset and field.
        """
        for place in self.places:
            begin = start + place.offset
            end = begin + place.length
            if end > len(data):
                raise Truncated(
                    f"{self.length} bytes of datapoints expected, {len(data) - start} are there",
                    offset=len(data),
                    field="bit group" if place.used_bits else place.datapoint.name,
                )
            number = int.from_bytes(data[begin:end], "big")
            if place.used_bits and number >> place.used_bits:
                raise ReservedBits(
                    f"bit {number.bit_length() - 1} is set, the bit group has {place.used_bits} bits",
                    offset=begin,
                    field="bit group",
                )
            yield place, self._meaning(place, number, begin)

    def _meaning(self, place: Place, number: int, begin: int) -> Value | None:
        """The display value in a group's or a datapoint's own bytes."""
        datapoint = place.datapoint
        if datapoint.name not in self._wanted:
            return None
        if datapoint.type == "binary":
            return number.to_bytes(datapoint.length, "big")
        if not datapoint.bits:
            value = datapoint.to_display(number)
            if datapoint.minimum <= value <= datapoint.maximum:
                return value
            limits = f"{datapoint.minimum}..{datapoint.maximum}"
            raise OutOfRange(
                f"{value} (transmitted {number}) is outside {limits}", offset=begin, field=datapoint.name
            )
        raw = number >> place.shift & (1 << datapoint.bits) - 1
        if datapoint.type == "bool":
            return bool(raw)
        if raw < len(datapoint.values):
            return datapoint.values[raw]
        raise OutOfRange(
            f"order number {raw} is beyond the enumeration's {len(datapoint.values)} labels",
            offset=begin + place.length - 1 - place.shift // 8,
            field=datapoint.name,
        )
