"""The vendors: each folder is one cloud's dialect over the same core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.core.errors import InputError
from thingproof_platform.vendors import gizwits, sylvia

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thingproof_platform.core.dialect import Dialect

DIALECTS: Final[dict[str, Dialect]] = {dialect.name: dialect for dialect in (gizwits.DIALECT, sylvia.DIALECT)}


def load(names: Iterable[str]) -> dict[str, Dialect]:
    """The dialects of the named vendors; raises InputError for an unknown one."""
    chosen = {}
    for name in names:
        if name not in DIALECTS:
            raise InputError(
                f"{name!r} is no vendor",
                field="vendors",
                value=name,
                remedy=f"choose of: {', '.join(DIALECTS)}",
            )
        chosen[name] = DIALECTS[name]
    return chosen
