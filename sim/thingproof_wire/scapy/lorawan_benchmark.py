"""Encrypted LoRaWAN uplinks a second, and how many times more than with scapy and the same ciphers."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from thingproof_wire.frames.lorawan import MIC_BYTES, DataFrame, MType
from thingproof_wire.frames.lorawan_crypto import Session, SessionKeys, UplinkBuilder, read_address
from thingproof_wire.scapy.benchmark import ROUNDS, rate
from thingproof_wire.scapy.lorawan import LorawanFrame, LorawanUplink

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESS = 0x26011BDA
FPORT = 1
PAYLOAD = bytes(range(12))
"""Twelve bytes, as a thermometer sends them: one block of the cipher, 25 bytes on the air."""
_COUNTERS = range(1, 65)
_KEYS = SessionKeys(bytes(range(16)), bytes(range(16, 32)))


def benchmark_lorawan(seconds: float, clock: Callable[[], float]) -> dict[str, float]:
    """Whole encrypted uplinks built, opened and only verified; scapy builds and opens them too, in turns.

    Both use the same cached ciphers, so the ratio is that of the frame's definition, not of AES.

    Args:
        seconds: time of the whole run.
        clock: seconds that only grow, such as ``time.perf_counter``.

    Returns:
        ``{codec,scapy}_{build,open}_per_second`` as medians of the rounds, ``{build,open}_ratio``, the median
        of codec over scapy round by round, and ``codec_verify_per_second``, address and MIC only.
    """
    ours, theirs = _Codec(), _Scapy()
    frames = [ours.build(fcnt) for fcnt in _COUNTERS]
    share = seconds / (5 * ROUNDS)
    result: dict[str, float] = {}
    tasks: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], list[Any]]] = {
        "build": (ours.build, theirs.build, list(_COUNTERS)),
        "open": (ours.open, theirs.open, frames),
    }
    for task, (codec, scapy, inputs) in tasks.items():
        rounds = [
            (rate(codec, inputs, share, clock), rate(scapy, inputs, share, clock)) for _ in range(ROUNDS)
        ]
        result[f"codec_{task}_per_second"] = median(fast for fast, _ in rounds)
        result[f"scapy_{task}_per_second"] = median(slow for _, slow in rounds)
        result[f"{task}_ratio"] = median(fast / slow for fast, slow in rounds)
    verified = [rate(ours.verify, frames, share, clock) for _ in range(ROUNDS)]
    return result | {"codec_verify_per_second": median(verified)}


class _Codec:
    """The precompiled way."""

    def __init__(self) -> None:
        self._builder = UplinkBuilder(ADDRESS, _KEYS)
        self._session = Session(ADDRESS, _KEYS)

    def build(self, fcnt: int) -> bytes:
        """A whole encrypted uplink."""
        return self._builder.build(fcnt, FPORT, PAYLOAD)

    def open(self, data: bytes) -> DataFrame:
        """The frame in the clear."""
        return self._session.open(data, read_address(data)[1])

    def verify(self, data: bytes) -> bool:
        """Whether the frame is the device's, without a look at its payload."""
        return self._session.verifies(data, read_address(data)[1], uplink=True)


class _Scapy:
    """The same with scapy layers; only the ciphers are ours."""

    def __init__(self) -> None:
        self._session = Session(ADDRESS, _KEYS)

    def build(self, fcnt: int) -> bytes:
        """A whole encrypted uplink."""
        hidden = self._session.crypt(PAYLOAD, fcnt, uplink=True, fport=FPORT)
        layer = LorawanUplink(
            mtype=int(MType.UNCONFIRMED_UP), dev_addr=ADDRESS, fcnt=fcnt, fport=FPORT, frm_payload=hidden
        )
        message = bytes(layer)[:-MIC_BYTES]
        return message + self._session.mic(message, fcnt, uplink=True)

    def open(self, data: bytes) -> bytes:
        """The payload in the clear, of a frame whose MIC is right."""
        packet = LorawanFrame(data)
        if packet.mic != self._session.mic(data[:-MIC_BYTES], packet.fcnt, uplink=True):
            raise AssertionError("scapy reads another MIC")
        return self._session.crypt(packet.frm_payload, packet.fcnt, uplink=True, fport=packet.fport)
