"""One cloud link for a central device and its sub-devices.

A sub-device has a DID of its own and no login: the central device publishes dev2app/<DID of the sub-device>
and subscribes to its app2dev topics. So the sub-device is at the cloud exactly as long as the central is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.devices.machine import Device
    from thingproof_sim.devices.surroundings import Identity, Port, Served
    from thingproof_sim.fleet import DevicePlan, FleetPlan
    from thingproof_sim.kernel.clock import Clock

HANDOVER_S = 0.01
"""From the central device to a sub-device that asks for the cloud."""


class CentralLink:
    """The link of a central device, shared: to the real link it is the device, to the devices the link.

    Args:
        clock: for answers, which never come within the question.
        link: the central device's own way to the cloud.
    """

    __slots__ = ("_clock", "_devices", "_link", "_next", "_sub_devices", "_tokens", "_up", "central")

    def __init__(self, clock: Clock, link: Port) -> None:
        self._clock = clock
        self._link = link
        self.central: Device | None = None
        self._sub_devices: dict[str, SubDeviceLink] = {}
        self._tokens: dict[int, tuple[SubDeviceLink | None, int]] = {}
        self._next = 0
        self._up = False

    # -- what the real link sees

    @property
    def identity(self) -> Identity:
        """Who logs in."""
        assert self.central is not None
        return self.central.identity

    @property
    def sub_devices(self) -> tuple[str, ...]:
        """For whom it subscribes beside itself."""
        return tuple(self._sub_devices)

    def connected(self) -> None:
        """The login is done: the central device first, then who waits for it."""
        assert self.central is not None
        self._up = True
        self.central.connected()
        for sub_device in self._sub_devices.values():
            sub_device.central_came()

    def link_lost(self, cause: str) -> None:
        """The connection ended."""
        assert self.central is not None
        self._down("central device offline")
        self.central.link_lost(cause)

    def acknowledged(self, token: int) -> None:
        """The broker has a report of one of them."""
        owner, own = self._tokens.pop(token, (None, -1))
        device = self.central if owner is None else owner.device
        if device is not None:
            device.acknowledged(own)

    def message(self, topic: str, payload: bytes) -> None:
        """A downlink for one of them."""
        sub_device = self._sub_devices.get(topic.split("/")[1] if "/" in topic else "")
        if sub_device is not None:
            sub_device.message(topic, payload)
        elif self.central is not None:
            self.central.message(topic, payload)

    # -- what the central device sees

    def connect(self) -> None:
        """Open the link."""
        self._link.connect()

    def publish(self, topic: str, payload: bytes, token: int | None) -> None:
        """Send a frame of the central device."""
        self.send(None, topic, payload, token)

    def disconnect(self, *, clean: bool) -> None:
        """Close the link; sub-devices lose it too."""
        self._down("central device offline")
        self._link.disconnect(clean=clean)

    # -- what sub-devices see

    @property
    def up(self) -> bool:
        """Whether the central device is logged in."""
        return self._up

    def add(self, did: str) -> SubDeviceLink:
        """The way of one more sub-device."""
        sub_device = self._sub_devices[did] = SubDeviceLink(self._clock, self)
        return sub_device

    def send(self, owner: SubDeviceLink | None, topic: str, payload: bytes, token: int | None) -> None:
        """Publish for one of them; each has its own tokens."""
        shared = None
        if token is not None:
            self._next += 1
            shared = self._next
            self._tokens[shared] = (owner, token)
        self._link.publish(topic, payload, shared)

    def _down(self, cause: str) -> None:
        if not self._up:
            return
        self._up = False
        self._tokens.clear()
        for sub_device in self._sub_devices.values():
            sub_device.central_went(cause)


class SubDeviceLink:
    """The port of one sub-device."""

    __slots__ = ("_central", "_clock", "_linked", "_wish", "device")

    def __init__(self, clock: Clock, central: CentralLink) -> None:
        self._clock = clock
        self._central = central
        self.device: Device | None = None
        self._wish = 0
        self._linked = False

    def serve(self, device: Device) -> None:
        """The device this link belongs to."""
        self.device = device

    def connect(self) -> None:
        """Ask for the cloud: at once when the central device is there, else when it comes."""
        self._linked = True
        if self._central.up:
            self._hand_over()

    def publish(self, topic: str, payload: bytes, token: int | None) -> None:
        """Send a frame over the central device."""
        self._central.send(self, topic, payload, token)

    def disconnect(self, *, clean: bool) -> None:
        """Leave the central device; the cloud does not notice."""
        del clean
        self._linked = False
        self._wish += 1

    def central_came(self) -> None:
        """The central device is logged in."""
        if self._linked:
            self._hand_over()

    def central_went(self, cause: str) -> None:
        """The central device is gone."""
        self._wish += 1
        if self._linked and self.device is not None and self.device.online:
            self._linked = False
            self.device.link_lost(cause)

    def message(self, topic: str, payload: bytes) -> None:
        """A downlink the central device got for it; lost when it is switched off."""
        if self._linked and self.device is not None:
            self.device.message(topic, payload)

    def _hand_over(self) -> None:
        wish = self._wish

        def arrive() -> None:
            if self._wish == wish and self._linked and self._central.up and self.device is not None:
                self.device.connected()

        self._clock.after(HANDOVER_S, arrive)


class OwnLink(Protocol):
    """A link to the cloud that tells what happens to whom it serves."""

    def serve(self, device: Served) -> None:
        """Whom the link belongs to."""
        ...

    def connect(self) -> None:
        """As `Port.connect`."""
        ...

    def publish(self, topic: str, payload: bytes, token: int | None) -> None:
        """As `Port.publish`."""
        ...

    def disconnect(self, *, clean: bool) -> None:
        """As `Port.disconnect`."""
        ...


class Links:
    """The links of a fleet: one for each device, except that sub-devices use their central device's.

    Args:
        plan: the fleet; central devices stand before their sub-devices.
        clock: the devices' clock.
        make: a link of its own for the device of that name.
    """

    def __init__(self, plan: FleetPlan, clock: Clock, make: Callable[[str], OwnLink]) -> None:
        self._clock = clock
        self._make = make
        self._with_sub_devices = {device.parent for device in plan.devices if device.parent}
        self._centrals: dict[str, CentralLink] = {}
        self._ports: dict[str, OwnLink | CentralLink | SubDeviceLink] = {}

    def port(self, plan: DevicePlan, did: str) -> Port:
        """The way to the cloud of a device with that DID.

        Raises:
            ValueError: its central device is not in the fleet above it.
        """
        port: OwnLink | CentralLink | SubDeviceLink
        if plan.parent:
            central = self._centrals.get(plan.parent)
            if central is None:
                raise ValueError(f"{plan.name}: no central device {plan.parent!r} above; put it first")
            port = central.add(did)
        else:
            port = own = self._make(plan.name)
            if plan.name in self._with_sub_devices:
                port = self._centrals[plan.name] = CentralLink(self._clock, own)
                own.serve(port)
        self._ports[plan.name] = port
        return port

    def serve(self, device: Device) -> None:
        """The device is made: its link tells it what happens."""
        port = self._ports[device.plan.name]
        if isinstance(port, CentralLink):
            port.central = device
        else:
            port.serve(device)
