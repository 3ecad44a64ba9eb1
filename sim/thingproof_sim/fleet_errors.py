"""Reading fleet files: YAML with line numbers, and errors that name file, line, field and remedy."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path


class FleetError(ValueError):
    """A fleet file that cannot be used: ``house.yaml:12: devices[3].interval: … write …``."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One node of the document: value, place and path, with typed access to its members."""

    node: yaml.Node | None
    file: str
    path: str = ""

    def fail(self, problem: str) -> FleetError:
        """The error at this spot."""
        line = 1 if self.node is None else self.node.start_mark.line + 1
        where = f"{self.path}: " if self.path else ""
        return FleetError(f"{self.file}:{line}: {where}{problem}")

    @property
    def value(self) -> Any:
        """The plain Python value."""
        if self.node is None:
            return None
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_document(self.node)
        except yaml.YAMLError as error:
            raise self.fail(f"cannot be read: {error}") from None
        finally:
            loader.dispose()

    def members(self, known: Collection[str]) -> dict[str, Spot]:
        """The fields of a mapping.

        Raises:
            FleetError: no mapping, a field twice, or a field that is not known.
        """
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fail(f"is {_kind(self.node)}, write fields as `name: value`")
        found: dict[str, Spot] = {}
        for (key_node, _), (key, spot) in zip(self.node.value, self._pairs(), strict=True):
            at_key = Spot(key_node, self.file, spot.path)
            if known and key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
                raise at_key.fail(f"unknown field; {hint}")
            if key in found:
                raise at_key.fail("is there twice; remove one")
            found[key] = spot
        return found

    def deepest(self, path: Iterable[str | int]) -> Spot:
        """The node that a path of fields and list positions leads to, as far as the document has it."""
        spot = self
        for step in path:
            node = spot.node
            if isinstance(step, int) and isinstance(node, yaml.SequenceNode) and step < len(node.value):
                spot = Spot(node.value[step], self.file, f"{spot.path}[{step}]")
            elif isinstance(step, str) and isinstance(node, yaml.MappingNode):
                spot = next((inner for name, inner in spot._pairs() if name == step), spot)
        return spot

    def _pairs(self) -> Iterator[tuple[str, Spot]]:
        assert isinstance(self.node, yaml.MappingNode)
        for key, node in self.node.value:
            name = str(key.value)
            yield name, Spot(node, self.file, f"{self.path}.{name}" if self.path else name)

    def items(self) -> Iterator[Spot]:
        """The entries of a list.

        Raises:
            FleetError: no list.
        """
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.fail(f"is {_kind(self.node)}, write a list with one `- ` an entry")
        for index, node in enumerate(self.node.value):
            yield Spot(node, self.file, f"{self.path}[{index}]")

    def text(self) -> str:
        """A text that is not empty."""
        value = self.value
        if not isinstance(value, str) or not value:
            raise self.fail(f"{value!r} is no text; put it in quotes")
        return value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.fail(f"{self.value!r} is neither true nor false")
        return bool(self.value)

    def number(self, low: float, high: float) -> float:
        """A number between two limits."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.fail(f"{value!r} is no number; write one from {low:g} to {high:g}")
        if not low <= value <= high:
            raise self.fail(f"{value!r} is outside {low:g} to {high:g}")
        return float(value)

    def whole(self, low: int, high: int) -> int:
        """A whole number between two limits."""
        value = self.number(low, high)
        if not value.is_integer():
            raise self.fail(f"{self.value!r} is no whole number; write one from {low} to {high}")
        return int(value)

    def one_of(self, known: Collection[str]) -> str:
        """One of some words."""
        value = self.value
        if value in known:
            return str(value)
        if not known:
            raise self.fail(f"{value!r} does not fit, and the product has nothing that does; leave it out")
        near = difflib.get_close_matches(str(value), known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise self.fail(f"{value!r} is none of {', '.join(known)}{hint}")

    def seconds(self, shortest: float = 0.0, *, never: bool = False) -> float:
        """A duration: a number of seconds, or a text like 500ms, 30s, 5m, 2h, 1d.

        Args:
            shortest: what is less is refused.
            never: 0 is allowed all the same.
        """
        value = self.value
        try:
            seconds = parse_duration(value)
        except ValueError:
            raise self.fail(f"{value!r} is not a duration; write e.g. 500ms, 30s, 5m, 2h") from None
        if seconds < shortest and not (never and seconds == 0):
            rest = ", or 0 for never" if never else ""
            raise self.fail(f"{value!r} is too short; write {shortest * 1000:g}ms or more{rest}")
        return seconds

    def span(self) -> tuple[float, float]:
        """A shortest and a longest duration."""
        spots = list(self.items())
        if len(spots) != 2:
            raise self.fail("write the shortest and the longest duration, e.g. [1s, 5s]")
        low, high = (spot.seconds() for spot in spots)
        if low > high:
            raise self.fail(f"{low:g} s is longer than {high:g} s; swap them")
        return low, high


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(value: object) -> float:
    """Seconds of a number or of a text such as 30s, 5m, 1.5h.

    Raises:
        ValueError: no duration.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12:
        return float(value)
    if isinstance(value, str):
        text = value.strip()
        digits = text.rstrip("abcdefghijklmnopqrstuvwxyz")
        unit = text[len(digits) :] or "s"
        if unit in _UNITS and digits and digits.replace(".", "", 1).isdigit():
            return float(digits) * _UNITS[unit]
    raise ValueError(f"{value!r} is no duration")


def read_document(path: Path) -> Spot:
    """The root of a YAML file.

    Raises:
        FleetError: the file is not there, cannot be read, is empty, or is no YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FleetError(f"{path}: there is no such file") from None
    except UnicodeDecodeError:
        raise FleetError(f"{path}: is no UTF-8 text") from None
    except OSError as error:
        raise FleetError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        raise FleetError(f"{path}:1: is nested too deeply") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FleetError(f"{path}:{line}: is no YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise FleetError(f"{path}:1: is no YAML: {error}") from None
    if node is None:
        raise FleetError(f"{path}:1: the file is empty; a fleet has name, products and devices")
    return Spot(node, str(path))


def _kind(node: yaml.Node | None) -> str:
    names = {yaml.ScalarNode: "a single value", yaml.SequenceNode: "a list", yaml.MappingNode: "a mapping"}
    return names.get(type(node), "nothing")
