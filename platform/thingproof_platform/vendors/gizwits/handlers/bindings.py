"""Bindings: bind a device, list what is bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.auth import account_of, check_signature
from thingproof_platform.vendors.gizwits.service.binding import bind
from thingproof_platform.vendors.gizwits.service.forms import body_of, form_invalid, integer, text
from thingproof_platform.vendors.gizwits.shapes import devices as shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.model import Attachment, Binding
    from thingproof_platform.core.world import World


def bind_mac(world: World, request: Request) -> Response:
    """Bind a device by product key and MAC address (gizwits.md:730)."""
    members = body_of(request)
    product_key = text(world, members, "product_key", required=True)
    mac = text(world, members, "mac", required=True)
    remark, alias = text(world, members, "remark"), text(world, members, "dev_alias")
    # The role follows from the product and the bindings alone; set_owner changes nothing (gizwits.md:755).
    if members.get("set_owner") not in (None, 0, 1, "0", "1") or isinstance(members.get("set_owner"), bool):
        raise form_invalid("set_owner", "expected 0 or 1")
    product = world.things.products.get(product_key)
    if product is None:
        raise Refusal(Reason.PRODUCT_UNKNOWN, "no product has this key", "product_key")
    check_signature(world, request, product.secret)
    thing = world.things.with_mac(product_key, mac)
    attachment = None if thing is None else world.things.attachment_of("gizwits", thing.id)
    if thing is None or attachment is None:
        raise Refusal(Reason.THING_UNKNOWN, "no device of this product has this MAC address", "mac")
    if attachment.disabled:
        raise Refusal(Reason.THING_DISABLED, "the device is deregistered")
    binding = bind(world, account_of(request), thing, product, remark=remark, alias=alias)
    return Response(201, shapes.device(attachment, thing, binding, shapes.endpoints(world)))


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The devices bound to the caller, newest binding first (gizwits.md:843)."""
    limit = integer(request, "limit", world.limits.page)
    skip = integer(request, "skip", 0)
    with_disabled = integer(request, "show_disabled", 0) == 1 or world.faults.on("show_disabled_always")
    with_protocol = integer(request, "show_proto_ver", 0) == 1
    bound = _bound(world, account_of(request).id, with_disabled=with_disabled)
    if not world.faults.on("bindings_oldest_first"):
        bound = bound[::-1]
    skip = 0 if world.faults.hits("ignore_skip", request.operation) else skip
    limit = len(bound) if world.faults.hits("ignore_limit", request.operation) else limit
    page = bound[skip : skip + limit]
    shown = [_listed(world, *pair, with_protocol=with_protocol) for pair in page]
    return Response(200, {"devices": shown})


def _bound(world: World, account: str, *, with_disabled: bool) -> Sequence[tuple[Binding, Attachment]]:
    pairs = (
        (binding, world.things.attachment_of("gizwits", binding.thing))
        for binding in world.things.bindings_of_account(account)
    )
    return [
        (binding, attachment)
        for binding, attachment in pairs
        if attachment is not None and (with_disabled or not attachment.disabled)
    ]


def _listed(world: World, binding: Binding, attachment: Attachment, *, with_protocol: bool) -> dict[str, Any]:
    thing = world.things.things.rows[binding.thing]
    mapping = world.things.products.rows[thing.product].mapping
    shown = shapes.device(attachment, thing, binding, shapes.endpoints(world))
    return shapes.listed_device(shown, attachment, mapping, with_protocol=with_protocol)


def unbind(world: World, request: Request) -> Response:
    """DELETE /app/bindings."""
    raise NotImplementedError


def bind_latest(world: World, request: Request) -> Response:
    """POST /app/bind_latest."""
    raise NotImplementedError


def update(world: World, request: Request) -> Response:
    """PUT /app/bindings/{did}."""
    raise NotImplementedError


def guests_list(world: World, request: Request) -> Response:
    """GET /app/{did}/bindings."""
    raise NotImplementedError


def guests_remove(world: World, request: Request) -> Response:
    """DELETE /app/{did}/bindings."""
    raise NotImplementedError
