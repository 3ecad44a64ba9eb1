"""What happened, in the core's words. Vendors turn events into their own messages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_platform.core.model import Account, Binding, Command, Record


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a moment (epoch seconds)."""

    name: ClassVar[str] = ""
    at: float


@dataclass(frozen=True, slots=True)
class ThingOnline(Event):
    """A thing logged in; `again` when its offline process had not completed."""

    name: ClassVar[str] = "thing.online"
    thing: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class ThingOffline(Event):
    """The offline process of a thing completed."""

    name: ClassVar[str] = "thing.offline"
    thing: str


@dataclass(frozen=True, slots=True)
class FrameReceived(Event):
    """A frame of a thing was stored: report, answer, transparent data. `client` names a private receiver."""

    name: ClassVar[str] = "frame.received"
    thing: str
    frame: bytes
    client: str = ""


@dataclass(frozen=True, slots=True)
class ReadingReceived(Event):
    """A thing told values of datapoints (display values).

    `sequence` is set when the frame carried one, `answer` when it answers the request of that number;
    `previous` holds what the same datapoints said before, without those that never spoke.
    """

    name: ClassVar[str] = "reading.received"
    thing: str
    values: dict[str, Any]
    client: str = ""
    sequence: int | None = None
    answer: bool = False
    previous: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommandChanged(Event):
    """A command moved to a new state; the full name is `command.<state>`."""

    name: ClassVar[str] = "command.changed"
    command: Command


@dataclass(frozen=True, slots=True)
class RecordAdded(Event):
    """A line was added to a log."""

    name: ClassVar[str] = "record.added"
    record: Record


@dataclass(frozen=True, slots=True)
class AccountCreated(Event):
    """A user registered."""

    name: ClassVar[str] = "account.created"
    account: Account


@dataclass(frozen=True, slots=True)
class BindingChanged(Event):
    """An account gained or lost a thing."""

    name: ClassVar[str] = "binding.changed"
    binding: Binding
    bound: bool


EventType = TypeVar("EventType", bound=Event)


class Events:
    """Synchronous dispatch by type: a listener runs before `emit` returns."""

    def __init__(self) -> None:
        self._listeners: defaultdict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)

    def subscribe(
        self, event_type: type[EventType], listener: Callable[[EventType], None]
    ) -> Callable[[], None]:
        """Call `listener` for each event of exactly that type. Returns what undoes it."""
        listeners = self._listeners[event_type]
        listeners.append(listener)
        return lambda: listeners.remove(listener) if listener in listeners else None

    def emit(self, event: Event) -> None:
        """Tell everyone who listens for this type, in order of subscription."""
        for listener in tuple(self._listeners.get(type(event), ())):
            listener(event)
