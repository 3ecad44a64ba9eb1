"""The precompiled codec against the scapy layers of the same frames."""

from importlib.util import find_spec
from time import perf_counter

from thingproof_scenarios.bench.results import Measurement


def measure_codec(*, seconds: float) -> Measurement:
    """Frames a second of both, built and read in turns, and how many times faster the codec is.

    Args:
        seconds: time of the whole measurement.
    """
    if find_spec("scapy") is None:
        note = "no ratio: scapy is not installed (pip install 'thingproof[scapy]')"
        return Measurement("codec", note, {}, missing=note)
    # scapy is an extra, so it is imported when it is wanted.
    from thingproof_wire.scapy.benchmark import benchmark_frames  # noqa: PLC0415

    numbers = benchmark_frames(seconds, perf_counter)
    text = (
        f"{numbers['encode_ratio']:.0f} times scapy to build "
        f"({numbers['codec_encode_per_second']:.0f} frames/s), "
        f"{numbers['decode_ratio']:.1f} times to read ({numbers['codec_decode_per_second']:.0f} frames/s)"
    )
    return Measurement("codec", text, numbers)
