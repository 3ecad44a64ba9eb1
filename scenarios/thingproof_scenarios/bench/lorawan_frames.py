"""Encrypted LoRaWAN uplinks: built, opened and verified, against scapy layers of the same frames."""

from importlib.util import find_spec
from time import process_time

from thingproof_scenarios.bench.results import Measurement


def measure_lorawan_frames(*, seconds: float) -> Measurement:
    """Whole encrypted uplinks a second in one process, and how many times faster than scapy.

    Args:
        seconds: time of the whole measurement, in seconds of this process.
    """
    if find_spec("scapy") is None:
        note = "no ratio: scapy is not installed (pip install 'thingproof[scapy]')"
        return Measurement("lorawan_frames", note, {}, missing=note)
    # scapy is an extra, so it is imported when it is wanted.
    from thingproof_wire.scapy.lorawan_benchmark import benchmark_lorawan  # noqa: PLC0415

    # Time of this process alone: it computes and never waits, so what else the machine does is left out.
    numbers = benchmark_lorawan(seconds, process_time)
    text = (
        f"{numbers['codec_build_per_second']:.0f} encrypted uplinks/s built "
        f"({numbers['build_ratio']:.0f} times scapy), "
        f"{numbers['codec_open_per_second']:.0f}/s checked and opened ({numbers['open_ratio']:.1f} times), "
        f"{numbers['codec_verify_per_second']:.0f}/s only checked"
    )
    return Measurement("lorawan_frames", text, numbers)
