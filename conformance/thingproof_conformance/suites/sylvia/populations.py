"""Entries of a known content for the cases of count and list: four of a tag, or more than a page holds.

The values are chosen so that no order follows from another: not from the order of making either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from thingproof_conformance import wallclock

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_conformance.vendors.sylvia import (
        Application,
        Device,
        Network,
        SylviaTarget,
        Unit,
        User,
    )

ENDS: Final = ("c", "a", "d", "b")
NAMES: Final = ("Beta Station", "Alpha", "Beta Station", "Gamma-alpha")
PROFILES: Final = ("meter", "tracker", "tracker", "meter")
PAGE: Final = 100
APART_S: Final = 0.002
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Population:
    """The entries of a tag in one unit (of one owner for units), in the order they were made.

    scope is what an administrator asks to see just these; rows hold the members an entry must show.
    """

    caller: User
    scope: Row
    rows: list[Row]


def populate(target: SylviaTarget, tag: str) -> Population:
    """Four entries of a tag."""
    return _MAKERS[tag](target)


def crowd(target: SylviaTarget, tag: str) -> Population:
    """One entry more than a page holds by default; rows tell no content."""
    caller, scope = _CROWDS[tag](target, PAGE + 1)
    return Population(caller, scope, [{} for _ in range(PAGE + 1)])


def _apart() -> None:
    """Let the time move on, so that two moments differ (sylvia.contra.48)."""
    began = wallclock.elapsed()
    wallclock.wait_until(lambda: wallclock.elapsed() - began > APART_S, 1)


def _rename(target: SylviaTarget, tag: str, row: Row, caller: User) -> None:
    """Change an entry, so that it is the last one changed."""
    _apart()
    name = f"{tag}Id"
    target.call(
        f"sylvia.{tag}.update", token=caller, path={name: row[name]}, json={"data": {"name": row["name"]}}
    )


def _units(target: SylviaTarget) -> Population:
    owner, word = target.new_user(), target.names.text("unit")
    rows = []
    for end, name in zip(ENDS, NAMES, strict=True):
        _apart()
        unit = target.new_unit(owner, code=f"{word}-{end}", name=name)
        rows.append({"unitId": unit.unit_id, "code": unit.code, "name": name, "ownerId": owner.user_id})
    for row in reversed(rows[:2]):
        _rename(target, "unit", row, owner)
    return Population(owner, {"owner": owner.user_id}, rows)


def _coded(target: SylviaTarget, tag: str, make: Callable[..., Any]) -> Population:
    """Applications or networks: both have a code, a name and a hostUri in a unit."""
    unit = target.new_unit()
    rows = []
    for end, name in zip(ENDS, NAMES, strict=True):
        _apart()
        made = make(unit, code=f"{tag}-{end}", name=name, info={"end": end})
        rows.append(
            {
                f"{tag}Id": getattr(made, f"{tag}_id"),
                "code": made.code,
                "name": name,
                "unitId": unit.unit_id,
                "unitCode": unit.code,
                "hostUri": made.host_uri,
                "info": {"end": end},
            }
        )
    for row in reversed(rows[:2]):
        _rename(target, tag, row, unit.owner)
    return Population(unit.owner, {"unit": unit.unit_id}, rows)


def _applications(target: SylviaTarget) -> Population:
    return _coded(target, "application", target.new_application)


def _networks(target: SylviaTarget) -> Population:
    return _coded(target, "network", target.new_network)


def _pair(target: SylviaTarget) -> tuple[Unit, tuple[Application, Application], tuple[Network, Network]]:
    """A unit with two applications and two networks, the later ones first by code."""
    unit = target.new_unit()
    applications = (
        target.new_application(unit, code="app-b"),
        target.new_application(unit, code="app-a"),
    )
    return (
        unit,
        applications,
        (target.new_network(unit, code="net-b"), target.new_network(unit, code="net-a")),
    )


def _device_row(device: Device, **more: Any) -> Row:
    return {
        "deviceId": device.device_id,
        "unitId": device.unit.unit_id,
        "networkId": device.network.network_id,
        "networkAddr": device.network_addr,
        **more,
    }


def _devices(target: SylviaTarget) -> Population:
    unit, _, networks = _pair(target)
    rows = []
    for number, (end, name, profile) in enumerate(zip(ENDS, NAMES, PROFILES, strict=True)):
        _apart()
        network = networks[number // 2]  # the order of networks is not that of addresses
        device = target.new_device(network, networkAddr=f"80{end}0", name=name, profile=profile)
        about = {"networkCode": network.code, "unitCode": unit.code, "profile": profile, "name": name}
        rows.append(_device_row(device, **about))
    for row in reversed(rows[:2]):
        _rename(target, "device", row, unit.owner)
    return Population(unit.owner, {"unit": unit.unit_id}, rows)


def _route_row(application: Application, **more: Any) -> Row:
    return {"applicationId": application.application_id, "applicationCode": application.code, **more}


def _device_routes(target: SylviaTarget) -> Population:
    unit, applications, networks = _pair(target)
    devices = [
        target.new_device(network, networkAddr=f"80{end}0", profile=profile)
        for network, end, profile in zip(networks, sorted(ENDS), PROFILES, strict=False)
    ]
    rows = []
    for number in (2, 1, 3, 0):
        _apart()
        application, device = applications[number // 2], devices[number % 2]
        about = {"networkCode": device.network.code, "profile": device.profile}
        row = _route_row(application, **_device_row(device), **about)
        rows.append({"routeId": target.new_route(device, application), **row})
    return Population(unit.owner, {"unit": unit.unit_id}, rows)


def _network_routes(target: SylviaTarget) -> Population:
    unit, applications, networks = _pair(target)
    rows = []
    for number in (2, 1, 3, 0):
        _apart()
        application, network = applications[number // 2], networks[number % 2]
        about = {"unitId": unit.unit_id, "networkId": network.network_id, "networkCode": network.code}
        route = target.new_network_route(network, application)
        rows.append({"routeId": route, **_route_row(application, **about)})
    return Population(unit.owner, {"unit": unit.unit_id}, rows)


def _buffers(target: SylviaTarget) -> Population:
    unit, applications, networks = _pair(target)
    sides = [target.application_side(application) for application in applications]
    devices = [target.new_device(network) for network in networks]
    rows = []
    for number in (2, 1, 3, 0):
        _apart()
        application, device = applications[number // 2], devices[number % 2]
        data_id = sides[number // 2].downlink(deviceId=device.device_id)["dataId"]
        rows.append({"dataId": data_id, **_route_row(application, **_device_row(device))})
    return Population(unit.owner, {"unit": unit.unit_id}, rows)


def _many_units(target: SylviaTarget, count: int) -> tuple[User, Row]:
    owner = target.new_user()
    for _ in range(count):
        target.new_unit(owner)
    return owner, {"owner": owner.user_id}


def _many_applications(target: SylviaTarget, count: int) -> tuple[User, Row]:
    unit = target.new_unit()
    for _ in range(count):
        target.new_application(unit)
    return unit.owner, {"unit": unit.unit_id}


def _many_networks(target: SylviaTarget, count: int) -> tuple[User, Row]:
    unit = target.new_unit()
    for _ in range(count):
        target.new_network(unit)
    return unit.owner, {"unit": unit.unit_id}


def _bulk(target: SylviaTarget, count: int) -> tuple[Unit, dict[str, Any]]:
    """A unit with devices at addresses, as the calls about many of them name these."""
    network = target.new_network()
    assert network.unit is not None
    addresses = {"networkId": network.network_id, "networkAddrs": [f"{each:04x}" for each in range(count)]}
    body = {"data": {"unitId": network.unit.unit_id, **addresses}}
    target.call("sylvia.device.bulk", token=network.unit.owner, json=body)
    return network.unit, addresses


def _many_devices(target: SylviaTarget, count: int) -> tuple[User, Row]:
    unit, _ = _bulk(target, count)
    return unit.owner, {"unit": unit.unit_id}


def _many_device_routes(target: SylviaTarget, count: int) -> tuple[User, Row]:
    unit, addresses = _bulk(target, count)
    application = target.new_application(unit)
    body = {"data": {"applicationId": application.application_id, **addresses}}
    target.call("sylvia.device_route.bulk", token=unit.owner, json=body)
    return unit.owner, {"unit": unit.unit_id}


def _many_network_routes(target: SylviaTarget, count: int) -> tuple[User, Row]:
    unit = target.new_unit()
    application = target.new_application(unit)
    for _ in range(count):
        target.new_network_route(target.new_network(unit), application)
    return unit.owner, {"unit": unit.unit_id}


def _many_buffers(target: SylviaTarget, count: int) -> tuple[User, Row]:
    unit = target.new_unit()
    side = target.application_side(target.new_application(unit))
    device = target.new_device(target.new_network(unit))
    for number in range(count):
        message = {"correlationId": str(number), "deviceId": device.device_id, "data": ""}
        side.send("dldata", message)
    side.wait("dldata-resp", count)
    return unit.owner, {"unit": unit.unit_id}


_MAKERS: Final[dict[str, Callable[[SylviaTarget], Population]]] = {
    "unit": _units,
    "application": _applications,
    "network": _networks,
    "device": _devices,
    "device_route": _device_routes,
    "network_route": _network_routes,
    "dldata_buffer": _buffers,
}
_CROWDS: Final[dict[str, Callable[[SylviaTarget, int], tuple[User, Row]]]] = {
    "unit": _many_units,
    "application": _many_applications,
    "network": _many_networks,
    "device": _many_devices,
    "device_route": _many_device_routes,
    "network_route": _many_network_routes,
    "dldata_buffer": _many_buffers,
}
