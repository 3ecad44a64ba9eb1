"""Every fault of the API changes what a caller sees; without it nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_platform.tests.sylvia_cloud import HOST, SylviaCloud
from thingproof_platform.vendors.sylvia.faults import FAULTS
from thingproof_platform.vendors.sylvia.faults_data_plane import DATA_PLANE_FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable

Probe = "Callable[[SylviaCloud], Any]"


def _place(cloud: SylviaCloud, network: str = "home-net", unit: str = "home") -> dict[str, Any]:
    return {"unitId": cloud.ids["unit"][unit], "networkId": cloud.ids["network"][network]}


def _ends(cloud: SylviaCloud, application: str, network: str) -> dict[str, Any]:
    return {
        "applicationId": cloud.ids["application"][application],
        "networkId": cloud.ids["network"][network],
    }


def _home(cloud: SylviaCloud) -> str:
    return cloud.ids["unit"]["home"]


def _rename_as(name: str) -> Callable[[SylviaCloud], Any]:
    return lambda cloud: cloud.code("unit.update", {"name": "x"}, as_=name, path=_home(cloud))


def _see_as(name: str) -> Callable[[SylviaCloud], Any]:
    return lambda cloud: cloud.code("unit.get", as_=name, path=_home(cloud))


def _updated(**data: Any) -> Callable[[SylviaCloud], Any]:
    """The unit after a change by an admin."""

    def probe(cloud: SylviaCloud) -> Any:
        cloud.world.clock.advance(1)
        ids = {"nobody": "nobody", "member": cloud.users["member"], "owner": cloud.users["owner"]}
        sent = {
            name: [ids[each] for each in value] if isinstance(value, list) else ids.get(str(value), value)
            for name, value in data.items()
        }
        answer = cloud.code("unit.update", sent, path=_home(cloud))
        return answer, cloud.call("unit.get", path=_home(cloud)).body

    return probe


def _created(tag: str, **data: Any) -> Callable[[SylviaCloud], Any]:
    """The answer to a creation in the unit, and the list after it."""

    def probe(cloud: SylviaCloud) -> Any:
        place = {"unitId": _home(cloud)} if tag != "unit" else {}
        code = cloud.code(f"{tag}.create", place | data)
        return code, [(row["code"], row.get("hostUri")) for row in cloud.rows(tag)]

    return probe


def _public_network(cloud: SylviaCloud) -> Any:
    return cloud.code("network.get", as_="owner", path=cloud.ids["network"]["public"])


def _any_network(cloud: SylviaCloud) -> Any:
    return cloud.code("device.create", _place(cloud, "abroad-net") | {"networkAddr": "1"})


def _bulk_delete(cloud: SylviaCloud) -> Any:
    cloud.device("01", unit="abroad", network="public")
    cloud.call("device.bulk_delete", _place(cloud, "public") | {"networkAddrs": ["01"]})
    return cloud.total("device")


def _delete_network(cloud: SylviaCloud) -> Any:
    """What is left when a network with a device, a route and a buffer goes."""
    device = cloud.device("01")
    cloud.route(device)
    cloud.buffer(device)
    cloud.call("network.delete", path=cloud.ids["network"]["home-net"])
    return [cloud.total(tag) for tag in ("device", "device_route", "dldata_buffer")]


def _upper_case(cloud: SylviaCloud) -> Any:
    cloud.device("AA")
    return [row["networkAddr"] for row in cloud.rows("device")]


def _same_address(cloud: SylviaCloud) -> Any:
    cloud.device("aa")
    return cloud.code("device.create", _place(cloud) | {"networkAddr": "aa"})


def _move(cloud: SylviaCloud) -> Any:
    device = cloud.device("aa")
    cloud.route(device)
    cloud.call("device.update", {"networkAddr": "bb"}, path=device)
    return [row["networkAddr"] for row in cloud.rows("device_route")]


def _bulk(*addresses: str) -> Callable[[SylviaCloud], Any]:
    """Devices after a bulk creation beside one that exists."""

    def probe(cloud: SylviaCloud) -> Any:
        cloud.device("aa", name="known")
        code = cloud.code("device.bulk", _place(cloud) | {"networkAddrs": list(addresses)})
        return code, [(row["networkAddr"], row["name"]) for row in cloud.rows("device")]

    return probe


def _range(start: str, end: str) -> Callable[[SylviaCloud], Any]:
    def probe(cloud: SylviaCloud) -> Any:
        code = cloud.code("device.range", _place(cloud) | {"startAddr": start, "endAddr": end})
        return code, cloud.total("device")

    return probe


def _mismatch(cloud: SylviaCloud) -> Any:
    return cloud.code("network_route.create", _ends(cloud, "home-app", "abroad-net"))


def _same_route(cloud: SylviaCloud) -> Any:
    cloud.create("network_route", **_ends(cloud, "home-app", "home-net"))
    return cloud.code("network_route.create", _ends(cloud, "home-app", "home-net"))


def _routes_of_other(cloud: SylviaCloud) -> Any:
    cloud.route(cloud.device("01"))
    return cloud.total("device_route", network=cloud.ids["network"]["public"])


def _public_device(cloud: SylviaCloud) -> Any:
    return cloud.call("device.get", path=cloud.device("01", network="public")).body["data"]["unitCode"]


def _codes(tag: str, as_: str = "admin", **query: Any) -> Callable[[SylviaCloud], Any]:
    """The codes of a list, with another application and unit to be told apart."""

    def probe(cloud: SylviaCloud) -> Any:
        cloud.world.clock.advance(1)
        cloud.create("application", code="zebra", unitId=_home(cloud), hostUri=HOST)
        cloud.unit("third", owner="owner")
        asked = {name: cloud.ids["unit"].get(str(value), value) for name, value in query.items()}
        answer = cloud.call(f"{tag}.list", as_=as_, query=asked)
        if answer.status >= 400 or "data" not in answer.body:
            return answer.status
        return [row["code"] for row in answer.body["data"]]

    return probe


def _sorted_devices(cloud: SylviaCloud) -> Any:
    for address in ("01", "03", "02"):
        cloud.device(address, profile="p")
    return [row["networkAddr"] for row in cloud.rows("device", sort="profile:asc,addr:desc")]


def _routes_of_application(cloud: SylviaCloud) -> Any:
    cloud.create("network_route", **_ends(cloud, "home-app", "home-net"))
    return cloud.total("network_route", application=cloud.ids["application"]["abroad-app"])


def _unit_id_of_moment(cloud: SylviaCloud) -> Any:
    return cloud.create("unit", code="x").partition("-")[0]


def _new_unit(**data: Any) -> Callable[[SylviaCloud], Any]:
    """Owner and members of a new unit."""

    def probe(cloud: SylviaCloud) -> Any:
        sent = {name: cloud.users.get(str(value), value) for name, value in data.items()}
        answer = cloud.call("unit.create", {"code": "new"} | sent, as_="member")
        unit = cloud.call("unit.get", path=answer.body["data"]["unitId"]).body["data"]
        return unit["ownerId"], unit["memberIds"]

    return probe


def _all_units(cloud: SylviaCloud) -> Any:
    cloud.call("unit.delete_by_user", path=cloud.users["owner"])
    return cloud.total("unit")


def _delete_unit(cloud: SylviaCloud) -> Any:
    cloud.call("unit.delete", path=_home(cloud))
    return cloud.total("unit")


def _unit_named_by_stranger(cloud: SylviaCloud) -> Any:
    return [row["code"] for row in cloud.rows("unit", as_="stranger", member=cloud.users["member"])]


PROBES: dict[str, Callable[[SylviaCloud], Any]] = {
    "member_may_write": _rename_as("member"),
    "stranger_may_write": _rename_as("stranger"),
    "stranger_sees": _see_as("stranger"),
    "member_sees_nothing": _see_as("member"),
    "service_is_admin": _see_as("service"),
    "manager_is_normal": _see_as("manager"),
    "any_token_accepted": lambda cloud: cloud.code("unit.list", as_="unknown"),
    "admin_call_open": lambda cloud: cloud.code("unit.delete_by_user", as_="owner", path="x"),
    "owner_id_for_everybody": _new_unit(ownerId="stranger"),
    "normal_user_filters_units": _unit_named_by_stranger,
    "normal_user_uses_public": _public_network,
    "network_of_any_unit": _any_network,
    "bulk_deletes_other_units": _bulk_delete,
    "duplicate_code_accepted": _created("application", code="home-app", hostUri=HOST),
    "codes_keep_case": _created("application", code="ABC", hostUri=HOST),
    "any_code": _created("application", code="-", hostUri=HOST),
    "info_merged": lambda cloud: [_updated(info={"a": 1})(cloud), _updated(info={"b": 1})(cloud)],
    "empty_patch_accepted": _updated(),
    "modified_at_stays": _updated(name="x"),
    "any_owner": _updated(ownerId="nobody"),
    "any_member": _updated(memberIds=["nobody"]),
    "members_doubled": _updated(memberIds=["member", "member"]),
    "owner_is_no_member": _new_unit(),
    "owner_dropped_from_members": _updated(memberIds=["member"]),
    "deleted_units_stay": _delete_unit,
    "user_deletion_hits_all": _all_units,
    "application_codes_global": _created("application", code="abroad-app", hostUri=HOST),
    "any_host_uri": _created("application", code="x", hostUri="http://x"),
    "cascade_forgets_routes": _delete_network,
    "cascade_forgets_buffers": _delete_network,
    "network_devices_stay": _delete_network,
    "addresses_keep_case": _upper_case,
    "duplicate_address_accepted": _same_address,
    "moved_devices_lose_routes": _move,
    "bulk_devices_nameless": _bulk("bb"),
    "bulk_overwrites_existing": _bulk("aa"),
    "bulk_refuses_existing": _bulk("aa", "bb"),
    "bulk_limit_ignored": _bulk(*(f"{number:04x}" for number in range(1025))),
    "range_limit_off": _range("0000", "0400"),
    "range_excludes_end": _range("00", "01"),
    "range_lengths_differ": _range("00", "0001"),
    "range_odd_digits": _range("000", "001"),
    "unit_mismatch_accepted": _mismatch,
    "duplicate_route_accepted": _same_route,
    "route_network_filter_ignored": _routes_of_other,
    "version_always_json": lambda cloud: cloud.call("version.get", query={"q": "name"}).text,
    "format_ignored": _codes("unit", format="array"),
    "public_unit_code_shown": _public_device,
    "public_unit_as_empty_text": lambda cloud: cloud.rows("network", unit="")[0]["unitId"],
    "ids_off_creation": _unit_id_of_moment,
    "sort_ignored": _codes("unit", sort="created:desc"),
    "sort_descending_ignored": _codes("unit", sort="code:desc"),
    "sort_first_key_only": _sorted_devices,
    "offset_off_by_one": _codes("unit", offset=1),
    "limit_zero_is_default": lambda cloud: (
        cloud.call("device.range", _place(cloud) | {"startAddr": "00", "endAddr": "ff"}),
        len(cloud.rows("device", limit=0)),
    )[1],
    "count_off_by_one": lambda cloud: cloud.total("unit"),
    "contains_case_sensitive": _codes("unit", contains="HOME"),
    "contains_from_start": _codes("unit", contains="ome"),
    "contains_beside_code": _codes("application", code="zebra", contains="x"),
    "code_case_sensitive": _codes("application", code="ZEBRA"),
    "unit_filter_ignored": _codes("application", unit="abroad"),
    "application_filter_ignored": _routes_of_application,
    "empty_unit_lists_all": _codes("network", unit=""),
    "unit_may_be_left_out": _codes("application", "owner"),
    "foreign_unit_lists_nothing": _codes("application", "owner", unit="nothing"),
}


def test_every_fault_has_a_probe() -> None:
    """Those of the API; conditions and those of the queues are tested beside what they change."""
    queues = {fault.name for fault in DATA_PLANE_FAULTS}
    named = {fault.name for fault in FAULTS if fault.class_ != "condition"} - queues
    assert set(PROBES) == named
    assert len(FAULTS) >= 40


@pytest.mark.parametrize("fault", PROBES)
def test_a_fault_bites_and_can_be_switched_off(fault: str) -> None:
    """With it the same calls give something else; without it they do not."""
    broken = SylviaCloud()
    broken.world.faults.enable(fault)
    mended = SylviaCloud()
    mended.world.faults.enable(fault)
    mended.world.faults.disable(fault)
    assert PROBES[fault](broken) != PROBES[fault](SylviaCloud()) == PROBES[fault](mended)
