"""Sylvia's queues over the life of a platform: restarts, expiry, other message brokers, TLS, switches."""

from __future__ import annotations

import shutil
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_platform.options import OptionError, Options, read_limits
from thingproof_platform.tests.clients import (
    PlatformProcess,
    call,
    platform_thread,
    start_refused,
    wait_until,
)
from thingproof_platform.tests.queue_ends import AMQP_URI, AmqpEnd, Estate, MqttEnd, end_at, needs_amqp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thingproof_platform.tests.clients import Cloud

PROGRAM = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
needs_mosquitto = pytest.mark.skipif(PROGRAM is None, reason="the mosquitto program is not installed")


def _mqtt(cloud: Cloud) -> str:
    return str(cloud.info["vendors"]["sylvia"]["mqtt"])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def _process(*arguments: str) -> Iterator[PlatformProcess]:
    cloud = PlatformProcess(*arguments)
    try:
        yield cloud
    finally:
        cloud.kill()


def _downlink(estate: Estate, end: Any, device: str, number: int = 1) -> str:
    """Send a downlink; its dataId."""
    end.send(estate.app("dldata"), {"correlationId": str(number), "deviceId": device, "data": "00"})
    response = end.got(estate.app("dldata-resp"), number)[-1]
    return str(response["dataId"])


@pytest.mark.parametrize("transport", ["mqtt", pytest.param("amqp", marks=needs_amqp)])
def test_a_restart_keeps_buffers_and_binds_again(transport: str, tmp_path: Path) -> None:
    """What was answered is there after a power cut; the result still finds its application."""
    arguments = ("--data-dir", str(tmp_path), "--port", f"sylvia.mqtt={_free_port()}")
    with _process(*arguments) as cloud:
        uri = AMQP_URI if transport == "amqp" else _mqtt(cloud)
        estate = Estate(cloud, uri)
        device = estate.device("0a0b")
        with end_at(uri) as end:
            end.receive(estate.app("dldata-resp"))
            data_id = _downlink(estate, end, device)
    with _process(*arguments) as cloud:
        estate.cloud = cloud
        wait_until(
            lambda: cloud.counters()["queue_bound"] == 2, "the queues of application and network to be bound"
        )
        assert [row["dataId"] for row in estate.buffers()] == [data_id]
        with end_at(uri) as end:
            if isinstance(end, AmqpEnd):
                end.use(*estate.names())
            end.receive(estate.app("dldata-result"))
            end.send(estate.net("dldata-result"), {"dataId": data_id, "status": 0})
            assert end.got(estate.app("dldata-result")) == [{"dataId": data_id, "status": 0}]
            assert estate.buffers() == []
            estate.call("DELETE", f"/unit/{estate.unit_id}")


@pytest.mark.parametrize("dropped", [False, True])
def test_expiry_by_the_clock(dropped: bool) -> None:
    """At expiredAt the entry stays, or goes when that is wanted; a longer life is a switch."""
    switches = {"downlink_buffer_lifetime": "600", "expired_buffers_dropped": "yes" if dropped else "no"}
    with platform_thread(Options(switches={"sylvia": switches})) as cloud:
        estate = Estate(cloud, _mqtt(cloud))
        device = estate.device("0a0b")
        with end_at(_mqtt(cloud)) as end:
            end.receive(estate.app("dldata-resp"), estate.app("dldata-result"), estate.net("dldata"))
            data_id = _downlink(estate, end, device)
            assert end.got(estate.net("dldata"))[0]["expiresIn"] == 600
            cloud.control("POST", "/clock/advance", {"seconds": 599})
            assert len(estate.buffers()) == 1
            cloud.control("POST", "/clock/advance", {"seconds": 2})
            assert len(estate.buffers()) == (0 if dropped else 1)
            assert cloud.counters()["sylvia_buffers_expired"] == 1
            end.send(estate.net("dldata-result"), {"dataId": data_id, "status": 1})
            if dropped:
                wait_until(lambda: cloud.counters().get("sylvia_results_unknown"), "the late result")
                assert end.of(estate.app("dldata-result")) == []
            else:
                assert end.got(estate.app("dldata-result")) == [{"dataId": data_id, "status": 1}]
                assert estate.buffers() == []


def test_a_device_is_a_thing_that_comes_online() -> None:
    """The first uplink makes it online; its log holds frames up and down."""
    with platform_thread(Options()) as cloud:
        estate = Estate(cloud, _mqtt(cloud))
        device = estate.device("0a0b")
        about = f"/devices/sylvia/{device}"
        assert cloud.control("POST", about, {})["connection"] == "offline"
        with end_at(_mqtt(cloud)) as end:
            end.receive(estate.app("dldata-resp"))
            uplink = {"time": "2022-01-13T07:46:09Z", "networkAddr": "0a0b", "data": "4a"}
            end.send(estate.net("uldata"), uplink)
            wait_until(lambda: cloud.control("POST", about, {})["connection"] == "online", "the thing")
            _downlink(estate, end, device)
        records = cloud.control("GET", f"{about}/records")["records"]
        assert [(row["kind"], row["payload"]) for row in records] == [
            ("online", ""),
            ("uplink", "4a"),
            ("downlink", "00"),
        ]


def test_a_reset_lets_go_of_everything() -> None:
    """After a reset nobody listens; the same codes can be made anew and work."""
    with platform_thread(Options()) as cloud:
        estate = Estate(cloud, _mqtt(cloud))
        assert cloud.counters()["queue_bound"] == 2
        cloud.control("POST", "/reset", {})
        assert cloud.counters()["queue_owners"] == 0
        again = Estate(cloud, estate.uri)
        assert cloud.counters()["queue_bound"] == 2
        with end_at(again.uri) as end:
            end.receive(again.app("dldata-resp"))
            _downlink(again, end, again.device("0a0b"))


def _uplink_passes(cloud: Cloud, uri: str, end: Any = None) -> None:
    """One uplink from the network's queue to the application's at the broker of that address."""
    estate = Estate(cloud, uri)
    estate.device("0a0b")
    estate.route_network()

    def through(client: Any) -> None:
        client.receive(estate.app("uldata"))
        client.send(
            estate.net("uldata"), {"time": "2022-01-13T07:46:09Z", "networkAddr": "0a0b", "data": "4a"}
        )
        assert client.got(estate.app("uldata"))[0]["data"] == "4a"

    if end is not None:
        through(end)
    else:
        with end_at(uri) as client:
            through(client)


@needs_mosquitto
def test_mosquitto_as_the_message_broker(tmp_path: Path) -> None:
    """A mosquitto of our own, open to everyone, beside the one of the devices of another vendor."""
    with _process("--broker", "mosquitto", "--data-dir", str(tmp_path)) as cloud:
        _uplink_passes(cloud, _mqtt(cloud))
        device = cloud.seed()[0]
        assert cloud.login(device).code == 0


def test_any_message_broker_by_url() -> None:
    """The broker of another platform named by URL is told to clients and used by the platform."""
    with _process() as other:
        url = _mqtt(other)
        with platform_thread(Options(broker=url)) as cloud:
            assert cloud.info["vendors"]["sylvia"]["mqtt"] == url
            _uplink_passes(cloud, url)


def test_a_message_broker_that_does_not_answer_is_misuse() -> None:
    """Nobody there at the start: exit code 2 and what to look at."""
    code, _, said = start_refused(
        ["--vendors", "sylvia", "--broker", f"mqtt://127.0.0.1:{_free_port()}", "--json"]
    )
    assert code == 2
    assert "no answer" in said


def test_tls_with_the_certificate_of_the_platform() -> None:
    """An mqtts address of the platform's own broker is trusted."""
    with platform_thread(Options()) as cloud:
        uri = str(cloud.info["vendors"]["sylvia"]["mqtts"])
        end = MqttEnd(_mqtt(cloud))
        _uplink_passes(cloud, uri, end)
        end.close()
        assert cloud.counters()["queue_bound"] == 2


def test_switches_are_limits() -> None:
    """Each text is read as the type of its limit; others are refused with what there is."""
    limits = read_limits({"sylvia": {"expired_buffers_dropped": "YES", "downlink_buffer_lifetime": "60"}})
    assert limits.expired_buffers_dropped is True
    assert limits.downlink_buffer_lifetime == 60.0
    with pytest.raises(OptionError, match=r"no such switch; choose of .*data_channel"):
        read_limits({"sylvia": {"colour": "red"}})
    with pytest.raises(OptionError, match="'soon' is no float"):
        read_limits({"sylvia": {"downlink_buffer_lifetime": "soon"}})


def test_an_answer_waits_a_second_at_most_for_a_host_that_says_nothing() -> None:
    """A host that takes the connection and is silent holds nobody up."""
    with socket.create_server(("127.0.0.1", 0)) as silent, platform_thread(Options()) as cloud:
        estate = Estate(cloud, _mqtt(cloud))
        uri = f"mqtt://127.0.0.1:{silent.getsockname()[1]}"
        estate.call("PATCH", f"/application/{estate.application_id}", hostUri=uri)
        numbers = cloud.counters()
        assert (numbers["queue_owners"], numbers["queue_bound"]) == (2, 1)
        status, _, _ = call("GET", f"{cloud.info['vendors']['sylvia']['url']}/version")
        assert status == 200
