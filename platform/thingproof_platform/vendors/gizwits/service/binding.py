"""Who gets which role when a device is bound (gizwits.md:707)."""

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
