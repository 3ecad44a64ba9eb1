"""The ledger of a live fleet against the communication log of the cloud."""

from collections import Counter
from time import perf_counter, sleep

from thingproof_scenarios.accounting import Account, Sent, balance
from thingproof_scenarios.gizwits_application import GizwitsApplication
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.seeding import Seeded
from thingproof_sim.api import FleetPlan, LedgerEntry, LiveFleet

SETTLE_S = 15.0
POLL_S = 0.2
LOG_WINDOW_S = 47 * 3600
"""A query covers less than 48 hours (gizwits.md:1371)."""
REPORT = "report"
ON_WIRE = {"acknowledged", "sent"}


def sent_by(entries: list[LedgerEntry]) -> Sent:
    """One device's entries as what it put on the wire, what was acknowledged, and what got lost."""
    reports = [entry for entry in entries if entry.kind == REPORT]
    return Sent(
        frames=tuple(entry.hex for entry in reports if entry.outcome in ON_WIRE),
        acknowledged=tuple(entry.hex for entry in reports if entry.outcome == "acknowledged"),
        lost=Counter(str(entry.cause) for entry in reports if entry.outcome not in ON_WIRE),
    )
