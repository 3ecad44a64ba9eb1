"""Every transition of a device's connection, from the state table (gizwits.md:764, 1367)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import events, expect, states
from thingproof_conformance.cases import case
from thingproof_conformance.events import Expected
from thingproof_conformance.suites.gizwits.broker import ACCEPTED, connect
from thingproof_conformance.suites.gizwits.products import EXTENDED
from thingproof_conformance.suites.gizwits.steps import await_offline, await_online, details

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.states import Walk
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User
    from thingproof_sim.api import LiveDevice

LOG = "gizwits.devices.raw_data"
RECORD = "gizwits.event.record"


@dataclass(frozen=True)
class Connection:
    """A device that is there, and what may happen to its connection."""

    gizwits: GizwitsTarget
    control: ControlClient
    user: User
    device: Device
    live: LiveDevice

    def cause(self, event: str) -> None:
        """Cause an event of the table."""
        if event == "connection lost":
            self.control.freeze()
            self.live.disconnect(clean=False)
        elif event == "offline process completes":
            await_offline(self.gizwits, self.control, self.user, self.device)
        elif event == "login (takeover)":
            did, address = self.device.did, self.gizwits.part.mqtt
            connection, code = connect(address, did, did, self.device.passcode)
            self.gizwits.close_later(connection.close)
            expect.equal(ACCEPTED, code, "the answer to the second login")
        else:
            self.live.reconnect()
            self.live.wait_online()


@case(
    LOG,
    kind="state",
    events=("record.dev_online", "record.dev_re_online", "record.dev_offline"),
    needs=("seed", "hardware", "clock"),
)
@pytest.mark.documented
@states.parametrize("gizwits", "device_connection", start="offline")
def test_raw_data__walks(gizwits: GizwitsTarget, control: ControlClient, walk: Walk) -> None:
    """Offline, online, leaving and back: the records and is_online follow."""
    user, device = gizwits.bound(gizwits.new_product(EXTENDED))
    connection = Connection(gizwits, control, user, device, gizwits.hardware(device))
    await_online(gizwits, user, device)
    for step in walk[1:]:
        connection.cause(step.event)
    wanted = [Expected(f"{RECORD}.{step.row['record']}") for step in walk if step.row["record"]]
    events.watch(lambda: gizwits.log(user, device, kind="online"), *wanted, others=False)
    online = walk[-1].target != "offline"
    expect.equal(online, details(gizwits, user, device)["is_online"], "is_online")
