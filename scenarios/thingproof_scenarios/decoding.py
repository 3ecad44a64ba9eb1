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
from thingproof_wire.explain_zigbee import ZigbeeKeys, explain_zigbee
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
    network_key: str | None = None
    link_key: str | None = None

    @property
    def lorawan(self) -> dict[str, str | None]:
        """Keys of LoRaWAN by option."""
        return {"nwk-s-key": self.nwk_s_key, "app-s-key": self.app_s_key, "app-key": self.app_key}

    @property
    def zigbee(self) -> dict[str, str | None]:
        """Keys of Zigbee by option."""
        return {"network-key": self.network_key, "link-key": self.link_key}


def read_keys(options: dict[str, str | None]) -> dict[str, bytes]:
    """The keys that are given, with names as in Python.

    Raises:
        Misuse: a key that is not 16 bytes in hexadecimal.
    """
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
    return keys


def _refuse(options: dict[str, str | None], formats: str) -> None:
    """Raises Misuse: a key that the format has no use for."""
    for option, text in options.items():
        if text is not None:
            raise Misuse(f"--{option} is for frames of {formats}", f"leave it out, or decode {formats}")


def _gizwits(data: bytes, aids: Aids) -> Explanation:
    if any(key is not None for key in (aids.lorawan | aids.zigbee).values()):
        raise Misuse("a frame of gizwits needs no keys", "leave them out, or decode another format")
    return explain_gizwits(data, read_product(aids.product))


def _with_keys(explainer: Callable[[bytes, FrameKeys], Explanation]) -> Callable[[bytes, Aids], Explanation]:
    def explained(data: bytes, aids: Aids) -> Explanation:
        if aids.product is not None:
            raise Misuse("--product is for frames of gizwits", "leave it out, or decode gizwits")
        _refuse(aids.zigbee, "zigbee")
        return explainer(data, FrameKeys(**read_keys(aids.lorawan)))

    return explained


def _zigbee(data: bytes, aids: Aids) -> Explanation:
    if aids.product is not None:
        raise Misuse("--product is for frames of gizwits", "leave it out, or decode gizwits")
    _refuse(aids.lorawan, "lorawan or semtech")
    return explain_zigbee(data, ZigbeeKeys(**read_keys(aids.zigbee)))


FORMATS: dict[str, Callable[[bytes, Aids], Explanation]] = {
    "gizwits": _gizwits,
    "lorawan": _with_keys(explain_lorawan),
    "semtech": _with_keys(explain_semtech),
    "zigbee": _zigbee,
}
"""The kinds of frames by name: a vendor's own, a PHYPayload, a datagram of a gateway, a frame with FCS."""


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
