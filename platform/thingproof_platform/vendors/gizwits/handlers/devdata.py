"""The latest values of a device."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.auth import account_of
from thingproof_platform.vendors.gizwits.service import aggregation
from thingproof_platform.vendors.gizwits.service.binding import binding_of
from thingproof_platform.vendors.gizwits.shapes import devices as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.model import Thing
    from thingproof_platform.core.world import World

_encode = msgspec.json.Encoder().encode


def latest(world: World, request: Request) -> Response:
    """The last value of each data point reported within 24 hours (gizwits.md:1088).

    The finished answer is kept until the next report or until one of its values becomes too old.
    """
    did = request.path_parameters["did"]
    prepared = world.readings.prepared.get(("gizwits", did))
    if prepared is not None and world.clock.now() <= prepared[1] and not world.faults.active:
        return Response(200, raw=prepared[0])
    attachment, thing = world.things.find("gizwits", did)
    if world.faults.on("latest_of_other_device"):
        thing = world.things.things.rows[world.things.other_of_product(attachment).thing]
    age = math.inf if world.faults.on("latest_forever") else world.limits.latest_age
    values, until = world.readings.fresh(thing.id, age)
    if not values:
        raise Refusal(Reason.DATA_MISSING, "the device reported nothing within 24 hours")
    reading = world.readings.last(thing.id)
    body = {
        "did": attachment.external_id,
        "updated_at": int(reading.updated_at),
        "attr": shapes.latest_values(_faulty(world, thing, values)),
    }
    if world.faults.on("booleans_as_words"):
        body["attr"] = shapes.pushed_values(values)
    raw = _encode(body)
    if not world.faults.active:
        world.readings.prepare("gizwits", did, thing.id, raw, until)
    return Response(200, raw=raw)


def _faulty(world: World, thing: Thing, values: dict[str, Any]) -> dict[str, Any]:
    """The values as the faults about their form want them."""
    if not world.faults.active:
        return values
    shown = dict(values)
    for point in world.things.products.rows[thing.product].mapping.get("datapoints", ()):
        value = shown.get(point["name"])
        if value is None:
            continue
        if point["type"] == "enum" and world.faults.on("enumerations_as_numbers"):
            shown[point["name"]] = point["values"].index(value)
        elif point["type"].startswith("uint") and world.faults.on("transmitted_values"):
            shown[point["name"]] = round((value - point.get("addition", 0)) / point.get("ratio", 1))
    return shown


def agg(world: World, request: Request) -> Response:
    """Sums, averages, greatest and smallest values by period (gizwits.md:3384)."""
    attachment, thing = world.things.find("gizwits", request.path_parameters["did"])
    account = account_of(request)
    binding_of(world, account, attachment)
    query = aggregation.read(world, thing, request)
    if not world.things.products.rows[thing.product].aggregated:
        raise Refusal(Reason.DATA_MISSING, "aggregation is not opened for this product")
    return Response(200, aggregation.answer(world, thing, account, query))
