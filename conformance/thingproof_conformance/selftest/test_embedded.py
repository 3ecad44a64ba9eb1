"""Without a target file the embedded platform is judged: one child a process, clean after each case."""

from __future__ import annotations

import pytest

from thingproof_conformance.selftest.suite import rows, run, verdicts

REGISTER = """
import time

@case("gizwits.users.create", kind="documented", rules=("r2",))
@pytest.mark.documented
def test_create__with_a_name(gizwits):
    identity = {"username": gizwits.names.text(), "password": "Thing-Proof-2024"}
    gizwits.call("gizwits.users.create", json=identity)
"""
TIME = """
@case("gizwits.users.get", kind="time", rules=("gizwits.global.r4",), errors=(9006,),
      events=("token.expired",), needs=("clock", "fresh-accounts"))
@pytest.mark.documented
def test_a_get__seven_days(gizwits, control):
    user = gizwits.new_user()
    control.advance(7 * 86400 + 1)
    expect.refused(gizwits.call("gizwits.users.get", token=user, expect=ANY), 9006, 9004)

@case("gizwits.users.get", kind="state")
@pytest.mark.inferred
def test_b_get__the_clock_is_back(gizwits, control):
    expect.between(-5, 5, control.clock() - time.time(), "the clock's distance", unit="s")
    assert control.clock_mode() == "running"
    gizwits.call("gizwits.users.get", token=gizwits.new_user())
"""
PHONE = """
@case("gizwits.users.create", kind="event", events=("sms.sent",), needs=("outbox",))
@pytest.mark.documented
def test_create__by_phone(gizwits):
    gizwits.new_user("phone")
"""
PUSH = """
from thingproof_conformance import events

@case("gizwits.devdata.latest", kind="event", events=("devdata.updated",), needs=("hardware", "websocket"))
@pytest.mark.inferred
def test_latest__is_pushed(gizwits):
    user, device = gizwits.bound()
    live = gizwits.hardware(device)
    socket = gizwits.app_socket(user)
    pushes = socket.arrivals("gizwits.event.devdata.updated", "s2c_noti")
    since = socket.now()
    live.set_value("switch", True)
    wish = events.Expected("gizwits.event.devdata.updated", {"did": device.did}, within_s=0.5)
    events.watch(pushes, wish, since=since, timeout_s=1.5, settle_s=0.2)
"""


def test_the_platform_is_conformant(pytester: pytest.Pytester) -> None:
    """Seven days pass in milliseconds, and the next case does not notice."""
    result = run(pytester, REGISTER + TIME + PHONE, None)
    assert result.ret == 0
    assert set(verdicts(pytester).values()) == {"passed"}
    [coverage] = [row for row in rows(pytester)["coverage"] if row["vendor"] == "gizwits"]
    assert coverage["events_observed"] == ["gizwits.event.sms.sent", "gizwits.event.token.expired"]
    assert 9006 in coverage["errors_observed"]
    seconds = {row["id"]: row["seconds"] for row in rows(pytester)["case.finished"]}
    assert seconds["gizwits.users.get::seven_days"] < 2


def test_each_worker_has_its_own_platform(pytester: pytest.Pytester) -> None:
    """Clock moves of one worker do not disturb another."""
    many = "".join((REGISTER + TIME).replace("__", f"__n{number}_") for number in range(6))
    assert run(pytester, many, None, "-n", "2").ret == 0
    assert {row["worker"] for row in rows(pytester)["case.finished"]} == {"gw0", "gw1"}


def test_a_defect_is_caught(pytester: pytest.Pytester) -> None:
    """A dropped field: exit 1, also after the platform was reset by a case that moved the clock."""
    fault = "drop_field:operation=gizwits.users.create,field=expire_at"
    assert run(pytester, TIME + REGISTER, None, "--fault", fault).ret == 1
    assert verdicts(pytester)["with_a_name"] == "failed"
    [failed] = [row for row in rows(pytester)["case.finished"] if row["verdict"] == "failed"]
    assert "expire_at" in failed["finding"]["message"]
    assert failed["replay"].endswith("--fault drop_field:operation=gizwits.users.create:field=expire_at")


def test_a_fault_nobody_knows_is_told(pytester: pytest.Pytester) -> None:
    """Nothing is judged when the precondition of the run fails."""
    result = run(pytester, REGISTER, None, "--fault", "no_such_fault")
    assert result.ret == 3
    result.stdout.fnmatch_lines(["*no_such_fault*"])


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(None, None), ("no_push", "missing"), ("double_push", "duplicate"), ("late_push:seconds=0.8", "late")],
)
def test_a_lying_push_is_told_from_another(
    pytester: pytest.Pytester, fault: str | None, kind: str | None
) -> None:
    """A device reports, an app listens: dropped, doubled and late pushes are different findings."""
    arguments = () if fault is None else ("--fault", fault)
    result = run(pytester, PUSH, None, *arguments)
    [row] = rows(pytester)["case.finished"]
    if kind is None:
        assert (result.ret, row["verdict"]) == (0, "passed")
        return
    assert (result.ret, row["verdict"], row["finding"]["kind"]) == (1, "failed", kind)
    assert [frame["direction"] for frame in row["frames"]] == ["up", "up"]
    assert all(frame["hex"].startswith("00000003") for frame in row["frames"])
