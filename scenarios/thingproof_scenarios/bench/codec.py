"""The precompiled codec against the scapy layers of the same frames."""

from collections.abc import Callable
from importlib.util import find_spec
from statistics import median
from time import perf_counter
from typing import Any

from thingproof_scenarios.bench.results import Measurement, median_ratio
from thingproof_scenarios.datapoints import first_values
from thingproof_wire import profiles
from thingproof_wire.frames.gizwits_p0 import Action, Command, decode_frame
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product

PROFILE = "air_conditioner"
BATCH = 50
Work = Callable[[], Any]


def frames_per_second(work: Work, seconds: float) -> float:
    """Frames a second of work that handles one frame."""
    began = perf_counter()
    done = 0
    while perf_counter() - began < seconds:
        for _ in range(BATCH):
            work()
        done += BATCH
    return done / (perf_counter() - began)


def codec_work(product: Product, values: dict[str, Any]) -> tuple[Work, Work]:
    """Build and read a status report with the codec."""
    codec = Codec(product)
    frame = codec.report(values)
    return lambda: codec.report(values), lambda: codec.decode_message(decode_frame(frame).payload)


def scapy_work(product: Product, values: dict[str, Any]) -> tuple[Work, Work]:
    """The same with scapy; its layer is made once and its numbers are ready, so only frames count."""
    # scapy is an extra, so it is imported when it is wanted.
    from thingproof_wire.scapy.gizwits import GizwitsFrame, p0_layer, raw_values  # noqa: PLC0415

    layer = p0_layer(product, Action.REPORT)
    raw = raw_values(product, values)
    frame = bytes(GizwitsFrame(cmd=int(Command.DEVICE_TO_APP)) / layer(**raw))
    assert frame == Codec(product).report(values)

    def read() -> dict[str, Any]:
        packet = layer(bytes(GizwitsFrame(frame).payload))
        return {field.name: getattr(packet, field.name) for field in packet.fields_desc}

    return lambda: bytes(GizwitsFrame(cmd=int(Command.DEVICE_TO_APP)) / layer(**raw)), read


def measure_codec(*, rounds: int, seconds: float) -> Measurement:
    """Frames a second of both, built and read, and how many times faster the codec is."""
    mapping = profiles.load(PROFILE)
    product, values = Product.from_mapping(mapping), first_values(mapping)
    build, read = codec_work(product, values)
    if find_spec("scapy") is None:
        numbers = {"build_per_second": frames_per_second(build, seconds)}
        numbers["read_per_second"] = frames_per_second(read, seconds)
        text = f"{numbers['build_per_second']:.0f} frames/s built, {numbers['read_per_second']:.0f} read"
        note = "no ratio: scapy is not installed (pip install 'thingproof[scapy]')"
        return Measurement("codec", f"{text}; {note}", numbers, missing=note)
    numbers = {}
    for name, ours, theirs in zip(("build", "read"), (build, read), scapy_work(product, values), strict=True):
        pairs = [
            (frames_per_second(ours, seconds), frames_per_second(theirs, seconds)) for _ in range(rounds)
        ]
        fast, slow = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        numbers[f"{name}_ratio"] = median_ratio(fast, slow)
        numbers[f"{name}_per_second"] = median(fast)
        numbers[f"{name}_scapy_per_second"] = median(slow)
    text = (
        f"{numbers['build_ratio']:.0f} times scapy to build ({numbers['build_per_second']:.0f} frames/s), "
        f"{numbers['read_ratio']:.0f} times to read ({numbers['read_per_second']:.0f} frames/s)"
    )
    return Measurement("codec", text, numbers)
