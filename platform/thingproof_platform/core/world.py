"""The world: one facade over clock, state and everything in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from thingproof_platform.core.accounts import Accounts
from thingproof_platform.core.aggregates import Aggregates
from thingproof_platform.core.commands import Commands
from thingproof_platform.core.effects import CloseSession, DisconnectMqtt
from thingproof_platform.core.events import Events
from thingproof_platform.core.faults import Faults
from thingproof_platform.core.limits import Limits
from thingproof_platform.core.model import TABLES
from thingproof_platform.core.outbox import Outbox
from thingproof_platform.core.readings import Readings
from thingproof_platform.core.records import Records
from thingproof_platform.core.runs import Runs
from thingproof_platform.core.state import State
from thingproof_platform.core.things import Things
from thingproof_platform.core.throttle import Throttles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thingproof_platform.core.clock import Clock
    from thingproof_platform.core.effects import Effect
    from thingproof_platform.core.events import Event
    from thingproof_platform.core.identifiers import Identifiers
    from thingproof_platform.core.state import Change, Table

_DAY = 86400.0


AService = TypeVar("AService", bound="Service")
AnEffect = TypeVar("AnEffect")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a vendor's device network listens, as told to applications."""

    host: str = "127.0.0.1"
    mqtt_port: int = 1883
    mqtts_port: int = 8883
    ws_port: int = 8080
    wss_port: int = 8880


class _Part(Protocol):
    def rebuild(self) -> None: ...


class Service(_Part, Protocol):
    """A vendor's own concepts in a world: what it keeps beside its rows (sessions, indexes, timers)."""

    def reset(self) -> None:
        """Forget everything that is not in the state."""
        ...

    def rebuild(self) -> None:
        """Make indexes and timers anew from the rows, after a restart or a reset."""
        ...


class World:
    """Everything the platform knows and does, without input and output.

    After each request, message or piece of due work the servers take `state.drain()` to the journal and then
    carry out `drain_effects()`.

    Args:
        clock: the time.
        identifiers: where ids and secrets come from.
        state: tables; a fresh state with journal when not given.
        limits: numbers that the documents give as defaults.
        faults: what can be switched on; the general faults when not given.
    """

    def __init__(
        self,
        clock: Clock,
        identifiers: Identifiers,
        state: State | None = None,
        limits: Limits | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.clock = clock
        self.identifiers = identifiers
        self.state = State(TABLES) if state is None else state
        self.limits = self._first_limits = Limits() if limits is None else limits
        self.events = Events()
        self.faults = Faults() if faults is None else faults
        self.counters: Counter[str] = Counter()
        self.throttles = Throttles(clock)
        self.endpoints: dict[str, Endpoints] = {}
        self.services: dict[str, Service] = {}
        self.unreachable: set[str] = set()
        self.outbox = Outbox(self.state, clock)
        self.accounts = Accounts(self)
        self.records = Records(self)
        self.readings = Readings(self)
        self.things = Things(self)
        self.commands = Commands(self)
        self.runs = Runs(self)
        self.aggregates = Aggregates(self)
        self._effects: list[Effect] = []
        self._keep_house()

    def service(self, name: str, kind: type[AService]) -> AService:
        """The service of that name; a TypeError when the vendor was never attached."""
        found = self.services.get(name)
        if not isinstance(found, kind):
            raise TypeError(f"the world has no service {name}")
        return found

    def emit(self, event: Event) -> None:
        """Tell an event to everyone who listens."""
        self.events.emit(event)

    def effect(self, effect: Effect) -> None:
        """Ask the servers to do something."""
        self._effects.append(effect)

    def pending(self, kind: type[AnEffect]) -> list[AnEffect]:
        """The effects of a kind that are not drained yet."""
        return [effect for effect in self._effects if isinstance(effect, kind)]

    def drain_effects(self) -> list[Effect]:
        """What the servers have to do, in order; carried out after the drained changes are durable."""
        effects, self._effects = self._effects, []
        return effects

    def set_link(self, vendor: str, *, up: bool) -> None:
        """The connection to a vendor's broker came or went: without it commands cannot leave."""
        (self.unreachable.discard if up else self.unreachable.add)(vendor)

    def unused(self, table: Table[Any], draw: Callable[[], str]) -> str:
        """An identifier no row of the table has; a seeded source repeats itself after a restart."""
        value = draw()
        while value in table:
            value = draw()
        return value

    def restore(self, changes: Iterable[Change]) -> None:
        """Load a journal and rebuild every index."""
        self.state.load(changes)
        self._rebuild()

    def reset(self) -> None:
        """Empty everything: rows, faults, timers, sessions, connections; clock and limits as at the start."""
        for thing in self.things.things:
            if thing.connection == "online":
                for attachment in self.things.attachments:
                    if attachment.thing == thing.id:
                        self.effect(DisconnectMqtt(attachment.external_id, attachment.vendor))
        self.clock.reset()
        self.faults.clear()
        self.limits = self._first_limits
        self.throttles.clear()
        self.counters.clear()
        for service in self.services.values():
            service.reset()
        self.state.clear()
        self._rebuild()
        self._keep_house()

    def close_session(self, session_id: str, code: int, reason: str) -> None:
        """Ask the servers to close a WebSocket session."""
        self.effect(CloseSession(session_id, code, reason))

    def _rebuild(self) -> None:
        core: tuple[_Part, ...] = (
            self.outbox,
            self.accounts,
            self.records,
            self.readings,
            self.things,
            self.commands,
            self.runs,
            self.aggregates,
        )
        for part in (*core, *self.services.values()):
            part.rebuild()

    def _keep_house(self) -> None:
        """Once a day: forget old records and tokens that expired long ago."""
        now = self.clock.now()
        self.records.prune(now - self.limits.log_kept)
        self.accounts.prune(now - self.limits.expired_token_kept)
        self.aggregates.prune(now - self.limits.aggregates_kept)
        self.clock.schedule(now + _DAY, self._keep_house)
