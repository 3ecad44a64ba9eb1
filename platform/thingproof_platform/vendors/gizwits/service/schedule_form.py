"""What a scheduled task is given: target, order and recurrence, checked (gizwits.md:3008, 3238)."""

from __future__ import annotations

import re
from datetime import date, time
from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.recurrence import Recurrence
from thingproof_platform.vendors.gizwits.service import orders
from thingproof_platform.vendors.gizwits.service.binding import binding_of
from thingproof_platform.vendors.gizwits.service.forms import form_invalid, text
from thingproof_platform.vendors.gizwits.service.groups import groups
from thingproof_platform.vendors.gizwits.service.scenes import scenes

if TYPE_CHECKING:
    from thingproof_platform.core.model import Account
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.model import Schedule

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LAST_DAY: Final = 31
_TARGETS: Final = ("did", "group_id", "scene_id")  # in the order in which they count (gizwits.contra.106)


def checked(
    world: World, account: Account, members: dict[str, Any], coding: object, known: Schedule | None = None
) -> dict[str, Any]:
    """The fields of a task; what a change leaves out stays as it is known.

    Refuses targets that are not the user's, orders no device understands, and times that are none.
    """
    fields = _target(world, account, members, known)
    fields |= _order(world, account, members, coding, fields, known)
    fields |= _times(world, members, known)
    enabled = members.get("enabled")
    if enabled is not None and not isinstance(enabled, bool):
        raise form_invalid("enabled", "expected true or false")
    if enabled is None:
        enabled = known.enabled if known is not None else not world.faults.on("schedules_begin_disabled")
    remark = text(world, members, "remark")
    if members.get("remark") is None and known is not None:
        remark = known.remark
    return fields | {"enabled": enabled, "remark": remark}


def _target(
    world: World, account: Account, members: dict[str, Any], known: Schedule | None
) -> dict[str, Any]:
    """The first of did, group_id and scene_id that is given."""
    order = reversed(_TARGETS) if world.faults.on("targets_in_wrong_order") else _TARGETS
    chosen = {name: text(world, members, name) for name in _TARGETS}
    first = next((name for name in order if chosen[name]), None)
    if first is None:
        if known is None:
            raise form_invalid("did", "give one of did, group_id and scene_id")
        return {"did": known.did, "group": known.group, "scene": known.scene}
    if first == "did":
        attachment, _ = world.things.find("gizwits", chosen["did"])
        binding_of(world, account, attachment)
        return {"did": chosen["did"], "group": "", "scene": ""}
    if first == "group_id":
        return {"did": "", "group": groups(world).single_product(account, chosen["group_id"]).id, "scene": ""}
    return {"did": "", "group": "", "scene": scenes(world).find(account, chosen["scene_id"]).id}


def _order(  # noqa: PLR0917 - all of it belongs together
    world: World,
    account: Account,
    members: dict[str, Any],
    coding: object,
    target: dict[str, Any],
    known: Schedule | None,
) -> dict[str, Any]:
    """Raw bytes and data points; nothing for a scenario, which knows itself what to do (gizwits.md:3244)."""
    if target["scene"]:
        return {"raw": "", "attrs": {}, "coding": None}
    given = any(members.get(name) not in (None, "", {}, []) for name in ("raw", "attrs"))
    if not given and known is not None and not known.scene:
        order = orders.Order(known.raw or None, known.attrs or None, known.coding)
    else:
        order = orders.order_of(members, coding)
    if order.raw is not None and not isinstance(order.raw, str):
        raise form_invalid("raw", "expected text; a number has lost its leading zeros")
    orders.check(world, _product(world, account, target), order, "hex")
    return {"raw": order.raw or "", "attrs": order.attrs or {}, "coding": order.coding}


def _product(world: World, account: Account, target: dict[str, Any]) -> str:
    if target["group"]:
        return groups(world).find(account, target["group"]).product
    return world.things.find("gizwits", target["did"])[1].product


def _times(world: World, members: dict[str, Any], known: Schedule | None) -> dict[str, Any]:
    """time, repeat, date, days and the period, as the document writes them."""
    at = text(world, members, "time", required=True)
    if not _TIME.fullmatch(at):
        raise form_invalid("time", "expected HH:MM")
    repeat = text(world, members, "repeat", required=True)
    names = [name.strip() for name in repeat.split(",")]
    if names not in (["none"], ["day"]) and not set(names) <= set(WEEKDAYS):
        raise form_invalid("repeat", f"expected none, day, or a list of {','.join(WEEKDAYS)}")
    kept = {name: _kept(members, name, known) for name in ("date", "start_date", "end_date")}
    days = _days(members["days"] if members.get("days") is not None else known.days if known else [])
    for name, value in kept.items():
        if value:
            _date(name, value)
    if names == ["none"] and not kept["date"]:
        raise form_invalid("date", "is required when repeat is none")
    if names == ["day"] and not days:
        raise form_invalid("days", "name the days of the month")
    if kept["start_date"] and kept["end_date"] and kept["end_date"] < kept["start_date"]:
        raise form_invalid("end_date", "lies before start_date")
    return kept | {"time": at, "repeat": ",".join(names), "days": days}


def _kept(members: dict[str, Any], name: str, known: Schedule | None) -> str:
    value = members.get(name)
    if value is None:
        return str(getattr(known, name)) if known is not None else ""
    if not isinstance(value, str):
        raise form_invalid(name, "expected YYYY-MM-DD")
    return value


def _date(name: str, value: str) -> date:
    if _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise form_invalid(name, "expected YYYY-MM-DD")


def _days(given: object) -> list[int]:
    """Days of the month, given as integers or texts (gizwits.contra.20)."""
    if not isinstance(given, list):
        raise form_invalid("days", "expected a list of days of the month")
    days = []
    for day in given:
        number = int(day) if isinstance(day, str) and day.isascii() and day.isdigit() else day
        if type(number) is not int or not 1 <= number <= _LAST_DAY:
            raise form_invalid("days", f"expected days from 1 to {_LAST_DAY}")
        days.append(number)
    return days


def recurrence(world: World, row: Schedule) -> Recurrence:
    """When a task is due."""
    at = time.fromisoformat(row.time)
    if row.repeat == "none":
        return Recurrence(at, once=date.fromisoformat(row.date))
    bounded = not world.faults.on("schedules_ignore_period")
    first = date.fromisoformat(row.start_date) if row.start_date and bounded else None
    last = date.fromisoformat(row.end_date) if row.end_date and bounded else None
    if row.repeat == "day":
        return Recurrence(at, month_days=frozenset(row.days), first=first, last=last)
    shift = 1 if world.faults.on("weekdays_from_sunday") else 0
    weekdays = frozenset((WEEKDAYS.index(name) + shift) % 7 for name in row.repeat.split(","))
    return Recurrence(at, weekdays=weekdays, first=first, last=last)
