"""The control surface: each endpoint, and refusals that name field, value and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_platform.control.surface import ENDPOINTS
from thingproof_platform.options import Options
from thingproof_platform.tests.clients import (
    PRODUCT,
    PlatformThread,
    call,
    platform_thread,
    product,
    wait_until,
)
from thingproof_platform.vendors import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[PlatformThread]:
    """One platform for all tests of this file."""
    with platform_thread(Options()) as platform:
        yield platform


@pytest.fixture
def cloud(running: PlatformThread) -> PlatformThread:
    """The platform, empty."""
    running.control("POST", "/reset", {})
    return running


def _refused(cloud: PlatformThread, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    status, _, answer = call(method, cloud.control_url + path, body, cloud.authorization)
    assert status >= 400
    assert answer.keys() == {"error", "field", "value", "remedy"}
    return status, answer


def test_health_tells_version_vendors_and_durability(cloud: PlatformThread) -> None:
    """What a test report wants to know about the platform."""
    health = cloud.control("GET", "/health")
    assert health["status"] == "ok"
    assert (health["vendors"], health["durability"], health["broker"]) == (
        list(DIALECTS),
        "memory",
        "embedded",
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "/clock", {}, "now"),
        ("PUT", "/clock", {"now": "tomorrow"}, "now"),
        ("PUT", "/clock", {"now": True}, "now"),
        ("PUT", "/clock", {"now": -1}, "now"),
        ("PUT", "/clock", {"now": 1.7e12}, "now"),
        ("PUT", "/clock", {"mode": "fast"}, "mode"),
        ("PUT", "/clock", {"time": 1}, "time"),
        ("POST", "/clock/advance", {}, "seconds"),
        ("POST", "/clock/advance", {"seconds": -1}, "seconds"),
        ("POST", "/clock/advance", {"seconds": "7d"}, "seconds"),
        ("POST", "/clock/advance", {"seconds": 1e12}, "seconds"),
        ("POST", "/clock/advance", b"{", "body"),
        ("POST", "/clock/advance", b"[1]", "body"),
        ("POST", "/reset", {"really": True}, "really"),
        ("POST", "/seed/acme", {}, "vendor"),
        ("PUT", "/faults/make_coffee", {}, "name"),
        ("DELETE", "/faults/make_coffee", None, "name"),
        ("PUT", "/faults/drop_field", {"operation": 5, "field": "x"}, "operation"),
        ("PUT", "/faults/drop_field", {"operation": "gizwits.users.login"}, "field"),
        ("GET", "/outbox?kind=letter", None, "kind"),
        ("GET", "/outbox?colour=red", None, "colour"),
        ("POST", "/devices/acme/x", {}, "vendor"),
    ],
)
def test_bad_input_is_400_and_names_the_field(
    cloud: PlatformThread, method: str, path: str, body: Any, field: str
) -> None:
    """Field, value and remedy: enough to correct the call without reading code."""
    status, answer = _refused(cloud, method, path, body)
    assert (status, answer["field"]) == (400, field)
    assert answer["error"]


def test_unknown_device_is_404(cloud: PlatformThread) -> None:
    """A device nobody seeded cannot be changed."""
    assert _refused(cloud, "POST", "/devices/gizwits/nobody", {"disabled": True})[0] == 404


def test_unknown_path_and_method_say_what_there_is(cloud: PlatformThread) -> None:
    """404 lists the paths, 405 the methods."""
    status, answer = _refused(cloud, "GET", "/nowhere")
    assert status == 404
    assert "/clock/advance" in answer["remedy"]
    status, answer = _refused(cloud, "DELETE", "/clock")
    assert (status, answer["remedy"]) == (405, "use GET, PUT")


def test_every_endpoint_needs_the_token(cloud: PlatformThread) -> None:
    """No endpoint answers without it."""
    for method, path, _ in ENDPOINTS:
        status, _, _ = call(
            method, f"{cloud.control_url}/{path.format(vendor='v', external_id='e', name='n')}"
        )
        assert status == 401, (method, path)


def test_clock_is_set_frozen_advanced_and_resumed(cloud: PlatformThread) -> None:
    """Frozen time is exact; advancing runs due work and tells how much; reset brings the wall back."""
    assert cloud.control("PUT", "/clock", {"now": 1_700_000_000, "mode": "frozen"}) == {
        "now": 1_700_000_000.0,
        "mode": "frozen",
    }
    ran: list[float] = []
    clock = cloud.platform.world.clock

    async def schedule() -> None:
        clock.schedule(1_700_000_050, lambda: ran.append(clock.now()))

    cloud.run(schedule())
    assert cloud.control("POST", "/clock/advance", {"seconds": 60}) == {"now": 1_700_000_060.0, "ran": 1}
    assert ran == [1_700_000_050.0]
    cloud.control("PUT", "/clock", {"mode": "running"})
    wait_until(lambda: cloud.control("GET", "/clock")["now"] > 1_700_000_060.0, "time to pass")
    cloud.control("POST", "/reset", {})
    assert cloud.control("GET", "/clock")["now"] > 1_750_000_000


def test_due_work_runs_by_itself_while_the_clock_runs(cloud: PlatformThread) -> None:
    """The alarm rings at the due moment, also for work scheduled before something later."""
    ran: list[str] = []
    clock = cloud.platform.world.clock

    async def schedule() -> None:
        clock.schedule(clock.now() + 0.05, lambda: ran.append("soon"))
        await cloud.platform.settled()

    cloud.run(schedule())
    wait_until(lambda: ran == ["soon"], "the alarm")


def test_outbox_shows_what_was_sent_and_is_emptied(cloud: PlatformThread) -> None:
    """Messages by kind and receiver; DELETE forgets them."""

    async def send() -> None:
        cloud.platform.world.outbox.send("sms", "+861", "your code is 123456", "123456")
        cloud.platform.world.outbox.send("email", "a@b", "hello")

    cloud.run(send())
    (message,) = cloud.control("GET", "/outbox?kind=sms&to=%2B861")["messages"]
    assert (message["text"], message["code"]) == ("your code is 123456", "123456")
    assert len(cloud.control("GET", "/outbox")["messages"]) == 2
    cloud.control("DELETE", "/outbox")
    assert cloud.control("GET", "/outbox") == {"messages": []}


def test_faults_are_listed_switched_on_and_off(cloud: PlatformThread) -> None:
    """The catalogue names class, text and parameters; the active ones are listed with theirs."""
    catalogue = {fault["name"]: fault for fault in cloud.control("GET", "/faults")["catalogue"]}
    assert catalogue["drop_field"]["parameters"] == {"operation": "str", "field": "str"}
    cloud.control("PUT", "/faults/late_push", {"seconds": 2})
    assert cloud.control("GET", "/faults")["active"] == [{"name": "late_push", "parameters": {"seconds": 2}}]
    cloud.control("DELETE", "/faults/late_push")
    cloud.control("PUT", "/faults/lose_report", {})
    cloud.control("DELETE", "/faults")
    assert cloud.control("GET", "/faults")["active"] == []


def test_reset_forgets_everything(cloud: PlatformThread) -> None:
    """After a reset nothing seeded is known, no fault is on, no counter counts."""
    device = cloud.seed()[0]
    cloud.control("PUT", "/faults/lose_report", {})
    cloud.control("POST", "/reset", {})
    assert _refused(cloud, "POST", f"/devices/gizwits/{device.did}", {})[0] == 404
    assert cloud.control("GET", "/faults")["active"] == []
    assert cloud.call("POST", "/app/login", {"username": "joe", "password": "Secret12"})[0] == 400


def test_a_seed_is_completed_and_idempotent(cloud: PlatformThread) -> None:
    """Missing ids are filled in; the same seed again gives the same ones."""
    body = {"products": [product()], "devices": [{"product_key": PRODUCT, "mac": "00AABBCCDDEE"}]}
    first = cloud.control("POST", "/seed/gizwits", body)
    again = cloud.control("POST", "/seed/gizwits", body)
    assert len(first["devices"][0]["did"]) == 22
    assert first["devices"] == again["devices"]


@pytest.mark.parametrize(
    "body",
    [
        {"devices": [{"product_key": "f" * 32, "mac": "00AABBCCDDEE"}]},
        {"products": [{"name": "x"}]},
        {"products": "all"},
        {"devices": [5]},
        {"bindings": [{"username": "nobody", "did": "nothing"}]},
        {"colours": []},
    ],
    ids=[
        "unknown product",
        "incomplete product",
        "no list",
        "no object",
        "unknown binding",
        "unknown member",
    ],
)
def test_a_bad_seed_is_400(cloud: PlatformThread, body: dict[str, Any]) -> None:
    """A seed that makes no sense is refused in words; it is not a failure of the platform."""
    status, answer = _refused(cloud, "POST", "/seed/gizwits", body)
    assert status == 400, answer


def test_counters_count(cloud: PlatformThread) -> None:
    """The numbers tests and benchmarks read are there from the start."""
    counters = cloud.counters()
    for name in ("readings_stored", "frames_malformed", "duplicates", "journal_rows", "http_requests"):
        assert isinstance(counters[name], int)


def test_records_tell_the_logs_of_a_device(cloud: PlatformThread) -> None:
    """Coming and going from a moment on, without what lies before; nonsense is refused by name."""
    device = cloud.seed()[0]
    path = f"/devices/gizwits/{device.did}/records"
    assert cloud.control("GET", path) == {"records": []}
    cloud.login(device).disconnect()
    record = cloud.control("GET", path)["records"][0]
    assert (record["kind"], record["cause"], record["payload"]) == ("online", "", "")
    assert cloud.control("GET", f"{path}?since={record['at'] + 100}") == {"records": []}
    for query in ("since=yesterday", "since=-1", "after=1"):
        status, answer = _refused(cloud, "GET", f"{path}?{query}")
        assert (status, answer["field"]) == (400, query.partition("=")[0])
