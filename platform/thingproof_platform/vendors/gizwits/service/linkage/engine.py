"""The rules engine: what happens to devices triggers rules, rules control devices (gizwits.md:2223)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.errors import Refusal
from thingproof_platform.core.events import ReadingReceived, ThingOffline, ThingOnline
from thingproof_platform.vendors.gizwits.service import messages, orders
from thingproof_platform.vendors.gizwits.service.binding import binding_of
from thingproof_platform.vendors.gizwits.service.forms import form_invalid
from thingproof_platform.vendors.gizwits.service.linkage import operands
from thingproof_platform.vendors.gizwits.service.linkage.definition import EDGES
from thingproof_platform.vendors.gizwits.service.linkage.operands import Reference
from thingproof_platform.vendors.gizwits.service.model import RULES, LinkageRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_platform.core.model import Account, Run
    from thingproof_platform.core.runs import Step
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.linkage.definition import Definition

RULE_MESSAGE: Final = 2  # the document gives messages of rules no number (gizwits.contra.85)


class Linkage:
    """All rules of all users, by the device that triggers them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.state.table(RULES, LinkageRule)
        self._of_thing: dict[str, dict[int, LinkageRule]] = {}
        self._number = 0
        world.runs.register(RULES, self)
        world.events.subscribe(ThingOnline, self._online)
        world.events.subscribe(ThingOffline, self._offline)
        world.events.subscribe(ReadingReceived, self._reading)

    def reset(self) -> None:
        """The index is made anew by `rebuild`."""

    def rebuild(self) -> None:
        """Make the index from the rows."""
        self._of_thing.clear()
        self._number = max((rule.id for rule in self._table), default=0)
        for rule in self._table:
            self._of_thing.setdefault(rule.thing, {})[rule.id] = rule

    # -- rows

    def create(self, account: Account, application: str, definition: Definition) -> LinkageRule:
        """A new rule of a checked definition; in force from now on."""
        self._number += 1
        rule = LinkageRule(self._number, account.id, application, "", {})
        self._put(rule, definition)
        return rule

    def of(self, account: str) -> list[LinkageRule]:
        """A user's rules, newest first."""
        found = [rule for rule in self._table if rule.account == account]
        return sorted(found, key=lambda rule: rule.id, reverse=True)

    def find(self, account: Account, identifier: int) -> LinkageRule:
        """A user's rule; refuses unknown and foreign ones alike."""
        rule = self._table.get(str(identifier))
        if rule is None or (rule.account != account.id and not self._world.faults.on("foreign_rules")):
            raise form_invalid("rule_id", "you have no rule of this id")
        return rule

    def change(self, rule: LinkageRule, definition: Definition) -> None:
        """Replace a rule; what runs of it goes on, later events meet the new one (gizwits.md:2226)."""
        self._of_thing.get(rule.thing, {}).pop(rule.id, None)
        if self._world.faults.on("rules_never_change"):
            definition = rule.definition
        self._put(rule, definition)

    def delete(self, rule: LinkageRule) -> None:
        """Drop a rule and what runs of it."""
        if not self._world.faults.on("deleted_rules_trigger"):
            self._of_thing.get(rule.thing, {}).pop(rule.id, None)
        self._table.delete(str(rule.id))
        self._world.runs.cancel(RULES, str(rule.id))

    def _put(self, rule: LinkageRule, definition: Definition) -> None:
        rule.definition = definition
        rule.thing = self._world.things.find("gizwits", definition["did"])[1].id
        self._table.put(str(rule.id), rule)
        self._of_thing.setdefault(rule.thing, {})[rule.id] = rule

    # -- triggers

    def _online(self, event: ThingOnline) -> None:
        if not event.again:
            self._trigger(event.thing, "online")

    def _offline(self, event: ThingOffline) -> None:
        self._trigger(event.thing, "offline")

    def _reading(self, event: ReadingReceived) -> None:
        for rule in tuple(self._of_thing.get(event.thing, {}).values()):
            kind = rule.definition["event"]
            reported = kind == "data" and not event.answer
            if reported or (kind in EDGES and self._edge(rule.definition["event_attr"], event)):
                self._fire(rule)

    def _edge(self, wanted: Mapping[str, str], event: ReadingReceived) -> bool:
        """Did the data point change as the rule wants? Only 0 to 1 and 1 to 0 count (gizwits.md:2432)."""
        name, faults = wanted["attr_name"], self._world.faults
        before, now = event.previous.get(name), event.values.get(name)
        if faults.on("first_report_is_an_edge"):
            before = False if before is None else before
        if faults.on("levels_instead_of_edges"):
            before = not now
        if before is None or now is None or bool(before) == bool(now):
            return False
        return bool(now) == (wanted["value"] == "1") or faults.on("any_edge")

    def _trigger(self, thing: str, kind: str) -> None:
        for rule in tuple(self._of_thing.get(thing, {}).values()):
            if rule.definition["event"] == kind and not self._world.faults.on("connections_trigger_nothing"):
                self._fire(rule)

    # -- conditions

    def _fire(self, rule: LinkageRule) -> None:
        """Run the outputs unless the interval, the conditions or a lost device say no."""
        world = self._world
        now, interval = world.clock.now(), rule.definition["interval"]
        # A moment ahead of the clock was left by a clock that was set back since.
        early = rule.fired_at is not None and 0 <= now - rule.fired_at < interval
        if early and not world.faults.on("ignore_rule_interval"):
            return
        if world.things.binding(rule.account, rule.thing) is None:
            return
        values = self._values(rule)
        if not self._satisfied(rule.definition["condition"], values):
            return
        rule.fired_at = now
        self._table.put(str(rule.id), rule)
        if not world.faults.on("no_rule_messages"):
            name = rule.definition["name"]
            messages.centre(world).post(rule.account, f"The rule {name} was triggered.", RULE_MESSAGE)
        outputs = rule.definition["output"]
        if world.faults.on("first_output_only"):
            outputs = outputs[:1]
        for group in outputs:
            known = {} if world.faults.on("references_not_filled") else values
            steps = [self._filled(step, known) for step in group]
            world.runs.start(
                RULES,
                str(rule.id),
                steps,
                account=rule.account,
                application=rule.application,
                peer=orders.LOCALHOST,
                cause=f"rule {rule.id}",
            )

    def _values(self, rule: LinkageRule) -> dict[str, Mapping[str, Any]]:
        """The latest values of the input devices by prefix, without devices the user lost."""
        world = self._world
        values: dict[str, Mapping[str, Any]] = {}
        for row in rule.definition["input"]:
            attachment = world.things.attachment("gizwits", row["did"])
            if attachment is None or world.things.binding(rule.account, attachment.thing) is None:
                continue
            values[row["prefix"]] = world.readings.last(attachment.thing).values
        return values

    def _satisfied(self, groups: list[list[dict[str, str]]], values: Mapping[str, Mapping[str, Any]]) -> bool:
        """One group suffices, all of its comparisons have to hold; no group at all is always satisfied."""
        faults = self._world.faults
        if faults.on("conditions_ignored"):
            return True
        any_or_all = all if faults.on("groups_joined_by_and") else any
        all_or_any = any if faults.on("comparisons_joined_by_or") else all
        return not groups or any_or_all(
            all_or_any(self._holds(row, values) for row in group) for group in groups
        )

    def _holds(self, row: dict[str, str], values: Mapping[str, Mapping[str, Any]]) -> bool:
        sides = []
        for side in ("left", "right"):
            operand = operands.read(row[side])
            sides.append(None if operand is None else operands.value_of(operand, values))
        opt = row["opt"]
        if self._world.faults.on("inclusive_comparisons") and opt in (">", "<"):
            opt += "="
        return operands.holds(sides[0], opt, sides[1])

    # -- outputs

    @staticmethod
    def _filled(step: Step, values: Mapping[str, Mapping[str, Any]]) -> Step:
        """A step with the present values where its data points refer to input devices."""
        attributes = {}
        for name, value in step.get("attrs", {}).items():
            operand = operands.read(value) if isinstance(value, str) else None
            if isinstance(operand, Reference) and operand.name in values.get(operand.prefix, {}):
                attributes[name] = operands.settable(values[operand.prefix][operand.name])
            else:
                attributes[name] = value
        return step | {"attrs": attributes} if attributes else step

    def perform(self, run: Run, step: Step) -> float:
        """One step: wait, or control a device in the name of the rules engine (gizwits.md:1438)."""
        world = self._world
        if step["type"] == "delay":
            return 0.0 if world.faults.on("rules_skip_delays") else float(step["delay"])
        try:
            attachment, _ = world.things.find("gizwits", step["did"])
            binding_of(world, world.accounts.accounts.rows[run.account], attachment)
            source = "client" if world.faults.on("rule_commands_as_client") else "d3"
            origin = orders.Origin(run.account, run.application, run.peer, source, run.cause)
            orders.carry_out(world, attachment, orders.order_of(step), "decimal", origin)
        except Refusal:
            if not world.faults.on("steps_go_on_after_failure"):
                raise
        return 0.0

    def finished(self, run: Run, *, failed: bool) -> None:
        """Count what failed; the other groups of the rule do not mind (gizwits.md:2473)."""
        del run
        if failed:
            self._world.counters["rule_outputs_failed"] += 1


def linkage(world: World) -> Linkage:
    """The rules engine of a world."""
    return world.service(RULES, Linkage)


def attach(world: World) -> None:
    """Give a world its rules engine."""
    world.services[RULES] = Linkage(world)
