"""``thingproof play``: a fleet and a platform in virtual time, and every command with its cause."""

import calendar
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from thingproof_conformance.control import ControlClient
from thingproof_scenarios.automations import Automations, make_automations
from thingproof_scenarios.durations import write_duration
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.gizwits_application import GizwitsApplication
from thingproof_scenarios.problems import Broken, Misuse
from thingproof_scenarios.seeding import Seeded, SeededDevice, connections, seed_fleet
from thingproof_scenarios.stage import launch
from thingproof_scenarios.terminal import pairs
from thingproof_sim.api import FleetPlan, LockStep, NotSettled
from thingproof_wire.frames.gizwits_p0 import decode_frame
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
"""How often the logs are read: they do not keep a command forever."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One command a device was sent."""

    at: float
    device: str
    cause: str
    source: str
    told: str


@dataclass(frozen=True, slots=True)
class Played:
    """What happened: commands in order, how many reports the cloud stored, and how long it took."""

    plan: FleetPlan
    seconds: float
    wall_s: float
    reports: int
    automations: dict[str, int]
    commands: list[Sent]

    def to_json(self) -> dict[str, Any]:
        """One object for machines; `at` is seconds since the epoch."""
        return {
            "fleet": self.plan.name,
            "simulated_s": self.seconds,
            "wall_s": round(self.wall_s, 3),
            "reports": self.reports,
            "automations": self.automations,
            "commands": [asdict(each) for each in self.commands],
        }


def parse_start(text: str) -> float:
    """`2026-11-16` or `2026-11-16T06:00` in UTC as epoch seconds.

    Raises:
        Misuse: no such moment.
    """
    for form in ("%Y-%m-%dT%H:%M", "%Y-%m-%d"):
        try:
            return float(calendar.timegm(time.strptime(text, form)))
        except ValueError:
            continue
    raise Misuse(f"--start: {text!r} is no moment", "write e.g. 2026-11-16 or 2026-11-16T06:00 (UTC)")


def play(fleet: str, *, seconds: float, start: float, seed: int, output: Console) -> Played:
    """Play a fleet with its automations against a platform whose clock it drives.

    Raises:
        Misuse: the fleet's file.
        Broken: the platform or a device stopped answering.
    """
    plan = read_fleet(fleet)
    began = perf_counter()
    with ExitStack() as stack:
        platform = stack.enter_context(launch(["--seed", str(seed), "--freeze-at", str(start)]))
        control = ControlClient(platform.info["control"]["url"], platform.info["control"]["token"])
        stack.callback(control.close)
        seeded = seed_fleet(control, plan)
        servers = platform.info["vendors"]["gizwits"]
        application = GizwitsApplication(str(servers["url"]), seeded.app_id)
        account = seeded.accounts[0]
        application.login(account.username, account.password)
        automations = make_automations(application, plan, seeded)
        stepper = stack.enter_context(
            LockStep(
                plan,
                seed=seed,
                connections=connections(seeded.devices, str(servers["mqtt"])),
                advance=control.advance,
                start=start,
            )
        )
        commands: list[Sent] = []
        for since in _days(stepper, start, seconds, output):
            commands += _commands(control, seeded, automations, since)
        reports = int(control.counters()["readings_stored"])
    return Played(plan, seconds, perf_counter() - began, reports, automations.counts, commands)


def _days(stepper: LockStep, start: float, seconds: float, output: Console) -> Iterator[float]:
    """Let the time pass and show how far it is; gives the beginning of each day that is over."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, console=output, transient=True, disable=not output.is_terminal) as progress:
        task = progress.add_task("playing", total=seconds)
        passed = day = 0.0
        while passed < seconds:
            step = min(HOUR_S, seconds - passed)
            try:
                stepper.run(step)
            except NotSettled as error:
                raise Broken(str(error)) from error
            passed += step
            progress.advance(task, step)
            if passed >= min(day + DAY_S, seconds):
                yield start + day
                day = passed


def _commands(control: ControlClient, seeded: Seeded, automations: Automations, since: float) -> list[Sent]:
    """Every command in the logs of the fleet's devices from a moment on, oldest first."""
    found = [
        Sent(
            row["at"],
            device.name,
            automations.told(row["cause"]) or "user",
            row["source"],
            _meaning(device, row["payload"]),
        )
        for device in seeded.devices
        for row in control.records("gizwits", device.did, since)
        if row["kind"] == "downlink"
    ]
    return sorted(found, key=lambda sent: (sent.at, sent.device))


def _meaning(device: SeededDevice, payload: str) -> str:
    """What a command tells the device: its data points and their values."""
    frame = decode_frame(bytes.fromhex(payload))
    values = Codec(Product.from_mapping(device.product)).decode_message(frame.payload).values or {}
    told = (
        f"{name} = {value.hex() if isinstance(value, bytes) else value}" for name, value in values.items()
    )
    return ", ".join(told) or payload


def show(played: Played, output: Console) -> None:
    """The result for people: the communication log's commands, each with its cause."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("time (UTC)", "device", "command", "source", "cause"):
        table.add_column(name)
    for sent in played.commands:
        moment = time.strftime("%a %Y-%m-%d %H:%M:%S", time.gmtime(sent.at))
        table.add_row(moment, sent.device, sent.told, sent.source, sent.cause)
    output.print(table)
    made = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in played.automations.items())
    pairs(
        output,
        [
            ("fleet", f"{played.plan.name}, {len(played.plan.devices)} devices; {made or 'no automations'}"),
            ("played", f"{write_duration(played.seconds)} in {write_duration(played.wall_s)}"),
            ("reports", str(played.reports)),
            ("commands", str(len(played.commands))),
        ],
    )
