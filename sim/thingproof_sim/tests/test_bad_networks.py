"""Devices behind networks that stall, crawl or hang up: a report is acknowledged, or waits with a cause."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_sim import api, live
from thingproof_sim.shells import mqtt
from thingproof_sim.tests.certificates import certificate
from thingproof_sim.tests.scripted_broker import CONNECT, PUBLISH, ScriptedBroker
from thingproof_sim.tests.tcp_proxy import TcpProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRODUCT = api.product("air_conditioner")
MANY = 200


@pytest.fixture
def broker() -> Iterator[ScriptedBroker]:
    """A broker that acknowledges everything."""
    running = ScriptedBroker()
    yield running
    running.close()


@pytest.fixture
def proxy(broker: ScriptedBroker) -> Iterator[TcpProxy]:
    """A network between devices and the broker."""
    running = TcpProxy(broker.port)
    yield running
    running.close()


def fleet_of(count: int, port: int, tls: ssl.SSLContext | None = None, **options: Any) -> api.LiveFleet:
    """Equal devices that log in at a port."""
    defaults: dict[str, Any] = {"report_interval_s": 0.0, "radio": api.QUICK_WIFI}
    devices = tuple(
        api.DevicePlan(f"d{number}", "air", f"02{number:010x}", **(defaults | options))
        for number in range(count)
    )
    links = {
        device.name: api.Connection("127.0.0.1", port, device.name, "secret", tls=tls) for device in devices
    }
    return api.LiveFleet(api.FleetPlan("fleet", {"air": PRODUCT}, devices), seed=1, connections=links)


def lost(fleet: api.LiveFleet, device: str = "d0") -> list[str | None]:
    """Why a device's link was lost, each time."""
    return [entry.cause for entry in fleet.ledger.of(device, "link") if entry.outcome == "lost"]


def test_a_network_that_swallows_everything_is_noticed(
    proxy: TcpProxy, broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an answer to its ping the device gives the link up, and its reports leave on the next one."""
    monkeypatch.setattr(mqtt, "HEARTBEAT_S", 0.2)
    monkeypatch.setattr(mqtt, "HOUSEKEEPING_S", 0.05)
    with fleet_of(1, proxy.port) as fleet:
        device = fleet.device("d0")
        assert device.wait_online()
        assert device.wait_delivered()
        proxy.swallow = True
        for value in (1, 2, 3):
            device.set_value("set_temp", value)
        assert device.wait_for(lambda one: not one.online)
        assert lost(fleet)[0] == "connection closed: Keep alive timeout"
        assert device.counters.queued == 3
        proxy.swallow = False
        assert device.wait_online()
        assert device.wait_delivered()
    assert len(broker.of(PUBLISH)) == 1 + 3 + 1
    assert device.counters.lost == 0


def test_a_slow_network_costs_time_and_nothing_else(proxy: TcpProxy, broker: ScriptedBroker) -> None:
    """Every seven bytes wait a little: packets arrive in pieces, reports in their order."""
    proxy.delay_s, proxy.piece = 0.002, 7
    with fleet_of(3, proxy.port) as fleet:
        for device in fleet.devices:
            assert device.wait_online()
        for value in range(20):
            fleet.device("d0").set_value("set_temp", value + 1)
        for device in fleet.devices:
            assert device.wait_delivered()
    first = next(packet.connection for packet in broker.of(CONNECT) if "d0" in packet.texts())
    sent = [packet.body[-7:].hex() for packet in broker.of(PUBLISH) if packet.connection == first]
    assert sent == [entry.hex[-14:] for entry in fleet.ledger.of("d0", "report")]
    assert len(sent) == 21


def test_a_large_fleet_meets_a_broker_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logins time out side by side, not one after the other, and the fleet can leave amid them."""
    monkeypatch.setattr(mqtt, "LOGIN_TIMEOUT_S", 0.3)
    monkeypatch.setattr(live, "GOODBYE_S", 5.0)
    with socket.create_server(("127.0.0.1", 0), backlog=MANY) as silent:
        fleet = fleet_of(MANY, int(silent.getsockname()[1]))
        fleet.start()
        for device in fleet.devices:
            assert device.wait_for(lambda one: "login timed out" in lost(fleet, one.name))
        fleet.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "thingproof-fleet"]


def test_reports_that_wait_at_the_end_say_so() -> None:
    """A fleet that never reached its broker ends with its reports in the queue, and the ledger says why."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with fleet_of(1, int(silent.getsockname()[1])) as fleet:
            device = fleet.device("d0")
            assert device.wait_for(lambda one: one.state == "connecting")
            device.report()
        (entry,) = fleet.ledger.of("d0", "report")
    assert (entry.outcome, entry.cause) == ("queued", "fleet stopped")
    assert device.counters.made == device.counters.queued == 1


def test_a_certificate_that_is_not_trusted_is_the_cause(tmp_path: Path) -> None:
    """No login without a verified peer, and a text that says what was wrong with it."""
    server, _ = certificate(tmp_path)
    broker = ScriptedBroker(tls=server)
    with fleet_of(1, broker.port, ssl.create_default_context()) as fleet:
        assert fleet.device("d0").wait_for(lambda _: len(lost(fleet)) >= 2)
    broker.close()
    assert all(cause and "broker unreachable: " in cause and "self" in cause for cause in lost(fleet))
    assert broker.of(CONNECT) == []


def test_a_peer_that_never_encrypts_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and is silent holds no thread and no socket."""
    monkeypatch.setattr(mqtt, "LOGIN_TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = int(silent.getsockname()[1])
        with fleet_of(3, port, ssl.create_default_context()) as fleet:
            assert fleet.device("d0").wait_for(lambda _: len(lost(fleet)) >= 2)
    assert set(lost(fleet)) == {"login timed out"}


@pytest.mark.parametrize(
    ("host", "cause"),
    [("127.0.0.1", "Connection refused"), ("x" * 64, "label")],
)
def test_a_broker_that_cannot_be_reached_is_named_in_the_systems_words(host: str, cause: str) -> None:
    """The cause does not depend on ports or attempts, so it can be counted."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = int(unused.getsockname()[1])
        device = api.DevicePlan("d0", "air", "020000000001", radio=api.QUICK_WIFI)
        plan = api.FleetPlan("fleet", {"air": PRODUCT}, (device,))
        links = {"d0": api.Connection(host, port, "d0", "secret")}
        with api.LiveFleet(plan, seed=1, connections=links) as fleet:
            assert fleet.device("d0").wait_for(lambda _: bool(lost(fleet)))
    assert cause in str(lost(fleet)[0])


def test_a_callback_may_take_a_device_off(broker: ScriptedBroker) -> None:
    """Whoever listens to a fleet may act in its thread, also while paho's own callback runs."""
    fleets: list[api.LiveFleet] = []

    def leave_when_online(at: float, device: str, what: str, fields: Any) -> None:
        del at, fields
        if what == "online":
            fleets[0].device(device).disconnect()

    plan = fleet_of(1, broker.port)
    links = {"d0": api.Connection("127.0.0.1", broker.port, "d0", "secret")}
    plan.stop()
    fleets.append(api.LiveFleet(plan.plan, seed=1, connections=links, on_event=leave_when_online))
    with fleets[0] as fleet:
        assert fleet.device("d0").wait_for(lambda _: broker.ended == [1])
        assert fleet.device("d0").state == "off"


def test_a_device_with_values_its_product_refuses_leaves_nothing_open() -> None:
    """A plan that cannot be built is an error, without a forgotten loop behind it."""
    with pytest.raises(api.OutOfRange, match="set_temp"):
        fleet_of(1, 1, values={"set_temp": 99})
