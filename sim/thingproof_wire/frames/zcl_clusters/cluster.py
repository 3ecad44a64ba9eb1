"""What a cluster is: attributes and commands as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from thingproof_wire.errors import Malformed
from thingproof_wire.frames.zcl import ZclFrame, ZclType
from thingproof_wire.frames.zcl_types import BY_NAME as TYPES
from thingproof_wire.frames.zigbee_records import Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thingproof_wire.frames.zcl_types import DataType
    from thingproof_wire.frames.zigbee_records import Message


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a server.

    Attributes:
        type: name of its data type.
        access: letters of R (read), W (write), P (reported), S (part of a scene).
        step: display value of one step, in `unit`; 1 for plain numbers.
        unit: of the display value, empty without one.
    """

    number: int
    name: str
    type: str
    access: str = "R"
    step: float = 1
    unit: str = ""

    @property
    def data_type(self) -> DataType:
        """Its data type."""
        return TYPES[self.type]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster.

    Attributes:
        section: where ZCL revision 8 has it.
        received: commands that its server receives.
        generated: commands that its server sends.
    """

    number: int
    name: str
    section: str
    attributes: tuple[Attribute, ...]
    received: Table
    generated: Table
    _by_number: dict[int, Attribute] = field(default_factory=dict, compare=False, repr=False)
    _by_name: dict[str, Attribute] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Index the attributes."""
        self._by_number.update((row.number, row) for row in self.attributes)
        self._by_name.update((row.name, row) for row in self.attributes)

    def attribute(self, key: int | str) -> Attribute:
        """An attribute by number or name.

        Raises:
            Malformed: there is none.
        """
        row = self._by_number.get(key) if isinstance(key, int) else self._by_name.get(key)
        if row is None:
            shown = f"{key:#06x}" if isinstance(key, int) else repr(key)
            raise Malformed(f"the cluster {self.name} has no {shown}", field="attribute")
        return row

    def commands(self, *, to_client: bool) -> Table:
        """The commands of a direction."""
        return self.generated if to_client else self.received

    def frame(
        self, wanted: Message, sequence: int, *, to_client: bool = False, no_default_response: bool = False
    ) -> ZclFrame:
        """The frame of a command of this cluster.

        Raises:
            Malformed, OutOfRange: unknown command, a missing value, or one without a place.
        """
        table = self.commands(to_client=to_client)
        number = table.row(wanted.name).number
        payload = table.encode(wanted)
        return ZclFrame(ZclType.CLUSTER, sequence, number, payload, to_client, no_default_response)

    def read(self, frame: ZclFrame) -> Message:
        """The command of a frame of this cluster.

        Raises:
            Malformed, Truncated: of all clusters, of a manufacturer, unknown, or cut off.
        """
        if frame.kind != ZclType.CLUSTER or frame.manufacturer is not None:
            raise Malformed("is no standard command of one cluster", field="frame type")
        return self.commands(to_client=frame.to_client).decode(frame.command, frame.payload)


def cluster(
    number: int,
    name: str,
    section: str,
    attributes: Iterable[Attribute] = (),
    *,
    received: Iterable[Row] = (),
    generated: Iterable[Row] = (),
) -> Cluster:
    """A cluster of rows; every one has the cluster revision."""
    own = (*attributes, Attribute(0xFFFD, "cluster_revision", "uint16"))
    kind = f"{name} command"
    return Cluster(number, name, section, own, Table(kind, received), Table(kind, generated))
