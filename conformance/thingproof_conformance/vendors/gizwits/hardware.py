"""A simulated device of an identity, and what it heard and said as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from thingproof_conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.subjects import Device
    from thingproof_sim.api import LiveDevice, LiveFleet, ReceivedFrame

ONLINE_TIMEOUT_S = 10.0
DELIVERED_TIMEOUT_S = 2.0


def switch_on(broker: str, device: Device, *, seed: int, **options: Any) -> LiveFleet:
    """Start a fleet of one and wait until the device is online and its first report delivered.

    The options are those of `api.single_device`.

    Raises:
        Inconclusive: it did not come online.
    """
    from thingproof_sim import api  # noqa: PLC0415 - only cases with hardware need the simulator

    address = urlsplit(broker)
    fleet = api.single_device(
        device.product.mapping,
        host=address.hostname or "",
        port=address.port or 1883,
        did=device.did,
        passcode=device.passcode,
        seed=seed,
        **options,
    )
    fleet.start()
    live = fleet.device(device.did)
    if not live.wait_online(ONLINE_TIMEOUT_S):
        fleet.stop()
        raise Inconclusive(f"device {device.did} did not come online within {ONLINE_TIMEOUT_S:g} s")
    # The first report; a target that loses it is judged by the case.
    live.wait_delivered(DELIVERED_TIMEOUT_S)
    return fleet


def frames(fleet: LiveFleet, live: LiveDevice) -> list[dict[str, Any]]:
    """Frames of a device in order of time, as evidence rows."""
    rows = [(frame.at, "down", frame.topic, frame.hex, _downlink(frame)) for frame in live.received]
    rows += [
        (
            entry.at,
            "up",
            f"dev2app/{live.name}",
            entry.hex,
            f"{entry.kind} {dict(entry.datapoints)} {entry.outcome}",
        )
        for entry in fleet.ledger.of(live.name, "report")
    ]
    return [
        {"direction": direction, "topic": topic, "hex": frame, "meaning": meaning}
        for _, direction, topic, frame, meaning in sorted(rows)
        if frame
    ]


def _downlink(frame: ReceivedFrame) -> str:
    """What a device made of a frame."""
    words = [frame.command, frame.action, frame.values, frame.error]
    return " ".join(str(word) for word in words if word is not None)
