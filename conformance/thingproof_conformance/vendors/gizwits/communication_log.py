"""Entries of the communication log and the online records, as events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_conformance.events import Arrival

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer

LOG_EVENTS: dict[tuple[Any, Any], str] = {
    ("dev2app", None): "gizwits.event.log.dev2app",
    ("app2dev", "client"): "gizwits.event.log.app2dev.client",
    ("app2dev", "d3"): "gizwits.event.log.app2dev.d3",
    ("dev_online", None): "gizwits.event.record.dev_online",
    ("dev_re_online", None): "gizwits.event.record.dev_re_online",
    ("dev_offline", None): "gizwits.event.record.dev_offline",
}
"""Type and source of a log entry (gizwits.md:1366) -> the event it shows."""


def log_arrivals(answer: Answer) -> list[Arrival]:
    """The entries of a raw_data answer as arrivals, in the answer's order; the payload is the entry."""
    entries = answer.body.get("objects", []) if isinstance(answer.body, dict) else []
    return [
        Arrival(
            entry.get("timestamp", 0.0),
            LOG_EVENTS.get((entry.get("type"), entry.get("source")), "gizwits.event.log.unknown"),
            entry,
        )
        for entry in entries
        if isinstance(entry, dict)
    ]
