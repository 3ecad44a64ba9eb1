"""Invitations as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.vendors.gizwits.service.notices import masked_name
from thingproof_platform.vendors.gizwits.shapes import masks, times

if TYPE_CHECKING:
    from thingproof_platform.core.model import Account
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.model import Sharing

_CHINA: Final = 8 * 3600.0  # Beijing time is eight hours ahead of UTC


def listed(world: World, row: Sharing, *, received: bool) -> dict[str, Any]:
    """One object of the list: the guest's data for who sent it, the owner's for who received it (1648)."""
    other = world.accounts.accounts.get(row.owner if received else row.receiver)
    if world.faults.on("sharing_shows_caller"):
        other = world.accounts.accounts.get(row.receiver if received else row.owner)
    attachment = world.things.attachment_of("gizwits", row.thing)
    return {
        "id": row.id,
        "type": row.type,
        **_person(world, other),
        "user_alias": row.owner_alias if received else row.guest_alias,
        "did": attachment.external_id if attachment is not None else "",
        "product_name": _product_name(world, row),
        "dev_alias": _alias(world, row),
        "status": row.status,
        "created_at": times.with_z(row.created_at),
        "updated_at": times.with_z(row.updated_at),
        "expired_at": times.with_z(row.expires_at),
    }


def _person(world: World, account: Account | None) -> dict[str, Any]:
    """A user as others see it; nobody yet when a code was not scanned."""
    if account is None:
        return {"uid": None, "username": None, "email": None, "phone": None}
    if world.faults.on("unmasked_sharings"):
        return {
            "uid": account.id,
            "username": account.username or None,
            "email": account.email or None,
            "phone": account.phone or None,
        }
    return {
        "uid": account.id,
        "username": masks.username(account.username) or None,
        "email": masks.email(account.email) or None,
        "phone": masks.phone(account.phone) or None,
    }


def guest(world: World, account: Account, accepted_at: float) -> dict[str, Any]:
    """A guest of a device as its owner sees it (gizwits.md:1040)."""
    shown = _person(world, account)
    if world.faults.on("hide_whole_addresses"):
        shown["email"] = masks.username(account.email) or None
    if world.faults.on("guest_times_of_china"):
        accepted_at += _CHINA
    return shown | {"created_at": times.with_z(accepted_at)}


def scanned(world: World, row: Sharing) -> dict[str, Any]:
    """What a code tells before it is accepted (gizwits.md:1779)."""
    owner = world.accounts.accounts.rows[row.owner]
    return {
        "owner": masked_name(owner),
        "product_name": _product_name(world, row),
        "dev_alias": _alias(world, row),
        "expired_at": times.with_z(row.expires_at),
    }


def _product_name(world: World, row: Sharing) -> str:
    thing = world.things.things.rows[row.thing]
    return str(world.things.products.rows[thing.product].mapping.get("name", ""))


def _alias(world: World, row: Sharing) -> str:
    """The owner's alias of the device."""
    binding = world.things.binding(row.owner, row.thing)
    return binding.alias if binding is not None else ""
