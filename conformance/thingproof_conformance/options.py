"""The options of a conformance run, as pytest takes them and `check` passes them on."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_SEED = 7
_READING = re.compile(r"^(?P<id>[a-z]+\.contra\.\w+)=(?P<letter>[a-z])$")
_FAULT = re.compile(r"^(?P<name>[a-z0-9_]+)(?::(?P<parameters>.+))?$")


class MisuseError(ValueError):
    """An option with a value that makes no sense; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Option:
    """One command line option of the plugin."""

    flag: str
    arguments: dict[str, Any]

    @property
    def destination(self) -> str:
        """Its name in pytest's configuration."""
        return str(self.arguments["dest"])


def _option(flag: str, text: str, **arguments: Any) -> Option:
    destination = "thingproof_" + flag.lstrip("-").replace("-", "_")
    return Option(flag, {"dest": destination, "help": text, **arguments})


# `--strict` belongs to pytest itself, hence the longer name here.
OPTIONS = (
    _option(
        "--target", "judge the server this file describes (default: the embedded platform)", metavar="FILE"
    ),
    _option(
        "--vendor", "judge this vendor only; may be repeated", action="append", default=[], metavar="NAME"
    ),
    _option("--strict-readings", "accept only the decided reading of a contradiction", action="store_true"),
    _option(
        "--reading",
        "take another reading of a contradiction as the wanted one; may be repeated",
        action="append",
        default=[],
        metavar="ID=LETTER",
    ),
    _option("--seed", f"seed of all names and data (default {DEFAULT_SEED})", default=None, metavar="N"),
    _option("--run-file", "write the event stream of the run here", metavar="FILE"),
    _option("--replay", "run this one case again", metavar="CASE"),
    _option(
        "--fault",
        "switch a fault of the platform on for the whole run, to see the suite catch it; may be repeated",
        action="append",
        default=[],
        metavar="NAME[:PARAMETER=VALUE,...]",
    ),
)


class _Config(Protocol):
    """The part of pytest's configuration that is read here."""

    def getoption(self, name: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run was asked for."""

    target: Path | None = None
    vendors: tuple[str, ...] = ()
    strict: bool = False
    readings: dict[str, str] = field(default_factory=dict)
    seed: int = DEFAULT_SEED
    run_file: Path | None = None
    replay: str | None = None
    faults: tuple[tuple[str, dict[str, Any]], ...] = ()

    @property
    def profile(self) -> str:
        """The name of the profile: which readings count."""
        return "strict" if self.strict else "default"

    def replay_line(self, case_id: str) -> str:
        """The command that runs one case again under the same settings."""
        words = ["thingproof", "check", "--replay", case_id, "--seed", str(self.seed)]
        if self.target is not None:
            words += ["--target", str(self.target)]
        if self.strict:
            words.append("--strict")
        for contradiction, letter in sorted(self.readings.items()):
            words += ["--reading", f"{contradiction}={letter}"]
        for name, parameters in self.faults:
            words += ["--fault", ":".join([name, *(f"{key}={value}" for key, value in parameters.items())])]
        return shlex.join(words)


def explicit(config: _Config) -> bool:
    """Whether an option was used, so that a conformance run is wanted for sure."""
    return any(config.getoption(option.destination) for option in OPTIONS)


def read_settings(config: _Config) -> Settings:
    """The settings of pytest's command line; MisuseError when one makes no sense."""

    def given(flag: str) -> Any:
        return config.getoption("thingproof_" + flag)

    return Settings(
        target=Path(given("target")) if given("target") else None,
        vendors=_vendors(given("vendor")),
        strict=bool(given("strict_readings")),
        readings=dict(read_reading(text) for text in given("reading")),
        seed=_seed(given("seed")),
        run_file=Path(given("run_file")) if given("run_file") else None,
        replay=given("replay") or None,
        faults=tuple(read_fault(text) for text in given("fault")),
    )


def read_fault(text: str) -> tuple[str, dict[str, Any]]:
    """`drop_field:operation=gizwits.users.login,field=uid` as name and parameters."""
    matched = _FAULT.match(text)
    if matched is None:
        raise MisuseError(f"--fault: {text!r} is no fault; write NAME or NAME:PARAMETER=VALUE,...")
    parameters: dict[str, Any] = {}
    for part in (matched["parameters"] or "").split(","):
        name, separator, value = part.partition("=")
        if part and not (name and separator):
            raise MisuseError(f"--fault: {part!r} in {text!r} is no parameter; write PARAMETER=VALUE")
        if part:
            parameters[name.strip()] = _scalar(value.strip())
    return matched["name"], parameters


def _scalar(text: str) -> Any:
    """A number or boolean where the text is one, else the text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float)) else text


def _vendors(names: Iterable[str]) -> tuple[str, ...]:
    from thingproof_contracts import VENDORS  # noqa: PLC0415 - the plugin stays light until a case is collected

    for name in names:
        if name not in VENDORS:
            raise MisuseError(f"--vendor: {name!r} is unknown; write one of {', '.join(VENDORS)}")
    return tuple(dict.fromkeys(names))


def read_reading(text: str) -> tuple[str, str]:
    """`gizwits.contra.57=b` as contradiction and letter."""
    matched = _READING.match(text)
    if matched is None:
        raise MisuseError(f"--reading: {text!r} is no choice; write e.g. gizwits.contra.57=b")
    return matched["id"], matched["letter"]


def _seed(text: str | int | None) -> int:
    if text is None:
        return DEFAULT_SEED
    try:
        return int(text)
    except ValueError:
        raise MisuseError(f"--seed: {text!r} is no whole number; write e.g. --seed {DEFAULT_SEED}") from None
