"""What happens to this vendor's resources, told to whoever keeps queues and timers for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from thingproof_platform.core.events import Event

if TYPE_CHECKING:
    from thingproof_platform.vendors.sylvia.service.model import (
        Application,
        Buffer,
        Device,
        DeviceRoute,
        Network,
        NetworkRoute,
        Unit,
    )

# created: open the queues; moved: hostUri differs now; deleted: close them. The row is the state after it.
Change = Literal["created", "moved", "deleted"]
ControlOperation = Literal[
    "add-device",
    "add-device-bulk",
    "add-device-range",
    "del-device",
    "del-device-bulk",
    "del-device-range",
]


@dataclass(frozen=True, slots=True)
class ApplicationChanged(Event):
    """An application came, went or moved to another message broker; `unit_code` names its queues."""

    name: ClassVar[str] = "sylvia.application.changed"
    application: Application
    unit_code: str
    change: Change


@dataclass(frozen=True, slots=True)
class NetworkChanged(Event):
    """A network came, went or moved; `unit_code` is None for a public one."""

    name: ClassVar[str] = "sylvia.network.changed"
    network: Network
    unit_code: str | None
    change: Change


@dataclass(frozen=True, slots=True)
class DevicesChanged(Event):
    """Devices of a network came or went over REST: what its queue `ctrl` tells, with `new` as it is sent."""

    name: ClassVar[str] = "sylvia.devices.changed"
    network: Network
    operation: ControlOperation
    new: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ResourceLeaving(Event):
    """A resource is about to be deleted; whatever it names is still there."""

    name: ClassVar[str] = "sylvia.resource.leaving"
    row: Unit | Application | Network | Device | DeviceRoute | NetworkRoute


@dataclass(frozen=True, slots=True)
class BufferRemoved(Event):
    """A downlink left the buffer: its result came, it was deleted, or what it belonged to was."""

    name: ClassVar[str] = "sylvia.buffer.removed"
    buffer: Buffer
