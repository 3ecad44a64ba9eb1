"""What a target can offer beside its documented interface, each feature declared once.

A target file claims features; a claim is probed before the first case, and what is claimed but
absent is a finding. A case that needs a feature the target does not offer is not applicable.
A feature of some vendors only is asked of those the target serves.
Leaving out a case for want of a `core` feature makes the run partial; an `extended` one does not.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from thingproof_conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.target import Target

CONNECT_TIMEOUT_S = 5.0
AMQP = "amqp://guest:guest@127.0.0.1:5672"
"""Where a message broker of this machine answers, if there is one."""
WITH_SOCKETS = ("gizwits",)
WITH_QUEUES = ("sylvia",)


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing a target can offer; level is `core` or `extended`."""

    name: str
    level: str
    text: str
    probe: Callable[[Target, ControlClient | None], None]
    """Raises Inconclusive or OSError when the feature is absent."""
    vendors: tuple[str, ...] = ()
    """The vendors it is about; empty for all."""
    surroundings: bool = False
    """It is a server beside the target: one that happens to run here is used, none is no defect."""

    def concerns(self, target: Target) -> bool:
        """Whether the target serves a vendor the feature is about."""
        return not self.vendors or not set(self.vendors).isdisjoint(target.vendors)


def _no_probe(_target: Target, _control: ControlClient | None) -> None:
    """Nothing to ask in advance: the first case that uses it tells."""


def _control_of(control: ControlClient | None) -> ControlClient:
    if control is None:
        raise Inconclusive("the target file names no control surface (control.url, control.token)")
    return control


def _probe_clock(_target: Target, control: ControlClient | None) -> None:
    _control_of(control).clock()


def _probe_outbox(_target: Target, control: ControlClient | None) -> None:
    _control_of(control).outbox()


def _probe_faults(_target: Target, control: ControlClient | None) -> None:
    _control_of(control).faults()


def _probe_seed(target: Target, control: ControlClient | None) -> None:
    for vendor in target.vendors:
        _control_of(control).seed(vendor, {})


def _probe_hardware(target: Target, _control: ControlClient | None) -> None:
    for vendor in target.vendors.values():
        _connect(vendor.mqtt, f"vendors.{vendor.name}.mqtt")


def _probe_websocket(target: Target, _control: ControlClient | None) -> None:
    for name in WITH_SOCKETS:
        if name in target.vendors:
            _connect(target.vendors[name].ws, f"vendors.{name}.ws")


def _probe_amqp(target: Target, _control: ControlClient | None) -> None:
    for name in WITH_QUEUES:
        if name in target.vendors:
            _connect(target.vendors[name].amqp or (AMQP if target.embedded else None), f"vendors.{name}.amqp")


FEATURES = {
    feature.name: feature
    for feature in (
        Feature("clock", "core", "the control surface reads, sets and advances the clock", _probe_clock),
        Feature("outbox", "core", "the control surface shows messages that would be sent", _probe_outbox),
        Feature("seed", "core", "the control surface creates what no documented call creates", _probe_seed),
        Feature(
            "faults", "core", "the control surface switches faults of the surroundings on", _probe_faults
        ),
        Feature("fresh-accounts", "core", "users may be registered as often as cases need", _no_probe),
        Feature(
            "hardware", "core", "devices, or queues of messages, may be reached by MQTT", _probe_hardware
        ),
        Feature("websocket", "extended", "apps may connect by WebSocket", _probe_websocket, WITH_SOCKETS),
        Feature("amqp", "extended", "a broker answers by AMQP", _probe_amqp, WITH_QUEUES, surroundings=True),
    )
}


def unknown(names: Iterable[str]) -> list[str]:
    """The names that are no features."""
    return [name for name in names if name not in FEATURES]


def is_core(name: str) -> bool:
    """Whether doing without the feature makes a run partial."""
    return FEATURES[name].level == "core"


def absent(target: Target, control: ControlClient | None, names: Iterable[str]) -> dict[str, str]:
    """Probe features of the vendors served; gives the absent ones with the reason."""
    missing = {}
    for name in names:
        if not FEATURES[name].concerns(target):
            continue
        try:
            FEATURES[name].probe(target, control)
        except (Inconclusive, OSError) as error:
            missing[name] = str(error)
    return missing


def surroundings() -> list[str]:
    """The features of the surroundings that this machine has."""
    try:
        _connect(AMQP, "amqp")
    except OSError:
        return []
    return ["amqp"]


def _connect(address: str | None, where: str) -> None:
    """Open and close one TCP connection."""
    if address is None:
        raise Inconclusive(f"the target file has no {where}")
    parts = urlsplit(address)
    port = parts.port or {"mqtts": 8883, "wss": 443, "ws": 80, "amqp": 5672, "amqps": 5671}.get(
        parts.scheme, 1883
    )
    socket.create_connection((parts.hostname or "", port), CONNECT_TIMEOUT_S).close()
