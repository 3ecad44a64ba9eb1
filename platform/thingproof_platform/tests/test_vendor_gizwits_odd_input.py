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
_RULE: dict[str, Any] = {
    "name": "cool",
    "did": "gKufzxZwYeyd3Skbsb6mza",
    "product_key": "4214bf2d79694a259232431b6f2ef46b",
    "event": "data",
    "input": [],
    "condition": [],
    "output": [[{"type": "devctrl", "did": "gKufzxZwYeyd3Skbsb6mza", "attrs": {"switch": True}}]],
}
_GOOD: dict[str, dict[str, Any]] = {
    "users.create": {"username": "bob", "password": PASSWORD},
    "users.login": {"username": "ann", "password": PASSWORD},
    "users.sms_code": {"phone": "13800000000"},
    "bindings.bind_mac": {"product_key": "4214bf2d79694a259232431b6f2ef46b", "mac": "accf2350d446"},
    "devices.control": {"attrs": {"switch": True}},
    "users.update": {"name": "Ann"},
    "users.reset_password": {"phone": "13800000000", "new_pwd": PASSWORD, "code": "123456"},
    "users.captcha.verify": {"captcha_id": "0" * 40, "captcha_code": "ABCD", "phone": "13800000000"},
    "users.sms_code.verify": {"phone": "13800000000", "sms_code": "123456"},
    "bindings.unbind": {"devices": [{"did": "nothing"}]},
    "bindings.bind_latest": {"qr_content": "nonsense"},
    "bindings.update": {"remark": "kitchen"},
    "sharing.create": {"type": 0, "did": "gKufzxZwYeyd3Skbsb6mza", "uid": "nobody"},
    "groups.create": {"group_name": "upstairs"},
    "groups.update": {"group_name": "upstairs"},
    "groups.devices.add": {"dids": ["nothing"]},
    "groups.devices.remove": {"dids": ["nothing"]},
    "groups.control": {"attrs": {"switch": True}},
    "scenes.create": {"scene_name": "evening", "tasks": [{"task_type": "delay", "time": 5}]},
    "scenes.update": {"scene_name": "evening", "tasks": [{"task_type": "delay", "time": 5}]},
    "scheduler.create": {"time": "06:30", "repeat": "mon", "attrs": {"switch": True}},
    "scheduler.update": {"time": "06:30", "repeat": "mon", "attrs": {"switch": True}},
    "common_scheduler.create": {
        "did": "gKufzxZwYeyd3Skbsb6mza",
        "time": "06:30",
        "repeat": "mon",
        "attrs": {"switch": True},
    },
    "common_scheduler.update": {"time": "06:30", "repeat": "mon", "attrs": {"switch": True}},
    "rules.create": _RULE,
    "rules.update": _RULE,
}
_UNKNOWN = {9030, 9220}
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
    security = CONTRACT.operations[f"gizwits.{name}"].security
    return cloud.world.accounts.issue("app").value if "app_token" in security else cloud.token


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
        path: dict[str, str] = {}
        if name == "devices.raw_data":
            query = {"type": "cmd", "start_time": now - 60, "end_time": now}
        if location == "body":
            body = {**(body or {}), parameter.partition(".")[0]: value}
        elif location == "header":
            headers[parameter.lower()] = str(value)
        elif location == "query":
            query[parameter] = value
        else:
            path[parameter] = str(value)
        answer = cloud.call(name, body, headers=headers, query=query, path=path, token=_token(cloud, name))
        assert answer.status < 500
        assert answer.status < 400 or isinstance(answer.body["error_code"], int)


@pytest.mark.parametrize("validates", [True, False])
@pytest.mark.parametrize("name", _GOOD)
def test_odd_bodies_are_refused(cloud: Cloud, name: str, *, validates: bool) -> None:
    """A body that is no object is form invalid; where an id is unknown, that may be told first."""
    cloud.validates = validates
    headers = cloud.signed() if name == "bindings.bind_mac" else {}
    for value in (value for value in _ODD if not isinstance(value, dict)):
        code = cloud.code(name, value, headers=headers, token=_token(cloud, name))
        assert code == 9015 or (not validates and code in _UNKNOWN)


def test_the_world_is_not_spoilt(cloud: Cloud) -> None:
    """After all of it the user still logs in, the device is still controlled."""
    cloud.validates = True
    assert cloud.call("users.login", {"username": "ann", "password": PASSWORD}).status == 200
    assert cloud.call("devices.control", {"attrs": {"switch": False}}).status == 200
    cloud.world.state.drain()
