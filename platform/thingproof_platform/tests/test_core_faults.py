"""Faults: each one makes the difference it promises, and none is left untested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.effects import PublishMqtt, SendText
from thingproof_platform.core.errors import InputError
from thingproof_platform.core.faults import GENERAL, Faults, apply_response
from thingproof_platform.tests.builders import BINARY, PASSWORD, VALUES, Cloud
from thingproof_platform.vendors.gizwits import DIALECT
from thingproof_platform.vendors.gizwits.auth import digest

if TYPE_CHECKING:
    from collections.abc import Callable

_DAY = 86400


def _profile(cloud: Cloud) -> Any:
    return cloud.call("users.get").body


def _status(cloud: Cloud) -> Any:
    answer = cloud.call("users.get", token="wrong")
    return answer.status, answer.body


def _latest(cloud: Cloud) -> Any:
    return cloud.call("devdata.latest").body


def _variable_latest(cloud: Cloud) -> Any:
    cloud.online("display")
    for values in ({"level": 1.5}, {"lamp": True}):
        cloud.report(values, "display")
    return cloud.call("devdata.latest", did="display").body


def _latest_of_two(cloud: Cloud) -> Any:
    cloud.online("second")
    cloud.report(VALUES | {"set_temp": 30}, "second")
    return _latest(cloud)


def _child(cloud: Cloud) -> Any:
    """How a sub-device is connected, with its central device and after it went."""
    rows = (
        {"mac": "3", "did": "hub", "type": "center_control"},
        {"mac": "4", "did": "lamp", "type": "sub_dev", "parent_did": "hub"},
    )
    DIALECT.seed(cloud.world, {"devices": [{"product_key": cloud.key, **row} for row in rows]})
    _, lamp = cloud.world.things.find("gizwits", "lamp")
    number = cloud.online("hub")
    before = lamp.connection
    cloud.m2m.disconnected("hub", number)
    return before, lamp.connection


def _late_latest(cloud: Cloud) -> Any:
    cloud.world.clock.advance(_DAY + 1)
    return _latest(cloud)


def _new_user(cloud: Cloud) -> Any:
    return cloud.code("users.create", {"username": "bob", "password": PASSWORD})


def _weak(cloud: Cloud) -> Any:
    return cloud.code("users.create", {"username": "bob", "password": "weak"})


def _login(cloud: Cloud) -> Any:
    body = cloud.call("users.login", {"username": "ann", "password": PASSWORD}).body
    return type(body["expire_at"]), int(body["expire_at"])


def _wrong_password(cloud: Cloud) -> Any:
    return cloud.code("users.login", {"username": "ann", "password": "Wrong0ne!"})


def _expired(cloud: Cloud) -> Any:
    cloud.world.clock.advance(8 * _DAY)
    return cloud.code("users.get")


def _old_token(cloud: Cloud) -> Any:
    cloud.call("users.login", {"username": "ann", "password": PASSWORD})
    return cloud.code("users.get")


def _application_auth(cloud: Cloud) -> Any:
    return cloud.code("users.request_token", headers={"x-gizwits-application-auth": "0" * 32})


def _sms(cloud: Cloud) -> Any:
    headers = {"x-gizwits-application-auth": digest("app", "secret")}
    token = cloud.call("users.request_token", headers=headers).body["token"]
    return cloud.code("users.sms_code", {"phone": "13800000000"}, token=token), token


def _sms_code(cloud: Cloud) -> Any:
    return _sms(cloud)[0]


def _sms_with_user_token(cloud: Cloud) -> Any:
    return cloud.code("users.sms_code", {"phone": "13800000000"})


def _code_twice(cloud: Cloud, wait: float = 0) -> Any:
    _, token = _sms(cloud)
    body = {"phone": "13800000000", "code": cloud.world.outbox.messages()[-1].code}
    cloud.world.clock.advance(wait)
    return [cloud.code("users.sms_code", body, token=token) for _ in range(2)]


def _code_late(cloud: Cloud) -> Any:
    return _code_twice(cloud, _DAY + 1)


def _bad_signature(cloud: Cloud) -> Any:
    headers = cloud.signed() | {"x-gizwits-signature": "0" * 32}
    return cloud.code("bindings.bind_mac", {"product_key": cloud.key, "mac": "accf2350d446"}, headers=headers)


def _old_signature(cloud: Cloud) -> Any:
    headers = cloud.signed(at=cloud.world.clock.now() - 1000)
    return cloud.code("bindings.bind_mac", {"product_key": cloud.key, "mac": "accf2350d446"}, headers=headers)


def _second_owner(cloud: Cloud) -> Any:
    body = {"product_key": BINARY["product_key"], "mac": "ffffffffffff"}
    headers = cloud.signed(BINARY["product_secret"])
    return cloud.code("bindings.bind_mac", body, headers=headers, token=cloud.user("bob"))


def _first_role(cloud: Cloud) -> Any:
    thing = cloud.world.things.find("gizwits", cloud.did)[1]
    binding = cloud.world.things.binding(cloud.uid, thing.id)
    assert binding is not None
    cloud.world.things.unbind(binding)
    return cloud.bind(remark="kitchen").body


def _stranger(cloud: Cloud) -> Any:
    return cloud.code("devices.get", token=cloud.user("bob"))


def _foreign_product(cloud: Cloud) -> Any:
    DIALECT.seed(cloud.world, {"applications": [{"app_id": "other", "products": []}]})
    return cloud.code("datapoint.get", query={"product_key": cloud.key}, app="other")


def _region(cloud: Cloud) -> Any:
    return cloud.code("users.create", {"authData": {"src": "facebook", "uid": "1", "token": "t"}})


def _anonymous_twice(cloud: Cloud) -> Any:
    uids = {cloud.call("users.create", {"phone_id": "p"}).body["uid"] for _ in range(2)}
    return len(uids)


def _disabled_listed(cloud: Cloud) -> Any:
    cloud.world.things.set_disabled("gizwits", cloud.did, disabled=True)
    return _list(cloud)


def _list(cloud: Cloud, **query: int) -> Any:
    return [device["did"] for device in cloud.call("bindings.list", query=query).body["devices"]]


def _list_page(cloud: Cloud) -> Any:
    return _list(cloud, limit=1)


def _log(cloud: Cloud, **query: Any) -> Any:
    cloud.report(VALUES | {"set_temp": 20})
    cloud.world.clock.advance(2)
    cloud.report(VALUES | {"set_temp": 21})
    cloud.world.clock.advance(2)
    cloud.report(VALUES | {"set_temp": 22})
    return cloud.log(**query).body


def _log_page(cloud: Cloud) -> Any:
    return _log(cloud, limit=1, skip=1)


def _log_ascending(cloud: Cloud) -> Any:
    return _log(cloud, sort="asc")


def _long_log(cloud: Cloud) -> Any:
    return cloud.log(start_time=int(cloud.world.clock.now()) - 3 * _DAY).status


def _connections(cloud: Cloud) -> Any:
    cloud.online()
    return [entry["type"] for entry in cloud.log("online").body["objects"]]


def _control(cloud: Cloud, body: Any = None) -> Any:
    cloud.world.drain_effects()
    code = cloud.code("devices.control", body or {"attrs": {"switch": False}})
    effects = cloud.world.drain_effects()
    sent = [(effect.topic, effect.payload) for effect in effects if isinstance(effect, PublishMqtt)]
    return code, sent, cloud.log().body["meta"]["total"]


def _raw(cloud: Cloud) -> Any:
    return _control(cloud, {"raw": [1, 2, 3]})


def _pushed(cloud: Cloud) -> Any:
    assert DIALECT.open_session is not None
    session = DIALECT.open_session(cloud.world, "s", "/ws/app/v1", {}, "")
    data = {"appid": "app", "uid": cloud.uid, "token": cloud.token}
    session.receive(msgspec.json.encode({"cmd": "login_req", "data": data}).decode())
    cloud.world.drain_effects()
    cloud.report()
    return len([effect for effect in cloud.world.drain_effects() if isinstance(effect, SendText)])


def _acknowledged(cloud: Cloud) -> Any:
    cloud.world.drain_effects()
    for _ in range(2):
        cloud.report(sequence=1)
    return len(cloud.world.drain_effects()), cloud.log().body["meta"]["total"]


def _passcode(cloud: Cloud) -> Any:
    return cloud.m2m.authenticate(cloud.did, cloud.did, "WRONG", "")


def _disabled_login(cloud: Cloud) -> Any:
    cloud.world.things.set_disabled("gizwits", cloud.did, disabled=True)
    return cloud.m2m.authenticate(cloud.did, cloud.did, "JHHOOIWJBA", "")


# fault -> parameters, and what an application or device sees of it
PROBES: dict[str, tuple[dict[str, Any], Callable[[Cloud], Any]]] = {
    "drop_field": ({"operation": "gizwits.users.get", "field": "uid"}, _profile),
    "mistype_field": ({"operation": "gizwits.users.get", "field": "uid"}, _profile),
    "booleans_as_words": ({}, _latest),
    "enumerations_as_numbers": ({}, _latest),
    "expiry_as_text": ({}, _login),
    "transmitted_values": ({}, _latest),
    "wrong_status": ({"operation": "gizwits.users.get", "status": 418}, _status),
    "wrong_code": ({"operation": "gizwits.users.get", "code": 1}, _status),
    "errors_with_200": ({}, _status),
    "send_command_failed": ({}, _control),
    "m2m_unreachable": ({}, _control),
    "sms_gateway_down": ({}, _sms_code),
    "registration_busy": ({}, _new_user),
    "throttle": ({"operation": "gizwits.users.create"}, _new_user),
    "ignore_token_expiry": ({}, _expired),
    "accept_any_signature": ({}, _bad_signature),
    "ignore_signature_window": ({}, _old_signature),
    "accept_any_application_auth": ({}, _application_auth),
    "accept_user_token_for_sms": ({}, _sms_with_user_token),
    "accept_any_password": ({}, _wrong_password),
    "accept_weak_password": ({}, _weak),
    "skip_binding_check": ({}, _stranger),
    "skip_product_check": ({}, _foreign_product),
    "accept_any_region": ({}, _region),
    "lose_report": ({}, _log),
    "stale_latest": ({}, lambda cloud: (cloud.report(VALUES | {"set_temp": 25}), _latest(cloud))),
    "lose_unreported": ({}, _variable_latest),
    "children_outlive_parent": ({}, _child),
    "children_stay_offline": ({}, _child),
    "forget_old_tokens": ({}, _old_token),
    "reuse_code": ({}, _code_twice),
    "ignore_owner": ({}, _second_owner),
    "first_binder_normal": ({}, _first_role),
    "new_account_each_time": ({}, _anonymous_twice),
    "show_disabled_always": ({}, _disabled_listed),
    "lose_remark": ({}, _first_role),
    "no_connection_records": ({}, _connections),
    "plain_online_again": ({}, _connections),
    "no_command_log": ({}, _control),
    "no_push": ({}, _pushed),
    "double_push": ({}, _pushed),
    "late_push": ({"seconds": 5}, _pushed),
    "token_lifetime": ({"seconds": 60}, _login),
    "log_in_milliseconds": ({}, _log),
    "latest_forever": ({}, _late_latest),
    "code_never_expires": ({}, _code_late),
    "accept_any_log_span": ({}, _long_log),
    "log_unsorted": ({}, _log),
    "log_sort_ignored": ({}, _log_ascending),
    "ignore_limit": ({}, _list_page),
    "ignore_skip": ({}, _log_page),
    "total_of_page": ({}, _log_page),
    "bindings_oldest_first": ({}, _list),
    "command_not_published": ({}, _control),
    "latest_of_other_device": ({}, _latest_of_two),
    "command_to_other_device": ({}, _control),
    "command_all_flags": ({}, _control),
    "raw_reversed": ({}, _raw),
    "no_acknowledgement": ({}, _acknowledged),
    "store_duplicates": ({}, _acknowledged),
    "accept_any_passcode": ({}, _passcode),
    "disabled_may_connect": ({}, _disabled_login),
}


def _cloud() -> Cloud:
    """A bound device, online, with a report; a second one of the same product; the shared one owned."""
    cloud = Cloud()
    DIALECT.seed(cloud.world, {"devices": [{"product_key": cloud.key, "mac": "2", "did": "second"}]})
    body = {"product_key": BINARY["product_key"], "mac": "ffffffffffff"}
    cloud.call("bindings.bind_mac", body, headers=cloud.signed(BINARY["product_secret"]))
    cloud.bind()
    cloud.online()
    cloud.report()
    return cloud


def test_every_general_fault_is_probed() -> None:
    """The table above misses no fault that any vendor may ask for, and every class is there."""
    assert {definition.name for definition in GENERAL} <= PROBES.keys()
    assert {definition.class_ for definition in (*GENERAL, *DIALECT.faults)} == {
        "shape",
        "status",
        "auth",
        "state",
        "event",
        "time",
        "order",
        "device",
        "condition",
    }


def test_no_fault_is_defined_twice() -> None:
    """A name says what is broken, once."""
    names = [definition.name for definition in (*GENERAL, *DIALECT.faults)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", PROBES)
def test_a_fault_makes_a_difference(name: str) -> None:
    """The same calls on the same world answer differently, and as before when it is off again."""
    parameters, probe = PROBES[name]
    healthy = repr(probe(_cloud()))  # as text: 1 and True differ
    cloud = _cloud()
    cloud.world.faults.enable(name, parameters)
    assert repr(probe(cloud)) != healthy
    cured = _cloud()
    cured.world.faults.enable(name, parameters)
    cured.world.faults.disable(name)
    assert repr(probe(cured)) == healthy


def test_late_push_comes_late() -> None:
    """After the delay the message is there."""
    cloud = _cloud()
    cloud.world.faults.enable("late_push", {"seconds": 5})
    assert _pushed(cloud) == 0
    cloud.world.clock.advance(5)
    assert len(cloud.world.drain_effects()) == 1


@pytest.mark.parametrize(
    ("name", "parameters", "field"),
    [
        ("nothing", {}, "name"),
        ("late_push", {"minutes": 5}, "minutes"),
        ("late_push", {"seconds": "5"}, "seconds"),
        ("late_push", {"seconds": True}, "seconds"),
        ("late_push", {}, "seconds"),
        ("wrong_status", {"operation": "x"}, "status"),
        ("drop_field", {"operation": 5, "field": "x"}, "operation"),
    ],
)
def test_bad_faults_are_refused(name: str, parameters: dict[str, Any], field: str) -> None:
    """The error names the parameter; nothing is switched on."""
    faults = Faults()
    with pytest.raises(InputError) as caught:
        faults.enable(name, parameters)
    assert caught.value.field == field
    assert faults.active == {}


def test_fields_are_found_in_lists() -> None:
    """A dotted path goes through members and lists."""
    faults = Faults()
    faults.enable("drop_field", {"operation": "o", "field": "devices[].did"})
    answer = Response(200, raw=b'{"devices":[{"did":"a","mac":"b"},{"did":"c"}]}')
    assert apply_response(faults, "o", answer).body == {"devices": [{"mac": "b"}, {}]}
    assert apply_response(faults, "other", Response(200, {"did": 1})).body == {"did": 1}
