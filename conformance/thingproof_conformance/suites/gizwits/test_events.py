"""Events of devices: coming and going, reports, commands, pushes (gizwits.md:1365-1369, 1092, 1461).

Each case judges cause, payload, number and order: missing, late, repeated and uncalled-for events are
different findings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import events, expect
from thingproof_conformance.cases import case
from thingproof_conformance.events import Expected
from thingproof_conformance.suites.gizwits.broker import ACCEPTED, connect
from thingproof_conformance.suites.gizwits.products import (
    AIR_CONDITIONER,
    AIR_REPORT,
    AIR_SWITCHED_ON,
    EXTENDED,
)
from thingproof_conformance.suites.gizwits.steps import (
    await_latest,
    await_offline,
    await_online,
    await_report,
    control,
    details,
    instruction,
    log,
    switch_on,
)
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.events import Arrival
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User
    from thingproof_sim.api import LiveDevice

LOG, GET, LATEST = "gizwits.devices.raw_data", "gizwits.devices.get", "gizwits.devdata.latest"
CONTROL = "gizwits.devices.control"
NEEDS = ("seed", "hardware")
ONLINE, AGAIN = "gizwits.event.record.dev_online", "gizwits.event.record.dev_re_online"
OFFLINE = "gizwits.event.record.dev_offline"
REPORTED, COMMANDED = "gizwits.event.log.dev2app", "gizwits.event.log.app2dev.client"
COMMAND, UPDATED = "gizwits.event.command.device", "gizwits.event.devdata.updated"
PUSH_S = 1.0
"""How long a report may take to the apps that listen."""
RELIABLE = "000000030f00009300000007" + "0400000010000000"
ACKNOWLEDGED = "000000030700009400000007"


def talker(gizwits: GizwitsTarget) -> tuple[User, Device, LiveDevice]:
    """A user with an air conditioner that is online."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    return user, device, switch_on(gizwits, device)


def records(gizwits: GizwitsTarget, user: User, device: Device) -> Any:
    """The online records of a device, as a source of arrivals."""
    return lambda: gizwits.log(user, device, "online")


def reports(gizwits: GizwitsTarget, user: User, device: Device, payload: str) -> Any:
    """The log entries that carry one frame, as a source of arrivals."""

    def source() -> list[Arrival]:
        return [entry for entry in gizwits.log(user, device) if entry.payload["payload_bin"] == payload]

    return source


# Coming and going.


@case(LOG, kind="event", rules=("r6", "r3"), events=("record.dev_online",), needs=NEEDS)
@pytest.mark.documented
def test_raw_data__comes_online(gizwits: GizwitsTarget) -> None:
    """The first login of a device is one dev_online record, with its address, and nothing else."""
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    expect.equal([], log(gizwits, user, device, "online")["objects"], "records before")
    began = gizwits.now()
    gizwits.hardware(device)
    arrivals = events.watch(
        records(gizwits, user, device), Expected(ONLINE, within_s=5), since=began, others=False
    )
    expect.matches(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:]+", arrivals[0].payload["ip"], "ip")
    await_online(gizwits, user, device)


@case(
    LOG,
    kind="event",
    rules=("r6", "gizwits.devices.get.r2"),
    events=("record.dev_online", "record.dev_offline"),
    needs=(*NEEDS, "clock"),
)
@pytest.mark.documented
@pytest.mark.parametrize("clean", [True, False], ids=["goodbye", "silence"])
def test_raw_data__goes_offline(gizwits: GizwitsTarget, control: ControlClient, clean: bool) -> None:
    """A device that leaves, with or without a goodbye, is offline once its offline process is over."""
    user, device, live = talker(gizwits)
    live.disconnect(clean=clean)
    await_offline(gizwits, control, user, device)
    events.watch(records(gizwits, user, device), Expected(ONLINE), Expected(OFFLINE), others=False)


@case(LOG, kind="event", rules=("r7", "r6"), events=("record.dev_re_online",), needs=(*NEEDS, "clock"))
@pytest.mark.documented
@pytest.mark.parametrize("clean", [True, False], ids=["goodbye", "silence"])
def test_raw_data__comes_back_at_once(gizwits: GizwitsTarget, control: ControlClient, clean: bool) -> None:
    """A login before the offline process completed is dev_re_online, without a dev_offline before it."""
    user, device, live = talker(gizwits)
    control.freeze()
    live.disconnect(clean=clean)
    live.reconnect()
    live.wait_online()
    events.watch(records(gizwits, user, device), Expected(ONLINE), Expected(AGAIN), others=False)
    expect.equal(True, details(gizwits, user, device)["is_online"], "is_online")


@case(
    LOG,
    kind="event",
    rules=("r7",),
    events=("record.dev_online", "record.dev_offline"),
    needs=(*NEEDS, "clock"),
)
@pytest.mark.documented
def test_raw_data__comes_back_later(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A login after the offline process is dev_online again: online, offline, online, in this order."""
    user, device, live = talker(gizwits)
    live.disconnect(clean=True)
    await_offline(gizwits, control, user, device)
    live.reconnect()
    live.wait_online()
    wanted = [Expected(kind) for kind in (ONLINE, OFFLINE, ONLINE)]
    events.watch(records(gizwits, user, device), *wanted, others=False)


@case(LOG, kind="event", rules=("r7",), events=("record.dev_re_online",), needs=NEEDS)
@pytest.mark.inferred
def test_raw_data__taken_over(gizwits: GizwitsTarget) -> None:
    """A second login of the same device while it is connected is dev_re_online."""
    # Bare connections: a whole device would log in once more when it is thrown out.
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    for what in ("the answer to the first login", "the answer to the second login"):
        connection, code = connect(gizwits.part.mqtt, device.did, device.did, device.passcode)
        gizwits.close_later(connection.close)
        expect.equal(ACCEPTED, code, what)
    events.watch(records(gizwits, user, device), Expected(ONLINE), Expected(AGAIN))


@case(GET, kind="permission", rules=("r2",), needs=NEEDS)
@pytest.mark.inferred
@pytest.mark.parametrize("wrong", ["passcode", "user", "unknown_device", "disabled"])
def test_get__refused_login(gizwits: GizwitsTarget, wrong: str) -> None:
    """A login that is refused by the broker neither makes a device online nor leaves a record."""
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    client, name, secret = device.did, device.did, device.passcode
    if wrong == "disabled":
        gizwits.control.device("gizwits", device.did, disabled=True)
    elif wrong == "passcode":
        secret = "WRONGPASSC"
    elif wrong == "user":
        name = gizwits.names.hex(22)
    else:
        client = name = gizwits.names.hex(22)
    connection, code = connect(gizwits.part.mqtt, client, name, secret)
    connection.close()
    expect.different(ACCEPTED, code, "the answer to the login")
    expect.equal(False, details(gizwits, user, device)["is_online"], "is_online")
    expect.equal([], log(gizwits, user, device, "online")["objects"], "records")


# Reports.


@case(LOG, kind="event", rules=("r5", "r24"), events=("log.dev2app",), needs=NEEDS)
@pytest.mark.documented
def test_raw_data__one_report_one_entry(gizwits: GizwitsTarget) -> None:
    """One report is one dev2app entry with address, frame and time, without source, uid and appid."""
    user, device, live = talker(gizwits)
    began = gizwits.now()
    live.send_raw_frame(bytes.fromhex(AIR_SWITCHED_ON))
    source = reports(gizwits, user, device, AIR_SWITCHED_ON)
    wish = Expected(REPORTED, payload={"type": "dev2app"}, within_s=5)
    (arrival,) = events.watch(source, wish, since=began, others=False)
    expect.equal({"type", "ip", "payload_bin", "timestamp"}, set(arrival.payload), "members")


@case(LOG, kind="event", rules=("r5",), events=("log.dev2app",), needs=(*NEEDS, "clock"))
@pytest.mark.documented
def test_raw_data__reports_in_order(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Reports stand in the log in the order they came, each once."""
    user, device, live = talker(gizwits)
    frames = (AIR_SWITCHED_ON, AIR_REPORT, AIR_SWITCHED_ON)
    for number, frame in enumerate(frames, 1):
        control.advance(10)
        live.send_raw_frame(bytes.fromhex(frame))
        events.watch(
            reports(gizwits, user, device, frame),
            *[Expected(REPORTED)] * frames[:number].count(frame),
            others=False,
        )
    wanted = [Expected(REPORTED, payload={"payload_bin": frame}) for frame in frames]
    events.watch(lambda: gizwits.log(user, device)[-3:], *wanted, others=False)


@case(LOG, kind="event", rules=("r5",), events=("log.dev2app",), needs=NEEDS)
@pytest.mark.inferred
def test_raw_data__reliable_report(gizwits: GizwitsTarget) -> None:
    """A report that wants an acknowledgement gets one each time it is sent, and is stored once."""
    user, device, live = talker(gizwits)
    source = events.frames(live, COMMAND)
    wish = Expected(COMMAND, payload={"hex": ACKNOWLEDGED})
    live.send_raw_frame(bytes.fromhex(RELIABLE))
    events.watch(source, wish, others=False)
    live.send_raw_frame(bytes.fromhex(RELIABLE))
    events.watch(source, wish, wish, others=False)
    events.watch(reports(gizwits, user, device, RELIABLE), Expected(REPORTED), others=False)


@case(LATEST, kind="event", rules=("r1",), events=("devdata.updated",), needs=NEEDS)
@pytest.mark.inferred
def test_latest__reliable_report_counts(gizwits: GizwitsTarget) -> None:
    """A report that wants an acknowledgement changes the latest values like any other."""
    device = gizwits.new_device(gizwits.new_product(AIR_CONDITIONER))
    live = switch_on(gizwits, device)
    live.send_raw_frame(bytes.fromhex(AIR_SWITCHED_ON))
    await_latest(gizwits, device, switch=1)
    live.send_raw_frame(bytes.fromhex(RELIABLE))
    await_latest(gizwits, device, switch=0, set_temp=16, room_temp=-10)


@case(LATEST, kind="permission", rules=("r1",), needs=NEEDS)
@pytest.mark.inferred
def test_latest__speaks_for_itself_only(gizwits: GizwitsTarget) -> None:
    """What a device publishes under the name of another one changes nothing there."""
    _, first, live = talker(gizwits)
    second = gizwits.new_device(first.product)
    live.send_raw_frame(bytes.fromhex(AIR_SWITCHED_ON), topic=f"dev2app/{second.did}")
    live.send_raw_frame(bytes.fromhex(AIR_SWITCHED_ON))
    live.wait_for(lambda device: device.online)
    await_online_again(gizwits, first, live)
    expect.refused(gizwits.call(LATEST, path={"did": second.did}, expect=ANY), 9029)


def await_online_again(gizwits: GizwitsTarget, device: Device, live: LiveDevice) -> None:
    """Wait until a report of the device gets through, even if the broker dropped it before."""
    live.wait_online()
    live.send_raw_frame(bytes.fromhex("000000030b0000910401000011000000"))
    await_latest(gizwits, device, set_temp=17)


# Commands.


@case(CONTROL, kind="event", rules=("r1",), events=("command.device", "log.app2dev.client"), needs=NEEDS)
@pytest.mark.documented
def test_control__one_command_one_frame(gizwits: GizwitsTarget) -> None:
    """One call is one frame on the device's own topic and one entry in the log, with the same bytes."""
    user, device, live = talker(gizwits)
    source = events.frames(live, COMMAND)
    control(gizwits, user, device, raw=[5, 1, 2])
    (arrival,) = events.watch(source, Expected(COMMAND), others=False)
    expect.matches(f"app2dev/{device.did}/.{{1,23}}", arrival.payload["topic"], "topic")
    expect.equal("050102", instruction(arrival.payload["hex"]), "the instruction")
    wish = Expected(COMMANDED, payload={"payload_bin": arrival.payload["hex"], "uid": user.uid})
    events.watch(
        lambda: [each for each in gizwits.log(user, device) if each.event == COMMANDED], wish, others=False
    )


@case(CONTROL, kind="event", rules=("r11",), errors=(9042,), needs=(*NEEDS, "clock"))
@pytest.mark.inferred
def test_control__nothing_for_the_absent(gizwits: GizwitsTarget) -> None:
    """A command refused because the device was offline is not delivered when it comes back."""
    user, device, live = talker(gizwits)
    live.disconnect(clean=True)
    await_offline(gizwits, gizwits.control, user, device)
    expect.refused(control(gizwits, user, device, raw=[1], expected=ANY), 9042)
    source = events.frames(live, COMMAND)
    live.reconnect()
    await_online(gizwits, user, device)
    control(gizwits, user, device, raw=[2])
    (arrival,) = events.watch(source, Expected(COMMAND), others=False)
    expect.equal("02", instruction(arrival.payload["hex"]), "the only instruction")


# Pushes to apps.


@case(LATEST, kind="event", rules=("r1",), events=("devdata.updated",), needs=(*NEEDS, "websocket"))
@pytest.mark.inferred
def test_latest__is_pushed(gizwits: GizwitsTarget) -> None:
    """One report is one s2c_noti to the app of the bound user, in time, with the values of the report."""
    user, device, live = talker(gizwits)
    socket = gizwits.app_socket(user)
    source = socket.arrivals(UPDATED, "s2c_noti")
    began = socket.now()
    live.send_raw_frame(bytes.fromhex(AIR_SWITCHED_ON))
    wish = Expected(
        UPDATED,
        about={"did": device.did},
        payload=lambda data: data["attrs"]["set_temp"] == 16 and bool(data["attrs"]["switch"]),
        within_s=PUSH_S,
    )
    events.watch(source, wish, since=began, others=False)


@case(LATEST, kind="permission", rules=("r1",), needs=(*NEEDS, "websocket"))
@pytest.mark.inferred
def test_latest__is_not_pushed_to_others(gizwits: GizwitsTarget) -> None:
    """The app of a user without a binding hears nothing of the device."""
    user, device, live = talker(gizwits)
    stranger = gizwits.app_socket(gizwits.new_user())
    silent = stranger.arrivals(UPDATED, "s2c_noti")
    live.send_raw_frame(bytes.fromhex(AIR_SWITCHED_ON))
    await_report(gizwits, user, device, AIR_SWITCHED_ON)
    events.watch(silent, others=False)


@case(
    GET,
    kind="event",
    rules=("r2",),
    events=("record.dev_online", "record.dev_offline"),
    needs=(*NEEDS, "websocket", "clock"),
)
@pytest.mark.inferred
def test_get__status_is_pushed(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Going offline and coming online are one s2c_online_status each to the app of the bound user."""
    user, device, live = talker(gizwits)
    socket = gizwits.app_socket(user)
    gone, back = (Expected(kind, payload={"did": device.did}) for kind in (OFFLINE, ONLINE))
    offline = socket.arrivals(OFFLINE, "s2c_online_status")
    live.disconnect(clean=True)
    await_offline(gizwits, control, user, device)
    (arrival,) = events.watch(offline, gone, others=False)
    expect.equal(False, arrival.payload["online"], "online")
    online = socket.arrivals(ONLINE, "s2c_online_status")
    live.reconnect()
    (arrival,) = events.watch(online, back, others=False)
    expect.equal(True, arrival.payload["online"], "online")
