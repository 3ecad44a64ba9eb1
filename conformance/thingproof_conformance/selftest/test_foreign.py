"""Somebody's server as the target: what its file declares is enough, and it is left as it was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from thingproof_conformance import wallclock
from thingproof_conformance.control import ControlClient
from thingproof_conformance.launcher import Running, start_platform
from thingproof_conformance.selftest.suite import HEAD, child, rows, verdicts
from thingproof_sim import api

if TYPE_CHECKING:
    from collections.abc import Iterator

SPOILT = """
@case("gizwits.devices.control", kind="negative")
@pytest.mark.inferred
def test_control__switches(gizwits):
    gizwits.perform(gizwits.valid_call("gizwits.devices.control"))

@case("gizwits.bindings.bind_mac", kind="negative")
@pytest.mark.inferred
def test_bind_mac__needs_the_secret(gizwits):
    gizwits.valid_call("gizwits.bindings.bind_mac")
"""
MOVED = """
@case("gizwits.users.get", kind="time", needs=("clock",))
@pytest.mark.documented
def test_get__much_later(gizwits, control):
    control.advance(30 * 86400)
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Running]:
    """A server that was started by somebody else."""
    with start_platform() as running:
        yield running


def declared(cloud: Running) -> tuple[dict[str, Any], api.LiveFleet]:
    """What the owner of a cloud writes into a target file, and the device that he has."""
    control = ControlClient(cloud.control_url, cloud.control_token)
    control.reset()
    product = api.product("air_conditioner")
    seeded = control.seed(
        "gizwits",
        {
            "applications": [{}],
            "products": [product],
            "devices": [{"product_key": product["product_key"], "mac": "accf23000001"}],
            "users": [{"username": "anna", "password": "Secret-123"}],
        },
    )
    application, device = seeded["applications"][0], seeded["devices"][0]
    control.seed("gizwits", {"bindings": [{"username": "anna", "did": device["did"]}]})
    addresses = cloud.info["vendors"]["gizwits"]
    port = int(addresses["mqtt"].rpartition(":")[2])
    fleet = api.single_device(
        product, host="127.0.0.1", port=port, did=device["did"], passcode=device["passcode"], seed=1
    )
    part = {
        "url": addresses["url"],
        "app_id": application["app_id"],
        "username": "anna",
        "password": "Secret-123",
        "device": device["did"],
    }
    control.close()
    return part, fleet


def judge(pytester: pytest.Pytester, suite: str, target: dict[str, Any]) -> None:
    """Run a suite against a target."""
    pytester.makepyfile(test_suite=HEAD + suite)
    path = pytester.makefile(".yaml", target=yaml.safe_dump(target))
    child(pytester, "--target", str(path), "--run-file=run.ndjson")


@pytest.mark.parametrize("online", [True, False])
def test_a_declared_device_is_used_as_it_is(
    pytester: pytest.Pytester, cloud: Running, *, online: bool
) -> None:
    """An online device is controlled; an offline one and a secret nobody gave make cases not applicable."""
    part, fleet = declared(cloud)
    if online:
        fleet.start()
        assert fleet.device(part["device"]).wait_online()
    try:
        judge(pytester, SPOILT, {"name": "theirs", "vendors": {"gizwits": part}})
    finally:
        fleet.stop()
    assert verdicts(pytester) == {
        "switches": "passed" if online else "not_applicable",
        "needs_the_secret": "not_applicable",
    }
    reasons = {row["id"]: row["reason"] for row in rows(pytester)["case.finished"]}
    assert "product_secret" in reasons["gizwits.bindings.bind_mac::needs_the_secret"]


def test_a_foreign_clock_is_put_back(pytester: pytest.Pytester, cloud: Running) -> None:
    """A case moves the target's clock by a month; after the run it is now again."""
    part, _ = declared(cloud)
    address = {"url": cloud.control_url, "token": cloud.control_token}
    judge(pytester, MOVED, {"name": "theirs", "vendors": {"gizwits": part}, "control": address})
    assert set(verdicts(pytester).values()) == {"passed"}
    control = ControlClient(cloud.control_url, cloud.control_token)
    assert abs(control.clock() - wallclock.epoch()) < 5
    assert control.clock_mode() == "running"
    control.close()
