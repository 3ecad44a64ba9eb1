"""The app's WebSocket beside the HTTP operations: login, subscription, reading, writing, heartbeat.

The document names the port (gizwits.md:769); the messages are those of the vendor's public WebSocket
page, so every case here is inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import events, expect
from thingproof_conformance.cases import case
from thingproof_conformance.events import Expected
from thingproof_conformance.sockets import AppSocket
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, AIR_REPORT, AIR_SWITCHED_ON
from thingproof_conformance.suites.gizwits.steps import (
    await_command,
    await_entries,
    await_report,
    instruction,
    send,
    switch_on,
)
from thingproof_conformance.vendors.gizwits.target import SOCKET_PATH

if TYPE_CHECKING:
    from thingproof_conformance.sockets import Received
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User
    from thingproof_sim.api import LiveDevice

CONTROL, LATEST, LOGIN = "gizwits.devices.control", "gizwits.devdata.latest", "gizwits.users.login"
UPDATED = "gizwits.event.devdata.updated"
NEEDS = ("seed", "hardware", "websocket")


def talker(gizwits: GizwitsTarget) -> tuple[User, Device, LiveDevice]:
    """A user with an air conditioner that is online and has reported the document's example."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    live = switch_on(gizwits, device)
    send(gizwits, device, live, AIR_REPORT, set_temp=16)
    return user, device, live


def answer(socket: AppSocket, command: str, *, after: int = 0) -> Received:
    """The next message with a command; a finding when none comes."""
    found = socket.wait_for(lambda message: message.of(command), after=after)
    if found is None:
        expect.fail(
            f"no {command} came",
            expected=command,
            actual=[each.text for each in socket.received],
            kind="missing",
        )
    return found


def bare(gizwits: GizwitsTarget) -> AppSocket:
    """A socket that did not log in."""
    gizwits.need("websocket")
    socket = AppSocket(f"{gizwits.part.ws}{SOCKET_PATH}")
    gizwits.close_later(socket.close)
    return socket


@case(LOGIN, kind="permission", needs=("websocket",))
@pytest.mark.inferred
@pytest.mark.parametrize("wrong", ["token", "uid", "appid"])
def test_login__socket_refuses(gizwits: GizwitsTarget, wrong: str) -> None:
    """A socket login with a wrong token, user or application does not succeed."""
    user, socket = gizwits.new_user(), bare(gizwits)
    data: dict[str, Any] = {"appid": user.app_id, "uid": user.uid, "token": user.token, "p0_type": "attrs_v4"}
    data |= {"heartbeat_interval": 180, "auto_subscribe": True, wrong: gizwits.names.hex(32)}
    socket.command("login_req", data)
    expect.equal(False, answer(socket, "login_res").body["data"]["success"], "success")


@case(LOGIN, kind="documented", needs=("websocket",))
@pytest.mark.inferred
def test_login__socket_heartbeat(gizwits: GizwitsTarget) -> None:
    """Every ping gets one pong, before the login too."""
    socket = bare(gizwits)
    for number in range(2):
        socket.command("ping")
        answer(socket, "pong", after=number)
    pongs = [message for message in socket.received if message.of("pong")]
    expect.equal(2, len(pongs), "pongs")


@case(CONTROL, kind="wire", events=("command.device", "log.app2dev.client"), needs=NEEDS)
@pytest.mark.inferred
def test_control__by_socket(gizwits: GizwitsTarget) -> None:
    """c2s_write sends the frame POST control sends, and is logged with the user."""
    user, device, live = talker(gizwits)
    socket, seen = gizwits.app_socket(user), len(live.received)
    socket.command("c2s_write", {"did": device.did, "attrs": {"switch": True}})
    expect.equal("010101000010", instruction(await_command(live, seen)), "the instruction")
    (entry,) = await_entries(gizwits, user, device, wanted=lambda each: each["type"] == "app2dev")
    origin = {"source": "client", "uid": user.uid, "appid": user.app_id}
    expect.equal(origin, {name: entry.get(name) for name in origin}, "origin")


@case(CONTROL, kind="permission", needs=NEEDS)
@pytest.mark.inferred
def test_control__by_socket_of_a_stranger(gizwits: GizwitsTarget) -> None:
    """A user without a binding gets s2c_invalid_msg, and the device nothing."""
    _, device, live = talker(gizwits)
    socket, seen = gizwits.app_socket(gizwits.new_user()), len(live.received)
    socket.command("c2s_write", {"did": device.did, "attrs": {"switch": True}})
    code = answer(socket, "s2c_invalid_msg").body["data"]["error_code"]
    expect.true(isinstance(code, int) and code != 0, "error_code tells an error", actual=code)
    expect.equal(seen, len(live.received), "frames the device received")


@case(LATEST, kind="consistency", needs=NEEDS)
@pytest.mark.inferred
def test_latest__read_by_socket(gizwits: GizwitsTarget) -> None:
    """c2s_read makes the device answer: s2c_noti carries the values the device has."""
    user, device, live = talker(gizwits)
    socket = gizwits.app_socket(user)
    socket.command("c2s_read", {"did": device.did})
    data = answer(socket, "s2c_noti").body["data"]
    expect.equal(device.did, data["did"], "did")
    expect.equal(dict(live.values), data["attrs"], "attrs")


@case(LATEST, kind="event", rules=("r1",), events=("devdata.updated",), needs=NEEDS)
@pytest.mark.inferred
def test_latest__subscription(gizwits: GizwitsTarget) -> None:
    """Without auto_subscribe nothing is pushed before subscribe_req, which takes bound devices only."""
    user, device, live = talker(gizwits)
    foreign = gizwits.new_device(device.product)
    socket = gizwits.app_socket(user, auto_subscribe=False)
    source = socket.arrivals(UPDATED, "s2c_noti")
    live.send_raw_frame(bytes.fromhex(AIR_SWITCHED_ON))
    await_report(gizwits, user, device, AIR_SWITCHED_ON)
    events.watch(source, others=False)
    socket.command("subscribe_req", [{"did": device.did}, {"did": foreign.did}])
    told = answer(socket, "subscribe_res").body["data"]
    shown = {part: [row["did"] for row in told[part]] for part in ("success", "failed")}
    expect.equal({"success": [device.did], "failed": [foreign.did]}, shown, "subscribe_res")
    live.send_raw_frame(bytes.fromhex(AIR_REPORT))
    events.watch(source, Expected(UPDATED, about={"did": device.did}), others=False)


@case(CONTROL, kind="negative", needs=NEEDS)
@pytest.mark.inferred
@pytest.mark.parametrize(
    "message",
    ["no json", "[]", '"text"', '{"cmd": "c2s_fly", "data": {}}', '{"cmd": "c2s_write"}', '{"data": {}}'],
    ids=["no_json", "array", "text", "unknown_command", "no_data", "no_command"],
)
def test_control__socket_nonsense(gizwits: GizwitsTarget, message: str) -> None:
    """A message that means nothing gets s2c_invalid_msg, and the session goes on."""
    user, _, _ = talker(gizwits)
    socket = gizwits.app_socket(user)
    socket.send(message)
    answer(socket, "s2c_invalid_msg")
    socket.command("ping")
    answer(socket, "pong")
