"""Regional parameters of LoRaWAN, one module a region."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from thingproof_wire.frames.regions.as923 import AS923
from thingproof_wire.frames.regions.cn470 import CN470
from thingproof_wire.frames.regions.eu868 import EU868
from thingproof_wire.frames.regions.region import (
    CODING_RATE,
    FHDR_AND_PORT_BYTES,
    PREAMBLE_SYMBOLS,
    SYNC_WORD,
    Channel,
    DataRate,
    Region,
    SubBand,
)
from thingproof_wire.frames.regions.us915 import US915

if TYPE_CHECKING:
    from collections.abc import Mapping

REGIONS: Mapping[str, Region] = MappingProxyType(
    {region.name: region for region in (EU868, US915, AS923, CN470)}
)

__all__ = [
    "CODING_RATE",
    "FHDR_AND_PORT_BYTES",
    "PREAMBLE_SYMBOLS",
    "REGIONS",
    "SYNC_WORD",
    "Channel",
    "DataRate",
    "Region",
    "SubBand",
]
