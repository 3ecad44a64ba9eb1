"""``thingproof demo``: a house on a platform of its own, shown live."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import cycle
from time import perf_counter, sleep
from typing import Any

from rich.console import Console
from rich.live import Live

from thingproof_scenarios.demo.board import Board, DeviceRow
from thingproof_scenarios.demo.keys import Keys, key_presses
from thingproof_scenarios.demo.person import Person
from thingproof_scenarios.demo.view import PlainLines, Status, screen
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.gizwits_application import ApiError, GizwitsApplication
from thingproof_scenarios.gizwits_socket import GizwitsSocket
from thingproof_scenarios.plans import hurry
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.stage import Stage, open_stage
from thingproof_sim.api import Fault, FleetPlan, LiveFleet

TICK_S = 0.2
PERSON_EVERY_S = 2.0
FAULTS = (
    Fault("reboot", seconds=3.0),
    Fault("drop", until_s=20.0),
    Fault("delay", until_s=20.0, seconds=2.0),
    Fault("duplicate", until_s=20.0),
    Fault("corrupt", until_s=20.0),
)
"""What ``f`` injects, in turn, into one device after the other."""
QUIET = {"report", "uplink", "acknowledged"}
"""Trace lines that would bury the others; the readings show the same."""


@dataclass(slots=True)
class Demo:
    """A demo that runs: its board, and what the keys do."""

    board: Board
    began: float = field(default_factory=perf_counter)
    paused: bool = False
    stopped: bool = False
    names: dict[str, str] = field(default_factory=dict)
    """Device names by the cloud's ids."""
    next_fault: Any = None

    def at(self) -> float:
        """Seconds since the demo began."""
        return perf_counter() - self.began

    def on_event(self, _: float, device: str, what: str, fields: Mapping[str, Any]) -> None:
        """Something happened to a device, as the simulator tells it."""
        if what not in QUIET:
            told = ", ".join(f"{name} {value}" for name, value in fields.items() if name != "hex")
            self.board.event(self.at(), device, f"{what} {told}".rstrip())

    def on_message(self, command: str, data: dict[str, Any]) -> None:
        """Something arrived at the application."""
        device = self.names.get(str(data.get("did")))
        if device is None:
            return
        if command == "s2c_noti":
            self.board.reading(self.at(), device, data.get("attrs") or {})
        elif command == "s2c_online_status":
            self.board.event(self.at(), device, "online" if data.get("online") else "offline in the cloud")

    def look(self, fleet: LiveFleet) -> None:
        """Take over the devices' own values and states."""
        for device in fleet.devices:
            self.board.measured(device.name, device.values)
            self.board.online(device.name, device.online)

    def press(self, key: str, fleet: LiveFleet) -> None:
        """Do what a key stands for."""
        if key == "q":
            self.stopped = True
        elif key == "p":
            self.paused = not self.paused
            (fleet.pause if self.paused else fleet.resume)()
            self.board.event(self.at(), "demo", "paused" if self.paused else "goes on")
        elif key == "f":
            device, fault = next(self.next_fault)
            fleet.device(device).inject(fault)
            self.board.event(self.at(), device, f"fault injected: {fault.kind}")


def latest(application: GizwitsApplication, did: str) -> dict[str, Any]:
    """What the cloud knows of a device; nothing before its first report."""
    try:
        return application.latest(did)
    except ApiError:
        return {}


def turns(plan: FleetPlan) -> Any:
    """Devices and faults in turn, without end."""
    return zip(cycle(device.name for device in plan.devices), cycle(FAULTS), strict=False)


def watch(demo: Demo, stage: Stage, *, seconds: float | None, seed: int, keys: Keys, output: Console) -> None:
    """Refresh until the time is over or somebody presses q."""
    assert stage.fleet is not None
    person = Person(stage.application(), stage.seeded.devices, seed)
    plain = None if output.is_terminal else PlainLines(demo.board, output)

    def picture() -> Any:
        return screen(demo.board, Status(demo.at(), demo.paused, stage.address("url")), output)

    demo.look(stage.fleet)
    next_action = demo.at()
    with nullcontext() if plain else Live(picture(), console=output, screen=True, auto_refresh=False) as live:
        while not demo.stopped and (seconds is None or demo.at() < seconds):
            if not stage.platform.alive:
                raise Broken(f"the platform ended: {stage.platform.log().strip()[-400:]}")
            for key in keys.pressed():
                demo.press(key, stage.fleet)
            if not demo.paused and demo.at() >= next_action:
                demo.board.event(demo.at(), *person.act())
                next_action += PERSON_EVERY_S
            demo.look(stage.fleet)
            if plain:
                plain.print_new()
            elif live:
                live.update(picture(), refresh=True)
            sleep(TICK_S)


def run_demo(fleet: str, *, seconds: float | None, seed: int, speed: float, console: Console) -> None:
    """Show a fleet until the time is over, q or Ctrl-C."""
    plan = hurry(read_fleet(fleet), speed)
    rows = (
        DeviceRow(device.name, device.product, tuple(row.datapoint for row in device.behaviours))
        for device in plan.devices
    )
    demo = Demo(Board(rows), next_fault=turns(plan))
    console.print(f"starting the platform and {len(plan.devices)} devices ...")
    with open_stage(plan, seed=seed, on_event=demo.on_event) as stage, key_presses() as keys:
        demo.names = {device.did: device.name for device in stage.seeded.devices}
        application = stage.application()
        socket = GizwitsSocket(
            stage.address("ws"),
            app_id=application.app_id,
            uid=application.uid,
            token=application.token,
            on_message=demo.on_message,
        )
        with socket:
            for device in stage.seeded.devices:
                demo.board.known(device.name, latest(application, device.did))
            watch(demo, stage, seconds=seconds, seed=seed, keys=keys, output=console)
    board = demo.board
    console.print(f"{demo.at():.0f} s, {board.total_readings} readings, {board.total_events} events")
