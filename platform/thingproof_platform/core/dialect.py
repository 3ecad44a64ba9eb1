"""The border between servers and vendors: requests, answers, sessions, and what a vendor has to offer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from thingproof_platform.core.faults import Faults
from thingproof_platform.core.model import TABLES
from thingproof_platform.core.state import State
from thingproof_platform.core.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import ModuleType

    import msgspec

    from thingproof_platform.core.clock import Clock
    from thingproof_platform.core.errors import Refusal
    from thingproof_platform.core.faults import FaultDefinition
    from thingproof_platform.core.identifiers import Identifiers
    from thingproof_platform.core.limits import Limits
    from thingproof_platform.core.model import Account, Application, Command


@dataclass(slots=True)
class Request:
    """One parsed request. Header names are lower case; `authenticate` fills in who calls.

    `application` and `account` are rows of the core; `caller` is whatever else the vendor knows callers by.
    """

    operation: str
    method: str
    path: str
    path_parameters: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any | None = None
    raw: bytes = b""
    peer: str = ""
    content_type: str = ""
    application: Application | None = None
    account: Account | None = None
    caller: Any = None


@dataclass(slots=True)
class Response:
    """One answer: `raw` is sent as it is (JSON bytes prepared before), else `text`, else `body` as JSON.

    With all three None the body is empty.
    """

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    raw: bytes | None = None


@dataclass(slots=True)
class Awaiting:
    """The answer depends on a command: `finish` is called when it ends or after `timeout_s` seconds."""

    command_id: str
    timeout_s: float
    finish: Callable[[Command], Response]


class OperationLike(Protocol):
    """What authentication reads of a contract's operation."""

    @property
    def id(self) -> str:
        """Operation id, e.g. gizwits.users.login."""
        ...

    @property
    def security(self) -> Sequence[str]:
        """Of application, user_token, app_token, app_auth, signature: what the operation asks for."""
        ...


class ProblemLike(Protocol):
    """One violation of the contract found in a request."""

    @property
    def location(self) -> str:
        """path, query, header or body."""
        ...

    @property
    def name(self) -> str:
        """Name of the parameter or path of the member."""
        ...

    @property
    def kind(self) -> str:
        """Missing, type or value."""
        ...

    @property
    def message(self) -> str:
        """What is wrong, in one sentence."""
        ...


class Session(Protocol):
    """One WebSocket conversation, sans-IO: texts in; answers leave as effects of the world."""

    def receive(self, text: str) -> None:
        """Take one text message."""
        ...

    def closed(self) -> None:
        """The other side is gone."""
        ...


@dataclass(frozen=True, slots=True)
class BrokerAccount:
    """A client as a user of a foreign broker: its name there, its password, the topics it may use."""

    name: str
    secret: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


class MqttSide(Protocol):
    """What a broker asks a vendor's device network. Never raises on anything a client sends."""

    def authenticate(self, client_id: str, username: str | None, password: str | None, peer: str) -> bool:
        """May this client log in?"""
        ...

    def connected(self, client_id: str, peer: str) -> int:
        """The client is connected. Returns the number of this connection, to hand back on disconnect."""
        ...

    def disconnected(self, client_id: str, connection: int | None = None) -> None:
        """A connection ended. With its number, the end of an already replaced connection is ignored."""
        ...

    def may_publish(self, client_id: str, topic: str) -> bool:
        """May the client publish on the topic?"""
        ...

    def may_subscribe(self, client_id: str, topic_filter: str) -> bool:
        """May the client subscribe to the filter?"""
        ...

    def may_receive(self, client_id: str, topic: str) -> bool:
        """May the client, who subscribed once, still get a message of the topic?"""
        ...

    def passed_on(self, client_id: str, topic: str) -> bool:
        """Does the broker pass a message of the client on, or does the side send what follows from it?"""
        ...

    @property
    def uplinks(self) -> tuple[str, ...]:
        """What the platform subscribes to at a foreign broker."""
        ...

    def sender(self, topic: str) -> str:
        """Who spoke on an uplink topic, as far as the topic tells; empty when it names nobody."""
        ...

    def accounts(self) -> Iterable[BrokerAccount]:
        """Whoever may log in at a foreign broker now."""
        ...

    def accounts_version(self) -> object:
        """Equal to the one before as long as `accounts` gives the same."""
        ...

    def published(
        self,
        client_id: str,
        topic: str,
        payload: bytes,
        *,
        packet_id: int | None = None,
        duplicate: bool = False,
        peer: str = "",
    ) -> bool:
        """A message arrived. True when it is stored, now or before; False when it was of no use."""
        ...


class QueueSide(Protocol):
    """What the clients of message brokers ask a vendor. Never raises on anything a queue holds."""

    @property
    def group(self) -> str:
        """Who shares the messages of an MQTT topic: all members of this group get each message once."""
        ...

    def received(self, owner: str, name: str, payload: bytes) -> None:
        """A message of the queue `name` of an owner; it is acknowledged when its changes are durable."""
        ...


Handler: TypeAlias = "Callable[[World, Request], Response | Awaiting]"
Page: TypeAlias = "Callable[[World, Request], Response]"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One vendor's way of speaking, complete.

    Attributes:
        name: vendor name, as in the folder.
        handlers: one function per operation id.
        attach: called once per world; subscribes the vendor's push to events.
        authenticate: identifies application and account, raises Refusal; called before validation.
        invalid: turns violations of the contract into the vendor's refusal.
        render: a refusal in the vendor's envelope.
        seed: puts applications, products, devices and users in; returns them completed.
        mqtt: makes the device network of a world; None when the vendor has no MQTT.
        queues: gives the vendor's side of queues on message brokers; the vendor then has a broker of its
            own that is open to everyone, and its clients name that one or any other by URI.
        websocket_paths: paths on which `open_session` takes conversations.
        open_session: (world, session id, path, query, peer) -> session.
        prefixes: path prefixes the vendor also answers under.
        tables: rows of the state that only this vendor has, by the name of their table.
        faults: what can be switched on beside the general faults.
        pages: what is served beside the contract, whatever the method, by the prefix of the path.
        error_member: the member of a refusal's body that holds the code.
        headers: what every answer carries.
        trims_slash: a slash at the end of a path does not count.
    """

    name: str
    handlers: Mapping[str, Handler]
    attach: Callable[[World], None]
    authenticate: Callable[[World, Request, OperationLike], Request]
    invalid: Callable[[OperationLike, Sequence[ProblemLike]], Refusal]
    render: Callable[[Refusal, Request], Response]
    seed: Callable[[World, dict[str, Any]], dict[str, Any]]
    mqtt: Callable[[World], MqttSide] | None = None
    queues: Callable[[World], QueueSide] | None = None
    websocket_paths: tuple[str, ...] = ()
    open_session: Callable[[World, str, str, Mapping[str, str], str], Session] | None = None
    prefixes: tuple[str, ...] = ("",)
    tables: Mapping[str, type[msgspec.Struct]] = field(default_factory=dict)
    faults: Sequence[FaultDefinition] = ()
    pages: Mapping[str, Page] = field(default_factory=dict)
    error_member: str = "error_code"
    headers: Mapping[str, str] = field(default_factory=dict)
    trims_slash: bool = False


def make_world(
    dialects: Iterable[Dialect],
    clock: Clock,
    identifiers: Identifiers,
    *,
    journal: bool = True,
    limits: Limits | None = None,
) -> World:
    """A world with the tables, faults and services of these vendors; without `journal` nothing is noted."""
    chosen = tuple(dialects)
    tables = {name: row for dialect in chosen for name, row in dialect.tables.items()}
    faults = Faults(fault for dialect in chosen for fault in dialect.faults)
    world = World(clock, identifiers, State(TABLES | tables, journal=journal), limits, faults)
    for dialect in chosen:
        dialect.attach(world)
    return world


def handlers_by_name(operations: Iterable[str], modules: Mapping[str, ModuleType]) -> dict[str, Handler]:
    """The handler of each operation: `gizwits.devices.raw_data` is `raw_data` of the module `devices`.

    Further segments join with underscores: `gizwits.scenes.task.run` is `task_run` of `scenes`.

    Raises:
        LookupError: an operation has no module or no function.
    """
    found: dict[str, Handler] = {}
    for operation in operations:
        _, tag, *rest = operation.split(".")
        handler = getattr(modules.get(tag), "_".join(rest), None)
        if handler is None:
            raise LookupError(f"{operation}: there is no {'_'.join(rest)} in handlers/{tag}.py")
        found[operation] = handler
    return found
