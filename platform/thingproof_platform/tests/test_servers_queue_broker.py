"""The broker a vendor with queues brings along: open to all, shared subscriptions, deliveries in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_platform.options import Options
from thingproof_platform.servers.mqtt_shared import split_share
from thingproof_platform.tests.clients import PlatformThread, RawMqtt, platform_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GRANTED, REFUSED = 1, 0x80


@pytest.fixture(scope="module")
def cloud() -> Iterator[PlatformThread]:
    """One platform for all."""
    with platform_thread(Options(vendors=("gizwits", "sylvia"))) as running:
        yield running


@pytest.fixture
def connect(cloud: PlatformThread) -> Iterator[Callable[..., RawMqtt]]:
    """Connect a client of some name; all are closed at the end."""
    host, _, port = str(cloud.info["vendors"]["sylvia"]["mqtt"]).removeprefix("mqtt://").rpartition(":")
    made: list[RawMqtt] = []

    def connect(name: str, **options: object) -> RawMqtt:
        client = RawMqtt((host, int(port)), name, **options)  # type: ignore[arg-type] # as the caller says
        assert client.code == 0
        made.append(client)
        return client

    yield connect
    for client in made:
        client.close()


def _publish(client: RawMqtt, topic: str, *payloads: bytes) -> None:
    for number, payload in enumerate(payloads, 1):
        client.publish(topic, payload, number)
    for number in range(1, len(payloads) + 1):
        assert client.acknowledged() == number


def test_anybody_publishes_and_subscribes(connect: Callable[..., RawMqtt]) -> None:
    """Credentials are optional and taken as they are; topics of the broker itself are not for clients."""
    one, other = connect("one"), connect("other", user="u", password="p")
    assert one.subscribe("a.b.c") == GRANTED
    _publish(other, "a.b.c", b"x", b"y")
    assert [one.message(), one.message()] == [("a.b.c", b"x"), ("a.b.c", b"y")]
    assert one.subscribe("$share/g/a.b.d") == GRANTED
    _publish(other, "$share/g/a.b.d", b"no topic")
    _publish(other, "a.b.d", b"a topic")
    assert one.message() == ("a.b.d", b"a topic")


def test_members_of_a_group_take_turns(connect: Callable[..., RawMqtt]) -> None:
    """Each message goes to one member; other groups and plain subscribers get all of them."""
    members = [connect(f"member{number}") for number in range(2)]
    for member in members:
        assert member.subscribe("$share/workers/jobs") == GRANTED
    other, plain, sender = connect("othergroup"), connect("plain"), connect("sender")
    other.subscribe("$share/others/jobs")
    plain.subscribe("jobs")
    jobs = [b"%d" % number for number in range(6)]
    _publish(sender, "jobs", *jobs)
    halves = [[member.message()[1] for _ in range(3)] for member in members]
    assert sorted(halves) == [[b"0", b"2", b"4"], [b"1", b"3", b"5"]]
    assert [other.message()[1] for _ in jobs] == jobs
    assert [plain.message()[1] for _ in jobs] == jobs


def test_wildcards_in_a_shared_filter(connect: Callable[..., RawMqtt]) -> None:
    """The filter behind the group is a filter like any other, with few levels and with many."""
    client, sender = connect("wild"), connect("wildsender")
    client.subscribe("$share/g/x/+/z")
    client.subscribe("$share/g/1/2/3/4/5/6/7/#")
    _publish(sender, "x/y/z", b"1")
    _publish(sender, "x/y", b"2")
    _publish(sender, "1/2/3/4/5/6/7/8", b"3")
    assert [client.message(), client.message()] == [("x/y/z", b"1"), ("1/2/3/4/5/6/7/8", b"3")]


@pytest.mark.parametrize(
    "wrong", ["$share/", "$share/g", "$share/g/", "$share//x", "$share/+/x", "$share/g#/x"]
)
def test_malformed_shared_filters_are_refused(wrong: str, connect: Callable[..., RawMqtt]) -> None:
    """Without group or filter it is none."""
    client = connect("malformed")
    assert client.subscribe(wrong) == REFUSED
    client.ping()


def test_a_member_that_leaves_takes_nothing_along(connect: Callable[..., RawMqtt]) -> None:
    """What a member had not acknowledged goes to another one; who unsubscribed gets no more."""
    staying, leaving, sender = connect("staying"), connect("leaving"), connect("leavesender")
    for member in (leaving, staying):
        member.subscribe("$share/pair/task")
    _publish(sender, "task", b"1", b"2", b"3", b"4")
    first = [staying.message()[1] for _ in range(2)]
    leaving.close()  # it had two and acknowledged none
    again = [staying.message()[1] for _ in range(2)]
    assert sorted(first + again) == [b"1", b"2", b"3", b"4"]
    _publish(sender, "task", b"5", b"6")
    assert [staying.message()[1] for _ in range(2)] == [b"5", b"6"]
    staying.send(0xA2, b"\x00\x09" + b"\x00\x10$share/pair/task")
    kind, _ = staying.receive()
    assert kind == 0xB0
    _publish(sender, "task", b"7")
    staying.ping()


def test_a_lasting_session_of_a_group_gets_what_came_meanwhile(connect: Callable[..., RawMqtt]) -> None:
    """With nobody connected a member that keeps its session gets the messages later, in order."""
    away, sender = connect("away", clean=False), connect("awaysender")
    away.subscribe("$share/late/post")
    away.disconnect()
    _publish(sender, "post", b"1", b"2", b"3")
    back = connect("away", clean=False)
    assert back.session_present == 1
    assert [back.message()[1] for _ in range(3)] == [b"1", b"2", b"3"]


def test_unacknowledged_messages_come_again_first(connect: Callable[..., RawMqtt]) -> None:
    """A lasting session gets again what it did not acknowledge, then what is new."""
    client, sender = connect("again", clean=False), connect("againsender")
    client.subscribe("again")
    _publish(sender, "again", b"1", b"2")
    for _ in range(2):
        kind, _ = client.receive()
        assert kind == 0x32
    client.close()
    _publish(sender, "again", b"3")
    back = connect("again", clean=False)
    heads = [back.receive() for _ in range(3)]
    assert [head for head, _ in heads][:2] == [0x3A, 0x3A]
    assert [body[-1:] for _, body in heads] == [b"1", b"2", b"3"]


def test_many_messages_stay_in_order(connect: Callable[..., RawMqtt]) -> None:
    """More than one window of unacknowledged messages for a client that reads late."""
    client, sender = connect("window"), connect("windowsender")
    client.subscribe("many")
    numbers = [b"%d" % number for number in range(2500)]
    for start in range(0, len(numbers), 500):
        _publish(sender, "many", *numbers[start : start + 500])
    assert [client.message()[1] for _ in numbers] == numbers


def test_devices_of_other_vendors_have_no_shared_subscriptions(cloud: PlatformThread) -> None:
    """Rights are those of the whole filter: it is none of a device's topics."""
    cloud.control("POST", "/reset", {})
    device = cloud.seed()[0]
    mqtt = cloud.login(device)
    assert mqtt.subscribe(f"$share/g/app2dev/{device.did}/#") == REFUSED
    mqtt.disconnect()


def test_group_and_filter() -> None:
    """The group ends at the second slash."""
    assert split_share("$share/sylvia-iot-broker/broker.network._.n.uldata") == (
        "sylvia-iot-broker",
        "broker.network._.n.uldata",
    )
    assert split_share("$share/g/a/b/c") == ("g", "a/b/c")
