"""Queues that move with their hostUri: the walks of the state table queue_binding (sylvia.md:515, 725).

Whether a broker is bound to a host shows by the messages that pass there, so each state is seen by sending
one and watching both hosts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from thingproof_conformance import events, expect
from thingproof_conformance.events import Expected
from thingproof_conformance.suites.sylvia import resource_cases as resources
from thingproof_conformance.vendors.sylvia.second_broker import SecondBroker

if TYPE_CHECKING:
    from thingproof_conformance.states import Walk
    from thingproof_conformance.vendors.sylvia import SylviaTarget

OLD, NEW, CLOSED = "bound to old host", "bound to new host", "closed"
NOWHERE: Final = "mqtt://127.0.0.1:1"
QUIET_S: Final = 0.3
"""How long nothing has to come where nothing may come."""


class Mover(ABC):
    """An application or a network of which the queues move, and its partner that stays."""

    tag = ""
    event = ""

    def __init__(self, target: SylviaTarget, transport: str = "mqtt") -> None:
        self.target = target
        self.estate = target.estate()
        target.new_route(self.estate.device, self.estate.application)
        self.old = target.host_uri()
        self._transport = transport
        self._open: dict[str, Any] = {}

    @property
    def identifier(self) -> str:
        """The id of what moves."""
        return str(getattr(getattr(self.estate, self.tag), f"{self.tag}_id"))

    @cached_property
    def new(self) -> str:
        """The other host: a broker of another protocol, or one of the harness' own."""
        if self._transport == "amqp":
            return self.target.host_uri("amqp")
        broker = SecondBroker()
        self.target.close_later(broker.close)
        return broker.uri

    def move(self, uri: str) -> None:
        """Have the queues moved."""
        resources.update(self.target, self.tag, self.identifier, self.estate.owner, hostUri=uri)

    def end(self) -> None:
        """Delete what moves."""
        path = {f"{self.tag}Id": self.identifier}
        self.target.call(f"sylvia.{self.tag}.delete", token=self.estate.owner, path=path, expect=204)

    def side(self, uri: str) -> Any:
        """The end of the queues at a host."""
        if uri not in self._open:
            maker = getattr(self.target, f"{self.tag}_side")
            self._open[uri] = maker(getattr(self.estate, self.tag), uri)
        return self._open[uri]

    @abstractmethod
    def passes(self, uri: str) -> None:
        """A message passes at a host."""

    @abstractmethod
    def is_quiet(self, uri: str) -> None:
        """No message passes at a host."""


class ApplicationMover(Mover):
    """An application: data of a device come to it, and its own are answered."""

    tag = "application"
    event = "sylvia.event.queue_reconnect"

    def __init__(self, target: SylviaTarget, transport: str = "mqtt") -> None:
        super().__init__(target, transport)
        self.network = target.network_side(self.estate.network)

    def passes(self, uri: str) -> None:
        """An uplink arrives, and a downlink is answered."""
        side = self.side(uri)
        source = side.source("uldata")
        data = self.target.names.hex(8)
        self.network.uplink(self.estate.device, data)
        events.watch(source, Expected("sylvia.event.app_uldata", payload={"data": data}))
        expect.field(side.downlink(deviceId=self.estate.device.device_id), "dataId")

    def is_quiet(self, uri: str) -> None:
        """No uplink arrives, and no downlink is answered."""
        side = self.side(uri)
        source = side.source()
        self.network.uplink(self.estate.device)
        side.send("dldata", {"correlationId": "lost", "deviceId": self.estate.device.device_id, "data": ""})
        events.watch(source, settle_s=QUIET_S, others=False)


class NetworkMover(Mover):
    """A network: its devices' data are routed, and it gets data for them."""

    tag = "network"
    event = "sylvia.event.network_queue_reconnect"

    def __init__(self, target: SylviaTarget, transport: str = "mqtt") -> None:
        super().__init__(target, transport)
        self.application = target.application_side(self.estate.application)

    def passes(self, uri: str) -> None:
        """An uplink is routed, and a downlink arrives."""
        side = self.side(uri)
        source, routed = side.source("dldata"), self.application.source("uldata")
        data = self.target.names.hex(8)
        side.uplink(self.estate.device, data)
        events.watch(routed, Expected("sylvia.event.app_uldata", payload={"data": data}))
        data_id = self.application.downlink(deviceId=self.estate.device.device_id, data=data)["dataId"]
        payload = {"dataId": data_id, "data": data}
        events.watch(source, Expected("sylvia.event.net_dldata", payload=payload))

    def is_quiet(self, uri: str) -> None:
        """No uplink is routed, and no downlink arrives."""
        side = self.side(uri)
        source, routed = side.source(), self.application.source("uldata")
        side.uplink(self.estate.device)
        self.application.send(
            "dldata",
            {"correlationId": "lost", "deviceId": self.estate.device.device_id, "data": ""},
        )
        events.watch(routed, settle_s=QUIET_S, others=False)
        events.watch(source, settle_s=QUIET_S, others=False)


MOVERS: Final[dict[str, type[Mover]]] = {"application": ApplicationMover, "network": NetworkMover}


def walk_along(target: SylviaTarget, tag: str, walk: Walk, transport: str) -> None:
    """Cause each transition and see the state it leads to."""
    mover = MOVERS[tag](target, transport)
    mover.passes(mover.old)
    for transition in walk:
        if transition.event.startswith("DELETE"):
            mover.end()
        elif "equal" in transition.event:
            here = mover.old
            mover.move(here.replace(urlsplit(here).scheme, urlsplit(here).scheme.upper(), 1))
            shown = resources.entry(target, tag, mover.identifier)["hostUri"]
            expect.equal(here, shown, "hostUri in its normal form")
        else:
            mover.move(mover.new)
        _see(mover, transition.target, walk)


def _see(mover: Mover, state: str, walk: Walk) -> None:
    """The state shows by where messages pass."""
    moved = any(transition.target == NEW for transition in walk)
    if state == CLOSED:
        mover.is_quiet(mover.new if moved else mover.old)
        return
    here, there = (mover.new, mover.old) if state == NEW else (mover.old, None)
    mover.passes(here)
    if there is not None:
        mover.is_quiet(there)


def away_and_back(target: SylviaTarget, tag: str) -> None:
    """On a host nobody answers at nothing passes; back on the first one, everything does."""
    mover = MOVERS[tag](target)
    mover.passes(mover.old)
    mover.move(NOWHERE)
    mover.is_quiet(mover.old)
    mover.move(mover.old)
    mover.passes(mover.old)
