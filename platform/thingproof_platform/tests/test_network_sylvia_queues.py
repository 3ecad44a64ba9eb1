"""Names, addresses and messages of Sylvia's queues, without a broker."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from thingproof_platform.network.sylvia_queues import (
    ApplicationUplink,
    DataMessage,
    DownlinkResponse,
    MessageError,
    NetworkControl,
    NetworkDownlink,
    application_queue,
    encode,
    network_queue,
    normal_uri,
    read_downlink,
    read_result,
    read_uplink,
    time_text,
    utc_milliseconds,
)

NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")  # what message brokers of the field take


def test_names_of_queues() -> None:
    """Units of public networks are an underscore; every name is one the brokers take."""
    names = [
        application_queue("unit-1", "app_1", "uldata"),
        network_queue("unit-1", "net", "dldata-result"),
        network_queue(None, "net", "ctrl"),
    ]
    assert names == [
        "broker.application.unit-1.app_1.uldata",
        "broker.network.unit-1.net.dldata-result",
        "broker.network._.net.ctrl",
    ]
    assert all(NAME.fullmatch(name) for name in names)


@pytest.mark.parametrize(
    ("given_uri", "normal"),
    [
        ("amqp://localhost/sylvia", "amqp://localhost/sylvia"),
        ("AMQPS://User:PassWord@HOST.example:5671/VHost", "amqps://User:PassWord@host.example:5671/VHost"),
        ("mqtt://[2001:DB8::1]:1883", "mqtt://[2001:db8::1]:1883"),
        ("mqtts://h", "mqtts://h"),
    ],
)
def test_host_uris_with_scheme_and_host_in_lower_case(given_uri: str, normal: str) -> None:
    """User, password and virtual host keep their case; normal ones stay as they are."""
    assert normal_uri(given_uri) == normal
    assert normal_uri(normal) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "http://h",
        "amqp:h",
        "amqp://",
        "mqtt:///x",
        "mqtt://h:x",
        "mqtt://h:99999",
        "mqtt://h:0",
        "mqtt://h /x",
        "mqtt://hé",
    ],
)
def test_what_is_no_host_uri(text: str) -> None:
    """Another scheme, no host, no port, no URI."""
    assert normal_uri(text) is None


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2022-01-13T07:46:09Z", "2022-01-13T07:46:09.000Z"),
        ("2022-01-13t07:46:09.5z", "2022-01-13T07:46:09.500Z"),
        ("2022-01-13 07:46:09.123456789Z", "2022-01-13T07:46:09.123Z"),
        ("2022-01-13T15:46:09.001+08:00", "2022-01-13T07:46:09.001Z"),
        ("2021-12-31T23:30:00-01:30", "2022-01-01T01:00:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("0999-01-01T00:00:00Z", "0999-01-01T00:00:00.000Z"),
    ],
)
def test_times_of_any_offset_become_utc_milliseconds(text: str, utc: str) -> None:
    """RFC 3339 in, UTC with three digits and Z out."""
    assert utc_milliseconds(text) == utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2022-01-13",
        "2022-01-13T07:46Z",
        "2022-01-13T07:46:09",
        "2022-13-13T07:46:09Z",
        "2022-02-30T07:46:09Z",
        "2022-01-13T24:00:00Z",
        "2022-01-13T07:46:09+24:00",
        "2022-01-13T07:46:09+0800",
        "2022-01-13T07:46:09,5Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢٢-01-13T07:46:09Z",
        "1642060000",
    ],
)
def test_what_is_no_time(text: str) -> None:
    """ISO forms that RFC 3339 does not have, and moments there are not."""
    with pytest.raises(MessageError, match="time"):
        utc_milliseconds(text)


@given(some.integers(86_400_000_000, 220_000_000_000_000_000), some.integers(-1439, 1439))
def test_a_time_means_the_same_moment(microseconds: int, minutes: int) -> None:
    """Whatever the offset, the text that comes out is the moment that went in, cut to milliseconds."""
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    sign, away = "-" if minutes < 0 else "+", abs(minutes)
    clock = local.replace(tzinfo=None).isoformat(timespec="microseconds")
    text = f"{clock}{sign}{away // 60:02d}:{away % 60:02d}"
    found = utc_milliseconds(text)
    assert 0 <= (datetime.fromisoformat(text) - datetime.fromisoformat(found)).total_seconds() < 0.001
    assert time_text((microseconds - minutes * 60_000_000) // 1000) == found


UPLINK: dict[str, Any] = {"time": "2022-01-13T07:46:09Z", "networkAddr": "0A0b", "data": "4Af0"}


def test_an_uplink_is_made_uniform() -> None:
    """Address and data in lower case; unknown members are not looked at."""
    message = read_uplink(json.dumps({**UPLINK, "extension": {"x": [1]}, "more": 1}).encode())
    assert (message.network_addr, message.data, message.extension) == ("0a0b", "4af0", {"x": [1]})
    assert read_uplink(json.dumps({**UPLINK, "data": "", "extension": None}).encode()).data == ""


@pytest.mark.parametrize(
    "change",
    [
        {"time": None},
        {"time": 1642060000},
        {"networkAddr": ""},
        {"networkAddr": 1},
        {"data": "4"},
        {"data": "4g"},
        {"data": "4a "},
        {"data": None},
        {"extension": []},
        {"extension": "x"},
    ],
)
def test_bad_members_of_an_uplink(change: dict[str, Any]) -> None:
    """Wrong type or form of any member makes it no uplink; so does its absence."""
    with pytest.raises(MessageError):
        read_uplink(json.dumps({**UPLINK, **change}).encode())
    (name,) = change
    if name != "extension":
        with pytest.raises(MessageError):
            read_uplink(json.dumps({key: value for key, value in UPLINK.items() if key != name}).encode())


GARBAGE = [b"", b"{", b"[]", b"null", b"1", b"\xff", b'{"time":', b"[" * 10_000]


@pytest.mark.parametrize("payload", GARBAGE)
def test_garbage_is_an_error_and_nothing_else(payload: bytes) -> None:
    """Whatever bytes a queue holds."""
    for read in (read_uplink, read_downlink, read_result):
        with pytest.raises(MessageError):
            read(payload)


@given(some.binary(max_size=64))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    """Never another exception."""
    for read in (read_uplink, read_downlink, read_result):
        try:
            read(payload)
        except MessageError:
            continue


@pytest.mark.parametrize(("depth", "taken"), [(127, True), (128, False), (5_000, False)])
@pytest.mark.parametrize("brackets", ["{}", "[]"])
def test_nesting_has_an_end(depth: int, taken: bool, brackets: str) -> None:
    """Deep extensions are refused before they can do harm; brackets in texts and side by side are none."""
    opening = '{"a":' if brackets == "{}" else "["
    nested = opening * (depth - 1) + "1" + brackets[1] * (depth - 1)
    payload = json.dumps({**UPLINK, "extension": {"x": 0, "y": ["[{" * 500, *([[]] * 500)]}})
    payload = payload.replace('"x": 0', f'"x": {nested}')
    if taken:
        assert json.loads(encode(read_uplink(payload.encode())))["extension"]["y"][1] == []
    else:
        with pytest.raises(MessageError, match="in one another"):
            read_uplink(payload.encode())


DOWNLINK: dict[str, Any] = {"correlationId": "c", "deviceId": "d", "data": "AB"}


def test_a_downlink_by_device_or_by_address() -> None:
    """Code and address in lower case; with deviceId they are not looked at."""
    message = read_downlink(json.dumps(DOWNLINK).encode())
    assert (message.device_id, message.data) == ("d", "ab")
    by_address = {"correlationId": "c", "networkCode": "NET", "networkAddr": "0A", "data": ""}
    message = read_downlink(json.dumps(by_address).encode())
    assert (message.network_code, message.network_addr, message.data) == ("net", "0a", "")
    assert (
        read_downlink(json.dumps(DOWNLINK | {"networkCode": "", "networkAddr": ""}).encode()).device_id == "d"
    )


@pytest.mark.parametrize(
    ("message", "correlation_id"),
    [
        ({"deviceId": "d", "data": ""}, ""),
        ({"correlationId": "", "deviceId": "d", "data": ""}, ""),
        ({"correlationId": 5, "deviceId": "d", "data": ""}, ""),
        ({"correlationId": "c", "data": ""}, "c"),
        ({"correlationId": "c", "deviceId": "", "data": ""}, "c"),
        ({"correlationId": "c", "networkCode": "n", "data": ""}, "c"),
        ({"correlationId": "c", "networkAddr": "a", "data": ""}, "c"),
        ({"correlationId": "c", "networkCode": "n.n", "networkAddr": "a", "data": ""}, "c"),
        ({"correlationId": "c", "deviceId": "d", "data": "abc"}, "c"),
        ({"correlationId": "c", "deviceId": "d"}, "c"),
        ({"correlationId": "c", "deviceId": "d", "data": "", "extension": 1}, "c"),
        (["correlationId"], ""),
    ],
)
def test_a_bad_downlink_tells_its_correlation_id_when_it_has_one(message: Any, correlation_id: str) -> None:
    """So that the application knows which of its downlinks was refused."""
    with pytest.raises(MessageError) as caught:
        read_downlink(json.dumps(message).encode())
    assert caught.value.correlation_id == correlation_id


@pytest.mark.parametrize(
    "message",
    [
        {"status": 0},
        {"dataId": "", "status": 0},
        {"dataId": "d"},
        {"dataId": "d", "status": "0"},
        {"dataId": "d", "status": True},
        {"dataId": "d", "status": 0, "message": ""},
        {"dataId": "d", "status": 0, "message": 1},
    ],
)
def test_bad_results(message: dict[str, Any]) -> None:
    """Id and status are needed; a message is not empty."""
    with pytest.raises(MessageError):
        read_result(json.dumps(message).encode())


def test_a_result_goes_on_as_it_came() -> None:
    """Members that were not given are not made up."""
    for message in ({"dataId": "d", "status": -1}, {"dataId": "d", "status": 0, "message": "m"}):
        assert json.loads(encode(read_result(json.dumps(message).encode()))) == message


def test_members_of_messages_in_the_order_of_the_register() -> None:
    """And the optional ones only when there is something."""
    uplink = ApplicationUplink("i", "t", "p", "d", "n", "c", "a", False, "", "")
    assert list(json.loads(encode(uplink))) == [
        "dataId",
        "time",
        "pub",
        "deviceId",
        "networkId",
        "networkCode",
        "networkAddr",
        "isPublic",
        "profile",
        "data",
    ]
    assert json.loads(encode(DownlinkResponse("c", data_id="i"))) == {"correlationId": "c", "dataId": "i"}
    refused = DownlinkResponse("", error="err_param", message="m")
    assert json.loads(encode(refused)) == {"correlationId": "", "error": "err_param", "message": "m"}
    downlink = NetworkDownlink("i", "p", 86400, "a", "", {})
    assert encode(downlink) == (
        b'{"dataId":"i","pub":"p","expiresIn":86400,"networkAddr":"a","data":"","extension":{}}'
    )
    control = NetworkControl("add-device", "t", {"networkAddr": "a"})
    assert encode(control) == b'{"operation":"add-device","time":"t","new":{"networkAddr":"a"}}'
    assert encode(DataMessage("network-uldata", {})) == b'{"kind":"network-uldata","data":{}}'
