"""Who has which role on a device, and how roles change (gizwits.md:707)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.core.model import Binding

if TYPE_CHECKING:
    from thingproof_platform.core.model import Account, Attachment, Product, Thing
    from thingproof_platform.core.world import World


def bind(
    world: World, account: Account, thing: Thing, product: Product, *, remark: str = "", alias: str = ""
) -> Binding:
    """Bind a device to a user; a user who has it already keeps the role and renews remark and alias."""
    if world.faults.on("lose_remark"):
        remark = alias = ""
    known = world.things.binding(account.id, thing.id)
    if known is not None:
        known.remark, known.alias = remark or known.remark, alias or known.alias
        world.things.save_binding(known)
        return known
    role = role_of_binder(world, thing, product)
    return world.things.bind(account.id, thing.id, role, remark=remark, alias=alias)


def role_of_binder(world: World, thing: Thing, product: Product) -> str:
    """Transitions br1, br2, br7, br8 and br18 of the binding roles.

    With sharing the first user is owner whatever set_owner asks (gizwits.md:718); with an owner present
    nobody else can bind. Without sharing the first user is special, all others are normal (gizwits.md:715).
    """
    others = world.things.bindings_of_thing(thing.id)
    owned = any(other.role == "owner" for other in others)
    if owned and not world.faults.on("ignore_owner"):
        raise Refusal(Reason.OWNER_EXISTS, "ask the owner to share the device")
    if others or world.faults.on("first_binder_normal"):
        return "normal"
    return "owner" if product.sharing else "special"


def binding_of(world: World, account: Account, attachment: Attachment) -> Binding:
    """The user's binding with a device; refuses when there is none."""
    binding = world.things.binding(account.id, attachment.thing)
    if binding is None:
        if not world.faults.on("skip_binding_check"):
            raise Refusal(Reason.THING_NOT_BOUND, "bind the device first")
        return Binding(account.id, attachment.thing, "normal", 0, 0.0)
    return binding


def leave(world: World, binding: Binding) -> None:
    """A user gives a device up (transitions br3, br4, br5, br11, br14).

    After a special user the earliest normal one becomes special (gizwits.md:716); with the owner every guest
    loses the device (gizwits.md:720).
    """
    faults = world.faults
    world.things.unbind(binding)
    others = world.things.bindings_of_thing(binding.thing)
    if binding.role == "special" and not faults.on("no_promotion"):
        normals = [other for other in others if other.role == "normal"]
        for heir in normals if faults.on("promote_everybody") else normals[:1]:
            set_role(world, heir, "special")
    elif binding.role == "owner" and not faults.on("guests_outlive_owner"):
        for other in others:
            if other.role == "guest":
                world.things.unbind(other)


def make_guest(world: World, account: str, thing: str) -> Binding:
    """A user who accepted an invitation may use the device (br9, br10)."""
    role = "normal" if world.faults.on("guests_become_normal") else "guest"
    return world.things.binding(account, thing) or world.things.bind(account, thing, role)


def become_owner(world: World, binding: Binding) -> None:
    """A special user shares: owner at once, every normal user becomes guest (br6, gizwits.md:717)."""
    set_role(world, binding, "owner")
    if world.faults.on("normals_stay_normal"):
        return
    for other in world.things.bindings_of_thing(binding.thing):
        if other.role == "normal":
            set_role(world, other, "guest")


def transfer(world: World, owner: Binding, guest: Binding) -> None:
    """A guest becomes owner, the former owner loses the device, other guests keep it (br15)."""
    if world.faults.on("transfer_keeps_owner"):
        set_role(world, guest, "owner")
        return
    world.things.unbind(owner)
    set_role(world, guest, "guest" if world.faults.on("transfer_without_heir") else "owner")


def set_role(world: World, binding: Binding, role: str) -> None:
    """Change a role; nobody gains or loses the device by it."""
    binding.role = role
    world.things.save_binding(binding)
