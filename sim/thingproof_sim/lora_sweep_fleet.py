"""What-if questions over whole days of a LoRaWAN fleet, with the vectorised engine.

It answers what the air does with the fleet's traffic: who is heard with which data rates, places and
gateways.
Devices are taken as settled: they have joined, send every reading once, and those with ADR use the data rate
that leaves them the margin the network server would give them. Nobody listens and no gateway sends, so there
is no half-duplex, no repetition and no acknowledgement; the event engine has those. Both draw the same
places and links from a seed; the traffic has draws of its own.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any, Final

from thingproof_sim.devices.lorawan_channels import ChannelPlan
from thingproof_sim.gateways.adaptive_rate import MARGIN_DB
from thingproof_sim.gateways.server_region import ServerRegion
from thingproof_sim.lora_build import (
    DEVICE_POWER_DBM,
    gateway_radios,
    path_loss_of,
    position_of,
    settings_of,
)
from thingproof_sim.lora_energy import Consumption
from thingproof_sim.lora_simulate import LoraResult, SpreadingFactor
from thingproof_sim.lora_world import COLLISION
from thingproof_sim.radio.lora_air import LoraAir
from thingproof_sim.radio.lora_airtime import airtime_s
from thingproof_sim.radio.lora_collision import GATEWAY_BUSY, HALF_DUPLEX, HEARD, OUT_OF_RANGE, cause_text
from thingproof_sim.radio.lora_energy import FOREVER, Battery, EnergyMeter, battery_life_s
from thingproof_sim.radio.lora_link import required_snr_db
from thingproof_sim.radio.lora_sweep import Frames, Listener, numpy, sweep
from thingproof_wire.frames.regions import REGIONS
from thingproof_wire.payloads.gizwits_product import Product
from thingproof_wire.payloads.lora_points import PointsCodec

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_channels import DataRate
    from thingproof_sim.fleet import FleetPlan
    from thingproof_sim.lora_plan import LoraDevicePlan, LoraFleetPlan

OVERHEAD: Final = 13
"""Bytes of an uplink around its payload."""
LISTEN_SYMBOLS: Final = 16
DAY_S: Final = 86_400.0


class _Sender:
    """A settled device: how it sends and what arrives of it."""

    def __init__(
        self,
        plan: LoraDevicePlan,
        air: LoraAir,
        seed: int,
        *,
        size: int,
        rates: dict[int, DataRate],
        first: int,
    ) -> None:
        self.plan = plan
        antenna = air.antenna(plan.name, position_of(plan, seed))
        rate = rates[first]
        if plan.adr:
            for index in sorted(rates, reverse=True):
                signal = antenna.signal(rates[index].sf, rates[index].bandwidth_hz, DEVICE_POWER_DBM)
                best = max(one.snr_db for one in signal.clear)
                if best - required_snr_db(rates[index].sf) >= MARGIN_DB or index == min(rates):
                    rate = rates[index]
                    break
        self.rate = rate
        self.rssi_dbm = antenna.signal(rate.sf, rate.bandwidth_hz, DEVICE_POWER_DBM).rssi_dbm
        self.airtime_s = airtime_s(OVERHEAD + size, rate.sf, rate.bandwidth_hz)


def sweep_lora(plan: FleetPlan, *, seed: int, duration_s: float) -> LoraResult:
    """The air of a fleet over a while.

    Args:
        plan: a fleet with a network.
        seed: root of places, links and traffic.
        duration_s: simulated seconds.

    Raises:
        SweepUnavailable: NumPy is not installed.
        ValueError: the fleet has no network.
    """
    if plan.lora is None:
        raise ValueError(f"the fleet {plan.name} has no lora section")
    np = numpy()
    network = plan.lora
    senders = _senders(network, plan, seed)
    generator = np.random.Generator(np.random.PCG64(seed))
    frames, owner = _traffic(np, generator, network, senders, duration_s)
    outcomes = sweep(frames, tuple(Listener() for _ in network.gateways))
    best = _nearest(np, outcomes)
    digest = hashlib.sha256()
    for part in (frames.start_s, frames.sf, frames.channel, best):
        digest.update(np.ascontiguousarray(part).tobytes())
    sent = np.bincount(owner, minlength=len(senders))
    airtimes = [float(count) * sender.airtime_s for count, sender in zip(sent, senders, strict=True)]
    by_sf, lost = _losses(frames.sf, best)
    delivered = int((best == 0).sum())
    return LoraResult(
        seed=seed,
        trace_hash=digest.hexdigest(),
        engine="sweep",
        simulated_s=duration_s,
        devices=len(senders),
        gateways=len(network.gateways),
        joined=len(senders),
        readings=len(best),
        delivered=delivered,
        on_the_way=0,
        lost=lost,
        frames=len(best),
        frames_heard=delivered,
        frames_lost=lost,
        by_sf=by_sf,
        airtime_s=sum(airtimes),
        duty_cycle={"mean": sum(airtimes) / len(senders) / duration_s, "highest": max(airtimes) / duration_s},
        gateway_airtime_s=0.0,
        gateway_duty_cycle={"mean": 0.0, "highest": 0.0},
        consumption=_consumption(senders, sent, airtimes, duration_s),
        downlinks={},
        downlink_results={},
        server={},
        events=0,
    )


def _senders(network: LoraFleetPlan, plan: FleetPlan, seed: int) -> list[_Sender]:
    region = REGIONS[network.region]
    air = LoraAir(gateway_radios(network), path_loss_of(network), seed)
    sizes = {name: PointsCodec(Product.from_mapping(mapping)).size for name, mapping in plan.products.items()}
    channels = ChannelPlan(region)
    rates = {index: channels.rate(index) for index in range(region.min_data_rate, region.max_data_rate + 1)}
    return [
        _Sender(
            row,
            air,
            seed,
            size=sizes[row.product],
            rates=rates,
            first=settings_of(row, number, region).data_rate,
        )
        for number, row in enumerate(network.devices)
    ]


def _traffic(
    np: Any, generator: Any, network: LoraFleetPlan, senders: list[_Sender], duration_s: float
) -> tuple[Frames, Any]:
    """Every frame in order of start, and the index of its sender."""
    starts, owners = [], []
    for number, sender in enumerate(senders):
        period = sender.plan.period_s
        if period <= 0:
            continue
        first = generator.uniform(0.0, period)
        count = int(duration_s / period) + 2
        if sender.plan.traffic == "poisson":
            own = first + np.cumsum(generator.exponential(period, count + 4 * int(math.sqrt(count)) + 8))
        else:
            jitter = period * sender.plan.jitter
            own = first + period * np.arange(count) + generator.uniform(-jitter, jitter, count)
        own = own[(own >= 0) & (own < duration_s)]
        starts.append(own)
        owners.append(np.full(len(own), number, np.int64))
    start = np.concatenate(starts) if starts else np.zeros(0)
    owner = np.concatenate(owners) if owners else np.zeros(0, np.int64)
    order = np.argsort(start, kind="stable")
    start, owner = start[order], owner[order]
    region = REGIONS[network.region]
    more = ServerRegion(region).cf_list
    uplink = [row.frequency_hz for row in region.channels if row.min_data_rate <= region.min_data_rate]
    uplink += [hertz for hertz in getattr(more, "frequencies_hz", ()) if hertz]
    airtime = np.array([sender.airtime_s for sender in senders])[owner]
    return (
        Frames(
            start_s=start,
            end_s=start + airtime,
            sf=np.array([sender.rate.sf for sender in senders], np.uint8)[owner],
            channel=generator.integers(0, len(uplink), len(start)).astype(np.uint8),
            rssi_dbm=np.array([sender.rssi_dbm for sender in senders], np.float64).T[:, owner].copy(),
            channels=tuple((hertz, 125_000) for hertz in uplink),
        ),
        owner,
    )


def _nearest(np: Any, outcomes: Any) -> Any:
    """One outcome a frame: heard if a gateway heard it, else the nearest miss. Collisions count as 1."""
    nearness = np.full(outcomes.shape, 4, np.int64)
    for rank, code in enumerate((HEARD, None, HALF_DUPLEX, GATEWAY_BUSY, OUT_OF_RANGE)):
        nearness[outcomes > 0 if code is None else outcomes == code] = rank
    return nearness.min(axis=0)


_KINDS: Final = (
    "heard",
    COLLISION,
    cause_text(HALF_DUPLEX),
    cause_text(GATEWAY_BUSY),
    cause_text(OUT_OF_RANGE),
)


def _losses(factors: Any, best: Any) -> tuple[dict[int, SpreadingFactor], dict[str, int]]:
    """Frames by spreading factor and outcome, and lost ones by cause."""
    by_sf: dict[int, SpreadingFactor] = {}
    lost: dict[str, int] = {}
    for sf in range(7, 13):
        mine = best[factors == sf]
        if not len(mine):
            continue
        row = by_sf[sf] = SpreadingFactor(len(mine), int((mine == 0).sum()))
        for rank, kind in enumerate(_KINDS[1:], 1):
            count = int((mine == rank).sum())
            if count:
                row.lost[str(kind)] = count
                lost[str(kind)] = lost.get(str(kind), 0) + count
    return by_sf, dict(sorted(lost.items()))


def _consumption(senders: list[_Sender], sent: Any, airtimes: list[float], duration_s: float) -> Consumption:
    totals, states, shortest = [], {"transmit": 0.0, "receive": 0.0, "sleep": 0.0}, FOREVER
    for sender, count, airtime in zip(senders, sent, airtimes, strict=True):
        meter = EnergyMeter()
        meter.transmit(DEVICE_POWER_DBM, airtime)
        always = sender.plan.device_class == "C"
        listened = duration_s - airtime if always else int(count) * LISTEN_SYMBOLS * sender.rate.symbol_s
        meter.receive(max(0.0, listened))
        by_state = meter.joules_by_state(duration_s)
        totals.append(sum(by_state.values()))
        for state, joules in by_state.items():
            states[state] += joules
        if sender.plan.battery_mah:
            life = battery_life_s(Battery(sender.plan.battery_mah), meter.mean_current_ma(duration_s))
            shortest = min(shortest, life)
    return Consumption(
        sum(totals),
        sum(totals) / len(totals),
        max(totals),
        states["transmit"],
        states["receive"],
        states["sleep"],
        None if shortest == FOREVER else shortest / DAY_S,
    )


__all__ = ["sweep_lora"]
