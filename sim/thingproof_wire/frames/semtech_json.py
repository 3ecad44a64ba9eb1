"""Members of JSON objects from datagrams, each checked: a wrong one is a wire error with its name."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NoReturn

from thingproof_wire.errors import Malformed, OutOfRange

_MISSING: Any = object()


def read_object(text: bytes, offset: int) -> dict[str, Any]:
    """The JSON object that a datagram ends with.

    Raises:
        Malformed: no JSON, or no object, with the offset in the datagram.
    """
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Malformed("is no UTF-8", offset=offset + error.start, field="JSON") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"is no JSON: {error.msg}", offset=offset + error.pos, field="JSON") from None
    except (ValueError, RecursionError):  # NaN, numbers of thousands of digits, brackets without end
        raise Malformed("has a value that no field takes", offset=offset, field="JSON") from None
    if not isinstance(value, dict):
        raise Malformed("is no object", offset=offset, field="JSON")
    return value


def write_object(value: dict[str, Any]) -> bytes:
    """JSON without blanks, as packet forwarders send it."""
    return json.dumps(value, separators=(",", ":")).encode()


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


class Members:
    """The members of one object.

    Args:
        value: the object.
        place: where it stands, for errors, e.g. ``rxpk[0]``.

    Raises:
        Malformed: no object.
    """

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise Malformed(f"is {_kind(value)}, must be an object", field=place)
        self._value = value
        self._place = place

    def _get(self, name: str, default: Any) -> Any:
        found = self._value.get(name)
        if found is not None:
            return found
        if default is _MISSING:
            raise Malformed("is missing", field=self._field(name))
        return default

    def _field(self, name: str) -> str:
        return f"{self._place}.{name}"

    def has(self, name: str) -> bool:
        """Whether the object has the member, and not as null."""
        return self._value.get(name) is not None

    def number(self, name: str, low: float, high: float, default: Any = _MISSING) -> Any:
        """A number between two limits.

        Raises:
            Malformed: missing or no number.
            OutOfRange: outside the limits.
        """
        value = self._get(name, default)
        if value is default:
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Malformed(f"is {_kind(value)}, must be a number", field=self._field(name))
        if not low <= value <= high:
            raise OutOfRange(f"is {value!s:.40}, must be {low}..{high}", field=self._field(name))
        return value

    def integer(self, name: str, low: int, high: int, default: Any = _MISSING) -> Any:
        """A whole number between two limits; fractions are rounded, some forwarders send ``-35.0``.

        Raises:
            Malformed, OutOfRange: as `number`.
        """
        value = self.number(name, low, high, default)
        return round(value) if isinstance(value, float) else value

    def text(self, name: str, default: Any = _MISSING) -> Any:
        """A text.

        Raises:
            Malformed: missing or no text.
        """
        value = self._get(name, default)
        if value is not default and not isinstance(value, str):
            raise Malformed(f"is {_kind(value)}, must be a text", field=self._field(name))
        return value

    def one_of(self, name: str, choices: tuple[str, ...], default: Any = _MISSING) -> Any:
        """One of some texts.

        Raises:
            Malformed: missing or something else.
        """
        value = self.text(name, default)
        if value is not default and value not in choices:
            raise Malformed(
                f"is {value[:40]!r}, must be one of {', '.join(choices)}", field=self._field(name)
            )
        return value

    def flag(self, name: str) -> bool:
        """A truth value, false when it is missing.

        Raises:
            Malformed: something else.
        """
        value = self._get(name, default=False)
        if not isinstance(value, bool):
            raise Malformed(f"is {_kind(value)}, must be true or false", field=self._field(name))
        return value

    def frequency_hz(self, name: str) -> int:
        """A frequency in MHz with the precision of Hz, as Hz.

        Raises:
            Malformed, OutOfRange: as `number`.
        """
        megahertz: float = self.number(name, 0, 4294)
        return round(megahertz * 1_000_000)

    def payload(self, size: str, data: str, longest: int) -> bytes:
        """Bytes in Base64, padded or not, of the URL alphabet too, and as many as the size says.

        Raises:
            Malformed: no Base64, or another number of bytes.
            OutOfRange: too many.
        """
        text = self.text(data).rstrip("=").translate(_URL_ALPHABET)
        try:
            found = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise Malformed("is no Base64", field=self._field(data)) from None
        if len(found) > longest:
            raise OutOfRange(f"has {len(found)} bytes, at most {longest} fit", field=self._field(data))
        said = self.integer(size, 0, longest, len(found))
        if said != len(found):
            raise Malformed(f"is {said}, data has {len(found)} bytes", field=self._field(size))
        return found


_URL_ALPHABET = str.maketrans("-_", "+/")


def _kind(value: Any) -> str:
    """What a JSON value is, for an error."""
    if value is None:
        return "null"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "an array"}
    return names.get(type(value), "an object")
