"""Explain every byte of a frame: ``thingproof decode``."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from thingproof_scenarios.problems import Misuse, known_vendor
from thingproof_scenarios.terminal import table
from thingproof_wire import profiles
from thingproof_wire.explain import Row, explain_gizwits
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


def explain(vendor: str, hexadecimal: str, product: str | None) -> Explained:
    """Explain a frame of a vendor.

    Raises:
        Misuse: unknown vendor, not hexadecimal, no such product.
    """
    known_vendor(vendor)
    explained = explain_gizwits(read_hex(hexadecimal), read_product(product))
    return Explained(explained.rows, None if explained.error is None else str(explained.error))


def show(explanation: Explained, output: Console) -> None:
    """Print the rows as a table; a datapoint inside the bytes of the row before has no bytes of its own."""
    rows = table(output, "offset", "bytes", "field", "meaning", right=("offset",))
    for row in explanation.rows:
        name = row.name if row.length else f"  {row.name}"
        rows.add_row(str(row.offset) if row.length else "", row.hex if row.length else "", name, row.meaning)
    output.print(rows)
