"""What open apps hear when their user gains or loses a device (gizwits.md:711-720).

The document only names the port of the socket (gizwits.md:769); the messages are those of the vendor's
public WebSocket page, so every case here is inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import events, expect, wallclock
from thingproof_conformance.cases import case
from thingproof_conformance.events import Expected
from thingproof_conformance.suites.gizwits.products import AIR_CONDITIONER, AIR_REPORT, AIR_SWITCHED_ON
from thingproof_conformance.suites.gizwits.sharing_steps import (
    add_guest,
    give_up,
    invite,
    respond,
    shared_device,
)
from thingproof_conformance.suites.gizwits.steps import ARRIVAL_S, ask, await_latest, send, switch_on

if TYPE_CHECKING:
    from thingproof_conformance.sockets import AppSocket
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

BIND, UNBIND = "gizwits.bindings.bind_mac", "gizwits.bindings.unbind"
REMOVE, RESPOND = "gizwits.bindings.guests.remove", "gizwits.sharing.respond"
LEFT = "gizwits.event.binding.changed.owner_left"
UPDATED = "gizwits.event.devdata.updated"
CHANGED = "s2c_binding_changed"
NEEDS = ("seed", "websocket")


def heard(socket: AppSocket) -> list[tuple[str, bool]]:
    """Devices and whether they were bound, as a socket was told since it is open."""
    rows = [message.body["data"] for message in socket.received if message.of(CHANGED)]
    return [(row["did"], row["bind"]) for row in rows]


def expect_heard(socket: AppSocket, *changes: tuple[str, bool]) -> None:
    """A socket hears of these changes of bindings, of each once, and of no others."""
    wallclock.wait_until(lambda: len(heard(socket)) >= len(changes), ARRIVAL_S)
    wallclock.wait_until(lambda: len(heard(socket)) > len(changes), events.SETTLE_S)
    expect.equal(list(changes), heard(socket), f"what {CHANGED} told")


@case(BIND, kind="event", rules=("gizwits.global.r13",), needs=NEEDS)
@pytest.mark.inferred
def test_bind_mac__is_pushed(gizwits: GizwitsTarget) -> None:
    """A user's open apps hear once of a new device, other users' apps nothing."""
    user, device = gizwits.new_user(), gizwits.new_device()
    apps = [gizwits.app_socket(user) for _ in range(2)]
    stranger = gizwits.app_socket(gizwits.new_user())
    gizwits.bind(user, device)
    for app in apps:
        expect_heard(app, (device.did, True))
    expect_heard(stranger)


@case(RESPOND, kind="event", needs=NEEDS)
@pytest.mark.inferred
def test_respond__binding_is_pushed(gizwits: GizwitsTarget) -> None:
    """An invitation alone gives no device; who accepts it hears of the new one."""
    owner, device = shared_device(gizwits)
    guest = gizwits.new_user()
    app = gizwits.app_socket(guest)
    number = invite(gizwits, owner, device, guest)
    expect_heard(app)
    respond(gizwits, guest, number)
    expect_heard(app, (device.did, True))


@case(UNBIND, kind="event", rules=("r6",), events=("binding.changed.owner_left",), needs=NEEDS)
@pytest.mark.inferred
def test_unbind__is_pushed(gizwits: GizwitsTarget) -> None:
    """When the owner leaves, the apps of the owner and of every guest hear once that the device is gone."""
    owner, device = shared_device(gizwits)
    users = [owner, *(add_guest(gizwits, owner, device)[0] for _ in range(2))]
    sources = [gizwits.app_socket(user).arrivals(LEFT, CHANGED) for user in users]
    give_up(gizwits, owner, device)
    for source in sources:
        events.watch(source, Expected(LEFT, payload={"did": device.did, "bind": False}), others=False)


@case(UNBIND, kind="event", rules=("r2",), needs=NEEDS)
@pytest.mark.inferred
def test_unbind__tells_no_others(gizwits: GizwitsTarget) -> None:
    """When one guest leaves, neither the owner's app nor another guest's hears of a change."""
    owner, device = shared_device(gizwits)
    guest, other = (add_guest(gizwits, owner, device)[0] for _ in range(2))
    leaving, *staying = (gizwits.app_socket(user) for user in (guest, owner, other))
    give_up(gizwits, guest, device)
    expect_heard(leaving, (device.did, False))
    for app in staying:
        expect_heard(app)


@case(REMOVE, kind="permission", rules=("r1",), needs=(*NEEDS, "hardware"))
@pytest.mark.inferred
def test_guests_remove__ends_the_reports(gizwits: GizwitsTarget) -> None:
    """The open app of a removed guest hears of the end and gets no further report; the owner's app does."""
    owner, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER, sharing=True))
    guest, _ = add_guest(gizwits, owner, device)
    live = switch_on(gizwits, device)
    send(gizwits, device, live, AIR_REPORT, set_temp=16)
    owners, guests = (gizwits.app_socket(user) for user in (owner, guest))
    query = {"uid": guest.uid}
    ask(gizwits, "bindings.guests.remove", owner, path={"did": device.did}, query=query)
    expect_heard(guests, (device.did, False))
    expect_heard(owners)
    reported, silent = (socket.arrivals(UPDATED, "s2c_noti") for socket in (owners, guests))
    live.send_raw_frame(bytes.fromhex(AIR_SWITCHED_ON))
    await_latest(gizwits, device, switch=1)
    events.watch(reported, Expected(UPDATED, about={"did": device.did}), others=False)
    events.watch(silent, others=False)
