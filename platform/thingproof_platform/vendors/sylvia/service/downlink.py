"""Downlinks: from an application's queue into the buffer and to the network, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.network import sylvia_queues as queues
from thingproof_platform.vendors.sylvia.service.channels import channels
from thingproof_platform.vendors.sylvia.service.events import BufferRemoved
from thingproof_platform.vendors.sylvia.service.registry import registry
from thingproof_platform.vendors.sylvia.service.routing import without_none

if TYPE_CHECKING:
    from thingproof_platform.core.clock import Timer
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.model import Application, Buffer, Device, Network

SERVICE: Final = "sylvia.downlinks"
MALFORMED: Final = "err_param"
NO_DEVICE: Final = "err_broker_device_not_exist"
NO_NETWORK: Final = "err_broker_network_not_exist"


class Downlinks:
    """Takes downlinks and results over; watches when buffered downlinks expire."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._registry = registry(world)
        self._timers: dict[str, Timer] = {}
        world.events.subscribe(BufferRemoved, self._buffer_removed)

    def reset(self) -> None:
        """The clock forgets its timers itself."""
        self._timers.clear()

    def rebuild(self) -> None:
        """Watch the buffers that outlived a restart."""
        self._timers.clear()
        for buffer in self._registry.buffers:
            self._watch(buffer)

    # -- from applications

    def downlink(self, application: Application, payload: bytes) -> None:
        """A message of an application's queue `dldata`; every one is answered on `dldata-resp`."""
        world = self._world
        try:
            message = queues.read_downlink(payload)
        except queues.MessageError as error:
            self._refuse(application, error.correlation_id, MALFORMED, str(error))
            return
        device = self._device(application, message)
        if device is None:
            self._refuse(application, message.correlation_id, NO_DEVICE)
            return
        network = self._registry.networks.get(device.network)
        if network is None:
            self._refuse(application, message.correlation_id, NO_NETWORK)
            return
        world.counters["sylvia_downlinks"] += 1
        if world.faults.on("downlink_to_other_device"):
            device = self._registry.devices.of("network", network.id)[-1]
        buffer = self._registry.add_buffer(application, device)
        self._watch(buffer)
        self._copy_of_application(application, device, message, buffer)
        self._to_network(network, device, message, buffer)
        self._respond(application, message.correlation_id, data_id=buffer.id)
        if world.faults.on("buffers_not_kept"):
            self._registry.remove_buffer(buffer)

    def _device(self, application: Application, message: queues.ApplicationDownlink) -> Device | None:
        """By its id on any network, by code and address on the private networks of the unit only."""
        known = self._registry
        if message.device_id is not None:
            device = known.devices.get(message.device_id)
        else:
            network = known.networks.find((application.unit, message.network_code))
            if network is None and self._world.faults.on("public_network_by_code"):
                network = known.networks.find((None, message.network_code))
            device = None if network is None else known.devices.find((network.id, message.network_addr))
        if device is None or device.unit == application.unit or self._world.faults.on("downlink_to_any_unit"):
            return device
        return None

    def _to_network(
        self, network: Network, device: Device, message: queues.ApplicationDownlink, buffer: Buffer
    ) -> None:
        world = self._world
        lifetime = (buffer.expires_ms - buffer.created_ms) // 1000
        pub = queues.time_text(buffer.created_ms)
        sent = queues.NetworkDownlink(
            data_id=buffer.id,
            pub=pub,
            expires_in=lifetime * (1000 if world.faults.on("expiry_in_milliseconds") else 1),
            network_addr=buffer.address,
            data=message.data,
            extension=None if world.faults.on("extension_lost") else message.extension,
        )
        channels(world).copy(
            "network-dldata",
            lambda: without_none(
                dataId=buffer.id,
                proc=pub,
                pub=pub,
                status=-1,
                unitId=buffer.unit,
                deviceId=device.id,
                networkCode=network.code,
                networkAddr=buffer.address,
                profile=device.profile,
                data=message.data,
                extension=message.extension,
            ),
        )
        if not world.faults.on("downlinks_not_sent"):
            channels(world).to_network(network, "dldata", sent)
        world.records.add(device.thing, "downlink", payload=bytes.fromhex(message.data), source="application")

    def _copy_of_application(
        self, application: Application, device: Device, message: queues.ApplicationDownlink, buffer: Buffer
    ) -> None:
        channels(self._world).copy(
            "application-dldata",
            lambda: without_none(
                dataId=buffer.id,
                proc=queues.time_text(buffer.created_ms),
                status=-1,
                unitId=application.unit,
                deviceId=message.device_id,
                networkCode=message.network_code,
                networkAddr=message.network_addr,
                profile=device.profile,
                data=message.data,
                extension=message.extension,
            ),
        )

    def _refuse(self, application: Application, correlation_id: str, error: str, message: str = "") -> None:
        self._world.counters["sylvia_downlinks_refused"] += 1
        if not (error == MALFORMED and self._world.faults.on("bad_downlinks_unanswered")):
            self._respond(application, correlation_id, error=error, message=message or None)

    def _respond(self, application: Application, correlation_id: str, **outcome: str | None) -> None:
        faults = self._world.faults
        if faults.on("downlinks_unanswered"):
            return
        if faults.on("correlation_lost"):
            correlation_id = ""
        response = queues.DownlinkResponse(correlation_id, **outcome)
        channels(self._world).to_application(application, "dldata-resp", response)

    # -- from networks

    def result(self, network: Network, payload: bytes) -> None:
        """A message of a network's queue `dldata-result`: below 0 the downlink is still under way.

        What is no result, or not one of a buffered downlink, is dropped and counted. Which network says it
        does not matter to the real broker either: only who got the downlink knows its id.
        """
        del network
        world, faults = self._world, self._world.faults
        try:
            message = queues.read_result(payload)
        except queues.MessageError:
            world.counters["sylvia_results_invalid"] += 1
            return
        self._copy_of_result("network-dldata-result", message)
        buffer = self._registry.buffers.get(message.data_id)
        application = None if buffer is None else self._registry.applications.get(buffer.application)
        if buffer is None or application is None:
            world.counters["sylvia_results_unknown"] += 1
            return
        world.counters["sylvia_results"] += 1
        if not faults.on("results_not_forwarded"):
            channels(world).to_application(application, "dldata-result", message)
        self._copy_of_result("application-dldata-result", message)
        ends = message.status >= 0 or faults.on("progress_ends_buffer")
        if ends and not faults.on("results_keep_buffer"):
            self._registry.remove_buffer(buffer)

    def _copy_of_result(self, kind: queues.DataKind, message: queues.DownlinkResult) -> None:
        resp = queues.time_text(self._registry.now_ms())
        channels(self._world).copy(
            kind, lambda: {"dataId": message.data_id, "resp": resp, "status": message.status}
        )

    # -- expiry

    def _watch(self, buffer: Buffer) -> None:
        at = buffer.expires_ms / 1000
        self._timers[buffer.id] = self._world.clock.schedule(at, lambda: self._expired(buffer.id))

    def _expired(self, identifier: str) -> None:
        """The document only gives the moment: the entry stays listed unless it is to be dropped."""
        self._timers.pop(identifier, None)
        buffer = self._registry.buffers.get(identifier)
        if buffer is None:
            return
        self._world.counters["sylvia_buffers_expired"] += 1
        if self._world.limits.expired_buffers_dropped:
            self._registry.remove_buffer(buffer)

    def _buffer_removed(self, event: BufferRemoved) -> None:
        timer = self._timers.pop(event.buffer.id, None)
        if timer is not None:
            timer.cancel()


def attach(world: World) -> None:
    """Give a world its downlinks; once per world, after the channels."""
    if SERVICE not in world.services:
        world.services[SERVICE] = Downlinks(world)


def downlinks(world: World) -> Downlinks:
    """The downlinks of a world."""
    return world.service(SERVICE, Downlinks)
