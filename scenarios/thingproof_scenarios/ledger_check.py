"""The ledger of a live fleet against the communication log of the cloud."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import sleep

from thingproof_scenarios.accounting import Account, Sent, balance
from thingproof_scenarios.gizwits_application import GizwitsApplication
from thingproof_scenarios.seeding import Seeded
from thingproof_sim.api import FleetPlan, LedgerEntry, LiveFleet

LOG_WINDOW_S = 47 * 3600
"""A query covers less than 48 hours (gizwits.md:1371)."""
POLL_S = 0.1
REPORT = "report"
ACCEPTED = ("acknowledged", "delivered")
"""Outcomes of a report that the other side has: the cloud, or a network server."""


def sent_by(entries: Iterable[LedgerEntry], *, numbered: bool) -> Sent:
    """One device's entries as what it made, what was acknowledged, and what got lost."""
    reports = [entry for entry in entries if entry.kind == REPORT]
    return Sent(
        frames=tuple(entry.hex for entry in reports),
        acknowledged=tuple(entry.hex for entry in reports if entry.outcome in ACCEPTED),
        lost=Counter(entry.cause or "unknown" for entry in reports if entry.outcome == "lost"),
        waiting=sum(entry.outcome == "queued" for entry in reports),
        numbered=numbered,
    )


@dataclass(slots=True)
class HouseLife:
    """A fleet of Gizwits devices that lives beside a job."""

    fleet: LiveFleet
    plan: FleetPlan
    seeded: Seeded
    application: GizwitsApplication
    clock: Callable[[], float]

    @property
    def name(self) -> str:
        """The fleet's."""
        return self.plan.name

    @property
    def devices(self) -> int:
        """How many."""
        return len(self.plan.devices)

    def balance(self) -> Account:
        """Stop the fleet and compare its ledger with the cloud's log."""
        self.fleet.stop()
        return balance_fleet(self.fleet, self.plan, self.seeded, self.application, self.clock)


def balance_fleet(
    fleet: LiveFleet,
    plan: FleetPlan,
    seeded: Seeded,
    application: GizwitsApplication,
    clock: Callable[[], float],
) -> Account:
    """Compare every device of a stopped fleet with the cloud's log.

    Args:
        fleet: stopped, so that its ledger is complete.
        plan: of the fleet; it tells which devices number their reports.
        seeded: the devices' ids.
        application: logged in as somebody all devices are bound to.
        clock: the cloud's time; a log can be read up to its last whole second only.
    """
    ledgers: defaultdict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in fleet.ledger.entries:
        ledgers[entry.thing].append(entry)
    last = math.floor(clock()) + 1
    while clock() < last:
        sleep(POLL_S)
    numbered = {device.name: device.reliable for device in plan.devices}
    return balance(
        (
            sent_by(ledgers[device.name], numbered=numbered[device.name]),
            application.uplink_frames(device.did, last - LOG_WINDOW_S, last),
        )
        for device in seeded.devices
    )
