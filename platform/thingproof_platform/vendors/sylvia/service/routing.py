"""Uplinks: from a network's queue to the queues of the applications they are routed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from thingproof_platform.core.events import FrameReceived
from thingproof_platform.network import sylvia_queues as queues
from thingproof_platform.vendors.sylvia.service.channels import channels
from thingproof_platform.vendors.sylvia.service.registry import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.model import Application, Device, Network


class _Uplink(NamedTuple):
    """What a network sent, of whom."""

    network: Network
    device: Device
    message: queues.NetworkUplink


def uplink(world: World, network: Network, payload: bytes) -> None:
    """A message of a network's queue `uldata`; what is no uplink is dropped and counted."""
    try:
        message = queues.read_uplink(payload)
    except queues.MessageError:
        world.counters["sylvia_uplinks_invalid"] += 1
        return
    faults = world.faults
    if faults.active:
        _spoil(world, message, payload)
    world.counters["sylvia_uplinks"] += 1
    device = registry(world).devices.find((network.id, message.network_addr))
    _copy_of_network(world, network, device, message)
    if device is None:
        world.counters["sylvia_uplinks_unknown_device"] += 1
        return
    _note(world, device, bytes.fromhex(message.data))
    routed = list(_applications(world, network, device))
    if not routed:
        world.counters["sylvia_uplinks_unrouted"] += 1
    data_id = ""
    for application in routed:
        if not data_id or not faults.on("one_data_id_for_all"):
            data_id = registry(world).new_data_id()
        _to_application(world, application, _Uplink(network, device, message), data_id)


def _applications(world: World, network: Network, device: Device) -> Iterator[Application]:
    """Who gets an uplink, each once: by routes of the device first, then by routes of the network."""
    known, faults = registry(world), world.faults
    by_device = () if faults.on("device_routes_ignored") else known.device_routes.of("device", device.id)
    by_network = () if faults.on("network_routes_ignored") else known.network_routes.of("network", network.id)
    found: set[str] = set()
    for route in (*by_device, *by_network):
        application = known.applications.get(route.application)
        if application is None or (application.id in found and not faults.on("copy_for_each_route")):
            continue
        found.add(application.id)
        yield application


def _to_application(world: World, application: Application, uplink: _Uplink, data_id: str) -> None:
    network, device, message = uplink
    now = queues.time_text(registry(world).now_ms())
    copy = queues.ApplicationUplink(
        data_id=data_id,
        time=message.time,
        pub=now,
        device_id=device.id,
        network_id=network.id,
        network_code=network.code,
        network_addr=message.network_addr,
        is_public=(network.unit is None) is not world.faults.on("public_flag_inverted"),
        profile="" if world.faults.on("profile_lost") else device.profile,
        data=message.data,
        extension=None if world.faults.on("extension_lost") else message.extension,
    )
    channels(world).to_application(application, "uldata", copy)
    if world.faults.on("uplinks_doubled"):
        channels(world).to_application(application, "uldata", copy)
    channels(world).copy(
        "application-uldata",
        lambda: without_none(
            dataId=data_id,
            proc=now,
            pub=now,
            unitCode=registry(world).unit_code(network.unit),
            networkCode=network.code,
            networkAddr=message.network_addr,
            unitId=application.unit,
            deviceId=device.id,
            time=message.time,
            profile=device.profile,
            data=message.data,
            extension=message.extension,
        ),
    )


def _copy_of_network(
    world: World, network: Network, device: Device | None, message: queues.NetworkUplink
) -> None:
    known = registry(world)
    channels(world).copy(
        "network-uldata",
        lambda: without_none(
            dataId=known.new_data_id(),
            proc=queues.time_text(known.now_ms()),
            unitCode=known.unit_code(network.unit),
            networkCode=network.code,
            networkAddr=message.network_addr,
            unitId=network.unit,
            deviceId=None if device is None else device.id,
            time=message.time,
            profile=None if device is None else device.profile,
            data=message.data,
            extension=message.extension,
        ),
    )


def _note(world: World, device: Device, frame: bytes) -> None:
    """The core's view: the thing is there, the line of its log, the event other vendors listen to."""
    thing = world.things.things.get(device.thing)
    if thing is None:
        return
    if thing.connection != "online":
        world.things.connection(thing, "login")
    world.records.add(thing.id, "uplink", payload=frame, source="network")
    world.emit(FrameReceived(world.clock.now(), thing.id, frame))


def _spoil(world: World, message: queues.NetworkUplink, payload: bytes) -> None:
    """Defects in reading an uplink: what should have been made uniform stays as it was sent."""
    sent = msgspec.json.decode(payload)
    if world.faults.on("uplink_time_as_sent"):
        message.time = sent["time"]
    if world.faults.on("uplink_case_kept"):
        message.data = sent["data"]


def without_none(**members: object) -> dict[str, object]:
    """The members that have a value; only the unit's code is told as null, for a public network."""
    return {name: value for name, value in members.items() if value is not None or name == "unitCode"}
