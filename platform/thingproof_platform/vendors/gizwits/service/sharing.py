"""Device sharing: invitations from their making to the end of the guest's time (gizwits.md:1514)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.core.events import BindingChanged
from thingproof_platform.vendors.gizwits.service import binding as bindings
from thingproof_platform.vendors.gizwits.service import notices
from thingproof_platform.vendors.gizwits.service.model import SHARINGS, Sharing

if TYPE_CHECKING:
    from thingproof_platform.core.clock import Timer
    from thingproof_platform.core.model import Account, Attachment, Binding
    from thingproof_platform.core.world import World

NORMAL: Final = 0
QR: Final = 1
WAITING: Final = 0
ACCEPTED: Final = 1
REFUSED: Final = 2
CANCELLED: Final = 3
_MINUTE: Final = 60.0


class Sharings:
    """All invitations; a guest's limited time is a timer of the clock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.state.table(SHARINGS, Sharing)
        self._by_code: dict[str, Sharing] = {}
        self._of_thing: dict[str, list[Sharing]] = {}
        self._ends: dict[int, Timer] = {}
        self._number = 0
        world.events.subscribe(BindingChanged, self._binding_changed)

    def reset(self) -> None:
        """Timers are gone with the clock's; the rest is made anew by `rebuild`."""
        self._ends.clear()

    def rebuild(self) -> None:
        """Make indexes and timers from the rows."""
        for timer in self._ends.values():
            timer.cancel()
        self._ends.clear()
        self._by_code = {row.code: row for row in self._table if row.code}
        self._of_thing.clear()
        for row in self._table:
            self._of_thing.setdefault(row.thing, []).append(row)
        self._number = max((row.id for row in self._table), default=0)
        for row in self._table:
            self._limit(row)

    # -- making

    def create(
        self,
        binding: Binding,
        kind: int,
        receiver: Account | None,
        duration: int | None,
    ) -> Sharing:
        """Invite somebody, or whoever scans the code; a special user becomes owner by it (gizwits.md:717).

        The binding is that of a `sharer`, the duration is in minutes.
        """
        world = self._world
        if receiver is not None:
            self._check_receiver(binding, receiver)
        if binding.role == "special":
            bindings.become_owner(world, binding)
        now = world.clock.now()
        life = world.limits.sharing_lifetime if kind == NORMAL else world.limits.sharing_code_lifetime
        self._number += 1
        row = Sharing(
            self._number,
            kind,
            binding.account,
            binding.thing,
            now,
            now,
            now + float(world.faults.parameter("sharing_lifetime", "seconds", life)),
            receiver.id if receiver is not None else "",
            world.identifiers.hex() if kind == QR else "",
            duration,
        )
        if row.code:
            self._by_code[row.code] = row
        self._of_thing.setdefault(row.thing, []).append(row)
        self._save(row)
        if receiver is not None:
            notices.created(world, row)
        return row

    def sharer(self, account: Account, attachment: Attachment) -> Binding:
        """The binding of somebody who may share: special or owner, of a product with sharing."""
        world = self._world
        binding = bindings.binding_of(world, account, attachment)
        product = world.things.products.rows[world.things.things.rows[attachment.thing].product]
        if binding.role not in ("special", "owner") and not world.faults.on("anybody_may_share"):
            raise Refusal(Reason.SHARE_FORBIDDEN, "only the owner shares a device")
        if not product.sharing:
            raise Refusal(Reason.SHARE_FORBIDDEN, "device sharing is not enabled for this product")
        return binding

    def _check_receiver(self, binding: Binding, receiver: Account) -> None:
        world, thing = self._world, binding.thing
        if receiver.id == binding.account:
            if world.faults.on("share_to_self"):
                return
            raise Refusal(Reason.SHARE_TO_SELF, "name another user")
        if world.things.binding(receiver.id, thing) is not None:
            raise Refusal(Reason.RECEIVER_BOUND, "this user has the device already")
        now = world.clock.now()
        for row in self._of_thing.get(thing, ()):
            waits = (row.receiver, row.status) == (receiver.id, WAITING) and not row.void
            if waits and row.expires_at > now and not world.faults.on("invite_twice"):
                raise Refusal(Reason.SHARING_WAITING, "this user has not answered the last invitation yet")

    # -- looking

    def find(self, identifier: int) -> Sharing:
        """The invitation of a number; refuses unknown ones."""
        row = self._table.get(str(identifier))
        if row is None:
            raise Refusal(Reason.SHARING_UNKNOWN, "no invitation has this id", "id")
        return row

    def scanned(self, account: Account, code: str) -> Sharing:
        """The invitation behind a code, while it waits; not for the owner (gizwits.md:1758)."""
        row = self._by_code.get(code)
        if row is None or row.status == CANCELLED:
            raise Refusal(Reason.SHARING_UNKNOWN, "no invitation has this code", "code")
        if row.owner == account.id and not self._world.faults.on("owner_may_scan"):
            raise Refusal(Reason.NOT_GUEST, "the owner cannot use the code")
        if row.status != WAITING:
            raise Refusal(Reason.SHARING_ANSWERED, "somebody accepted the invitation already")
        self._check_expiry(row)
        return row

    def of(self, account: str, *, received: bool) -> list[Sharing]:
        """Invitations a user sent or received, newest first."""
        if received:
            found = [row for row in self._table if row.receiver == account]
        else:
            found = [row for row in self._table if row.owner == account]
        return sorted(found, key=lambda row: row.id, reverse=True)

    # -- answering

    def respond(self, account: Account, row: Sharing, *, accept: bool) -> None:
        """The receiver of a normal invitation accepts or rejects it (gizwits.md:1718)."""
        world = self._world
        if row.type == QR or (row.receiver != account.id and not world.faults.on("answer_for_others")):
            raise Refusal(Reason.SHARING_UNKNOWN, "no invitation to you has this id", "id")
        if row.status == CANCELLED:
            raise Refusal(Reason.SHARING_CANCELLED, "the owner cancelled the invitation")
        if row.status != WAITING and not world.faults.on("answer_twice"):
            raise Refusal(Reason.SHARING_ANSWERED, "the invitation was answered already")
        self._check_owner(row)
        self._check_expiry(row)
        if accept:
            self._check_unbound(account, row)
            self._accept(row)
        else:
            self._move(row, REFUSED)

    def accept_scanned(self, account: Account, row: Sharing) -> None:
        """Whoever scanned the code accepts (gizwits.md:1795)."""
        self._check_owner(row)
        self._check_unbound(account, row)
        row.receiver = account.id
        self._accept(row)

    def _accept(self, row: Sharing) -> None:
        world = self._world
        bindings.make_guest(world, row.receiver, row.thing)
        if row.duration is not None and not world.faults.on("guests_stay_forever"):
            unit = 1.0 if world.faults.on("duration_in_seconds") else _MINUTE
            row.guest_until = world.clock.now() + row.duration * unit
        self._move(row, ACCEPTED)
        self._limit(row)
        notices.accepted(world, row)

    def cancel(self, account: Account, row: Sharing) -> None:
        """The owner takes a normal invitation back, accepted or not (gizwits.md:1542)."""
        world = self._world
        if row.owner != account.id and not world.faults.on("cancel_for_others"):
            raise Refusal(Reason.NOT_OWNER, "only the owner cancels an invitation")
        if row.type == QR and not world.faults.on("cancel_codes"):
            raise Refusal(Reason.SHARING_UNKNOWN, "an invitation by QR code cannot be retracted", "id")
        if row.status == CANCELLED:
            raise Refusal(Reason.SHARING_CANCELLED, "the invitation was cancelled already")
        if row.status == REFUSED:
            raise Refusal(Reason.SHARING_ANSWERED, "the invitation was rejected")
        self._check_owner(row)
        was_accepted = row.status == ACCEPTED
        self._move(row, CANCELLED)
        if was_accepted and not world.faults.on("recalled_guests_stay"):
            self._end_guest(row)
        notices.cancelled(world, row, accepted=was_accepted)

    def transfer(self, thing: str, former: str, owner: str) -> None:
        """Guests follow the device to its new owner, who may recall them; to be called before roles change.

        What made the new owner a guest is over. What still waits stays with the former owner, whose leaving
        makes it void: nobody is guest of an owner who never invited, least of all by a code that cannot be
        retracted. Aliases are names one user gave another, not the device's.
        """
        for row in self._of_thing.get(thing, ()):
            if row.owner != former or row.status != ACCEPTED or row.ended:
                continue
            if row.receiver == owner:
                self._stop(row)
                self._move(row, CANCELLED)
            else:
                row.owner, row.guest_alias, row.owner_alias = owner, "", ""
                self._save(row)

    def rename(self, account: Account, row: Sharing, alias: str) -> None:
        """The other party's alias: the guest's when the owner calls, the owner's when the guest does."""
        by_owner = account.id == row.owner
        if not by_owner and account.id != row.receiver and not self._world.faults.on("rename_for_others"):
            raise Refusal(Reason.NOT_OWNER_OR_GUEST, "it is an invitation between others", "id")
        if by_owner != self._world.faults.on("swap_aliases"):
            row.guest_alias = alias
        else:
            row.owner_alias = alias
        self._save(row)

    # -- inside

    def _check_owner(self, row: Sharing) -> None:
        binding = self._world.things.binding(row.owner, row.thing)
        if row.void or binding is None or binding.role != "owner":
            raise Refusal(Reason.OWNER_DISABLED, "who shared the device does not own it any more")

    def _check_unbound(self, account: Account, row: Sharing) -> None:
        """Another invitation may have made a guest of the user since."""
        if self._world.things.binding(account.id, row.thing) is not None:
            raise Refusal(Reason.RECEIVER_BOUND, "you have the device already")

    def _check_expiry(self, row: Sharing) -> None:
        expired = row.expires_at <= self._world.clock.now()
        if expired and not self._world.faults.on("invitations_never_expire"):
            raise Refusal(Reason.SHARING_EXPIRED, "ask the owner for another invitation")

    def _move(self, row: Sharing, status: int) -> None:
        if self._world.faults.on("sharing_status_stays") and status == REFUSED:
            return
        row.status, row.updated_at = status, self._world.clock.now()
        self._save(row)

    def _save(self, row: Sharing) -> None:
        self._table.put(str(row.id), row)

    def _limit(self, row: Sharing) -> None:
        """Let the guest's time end when it is limited."""
        if row.status == ACCEPTED and row.guest_until is not None and not row.ended:
            self._ends[row.id] = self._world.clock.schedule(row.guest_until, partial(self._over, row.id))

    def _over(self, identifier: int) -> None:
        row = self._table.get(str(identifier))
        self._ends.pop(identifier, None)
        if row is not None and row.status == ACCEPTED:
            self._end_guest(row)

    def _end_guest(self, row: Sharing) -> None:
        """Take the device from the guest, who may have become owner or left meanwhile."""
        self._stop(row)
        binding = self._world.things.binding(row.receiver, row.thing)
        if binding is not None and not row.ended and binding.role not in ("owner", "special"):
            self._world.things.unbind(binding)

    def _binding_changed(self, event: BindingChanged) -> None:
        """Who lost the device and gets it again is bound to no earlier invitation, made or accepted."""
        if event.bound:
            return
        lost = event.binding
        for row in self._of_thing.get(lost.thing, ()):
            if (row.receiver, row.status) == (lost.account, ACCEPTED):
                row.ended = True
                self._stop(row)
                self._save(row)
            elif row.owner == lost.account and row.status in (WAITING, ACCEPTED):
                row.void = not self._world.faults.on("invitations_outlive_binding")
                self._save(row)

    def _stop(self, row: Sharing) -> None:
        timer = self._ends.pop(row.id, None)
        if timer is not None:
            timer.cancel()


def sharings(world: World) -> Sharings:
    """The invitations of a world."""
    return world.service(SHARINGS, Sharings)


def attach(world: World) -> None:
    """Give a world its invitations."""
    world.services[SHARINGS] = Sharings(world)
