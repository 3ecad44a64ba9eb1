"""Downlinks from an application's queue to a simulated LoRaWAN device, and the result on its way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, wallclock
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia.lora_steps import PATIENCE_S, LoraLine, lora_line

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

LIST = "sylvia.dldata_buffer.list"
EVENTS = ("app_dldata", "app_dldata_resp", "net_dldata", "net_dldata_result", "app_dldata_result")


def listed(sylvia: SylviaTarget, way: LoraLine) -> list[str]:
    """What waits in the buffer, as dataIds."""
    return [row["dataId"] for row in sylvia.listed("dldata_buffer", unit=way.device.unit.unit_id)]


def ends(way: LoraLine, data_id: str) -> list[int]:
    """Wait for the result that ends a downlink; gives all results in order."""

    def seen() -> list[int]:
        return [each["status"] for each in way.ends.results(data_id)]

    wallclock.wait_until(lambda: any(status >= 0 for status in seen()), PATIENCE_S)
    return seen()


@case(LIST, kind="wire", rules=("r1",), events=EVENTS, needs=("hardware",))
@pytest.mark.inferred
@pytest.mark.parametrize("confirmed", [False, True], ids=["unconfirmed", "confirmed"])
def test_list__lora_class_a(sylvia: SylviaTarget, confirmed: bool) -> None:
    """A downlink waits for the next uplink of a class A device, reaches it, and ends with status 0."""
    way = lora_line(sylvia)
    data_id = way.ends.downlink(
        deviceId=way.device.device_id, data="C0DE", extension={"fPort": 9, "confirmed": confirmed}
    )["dataId"]
    wallclock.wait_until(lambda: bool(way.ends.results(data_id)), PATIENCE_S)
    expect.equal([data_id], listed(sylvia, way), "buffered downlinks while it waits")
    expect.equal([], way.live.received, "what the device got before it sent something")
    way.live.uplink(b"\x01")
    way.live.wait_received(1, PATIENCE_S)
    got = [(each.hex, each.port, each.confirmed) for each in way.live.received]
    expect.equal([("c0de", 9, confirmed)], got, "what the device got")
    if confirmed:
        way.live.uplink(b"\x02")
    statuses = ends(way, data_id)
    expect.equal(0, statuses[-1], "the last result")
    expect.true(all(status < 0 for status in statuses[:-1]), "results before are below 0", actual=statuses)
    expect.equal([], listed(sylvia, way), "buffered downlinks at the end")


@case(LIST, kind="wire", rules=("r1",), events=EVENTS, needs=("hardware",))
@pytest.mark.inferred
def test_list__lora_class_c(sylvia: SylviaTarget) -> None:
    """A class C device the network has heard gets a downlink without sending anything more."""
    way = lora_line(sylvia, device_class="C")
    way.live.uplink(b"\x01")
    way.live.wait_delivered(PATIENCE_S)
    data_id = way.ends.downlink(deviceId=way.device.device_id, data="01")["dataId"]
    way.live.wait_received(1, PATIENCE_S)
    expect.equal(["01"], [each.hex for each in way.live.received], "what the device got")
    expect.equal(1, len(way.live.sent), "uplinks of the device")
    expect.equal(0, ends(way, data_id)[-1], "the last result")


@case(LIST, kind="wire", rules=("r1",), events=EVENTS[:3], needs=("hardware",))
@pytest.mark.inferred
def test_list__lora_unreachable(sylvia: SylviaTarget) -> None:
    """A downlink to a device that is out of range waits in the buffer and is listed."""
    way = lora_line(sylvia)
    way.live.move_out_of_range()
    data_id = way.ends.downlink(deviceId=way.device.device_id, data="01")["dataId"]
    way.live.uplink(b"\x01")
    way.live.wait_delivered(PATIENCE_S)
    expect.equal([data_id], listed(sylvia, way), "buffered downlinks")
    expect.equal([], way.live.received, "what the device got")
    statuses = [each["status"] for each in way.ends.results(data_id)]
    expect.true(all(status < 0 for status in statuses), "no result ends it", actual=statuses)


@case(LIST, kind="wire", rules=("r1",), events=EVENTS, needs=("hardware",))
@pytest.mark.inferred
def test_list__lora_too_long(sylvia: SylviaTarget) -> None:
    """Data no frame can carry end with a status above 0, and leave the buffer."""
    way = lora_line(sylvia)
    data_id = way.ends.downlink(deviceId=way.device.device_id, data="00" * 300)["dataId"]
    way.live.uplink(b"\x01")
    expect.true(ends(way, data_id)[-1] > 0, "the last result is above 0", actual=way.ends.results(data_id))
    expect.equal([], listed(sylvia, way), "buffered downlinks")
