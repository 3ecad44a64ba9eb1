"""What instances of a broker tell each other (sylvia.event.ctrl_channel), where one is told a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, wallclock
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import queue_moves

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget
    from thingproof_conformance.vendors.sylvia.queues import InstanceSide

DELETE, MOVE = "sylvia.unit.delete", "sylvia.application.update"
EVENTS = ("ctrl_channel",)
PATIENCE_S = 5.0


def listening(sylvia: SylviaTarget) -> InstanceSide:
    """Another instance's end of the channel, which the broker is told of until the case ends."""
    other = sylvia.instance_side()
    sylvia.control.seed("sylvia", {"switches": {"instance_channel": sylvia.host_uri()}})
    sylvia.close_later(lambda: sylvia.control.seed("sylvia", {"switches": {"instance_channel": ""}}))
    return other


def about(other: InstanceSide, operation: str, member: str, wanted: Any) -> list[Any]:
    """What was told by an operation about the resource whose member has a value."""
    told = [message["new"] for message in other.notices() if message["operation"] == operation]
    return [new for new in told if isinstance(new, dict) and new.get(member) == wanted]


def wait_about(other: InstanceSide, operation: str, member: str, wanted: Any) -> dict[str, Any]:
    """The one word about a resource, once it came."""
    wallclock.wait_until(lambda: bool(about(other, operation, member, wanted)), PATIENCE_S)
    found = about(other, operation, member, wanted)
    expect.equal(1, len(found), f"words of {operation} about {wanted}")
    return dict(found[0])


@case(DELETE, kind="event", rules=("r1",), events=EVENTS, needs=("seed",))
@pytest.mark.inferred
def test_delete__instances_forget(sylvia: SylviaTarget) -> None:
    """Of everything that goes with a unit other instances are told once, with ids and codes."""
    estate = sylvia.estate()
    route = sylvia.new_route(estate.device, estate.application)
    network_route = sylvia.new_network_route(estate.network, estate.application)
    other = listening(sylvia)
    sylvia.call(DELETE, token=estate.owner, path={"unitId": estate.unit.unit_id}, expect=204)
    unit = {"unitId": estate.unit.unit_id, "unitCode": estate.unit.code}
    network = {"networkId": estate.network.network_id, "networkCode": estate.network.code}
    application = {
        "applicationId": estate.application.application_id,
        "applicationCode": estate.application.code,
    }
    device = {"deviceId": estate.device.device_id}
    address = {"networkAddr": estate.device.network_addr}
    for operation, member, wanted in (
        ("del-device", "deviceId", unit | network | address | device),
        ("del-network", "networkId", unit | network),
        ("del-application", "applicationId", unit | application),
        ("del-unit", "unitId", unit),
    ):
        expect.equal(wanted, wait_about(other, operation, member, wanted[member]), operation)
    whole = {"routeId": route} | unit | application | network | address | device
    told = wait_about(other, "del-device-route", "routeId", route)
    expect.equal(whole, told, "del-device-route")
    whole = {"routeId": network_route} | unit | application | network
    expect.equal(whole, wait_about(other, "del-network-route", "routeId", network_route), "del-network-route")


@case("sylvia.unit.create", kind="event", events=EVENTS, needs=("seed",))
@pytest.mark.inferred
def test_create__instances_open_queues(sylvia: SylviaTarget) -> None:
    """Queues of a new application, and those that move, are told by code and hostUri."""
    other = listening(sylvia)
    application = sylvia.new_application()
    told = wait_about(other, "add-manager", "hostUri", application.host_uri)
    options = {
        "unitId": application.unit.unit_id,
        "unitCode": application.unit.code,
        "id": application.application_id,
        "name": application.code,
    }
    expect.equal(options, told["mgrOptions"], "mgrOptions")
    elsewhere = queue_moves.NOWHERE
    path = {"applicationId": application.application_id}
    body = {"data": {"hostUri": elsewhere}}
    sylvia.call(MOVE, token=application.unit.owner, path=path, json=body, expect=204)
    expect.equal(options, wait_about(other, "add-manager", "hostUri", elsewhere)["mgrOptions"], "mgrOptions")
    closed = [each["new"] for each in other.notices() if each["operation"] == "del-manager"]
    expect.equal([f"{application.unit.code}.{application.code}"], closed, "queues that are closed")
