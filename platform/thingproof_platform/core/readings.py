"""Readings: what things last said, and answers prepared from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_platform.core.model import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_platform.core.world import World


class Readings:
    """The last value of every datapoint of every thing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.state.table("readings", Reading)
        # Finished answers by vendor and external id, with the moment they stop being true: the latest
        # value is asked for far more often than it changes.
        self.prepared: dict[tuple[str, str], tuple[bytes, float]] = {}
        self._prepared_of: dict[str, set[tuple[str, str]]] = {}

    def rebuild(self) -> None:
        """Drop prepared answers; the rows are the readings."""
        self.prepared.clear()
        self._prepared_of.clear()

    def last(self, thing: str) -> Reading:
        """Everything a thing ever said, newest values; empty when it never spoke."""
        return self._table.get(thing) or Reading(thing)

    def fresh(self, thing: str, age: float) -> tuple[dict[str, Any], float]:
        """Values reported within `age` seconds and the moment the first of them becomes too old."""
        reading = self.last(thing)
        oldest = self._world.clock.now() - age
        values = {name: value for name, value in reading.values.items() if reading.times[name] >= oldest}
        until = min((reading.times[name] for name in values), default=0.0) + age
        return values, until

    def store(self, thing: str, values: Mapping[str, Any]) -> None:
        """Note the values a thing reported now. Prepared answers about it are no longer true."""
        faults = self._world.faults
        if faults.on("stale_latest"):
            return
        now = self._world.clock.now()
        reading = self.last(thing)
        if faults.on("lose_unreported"):
            reading.values, reading.times = {}, {}
        reading.values.update(values)
        reading.times.update(dict.fromkeys(values, now))
        reading.updated_at = now
        self._table.put(thing, reading)
        self.forget_prepared(thing)

    def prepare(self, vendor: str, external_id: str, thing: str, body: bytes, until: float) -> None:
        """Keep a finished answer that stays true until a moment or the next report."""
        self.prepared[vendor, external_id] = (body, until)
        self._prepared_of.setdefault(thing, set()).add((vendor, external_id))

    def forget_prepared(self, thing: str) -> None:
        """Drop the prepared answers about a thing."""
        for key in self._prepared_of.pop(thing, ()):
            self.prepared.pop(key, None)
