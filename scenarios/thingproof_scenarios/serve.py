"""``thingproof serve``: clouds that are always there, each with one of everything and one device online."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from thingproof_conformance.control import ControlClient
from thingproof_conformance.launcher import Running
from thingproof_contracts import VENDORS
from thingproof_scenarios.problems import Broken, Misuse
from thingproof_scenarios.stage import launch
from thingproof_scenarios.vendors import player, scenes
from thingproof_scenarios.vendors.scenes import Ground

CONTROL_PORT = 8600
FIRST_PORTS = {"http": 8610, "ws": 8611, "wss": 8612, "mqtt": 18830, "mqtts": 18831}
"""Where the first vendor listens; each further one `PORT_STEP` above the one before."""
PORT_STEP = 10


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What to serve.

    Attributes:
        host: the address to listen on.
        control_port: where the control surface listens.
        ports: ``VENDOR.SERVER=PORT`` as written on the command line; they replace the usual ports.
        any_ports: any free port for whatever has none in `ports`.
        vendors: which clouds.
        fleets: the fleet that each vendor brings online, by vendor; vendors without one are left empty.
        seed: root of the random streams.
        platform: more options of the platform, as written on its command line.
    """

    host: str
    control_port: int
    ports: tuple[str, ...]
    any_ports: bool
    vendors: tuple[str, ...]
    fleets: dict[str, str]
    seed: int
    platform: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """The platform's options; what is wrong with a port the platform says itself."""
        given = {text.partition("=")[0] for text in self.ports}
        usual = [] if self.any_ports else [row for row in usual_ports(self.vendors) if row[0] not in given]
        words = ["--host", self.host, "--control-port", str(self.control_port), "--seed", str(self.seed)]
        words += ["--vendors", ",".join(self.vendors)]
        for text in (*self.ports, *(f"{name}={port}" for name, port in usual)):
            words += ["--port", text]
        return [*words, *self.platform]


def usual_ports(vendors: tuple[str, ...]) -> list[tuple[str, int]]:
    """The ports of some vendors, the same however many are served: (``gizwits.http``, 8610) and so on."""
    return [
        (f"{vendor}.{server}", port + PORT_STEP * number)
        for number, vendor in enumerate(VENDORS)
        if vendor in vendors
        for server, port in FIRST_PORTS.items()
    ]


def platform_options(
    data_dir: Path | None, durability: str | None, broker: str | None, switches: list[str]
) -> tuple[str, ...]:
    """The options that are handed on to the platform."""
    options = [("--data-dir", data_dir), ("--durability", durability), ("--broker", broker)]
    options += [("--switch", text) for text in switches]
    return tuple(part for name, value in options if value is not None for part in (name, str(value)))


def fleets_of(vendors: Sequence[str], named: Sequence[str]) -> dict[str, str]:
    """The fleet of each vendor: a named one goes to the vendor that plays its devices.

    Raises:
        Misuse: a fleet's file, or two fleets for one vendor.
    """
    fleets = {vendor: scenes(vendor).fleet for vendor in vendors}
    players: dict[str, str] = {}
    for name in named:
        vendor = player(name)
        if vendor not in vendors:
            raise Misuse(f"--fleet {name}: its devices speak to {vendor}", f"add --vendor {vendor}")
        if vendor in players:
            raise Misuse(f"--fleet {name}: {vendor} already plays {players[vendor]}", "name one of them")
        fleets[vendor] = players[vendor] = name
    return fleets


def description(info: dict[str, Any], ready: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The one JSON object of ``serve --json``; it is a valid target file as well."""
    vendors = {
        name: {kind: addresses[kind] for kind in scenes(name).printed if kind in addresses}
        | ready.get(name, {})
        for name, addresses in info["vendors"].items()
    }
    return {"control": info["control"], "vendors": vendors}


def show(described: dict[str, Any], console: Console) -> None:
    """Addresses and credentials for people."""
    table = Table.grid(padding=(0, 2))
    rows = [("control", described["control"]["url"]), ("control token", described["control"]["token"])]
    for vendor, values in described["vendors"].items():
        rows += [("", ""), *((f"{vendor} {name}", value) for name, value in values.items())]
    for name, value in rows:
        table.add_row(name, value)
    console.print(Panel(table, title="thingproof serve", title_align="left", expand=False))
    console.print("Try it:")
    for vendor, values in described["vendors"].items():
        console.print(scenes(vendor).example(values), soft_wrap=True, highlight=False, markup=False)
    console.print("Ctrl-C stops everything.")


def wait_for_the_end(platform: Running) -> None:
    """Stay in the foreground until Ctrl-C.

    Raises:
        Broken: the platform ended by itself.
    """
    code = platform.process.wait()
    raise Broken(f"the platform ended with exit code {code}: {platform.log().strip()[-400:]}")


def serve(options: ServeOptions, *, as_json: bool, console: Console) -> None:
    """Start, say where, stay until interrupted."""
    with ExitStack() as stack:
        platform = stack.enter_context(launch(options.arguments()))
        control = ControlClient(platform.info["control"]["url"], platform.info["control"]["token"])
        stack.callback(control.close)
        ready = {
            vendor: scenes(vendor).ready(
                Ground(control, platform.info["vendors"][vendor], options.seed, stack), fleet
            )
            for vendor, fleet in options.fleets.items()
        }
        described = description(platform.info, ready)
        if as_json:
            print(json.dumps(described), flush=True)
        else:
            show(described, console)
        wait_for_the_end(platform)
