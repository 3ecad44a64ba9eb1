"""A reading's way: what the simulator's ledger holds as the truth is what the cloud shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, wallclock
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.broker import connect
from thingproof_conformance.suites.gizwits.products import SPECIMEN
from thingproof_conformance.suites.gizwits.steps import await_latest, await_report, log
from thingproof_conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User
    from thingproof_sim import api

NEEDS = ("seed", "hardware")
DELIVERY_S = 15.0
LOSSES = (5, 15)
"""After which report the link is lost."""
CHANGES: tuple[dict[str, Any], ...] = (
    {"flag": True, "small": 20},
    {"choice": "two", "scaled": 100.5},
    {"large": 123456789, "sensor": 7},
    {"seen": True, "alarm": True},
    {"small": 21, "broken": True, "alarm": False},
)


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Display values as the cloud shows them: bits as 0 and 1, bytes as hex."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return value.hex() if isinstance(value, bytes) else value


def logged(gizwits: GizwitsTarget, user: User, device: Device) -> list[str]:
    """The frames of the device in the log, oldest first."""
    objects = log(gizwits, user, device)["objects"]
    return [entry["payload_bin"] for entry in objects if entry["type"] == "dev2app"]


def reported(fleet: api.LiveFleet, device: Device) -> list[str]:
    """The frames of the device's reports in the ledger, oldest first."""
    return [entry.hex for entry in fleet.ledger.of(device.did, "report")]


@case(
    "gizwits.devdata.latest",
    kind="consistency",
    rules=("r1", "r3", "gizwits.devices.raw_data.r24"),
    events=("devdata.updated", "log.dev2app"),
    needs=NEEDS,
)
@pytest.mark.documented
def test_latest__equals_the_ledger(gizwits: GizwitsTarget) -> None:
    """After many changes the latest values are the device's, the log is the ledger, frame by frame."""
    user, device = gizwits.bound(gizwits.new_product(SPECIMEN))
    fleet = gizwits.fleet(device)
    live = fleet.device(device.did)
    for change in CHANGES:
        for name, value in change.items():
            live.set_value(name, value)
    expect.true(live.wait_delivered(DELIVERY_S), "every report is delivered")
    truth = reported(fleet, device)
    await_report(gizwits, user, device, truth[-1])
    expect.equal(truth, logged(gizwits, user, device), "frames of the log")
    shown = await_latest(gizwits, device, **plain(dict(CHANGES[-1])))["attr"]
    expect.equal(plain(dict(live.values)), shown, "values")


@case(
    "gizwits.devices.raw_data",
    kind="consistency",
    rules=("r24", "r18"),
    events=("log.dev2app",),
    needs=NEEDS,
)
@pytest.mark.inferred
@pytest.mark.parametrize("loss", ["power_cut", "taken_over"])
def test_raw_data__link_loss_loses_nothing(gizwits: GizwitsTarget, loss: str) -> None:
    """Reports made while the link comes and goes are in the log afterwards, each exactly once."""
    user, device = gizwits.bound(gizwits.new_product(SPECIMEN))
    fleet = gizwits.fleet(device, reliable=True)
    live = fleet.device(device.did)
    for number in range(30):
        live.set_value("large", number + 1)
        if number in LOSSES:
            live.wait_online()
            _lose_link(gizwits, device, live, loss)
    if loss == "taken_over" and not live.wait_for(came_back, DELIVERY_S):
        raise Inconclusive(f"the link was lost {live.counters.reconnects} times only")
    expect.true(live.wait_delivered(DELIVERY_S), "every report is delivered", actual=live.counters)
    lost = [entry for entry in fleet.ledger.of(device.did, "report") if entry.outcome == "lost"]
    expect.equal([], lost, "reports the device gave up")
    truth = reported(fleet, device)
    wallclock.wait_until(lambda: len(logged(gizwits, user, device)) >= len(truth), DELIVERY_S, 0.05)
    expect.equal(sorted(truth), sorted(logged(gizwits, user, device)), "frames of the log")
    await_latest(gizwits, device, large=30)


def came_back(live: api.LiveDevice) -> bool:
    """The device came back after every loss of its link."""
    return live.counters.reconnects >= len(LOSSES)


def _lose_link(gizwits: GizwitsTarget, device: Device, live: api.LiveDevice, loss: str) -> None:
    """Cut the power for a moment, or log in under the same name and hang up."""
    if loss == "power_cut":
        live.power_cycle(0.01)
        live.wait_online()
    else:
        connect(gizwits.part.mqtt, device.did, device.did, device.passcode)[0].close()
