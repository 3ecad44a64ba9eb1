"""What users read in their message centre about sharing, in their own language (gizwits.md:673)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.vendors.gizwits.service import messages
from thingproof_platform.vendors.gizwits.shapes import masks

if TYPE_CHECKING:
    from thingproof_platform.core.model import Account
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.model import Sharing

# what happened -> language -> (text for the owner, text for the guest)
_TEXTS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "created": {
        "en": (
            "You shared the device {device} with {guest}!",
            "{owner} shared the device {device} with you!",
        ),
        "zh-cn": ("您给 {guest} 共享了设备 {device}!", "{owner} 给您共享了设备 {device}!"),
    },
    "accepted": {
        "en": (
            "{guest} accepted your invitation to the device {device}!",
            "You accepted the invitation of {owner} to the device {device}!",
        ),
        "zh-cn": ("{guest} 接受了您共享的设备 {device}!", "您接受了 {owner} 共享的设备 {device}!"),
    },
    "cancelled": {
        "en": (
            "You cancelled the sharing of the device {device} with {guest}!",
            "{owner} cancelled the sharing of the device {device} with you!",
        ),
        "zh-cn": ("您取消了给 {guest} 共享的设备 {device}!", "{owner} 取消了给您共享的设备 {device}!"),
    },
}


def created(world: World, row: Sharing) -> None:
    """Both hear of a normal invitation (gizwits.md:1527)."""
    _tell(world, "created", row, owner=True, guest=True)


def accepted(world: World, row: Sharing) -> None:
    """Both hear of an acceptance (gizwits.md:1530, 1538)."""
    _tell(world, "accepted", row, owner=True, guest=True)


def cancelled(world: World, row: Sharing, *, accepted: bool) -> None:
    """The owner hears of a cancelled invitation, the guest only of the end of an accepted one (1543)."""
    told = accepted or world.faults.on("tell_cancelled_strangers")
    _tell(world, "cancelled", row, owner=True, guest=told)


def masked_name(account: Account) -> str:
    """How others see a user: phone, e-mail, user name or uid, masked (gizwits.md:1779)."""
    if account.phone:
        return masks.phone(account.phone)
    return masks.email(account.email) or masks.username(account.username or account.id)


def _tell(world: World, what: str, row: Sharing, *, owner: bool, guest: bool) -> None:
    accounts = world.accounts.accounts
    sharer, receiver = accounts.get(row.owner), accounts.get(row.receiver)
    if sharer is None or receiver is None:
        return
    thing = world.things.things.rows[row.thing]
    names = {
        "device": world.things.products.rows[thing.product].mapping.get("name", ""),
        "owner": masked_name(sharer),
        "guest": masked_name(receiver),
    }
    if world.faults.on("unmasked_messages"):
        names["guest"] = receiver.phone or receiver.email or receiver.username
    centre = messages.centre(world)
    if owner and not world.faults.on("owner_not_told"):
        centre.post(sharer.id, _TEXTS[what][sharer.language][0].format_map(names))
    if guest and not world.faults.on("guest_not_told"):
        centre.post(receiver.id, _TEXTS[what][receiver.language][1].format_map(names))
        if world.faults.on("guest_told_twice"):
            centre.post(receiver.id, _TEXTS[what][receiver.language][1].format_map(names))
