"""Uplinks over network routes (sylvia.event.app_uldata)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.events import watch
from thingproof_conformance.suites.sylvia.uplink_steps import arrives, copy_of, line, stays_away, transports

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

CREATE, DELETE = "sylvia.network_route.create", "sylvia.network_route.delete"
EVENTS = ("net_uldata", "app_uldata")


@case(CREATE, kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.documented
@transports
def test_create__every_device_arrives(sylvia: SylviaTarget, transport: str) -> None:
    """With a route every device of the network is heard, also one that is made later; no other network's."""
    way = line(sylvia, transport)
    sylvia.new_network_route(way.estate.network, way.estate.application)
    arrives(way)
    arrives(way, sylvia.new_device(way.estate.network), "0b")
    other = sylvia.new_device(sylvia.new_network(way.estate.unit))
    source = way.application.source("uldata")
    sylvia.network_side(other.network).uplink(other, "dead")
    way.network.uplink(sylvia.names.hex(8), "dead")
    message = way.network.uplink(way.estate.device, "0c")
    watch(source, copy_of(way.estate.device, message), others=False)


@case(CREATE, kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.inferred
def test_create__public_network(sylvia: SylviaTarget) -> None:
    """A public network that is routed to an application is heard there, and tells that it is public."""
    way = line(sylvia, public=True)
    sylvia.new_network_route(way.estate.network, way.estate.application)
    arrival = arrives(way)
    expect.equal(True, arrival.payload["isPublic"], "isPublic")


@case(DELETE, kind="event", rules=("r1",), events=EVENTS)
@pytest.mark.documented
def test_delete__uplink_stays_away(sylvia: SylviaTarget) -> None:
    """When the route is gone nothing arrives any more."""
    way = line(sylvia)
    route = sylvia.new_network_route(way.estate.network, way.estate.application)
    arrives(way)
    sylvia.call(DELETE, token=way.estate.owner, path={"routeId": route})
    stays_away(way)
