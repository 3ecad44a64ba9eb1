"""What a device says to a broker, packet by packet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_sim import api
from thingproof_sim.tests.certificates import certificate
from thingproof_sim.tests.scripted_broker import CONNECT, DISCONNECT, PUBLISH, SUBSCRIBE, ScriptedBroker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRODUCT = api.product("air_conditioner")
DID = "did1"


@pytest.fixture
def brokers() -> Iterator[list[ScriptedBroker]]:
    """Brokers put into this list are closed after the test."""
    opened: list[ScriptedBroker] = []
    yield opened
    for broker in opened:
        broker.close()


def one(broker: ScriptedBroker, **options: Any) -> api.LiveFleet:
    """A fleet of one device on the broker."""
    return api.single_device(
        PRODUCT, host="127.0.0.1", port=broker.port, did=DID, passcode="secret", seed=1, **options
    )


def test_login_and_subscriptions_are_those_of_the_vendors_devices(brokers: list[ScriptedBroker]) -> None:
    """Client id and user are the DID; clean session, 120 s; three subscriptions in order; then a report."""
    brokers.append(broker := ScriptedBroker())
    with one(broker) as fleet:
        device = fleet.device(DID)
        assert device.wait_online()
        assert device.wait_delivered()
    (login,) = broker.of(CONNECT)
    assert login.body[:10] == bytes.fromhex("00044d51545404") + b"\xc2" + (120).to_bytes(2, "big")
    assert login.texts() == [DID, DID, "secret"]
    topics = [topic for packet in broker.of(SUBSCRIBE) for topic in packet.texts()]
    assert topics == [f"ser2cli_noti/{PRODUCT['product_key']}", f"ser2cli_res/{DID}", f"app2dev/{DID}/#"]
    (report,) = broker.of(PUBLISH)
    assert report.flags & 0b0110 == 0b0010
    assert b"dev2app/did1" in report.body


def test_a_refused_login_is_tried_again_later(brokers: list[ScriptedBroker]) -> None:
    """CONNACK 5 twice, then 0: the device gets in at last, and the ledger says why it had to wait."""
    brokers.append(broker := ScriptedBroker((5, 5)))
    with one(broker) as fleet:
        assert fleet.device(DID).wait_online()
        refused = [entry.cause for entry in fleet.ledger.of(DID, "link") if entry.outcome == "lost"]
    assert refused == ["login refused: Not authorized"] * 2
    assert len(broker.of(CONNECT)) == 3


@pytest.mark.parametrize("clean", [True, False])
def test_a_clean_leave_says_goodbye_and_another_does_not(brokers: list[ScriptedBroker], clean: bool) -> None:
    """DISCONNECT is sent in the first case only, and in neither the device thinks that it lost the link."""
    brokers.append(broker := ScriptedBroker())
    with one(broker) as fleet:
        device = fleet.device(DID)
        assert device.wait_online()
        device.disconnect(clean=clean)
        assert device.wait_for(lambda _: broker.ended == [1])
        assert len(broker.of(DISCONNECT)) == int(clean)
        assert [entry.outcome for entry in fleet.ledger.of(DID, "link")] == ["online"]
        assert not device.send_raw_frame(b"nobody takes this")


def test_a_report_nobody_acknowledged_leaves_again_on_the_next_connection(
    brokers: list[ScriptedBroker],
) -> None:
    """A broker that took a report without PUBACK gets it once more."""
    brokers.append(broker := ScriptedBroker(puback=False))
    with one(broker) as fleet:
        device = fleet.device(DID)
        assert device.wait_for(lambda _: len(broker.of(PUBLISH)) == 1)
        broker.puback = True
        device.power_cycle(0.01)
        assert device.wait_for(lambda live: live.counters.acknowledged == 2)
    assert [packet.connection for packet in broker.of(PUBLISH)] == [1, 2, 2]
    assert device.counters.lost == 0


def test_a_stopped_fleet_says_so(brokers: list[ScriptedBroker]) -> None:
    """A fleet lives once."""
    brokers.append(broker := ScriptedBroker())
    fleet = one(broker)
    fleet.start()
    fleet.stop()
    fleet.stop()
    with pytest.raises(RuntimeError, match="does not start again"):
        fleet.start()


def test_a_device_speaks_tls(brokers: list[ScriptedBroker], tmp_path: Path) -> None:
    """Login, many reports and many controls at once over an encrypted link."""
    server, client = certificate(tmp_path)
    brokers.append(broker := ScriptedBroker(tls=server))
    plan = api.FleetPlan(
        "tls", {"air": PRODUCT}, (api.DevicePlan(DID, "air", "020000000001", radio=api.QUICK_WIFI),)
    )
    links = {DID: api.Connection("127.0.0.1", broker.port, DID, "secret", tls=client)}
    with api.LiveFleet(plan, seed=1, connections=links) as fleet:
        device = fleet.device(DID)
        assert device.wait_online()
        for number in range(50):
            device.set_value("set_temp", number % 2)
            broker.send(f"app2dev/{DID}/phone", bytes.fromhex("000000030400009002"))
        assert device.wait_for(lambda live: len(live.received) == 50)
        assert device.wait_delivered()
        assert device.counters.lost == 0
