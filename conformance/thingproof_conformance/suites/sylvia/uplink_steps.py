"""Uplinks on their way from a network's queue to applications' queues, for both kinds of route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance.events import Expected, watch

if TYPE_CHECKING:
    from thingproof_conformance.events import Arrival
    from thingproof_conformance.vendors.sylvia import Device, Estate, SylviaTarget
    from thingproof_conformance.vendors.sylvia.queues import ApplicationSide, NetworkSide

EVENT = "sylvia.event.app_uldata"
DATA_ID = r"\d{13}-[A-Za-z0-9]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"

transports = pytest.mark.parametrize(
    "transport", ["mqtt", pytest.param("amqp", marks=pytest.mark.covers(needs=("amqp",)))]
)
"""Runs a case with queues at a broker that speaks MQTT, and at one that speaks AMQP."""


@dataclass(frozen=True, slots=True)
class Line:
    """An estate with both of its ends of the queues."""

    estate: Estate
    network: NetworkSide
    application: ApplicationSide


def line(sylvia: SylviaTarget, transport: str = "mqtt", *, public: bool = False) -> Line:
    """A unit with application, network and device whose queues are at a message broker."""
    uri = sylvia.host_uri(transport)
    estate = sylvia.estate()
    application = sylvia.new_application(estate.unit, hostUri=uri)
    network = sylvia.new_network(None if public else estate.unit, public=public, hostUri=uri)
    device = sylvia.new_device(network, unit=estate.unit, profile="tracker")
    estate = type(estate)(
        estate.unit, estate.owner, estate.member, estate.stranger, application, network, device
    )
    ends = sylvia.network_side(network), sylvia.application_side(application)
    return Line(estate, *ends)


def copy_of(device: Device, message: dict[str, Any], **changes: Any) -> Expected:
    """The copy of an uplink an application gets."""
    payload = {
        "deviceId": device.device_id,
        "networkId": device.network.network_id,
        "networkCode": device.network.code,
        "networkAddr": device.network_addr,
        "isPublic": device.network.unit is None,
        "profile": device.profile,
        "data": message["data"].lower(),
        "time": "2024-02-29T12:34:56.789Z",
        **changes,
    }
    return Expected(EVENT, about={"data": payload["data"]}, payload=payload)


def arrives(line_: Line, device: Device | None = None, data: str = "0a0b", **fields: Any) -> Arrival:
    """An uplink of a device reaches the line's application, once; gives what arrived."""
    source = line_.application.source("uldata")
    device = device or line_.estate.device
    message = line_.network.uplink(device, data, **fields)
    return watch(source, copy_of(device, message), others=False)[0]


def stays_away(line_: Line) -> None:
    """An uplink of the line's device reaches nobody at the line's application."""
    source = line_.application.source("uldata")
    line_.network.uplink(line_.estate.device, "dead")
    watch(source)
