"""`python -m thingproof_platform`: start the platform, print where it listens, run until a signal."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import math
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thingproof_platform.app import Platform
from thingproof_platform.options import (
    OptionError,
    Options,
    read_port,
    read_ports,
    read_switches,
    read_vendors,
)
from thingproof_platform.store import DataDirectoryError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MISUSE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 ended by a signal, 1 broken, 2 misuse."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        options, as_json = _parse(arguments)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_run(options, as_json=as_json))
    except (OptionError, DataDirectoryError) as error:
        print(f"thingproof_platform: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
        return MISUSE
    except KeyboardInterrupt:
        return 0


async def _run(options: Options, *, as_json: bool) -> int:
    """Start, print, wait for a signal or a broken journal, stop."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    platform = Platform(options)
    await platform.start()
    try:
        _announce(platform, as_json=as_json)
        platform.failure.add_done_callback(lambda _: ended.set())
        await ended.wait()
        return 1 if platform.failure.done() else 0
    finally:
        await platform.stop()


def _announce(platform: Platform, *, as_json: bool) -> None:
    """Say where everything listens: one JSON line, or lines for a person."""
    info = {**platform.info(), "pid": os.getpid()}
    options = platform.options
    if options.data_dir is not None and options.durability == "fast":
        print(  # noqa: T201 - this is the command line
            "durability fast: answers do not wait for the disk; a crash may lose what was acknowledged last",
            file=sys.stderr,
        )
    if as_json:
        text = json.dumps(info)
    else:
        lines = [f"control  {info['control']['url']}  token {info['control']['token']}"]
        for vendor, addresses in info["vendors"].items():
            lines += [f"{vendor}  {kind:6}{url}" for kind, url in addresses.items()]
        text = "\n".join([*lines, "Ctrl-C ends it"])
    print(text, flush=True)  # noqa: T201 - this is the command line


def _parse(arguments: Sequence[str] | None) -> tuple[Options, bool]:
    parser = argparse.ArgumentParser(
        prog="python -m thingproof_platform",
        description="The reference platform: an IoT cloud on this machine.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--control-port", default="0", metavar="PORT", help="0 for any free one")
    parser.add_argument(
        "--port",
        action="append",
        default=[],
        metavar="VENDOR.SERVER=PORT",
        help="e.g. gizwits.http=8610; repeatable, any free one where none is given",
    )
    parser.add_argument(
        "--data-dir", type=Path, help="keep acknowledged state here; without it, in memory only"
    )
    parser.add_argument("--durability", choices=("group", "fast"), default="group")
    parser.add_argument(
        "--broker", default="embedded", help="embedded, mosquitto, or mqtt://user:password@host:port"
    )
    parser.add_argument("--seed", type=int, help="make identifiers repeatable")
    parser.add_argument(
        "--freeze-at", type=_moment, metavar="EPOCH", help="stand the clock still at this moment"
    )
    parser.add_argument("--vendors", help="comma-separated; default: all")
    parser.add_argument(
        "--switch",
        action="append",
        default=[],
        metavar="VENDOR.NAME=VALUE",
        help="tell a vendor something of its own; repeatable",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line when everything listens")
    given = parser.parse_args(arguments)
    options = Options(
        host=given.host,
        ports=read_ports(read_port(given.control_port, f"--control-port {given.control_port}"), given.port),
        data_dir=given.data_dir,
        durability=given.durability,
        broker=given.broker,
        seed=given.seed,
        freeze_at=given.freeze_at,
        vendors=Options().vendors if given.vendors is None else read_vendors(given.vendors),
        switches=read_switches(given.switch),
    )
    return options, given.json


def _moment(text: str) -> float:
    try:
        moment = float(text)
    except ValueError:
        moment = math.nan
    if not 0 <= moment < 1e11:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment; give seconds since 1970")
    return moment


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Uvloop where there is one; the standard loop does the same, slower."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        return None
    factory: Any = uvloop.new_event_loop
    return factory  # type: ignore[no-any-return]


if __name__ == "__main__":
    sys.exit(main())
