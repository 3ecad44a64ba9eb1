"""Devices: details, logs, control."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.dialect import Response
from thingproof_platform.vendors.gizwits.auth import account_of, application_of
from thingproof_platform.vendors.gizwits.service import orders
from thingproof_platform.vendors.gizwits.service.binding import binding_of
from thingproof_platform.vendors.gizwits.service.forms import body_of, form_invalid, integer
from thingproof_platform.vendors.gizwits.shapes import devices as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.model import Record
    from thingproof_platform.core.world import World

# spelling of the request -> spelling of the answer (gizwits.md:1394)
_SORTS: Final[dict[str, str]] = {"": "desc", "desc": "desc", "dese": "desc", "asc": "asc", "ase": "asc"}
_LOGS: Final = ("cmd", "online")


def get(world: World, request: Request) -> Response:
    """Details of a device bound to the caller (gizwits.md:1286)."""
    attachment, thing = world.things.find("gizwits", request.path_parameters["did"])
    binding = binding_of(world, account_of(request), attachment)
    return Response(200, shapes.device(attachment, thing, binding, shapes.endpoints(world)))


def raw_data(world: World, request: Request) -> Response:
    """Communication log or online records of a device (gizwits.md:1346)."""
    attachment, thing = world.things.find("gizwits", request.path_parameters["did"])
    binding_of(world, account_of(request), attachment)
    meta = _query(world, request)
    records = world.records.between(
        thing.id,
        communication=meta["type"] == "cmd",
        start=meta["start_time"],
        end=meta["end_time"] + 1,  # the second named last belongs to the query
    )
    page = _page(world, request.operation, records, meta)
    meta["total"] = len(page) if world.faults.hits("total_of_page", request.operation) else len(records)
    meta["did"] = attachment.external_id
    scale = 1000 if world.faults.on("log_in_milliseconds") else 1
    shown = [shapes.record(entry, lambda at: round(at * scale, 3)) for entry in page]
    return Response(200, {"meta": meta, "objects": shown})


def _query(world: World, request: Request) -> dict[str, Any]:
    """The checked query; both times are whole seconds."""
    limits = world.limits
    kind = request.query.get("type", "")
    sort = _SORTS.get(request.query.get("sort", ""))
    if kind not in _LOGS:
        raise form_invalid("type", f"expected one of {', '.join(_LOGS)}")
    if sort is None:
        raise form_invalid("sort", "expected desc or asc")
    meta: dict[str, Any] = {
        "sort": sort,
        "limit": integer(request, "limit", limits.page, most=limits.log_page),
        "skip": integer(request, "skip", 0),
        "start_time": integer(request, "start_time"),
        "end_time": integer(request, "end_time"),
        "type": kind,
    }
    if meta["skip"] + meta["limit"] > limits.log_reach:
        raise form_invalid("skip", f"skip + limit must be at most {limits.log_reach}")
    if not world.faults.on("accept_any_log_span"):
        _check_period(world, meta["start_time"], meta["end_time"])
    return meta


def _check_period(world: World, start: int, end: int) -> None:
    """Less than 48 hours within the last 7 days, not in the future (gizwits.md:1350, 1371)."""
    now = math.floor(world.clock.now())
    if end > now:
        raise form_invalid("end_time", "lies in the future")
    if end <= start:
        raise form_invalid("end_time", "must be greater than start_time")
    if end - start >= world.limits.log_span:
        raise form_invalid("end_time", "must be less than 48 hours after start_time")
    if start < now - world.limits.log_age:
        raise form_invalid("start_time", "lies more than 7 days back")


def _page(world: World, operation: str, records: list[Record], meta: dict[str, Any]) -> list[Record]:
    faults = world.faults
    if meta["sort"] == "desc" or faults.on("log_sort_ignored"):
        records.reverse()
    if faults.on("log_unsorted"):
        records = records[1::2] + records[::2]
    skip = 0 if faults.hits("ignore_skip", operation) else meta["skip"]
    limit = len(records) if faults.hits("ignore_limit", operation) else meta["limit"]
    return records[skip : skip + limit]


def control(world: World, request: Request) -> Response:
    """Send data points or raw bytes (gizwits.md:1457); all is checked before anything is sent."""
    attachment, _ = world.things.find("gizwits", request.path_parameters["did"])
    account, application = account_of(request), application_of(request)
    binding_of(world, account, attachment)
    order = orders.order_of(body_of(request), request.query.get("binary_coding"))
    origin = orders.Origin(account.id, application.id, request.peer)
    orders.carry_out(world, attachment, order, "decimal", origin)
    return Response(200)
