"""The state of a demo while it runs, and what it needs of the vendor whose devices it shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

from thingproof_scenarios.demo.board import Board

QUIET = {"report", "uplink", "acknowledged", "delivered", "sent", "transmission"}
"""Trace lines that would bury the others; the readings show the same."""


class Shown(Protocol):
    """A living fleet with somebody who uses its devices."""

    @property
    def address(self) -> str:
        """Where the cloud is."""

    def look(self, board: Board) -> None:
        """Take over the devices' own values and states."""

    def pause(self, paused: bool) -> str:
        """Stop the fleet's time or let it go on; what happened in words."""

    def inject(self) -> tuple[str, str]:
        """Give the next device the next fault; its name and the fault's."""

    def act(self) -> tuple[str, str]:
        """Somebody tells a device something; its name and what happened."""


@dataclass(slots=True)
class Demo:
    """A demo that runs: its board, and what the keys do."""

    board: Board
    began: float = field(default_factory=perf_counter)
    paused: bool = False
    stopped: bool = False

    def at(self) -> float:
        """Seconds since the demo began."""
        return perf_counter() - self.began

    def on_event(self, _: float, device: str, what: str, fields: Mapping[str, Any]) -> None:
        """Something happened to a device, as the simulator tells it."""
        if what not in QUIET:
            told = ", ".join(f"{name} {value}" for name, value in fields.items() if name != "hex")
            self.board.event(self.at(), device, f"{what} {told}".rstrip())

    def press(self, key: str, shown: Shown) -> None:
        """Do what a key stands for."""
        if key == "q":
            self.stopped = True
        elif key == "p":
            self.paused = not self.paused
            self.board.event(self.at(), "demo", shown.pause(self.paused))
        elif key == "f":
            device, fault = shown.inject()
            self.board.event(self.at(), device, f"fault injected: {fault}")


Turns = Iterator[tuple[str, Any]]
"""Devices and faults in turn, without end."""
