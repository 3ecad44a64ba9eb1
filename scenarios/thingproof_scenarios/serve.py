"""``thingproof serve``: a cloud that is always there, with one account and one device online."""

import json
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from thingproof_conformance.control import ControlClient
from thingproof_conformance.launcher import Running
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.live_fleet import live_fleet
from thingproof_scenarios.problems import Broken, Misuse
from thingproof_scenarios.seeding import Seeded, seed_fleet
from thingproof_scenarios.stage import launch

HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the servers listen; 0 lets the system choose."""

    control: int = 8600
    http: int = 8610
    ws: int = 8611
    wss: int = 8612
    mqtt: int = 18830
    mqtts: int = 18831

    def arguments(self) -> list[str]:
        """The platform's options.

        Raises:
            Misuse: no port number, or the same one twice.
        """
        chosen: dict[int, str] = {}
        for field in fields(self):
            port = getattr(self, field.name)
            if not 0 <= port <= HIGHEST_PORT:
                raise Misuse(f"--{field.name}-port: {port} is no port", f"give 0 to {HIGHEST_PORT}")
            if port and port in chosen:
                raise Misuse(
                    f"--{field.name}-port: {port} is already the {chosen[port]} port",
                    "give each server its own",
                )
            chosen[port] = field.name
        return [
            part
            for field in fields(self)
            for part in (f"--{field.name}-port", str(getattr(self, field.name)))
        ]


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What to serve.

    Attributes:
        host: the address to listen on.
        ports: the ports.
        fleet: the fleet that is seeded and online; None for an empty platform.
        seed: root of the random streams.
        platform: more options of the platform, as written on its command line.
    """

    host: str
    ports: Ports
    fleet: str | None
    seed: int
    platform: tuple[str, ...] = ()


def platform_options(data_dir: Path | None, durability: str | None, broker: str | None) -> tuple[str, ...]:
    """The options that are handed on to the platform."""
    options = {"--data-dir": data_dir, "--durability": durability, "--broker": broker}
    return tuple(part for name, value in options.items() if value is not None for part in (name, str(value)))


def description(info: dict[str, Any], seeded: Seeded | None) -> dict[str, Any]:
    """The one JSON object of ``serve --json``; it is a valid target file as well."""
    addresses = info["vendors"]["gizwits"]
    vendor = {name: addresses[name] for name in ("url", "ws", "mqtt")}
    if seeded is not None:
        account = seeded.accounts[0]
        vendor |= {
            "app_id": seeded.app_id,
            "app_secret": seeded.app_secret,
            "username": account.username,
            "password": account.password,
            "device": seeded.devices[0].did,
        }
    return {"control": info["control"], "vendors": {"gizwits": vendor}}


def curl_example(described: dict[str, Any]) -> str:
    """A command that works at once."""
    vendor = described["vendors"]["gizwits"]
    if "device" not in vendor:
        return f"curl {vendor['url']}/status"
    return (
        f"curl -H 'X-Gizwits-Application-Id: {vendor['app_id']}' "
        f"{vendor['url']}/app/devdata/{vendor['device']}/latest"
    )


def show(described: dict[str, Any], console: Console) -> None:
    """Addresses and credentials for people."""
    vendor = described["vendors"]["gizwits"]
    table = Table.grid(padding=(0, 2))
    rows = [("control", described["control"]["url"]), ("control token", described["control"]["token"])]
    for name, value in [*rows, *((f"gizwits {name}", value) for name, value in vendor.items())]:
        table.add_row(name, value)
    console.print(Panel(table, title="thingproof serve", title_align="left", expand=False))
    console.print("Try it:")
    console.print(curl_example(described), soft_wrap=True, highlight=False, markup=False)
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
    plan = None if options.fleet is None else read_fleet(options.fleet)
    arguments = ["--host", options.host, *options.ports.arguments(), "--seed", str(options.seed)]
    with ExitStack() as stack:
        platform = stack.enter_context(launch([*arguments, *options.platform]))
        seeded = None
        if plan is not None:
            control = ControlClient(platform.info["control"]["url"], platform.info["control"]["token"])
            stack.callback(control.close)
            seeded = seed_fleet(control, plan)
            mqtt = platform.info["vendors"]["gizwits"]["mqtt"]
            stack.enter_context(live_fleet(plan, seeded.devices, mqtt, seed=options.seed))
        described = description(platform.info, seeded)
        if as_json:
            print(json.dumps(described), flush=True)
        else:
            show(described, console)
        wait_for_the_end(platform)
