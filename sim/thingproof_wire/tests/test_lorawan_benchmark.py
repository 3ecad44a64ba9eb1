"""The benchmark of LoRaWAN frames, on a clock that the test moves."""

from __future__ import annotations

from itertools import count

from thingproof_wire.scapy.benchmark import ROUNDS
from thingproof_wire.scapy.lorawan_benchmark import FPORT, PAYLOAD, _Codec, _Scapy, benchmark_lorawan


def test_benchmark_counts_by_its_clock() -> None:
    """With a clock that moves 1 s a look, everybody does one batch a second."""
    ticks = count()
    result = benchmark_lorawan(5.0 * ROUNDS, lambda: float(next(ticks)))
    rates = {value for name, value in result.items() if name.endswith("per_second")}
    assert rates == {20.0}
    assert (result["build_ratio"], result["open_ratio"]) == (1.0, 1.0)


def test_both_contestants_do_the_same_work() -> None:
    """A ratio means something only if both build and open the same frames."""
    ours, theirs = _Codec(), _Scapy()
    frame = ours.build(7)
    assert theirs.build(7) == frame
    opened = ours.open(frame)
    assert (opened.fport, opened.payload) == (FPORT, PAYLOAD)
    assert theirs.open(frame) == PAYLOAD
    assert ours.verify(frame)
    assert not ours.verify(frame[:-1] + bytes((frame[-1] ^ 1,)))
