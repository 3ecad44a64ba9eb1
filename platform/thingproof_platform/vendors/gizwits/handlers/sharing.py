"""Device sharing: invite, list, answer, cancel, codes, aliases, transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.dialect import Response
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.auth import account_of, application_of
from thingproof_platform.vendors.gizwits.service import binding as bindings
from thingproof_platform.vendors.gizwits.service import paging
from thingproof_platform.vendors.gizwits.service import sharing as service
from thingproof_platform.vendors.gizwits.service.forms import (
    body_of,
    form_invalid,
    integer,
    path_integer,
    text,
)
from thingproof_platform.vendors.gizwits.shapes import sharing as shapes

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Request
    from thingproof_platform.core.model import Account
    from thingproof_platform.core.world import World

_LONGEST_MINUTES: Final = 1440  # gizwits.md:1581
_IDENTITIES: Final = ("uid", "username", "email", "phone")  # in the order in which they count (contra.44)


def create(world: World, request: Request) -> Response:
    """Invite a user, or make a code that whoever scans it can accept (gizwits.md:1551)."""
    members = body_of(request)
    did = text(world, members, "did", required=True)
    kind = members.get("type")
    if kind not in (service.NORMAL, service.QR) or isinstance(kind, bool):
        raise form_invalid("type", "expected 0 (normal) or 1 (QR code)")
    duration = _duration(world, members.get("duration"))
    attachment, _ = world.things.find("gizwits", did)
    sharings = service.sharings(world)
    sharer = sharings.sharer(account_of(request), attachment)  # before the receiver: others learn of no user
    receiver = _receiver(world, request, members) if kind == service.NORMAL else None
    row = sharings.create(sharer, kind, receiver, duration)
    if kind == service.NORMAL:
        return Response(200, {"id": row.id})
    return Response(200, {"id": None, "qr_content": f"type=share&code={row.code}"})


def _duration(world: World, given: Any) -> int | None:
    if given is None:
        return None
    whole = isinstance(given, int) and not isinstance(given, bool)
    if not whole or (not 1 <= given <= _LONGEST_MINUTES and not world.faults.on("any_duration")):
        raise form_invalid("duration", f"expected 1 to {_LONGEST_MINUTES} minutes")
    return int(given)


def _receiver(world: World, request: Request, members: dict[str, Any]) -> Account:
    """The user named by the first identity that is given."""
    accounts, application = world.accounts, application_of(request)
    for identity in _IDENTITIES:
        value = text(world, members, identity)
        if not value:
            continue
        found = accounts.accounts.get(value) if identity == "uid" else None
        if identity != "uid":
            found = accounts.find(application.id, identity, value)
        if found is None or found.application != application.id:
            raise Refusal(Reason.RECEIVER_UNKNOWN, "no user of this application is known by that", identity)
        return found
    raise form_invalid("uid", "name the receiver by uid, username, email or phone")


def list(world: World, request: Request) -> Response:  # noqa: A001 - the operation has this name
    """Invitations the caller sent (0) or received (1), newest first (gizwits.md:1599)."""
    account = account_of(request)
    received = integer(request, "sharing_type", most=1) == 1
    status = integer(request, "status", -1, most=service.CANCELLED)
    rows = service.sharings(world).of(account.id, received=received)
    if did := request.query.get("did"):
        attachment = world.things.attachment("gizwits", did)
        binding = None if attachment is None else world.things.binding(account.id, attachment.thing)
        if attachment is None or binding is None or binding.role not in ("owner", "special"):
            raise Refusal(Reason.NOT_OWNER, "only the owner asks about a device", "did")
        rows = [row for row in rows if row.thing == attachment.thing]
    if status >= 0 and not world.faults.on("ignore_sharing_status"):
        rows = [row for row in rows if row.status == status]
    shown = [shapes.listed(world, row, received=received) for row in paging.page(world, request, rows)]
    return Response(200, {"meta": paging.meta(world, request, len(rows)), "objects": shown})


def cancel(world: World, request: Request) -> Response:
    """The owner retracts an invitation or recalls an accepted one (gizwits.md:1683)."""
    sharings = service.sharings(world)
    row = sharings.find(path_integer(request, "id"))
    sharings.cancel(account_of(request), row)
    return Response(200, {"id": row.id})


def respond(world: World, request: Request) -> Response:
    """The receiver accepts (1) or rejects (2) (gizwits.md:1718)."""
    status = integer(request, "status", least=service.ACCEPTED, most=service.REFUSED)
    sharings = service.sharings(world)
    row = sharings.find(path_integer(request, "id"))
    sharings.respond(account_of(request), row, accept=status == service.ACCEPTED)
    return Response(200, {"id": row.id})


def code_get(world: World, request: Request) -> Response:
    """What a scanned code offers (gizwits.md:1754)."""
    row = service.sharings(world).scanned(account_of(request), request.path_parameters["code"])
    return Response(200, shapes.scanned(world, row))


def code_accept(world: World, request: Request) -> Response:
    """Accept what a scanned code offers (gizwits.md:1795)."""
    sharings, account = service.sharings(world), account_of(request)
    sharings.accept_scanned(account, sharings.scanned(account, request.path_parameters["code"]))
    return Response(200)


def alias(world: World, request: Request) -> Response:
    """Name the other party of an invitation (gizwits.md:1820)."""
    name = text(world, dict(request.query), "user_alias", required=True)
    sharings = service.sharings(world)
    sharings.rename(account_of(request), sharings.find(path_integer(request, "id")), name)
    return Response(200)


def transfer(world: World, request: Request) -> Response:
    """Give the device to a guest, who becomes its owner (gizwits.md:1844)."""
    uid = text(world, dict(request.query), "uid", required=True)
    attachment, thing = world.things.find("gizwits", request.path_parameters["did"])
    account = account_of(request)
    owner = world.things.binding(account.id, thing.id)
    if owner is None or owner.role != "owner":
        raise Refusal(Reason.NOT_OWNER, "only the owner hands a device over")
    guest = world.things.binding(uid, attachment.thing)
    if guest is None or guest.role != "guest":
        raise Refusal(Reason.RECEIVER_UNKNOWN, "no guest of the device has this uid", "uid")
    service.sharings(world).transfer(thing.id, account.id, uid)
    bindings.transfer(world, owner, guest)
    return Response(200)
