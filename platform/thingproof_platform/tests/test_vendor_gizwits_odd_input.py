"""Odd input everywhere: every parameter of every operation gets every odd value, and nothing breaks."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.builders import CONTRACT, PASSWORD, Cloud

_ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x" * 3000,
    "\ud800",
    "\x00",
    "ключ",
    "٣",
    "1e9",
    [],
    [[]],
    ["a", 1],
    {},
    {"a": []},
    {"src": {}, "uid": [], "token": 1},
]
_GOOD: dict[str, dict[str, Any]] = {
    "users.create": {"username": "bob", "password": PASSWORD},
    "users.login": {"username": "ann", "password": PASSWORD},
    "users.sms_code": {"phone": "13800000000"},
    "bindings.bind_mac": {"product_key": "4214bf2d79694a259232431b6f2ef46b", "mac": "accf2350d446"},
    "devices.control": {"attrs": {"switch": True}},
}
_CASES = [
    (operation.id.removeprefix("gizwits."), parameter.location, parameter.name)
    for operation in CONTRACT.operations.values()
    for parameter in operation.parameters
]


@pytest.fixture(scope="module")
def cloud() -> Cloud:
    """One world for all: odd input must not spoil it either."""
    cloud = Cloud()
    cloud.bind()
    cloud.online()
    cloud.report()
    return cloud


def _token(cloud: Cloud, name: str) -> str:
    """The kind of token the operation wants."""
    return cloud.world.accounts.issue("app").value if name == "users.sms_code" else cloud.token


@pytest.mark.parametrize("validates", [True, False])
@pytest.mark.parametrize(("name", "location", "parameter"), _CASES)
def test_odd_values_are_answered(
    cloud: Cloud, name: str, location: str, parameter: str, *, validates: bool
) -> None:
    """A success or a refusal in the envelope, with and without the contract's check before the handler."""
    cloud.validates = validates
    for value in _ODD:
        now = int(cloud.world.clock.now())
        body: Any = dict(_GOOD[name]) if name in _GOOD else None
        headers = cloud.signed() if name == "bindings.bind_mac" else {}
        query: dict[str, Any] = {}
        did = None
        if name == "devices.raw_data":
            query = {"type": "cmd", "start_time": now - 60, "end_time": now}
        if location == "body":
            body = {**(body or {}), parameter.partition(".")[0]: value}
        elif location == "header":
            headers[parameter.lower()] = str(value)
        elif location == "query":
            query[parameter] = value
        else:
            did = str(value)
        answer = cloud.call(name, body, headers=headers, query=query, did=did, token=_token(cloud, name))
        assert answer.status < 500
        assert answer.status < 400 or isinstance(answer.body["error_code"], int)


@pytest.mark.parametrize("validates", [True, False])
@pytest.mark.parametrize("name", _GOOD)
def test_odd_bodies_are_refused(cloud: Cloud, name: str, *, validates: bool) -> None:
    """A body that is no object is form invalid."""
    cloud.validates = validates
    headers = cloud.signed() if name == "bindings.bind_mac" else {}
    for value in (value for value in _ODD if not isinstance(value, dict)):
        assert cloud.code(name, value, headers=headers, token=_token(cloud, name)) == 9015


def test_the_world_is_not_spoilt(cloud: Cloud) -> None:
    """After all of it the user still logs in, the device is still controlled."""
    cloud.validates = True
    assert cloud.call("users.login", {"username": "ann", "password": PASSWORD}).status == 200
    assert cloud.call("devices.control", {"attrs": {"switch": False}}).status == 200
    cloud.world.state.drain()
