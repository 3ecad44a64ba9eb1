"""A fleet of Gizwits devices on show: an application listens over WebSocket, a person controls devices."""

from dataclasses import dataclass
from itertools import cycle
from typing import Any

from thingproof_scenarios.demo.board import Board
from thingproof_scenarios.demo.person import Person
from thingproof_scenarios.demo.playing import Demo, Turns
from thingproof_scenarios.gizwits_application import ApiError, GizwitsApplication
from thingproof_scenarios.gizwits_socket import GizwitsSocket
from thingproof_scenarios.live_fleet import live_fleet
from thingproof_scenarios.seeding import seed_fleet
from thingproof_scenarios.vendors.scenes import Ground
from thingproof_sim.api import Fault, FleetPlan, LiveFleet

FAULTS = (
    Fault("reboot", seconds=3.0),
    Fault("drop", until_s=20.0),
    Fault("delay", until_s=20.0, seconds=2.0),
    Fault("duplicate", until_s=20.0),
    Fault("corrupt", until_s=20.0),
)
"""What ``f`` injects, in turn, into one device after the other."""


@dataclass(slots=True)
class House:
    """The fleet, its person, and where they are."""

    address: str
    fleet: LiveFleet
    person: Person
    turns: Turns

    def look(self, board: Board) -> None:
        """Take over the devices' own values and states."""
        for device in self.fleet.devices:
            board.measured(device.name, device.values)
            board.online(device.name, device.online)

    def pause(self, paused: bool) -> str:
        """Stop the fleet's time or let it go on."""
        (self.fleet.pause if paused else self.fleet.resume)()
        return "paused" if paused else "goes on"

    def inject(self) -> tuple[str, str]:
        """Give the next device the next fault."""
        device, fault = next(self.turns)
        self.fleet.device(device).inject(fault)
        return device, fault.kind

    def act(self) -> tuple[str, str]:
        """The person sets a datapoint."""
        return self.person.act()


def show_house(ground: Ground, plan: FleetPlan, demo: Demo) -> House:
    """Seed the fleet, bring it online, and let an application listen."""
    seeded = seed_fleet(ground.control, plan)
    names = {device.did: device.name for device in seeded.devices}
    mqtt = ground.addresses["mqtt"]
    fleet = ground.stack.enter_context(
        live_fleet(plan, seeded.devices, mqtt, seed=ground.seed, on_event=demo.on_event)
    )
    application = GizwitsApplication(ground.addresses["url"], seeded.app_id)
    application.login(seeded.accounts[0].username, seeded.accounts[0].password)

    def on_message(command: str, data: dict[str, Any]) -> None:
        device = names.get(str(data.get("did")))
        if device is None:
            return
        if command == "s2c_noti":
            demo.board.reading(demo.at(), device, data.get("attrs") or {})
        elif command == "s2c_online_status":
            demo.board.event(demo.at(), device, "online" if data.get("online") else "offline in the cloud")

    socket = GizwitsSocket(
        ground.addresses["ws"],
        app_id=application.app_id,
        uid=application.uid,
        token=application.token,
        on_message=on_message,
    )
    ground.stack.enter_context(socket)
    for device in seeded.devices:
        demo.board.known(device.name, latest(application, device.did))
    turns = zip(cycle(device.name for device in plan.devices), cycle(FAULTS), strict=False)
    person = Person(application, seeded.devices, ground.seed)
    return House(ground.addresses["url"], fleet, person, turns)


def latest(application: GizwitsApplication, did: str) -> dict[str, Any]:
    """What the cloud knows of a device; nothing before its first report."""
    try:
        return application.latest(did)
    except ApiError:
        return {}
