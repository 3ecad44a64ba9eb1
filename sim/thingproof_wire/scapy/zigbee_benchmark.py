"""Zigbee reports a second, in the clear and sealed, and how many times more than with scapy."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from thingproof_wire.frames.ieee802154 import add_fcs, data_frame, remove_fcs
from thingproof_wire.frames.zcl import ZclFrame, ZclType
from thingproof_wire.frames.zigbee_aps import ApsFrame, ApsType
from thingproof_wire.frames.zigbee_nwk import NwkFrame, NwkType
from thingproof_wire.frames.zigbee_report import Report, ReportBuilder, ReportPath, read_report
from thingproof_wire.frames.zigbee_security import NetworkKey, network_header, seal
from thingproof_wire.scapy import zigbee
from thingproof_wire.scapy.benchmark import ROUNDS, rate

if TYPE_CHECKING:
    from collections.abc import Callable

PAN, ADDRESS, IEEE = 0x1A62, 0x96BA, 0x00124B0024C34DA0
CLUSTER, ATTRIBUTE, INT16 = 0x0402, 0x0000, 0x29
_NUMBERS = range(1, 65)


def benchmark_zigbee(seconds: float, clock: Callable[[], float]) -> dict[str, float]:
    """Whole reports of a temperature built in the clear, sealed, and sealed ones read; scapy too, in turns.

    Both use the same ciphers, so the ratio is that of the frame's definition, not of AES.

    Args:
        seconds: time of the whole run.
        clock: seconds that only grow, such as ``time.perf_counter``.

    Returns:
        ``{codec,scapy}_{build,seal,read}_per_second`` as medians of the rounds and
        ``{build,seal,read}_ratio``, the median of codec over scapy round by round.
    """
    ours, theirs = _Codec(), _Scapy()
    frames = [ours.seal(number) for number in _NUMBERS]
    share = seconds / (6 * ROUNDS)
    result: dict[str, float] = {}
    tasks: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], list[Any]]] = {
        "build": (ours.build, theirs.build, list(_NUMBERS)),
        "seal": (ours.seal, theirs.seal, list(_NUMBERS)),
        "read": (ours.read, theirs.read, frames),
    }
    for task, (codec, scapy, inputs) in tasks.items():
        rounds = [
            (rate(codec, inputs, share, clock), rate(scapy, inputs, share, clock)) for _ in range(ROUNDS)
        ]
        result[f"codec_{task}_per_second"] = median(fast for fast, _ in rounds)
        result[f"scapy_{task}_per_second"] = median(slow for _, slow in rounds)
        result[f"{task}_ratio"] = median(fast / slow for fast, slow in rounds)
    return result


class _Codec:
    """The precompiled way."""

    def __init__(self) -> None:
        self._builder = ReportBuilder(ReportPath(PAN, ADDRESS), CLUSTER, ((ATTRIBUTE, INT16),))
        self._key = NetworkKey(bytes(range(16)))

    def build(self, number: int) -> bytes:
        """A whole report in the clear."""
        return self._builder.build(number, number, number, number, 2150)

    def seal(self, number: int) -> bytes:
        """A whole sealed report."""
        return self._builder.seal(self._key, IEEE, number, (number, number, number, number), 2150)

    def read(self, data: bytes) -> Report:
        """What a sealed report says."""
        return read_report(data, self._key)


class _Scapy:
    """The same with scapy layers; only the cipher and the FCS are ours."""

    def __init__(self) -> None:
        self._key = NetworkKey(bytes(range(16)))

    def _application(self, number: int) -> bytes:
        record = zigbee.build_report(((ATTRIBUTE, INT16, (2150).to_bytes(2, "little")),))
        zcl = ZclFrame(ZclType.FOUNDATION, number, 0x0A, record, to_client=True, no_default_response=True)
        aps = ApsFrame(
            ApsType.DATA,
            number,
            zigbee.build_cluster_frame(zcl),
            destination=1,
            cluster=CLUSTER,
            profile=0x0104,
            endpoint=1,
        )
        return zigbee.build_application(aps)

    def _frame(self, number: int, payload: bytes, *, security: bool) -> NwkFrame:
        return NwkFrame(NwkType.DATA, 0, ADDRESS, 30, number, payload, security, discover_route=True)

    def _air(self, number: int, network: bytes) -> bytes:
        return add_fcs(zigbee.build_mac(data_frame(PAN, 0, ADDRESS, number, network, ack_request=True)))

    def build(self, number: int) -> bytes:
        """A whole report in the clear."""
        frame = self._frame(number, self._application(number), security=False)
        return self._air(number, zigbee.build_network(frame))

    def seal(self, number: int) -> bytes:
        """A whole sealed report."""
        head = zigbee.build_network(self._frame(number, b"", security=True))
        header = network_header(number, IEEE)
        return self._air(
            number, head + seal(self._key.cipher, head, header, self._application(number), source=IEEE)
        )

    def read(self, data: bytes) -> tuple[tuple[int, int, bytes], ...]:
        """The attributes of a sealed report."""
        network = zigbee.dissect_network(zigbee.dissect_mac(remove_fcs(data)).payload)
        _, clear = self._key.open(network)
        zcl = zigbee.dissect_cluster_frame(zigbee.dissect_application(clear.payload).payload)
        return zigbee.dissect_report(zcl.payload)
