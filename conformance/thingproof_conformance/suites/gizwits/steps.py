"""Steps that several Gizwits cases take: reading the log, waiting for values, sending known frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from thingproof_conformance import expect, wallclock
from thingproof_conformance.vendor_target import ANY, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Application, Device, GizwitsTarget, User
    from thingproof_sim.api import LiveDevice

Entry = dict[str, Any]
MINUTE = 60
HOUR = 3600
POLL_S = 0.02
DAY = 24 * HOUR
ARRIVAL_S = 5.0
"""How long a frame may take from the device to the answers of the cloud."""
COMMUNICATION = frozenset({"app2dev", "dev2app"})


def ask(
    gizwits: GizwitsTarget,
    operation: str,
    user: User,
    *,
    expected: int | str | None = SUCCESS,
    **parts: Any,
) -> Answer:
    """Call an operation (without the vendor's name) as a user; parts are path, query and json."""
    return gizwits.call(f"gizwits.{operation}", token=user, app_id=user.app_id, expect=expected, **parts)


def create(
    gizwits: GizwitsTarget,
    *,
    application: Application | None = None,
    expected: int | str | None = SUCCESS,
    **identity: Any,
) -> Answer:
    """Register a user with the given members."""
    app_id = (application or gizwits.application).app_id
    return gizwits.call("gizwits.users.create", json=identity, app_id=app_id, expect=expected)


def profile(gizwits: GizwitsTarget, token: Any, *, application: Application | None = None) -> Answer:
    """The profile of the user a token belongs to."""
    app_id = (application or gizwits.application).app_id
    return gizwits.call("gizwits.users.get", token=token, app_id=app_id)


def log(gizwits: GizwitsTarget, user: User, device: Device, kind: str = "cmd", **query: Any) -> Answer:
    """The log of the last hour, oldest entry first, unless the query says otherwise."""
    return raw_data(gizwits, user, device, type=kind, **{"sort": "asc", "limit": 1000, **query})


def raw_data(
    gizwits: GizwitsTarget, user: User, device: Device, *, expected: int | str | None = SUCCESS, **query: Any
) -> Answer:
    """Query the log; the period is the last hour unless given."""
    now = int(gizwits.now())
    period = {"type": "cmd", "start_time": now - HOUR, "end_time": now}
    return gizwits.call(
        "gizwits.devices.raw_data",
        token=user,
        app_id=user.app_id,
        path={"did": device.did},
        query=period | query,
        expect=expected,
    )


def await_entries(
    gizwits: GizwitsTarget,
    user: User,
    device: Device,
    count: int = 1,
    *,
    kind: str = "cmd",
    wanted: Callable[[Entry], bool] = lambda _: True,
) -> list[Entry]:
    """Wait until the log holds that many wanted entries; gives them, oldest first."""
    found: list[Entry] = []

    def complete() -> bool:
        found[:] = [entry for entry in log(gizwits, user, device, kind)["objects"] if wanted(entry)]
        return len(found) >= count

    if not wallclock.wait_until(complete, ARRIVAL_S, POLL_S):
        expect.fail(f"the {kind} log lacks entries", expected=count, actual=found, kind="missing")
    return found


def await_report(gizwits: GizwitsTarget, user: User, device: Device, payload: str) -> Entry:
    """Wait until a frame of the device stands in the log; gives its entry."""
    return await_entries(gizwits, user, device, wanted=lambda entry: entry["payload_bin"] == payload)[-1]


def latest(gizwits: GizwitsTarget, device: Device, *, expected: int | str | None = SUCCESS) -> Answer:
    """The latest values of a device."""
    return gizwits.call("gizwits.devdata.latest", path={"did": device.did}, expect=expected)


def await_latest(gizwits: GizwitsTarget, device: Device, **values: Any) -> Answer:
    """Wait until the latest values include these; gives the answer."""
    answers: list[Answer] = []

    def complete() -> bool:
        answer = latest(gizwits, device, expected=ANY)
        answers[:] = [answer]
        shown = answer.body.get("attr", {}) if answer.ok else {}
        return answer.ok and all(name in shown and shown[name] == value for name, value in values.items())

    if not wallclock.wait_until(complete, ARRIVAL_S, POLL_S):
        expect.fail("the latest values lack what was reported", expected=values, actual=answers[0].summary())
    return answers[0]


def switch_on(gizwits: GizwitsTarget, device: Device) -> LiveDevice:
    """A simulated device of this identity, online, whose first report has arrived."""
    live = gizwits.hardware(device)
    await_latest(gizwits, device)
    return live


def send(gizwits: GizwitsTarget, device: Device, live: LiveDevice, frame: str, **shown: Any) -> Answer:
    """Have a device send a frame, given in hex, and wait until the latest values show its meaning."""
    live.send_raw_frame(bytes.fromhex(frame))
    return await_latest(gizwits, device, **shown)


def control(
    gizwits: GizwitsTarget,
    user: User,
    device: Device,
    *,
    expected: int | str | None = SUCCESS,
    query: dict[str, Any] | None = None,
    **body: Any,
) -> Answer:
    """Control a device with the given members."""
    return gizwits.call(
        "gizwits.devices.control",
        token=user,
        app_id=user.app_id,
        path={"did": device.did},
        query=query,
        json=body,
        expect=expected,
    )


def await_online(gizwits: GizwitsTarget, user: User, device: Device) -> Answer:
    """Wait until the details show the device online."""
    return _await_state(gizwits, user, device, online=True, meanwhile=lambda: None)


def await_offline(gizwits: GizwitsTarget, control: ControlClient, user: User, device: Device) -> Answer:
    """Wait until the details show the device offline; the clock is moved past any offline process."""
    return _await_state(gizwits, user, device, online=False, meanwhile=lambda: control.advance(MINUTE))


def _await_state(
    gizwits: GizwitsTarget, user: User, device: Device, *, online: bool, meanwhile: Callable[[], object]
) -> Answer:
    answers: list[Answer] = []

    def complete() -> bool:
        answers[:] = [details(gizwits, user, device)]
        if answers[0]["is_online"] is not online:
            meanwhile()
        return answers[0]["is_online"] is online

    if not wallclock.wait_until(complete, ARRIVAL_S, POLL_S):
        expect.fail("is_online does not follow the device", expected=online, actual=answers[0].body)
    return answers[0]


def details(
    gizwits: GizwitsTarget, user: User, device: Device, *, expected: int | str | None = SUCCESS
) -> Answer:
    """The details of a device as a user sees them."""
    return gizwits.call(
        "gizwits.devices.get", token=user, app_id=user.app_id, path={"did": device.did}, expect=expected
    )


def devices_of(gizwits: GizwitsTarget, user: User, **query: Any) -> list[Entry]:
    """The devices bound to a user."""
    answer = gizwits.call("gizwits.bindings.list", token=user, app_id=user.app_id, query=query)
    found: list[Entry] = answer["devices"]
    return found


def instruction(frame: str) -> str:
    """The P0 payload of a frame in hex, whether or not the frame asks for an acknowledgement."""
    data = bytes.fromhex(frame)
    place = 4
    while data[place] & 0x80:  # the length is a little-endian base-128 number
        place += 1
    command = data[place + 2 : place + 4].hex()
    place += 4
    if command == "0093":
        place += 4
    elif command != "0090":
        expect.fail("the frame is no command to a device", expected="0090 or 0093", actual=frame)
    return data[place:].hex()


def await_command(live: LiveDevice, seen: int) -> str:
    """Wait for the next frame a device receives after `seen` others; gives it in hex."""
    if not wallclock.wait_until(lambda: len(live.received) > seen, ARRIVAL_S):
        expect.fail("the device received no command", expected="a frame", actual="nothing", kind="missing")
    frame: str = live.received[seen].hex
    return frame


def renew(gizwits: GizwitsTarget, user: User) -> User:
    """The user with the token of a new login."""
    body = {"username": user.username, "password": user.password}
    answer = gizwits.call("gizwits.users.login", json=body, app_id=user.app_id)
    return replace(user, token=answer["token"], expire_at=answer["expire_at"])
