"""Durations as people write them: ``30s``, ``5m``, ``1h30m``, ``2d``."""

import re

from thingproof_scenarios.problems import Misuse

UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def parse_duration(text: str, option: str = "duration") -> float:
    """Seconds of a written duration.

    Parts are added: ``1h30m`` is 5400 s. A bare number has no unit and is refused, as is zero.

    Raises:
        Misuse: with the option's name, its value and how to write it.
    """
    compact = text.strip().lower().replace(" ", "")
    parts = PART.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise Misuse(f"{option}: {text!r} is not a duration", "write e.g. 30s, 5m, 1h30m or 2d")
    seconds = sum(float(number) * UNIT_SECONDS[unit] for number, unit in parts)
    if seconds <= 0:
        raise Misuse(f"{option}: {text!r} is no time at all", "write e.g. 30s, 5m, 1h30m or 2d")
    return seconds


def write_duration(seconds: float) -> str:
    """The same, for people: ``1 h 30 min``, ``2.5 s``, ``12 ms``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
