"""Bindings: bind a device, list what is bound."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.auth import account_of, check_signature
from thingproof_platform.vendors.gizwits.service import paging, qr_code
from thingproof_platform.vendors.gizwits.service.binding import bind, binding_of, leave
from thingproof_platform.vendors.gizwits.service.forms import body_of, form_invalid, integer, text
from thingproof_platform.vendors.gizwits.shapes import devices as shapes
from thingproof_platform.vendors.gizwits.shapes import sharing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.model import Attachment, Binding, Thing
    from thingproof_platform.core.world import World

_MOST_LABELS: Final = 100


def bind_mac(world: World, request: Request) -> Response:
    """Bind a device by product key and MAC address (gizwits.md:730)."""
    members = body_of(request)
    product_key = text(world, members, "product_key", required=True)
    mac = text(world, members, "mac", required=True)
    remark, alias = text(world, members, "remark"), text(world, members, "dev_alias")
    _check_set_owner(members)
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


def _check_set_owner(members: dict[str, Any]) -> None:
    """The role follows from product and bindings alone; set_owner changes nothing (gizwits.md:755)."""
    given = members.get("set_owner")
    if given not in (None, 0, 1, "0", "1") or isinstance(given, bool):
        raise form_invalid("set_owner", "expected 0 or 1")


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """The devices bound to the caller, newest binding first (gizwits.md:843)."""
    with_disabled = integer(request, "show_disabled", 0) == 1 or world.faults.on("show_disabled_always")
    with_protocol = integer(request, "show_proto_ver", 0) == 1
    bound = _bound(world, account_of(request).id, with_disabled=with_disabled)
    if not world.faults.on("bindings_oldest_first"):
        bound = bound[::-1]
    page = paging.page(world, request, bound)
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
    """Give up devices; what was not bound is listed as failed (gizwits.md:802)."""
    wanted = body_of(request).get("devices")
    if not isinstance(wanted, builtins.list) or not wanted:
        raise form_invalid("devices", "expected a list of objects with did")
    dids = [_did(entry) for entry in wanted]
    _check_notices(world)
    account = account_of(request)
    done: dict[str, builtins.list[str]] = {"success": [], "failed": []}
    for did in dids:
        attachment = world.things.attachment("gizwits", did)
        binding = None if attachment is None else world.things.binding(account.id, attachment.thing)
        if binding is not None and not world.faults.on("unbind_changes_nothing"):
            leave(world, binding)
        bound = binding is not None or world.faults.on("unbind_always_succeeds")
        done["success" if bound else "failed"].append(did)
    return Response(200, done)


def _did(entry: object) -> str:
    """A device of the list: an object with did, or the did itself (gizwits.contra.46)."""
    did = entry.get("did") if isinstance(entry, dict) else entry
    if not isinstance(did, str) or not did:
        raise form_invalid("devices", "expected objects with did")
    return did


def _check_notices(world: World) -> None:
    """Whoever loses a device is told; a cloud that cannot tell them refuses (gizwits.md:3600)."""
    if world.faults.on("binding_notices_fail"):
        raise Refusal(Reason.UNBIND_FAILED, "the users concerned could not be told; try again later")


def bind_latest(world: World, request: Request) -> Response:
    """Bind the device of a QR code (gizwits.md:941); the answer is empty (gizwits.contra.90)."""
    members = body_of(request)
    scanned = text(world, members, "qr_content", required=True)
    _check_set_owner(members)
    product, thing = qr_code.device_of(world, scanned)
    attachment = world.things.attachment_of("gizwits", thing.id)
    if attachment is None:
        raise Refusal(Reason.THING_UNKNOWN, "the device of this code does not exist", "qr_content")
    if attachment.disabled:
        raise Refusal(Reason.THING_DISABLED, "the device is deregistered")
    bind(world, account_of(request), thing, product)
    return Response(201)


def update(world: World, request: Request) -> Response:
    """Change the caller's own remark, alias and labels of a device (gizwits.md:967)."""
    members = body_of(request)
    attachment, _ = world.things.find("gizwits", request.path_parameters["did"])
    binding = binding_of(world, account_of(request), attachment)
    names = ("remark", "dev_alias", "dev_label")
    given = {name: members[name] for name in names if members.get(name) is not None}
    if not given:
        raise form_invalid("remark", "give at least one of remark, dev_alias and dev_label")
    remark, alias = text(world, members, "remark"), text(world, members, "dev_alias")
    labels = _labels(world, given.get("dev_label", binding.labels))
    concerned = [binding]
    if world.faults.on("remarks_of_all"):
        concerned = world.things.bindings_of_thing(binding.thing)
    for one in concerned:
        one.remark = remark if "remark" in given else one.remark
        one.alias = alias if "dev_alias" in given else one.alias
        one.labels = labels
        world.things.save_binding(one)
    return Response(200, {"remark": binding.remark, "dev_label": labels, "dev_alias": binding.alias})


def _labels(world: World, given: object) -> builtins.list[str]:
    if not isinstance(given, builtins.list) or len(given) > _MOST_LABELS:
        raise form_invalid("dev_label", f"expected at most {_MOST_LABELS} texts")
    return [text(world, {"dev_label": label}, "dev_label", required=True) for label in given]


def guests_list(world: World, request: Request) -> Response:
    """The guests of a device, for its owner (gizwits.md:1015)."""
    thing = _owned(world, request)
    guests = [row for row in world.things.bindings_of_thing(thing.id) if row.role == "guest"]
    if world.faults.on("guests_include_owner"):
        guests = world.things.bindings_of_thing(thing.id)
    accounts = world.accounts.accounts.rows
    return Response(200, [sharing.guest(world, accounts[row.account], row.created_at) for row in guests])


def guests_remove(world: World, request: Request) -> Response:
    """The owner takes the device from a guest (gizwits.md:1060)."""
    uid = text(world, dict(request.query), "uid", required=True)
    thing = _owned(world, request)
    lax = world.faults.on("remove_anybody")
    if uid == account_of(request).id and not lax:
        raise Refusal(Reason.UNBIND_SELF, "use DELETE /app/bindings to give the device up", "uid")
    guest = world.things.binding(uid, thing.id)
    if guest is None or (guest.role != "guest" and not lax):
        raise Refusal(Reason.RECEIVER_UNKNOWN, "no guest of the device has this uid", "uid")
    _check_notices(world)
    if not world.faults.on("guests_cannot_be_removed"):
        world.things.unbind(guest)
    return Response(200)


def _owned(world: World, request: Request) -> Thing:
    """The device of the path, when the caller owns it."""
    _, thing = world.things.find("gizwits", request.path_parameters["did"])
    binding = world.things.binding(account_of(request).id, thing.id)
    owns = binding is not None and binding.role == "owner"
    if not owns and not world.faults.on("anybody_manages_guests"):
        raise Refusal(Reason.NOT_OWNER, "only the owner manages guests")
    return thing
