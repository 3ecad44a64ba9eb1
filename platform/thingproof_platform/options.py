"""How a platform is to be run, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.limits import Limits
from thingproof_platform.vendors import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from thingproof_platform.store.journal import Durability

HIGHEST_PORT: Final = 65_535
_SWITCHES: Final = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


class OptionError(ValueError):
    """An option cannot be honoured; the text names option, value and remedy."""


@dataclass(frozen=True, slots=True)
class VendorPorts:
    """Where the servers of one vendor listen; 0 lets the system choose."""

    http: int = 0
    mqtt: int = 0
    mqtts: int = 0
    ws: int = 0
    wss: int = 0


SERVERS: Final = tuple(row.name for row in fields(VendorPorts))
"""What may listen for a vendor: the names behind the dot of `--port gizwits.http=8610`."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens; vendors that are not named get any free ports."""

    control: int = 0
    vendors: Mapping[str, VendorPorts] = field(default_factory=dict)

    def of(self, vendor: str) -> VendorPorts:
        """The ports of one vendor."""
        return self.vendors.get(vendor, VendorPorts())


@dataclass(frozen=True, slots=True)
class Options:
    """Everything a platform can be told at start.

    Attributes:
        host: address to listen on.
        ports: one port for each server of each vendor, and the control surface's.
        data_dir: where acknowledged state is kept; None keeps nothing.
        durability: `group` acknowledges after the disk has it, `fast` at once.
        broker: `embedded`, `mosquitto`, or the URL of any broker.
        seed: makes identifiers and secrets repeatable; None draws them from the system.
        freeze_at: stand the clock still at this moment (epoch seconds) from the start.
        vendors: which clouds to be.
        switches: what a vendor can be told beside this, by vendor and name; the vendor reads the texts.
    """

    host: str = "127.0.0.1"
    ports: Ports = field(default_factory=Ports)
    data_dir: Path | None = None
    durability: Durability = "group"
    broker: str = "embedded"
    seed: int | None = None
    freeze_at: float | None = None
    vendors: tuple[str, ...] = tuple(DIALECTS)
    switches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_vendors(text: str) -> tuple[str, ...]:
    """`gizwits,sylvia` as names.

    Raises:
        OptionError: no name, or one that is no vendor.
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise OptionError(f"--vendors {text}: no vendor given; choose of {', '.join(DIALECTS)}")
    for name in names:
        _known(name, f"--vendors {text}")
    return names


def read_ports(control: int, texts: Iterable[str]) -> Ports:
    """`gizwits.http=8610`, `sylvia.mqtt=18840` as ports.

    Raises:
        OptionError: another form, an unknown vendor or server, no port, or one port for two servers.
    """
    vendors: dict[str, VendorPorts] = {}
    taken = {control: "control"} if control else {}
    for text in texts:
        option = f"--port {text}"
        vendor, server, value = _setting(
            text, option, f"VENDOR.SERVER=PORT, e.g. {next(iter(DIALECTS))}.http=8610"
        )
        if server not in SERVERS:
            raise OptionError(f"{option}: {server!r} is no server; choose of {', '.join(SERVERS)}")
        port = read_port(value, option)
        if port in taken:
            raise OptionError(f"{option}: {port} is already the port of {taken[port]}; give each its own")
        if port:
            taken[port] = f"{vendor}.{server}"
        vendors[vendor] = replace(vendors.get(vendor, VendorPorts()), **{server: port})
    return Ports(control, vendors)


def read_switches(texts: Iterable[str]) -> dict[str, dict[str, str]]:
    """`sylvia.data_channel=mqtt://127.0.0.1:1883` by vendor and name.

    Raises:
        OptionError: another form or an unknown vendor. What a vendor's switches mean it says itself.
    """
    switches: dict[str, dict[str, str]] = {}
    for text in texts:
        vendor, name, value = _setting(text, f"--switch {text}", "VENDOR.NAME=VALUE")
        switches.setdefault(vendor, {})[name] = value
    return switches


def read_limits(switches: Mapping[str, Mapping[str, str]]) -> Limits:
    """The limits with what the switches of the vendors say, each text read as its limit's type.

    Raises:
        OptionError: no such switch, or not a value of its type.
    """
    standard = Limits()
    known = {row.name: type(getattr(standard, row.name)) for row in fields(Limits)}
    chosen: dict[str, object] = {}
    for vendor, given in switches.items():
        for name, text in given.items():
            option = f"--switch {vendor}.{name}={text}"
            if name not in known:
                raise OptionError(f"{option}: there is no such switch; choose of {', '.join(sorted(known))}")
            try:
                chosen[name] = _SWITCHES[text.lower()] if known[name] is bool else known[name](text)
            except (KeyError, ValueError) as error:
                raise OptionError(f"{option}: {text!r} is no {known[name].__name__}") from error
    try:
        return replace(standard, **chosen)  # type: ignore[arg-type] # read as the type of each
    except ValueError as error:
        raise OptionError(f"--switch {error}") from error


def read_port(text: str, option: str) -> int:
    """A port number, 0 for any free one; raises OptionError."""
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise OptionError(f"{option}: {text!r} is no port; give 0 to {HIGHEST_PORT}")
    return int(text)


def _setting(text: str, option: str, form: str) -> tuple[str, str, str]:
    """`vendor.name=value` in three parts."""
    left, equals, value = text.partition("=")
    vendor, dot, name = left.partition(".")
    if not (equals and dot and name):
        raise OptionError(f"{option}: not understood; write {form}")
    _known(vendor, option)
    return vendor, name, value


def _known(name: str, option: str) -> None:
    if name not in DIALECTS:
        raise OptionError(f"{option}: {name!r} is no vendor; choose of {', '.join(DIALECTS)}")
