"""The calls of the permission matrix: what each operation is asked to do in each row."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from thingproof_conformance import expect
from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.sylvia import Estate, Network, SylviaTarget, User

LISTED: Final = ("application", "network", "device", "device_route", "network_route", "dldata_buffer")
WITHOUT_UNIT: Final = "pm3"
PERSONAL: Final = "pm4"
UNOWNED: Final = ("pm5", "pm12")
"""Rows that make what belongs to no unit of the case."""


class Scene:
    """A unit with everything in it, and somebody who calls."""

    def __init__(self, target: SylviaTarget, role: str) -> None:
        self.target = target
        self.role = role

    @cached_property
    def estate(self) -> Estate:
        """A fresh unit with an application, a network and a device."""
        return self.target.estate()

    @cached_property
    def public(self) -> Network:
        """A public network with a device of the unit."""
        network = self.target.new_network(public=True)
        self.target.new_device(network, unit=self.estate.unit, networkAddr="70000001")
        return network

    @cached_property
    def route(self) -> str:
        """The route of the device to the application."""
        return self.target.new_route(self.estate.device, self.estate.application)

    @cached_property
    def network_route(self) -> str:
        """The route of the network to the application."""
        return self.target.new_network_route(self.estate.network, self.estate.application)

    @cached_property
    def buffer(self) -> str:
        """Data that wait for the device."""
        side = self.target.application_side(self.estate.application)
        return str(side.downlink(deviceId=self.estate.device.device_id)["dataId"])

    @cached_property
    def caller(self) -> User | None:
        """Who calls; None when nobody's token is shown."""
        if self.role in {"owner", "member", "stranger"}:
            found: User = getattr(self.estate, self.role)
            return found
        if self.role == "service":
            # A fresh one where there may be some: what it made in other cases would show in its lists.
            return self.target.new_user("service") if "seed" in self.target.offered else self.target.service
        if self.role in {"admin", "manager"}:
            standing: User = getattr(self.target, self.role)
            return standing
        return None

    @property
    def token(self) -> Any:
        """What the caller shows: a user, a text that is no token, or nothing."""
        return self.target.names.hex(64) if self.role == "invalid" else self.caller

    def everything(self, tag: str) -> dict[str, Any]:
        """All an administrator sees of the unit, and of what else the calls of a tag could reach."""
        estate = self.estate
        there = self.target.shown("unit", estate.unit.unit_id)
        seen: dict[str, Any] = {"unit": there}
        for each in LISTED if there else ():
            seen[each] = self.target.listed(each, unit=estate.unit.unit_id)
        if tag == "unit":
            people = {user.user_id for user in (estate.owner, estate.member, estate.stranger)}
            people |= {self.caller.user_id} if self.caller is not None else set()
            seen["units"] = [self.target.listed("unit", owner=person) for person in sorted(people)]
        elif tag == "network":
            seen["public"] = self.target.listed("network", unit="")
        return seen

    def granted(self, answer: Answer, row: str) -> None:
        """What a granted read shows is what it was asked for."""
        _, tag, name = answer.operation.split(".")
        unit = self.estate.unit
        if name == "get":
            expect.equal(
                getattr(getattr(self.estate, tag), f"{tag}_id"), answer["data"][f"{tag}Id"], "the id"
            )
        elif row == PERSONAL:
            member = self.role in {"owner", "member"}
            administrator = self.role in {"admin", "manager"}
            if name == "count":
                least = 1 if member or administrator else 0
                expect.true(answer["data"]["count"] >= least, "the count", actual=answer.body)
                if not administrator:
                    expect.equal(least, answer["data"]["count"], "the number of the caller's units")
            else:
                shown = unit.unit_id in {row["unitId"] for row in answer["data"]}
                expect.equal(member or administrator, shown, "the unit is listed")
        elif name == "count":
            expect.true(answer["data"]["count"] >= 1, "something is counted", actual=answer.body)
        elif name == "list":
            units = {row["unitId"] for row in answer["data"]}
            expect.contains(unit.unit_id, units, "the unit's entry")
            if row != WITHOUT_UNIT:
                expect.equal({unit.unit_id}, units, "the units of the entries")
        elif name == "create" and row in UNOWNED:
            self.target.delete_later(tag, answer["data"][f"{tag}Id"])


def _data(operation: str, data: Callable[[Scene], dict[str, Any]]) -> Callable[[Scene], Call]:
    """A call with a body."""
    return lambda scene: Call(operation, json={"data": data(scene)})


def _at(operation: str, path: Callable[[Scene], dict[str, Any]], **data: Any) -> Callable[[Scene], Call]:
    """A call about the thing its path names, with data where it has some."""

    def make(scene: Scene) -> Call:
        call = Call(operation, path=path(scene))
        if data:
            call.json = {"data": dict(data)}
        return call

    return make


def _ids(tag: str) -> Callable[[Scene], dict[str, Any]]:
    """The path of the estate's thing of a tag."""
    return lambda scene: {f"{tag}Id": getattr(getattr(scene.estate, tag), f"{tag}_id")}


def _named(scene: Scene, tag: str) -> dict[str, Any]:
    """The data of a new application or network in the unit."""
    return {
        "code": scene.target.names.text(tag),
        "unitId": scene.estate.unit.unit_id,
        "hostUri": scene.estate.network.host_uri,
    }


def _device(scene: Scene, network: str) -> dict[str, Any]:
    """The data of a new device in the unit."""
    return {
        "unitId": scene.estate.unit.unit_id,
        "networkId": network,
        "networkAddr": scene.target.names.hex(8),
    }


def _many(scene: Scene, network: str, operation: str, address: str) -> dict[str, Any]:
    """The data of a call about devices by address, or about their routes."""
    tag, name = operation.split(".")[1:]
    if name in {"bulk", "range"} and tag == "device":
        address = scene.target.names.hex(8)
    if tag == "device":
        data = {"unitId": scene.estate.unit.unit_id, "networkId": network}
    else:
        data = {"applicationId": scene.estate.application.application_id, "networkId": network}
    if name.startswith("bulk"):
        return {**data, "networkAddrs": [address]}
    return {**data, "startAddr": address, "endAddr": address}


def _private(operation: str) -> Callable[[Scene], Call]:
    """A call about the addresses of the unit's own network."""

    def data(scene: Scene) -> dict[str, Any]:
        if operation in {"sylvia.device_route.bulk_delete", "sylvia.device_route.range_delete"}:
            assert scene.route
        device = scene.estate.device
        return _many(scene, scene.estate.network.network_id, operation, device.network_addr)

    return _data(operation, data)


def _public(operation: str) -> Callable[[Scene], Call]:
    """A call about the addresses of a public network."""

    def data(scene: Scene) -> dict[str, Any]:
        network = scene.public
        if operation in {"sylvia.device_route.bulk_delete", "sylvia.device_route.range_delete"}:
            body = {
                "applicationId": scene.estate.application.application_id,
                "networkId": network.network_id,
                "networkAddrs": ["70000001"],
            }
            scene.target.call("sylvia.device_route.bulk", token=scene.target.admin, json={"data": body})
        return _many(scene, network.network_id, operation, "70000001")

    return _data(operation, data)


def _list(tag: str, name: str) -> dict[str, Callable[[Scene], Call]]:
    """Count or list: of the unit, and without naming one."""

    def own(scene: Scene) -> Call:
        _fill(scene, tag)
        return Call(f"sylvia.{tag}.{name}", query={"unit": scene.estate.unit.unit_id})

    def any_unit(scene: Scene) -> Call:
        _fill(scene, tag)
        return Call(f"sylvia.{tag}.{name}", query={"limit": 0} if name == "list" else {})

    return {"pm2": own, WITHOUT_UNIT: any_unit}


def _fill(scene: Scene, tag: str) -> None:
    """See to it that there is an entry."""
    made = {"device_route": "route", "network_route": "network_route", "dldata_buffer": "buffer"}
    assert getattr(scene, made.get(tag, "estate"))


def _units(name: str) -> Callable[[Scene], Call]:
    def make(scene: Scene) -> Call:
        assert scene.estate
        return Call(f"sylvia.unit.{name}", query={"limit": 0} if name == "list" else {})

    return make


def _ownership(scene: Scene) -> Call:
    """Give the unit to the stranger and drop the member."""
    people = {"ownerId": scene.estate.stranger.user_id, "memberIds": [scene.estate.owner.user_id]}
    return Call("sylvia.unit.update", path={"unitId": scene.estate.unit.unit_id}, json={"data": people})


def _route(scene: Scene) -> dict[str, Any]:
    estate = scene.estate
    return {"deviceId": estate.device.device_id, "applicationId": estate.application.application_id}


def _network_route(scene: Scene, network: str) -> dict[str, Any]:
    return {"networkId": network, "applicationId": scene.estate.application.application_id}


CALLS: Final[dict[str, dict[str, Callable[[Scene], Call]]]] = {
    "sylvia.unit.create": {
        "pm5": _data("sylvia.unit.create", lambda scene: {"code": scene.target.names.text("unit")}),
    },
    "sylvia.unit.count": {PERSONAL: _units("count")},
    "sylvia.unit.list": {PERSONAL: _units("list")},
    "sylvia.unit.update": {
        "pm13": _at("sylvia.unit.update", _ids("unit"), name="changed"),
        "pm14": _ownership,
    },
    "sylvia.unit.delete_by_user": {
        "pm16": _at("sylvia.unit.delete_by_user", lambda scene: {"userId": scene.estate.owner.user_id}),
    },
    "sylvia.application.create": {
        "pm6": _data("sylvia.application.create", lambda scene: _named(scene, "app")),
    },
    "sylvia.network.create": {
        "pm6": _data("sylvia.network.create", lambda scene: _named(scene, "net")),
        "pm12": _data("sylvia.network.create", lambda scene: {**_named(scene, "net"), "unitId": None}),
    },
    "sylvia.device.create": {
        "pm6": _data("sylvia.device.create", lambda scene: _device(scene, scene.estate.network.network_id)),
        "pm11": _data("sylvia.device.create", lambda scene: _device(scene, scene.public.network_id)),
    },
    **{
        f"sylvia.device.{name}": {
            "pm7": _private(f"sylvia.device.{name}"),
            "pm11": _public(f"sylvia.device.{name}"),
        }
        for name in ("bulk", "bulk_delete", "range", "range_delete")
    },
    "sylvia.device_route.create": {"pm8": _data("sylvia.device_route.create", _route)},
    **{
        f"sylvia.device_route.{name}": {
            "pm9": _private(f"sylvia.device_route.{name}"),
            "pm11": _public(f"sylvia.device_route.{name}"),
        }
        for name in ("bulk", "bulk_delete", "range", "range_delete")
    },
    "sylvia.network_route.create": {
        "pm10": _data(
            "sylvia.network_route.create",
            lambda scene: _network_route(scene, scene.estate.network.network_id),
        ),
        "pm11": _data(
            "sylvia.network_route.create", lambda scene: _network_route(scene, scene.public.network_id)
        ),
    },
    **{
        f"sylvia.{tag}.get": {"pm1": _at(f"sylvia.{tag}.get", _ids(tag))}
        for tag in ("unit", "application", "network", "device")
    },
    **{
        f"sylvia.{tag}.update": {"pm13": _at(f"sylvia.{tag}.update", _ids(tag), name="changed")}
        for tag in ("application", "network", "device")
    },
    **{
        f"sylvia.{tag}.delete": {"pm15": _at(f"sylvia.{tag}.delete", _ids(tag))}
        for tag in ("unit", "application", "network", "device")
    },
    "sylvia.device_route.delete": {
        "pm15": _at("sylvia.device_route.delete", lambda scene: {"routeId": scene.route}),
    },
    "sylvia.network_route.delete": {
        "pm15": _at("sylvia.network_route.delete", lambda scene: {"routeId": scene.network_route}),
    },
    "sylvia.dldata_buffer.delete": {
        "pm15": _at("sylvia.dldata_buffer.delete", lambda scene: {"dataId": scene.buffer}),
    },
    **{f"sylvia.{tag}.{name}": _list(tag, name) for tag in LISTED for name in ("count", "list")},
}
"""Operation -> row of the matrix -> the call to make."""
