"""Central devices and their sub-devices: one link, several machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_sim import api
from thingproof_sim.devices.central import Links
from thingproof_sim.devices.machine import Device, Identity, Surroundings
from thingproof_sim.kernel.clock import SteppedClock
from thingproof_sim.kernel.ledger import Ledger
from thingproof_sim.kernel.trace import Trace
from thingproof_sim.tests.builders import RecordingPort
from thingproof_wire.frames.gizwits_p0 import Action, Command, Frame, encode_frame
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product

if TYPE_CHECKING:
    from pathlib import Path

PRODUCT = api.product("air_conditioner")
READ = encode_frame(Frame(Command.APP_TO_DEVICE, bytes([Action.READ])))
PLANS = tuple(
    api.DevicePlan(
        name, "air", f"02000000000{number}", report_interval_s=0.0, radio=api.QUICK_WIFI, parent=parent
    )
    for number, (name, parent) in enumerate((("hub", ""), ("lamp", "hub"), ("lock", "hub")))
)
FLEET = api.FleetPlan("home", {"air": PRODUCT}, PLANS)


class _Link(RecordingPort):
    """A recorded link that knows whom it serves."""

    served: Any = None

    def serve(self, device: Any) -> None:
        """Whom the link belongs to."""
        self.served = device


class Home:
    """A central device with two sub-devices over one recorded link; DIDs are did-<name>."""

    def __init__(self) -> None:
        self.clock = SteppedClock(1000.0)
        self.link = _Link()
        self.ledger = Ledger()
        links = Links(FLEET, self.clock, lambda _: self.link)
        surroundings = Surroundings(self.clock, 1, self.ledger, Trace())
        codec = Codec(Product.from_mapping(PRODUCT))
        self.devices: dict[str, Device] = {}
        for plan in PLANS:
            identity = Identity(f"did-{plan.name}", "secret", "key")
            device = Device(plan, identity, codec, surroundings, links.port(plan, identity.did))
            links.serve(device)
            self.devices[plan.name] = device

    def pass_time(self, seconds: float) -> None:
        """Let the clock go on."""
        self.clock.step_to(self.clock.now() + seconds)
        self.clock.step_to(self.clock.now() + 0.1)

    def log_in(self) -> None:
        """Everybody on, the link open, first reports acknowledged."""
        for device in self.devices.values():
            device.power_on()
        for _ in range(10):
            self.pass_time(0.1)
        self.link.served.connected()
        for _ in range(3):
            self.pass_time(0.1)

    def sent(self) -> list[tuple[str, int]]:
        """Topics and tokens of what left since the last look; all of it is acknowledged."""
        sent = [(topic, token) for topic, _, token in self.link.take("publish")]
        for _, token in sent:
            self.link.served.acknowledged(token)
        return sent


def states(home: Home) -> list[str]:
    """Where each device stands."""
    return [str(device.state) for device in home.devices.values()]


def test_everybody_comes_online_over_one_login() -> None:
    """One connection; each device reports under its own DID, with tokens nobody shares."""
    home = Home()
    home.log_in()
    assert home.link.take("connect") == [None]
    assert home.link.served.sub_devices == ("did-lamp", "did-lock")
    assert states(home) == ["online"] * 3
    sent = home.sent()
    assert sorted(topic for topic, _ in sent) == ["dev2app/did-hub", "dev2app/did-lamp", "dev2app/did-lock"]
    assert len({token for _, token in sent}) == 3
    assert [device.counters.queued for device in home.devices.values()] == [0, 0, 0]


def test_without_the_central_device_nobody_is_online() -> None:
    """Sub-devices wait for it however long."""
    home = Home()
    home.devices["lamp"].power_on()
    for _ in range(100):
        home.pass_time(1.0)
    assert home.link.take("connect") == []
    assert states(home) == ["off", "connecting", "off"]


@pytest.mark.parametrize("how", ["lost", "off"])
def test_sub_devices_fall_with_the_central_device_and_say_so(how: str) -> None:
    """Reports made meanwhile wait, with their cause in the ledger, and leave when it is back."""
    home = Home()
    home.log_in()
    home.sent()
    if how == "lost":
        home.link.served.link_lost("broker gone")
    else:
        home.devices["hub"].power_off()
    home.devices["lamp"].set_value("set_temp", 30)
    assert home.devices["lamp"].online is False
    assert list(home.ledger.of("lamp", "link"))[-1].cause == "central device offline"
    entry = list(home.ledger.of("lamp", "report"))[-1]
    assert (entry.outcome, entry.cause) == ("queued", "late: central device offline")
    home.devices["hub"].power_on()
    for _ in range(50):
        home.pass_time(0.2)
    home.link.served.connected()
    for _ in range(3):
        home.pass_time(0.1)
    assert states(home) == ["online"] * 3
    home.sent()
    assert (entry.outcome, entry.cause) == ("acknowledged", "late: central device offline")


def test_a_downlink_reaches_the_device_of_its_topic() -> None:
    """The other devices of the link do not see it; the answer carries the sub-device's DID."""
    home = Home()
    home.log_in()
    home.sent()
    home.link.served.message("app2dev/did-lock/usr1", READ)
    home.pass_time(0.1)
    assert [device.counters.commands for device in home.devices.values()] == [0, 0, 1]
    assert [topic for topic, _ in home.sent()] == ["dev2app/did-lock/usr1"]


def test_a_sub_device_that_is_off_leaves_the_others_alone() -> None:
    """The link stays, and frames for it are lost."""
    home = Home()
    home.log_in()
    home.sent()
    home.devices["lamp"].power_off()
    home.link.served.message("app2dev/did-lamp/usr1", READ)
    assert states(home) == ["online", "off", "online"]
    assert home.link.take("disconnect") == []
    assert home.devices["lamp"].counters.commands == 0


def test_simulated_homes_repeat_themselves() -> None:
    """In simulated time the sub-devices deliver as everybody does, the same way for the same seed."""
    first = api.simulate(FLEET, seed=7, duration_s=600.0)
    assert first.trace_hash == api.simulate(FLEET, seed=7, duration_s=600.0).trace_hash
    assert first.trace_hash != api.simulate(FLEET, seed=8, duration_s=600.0).trace_hash
    assert first.delivered == first.reports == 3


def write(folder: Path, devices: str) -> Path:
    """A fleet file."""
    path = folder / "fleet.yaml"
    path.write_text(f"name: home\nproducts: {{air: air_conditioner}}\ndevices:\n{devices}")
    return path


def test_fleets_name_the_central_device(tmp_path: Path) -> None:
    """`parent` names a device further up; addresses of the site's own devices are taken as they are."""
    lines = (
        "- {name: hub, product: air, mac: 'virtual:site'}\n"
        "- {name: lamp, product: air, parent: hub, count: 2}\n"
    )
    plan = api.load_fleet(write(tmp_path, lines))
    assert [device.parent for device in plan.devices] == ["", "hub", "hub"]
    assert plan.devices[0].mac == "virtual:site"


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ("- {name: lamp, product: air, parent: hub}\n- {name: hub, product: air}\n", "put it first"),
        ("- {name: hub, product: air}\n- {name: lamp, product: air, parent: attic}\n", "attic"),
        (
            (
                "- {name: hub, product: air}\n- {name: lamp, product: air, parent: hub}\n"
                "- {name: bulb, product: air, parent: lamp}\n"
            ),
            "lamp",
        ),
    ],
    ids=["below", "unknown", "chain"],
)
def test_fleets_with_impossible_parents_are_refused(tmp_path: Path, lines: str, named: str) -> None:
    """The message says what is wrong."""
    with pytest.raises(api.FleetError, match=named):
        api.load_fleet(write(tmp_path, lines))
