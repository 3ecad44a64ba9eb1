"""What the contract says about requests and answers, one row a case."""

from typing import Any

import pytest

from thingproof_contracts import Contract, load

APP = {"x-gizwits-application-id": "a"}
USER = {**APP, "x-gizwits-user-token": "t"}
SIGNED = {**USER, "x-gizwits-timestamp": "1", "x-gizwits-signature": "s"}
RANGE = {"type": "cmd", "start_time": "1", "end_time": "2"}


@pytest.fixture
def contract() -> Contract:
    return load("gizwits")


RequestRow = tuple[str, dict[str, str], dict[str, str], Any, list[tuple[str, str, str]]]
REQUESTS: list[RequestRow] = [
    ("users.create", {}, APP, {"phone_id": "p"}, []),
    ("users.create", {}, APP, {}, []),
    ("users.create", {}, APP, None, [("body", "", "type")]),
    ("users.create", {}, APP, [], [("body", "", "type")]),
    (
        "users.create",
        {},
        {},
        {"lang": "fr"},
        [("header", "X-Gizwits-Application-Id", "missing"), ("body", "lang", "value")],
    ),
    ("users.create", {}, APP, {"authData": {"src": "acme"}}, [("body", "authData.src", "value")]),
    ("users.create", {}, APP, {"authData": "qq"}, [("body", "authData", "type")]),
    ("users.login", {}, APP, {"username": "u"}, [("body", "password", "missing")]),
    ("users.login", {}, APP, {"username": 1, "password": "p"}, [("body", "username", "type")]),
    ("users.get", {}, APP, None, [("header", "X-Gizwits-User-token", "missing")]),
    (
        "users.get",
        {},
        {**APP, "x-gizwits-user-token": ""},
        None,
        [("header", "X-Gizwits-User-token", "missing")],
    ),
    ("users.sms_code", {}, APP, {"phone": "1"}, [("header", "X-Gizwits-Application-Token", "missing")]),
    ("users.sms_code", {}, USER, {"phone": "1"}, []),
    ("bindings.bind_mac", {}, SIGNED, {"product_key": "k", "mac": "m", "set_owner": 1}, []),
    (
        "bindings.bind_mac",
        {},
        SIGNED,
        {"product_key": "k", "mac": "m", "set_owner": 2},
        [("body", "set_owner", "value")],
    ),
    (
        "bindings.bind_mac",
        {},
        SIGNED,
        {"product_key": "k", "mac": "m", "set_owner": True},
        [("body", "set_owner", "type")],
    ),
    ("bindings.list", {"limit": "20", "show_proto_ver": "1"}, USER, None, []),
    ("bindings.list", {"limit": "many"}, USER, None, [("query", "limit", "type")]),
    ("bindings.list", {"limit": ""}, USER, None, [("query", "limit", "type")]),
    ("bindings.list", {"limit": "-1"}, USER, None, [("query", "limit", "value")]),
    ("bindings.list", {"show_disabled": "2"}, USER, None, [("query", "show_disabled", "value")]),
    ("datapoint.get", {"product_key": ""}, APP, None, [("query", "product_key", "missing")]),
    ("devices.raw_data", RANGE, USER, None, []),
    ("devices.raw_data", {**RANGE, "limit": "1000"}, USER, None, []),
    ("devices.raw_data", {**RANGE, "limit": "1001"}, USER, None, [("query", "limit", "value")]),
    ("devices.raw_data", {**RANGE, "type": "all"}, USER, None, [("query", "type", "value")]),
    ("devices.raw_data", {**RANGE, "start_time": "1.5"}, USER, None, [("query", "start_time", "type")]),
    (
        "devices.raw_data",
        {"type": "cmd"},
        USER,
        None,
        [("query", "start_time", "missing"), ("query", "end_time", "missing")],
    ),
    ("devices.control", {}, USER, {"raw": [97, 98, 99]}, []),
    ("devices.control", {}, USER, {"raw": [256]}, [("body", "raw[0]", "value")]),
    ("devices.control", {}, USER, {}, [("body", "raw", "missing")]),
    ("devices.control", {}, USER, {"attrs": [1]}, [("body", "attrs", "type")]),
    ("system.status", {}, APP, None, []),
]


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row[0])
def test_a_request_is_judged(contract: Contract, row: RequestRow) -> None:
    """Location, name and kind of every violation, headers first."""
    operation, query, headers, body, expected = row
    found = contract.check_request(contract.operations[f"gizwits.{operation}"], query, headers, body)
    assert [(each.location, each.name, each.kind) for each in found] == expected
    assert all(each.message for each in found)


TOKEN = {"uid": "u", "token": "t", "expire_at": 1504772734}
LATEST = {"did": "d", "updated_at": 1505809000, "attr": {"mode": "制冷", "switch": 0}}
ANSWERS: list[tuple[str, int, Any, list[tuple[str, str, str]]]] = [
    ("users.create", 201, TOKEN, []),
    ("users.create", 200, TOKEN, []),
    ("users.create", 202, TOKEN, [("status", "202", "value")]),
    ("users.create", 201, {**TOKEN, "expire_at": "soon"}, [("body", "expire_at", "type")]),
    ("users.create", 201, None, [("body", "", "type")]),
    ("users.create", 400, {"error_code": 9015}, []),
    ("users.create", 400, {"error_code": "9015"}, [("body", "error_code", "type")]),
    ("users.create", 400, {"detail": "no"}, [("body", "error_code", "missing")]),
    ("users.request_token", 200, {"token": "t", "expired_at": 1}, []),
    ("users.request_token", 200, {"token": "t"}, [("body", "expire_at", "missing")]),
    ("users.sms_code", 200, {}, []),
    ("users.sms_code", 200, None, []),
    ("users.sms_code", 200, {"code": "1"}, [("body", "", "value")]),
    ("devdata.latest", 200, LATEST, []),
    ("devdata.latest", 200, {**LATEST, "attr": {"a": [1]}}, [("body", "attr.a", "type")]),
    ("bindings.list", 200, {"devices": []}, []),
    ("bindings.list", 200, {"devices": {}}, [("body", "devices", "type")]),
    ("system.errors", 200, [{"status": 404, "error_code": 9220, "error_message": "m"}], []),
    ("system.errors", 200, [{"status": 404, "error_code": 9220}], [("body", "[0].error_message", "missing")]),
]


@pytest.mark.parametrize(("operation", "status", "body", "expected"), ANSWERS)
def test_an_answer_is_judged(
    contract: Contract, operation: str, status: int, body: Any, expected: list[tuple[str, str, str]]
) -> None:
    """Success by its schema, refusals by the error envelope, other statuses not at all."""
    found = contract.check_response(contract.operations[f"gizwits.{operation}"], status, body)
    assert [(each.location, each.name, each.kind) for each in found] == expected


@pytest.mark.parametrize(
    ("operation", "body", "names"),
    [
        ("devdata.latest", LATEST, []),
        ("devdata.latest", {**LATEST, "updated_at": "1505809000"}, ["updated_at"]),
        ("system.errors", [{"status": "404", "error_code": 9220, "error_message": "m"}], ["[0].status"]),
        ("system.errors", [{"status": "404"}], []),
    ],
)
def test_another_reading_is_accepted_and_shown_as_a_deviation(
    contract: Contract, operation: str, body: Any, names: list[str]
) -> None:
    """The other reading of a contradiction is no problem, but is told; a wrong answer deviates in nothing."""
    described = contract.operations[f"gizwits.{operation}"]
    assert [each.name for each in contract.deviations(described, 200, body)] == names


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/app/users", ("gizwits.users.create", {})),
        ("GET", "/app/users", ("gizwits.users.get", {})),
        ("GET", "/app/devices/abc", ("gizwits.devices.get", {"did": "abc"})),
        ("GET", "/app/devices/a%20b/raw_data", ("gizwits.devices.raw_data", {"did": "a b"})),
        ("GET", "/app/devdata/abc/latest", ("gizwits.devdata.latest", {"did": "abc"})),
        ("POST", "/app/control/abc", ("gizwits.devices.control", {"did": "abc"})),
        ("GET", "/status", ("gizwits.system.status", {})),
        ("GET", "/app/status", None),
        ("DELETE", "/app/users", None),
        ("GET", "/app/devices/", None),
        ("GET", "/app/devices/abc/", None),
        ("get", "/status", None),
        ("GET", "", None),
    ],
)
def test_a_request_reaches_its_operation(
    contract: Contract, method: str, path: str, expected: tuple[str, dict[str, str]] | None
) -> None:
    """Method and path lead to one operation and its percent-decoded parameters."""
    found = contract.match(method, path)
    assert (found and (found[0].id, found[1])) == expected


def test_the_methods_of_a_path_tell_405_from_404(contract: Contract) -> None:
    """A known path has methods, an unknown one has none."""
    assert contract.methods("/app/users") == ("GET", "POST", "PUT")
    assert contract.methods("/app/nothing") == ()
