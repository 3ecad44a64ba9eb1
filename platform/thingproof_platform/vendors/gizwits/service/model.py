"""Rows that only this vendor has, and the tables they live in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import msgspec

TABLES: Final[dict[str, type[msgspec.Struct]]] = {}
