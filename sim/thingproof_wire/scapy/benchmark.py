"""How many times faster the precompiled codec is than the scapy layers of the same frames."""

from __future__ import annotations

from itertools import cycle
from statistics import median
from typing import TYPE_CHECKING, Any

from thingproof_wire import profiles
from thingproof_wire.frames.gizwits_p0 import Action, Command, decode_frame
from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product
from thingproof_wire.scapy.gizwits import GizwitsFrame, frame_layer, p0_layer, raw_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from thingproof_wire.payloads.gizwits_datapoint import Value

    Work = Callable[[Any], Any]

ROUNDS = 5
"""The contestants take turns, so that a slow moment of the machine meets both."""
_BATCH = 20


def benchmark_frames(
    seconds: float, clock: Callable[[], float], *, profile: str = "pet_house"
) -> dict[str, float]:
    """Report frames of a fixed-length product, encoded and decoded by codec and scapy, in one run.

    Args:
        seconds: time of the whole run.
        clock: seconds that only grow, such as ``time.perf_counter``.
        profile: whose reports.

    Returns:
        ``{codec,scapy}_{encode,decode}_per_second`` as medians of the rounds, and ``{encode,decode}_ratio``,
        the median of codec over scapy round by round.
    """
    product = Product.from_mapping(profiles.load(profile))
    reports = [_report(product, number) for number in range(64)]
    share = seconds / (4 * ROUNDS)
    result: dict[str, float] = {}
    for task, (codec, scapy) in {
        "encode": (_codec_encoder(product, reports), _scapy_encoder(product, reports)),
        "decode": (_codec_decoder(product, reports), _scapy_decoder(product, reports)),
    }.items():
        rounds = [(rate(*codec, share, clock), rate(*scapy, share, clock)) for _ in range(ROUNDS)]
        result[f"codec_{task}_per_second"] = median(ours for ours, _ in rounds)
        result[f"scapy_{task}_per_second"] = median(theirs for _, theirs in rounds)
        result[f"{task}_ratio"] = median(ours / theirs for ours, theirs in rounds)
    return result


def _report(product: Product, number: int) -> dict[str, Value]:
    """Different values for each number, all of them allowed."""
    report: dict[str, Value] = {}
    for row in product.datapoints:
        if row.type == "bool":
            report[row.name] = bool(number & 1)
        elif row.type == "enum":
            report[row.name] = row.values[number % len(row.values)]
        elif row.type == "binary":
            report[row.name] = bytes((number,)) * row.length
        else:
            lowest, steps = row.to_raw(row.minimum), round((row.maximum - row.minimum) / row.ratio)
            report[row.name] = row.to_display(lowest + number % (steps + 1))
    return report


def rate(work: Work, inputs: Iterable[Any], seconds: float, clock: Callable[[], float]) -> float:
    """Frames per second of work on one input after the other."""
    supply = cycle(inputs)
    began = now = clock()
    done = 0
    while now - began < seconds or not done:
        for _ in range(_BATCH):
            work(next(supply))
        done += _BATCH
        now = clock()
    return done / (now - began)


def _codec_encoder(product: Product, reports: Sequence[dict[str, Value]]) -> tuple[Work, Iterable[Any]]:
    return Codec(product).report, reports


def _codec_decoder(product: Product, reports: Sequence[dict[str, Value]]) -> tuple[Work, Iterable[Any]]:
    codec = Codec(product)
    return lambda data: codec.decode_message(decode_frame(data).payload), [*map(codec.report, reports)]


def _scapy_encoder(product: Product, reports: Sequence[dict[str, Value]]) -> tuple[Work, Iterable[Any]]:
    """Transmitted values are ready and the layer is made once: only the building of frames is compared."""
    layer = p0_layer(product, Action.REPORT)
    return (
        lambda raw: bytes(GizwitsFrame(cmd=int(Command.DEVICE_TO_APP)) / layer(**raw)),
        [raw_values(product, report) for report in reports],
    )


def _scapy_decoder(product: Product, reports: Sequence[dict[str, Value]]) -> tuple[Work, Iterable[Any]]:
    codec = Codec(product)
    return frame_layer(product), [*map(codec.report, reports)]
