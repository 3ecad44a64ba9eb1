"""Zigbee reports: built in the clear, sealed, read, against scapy layers of the same frames."""

from importlib.util import find_spec
from time import process_time

from thingproof_scenarios.bench.results import Measurement


def measure_zigbee_frames(*, seconds: float) -> Measurement:
    """Whole reports a second in one process, and how many times faster than scapy.

    Args:
        seconds: time of the whole measurement, in seconds of this process.
    """
    if find_spec("scapy") is None:
        note = "no ratio: scapy is not installed (pip install 'thingproof[scapy]')"
        return Measurement("zigbee_frames", note, {}, missing=note)
    # scapy is an extra, so it is imported when it is wanted.
    from thingproof_wire.scapy.zigbee_benchmark import benchmark_zigbee  # noqa: PLC0415

    # Time of this process alone: it computes and never waits, so what else the machine does is left out.
    numbers = benchmark_zigbee(seconds, process_time)
    text = (
        f"{numbers['codec_build_per_second']:.0f} reports/s built in the clear "
        f"({numbers['build_ratio']:.0f} times scapy), "
        f"{numbers['codec_seal_per_second']:.0f}/s sealed ({numbers['seal_ratio']:.0f} times), "
        f"{numbers['codec_read_per_second']:.0f}/s opened and read ({numbers['read_ratio']:.1f} times)"
    )
    return Measurement("zigbee_frames", text, numbers)
