"""What a fleet's file says users set up in the cloud: groups, scenes, linkage rules, schedules."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from thingproof_scenarios.gizwits_application import ApiError, GizwitsApplication
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.seeding import Seeded
from thingproof_sim.api import FleetPlan

KINDS = ("groups", "scenes", "rules", "schedulers", "common_schedulers")
"""In the order in which they can be made: schedules name scenes and groups."""


@dataclass(slots=True)
class Automations:
    """What was made, by the cause the platform notes with each command: ``scene 3`` to its name."""

    names: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def told(self, cause: str) -> str:
        """A cause with the name people know it by: ``scene good night``."""
        return ", ".join(self.names.get(part, part) for part in cause.split(", "))


class Maker:
    """Makes the automations of one fleet through the vendor's public interface."""

    def __init__(self, application: GizwitsApplication, plan: FleetPlan, seeded: Seeded) -> None:
        self._application = application
        self._plan = plan
        self._ids: dict[str, dict[str, str]] = {
            "did": {device.name: device.did for device in seeded.devices},
            "product_key": {name: str(row["product_key"]) for name, row in plan.products.items()},
            "scene_id": {},
            "group_id": {},
        }
        self.made = Automations()

    def make(self, kind: str, entries: Iterable[Any]) -> None:
        """Make every entry of one kind.

        Raises:
            Misuse: the cloud refused an entry, or it names something the fleet does not have.
        """
        make: Callable[[dict[str, Any]], None] = getattr(self, f"_{kind}")
        for number, entry in enumerate(entries):
            place = f"vendors.gizwits.{kind}[{number}]"
            if not isinstance(entry, dict):
                raise Misuse(f"{place}: {entry!r} is no mapping", "write the members of the cloud's request")
            try:
                make(self._with_ids(entry, place))
            except ApiError as error:
                raise Misuse(f"{place}: the cloud refused it", str(error)) from error
            self.made.counts[kind] = self.made.counts.get(kind, 0) + 1

    def _with_ids(self, value: Any, place: str, key: str = "") -> Any:
        """The same entry with ids where the file has names."""
        if isinstance(value, dict):
            return {name: self._with_ids(member, f"{place}.{name}", name) for name, member in value.items()}
        if isinstance(value, list):
            return [self._with_ids(each, place, key) for each in value]
        known = self._ids.get(key)
        if known is None:
            return value
        if value not in known:
            raise Misuse(f"{place}: there is no {value!r}", f"it is one of {', '.join(known) or 'none'}")
        return known[value]

    def _groups(self, entry: dict[str, Any]) -> None:
        devices = entry.pop("dids", [])
        answer = self._application.ask("POST", "/app/group", entry)
        self._ids["group_id"][entry["group_name"]] = answer["id"]
        self.made.names[f"group {answer['id']}"] = f"group {entry['group_name']}"
        if devices:
            dids = [self._ids["did"][name] for name in devices]
            self._application.ask("POST", f"/app/group/{answer['id']}/devices", {"dids": dids})

    def _scenes(self, entry: dict[str, Any]) -> None:
        answer = self._application.ask("POST", "/app/scene", entry)
        self._ids["scene_id"][entry["scene_name"]] = answer["id"]
        self.made.names[f"scene {answer['id']}"] = f"scene {entry['scene_name']}"

    def _rules(self, entry: dict[str, Any]) -> None:
        answer = self._application.ask("POST", "/app/rules", entry)
        self.made.names[f"rule {answer['rule_id']}"] = f"rule {entry['name']}"

    def _schedulers(self, entry: dict[str, Any]) -> None:
        did = entry.pop("did")
        answer = self._application.ask("POST", f"/app/devices/{did}/scheduler", entry)
        self._remember_schedule(answer["id"], entry)

    def _common_schedulers(self, entry: dict[str, Any]) -> None:
        answer = self._application.ask("POST", "/app/common_scheduler", entry)
        self._remember_schedule(answer["id"], entry)

    def _remember_schedule(self, schedule_id: str, entry: Mapping[str, Any]) -> None:
        self.made.names[f"schedule {schedule_id}"] = f"schedule {entry.get('remark') or entry['time']}"


def make_automations(application: GizwitsApplication, plan: FleetPlan, seeded: Seeded) -> Automations:
    """Set up what the fleet's file says, as its user.

    Raises:
        Misuse: an unknown kind or name, or something the cloud refuses; the message names the place.
    """
    wanted = plan.vendors.get("gizwits") or {}
    unknown = set(wanted) - set(KINDS)
    if unknown:
        raise Misuse(f"vendors.gizwits: {min(unknown)!r} is unknown", f"write {', '.join(KINDS)}")
    maker = Maker(application, plan, seeded)
    for kind in KINDS:
        maker.make(kind, wanted.get(kind) or ())
    return maker.made
