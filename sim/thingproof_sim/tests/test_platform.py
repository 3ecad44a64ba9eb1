"""Devices against the reference platform, where it is installed: its clock in lock step, and its end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_sim import api
from thingproof_sim.tests.platform_child import INSTALLED, PlatformChild

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not INSTALLED, reason="thingproof_platform is not installed")
NOON = 1_700_049_600.0
PRODUCTS = {"air": api.product("air_conditioner"), "meter": api.product("water_meter")}


@pytest.fixture
def children() -> Iterator[list[PlatformChild]]:
    """Platforms put into this list are ended after the test."""
    started: list[PlatformChild] = []
    yield started
    for child in started:
        child.stop()


def device(number: int, product: str, **options: Any) -> api.DevicePlan:
    """A device on a network without delay."""
    defaults: dict[str, Any] = {"radio": api.QUICK_WIFI}
    return api.DevicePlan(f"d{number}", product, f"02{number:010x}", **(defaults | options))


def acknowledged(fleet: api.LiveFleet, name: str) -> Counter[str]:
    """Frames of a device's acknowledged reports."""
    entries = fleet.ledger.of(name, "report")
    return Counter(entry.hex for entry in entries if entry.outcome == "acknowledged")


def test_an_afternoon_in_lock_step_with_the_platforms_clock(children: list[PlatformChild]) -> None:
    """Six hours pass on both sides; the log holds each report once, at the second at which it was made."""
    children.append(platform := PlatformChild("--freeze-at", str(NOON)))
    walk = (api.BehaviourPlan("room_temp", "daily_cycle", 900.0, low=15, high=30),)
    plan = api.FleetPlan(
        "afternoon",
        PRODUCTS,
        (
            device(0, "air", report_interval_s=600.0, behaviours=walk),
            device(1, "air", report_interval_s=600.0, reliable=True, behaviours=walk),
            device(2, "meter", report_interval_s=0.0),
        ),
    )
    links = platform.seed(plan)

    def advance(seconds: float) -> None:
        platform.control("POST", "/clock/advance", {"seconds": seconds})

    with api.LockStep(plan, seed=5, connections=links, advance=advance, start=NOON) as stepper:
        assert stepper.run(6 * 3600.0) == NOON + 6 * 3600
        assert platform.control("GET", "/clock") == {"now": NOON + 6 * 3600, "mode": "frozen"}
        for live in stepper.fleet.devices:
            stored = platform.frames(live.identity.did, NOON, NOON + 6 * 3600)
            assert Counter(stored) == acknowledged(stepper.fleet, live.name)
            assert live.counters.made == live.counters.acknowledged >= 36


@pytest.mark.parametrize("reliable", [True, False])
def test_what_was_acknowledged_survives_the_death_of_the_platform(
    children: list[PlatformChild], tmp_path: Path, reliable: bool
) -> None:
    """Killed in the middle of reports: numbered reports are kept exactly once, the others at least once."""
    children.append(platform := PlatformChild("--data-dir", str(tmp_path)))
    began = platform.control("GET", "/clock")["now"] - 1
    faults = (api.Fault("duplicate", 0.2), api.Fault("delay", 0.1, seconds=0.3))
    count = api.BehaviourPlan("total", "counter", 0.1, step=3.0)
    plan = api.FleetPlan(
        "survivors",
        PRODUCTS,
        tuple(
            device(number, "meter", reliable=reliable, behaviours=(count,), faults=faults if reliable else ())
            for number in range(10)
        ),
    )
    fleet = api.LiveFleet(plan, seed=5, connections=platform.seed(plan))
    with fleet:
        for kills in range(3):
            for live in fleet.devices:
                assert live.wait_for(lambda one, goal=kills: one.counters.acknowledged > 20 * goal, 30)  # type: ignore[misc]
            platform.kill()
            platform.start()
        for live in fleet.devices:
            assert live.wait_online(30)
    end = platform.control("GET", "/clock")["now"] + 1
    platform.control("POST", "/clock/advance", {"seconds": 1.0})  # the log is read up to the present
    for live in fleet.devices:
        stored = Counter(platform.frames(live.identity.did, began, end))
        promised = acknowledged(fleet, live.name)
        assert promised <= stored
        assert live.counters.made == live.counters.acknowledged + live.counters.queued
        if reliable:
            assert set(stored.values()) == {1}
