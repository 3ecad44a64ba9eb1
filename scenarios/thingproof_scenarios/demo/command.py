"""``thingproof demo``: a fleet on a platform of its own, shown live."""

from contextlib import ExitStack, nullcontext
from time import perf_counter, sleep
from typing import Any

from rich.console import Console
from rich.live import Live

from thingproof_conformance.control import ControlClient
from thingproof_conformance.launcher import Running
from thingproof_scenarios.demo.board import Board, DeviceRow
from thingproof_scenarios.demo.keys import Keys, key_presses
from thingproof_scenarios.demo.playing import Demo, Shown
from thingproof_scenarios.demo.view import PlainLines, Status, screen
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.plans import hurry
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.stage import launch
from thingproof_scenarios.vendors import player, scenes
from thingproof_scenarios.vendors.scenes import Ground
from thingproof_sim.api import DevicePlan, FleetPlan, LoraDevicePlan

TICK_S = 0.2
PERSON_EVERY_S = 2.0


def rows(plan: FleetPlan) -> list[DeviceRow]:
    """One row a device, whatever radio it has."""
    devices: list[DevicePlan | LoraDevicePlan] = [*plan.devices]
    if plan.lora is not None:
        devices += plan.lora.devices
    return [
        DeviceRow(device.name, device.product, tuple(row.datapoint for row in device.behaviours))
        for device in devices
    ]


def watch(
    demo: Demo, shown: Shown, platform: Running, *, seconds: float | None, keys: Keys, output: Console
) -> None:
    """Refresh until the time is over or somebody presses q."""
    plain = None if output.is_terminal else PlainLines(demo.board, output)

    def picture() -> Any:
        return screen(demo.board, Status(demo.at(), demo.paused, shown.address), output)

    shown.look(demo.board)
    next_action = demo.at()
    end = None if seconds is None else demo.at() + seconds
    with nullcontext() if plain else Live(picture(), console=output, screen=True, auto_refresh=False) as live:
        while not demo.stopped and (end is None or demo.at() < end):
            if not platform.alive:
                raise Broken(f"the platform ended: {platform.log().strip()[-400:]}")
            for key in keys.pressed():
                demo.press(key, shown)
            if not demo.paused and demo.at() >= next_action:
                demo.board.event(demo.at(), *shown.act())
                next_action += PERSON_EVERY_S
            shown.look(demo.board)
            if plain:
                plain.print_new()
            elif live:
                live.update(picture(), refresh=True)
            sleep(TICK_S)


def run_demo(fleet: str, *, seconds: float | None, seed: int, speed: float, console: Console) -> None:
    """Show a fleet until the time is over, q or Ctrl-C. LoRa fleets live at their own speed."""
    vendor = player(fleet)
    plan = hurry(read_fleet(fleet), speed)
    demo = Demo(Board(rows(plan)))
    console.print(f"starting the platform and {len(demo.board.rows)} devices ...")
    with ExitStack() as stack:
        platform = stack.enter_context(launch(["--seed", str(seed), "--vendors", vendor]))
        control = ControlClient(platform.info["control"]["url"], platform.info["control"]["token"])
        stack.callback(control.close)
        demo.began = perf_counter()
        ground = Ground(control, platform.info["vendors"][vendor], seed, stack)
        shown = scenes(vendor).show(ground, plan, demo)
        keys = stack.enter_context(key_presses())
        watch(demo, shown, platform, seconds=seconds, keys=keys, output=console)
    board = demo.board
    console.print(f"{demo.at():.0f} s, {board.total_readings} readings, {board.total_events} events")
