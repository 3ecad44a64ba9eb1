"""Apps at the broker: what they hear of devices, what they may say, and when that ends.

The document names the ports of the broker (gizwits.md:767-768) and nothing else; login and topics are those
published apps use, so every case here is inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.broker import ACCEPTED
from thingproof_conformance.suites.gizwits.broker_client import (
    REFUSED,
    app_of,
    bare_device,
    listener,
)
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, AIR_REPORT, AIR_SWITCHED_ON, READ
from thingproof_conformance.suites.gizwits.steps import (
    ask,
    await_command,
    await_entries,
    await_report,
    log,
    send,
    switch_on,
)

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User
    from thingproof_sim.api import LiveDevice

LATEST, CONTROL, UNBIND = "gizwits.devdata.latest", "gizwits.devices.control", "gizwits.bindings.unbind"
GET = "gizwits.devices.get"
NEEDS = ("seed", "hardware")
RELIABLE_READ = "0000000308000093000000ff02"
CLIENTS_ASKED = "00000003020f"
CLIENTS_TOLD = "000000030210"


def talker(gizwits: GizwitsTarget) -> tuple[User, Device, LiveDevice]:
    """A user with an air conditioner that is online and has reported the document's example."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    live = switch_on(gizwits, device)
    send(gizwits, device, live, AIR_REPORT, set_temp=16)
    return user, device, live


def reported(gizwits: GizwitsTarget, user: User, device: Device, live: LiveDevice) -> None:
    """The device reports that it was switched on, and the cloud has it."""
    live.send_raw_frame(bytes.fromhex(AIR_SWITCHED_ON))
    await_report(gizwits, user, device, AIR_SWITCHED_ON)


@case(LATEST, kind="event", events=("devdata.updated",), needs=NEEDS)
@pytest.mark.inferred
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_latest__heard_by_mqtt(gizwits: GizwitsTarget, secure: bool) -> None:
    """An app that subscribed to a bound device gets each of its frames once, on both ports."""
    user, device, live = talker(gizwits)
    app = listener(gizwits, user, device, secure=secure)
    reported(gizwits, user, device, live)
    heard = app.wait_for(lambda _, frame: frame == AIR_SWITCHED_ON)
    expect.true(heard, "the report reaches the app", actual=app.received)
    app.settle()
    expect.equal([AIR_SWITCHED_ON], app.frames(f"dev2app/{device.did}"), "frames")


@case(LATEST, kind="permission", needs=NEEDS)
@pytest.mark.inferred
@pytest.mark.parametrize("topic", ["dev2app/{did}", "dev2app/{did}/#", "dev2app/+", "dev2app/#", "#"])
def test_latest__strangers_hear_nothing_by_mqtt(gizwits: GizwitsTarget, topic: str) -> None:
    """Nobody hears a device that is not bound to the user, by no filter."""
    user, device, live = talker(gizwits)
    stranger = app_of(gizwits, gizwits.new_user())
    expect.equal(ACCEPTED, stranger.code, "return code")
    stranger.subscribe(topic.format(did=device.did))
    reported(gizwits, user, device, live)
    stranger.settle()
    expect.equal([], stranger.received, "what the stranger hears")


@case(UNBIND, kind="event", needs=NEEDS)
@pytest.mark.inferred
def test_unbind__ends_push_by_mqtt(gizwits: GizwitsTarget) -> None:
    """Who gave a device up hears it no longer; who keeps it does."""
    user, device, live = talker(gizwits)
    other = gizwits.new_user()
    gizwits.bind(other, device)
    leaving, staying = listener(gizwits, other, device), listener(gizwits, user, device)
    ask(gizwits, "bindings.unbind", other, json={"devices": [{"did": device.did}]})
    reported(gizwits, user, device, live)
    expect.true(
        staying.wait_for(lambda _, frame: frame == AIR_SWITCHED_ON),
        "who keeps the device hears it",
        actual=staying.received,
    )
    leaving.settle()
    expect.equal([], leaving.frames(f"dev2app/{device.did}"), "what the other one hears")
    expect.equal(REFUSED, leaving.subscribe(f"dev2app/{device.did}"), "a new subscription")


@case(LATEST, kind="time", events=("token.expired",), needs=(*NEEDS, "clock"))
@pytest.mark.inferred
def test_latest__token_expiry_ends_push_by_mqtt(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """When the token expires the app's connection ends, and the token lets nobody in (gizwits.md:165)."""
    user, device, _ = talker(gizwits)
    app = listener(gizwits, user, device)
    control.freeze()
    control.advance(user.expire_at - gizwits.now() + 1)
    expect.true(app.wait_end(), "the broker ends the connection", actual=app.received)
    expect.true(app_of(gizwits, user).code != ACCEPTED, "the expired token is refused", actual="accepted")


@case(LATEST, kind="permission", needs=NEEDS)
@pytest.mark.inferred
@pytest.mark.parametrize("wrong", ["appid", "uid", "token"])
def test_latest__mqtt_login_refused(gizwits: GizwitsTarget, wrong: str) -> None:
    """A wrong application, user or token is not let in."""
    user = gizwits.new_user()
    app = app_of(gizwits, user, changes={wrong: gizwits.names.hex(32)})
    expect.true(app.code != ACCEPTED, "the login is refused", actual=app.code)


@case(LATEST, kind="permission", needs=NEEDS)
@pytest.mark.inferred
def test_latest__client_id_of_another_user(gizwits: GizwitsTarget) -> None:
    """A stranger with an app's client id, or a device's, does not throw it out."""
    user, device, live = talker(gizwits)
    app = listener(gizwits, user, device)
    stranger = gizwits.new_user()
    for taken in (app.id, device.did):
        code = app_of(gizwits, stranger, client_id=taken).code
        expect.true(code != ACCEPTED, f"client id {taken} is refused", actual=code)
    reported(gizwits, user, device, live)
    heard = app.wait_for(lambda _, frame: frame == AIR_SWITCHED_ON)
    expect.true(heard, "device and app are connected still", actual=app.received)


@case(CONTROL, kind="wire", events=("command.device", "log.app2dev.client"), needs=NEEDS)
@pytest.mark.inferred
def test_control__by_mqtt(gizwits: GizwitsTarget) -> None:
    """An app's frame reaches the device as it is, once, and is logged with user and application."""
    user, device, live = talker(gizwits)
    app, seen = listener(gizwits, user, device), len(live.received)
    app.publish(f"app2dev/{device.did}/{app.id}", READ)
    expect.equal(READ, await_command(live, seen), "the frame")
    (entry,) = await_entries(gizwits, user, device, wanted=lambda each: each["type"] == "app2dev")
    wanted = {"payload_bin": READ, "source": "client", "uid": user.uid, "appid": user.app_id}
    expect.equal(wanted, {name: entry.get(name) for name in wanted}, "the log's entry")
    expect.equal(seen + 1, len(live.received), "frames the device received")


@case(CONTROL, kind="wire", needs=NEEDS)
@pytest.mark.inferred
def test_control__answer_by_mqtt(gizwits: GizwitsTarget) -> None:
    """The device's answer reaches the app that asked, with the number of the request, and no other app."""
    user, device, _ = talker(gizwits)
    app, other = listener(gizwits, user, device), listener(gizwits, user, device)
    app.publish(f"app2dev/{device.did}/{app.id}", RELIABLE_READ)
    mine = f"dev2app/{device.did}/{app.id}"
    expect.true(app.wait_for(lambda topic, _: topic == mine), "the answer comes", actual=app.received)
    (answer,) = app.frames(mine)
    expect.equal("0094000000ff03", answer[12:26], "command, number and action of the answer")
    other.settle()
    expect.equal([], other.received, "what the other app hears")


@case(CONTROL, kind="permission", needs=NEEDS)
@pytest.mark.inferred
def test_control__by_mqtt_of_a_stranger(gizwits: GizwitsTarget) -> None:
    """Commands to a device that is not bound, or in another client's name, reach nobody."""
    user, device, live = talker(gizwits)
    app, stranger = listener(gizwits, user, device), app_of(gizwits, gizwits.new_user())
    seen = len(live.received)
    stranger.publish(f"app2dev/{device.did}/{stranger.id}", READ)
    stranger.publish(f"app2dev/{device.did}/{app.id}", READ)
    stranger.publish(f"dev2app/{device.did}", AIR_SWITCHED_ON)
    reported(gizwits, user, device, live)
    expect.equal(seen, len(live.received), "frames the device received")
    entries = log(gizwits, user, device)["objects"]
    expect.equal([], [entry for entry in entries if entry["type"] == "app2dev"], "commands in the log")
    forged = [entry for entry in entries if entry["payload_bin"] == AIR_SWITCHED_ON]
    expect.equal(1, len(forged), "reports in the log")


@case(GET, kind="wire", needs=NEEDS)
@pytest.mark.inferred
def test_get__online_clients(gizwits: GizwitsTarget) -> None:
    """A device that asks is told how many apps of its users listen: 0x020f is answered by 0x0210."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    hardware = bare_device(gizwits, device)
    topic = f"ser2cli_res/{device.did}"
    expect.true(hardware.subscribe(topic) != REFUSED, "the device may subscribe to its answers")
    for count in range(3):
        hardware.publish("cli2ser_req", CLIENTS_ASKED)
        wanted = f"{CLIENTS_TOLD}{count:04x}"
        came = hardware.wait_for(lambda _, frame, wanted=wanted: frame == wanted)  # type: ignore[misc]
        expect.true(came, f"{count} clients are told", actual=hardware.frames(topic))
        listener(gizwits, user, device)
