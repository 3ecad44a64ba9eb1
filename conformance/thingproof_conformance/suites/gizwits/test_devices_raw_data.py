"""The log of a device: what stands in it, periods, pages and order (gizwits.md:1346-1455)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import (
    AIR_CONDITIONER,
    AIR_REPORT,
    AIR_SWITCHED_ON,
    EXTENDED,
    READ,
)
from thingproof_conformance.suites.gizwits.steps import (
    COMMUNICATION,
    DAY,
    HOUR,
    MINUTE,
    await_entries,
    await_report,
    control,
    log,
    raw_data,
    renew,
    switch_on,
)
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User
    from thingproof_sim.api import LiveDevice

LOG = "gizwits.devices.raw_data"
RECORDS = ("dev_online", "dev_re_online", "dev_offline")
NEEDS = ("seed", "hardware")
TWO_DAYS, WEEK = 2 * DAY, 7 * DAY


def talker(gizwits: GizwitsTarget) -> tuple[User, Device, LiveDevice]:
    """A user with an air conditioner that is online."""
    user, device = gizwits.bound(gizwits.new_product(AIR_CONDITIONER))
    return user, device, switch_on(gizwits, device)


def say(
    gizwits: GizwitsTarget, user: User, device: Device, live: LiveDevice, payload: str = AIR_REPORT
) -> Any:
    """Have the device send a frame and wait for its entry in the log."""
    live.send_raw_frame(bytes.fromhex(payload))
    return await_report(gizwits, user, device, payload)


def silent(gizwits: GizwitsTarget) -> tuple[User, Device]:
    """A user with a device that was never online: queries are judged, entries are not."""
    return gizwits.bound(gizwits.new_product(EXTENDED))


# What stands in the log.


@case(LOG, kind="documented", rules=("r2", "r4", "r5"), needs=NEEDS)
@pytest.mark.documented
def test_raw_data__communication(gizwits: GizwitsTarget) -> None:
    """type=cmd gives reports and commands only; meta repeats the type."""
    user, device, live = talker(gizwits)
    say(gizwits, user, device, live)
    control(gizwits, user, device, attrs={"switch": True})
    await_entries(gizwits, user, device, wanted=lambda entry: entry["type"] == "app2dev")
    answer = log(gizwits, user, device)
    expect.equal("cmd", answer["meta"]["type"], "meta.type")
    expect.equal(COMMUNICATION, {entry["type"] for entry in answer["objects"]}, "types of the entries")


@case(LOG, kind="documented", rules=("r3", "r4", "r6"), needs=NEEDS)
@pytest.mark.documented
def test_raw_data__online_records(gizwits: GizwitsTarget) -> None:
    """type=online gives coming and going only, although the device reported too."""
    user, device, live = talker(gizwits)
    say(gizwits, user, device, live)
    await_entries(gizwits, user, device, kind="online")
    answer = log(gizwits, user, device, "online")
    expect.equal("online", answer["meta"]["type"], "meta.type")
    for entry in answer["objects"]:
        expect.one_of(RECORDS, entry["type"], "type")


@case(LOG, kind="wire", rules=("r18", "r24"), needs=NEEDS)
@pytest.mark.documented
@pytest.mark.parametrize("payload", [AIR_REPORT, AIR_SWITCHED_ON])
def test_raw_data__payload(gizwits: GizwitsTarget, payload: str) -> None:
    """payload_bin is the whole frame as the device sent it, in hex."""
    user, device, live = talker(gizwits)
    expect.equal(payload, say(gizwits, user, device, live, payload)["payload_bin"], "payload_bin")


@case(LOG, kind="wire", rules=("r25", "r20"), needs=NEEDS)
@pytest.mark.documented
def test_raw_data__read_request(gizwits: GizwitsTarget) -> None:
    """A client's read request is logged as the frame of the example."""
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    switch_on(gizwits, device)
    control(gizwits, user, device, raw=[2])
    (entry,) = await_entries(gizwits, user, device, wanted=lambda entry: entry["type"] == "app2dev")
    expect.equal(READ, entry["payload_bin"], "payload_bin")


@case(LOG, kind="wire", rules=("r25",), needs=(*NEEDS, "websocket"))
@pytest.mark.documented
def test_raw_data__read_over_the_socket(gizwits: GizwitsTarget) -> None:
    """A read by the app's socket is logged as a frame of command 0090 with action 02, with the client."""
    user, device, _ = talker(gizwits)
    gizwits.app_socket(user).command("c2s_read", {"did": device.did})
    (entry,) = await_entries(gizwits, user, device, wanted=lambda entry: entry["type"] == "app2dev")
    expect.equal((READ, "client"), (entry["payload_bin"], entry.get("source")), "payload_bin and source")


@case(LOG, kind="time", rules=("r19", "r11"), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.50")
def test_raw_data__timestamp(gizwits: GizwitsTarget) -> None:
    """Timestamp is when the report came, in seconds; a fraction is allowed."""
    user, device, live = talker(gizwits)
    before = gizwits.now()
    entry = say(gizwits, user, device, live)
    expect.between(before - 1, gizwits.now() + 1, entry["timestamp"], "timestamp", unit="s")


@case(LOG, kind="documented", rules=("r20", "r21", "r22"), needs=NEEDS)
@pytest.mark.contradictory("gizwits.contra.51")
def test_raw_data__origin(gizwits: GizwitsTarget) -> None:
    """A client's command tells source, user and application; a report tells none of them."""
    user, device, live = talker(gizwits)
    say(gizwits, user, device, live)
    control(gizwits, user, device, attrs={"switch": True})
    command = await_entries(gizwits, user, device, wanted=lambda entry: entry["type"] == "app2dev")[0]
    origin = {"source": "client", "uid": user.uid, "appid": user.app_id}
    expect.equal(origin, {name: command.get(name) for name in origin}, "origin of the command")
    for entry in log(gizwits, user, device)["objects"]:
        if entry["type"] == "dev2app":
            expect.equal(set(), origin.keys() & entry.keys(), "origin of a report")


@case(LOG, kind="documented", rules=("r27",), needs=NEEDS)
@pytest.mark.documented
def test_raw_data__address(gizwits: GizwitsTarget) -> None:
    """Ip is the address of who sent the data."""
    user, device, live = talker(gizwits)
    entry = say(gizwits, user, device, live)
    expect.matches(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:]+", entry["ip"], "ip")


@case(LOG, kind="permission", rules=("r27",), needs=NEEDS)
@pytest.mark.inferred
def test_raw_data__of_this_device(gizwits: GizwitsTarget) -> None:
    """The log of one device holds nothing of another, and meta names the device."""
    user, device, live = talker(gizwits)
    other = gizwits.new_device(device.product)
    gizwits.bind(user, other)
    say(gizwits, user, device, live)
    answer = log(gizwits, user, other)
    expect.equal(
        (other.did, 0, []), (answer["meta"]["did"], answer["meta"]["total"], answer["objects"]), "log"
    )


# Periods.


@case(LOG, kind="time", rules=("r8",), errors=(9015,), needs=("seed", "clock"))
@pytest.mark.documented
@pytest.mark.parametrize(("ahead", "accepted"), [(0, True), (2, False), (HOUR, False)])
def test_raw_data__end_in_the_future(
    gizwits: GizwitsTarget, control: ControlClient, ahead: int, accepted: bool
) -> None:
    """end_time may be now and not later."""
    user, device = silent(gizwits)
    now = int(control.freeze())
    answer = raw_data(gizwits, user, device, start_time=now - HOUR, end_time=now + ahead, expected=ANY)
    expect.accepted(answer) if accepted else expect.refused(answer, 9015)


@case(LOG, kind="negative", rules=("r9",), errors=(9015,), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize(("length", "accepted"), [(1, True), (0, False), (-1, False), (-HOUR, False)])
def test_raw_data__end_before_start(gizwits: GizwitsTarget, length: int, accepted: bool) -> None:
    """end_time must be greater than start_time: one second is enough, none is not."""
    user, device = silent(gizwits)
    start = int(gizwits.now()) - 2 * HOUR
    answer = raw_data(gizwits, user, device, start_time=start, end_time=start + length, expected=ANY)
    expect.accepted(answer) if accepted else expect.refused(answer, 9015)


@case(LOG, kind="time", rules=("r10",), errors=(9015,), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.53")
@pytest.mark.parametrize(
    ("length", "accepted"), [(TWO_DAYS - 1, True), (TWO_DAYS, False), (TWO_DAYS + 1, False)]
)
def test_raw_data__two_days(gizwits: GizwitsTarget, length: int, accepted: bool) -> None:
    """A period is less than 48 hours: one second less is served, exactly 48 hours are not."""
    user, device = silent(gizwits)
    end = int(gizwits.now())
    answer = raw_data(gizwits, user, device, start_time=end - length, end_time=end, expected=ANY)
    expect.accepted(answer) if accepted else expect.refused(answer, 9015)


@case(LOG, kind="time", rules=("r1", "r11"), needs=(*NEEDS, "clock"))
@pytest.mark.documented
def test_raw_data__six_days_back(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Any two days of the last seven are served: a report of six days ago is still there."""
    user, device, live = talker(gizwits)
    at = say(gizwits, user, device, live)["timestamp"]
    control.advance(6 * DAY)
    period: dict[str, Any] = {"start_time": int(at) - HOUR, "end_time": int(at) + TWO_DAYS - 2 * HOUR}
    payloads = [entry["payload_bin"] for entry in log(gizwits, user, device, **period)["objects"]]
    expect.contains(AIR_REPORT, payloads, "the report of six days ago")


@case(LOG, kind="time", rules=("r1",), needs=(*NEEDS, "clock"))
@pytest.mark.contradictory("gizwits.contra.53")
def test_raw_data__older_than_a_week(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """What is older than seven days is not served: the query is refused, or gives nothing."""
    user, device, live = talker(gizwits)
    at = int(say(gizwits, user, device, live)["timestamp"])
    control.advance(WEEK + HOUR)
    user = renew(gizwits, user)
    answer = raw_data(gizwits, user, device, start_time=at - MINUTE, end_time=at + MINUTE, expected=ANY)
    expect.either(
        "gizwits.contra.53",
        a=lambda: expect.refused(answer, 9015),
        b=lambda: expect.equal([], expect.field(answer, "objects"), "objects"),
    )


@case(LOG, kind="time", rules=("r1", "r11"), needs=(*NEEDS, "clock"))
@pytest.mark.documented
def test_raw_data__period(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Only what came between start_time and end_time is given."""
    user, device, live = talker(gizwits)
    first = say(gizwits, user, device, live)["timestamp"]
    control.advance(HOUR)
    second = say(gizwits, user, device, live, AIR_SWITCHED_ON)["timestamp"]
    for at, present, gone in ((first, AIR_REPORT, AIR_SWITCHED_ON), (second, AIR_SWITCHED_ON, AIR_REPORT)):
        period: dict[str, Any] = {
            "start_time": int(at) - 60,
            "end_time": min(int(at) + 60, int(gizwits.now())),
        }
        payloads = [entry["payload_bin"] for entry in log(gizwits, user, device, **period)["objects"]]
        expect.contains(present, payloads, "payloads")
        expect.lacks(gone, payloads, "payloads")


@case(LOG, kind="negative", rules=("r11", "r8"), errors=(9015,), needs=("seed",))
@pytest.mark.documented
def test_raw_data__milliseconds(gizwits: GizwitsTarget) -> None:
    """Times in milliseconds lie in the far future and are refused."""
    user, device = silent(gizwits)
    now = int(gizwits.now()) * 1000
    answer = raw_data(gizwits, user, device, start_time=now - HOUR, end_time=now, expected=ANY)
    expect.refused(answer, 9015)


# Pages and order.


@case(LOG, kind="documented", rules=("r12", "r15", "r17"), needs=NEEDS)
@pytest.mark.documented
def test_raw_data__defaults(gizwits: GizwitsTarget) -> None:
    """Without skip and limit the newest 20 come; total counts all."""
    user, device, live = talker(gizwits)
    for _ in range(25):
        live.send_raw_frame(bytes.fromhex(AIR_REPORT))
    entries = await_entries(gizwits, user, device, 25)
    answer = raw_data(gizwits, user, device)
    expect.equal(0, answer["meta"]["skip"], "meta.skip", rule=f"{LOG}.r12")
    expect.equal((20, 20), (answer["meta"]["limit"], len(answer["objects"])), "limit", rule=f"{LOG}.r15")
    expect.between(len(entries), len(entries) + 1, answer["meta"]["total"], "meta.total", rule=f"{LOG}.r17")
    first = raw_data(gizwits, user, device, skip=0)["objects"]
    expect.equal(first, answer["objects"], "objects with skip=0", rule=f"{LOG}.r12")


@case(LOG, kind="documented", rules=("r12", "r14", "r17"), needs=NEEDS)
@pytest.mark.documented
def test_raw_data__pages(gizwits: GizwitsTarget) -> None:
    """Pages by skip and limit together are the whole log; each tells the same total."""
    user, device, live = talker(gizwits)
    for number in range(7):
        live.send_raw_frame(bytes.fromhex(AIR_REPORT if number % 2 else AIR_SWITCHED_ON))
    await_entries(
        gizwits, user, device, 7, wanted=lambda entry: entry["payload_bin"] in {AIR_REPORT, AIR_SWITCHED_ON}
    )
    period: dict[str, Any] = {"end_time": int(gizwits.now())}
    whole = log(gizwits, user, device, **period)["objects"]
    pages = [log(gizwits, user, device, skip=skip, limit=3, **period) for skip in range(0, len(whole) + 3, 3)]
    expect.equal(whole, [entry for page in pages for entry in page["objects"]], "entries of all pages")
    expect.equal({len(whole)}, {page["meta"]["total"] for page in pages}, "totals")
    expect.equal([3, 0], [len(pages[0]["objects"]), len(pages[-1]["objects"]) % 3], "sizes of pages")


@case(LOG, kind="negative", rules=("r14",), errors=(9015,), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize(("limit", "accepted"), [(1000, True), (1001, False), (100000, False)])
def test_raw_data__largest_limit(gizwits: GizwitsTarget, limit: int, accepted: bool) -> None:
    """Limit may be 1000 and not more."""
    answer = raw_data(gizwits, *silent(gizwits), limit=limit, expected=ANY)
    expect.accepted(answer) if accepted else expect.refused(answer, 9015)


@case(LOG, kind="negative", rules=("r13",), errors=(9015,), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize(
    ("skip", "limit", "accepted"),
    [(4000, 1000, True), (4999, 1, True), (4001, 1000, False), (5000, 1, False)],
)
def test_raw_data__reach(gizwits: GizwitsTarget, skip: int, limit: int, accepted: bool) -> None:
    """Skip and limit together may be 5000 and not more."""
    answer = raw_data(gizwits, *silent(gizwits), skip=skip, limit=limit, expected=ANY)
    expect.accepted(answer) if accepted else expect.refused(answer, 9015)


@case(LOG, kind="negative", rules=("r2", "r3"), errors=(9015,), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("kind", ["all", "CMD", "dev2app"])
def test_raw_data__unknown_type(gizwits: GizwitsTarget, kind: str) -> None:
    """Type is cmd or online."""
    expect.refused(raw_data(gizwits, *silent(gizwits), type=kind, expected=ANY), 9015)


@case(LOG, kind="documented", rules=("r16",), needs=(*NEEDS, "clock"))
@pytest.mark.contradictory("gizwits.contra.16")
def test_raw_data__order(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """The newest entry comes first unless sort=asc; the example's order is none."""
    user, device, live = talker(gizwits)
    for payload in (AIR_REPORT, AIR_SWITCHED_ON) * 2:
        say(gizwits, user, device, live, payload)
        control.advance(10)
    period: dict[str, Any] = {"end_time": int(gizwits.now())}
    for sort, newest_first in ((None, True), ("desc", True), ("asc", False)):
        query = period | ({"sort": sort} if sort else {})
        times = [entry["timestamp"] for entry in raw_data(gizwits, user, device, **query)["objects"]]
        expect.equal(sorted(times, reverse=newest_first), times, f"times with sort={sort}")
        expect.true(len(set(times)) >= 3, "the entries have different times", actual=times)


@case(LOG, kind="documented", rules=("r16",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.15")
@pytest.mark.parametrize(("sort", "other"), [("desc", "dese"), ("asc", "ase")])
def test_raw_data__spelling_of_sort(gizwits: GizwitsTarget, sort: str, other: str) -> None:
    """Desc and asc as in the example are taken and repeated; dese and ase are the table's spelling."""
    meta = raw_data(gizwits, *silent(gizwits), sort=sort)["meta"]
    expect.either(
        "gizwits.contra.15",
        a=lambda: expect.equal(sort, meta["sort"], "meta.sort"),
        b=lambda: expect.equal(other, meta["sort"], "meta.sort"),
    )


@case(LOG, kind="documented", rules=("r27",), needs=("seed",))
@pytest.mark.documented
def test_raw_data__meta(gizwits: GizwitsTarget) -> None:
    """Meta repeats the query."""
    user, device = silent(gizwits)
    end = int(gizwits.now())
    query: dict[str, Any] = {
        "type": "online",
        "start_time": end - DAY,
        "end_time": end,
        "skip": 3,
        "limit": 7,
    }
    meta = raw_data(gizwits, user, device, **query)["meta"]
    expect.equal(query | {"did": device.did}, {name: meta[name] for name in (*query, "did")}, "meta")
