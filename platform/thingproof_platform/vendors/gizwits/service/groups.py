"""Groups of a user's devices (gizwits.md:1868)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.core.events import BindingChanged
from thingproof_platform.vendors.gizwits.service import orders
from thingproof_platform.vendors.gizwits.service.binding import binding_of
from thingproof_platform.vendors.gizwits.service.forms import form_invalid
from thingproof_platform.vendors.gizwits.service.model import GROUPS, Group

if TYPE_CHECKING:
    from thingproof_platform.core.model import Account, Attachment
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.gizwits.service.orders import Order, Origin, RawDefault


class Groups:
    """All groups; a device that its user gives up leaves the user's groups."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.state.table(GROUPS, Group)
        self._number = 0
        world.events.subscribe(BindingChanged, self._binding_changed)

    def reset(self) -> None:
        """Everything is in the rows."""

    def rebuild(self) -> None:
        """Go on numbering where the rows end."""
        self._number = max((group.number for group in self._table), default=0)

    def create(self, account: Account, name: str, product: str) -> Group:
        """A new, empty group."""
        world = self._world
        self._number += 1
        now = world.clock.now()
        identifier = world.unused(self._table, world.identifiers.object_id)
        group = Group(identifier, self._number, account.id, name, now, now, product)
        return self._table.put(identifier, group)

    def of(self, account: str) -> list[Group]:
        """A user's groups, oldest first."""
        everybody = self._world.faults.on("groups_of_everybody")
        found = [group for group in self._table if group.account == account or everybody]
        return sorted(found, key=lambda group: group.number)

    def find(self, account: Account, identifier: str) -> Group:
        """A user's group; refuses unknown and foreign ones alike."""
        group = self._table.get(identifier)
        foreign = group is not None and group.account != account.id
        if group is None or (foreign and not self._world.faults.on("foreign_groups")):
            raise form_invalid("id", "you have no group of this id")
        return group

    def single_product(self, account: Account, identifier: str) -> Group:
        """A user's group of one product; only such a group can be controlled (gizwits.md:2154)."""
        group = self.find(account, identifier)
        if not group.product:
            raise form_invalid("group_id", "only a group of one product can be controlled")
        return group

    def rename(self, group: Group, name: str) -> None:
        """Give a group another name."""
        group.name = name
        self._touch(group)

    def delete(self, group: Group) -> None:
        """Drop a group; its devices stay."""
        if not self._world.faults.on("groups_stay"):
            self._table.delete(group.id)

    def add(self, account: Account, group: Group, did: str) -> None:
        """Put a device in; refuses devices that are unknown, not bound or of another product."""
        world = self._world
        attachment, thing = world.things.find("gizwits", did)
        binding_of(world, account, attachment)
        mixed = bool(group.product) and thing.product != group.product
        if mixed and not world.faults.on("groups_mix_products"):
            raise Refusal(Reason.FORM_INVALID, "the group is for devices of another product", "dids")
        if thing.id not in group.things:
            group.things = [*group.things, thing.id]
        self._touch(group)

    def remove(self, group: Group, did: str) -> bool:
        """Take a device out; false when it was not in."""
        attachment = self._world.things.attachment("gizwits", did)
        if attachment is None or attachment.thing not in group.things:
            return False
        if not self._world.faults.on("removed_devices_stay"):
            group.things = [thing for thing in group.things if thing != attachment.thing]
        self._touch(group)
        return True

    def members(self, group: Group) -> list[Attachment]:
        """The devices of a group in the order they were put in."""
        found = (self._world.things.attachment_of("gizwits", thing) for thing in group.things)
        return [attachment for attachment in found if attachment is not None]

    def carry_out(
        self, group: Group, order: Order, default: RawDefault, origin: Origin
    ) -> list[tuple[str, bool]]:
        """Send an order to every device of a group; which of them took it.

        Refuses an order that no device of the product understands.
        """
        world = self._world
        orders.check(world, group.product, order, default)
        members = self.members(group)
        if world.faults.on("group_order_to_first_only"):
            members = members[:1]
        results = []
        for attachment in members:
            try:
                orders.carry_out(world, attachment, order, default, origin)
                results.append((attachment.external_id, True))
            except Refusal:
                if world.faults.on("group_stops_at_failure"):
                    raise
                told = world.faults.on("group_always_succeeds")
                results.append((attachment.external_id, told))
        return results

    def _touch(self, group: Group) -> None:
        if not self._world.faults.on("groups_never_updated"):
            group.updated_at = self._world.clock.now()
        self._table.put(group.id, group)

    def _binding_changed(self, event: BindingChanged) -> None:
        if event.bound or self._world.faults.on("unbound_devices_stay_grouped"):
            return
        for group in self.of(event.binding.account):
            if event.binding.thing in group.things and group.account == event.binding.account:
                group.things = [thing for thing in group.things if thing != event.binding.thing]
                self._touch(group)


def groups(world: World) -> Groups:
    """The groups of a world."""
    return world.service(GROUPS, Groups)


def attach(world: World) -> None:
    """Give a world its groups."""
    world.services[GROUPS] = Groups(world)
