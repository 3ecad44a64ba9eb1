"""The ledger of a live fleet against the communication log of the cloud."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from time import sleep

from thingproof_scenarios.accounting import Account, Sent, balance
from thingproof_scenarios.gizwits_application import GizwitsApplication
from thingproof_scenarios.seeding import Seeded
from thingproof_sim.api import LedgerEntry, LiveFleet

LOG_WINDOW_S = 47 * 3600
"""A query covers less than 48 hours (gizwits.md:1371)."""
POLL_S = 0.1
REPORT = "report"
ON_WIRE = {"acknowledged", "sent"}


def sent_by(entries: Iterable[LedgerEntry]) -> Sent:
    """One device's entries as what it put on the wire, what was acknowledged, and what got lost."""
    reports = [entry for entry in entries if entry.kind == REPORT]
    return Sent(
        frames=tuple(entry.hex for entry in reports if entry.outcome in ON_WIRE),
        acknowledged=tuple(entry.hex for entry in reports if entry.outcome == "acknowledged"),
        lost=Counter(str(entry.cause) for entry in reports if entry.outcome not in ON_WIRE),
    )


def balance_fleet(
    fleet: LiveFleet, seeded: Seeded, application: GizwitsApplication, clock: Callable[[], float]
) -> Account:
    """Compare every device of a stopped fleet with the cloud's log.

    Args:
        fleet: stopped, so that its ledger is complete.
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
    return balance(
        (sent_by(ledgers[device.name]), application.uplink_frames(device.did, last - LOG_WINDOW_S, last))
        for device in seeded.devices
    )
