"""How a platform is to be run, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from thingproof_platform.store.journal import Durability


class OptionError(ValueError):
    """An option cannot be honoured; the text names option, value and remedy."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the servers listen; 0 lets the system choose."""

    control: int = 0
    http: int = 0
    mqtt: int = 0
    mqtts: int = 0
    ws: int = 0
    wss: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """Everything a platform can be told at start.

    Attributes:
        host: address to listen on.
        ports: one port for each server.
        data_dir: where acknowledged state is kept; None keeps nothing.
        durability: `group` acknowledges after the disk has it, `fast` at once.
        broker: `embedded`, `mosquitto`, or the URL of any broker.
        seed: makes identifiers and secrets repeatable; None draws them from the system.
        freeze_at: stand the clock still at this moment (epoch seconds) from the start.
        vendors: which clouds to be.
    """

    host: str = "127.0.0.1"
    ports: Ports = field(default_factory=Ports)
    data_dir: Path | None = None
    durability: Durability = "group"
    broker: str = "embedded"
    seed: int | None = None
    freeze_at: float | None = None
    vendors: tuple[str, ...] = ("gizwits",)
