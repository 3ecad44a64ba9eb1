"""Explain every byte of a frame: ``thingproof decode``."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.terminal import table
from thingproof_wire import profiles
from thingproof_wire.explain import Explanation, Row, explain_gizwits
from thingproof_wire.explain_lorawan import FrameKeys, explain_lorawan
from thingproof_wire.explain_semtech import explain_semtech
from thingproof_wire.payloads.gizwits_product import Product, ProductError


@dataclass(frozen=True, slots=True)
class Explained:
    """All rows that could be read, and what stopped the reading, if anything did."""

    rows: tuple[Row, ...]
    problem: str | None

    def to_json(self) -> dict[str, Any]:
        """The same for machines."""
        return {"rows": [asdict(row) for row in self.rows], "error": self.problem}


def read_hex(text: str) -> bytes:
    """Bytes of a hexadecimal text; blanks, colons and a leading 0x do not matter.

    Raises:
        Misuse: with the position of the first wrong character, or an odd number of digits.
    """
    compact = text.strip().removeprefix("0x").replace(":", "").replace(" ", "")
    for position, character in enumerate(compact):
        if character not in "0123456789abcdefABCDEF":
            raise Misuse(
                f"HEX: {character!r} at position {position} is no hexadecimal digit", "use 0-9 and a-f"
            )
    if not compact:
        raise Misuse("HEX: no digits", "give a frame such as 000000030400009002")
    if len(compact) % 2:
        raise Misuse(f"HEX: {len(compact)} digits are no whole bytes", "give two digits for each byte")
    return bytes.fromhex(compact)


def read_product(name: str | None) -> Product | None:
    """The product of a profile's name or of a file; None without one.

    Raises:
        Misuse: neither a profile nor a readable product file.
    """
    if name is None:
        return None
    try:
        if name in profiles.names():
            return Product.from_mapping(profiles.load(name))
        if not Path(name).is_file():
            remedy = f"give a file, or one of {', '.join(sorted(profiles.names()))}"
            raise Misuse(f"--product: no profile or file {name!r}", remedy)
        return Product.from_mapping(profiles.read_product(Path(name)))
    except ProductError as error:
        raise Misuse(f"--product {name}", str(error)) from error


@dataclass(frozen=True, slots=True)
class Aids:
    """What helps to understand a frame: a product for its datapoints, keys in hexadecimal for its secrets."""

    product: str | None = None
    nwk_s_key: str | None = None
    app_s_key: str | None = None
    app_key: str | None = None

    @property
    def has_keys(self) -> bool:
        """Whether any key is given."""
        return any(key is not None for key in (self.nwk_s_key, self.app_s_key, self.app_key))


def read_keys(aids: Aids) -> FrameKeys:
    """The keys that are given.

    Raises:
        Misuse: a key that is not 16 bytes in hexadecimal.
    """
    options = {"nwk-s-key": aids.nwk_s_key, "app-s-key": aids.app_s_key, "app-key": aids.app_key}
    keys: dict[str, bytes] = {}
    for option, text in options.items():
        if text is None:
            continue
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != 16:
            raise Misuse(f"--{option}: {text!r} is no key", "give 32 hexadecimal digits")
        keys[option.replace("-", "_")] = key
    return FrameKeys(**keys)


def _gizwits(data: bytes, aids: Aids) -> Explanation:
    if aids.has_keys:
        raise Misuse("a frame of gizwits needs no keys", "leave them out, or decode lorawan or semtech")
    return explain_gizwits(data, read_product(aids.product))


def _with_keys(explainer: Callable[[bytes, FrameKeys], Explanation]) -> Callable[[bytes, Aids], Explanation]:
    def explained(data: bytes, aids: Aids) -> Explanation:
        if aids.product is not None:
            raise Misuse("--product is for frames of gizwits", "leave it out, or decode gizwits")
        return explainer(data, read_keys(aids))

    return explained


FORMATS: dict[str, Callable[[bytes, Aids], Explanation]] = {
    "gizwits": _gizwits,
    "lorawan": _with_keys(explain_lorawan),
    "semtech": _with_keys(explain_semtech),
}
"""The kinds of frames by name: a vendor's own, a PHYPayload, a datagram of a gateway."""


def explain(form: str, hexadecimal: str, aids: Aids) -> Explained:
    """Explain a frame of some format.

    Raises:
        Misuse: unknown format, not hexadecimal, no such product, no key.
    """
    explainer = FORMATS.get(form)
    if explainer is None:
        raise Misuse(f"unknown format {form!r}", f"choose from {', '.join(FORMATS)}")
    explained = explainer(read_hex(hexadecimal), aids)
    return Explained(explained.rows, None if explained.error is None else str(explained.error))


def show(explanation: Explained, output: Console) -> None:
    """Print the rows as a table; a value inside the bytes of the row before has no bytes of its own."""
    rows = table(output, "offset", "bytes", "field", "meaning", right=("offset",))
    for row in explanation.rows:
        name = row.name if row.length else f"  {row.name}"
        rows.add_row(str(row.offset) if row.length else "", row.hex if row.length else "", name, row.meaning)
    output.print(rows)
