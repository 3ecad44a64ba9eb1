"""Readings of a simulated LoRaWAN device on their way to an application, compared with what it sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, wallclock
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia.lora_steps import PATIENCE_S, lora_line
from thingproof_conformance.suites.sylvia.uplink_steps import transports

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia import SylviaTarget

CREATE = "sylvia.device_route.create"
EVENTS = ("net_uldata", "app_uldata")


@case(CREATE, kind="wire", rules=("r1",), events=EVENTS, needs=("hardware",))
@pytest.mark.inferred
@transports
def test_create__lora_uplink(sylvia: SylviaTarget, transport: str) -> None:
    """What the device sent over the air is what the application gets, with port and counter."""
    way = lora_line(sylvia, transport)
    sylvia.new_route(way.device, way.application)
    for payload in (b"\x01\x02", b"\xff" * 11):
        way.live.uplink(payload, port=7)
    copies = way.ends.wait("uldata", 2, PATIENCE_S)
    expect.equal(["0102", "ff" * 11], [copy["data"] for copy in copies], "data")
    expect.equal([row.hex for row in way.live.sent], [copy["data"] for copy in copies], "the ledger's data")
    counters = [copy["extension"]["fCnt"] for copy in copies]
    expect.equal([row.fcnt for row in way.live.sent], counters, "frame counters")
    expect.equal([7, 7], [copy["extension"]["fPort"] for copy in copies], "ports")
    expect.equal({way.live.dev_eui}, {copy["networkAddr"] for copy in copies}, "addresses")


@case(CREATE, kind="wire", rules=("r1",), events=EVENTS, needs=("hardware",))
@pytest.mark.inferred
def test_create__lora_losses(sylvia: SylviaTarget) -> None:
    """What the air lost or spoilt does not arrive, and the ledger says why; the rest does, once."""
    way = lora_line(sylvia, gateways=2)
    sylvia.new_route(way.device, way.application)
    way.live.uplink(b"\x01")
    way.live.wait_delivered(PATIENCE_S)
    way.live.move_out_of_range()
    way.live.uplink(b"\x02")
    way.live.wait_delivered(PATIENCE_S)
    way.live.move_back()
    way.live.corrupt_frames(True)
    way.live.uplink(b"\x03")
    way.live.wait_delivered(PATIENCE_S)
    way.live.corrupt_frames(False)
    way.live.uplink(b"\x04")
    copies = way.ends.wait("uldata", 2, PATIENCE_S)
    way.live.wait_delivered(PATIENCE_S)
    delivered = [row.hex for row in way.live.sent if row.outcome == "delivered"]
    expect.equal(["01", "04"], delivered, "what the ledger calls delivered")
    expect.equal(delivered, [copy["data"] for copy in copies], "data")
    causes = [row.cause for row in way.live.sent if row.outcome == "lost"]
    expect.equal(2, len([cause for cause in causes if cause]), "losses with a cause")
    wallclock.wait_until(lambda: len(way.ends.messages("uldata")) > len(delivered), 0.5)
    expect.equal(2, len(way.ends.messages("uldata")), "copies although two gateways heard each")
