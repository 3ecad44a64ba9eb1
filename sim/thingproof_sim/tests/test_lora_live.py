"""Live LoRaWANs: real UDP between gateways and server, real queues of message brokers, scaled time."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
import uuid
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_sim.api import QueueAddress, lora_fleet
from thingproof_sim.shells.queues import parse_broker
from thingproof_sim.tests.lora_queue_peer import AMQP, Peer, answers
from thingproof_wire.frames.semtech_udp import (
    PullAck,
    PullData,
    PushAck,
    PushData,
    decode_datagram,
    encode_datagram,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

SPEED = 20.0


def now() -> str:
    """A time that a broker would write; only its distance to the expiry counts."""
    return "2026-11-25T22:00:00.000Z"


def downlink(data_id: str, address: str, data: str, **extension: Any) -> dict[str, Any]:
    """A `dldata` body."""
    body = {"dataId": data_id, "pub": now(), "expiresIn": 3600, "networkAddr": address, "data": data}
    return body | ({"extension": extension} if extension else {})


def test_devices_join_report_and_are_acknowledged_over_udp() -> None:
    with lora_fleet(seed=1, speed=SPEED, devices=3, gateways=2, tries=8) as fleet:
        assert fleet.wait_ready()
        assert fleet.wait_joined()
        for number, device in enumerate(fleet.devices):
            device.set_value("total", 100 + number)
            device.uplink(confirmed=True)
        for device in fleet.devices:
            assert device.wait_delivered()
            assert device.wait_for(lambda one: one.counters.acknowledged == 1)
        counters = fleet.server.counters
        assert counters["duplicates"] >= 3
        assert len(fleet.gateways) == 2
    outcomes = {entry.outcome for entry in fleet.ledger.entries if entry.kind == "report"}
    assert outcomes == {"delivered"}


def test_lost_readings_have_their_cause_in_the_ledger() -> None:
    with lora_fleet(seed=1, speed=SPEED) as fleet:
        assert fleet.wait_ready()
        assert fleet.wait_joined()
        device = fleet.devices[0]
        device.corrupt_frames()
        device.uplink(b"corrupted")
        assert device.wait_delivered()
        device.corrupt_frames(False)
        device.move_out_of_range()
        device.uplink(b"far")
        assert device.wait_delivered()
        device.move_back()
        fleet.cut_gateway("gateway-1")
        device.uplink(b"cut")
        assert device.wait_delivered()
        fleet.cut_gateway("gateway-1", False)
        device.uplink(b"fine")
        assert device.wait_delivered()
        causes = [(row.outcome, row.cause) for row in device.sent]
        assert fleet.server.counters["MIC failed"] == 1
    assert causes == [
        ("lost", "MIC failed"),
        ("lost", "out of range"),
        ("lost", "gateway cut off"),
        ("delivered", None),
    ]
    assert [entry.cause for entry in fleet.ledger.of(device.name, "report")] == [cause for _, cause in causes]


def test_gateways_work_with_any_network_server() -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(10)
    with lora_fleet(seed=1, speed=SPEED, server=server.getsockname(), activation="abp", data_rate=5) as fleet:
        seen: list[Any] = []
        sent = False
        while not any(isinstance(one, PushData) and one.packets for one in seen):
            data, peer = server.recvfrom(4096)
            datagram = decode_datagram(data)
            seen.append(datagram)
            if isinstance(datagram, PullData):
                server.sendto(encode_datagram(PullAck(datagram.token)), peer)
                if not sent:
                    fleet.devices[0].uplink(b"hello")
                    sent = True
            elif isinstance(datagram, PushData):
                server.sendto(encode_datagram(PushAck(datagram.token)), peer)
        assert fleet.wait_ready()
    server.close()
    packet = next(one for one in seen if isinstance(one, PushData) and one.packets).packets[0]
    assert packet.data_rate == "SF7BW125"
    assert len(packet.payload) == 13 + 5


def test_a_network_address_may_be_the_devaddr() -> None:
    with lora_fleet(seed=1, speed=SPEED, address="devaddr", activation="abp", data_rate=5) as fleet:
        device = fleet.devices[0]
        assert device.network_addr == device.dev_addr == "27000000"


def test_a_stopped_fleet_does_not_start_again_and_stops_twice() -> None:
    fleet = lora_fleet(seed=1)
    fleet.start()
    fleet.stop()
    fleet.stop()
    with pytest.raises(RuntimeError, match="make a new one"):
        fleet.start()


@pytest.mark.parametrize("uri", ["http://x", "mqtt://", "amqp://h:99999", "nonsense"])
def test_a_bad_host_uri_says_what_to_write(uri: str) -> None:
    with pytest.raises(ValueError, match="host URI"):
        parse_broker(uri)


class Network:
    """A live network at a broker, and the broker service's end of its queues."""

    def __init__(self, uri: str, **options: Any) -> None:
        code = f"lora-{uuid.uuid4().hex[:8]}"  # noqa: TID251
        self.address = QueueAddress(uri, code, "unit")
        self.peer = Peer(
            uri,
            (self.address.queue("uldata"), self.address.queue("dldata-result")),
            (self.address.queue("dldata"), self.address.queue("ctrl")),
        )
        self.fleet = lora_fleet(seed=1, speed=SPEED, queues=self.address, **options)

    def __enter__(self) -> Self:
        assert self.peer.ready()
        self.fleet.start()
        assert self.fleet.wait_ready()
        assert self.fleet.wait_joined()
        return self

    def __exit__(self, *unused: object) -> None:
        self.fleet.stop()
        self.peer.stop()

    def results(self, data_id: str) -> list[int]:
        """Statuses reported for a downlink."""
        return [body["status"] for body in self.peer.of("dldata-result") if body["dataId"] == data_id]


@pytest.fixture(scope="module")
def platform() -> Iterator[dict[str, Any]]:
    """A platform with its queue broker."""
    if find_spec("thingproof_platform") is None:
        pytest.skip("the platform is not installed")
    command = [sys.executable, "-m", "thingproof_platform", "--json", "--vendors", "sylvia"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)


@pytest.fixture(params=["mqtt", "amqp"])
def broker(request: pytest.FixtureRequest) -> str:
    """The URI of a message broker: the platform's own over MQTT, RabbitMQ over AMQP."""
    if request.param == "mqtt":
        return str(request.getfixturevalue("platform")["vendors"]["sylvia"]["mqtt"])
    if not answers(AMQP):
        pytest.skip("no AMQP broker answers")
    return AMQP


def test_uplinks_downlinks_results_and_control_pass_the_queues(broker: str) -> None:
    with Network(broker) as network:
        peer, device = network.peer, network.fleet.devices[0]
        device.uplink(b"\x01\x02", port=9)
        assert peer.wait("uldata", 1)
        body = peer.of("uldata")[0]
        assert (body["networkAddr"], body["data"]) == (device.dev_eui, "0102")
        assert body["time"].endswith("Z")
        assert (body["extension"]["fPort"], body["extension"]["fCnt"]) == (9, 0)
        assert {"rssi", "snr", "gateways"} <= body["extension"].keys()

        queue = network.address.queue("dldata")
        peer.send(queue, downlink("confirmed", device.network_addr, "0001", confirmed=True, fPort=5))
        assert peer.wait("dldata-result", 1)
        assert network.fleet.server.waiting(device.dev_eui) == ["confirmed"]
        assert device.received == []
        device.uplink(b"\x03")
        assert device.wait_received(1)
        assert [(row.port, row.hex, row.confirmed, row.window) for row in device.received] == [
            (5, "0001", True, "RX1")
        ]
        assert peer.wait("dldata-result", 3)
        assert network.results("confirmed") == [-1, -2, 0]

        peer.send(queue, downlink("nobody", "00000000000000ff", "00"))
        peer.send(queue, downlink("strange", device.network_addr, "00", fPort=300))
        peer.send(queue, b"no json")
        peer.send(queue, downlink("late", device.network_addr, "00") | {"expiresIn": 1})
        assert peer.wait("dldata-result", 7)
        assert (network.results("nobody"), network.results("strange")) == ([2], [5])
        assert network.results("late") == [-1, 1]

        peer.send(
            network.address.queue("ctrl"),
            {"operation": "del-device", "time": now(), "new": {"networkAddr": device.network_addr}},
        )
        assert network.fleet.wait_for(lambda fleet: len(fleet.controls) == 1)
        device.uplink(b"\x04")
        assert device.wait_delivered()
        assert device.sent[-1].cause == "deleted at the broker"


def ask(url: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
    """One request with JSON."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:  # noqa: S310
        return json.load(answer)


def test_a_confirmed_downlink_of_an_application_reaches_the_device_and_the_result_comes_back(
    platform: dict[str, Any],
) -> None:
    sylvia, control = platform["vendors"]["sylvia"], platform["control"]
    code, uri = f"u{uuid.uuid4().hex[:8]}", sylvia["mqtt"]  # noqa: TID251
    fleet = lora_fleet(seed=1, speed=SPEED, queues=QueueAddress(uri, "lora", code))
    device = fleet.devices[0]
    seed = {
        "users": [{"account": code, "roles": ["admin"]}],
        "units": [{"code": code, "owner": code}],
        "applications": [{"unit": code, "code": "app", "hostUri": uri}],
        "networks": [{"unit": code, "code": "lora", "hostUri": uri}],
        "devices": [{"unit": code, "network": "lora", "networkAddr": device.network_addr}],
        "networkRoutes": [{"unit": code, "application": "app", "network": "lora"}],
    }
    made = ask(f"{control['url']}/seed/sylvia", seed, control["token"])
    token = made["users"][0]["token"]
    queue = f"broker.application.{code}.app."
    reads = tuple(queue + kind for kind in ("uldata", "dldata-resp", "dldata-result"))
    peer = Peer(uri, reads, (queue + "dldata",))
    listing = f"{sylvia['url']}/broker/api/v1/dldata-buffer/list?unit={made['units'][0]['unitId']}"
    try:
        assert peer.ready()
        with fleet:
            assert fleet.wait_ready()
            assert fleet.wait_joined()
            device.uplink(b"\x01")
            assert peer.wait("uldata", 1)
            assert peer.of("uldata")[0]["data"] == "01"
            device_id = peer.of("uldata")[0]["deviceId"]
            order = {
                "correlationId": "c1",
                "deviceId": device_id,
                "data": "0001",
                "extension": {"confirmed": True},
            }
            peer.send(queue + "dldata", order)
            assert peer.wait("dldata-resp", 1)
            data_id = peer.of("dldata-resp")[0]["dataId"]
            assert peer.wait("dldata-result", 1)
            assert [row["dataId"] for row in ask(listing, token=token)["data"]] == [data_id]
            device.uplink(b"\x02")
            assert device.wait_received(1)
            assert device.values["valve"] is True
            assert peer.wait("dldata-result", 3)
            assert [row["status"] for row in peer.of("dldata-result")] == [-1, -2, 0]
            assert ask(listing, token=token)["data"] == []
    finally:
        peer.stop()
