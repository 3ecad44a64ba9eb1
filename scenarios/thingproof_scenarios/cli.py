"""The command line: ``thingproof COMMAND``. Each command only collects options; the work is done elsewhere.

Exit codes: 0 success, 1 findings, 2 misuse; ``check`` has its own (0 1 2 3 4 6).
"""
# ruff: noqa: PLC0415, PLR0917 - a command imports what it needs when it runs, so that --help stays quick;
# typer calls commands by keyword, so their many parameters are no danger

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from thingproof_conformance.verdicts import Inconclusive
from thingproof_scenarios.children import end_on_signals
from thingproof_scenarios.durations import parse_duration
from thingproof_scenarios.problems import Broken, Misuse, known_vendor
from thingproof_scenarios.terminal import console

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Hardware simulator, reference platform and conformance test harness for IoT clouds.",
)

DEFAULT_OUT = Path("thingproof-report")
INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended."""

Seed = Annotated[int, typer.Option("--seed", help="Root of every random stream: same seed, same run.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the results.")]
Target = Annotated[
    Path | None,
    typer.Option("--target", metavar="FILE", help="A running server's target file; default: embedded."),
]
Parallel = Annotated[str, typer.Option("-n", "--workers", help="Conformance workers: a number or auto.")]
Fleet = Annotated[str, typer.Option("--fleet", help="Fleet file, or the name of a packaged one.")]
Vendors = Annotated[
    list[str] | None, typer.Option("--vendor", help="This vendor only; repeatable. Default: all.")
]


def print_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        from importlib.metadata import version

        print(f"thingproof {version('thingproof')}")
        raise typer.Exit


@app.callback()
def options_of_all(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hardware simulator, reference platform and conformance test harness for IoT clouds."""


@app.command()
def run(
    out: Out = DEFAULT_OUT,
    vendor: Vendors = None,
    seed: Seed = 7,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Put a defect into the platform, e.g. drop_field:gizwits.users.login:expire_at."),
    ] = None,
    load_for: Annotated[str, typer.Option("--load-for", help="Length of each vendor's load.")] = "8s",
    users: Annotated[int, typer.Option(min=1, help="People of each vendor's load.")] = 20,
    workers: Parallel = "auto",
    alluredir: Annotated[Path | None, typer.Option(help="Write Allure results as well.")] = None,
) -> None:
    """Platform, live fleets, whole conformance suites, load and report: the main job."""
    from thingproof_scenarios.main_job import JobOptions, run_job
    from thingproof_scenarios.vendors import chosen

    options = JobOptions(
        out=out,
        vendors=chosen(vendor or ()),
        seed=seed,
        faults=tuple(fault or ()),
        load_seconds=parse_duration(load_for, "--load-for"),
        users=users,
        workers=workers,
        alluredir=alluredir,
    )
    raise typer.Exit(run_job(options, console()))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    vendor: Vendors = None,
    control_port: Annotated[
        int | None, typer.Option(help="Test control surface; 8600 unless any port will do.")
    ] = None,
    port: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR.SERVER=PORT", help="Instead of the usual port; repeatable."),
    ] = None,
    any_ports: Annotated[bool, typer.Option("--any-ports", help="Any free port for every server.")] = False,
    fleet: Annotated[
        list[str] | None, typer.Option(help="Fleet to bring online instead of one device; repeatable.")
    ] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Seed nothing.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Keep everything in this folder.")] = None,
    durability: Annotated[str | None, typer.Option(help="group (default) or fast; with --data-dir.")] = None,
    broker: Annotated[str | None, typer.Option(help="embedded, mosquitto or an mqtt:// address.")] = None,
    switch: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR.NAME=VALUE", help="Tell a vendor something of its own; repeatable."),
    ] = None,
    seed: Seed = 7,
    as_json: Json = False,
) -> None:
    """Clouds in the foreground, each with an account and one device online. Port 0 means any free port."""
    from thingproof_scenarios.serve import CONTROL_PORT, ServeOptions, fleets_of, platform_options, serve
    from thingproof_scenarios.vendors import chosen

    vendors = chosen(vendor or ())
    usual_control = 0 if any_ports else CONTROL_PORT
    options = ServeOptions(
        host=host,
        control_port=usual_control if control_port is None else control_port,
        ports=tuple(port or ()),
        any_ports=any_ports,
        vendors=vendors,
        fleets={} if empty else fleets_of(vendors, fleet or ()),
        seed=seed,
        platform=platform_options(data_dir, durability, broker, switch or []),
    )
    try:
        serve(options, as_json=as_json, console=console())
    except KeyboardInterrupt:
        raise typer.Exit from None


@app.command()
def demo(
    fleet: Fleet = "fleets/house.yaml",
    duration: Annotated[str | None, typer.Option("--for", help="End after this time, e.g. 30s.")] = None,
    speed: Annotated[
        float, typer.Option(min=0.1, help="How much faster a house lives than a real one.")
    ] = 10.0,
    seed: Seed = 7,
) -> None:
    """Watch devices, readings and events live. Keys: p pause, f inject a fault, q quit."""
    from thingproof_scenarios.demo.command import run_demo

    seconds = None if duration is None else parse_duration(duration, "--for")
    try:
        run_demo(fleet, seconds=seconds, seed=seed, speed=speed, console=console())
    except KeyboardInterrupt:
        raise typer.Exit from None


@app.command()
def check(
    target: Target = None,
    vendor: Vendors = None,
    strict: Annotated[bool, typer.Option("--strict", help="Accept only the decided readings.")] = False,
    reading: Annotated[
        list[str] | None, typer.Option(help="Ask for another reading of a contradiction: ID=b; repeatable.")
    ] = None,
    seed: Seed = 7,
    replay: Annotated[str | None, typer.Option(help="Judge one case again, by its id.")] = None,
    workers: Parallel = "auto",
    out: Out = DEFAULT_OUT,
    alluredir: Annotated[Path | None, typer.Option(help="Write Allure results as well.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit file as well.")] = None,
    as_json: Json = False,
) -> None:
    """Judge a server. Exit 0 conformant, 1 not, 2 misuse, 3 unreachable, 4 harness failed, 6 partial."""
    from thingproof_scenarios.checking import CheckRequest, run_check

    request = CheckRequest(
        target=target,
        vendors=tuple(known_vendor(name) for name in vendor or ()),
        strict=strict,
        readings=tuple(reading or ()),
        seed=seed,
        replay=replay,
        workers=workers,
        out=out,
        alluredir=alluredir,
        junit=junit,
    )
    raise typer.Exit(run_check(request, as_json=as_json, console=console()))


@app.command()
def defects(
    vendor: Vendors = None,
    only: Annotated[list[str] | None, typer.Option(help="This defect only; repeatable.")] = None,
    class_: Annotated[list[str] | None, typer.Option("--class", help="This class only; repeatable.")] = None,
    workers: Annotated[int, typer.Option("-n", "--workers", min=0, help="At a time; 0: one a core.")] = 0,
    as_json: Json = False,
) -> None:
    """Switch every defect of the platform on, one at a time: does a case fail? Exit 1 when one is missed."""
    from thingproof_scenarios.strength import Wanted, run_defects
    from thingproof_scenarios.vendors import chosen

    wanted = Wanted(chosen(vendor or ()), tuple(only or ()), tuple(class_ or ()))
    raise typer.Exit(run_defects(wanted, workers, as_json=as_json, output=console()))


@app.command()
def fuzz(
    vendor: Vendors = None,
    examples: Annotated[int, typer.Option(min=1, help="Requests for each operation.")] = 30,
    operation: Annotated[str | None, typer.Option(help="This operation only, by its id.")] = None,
    seed: Seed = 7,
) -> None:
    """Schemathesis looks for 5xx and answers outside of the contract. Exit 1 when it finds one."""
    from thingproof_scenarios.fuzzing import Fuzz, run_fuzz, vendors_of

    codes = [
        run_fuzz(Fuzz(name, examples, seed, operation), console())
        for name in vendors_of(vendor or (), operation)
    ]
    raise typer.Exit(max(codes))


@app.command()
def load(
    vendor: Vendors = None,
    users: Annotated[int, typer.Option(min=1, help="People: application users, operators.")] = 20,
    devices: Annotated[int, typer.Option(min=0, help="Hardware: devices, gateways.")] = 10,
    duration: Annotated[str, typer.Option("--for", help="How long, for each vendor.")] = "15s",
    workers: Annotated[int, typer.Option(min=0, help="Locust workers under a master; 0: one process.")] = 0,
    target: Target = None,
    seed: Seed = 7,
    as_json: Json = False,
) -> None:
    """Load by locust: people over HTTP, devices and gateways over MQTT. Exit 1 when a request failed."""
    from thingproof_scenarios.load.plan import Crowd
    from thingproof_scenarios.load_command import LoadRequest, run_load_command

    request = LoadRequest(
        vendors=tuple(known_vendor(name) for name in vendor or ()),
        crowd=Crowd(users, devices, workers),
        seconds=parse_duration(duration, "--for"),
        target=target,
        seed=seed,
    )
    raise typer.Exit(run_load_command(request, as_json=as_json, output=console()))


@app.command()
def simulate(
    fleet: Annotated[str, typer.Argument(help="Fleet file, or the name of a packaged one.")],
    duration: Annotated[str, typer.Option("--for", help="Simulated time, e.g. 24h.")] = "24h",
    seed: Seed = 7,
    trace: Annotated[Path | None, typer.Option(help="Write every event to this file.")] = None,
    pcap: Annotated[Path | None, typer.Option(help="LoRa: write every frame to this capture file.")] = None,
    engine: Annotated[str, typer.Option(help="LoRa: events, or sweep for the air alone.")] = "events",
    as_json: Json = False,
) -> None:
    """Play a fleet as fast as possible. The same seed and fleet give the same trace hash."""
    from thingproof_scenarios.simulation import Wanted, play, show

    wanted = Wanted(parse_duration(duration, "--for"), seed, trace, pcap, engine)
    played = play(fleet, wanted)
    if as_json:
        print(json.dumps(played.to_json()))
    else:
        show(played, console())


@app.command()
def play(
    fleet: Annotated[str, typer.Argument(help="Fleet file, or the name of a packaged one.")],
    duration: Annotated[str, typer.Option("--for", help="Virtual time, e.g. 8d.")] = "24h",
    start: Annotated[str, typer.Option("--start", help="The day it begins, UTC.")] = "2026-11-16",
    seed: Seed = 7,
    as_json: Json = False,
) -> None:
    """Play a fleet against the platform in virtual time; every command of the log with its cause."""
    from thingproof_scenarios.playing import parse_start, play, show

    played = play(
        fleet,
        seconds=parse_duration(duration, "--for"),
        start=parse_start(start),
        seed=seed,
        output=console(),
    )
    if as_json:
        print(json.dumps(played.to_json()))
    else:
        show(played, console())


@app.command()
def decode(
    form: Annotated[
        str,
        typer.Argument(metavar="FORMAT", help="gizwits, lorawan, semtech (a datagram) or zigbee (with FCS)."),
    ],
    frame: Annotated[str, typer.Argument(metavar="HEX", help="The frame's bytes.")],
    product: Annotated[str | None, typer.Option(help="Product file or profile, for datapoints.")] = None,
    nwk_s_key: Annotated[str | None, typer.Option(help="LoRaWAN: checks data, opens FPort 0.")] = None,
    app_s_key: Annotated[str | None, typer.Option(help="LoRaWAN: opens application payloads.")] = None,
    app_key: Annotated[str | None, typer.Option(help="LoRaWAN: opens and checks join messages.")] = None,
    network_key: Annotated[str | None, typer.Option(help="Zigbee: opens frames of the network.")] = None,
    link_key: Annotated[str | None, typer.Option(help="Zigbee: if not the well-known one.")] = None,
    as_json: Json = False,
) -> None:
    """Explain every byte of a frame. Exit 1 for a broken frame or a wrong MIC."""
    from thingproof_scenarios.decoding import Aids, explain, show

    explanation = explain(form, frame, Aids(product, nwk_s_key, app_s_key, app_key, network_key, link_key))
    if as_json:
        print(json.dumps(explanation.to_json(), ensure_ascii=False))
    else:
        show(explanation, console())
    if explanation.problem:
        if not as_json:
            print(f"thingproof: broken frame: {explanation.problem}", file=sys.stderr)
        raise typer.Exit(1)


@app.command()
def report(
    run_file: Annotated[Path, typer.Argument(metavar="RUN.ndjson", help="Event stream of a run.")],
    out: Out = DEFAULT_OUT,
) -> None:
    """Write report.html, report.json and junit.xml from a run's event stream."""
    from thingproof_scenarios.reporting import write_reports

    for path in write_reports(run_file, out):
        print(path)


@app.command()
def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Seconds instead of a minute, less exact.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="This section only; repeatable.")] = None,
    sections: Annotated[bool, typer.Option("--list", help="Name the sections and end.")] = False,
    seed: Seed = 7,
    as_json: Json = False,
) -> None:
    """Measure codec, HTTP, MQTT, connections, simulation, LoRa; ratios, in one run."""
    from thingproof_scenarios.bench.command import chosen, list_sections, run_bench

    if sections:
        list_sections(console())
        raise typer.Exit
    run_bench(chosen(only or ()), quick=quick, seed=seed, as_json=as_json, output=console())


@app.command()
def durability(
    kills: Annotated[int, typer.Option(min=1, help="How often to kill.")] = 10,
    kill: Annotated[str, typer.Option(help="platform, or broker (needs mosquitto).")] = "platform",
    devices: Annotated[int, typer.Option(min=1, help="Devices that report meanwhile.")] = 50,
    seed: Seed = 7,
    as_json: Json = False,
) -> None:
    """SIGKILL the platform or its broker while devices report; exit 1 when something acknowledged is lost."""
    from thingproof_scenarios.durability.command import Experiment, run_durability

    experiment = Experiment(kills=kills, victim=kill, devices=devices, seed=seed)
    raise typer.Exit(run_durability(experiment, as_json=as_json, output=console()))


def run_command_line(arguments: list[str]) -> int:
    """Run a command; its exit code. Whatever the user got wrong becomes one line on standard error."""
    try:
        app(args=arguments, prog_name="thingproof")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print("thingproof: interrupted; everything it started is stopped", file=sys.stderr)
        return end.code if isinstance(end.code, int) else 0
    except Misuse as error:
        print(f"thingproof: {error}", file=sys.stderr)
        return 2
    except (Broken, Inconclusive) as error:  # the second: a control surface that does not answer
        print(f"thingproof: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"thingproof: {error.filename or 'system'}: {error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def main() -> None:
    """The ``thingproof`` command."""
    end_on_signals()
    sys.exit(run_command_line(sys.argv[1:]))
