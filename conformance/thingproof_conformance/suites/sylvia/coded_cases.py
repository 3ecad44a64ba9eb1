"""Cases that applications and networks share: both have a code in a unit, a hostUri, a name and info."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_conformance import expect
from thingproof_conformance.suites.sylvia import resource_cases as resources
from thingproof_conformance.vendor_target import ANY, Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget, Unit

NO_HOSTS: Final = ("http://queues.invalid", "queues.invalid", "amqp", "", "mqtt://")
"""Texts that name no message broker (sylvia.contra.22)."""
LOSSES: Final = {
    "application": {"device_route": 1, "network_route": 1, "dldata_buffer": 1},
    "network": {"device_route": 1, "network_route": 1, "dldata_buffer": 1, "device": 1},
}
"""What goes along with one of each."""


def make(target: SylviaTarget, tag: str, unit: Unit, **data: Any) -> tuple[str, dict[str, Any]]:
    """Make one in a unit; gives its id and its entry."""
    made = getattr(target, f"new_{tag}")(unit, **data)
    identifier = str(getattr(made, f"{tag}_id"))
    return identifier, resources.entry(target, tag, identifier)


def data_of(target: SylviaTarget, unit: Unit, code: str) -> dict[str, Any]:
    """The data of a new one."""
    return {"code": code, "unitId": unit.unit_id, "hostUri": target.host_uri()}


def required_members(target: SylviaTarget, tag: str) -> None:
    """Code, unit and hostUri are enough; get, count and list show it."""
    unit = target.new_unit()
    code = target.names.text(tag)
    identifier, found = make(target, tag, unit, code=code)
    told = {name: found[name] for name in ("code", "unitId", "unitCode", "hostUri", "name", "info")}
    wanted = {
        **data_of(target, unit, code),
        "unitCode": unit.code,
        "name": "",
        "info": {},
    }
    expect.equal(wanted, told, f"the {tag}")
    resources.shown_everywhere(target, tag, identifier, unit.owner, unit=unit.unit_id)


def lower_case(target: SylviaTarget, tag: str) -> None:
    """The code is kept in lower case; name and info as they came."""
    info = {"Maps": ["OSM", None, {"Ä": 0.5}], "on": True}
    _, found = make(target, tag, target.new_unit(), code="Track_er-2X", name="Träcker 2", info=info)
    told = (found["code"], found["name"], found["info"])
    expect.equal(("track_er-2x", "Träcker 2", info), told, "code, name and info")


def no_code(target: SylviaTarget, tag: str) -> None:
    """A code begins with a letter or digit and goes on with these, hyphens and underscores."""
    unit = target.new_unit()
    data = {"unitId": unit.unit_id, "hostUri": target.host_uri()}
    resources.codes_refused(target, tag, unit.owner, **data)
    expect.equal([], target.listed(tag, unit=unit.unit_id), f"the {tag}s of the unit")


def host_uris(target: SylviaTarget, tag: str) -> None:
    """The queues are at a broker of AMQP or MQTT, reachable or not; anything else is refused."""
    unit, operation = target.new_unit(), f"sylvia.{tag}.create"
    for number, scheme in enumerate(("amqp", "amqps", "mqtt", "mqtts")):
        uri = f"{scheme}://LocalHost:1/Unit"
        _, found = make(target, tag, unit, code=f"taken-{number}", hostUri=uri)
        expect.equal(f"{scheme}://localhost:1/Unit", found["hostUri"], "hostUri, its host in lower case")
    for wrong in NO_HOSTS:
        data = {**data_of(target, unit, "refused"), "hostUri": wrong}
        answer = target.call(operation, token=unit.owner, json={"data": data}, expect=ANY)
        expect.refused(answer, "err_param")
    expect.equal(0, target.counted(tag, unit=unit.unit_id, code="refused"), "what was made")


def empty_key(target: SylviaTarget, tag: str) -> None:
    """Information without a name is refused when one is made, and when it is changed."""
    unit = target.new_unit()
    body = {"data": data_of(target, unit, "keyed")}
    resources.empty_key_refused(target, Call(f"sylvia.{tag}.create", token=unit.owner, json=body))


def empty_key_of_change(target: SylviaTarget, tag: str) -> None:
    """Information without a name is refused when it is changed, too."""
    unit = target.new_unit()
    identifier, _ = make(target, tag, unit)
    path, body = {f"{tag}Id": identifier}, {"data": {"name": "x"}}
    resources.empty_key_refused(target, Call(f"sylvia.{tag}.update", path, token=unit.owner, json=body))


def code_used(target: SylviaTarget, tag: str) -> None:
    """A code is used once in a unit, in whatever case, and may be used in another one."""
    unit = target.new_unit()
    identifier, found = make(target, tag, unit)
    for code in (found["code"], found["code"].upper()):
        body = {"data": data_of(target, unit, code)}
        answer = target.call(f"sylvia.{tag}.create", token=unit.owner, json=body, expect=ANY)
        expect.refused(answer, f"err_broker_{tag}_exist")
    expect.equal(1, target.counted(tag, unit=unit.unit_id), f"the {tag}s of the unit")
    elsewhere = {"data": data_of(target, target.new_unit(unit.owner), found["code"])}
    answer = target.call(f"sylvia.{tag}.create", token=unit.owner, json=elsewhere)
    expect.different(identifier, answer["data"][f"{tag}Id"], f"the id of the {tag} in the other unit")
    target.call(f"sylvia.{tag}.delete", token=unit.owner, path={f"{tag}Id": identifier})
    target.call(f"sylvia.{tag}.create", token=unit.owner, json={"data": data_of(target, unit, found["code"])})


def unit_unknown(target: SylviaTarget, tag: str) -> None:
    """A unit that does not exist is refused to administrators, too."""
    data = {"code": "lost", "unitId": target.names.hex(22), "hostUri": target.host_uri()}
    for caller in (target.admin, target.new_user()):
        answer = target.call(f"sylvia.{tag}.create", token=caller, json={"data": data}, expect=ANY)
        expect.refused(answer, "err_broker_unit_not_exist")


def id_and_times(target: SylviaTarget, tag: str) -> None:
    """The id begins with the milliseconds of createdAt, which is now and equals modifiedAt."""
    unit = target.new_unit()
    resources.fresh(target, tag, lambda: make(target, tag, unit)[0])


def found_by_id(target: SylviaTarget, tag: str) -> None:
    """Each is found by its id, as the list shows it."""
    unit = target.new_unit()
    made = [make(target, tag, unit, name=f"number {number}") for number in range(2)]
    listed = {row[f"{tag}Id"]: row for row in target.listed(tag, unit.owner, unit=unit.unit_id)}
    for number, (identifier, found) in enumerate(made):
        expect.equal(listed[identifier], found, f"the {tag}")
        told = (found[f"{tag}Id"], found["name"])
        expect.equal((identifier, f"number {number}"), told, "id and name")


def one_member(target: SylviaTarget, tag: str) -> None:
    """What is given changes, and modifiedAt; the rest stays."""
    unit = target.new_unit()
    identifier, _ = make(target, tag, unit, name="before", info={"a": 1})
    resources.only_this_changes(target, tag, identifier, unit.owner, name="after")
    resources.only_this_changes(target, tag, identifier, unit.owner, info={"b": 2})
    elsewhere = "amqp://127.0.0.1:1/elsewhere"
    resources.only_this_changes(target, tag, identifier, target.manager, hostUri=elsewhere)


def info_replaced(target: SylviaTarget, tag: str) -> None:
    """Information is replaced as a whole."""
    unit = target.new_unit()
    resources.info_replaced(target, tag, make(target, tag, unit)[0], unit.owner)


def nothing_given(target: SylviaTarget, tag: str) -> None:
    """A change of nothing is refused; code and unit are not to be changed."""
    unit, other = target.new_unit(), target.new_unit()
    identifier, _ = make(target, tag, unit)
    for ignored in ({"code": "other"}, {"unitId": other.unit_id}):
        resources.nothing_given(target, tag, identifier, unit.owner, **ignored)


def host_uri_refused(target: SylviaTarget, tag: str) -> None:
    """What is no broker of AMQP or MQTT is refused, and nothing changes."""
    unit = target.new_unit()
    identifier, before = make(target, tag, unit)
    for wrong in NO_HOSTS:
        changes = {"hostUri": wrong, "name": "changed"}
        answer = resources.update(target, tag, identifier, unit.owner, expected=ANY, **changes)
        expect.refused(answer, "err_param")
    expect.equal(before, resources.entry(target, tag, identifier), f"the {tag}")


def takes_its_own_along(target: SylviaTarget, tag: str) -> None:
    """One goes with its routes and waiting data (a network with its devices); all else stays."""
    estates = [target.estate()]
    unit = estates[0].unit
    other = (target.new_application(unit), target.new_network(unit))
    device = target.new_device(other[1])
    for application, network, which in (
        (estates[0].application, estates[0].network, estates[0].device),
        (*other, device),
    ):
        target.new_route(which, application)
        target.new_network_route(network, application)
        target.application_side(application).downlink(deviceId=which.device_id)
    tags = ("application", "network", "device", "device_route", "network_route", "dldata_buffer")
    before = {each: target.counted(each, unit=unit.unit_id) for each in tags}
    expect.equal(dict.fromkeys(tags, 2), before, "what there is to lose")
    identifier = getattr(getattr(estates[0], tag), f"{tag}_id")
    answer = target.call(f"sylvia.{tag}.delete", token=unit.owner, path={f"{tag}Id": identifier}, expect=204)
    expect.equal(b"", answer.exchange.response_body, "the body")
    code = getattr(estates[0], tag).code
    resources.gone(target, tag, identifier, code=code, unit=unit.unit_id)
    lost = {tag: 1, **LOSSES[tag]}
    after = {each: target.counted(each, unit=unit.unit_id) for each in tags}
    expect.equal({each: 2 - lost.get(each, 0) for each in tags}, after, "what is left")
    kept = {
        "application": other[0].application_id,
        "network": other[1].network_id,
        "device": device.device_id,
    }
    for each, name in kept.items():
        resources.entry(target, each, name)
