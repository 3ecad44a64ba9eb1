"""Time on air of LoRa frames.

Source: the formula of the SX1276 data sheet, section 4.1.1.7 "Time on air", which is also that of Semtech's
AN1200.13; for spreading factors 5 and 6 as the SX1262 sends them, the data sheet of that chip, section 6.1.4.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

SPREADING_FACTORS: Final = range(5, 13)
BANDWIDTHS_HZ: Final = (125_000, 250_000, 500_000)
CODING_RATES: Final = {1: "4/5", 2: "4/6", 3: "4/7", 4: "4/8"}
PREAMBLE: Final = 8
"""Symbols of the preamble of every LoRaWAN region."""
SYNC_SYMBOLS: Final = 4.25
"""Sync word and start of frame after the programmed preamble; 6.25 with spreading factors 5 and 6."""
LONG_SYMBOL_S: Final = 0.016
"""From this length of a symbol on, modems use the low data rate optimisation."""


def symbol_s(sf: int, bandwidth_hz: int) -> float:
    """Length of a symbol in seconds."""
    return (1 << sf) / bandwidth_hz


def low_data_rate(sf: int, bandwidth_hz: int) -> bool:
    """Whether modems switch the low data rate optimisation on: SF11 and SF12 at 125 kHz, SF12 at 250 kHz."""
    return symbol_s(sf, bandwidth_hz) >= LONG_SYMBOL_S


def payload_symbols(
    payload_bytes: int,
    sf: int,
    coding_rate: int = 1,
    *,
    explicit_header: bool = True,
    crc: bool = True,
    optimised: bool = False,
) -> int:
    """Symbols after the preamble: header, payload and its CRC.

    Args:
        payload_bytes: length of the PHYPayload, 0..255.
        sf: spreading factor 5..12.
        coding_rate: 1 (4/5) to 4 (4/8).
        explicit_header: whether the frame says its length and coding rate itself.
        crc: whether a CRC follows the payload; LoRaWAN downlinks have none.
        optimised: low data rate optimisation.

    Raises:
        ValueError: an argument is out of range.
    """
    if not 0 <= payload_bytes <= 255:
        raise ValueError(f"payload_bytes is {payload_bytes}: a LoRa frame carries 0 to 255 bytes")
    if sf not in SPREADING_FACTORS:
        raise ValueError(f"sf is {sf}: spreading factors are 5 to 12")
    if coding_rate not in CODING_RATES:
        raise ValueError(f"coding_rate is {coding_rate}: use 1 for 4/5 to 4 for 4/8")
    bits = 8 * payload_bytes + 16 * crc - 4 * sf + (20 if explicit_header else 0)
    if sf >= 7:
        bits += 8
    symbol_bits = 4 * (sf - 2 * optimised)
    return 8 + max(-(-bits // symbol_bits) * (coding_rate + 4), 0)


@lru_cache(maxsize=4096)
def airtime_s(
    payload_bytes: int,
    sf: int,
    bandwidth_hz: int = 125_000,
    coding_rate: int = 1,
    preamble: int = PREAMBLE,
    *,
    explicit_header: bool = True,
    crc: bool = True,
    low_data_rate: bool | None = None,
) -> float:
    """Time on air of a frame, seconds.

    Args:
        payload_bytes: length of the PHYPayload, 0..255.
        sf: spreading factor 5..12.
        bandwidth_hz: 125 000, 250 000 or 500 000.
        coding_rate: 1 (4/5) to 4 (4/8).
        preamble: programmed symbols.
        explicit_header: whether the frame says its length and coding rate itself.
        crc: whether a CRC follows the payload; LoRaWAN downlinks have none.
        low_data_rate: low data rate optimisation; None for as modems do, by the length of a symbol.

    Raises:
        ValueError: an argument is out of range.
    """
    if bandwidth_hz <= 0:
        raise ValueError(f"bandwidth_hz is {bandwidth_hz}: give it in Hz, usually 125000, 250000 or 500000")
    symbol = symbol_s(sf, bandwidth_hz)
    optimised = symbol >= LONG_SYMBOL_S if low_data_rate is None else low_data_rate
    symbols = payload_symbols(
        payload_bytes, sf, coding_rate, explicit_header=explicit_header, crc=crc, optimised=optimised
    )
    sync = SYNC_SYMBOLS if sf >= 7 else SYNC_SYMBOLS + 2
    return (preamble + sync + symbols) * symbol
