"""What is killed in the experiment, and how it comes back."""

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter, sleep
from typing import Protocol
from urllib.parse import urlsplit

from thingproof_conformance.launcher import Running
from thingproof_scenarios.problems import Broken, Misuse
from thingproof_scenarios.processes import child_named
from thingproof_scenarios.stage import launch

RESTART_S = 20.0
POLL_S = 0.05
BROKER = "mosquitto"
SERVERS = {"url": "http", "ws": "ws", "wss": "wss", "mqtt": "mqtt", "mqtts": "mqtts"}
"""What the platform's options call the servers behind its addresses."""


class Victim(Protocol):
    """Something that can be killed and comes back."""

    platform: Running

    def kill(self) -> None:
        """SIGKILL, then wait until it is back."""


def broker_options(victim: str) -> list[str]:
    """The platform's options for a kind of victim.

    Raises:
        Misuse: neither platform nor broker, or no mosquitto to kill.
    """
    if victim == "platform":
        return []
    if victim != "broker":
        raise Misuse(f"--kill: {victim!r} is no victim", "choose platform or broker")
    if shutil.which(BROKER, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin") is None:
        raise Misuse("--kill broker: mosquitto is not installed", "install it (apt install mosquitto)")
    return ["--broker", BROKER]


@dataclass(slots=True)
class Platform:
    """The platform with a data directory and, once started, fixed ports."""

    options: tuple[str, ...]
    platform: Running = field(init=False)

    def __post_init__(self) -> None:
        self.platform = launch(self.options)

    def same_ports(self) -> list[str]:
        """Options for the ports it listens on now."""
        info = self.platform.info
        ports = ["--control-port", str(urlsplit(info["control"]["url"]).port)]
        for vendor, addresses in info["vendors"].items():
            for name, server in SERVERS.items():
                port = urlsplit(addresses.get(name) or "").port
                ports += ["--port", f"{vendor}.{server}={port}"] if port else []
        return ports

    def kill(self) -> None:
        """SIGKILL, then start it again on the same ports with the same data."""
        ports = self.same_ports()
        self.platform.kill()
        self.platform = launch([*self.options, *ports])


@dataclass(slots=True)
class Broker:
    """The mosquitto child of a running platform, which is expected to start it again."""

    platform: Running

    def kill(self) -> None:
        """SIGKILL, then wait for its successor."""
        old = wait_for(
            lambda: child_named(self.platform.process.pid, BROKER), "the platform runs no mosquitto"
        )
        os.kill(old, signal.SIGKILL)
        wait_for(lambda: successor(self.platform.process.pid, old), "mosquitto was not started again")


def successor(platform: int, old: int) -> int | None:
    """The broker process that took the place of an old one."""
    found = child_named(platform, BROKER)
    return None if found == old else found


def wait_for(look: Callable[[], int | None], problem: str) -> int:
    """Look until there is something.

    Raises:
        Broken: nothing within 20 s.
    """
    began = perf_counter()
    while perf_counter() - began < RESTART_S:
        found = look()
        if found is not None:
            return found
        sleep(POLL_S)
    raise Broken(problem)
