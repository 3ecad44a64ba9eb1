"""Devices on a real broker, in real time and in lock step."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from amqtt.broker import Broker

from thingproof_sim import api

if TYPE_CHECKING:
    from collections.abc import Iterator

PRODUCT = api.product("air_conditioner")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestBroker:
    """A broker that lets everybody in, in a thread of its own; it can be stopped and started again."""

    __test__ = False

    def __init__(self) -> None:
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._broker: Any = None

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def start(self) -> None:
        """Listen."""

        async def begin() -> None:
            plugin = "amqtt.plugins.authentication.AnonymousAuthPlugin"
            self._broker = Broker(
                {
                    "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
                    "plugins": {plugin: {"allow_anonymous": True}},
                }
            )
            await self._broker.start()

        self._run(begin())

    def stop(self) -> None:
        """Close every connection."""
        if self._broker is not None:
            self._run(self._broker.shutdown())
            self._broker = None

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a message to whoever subscribed."""
        self._run(self._broker.internal_message_broadcast(topic, payload, 1))

    def close(self) -> None:
        """End the thread."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


@pytest.fixture
def broker() -> Iterator[TestBroker]:
    """A broker that listens."""
    running = TestBroker()
    running.start()
    yield running
    running.close()


def one(broker: TestBroker, **options: Any) -> api.LiveFleet:
    """A fleet of one device on the broker."""
    return api.single_device(
        PRODUCT, host="127.0.0.1", port=broker.port, did="did1", passcode="secret", seed=1, **options
    )


def test_a_device_logs_in_reports_and_obeys(broker: TestBroker) -> None:
    """Login, report on change, control: over a real socket."""
    with one(broker) as fleet:
        device = fleet.device("did1")
        assert device.wait_online()
        device.set_value("set_temp", 30)
        assert device.wait_for(lambda live: live.counters.acknowledged == 2)
        broker.publish("app2dev/did1/phone", bytes.fromhex("0000000309000090010101000010"))
        assert device.wait_for(lambda live: live.values["switch"] is True)
        assert device.received[0].values == {"switch": True}
        assert device.wait_delivered()
    assert {entry.outcome for entry in fleet.ledger.of("did1", "report")} == {"acknowledged"}


def test_a_device_survives_the_death_of_its_broker(broker: TestBroker) -> None:
    """What was reported while the broker was gone is delivered after its return."""
    with one(broker) as fleet:
        device = fleet.device("did1")
        assert device.wait_online()
        assert device.wait_delivered()
        broker.stop()
        assert device.wait_for(lambda live: not live.online)
        for value in (1, 2, 3):
            device.set_value("set_temp", value)
        assert device.counters.queued == 3
        broker.start()
        assert device.wait_online(30)
        assert device.wait_delivered()
        assert device.counters.reconnects == 1
        assert device.counters.lost == 0


def test_a_device_without_a_broker_keeps_trying(broker: TestBroker) -> None:
    """An unreachable broker is a cause in the ledger, and the first thing that is right when it is back."""
    broker.stop()
    with one(broker) as fleet:
        device = fleet.device("did1")
        assert device.wait_for(lambda _: len(list(fleet.ledger.of("did1", "link"))) >= 2)
        broker.start()
        assert device.wait_online(30)
    causes = [entry.cause for entry in fleet.ledger.of("did1", "link") if entry.outcome == "lost"]
    assert all(cause and cause.startswith("broker unreachable") for cause in causes)


def test_a_paused_fleet_makes_no_reports(broker: TestBroker) -> None:
    """Pausing stops the devices' clock, resuming lets it go on."""
    with one(broker, report_interval_s=0.05) as fleet:
        device = fleet.device("did1")
        assert device.wait_for(lambda live: live.counters.made > 3)
        fleet.pause()
        made = device.counters.made
        stood = fleet.now()
        assert not device.wait_for(lambda live: live.counters.made > made, timeout=0.3)
        assert fleet.now() == stood
        fleet.resume()
        assert device.wait_for(lambda live: live.counters.made > made + 3)


def test_a_device_leaves_and_returns(broker: TestBroker) -> None:
    """Disconnect, clean or not, and reconnect."""
    with one(broker) as fleet:
        device = fleet.device("did1")
        for clean in (True, False):
            assert device.wait_online()
            device.disconnect(clean=clean)
            assert device.state == "off"
            device.reconnect()
        assert device.wait_online()


def test_lock_step_lives_an_hour_in_moments(broker: TestBroker) -> None:
    """The platform's clock is moved with the devices' one, and every report is delivered on the way."""
    plan = api.FleetPlan(
        "steps",
        {"air": PRODUCT},
        tuple(
            api.DevicePlan(f"d{number}", "air", f"02{number:010x}", report_interval_s=300.0)
            for number in range(3)
        ),
    )
    connections = {
        device.name: api.Connection("127.0.0.1", broker.port, device.name, "secret")
        for device in plan.devices
    }
    advanced: list[float] = []
    with api.LockStep(plan, seed=3, connections=connections, advance=advanced.append, start=1e9) as stepper:
        assert stepper.run(3601.0) == 1e9 + 3601
        devices = stepper.fleet.devices
        assert [device.counters.made for device in devices] == [12 + 1] * 3
        assert [device.counters.acknowledged for device in devices] == [12 + 1] * 3
    assert sum(advanced) == pytest.approx(3601.0)


def test_a_fleet_without_a_connection_for_a_device_is_refused() -> None:
    """The error names the device."""
    plan = api.FleetPlan("f", {"air": PRODUCT}, (api.DevicePlan("d", "air", "020000000001"),))
    with pytest.raises(ValueError, match="no connection for d"):
        api.LiveFleet(plan, seed=1, connections={})


def test_a_fleet_may_count_without_keeping(broker: TestBroker) -> None:
    """A ledger that only counts does not grow, and its sums are those of the devices."""
    plan = api.FleetPlan(
        "days",
        {"air": PRODUCT},
        (api.DevicePlan("d0", "air", "020000000001", report_interval_s=0.01, radio=api.QUICK_WIFI),),
    )
    links = {"d0": api.Connection("127.0.0.1", broker.port, "d0", "secret")}
    with api.LiveFleet(plan, seed=1, connections=links, ledger=api.Ledger(keep=False)) as fleet:
        device = fleet.device("d0")
        assert device.wait_for(lambda live: live.counters.acknowledged > 20)
    assert fleet.ledger.entries == []
    assert fleet.ledger.counts["report", "acknowledged"] == device.counters.acknowledged


def test_a_listener_that_fails_does_not_stop_the_devices(
    broker: TestBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """The mistake is in the log; devices log in and deliver as if nobody listened."""

    def fail(at: float, device: str, what: str, fields: Any) -> None:
        del at, device, fields
        raise RuntimeError(f"no use for {what}")

    plan = api.FleetPlan(
        "f", {"air": PRODUCT}, (api.DevicePlan("d0", "air", "020000000001", radio=api.QUICK_WIFI),)
    )
    links = {"d0": api.Connection("127.0.0.1", broker.port, "d0", "secret")}
    with api.LiveFleet(plan, seed=1, connections=links, on_event=fail) as fleet:
        assert fleet.device("d0").wait_online()
        assert fleet.device("d0").wait_delivered()
    assert "no use for online" in caplog.text
