"""What Sylvia's contract says about requests, answers and messages of queues, one row a case."""

from typing import Any

import pytest

from thingproof_contracts import Contract, load

TOKEN = {"authorization": "Bearer t"}
APPLICATION = {"code": "tracker", "unitId": "u", "hostUri": "amqp://localhost/sylvia"}
ADDRESSES = {"unitId": "u", "networkId": "n", "networkAddrs": ["80"]}
RANGE = {"unitId": "u", "networkId": "n", "startAddr": "8000", "endAddr": "80ff"}
UNIT = {
    "unitId": "1640923958516-qvdFNpOV",
    "code": "sylvia",
    "createdAt": "2021-12-31T04:12:38.516Z",
    "modifiedAt": "2021-12-31T04:12:38.516Z",
    "ownerId": "o",
    "memberIds": ["o"],
    "name": "",
    "info": {},
}


@pytest.fixture
def contract() -> Contract:
    return load("sylvia")


REQUESTS: list[tuple[str, dict[str, str], Any, list[tuple[str, str]]]] = [
    ("application.create", {}, {"data": APPLICATION}, []),
    ("application.create", {}, None, [("", "type")]),
    ("application.create", {}, {}, [("data", "missing")]),
    ("application.create", {}, {"data": None}, [("data", "type")]),
    ("application.create", {}, {"data": {**APPLICATION, "code": "-a"}}, [("data.code", "value")]),
    ("application.create", {}, {"data": {**APPLICATION, "code": "a\n"}}, [("data.code", "value")]),
    ("application.create", {}, {"data": {**APPLICATION, "code": ""}}, [("data.code", "value")]),
    ("application.create", {}, {"data": {**APPLICATION, "info": []}}, [("data.info", "type")]),
    ("network.create", {}, {"data": {**APPLICATION, "unitId": None}}, []),
    ("network.create", {}, {"data": {"code": "c", "hostUri": "mqtt://h"}}, []),
    ("unit.update", {}, {"data": {"memberIds": ["a", 1]}}, [("data.memberIds[1]", "type")]),
    ("device.bulk", {}, {"data": {**ADDRESSES, "networkAddrs": ["80"] * 1024}}, []),
    (
        "device.bulk",
        {},
        {"data": {**ADDRESSES, "networkAddrs": ["80"] * 1025}},
        [("data.networkAddrs", "value")],
    ),
    ("device.bulk", {}, {"data": {**ADDRESSES, "networkAddrs": []}}, [("data.networkAddrs", "value")]),
    ("device.bulk", {}, {"data": {**ADDRESSES, "networkAddrs": [""]}}, [("data.networkAddrs[0]", "value")]),
    ("device.bulk", {}, {"data": {**ADDRESSES, "profile": ""}}, []),
    ("device.bulk", {}, {"data": {**ADDRESSES, "profile": "_"}}, [("data.profile", "value")]),
    ("device.range", {}, {"data": {**RANGE, "startAddr": "8" * 32}}, []),
    ("device.range", {}, {"data": {**RANGE, "startAddr": "8" * 34}}, [("data.startAddr", "value")]),
    ("device.range", {}, {"data": {**RANGE, "endAddr": "800"}}, [("data.endAddr", "value")]),
    ("device.range", {}, {"data": {**RANGE, "endAddr": "80gg"}}, [("data.endAddr", "value")]),
    ("unit.list", {"limit": "0", "offset": "3", "sort": "code:desc,name:asc"}, None, []),
    ("unit.list", {"limit": "-1"}, None, [("limit", "value")]),
    ("unit.list", {"offset": "1.5"}, None, [("offset", "type")]),
    ("unit.list", {"sort": ""}, None, [("sort", "value")]),
    ("unit.list", {"sort": "owner:asc"}, None, [("sort", "value")]),
    ("unit.list", {"sort": "code:asc,"}, None, [("sort", "value")]),
    ("network_route.list", {"sort": "created:false"}, None, [("sort", "value")]),
    ("network.list", {"unit": ""}, None, []),
    ("unit.list", {"format": "array"}, None, []),
    ("unit.list", {"format": "csv"}, None, [("format", "value")]),
]


@pytest.mark.parametrize(("operation", "query", "body", "expected"), REQUESTS)
def test_requests(
    contract: Contract, operation: str, query: dict[str, str], body: Any, expected: list[tuple[str, str]]
) -> None:
    """Each problem with the member it is about and its kind."""
    found = contract.check_request(contract.operations[f"sylvia.{operation}"], query, TOKEN, body)
    assert [(each.name, each.kind) for each in found] == expected


def test_all_but_the_version_need_a_token(contract: Contract) -> None:
    """A missing Authorization header is a problem of 44 operations."""
    lacking = {
        name
        for name, operation in contract.operations.items()
        if any(each.name == "Authorization" for each in contract.check_request(operation, {}, {}, {}))
    }
    assert lacking == contract.operations.keys() - {"sylvia.version.get"}


RESPONSES: list[tuple[str, int, Any, bool]] = [
    ("unit.list", 200, {"data": [UNIT]}, True),
    ("unit.list", 200, [UNIT], True),
    ("unit.list", 200, [{**UNIT, "code": None}], False),
    ("unit.list", 200, {"data": {}}, False),
    ("unit.list", 200, {}, False),
    ("unit.get", 200, {"data": UNIT}, True),
    ("unit.get", 200, [UNIT], False),
    ("unit.get", 200, {"data": {**UNIT, "createdAt": "2021-12-31 04:12"}}, False),
    ("unit.count", 200, {"data": {"count": 0}}, True),
    ("unit.count", 200, {"data": {"count": -1}}, False),
    ("unit.update", 204, None, True),
    ("unit.update", 204, {"data": {}}, False),
    ("unit.update", 200, None, False),
    ("version.get", 200, {"data": {"name": "n", "version": "1"}}, True),
    ("version.get", 200, "1.0.0", True),
    ("version.get", 200, "", False),
    ("version.get", 200, 1.0, False),
    ("unit.get", 404, {"code": "err_not_found"}, True),
    ("unit.get", 404, {"code": "err_not_found", "message": None}, False),
    ("unit.get", 404, {"code": 404}, False),
    ("unit.get", 404, None, False),
]


@pytest.mark.parametrize(("operation", "status", "body", "right"), RESPONSES)
def test_responses(contract: Contract, operation: str, status: int, body: Any, *, right: bool) -> None:
    """Both forms of a list, text of the version, nothing with 204, and the form of refusals."""
    assert (contract.check_response(contract.operations[f"sylvia.{operation}"], status, body) == []) is right


def test_only_the_version_may_be_plain_text(contract: Contract) -> None:
    """Where a text may stand for JSON is told by the operation."""
    assert {name: each.plain for name, each in contract.operations.items() if each.plain} == {
        "sylvia.version.get": (200,)
    }


TIME = "2022-01-13T07:46:09.000Z"
DATA_ID = "1640924391768-DyyneusWeveV"
MESSAGES: list[tuple[str, Any, bool]] = [
    ("app_dldata_resp", {"correlationId": "1", "dataId": DATA_ID}, True),
    ("app_dldata_resp", {"correlationId": "", "error": "err_param", "message": "no JSON"}, True),
    ("app_dldata_resp", {"correlationId": "1", "error": "err_int_msg"}, True),
    ("app_dldata_resp", {"correlationId": "1", "error": "err_perm"}, False),
    ("app_dldata_resp", {"correlationId": "1"}, False),
    ("app_dldata_result", {"dataId": DATA_ID, "status": -1}, True),
    ("app_dldata_result", {"dataId": DATA_ID, "status": "0"}, False),
    (
        "net_dldata",
        {"dataId": DATA_ID, "pub": TIME, "expiresIn": 86400, "networkAddr": "80ab", "data": "0a"},
        True,
    ),
    (
        "net_dldata",
        {"dataId": DATA_ID, "pub": TIME, "expiresIn": 86400, "networkAddr": "80AB", "data": "0a"},
        False,
    ),
    (
        "net_dldata",
        {"dataId": DATA_ID, "pub": TIME, "expiresIn": 86400, "networkAddr": "80ab", "data": "0A"},
        False,
    ),
    ("net_ctrl", {"operation": "add-device", "time": TIME, "new": {"networkAddr": "80"}}, True),
    ("net_ctrl", {"operation": "add-device-bulk", "time": TIME, "new": {"networkAddr": "80"}}, False),
    (
        "net_ctrl",
        {"operation": "del-device-range", "time": TIME, "new": {"startAddr": "80", "endAddr": "81"}},
        True,
    ),
    ("data_channel", {"kind": "network-uldata", "data": {}}, True),
    ("data_channel", {"kind": "uldata", "data": {}}, False),
    ("dldata_expiry", "anything: it has no message of its own", True),
]


@pytest.mark.parametrize(("event", "payload", "right"), MESSAGES)
def test_messages(contract: Contract, event: str, payload: Any, *, right: bool) -> None:
    """The messages of the queues are judged like answers."""
    assert (contract.check_message(f"sylvia.event.{event}", payload) == []) is right


def test_every_queue_event_has_its_message(contract: Contract) -> None:
    """What moves over a queue has a schema; effects have none."""
    without = {each.id for each in contract.register.events if each.payload is None}
    assert without == {each.id for each in contract.register.events if each.kind == "effect"}


def test_literal_segments_win(contract: Contract) -> None:
    """Count and list are no ids; the deletion of a user's units is one of the broker's (sylvia.contra.1)."""

    def reached(method: str, path: str) -> str | None:
        found = contract.match(method, path)
        return found and found[0].id

    assert reached("GET", "/broker/api/v1/unit/count") == "sylvia.unit.count"
    assert reached("GET", "/broker/api/v1/unit/counter") == "sylvia.unit.get"
    assert reached("DELETE", "/broker/api/v1/unit/user/u1") == "sylvia.unit.delete_by_user"
    assert reached("DELETE", "/auth/api/v1/unit/user/u1") is None
    assert reached("GET", "/broker/version") is None
