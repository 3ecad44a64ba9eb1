"""Products, things, how vendors know them, who may use them, and whether they are connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.effects import DisconnectMqtt
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.core.events import BindingChanged, ThingOffline, ThingOnline
from thingproof_platform.core.model import Attachment, Binding, Product, Thing

if TYPE_CHECKING:
    from thingproof_platform.core.clock import Timer
    from thingproof_platform.core.model import Connection, RecordKind
    from thingproof_platform.core.world import World

# (state, what happened) -> (new state, record): the table device_connection of gizwits.md:1367.
CONNECTION: Final[dict[tuple[Connection, str], tuple[Connection, RecordKind | None]]] = {
    ("offline", "login"): ("online", "online"),
    ("online", "login"): ("online", "re_online"),  # takeover
    ("leaving", "login"): ("online", "re_online"),
    ("online", "lost"): ("leaving", None),
    ("leaving", "grace over"): ("offline", "offline"),
}


class Things:
    """Every thing exists once; attachments show it to vendors, bindings to accounts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.products = world.state.table("products", Product)
        self.things = world.state.table("things", Thing)
        self.attachments = world.state.table("attachments", Attachment)
        self.bindings = world.state.table("bindings", Binding)
        self._by_mac: dict[tuple[str, str], str] = {}
        self._attached: dict[tuple[str, str], str] = {}
        self._of_account: dict[str, dict[str, Binding]] = {}
        self._of_thing: dict[str, dict[str, Binding]] = {}
        self._leaving: dict[str, Timer] = {}
        self._children: dict[str, dict[str, None]] = {}
        self._vendors: set[str] = set()
        self._number = 0

    def rebuild(self) -> None:
        """Rebuild indexes; whoever was connected before a restart is leaving now."""
        for index in (self._by_mac, self._attached, self._of_account, self._of_thing):
            index.clear()
        self._children.clear()
        self._leaving.clear()
        for attachment in self.attachments:
            self._attached[attachment.thing, attachment.vendor] = attachment.external_id
            self._vendors.add(attachment.vendor)
        for binding in self.bindings:
            self._note_binding(binding)
        self._number = max((binding.number for binding in self.bindings), default=self._number)
        for thing in self.things:
            self._by_mac[thing.product, thing.mac] = thing.id
            if thing.parent:
                self._children.setdefault(thing.parent, {})[thing.id] = None
        for thing in self.things:
            if thing.connection != "offline":
                thing.connection = "online"
                self.connection(thing, "lost")

    # -- products

    def put_product(self, product: Product) -> None:
        """Add or replace a product."""
        self.products.put(product.key, product)

    # -- things and attachments

    def adopt(self, thing: Thing, parent: Thing) -> None:
        """From now on the parent speaks for the thing, which is connected as long as the parent is."""
        self._children.get(thing.parent, {}).pop(thing.id, None)
        thing.parent = parent.id
        self.things.put(thing.id, thing)
        self._children.setdefault(parent.id, {})[thing.id] = None
        if parent.connection == "online" and thing.connection != "online":
            self.connection(thing, "login", parent.peer)

    def children(self, thing: Thing) -> list[Thing]:
        """The things a thing speaks for."""
        return [self.things.rows[child] for child in self._children.get(thing.id, ())]

    def add(self, product: str, mac: str, name: str = "") -> Thing:
        """A new thing of a product."""
        world = self._world
        thing_id = world.unused(self.things, lambda: world.identifiers.hex(24))
        thing = Thing(thing_id, product, mac, world.clock.now(), name=name)
        self._by_mac[product, mac] = thing.id
        return self.things.put(thing.id, thing)

    def relocate(self, thing: Thing, product: str, mac: str) -> None:
        """Give a thing another place: product and address are what it is found by."""
        self._forget_mac(thing)
        thing.product, thing.mac = product, mac
        self._by_mac[product, mac] = thing.id
        self.things.put(thing.id, thing)

    def remove(self, thing: Thing) -> None:
        """Forget a thing, whoever knows it and uses it; its logs stay until they are old."""
        for binding in self.bindings_of_thing(thing.id):
            self.unbind(binding)
        for vendor in self._vendors:
            external_id = self._attached.pop((thing.id, vendor), None)
            if external_id is not None:
                self.attachments.delete(f"{vendor}:{external_id}")
        timer = self._leaving.pop(thing.id, None)
        if timer is not None:
            timer.cancel()
        self._children.get(thing.parent, {}).pop(thing.id, None)
        self._forget_mac(thing)
        self.things.delete(thing.id)

    def _forget_mac(self, thing: Thing) -> None:
        if self._by_mac.get((thing.product, thing.mac)) == thing.id:
            del self._by_mac[thing.product, thing.mac]

    def with_mac(self, product: str, mac: str) -> Thing | None:
        """The thing of a product with that MAC address."""
        key = self._by_mac.get((product, mac))
        return None if key is None else self.things.get(key)

    def attach(
        self, vendor: str, external_id: str, thing: Thing, *, secret: str = "", **fields: Any
    ) -> Attachment:
        """Show a thing to a vendor under an id of the vendor."""
        attachment = Attachment(vendor, external_id, thing.id, secret, fields=fields)
        self._attached[thing.id, vendor] = external_id
        self._vendors.add(vendor)
        return self.attachments.put(f"{vendor}:{external_id}", attachment)

    def attachment(self, vendor: str, external_id: str) -> Attachment | None:
        """How a vendor knows the thing with that external id."""
        return self.attachments.get(f"{vendor}:{external_id}")

    def attachment_of(self, vendor: str, thing: str) -> Attachment | None:
        """How a vendor knows that thing."""
        external_id = self._attached.get((thing, vendor))
        return None if external_id is None else self.attachment(vendor, external_id)

    def find(self, vendor: str, external_id: str) -> tuple[Attachment, Thing]:
        """Attachment and thing of an external id; refuses unknown ones."""
        attachment = self.attachment(vendor, external_id)
        if attachment is None:
            raise Refusal(Reason.THING_UNKNOWN, "no device has this id", "did")
        return attachment, self.things.rows[attachment.thing]

    def other_of_product(self, attachment: Attachment) -> Attachment:
        """Another thing of the same product at the same vendor, the thing itself when there is none."""
        product = self.things.rows[attachment.thing].product
        for other in self.attachments:
            is_other = other.vendor == attachment.vendor and other.thing != attachment.thing
            if is_other and self.things.rows[other.thing].product == product:
                return other
        return attachment

    def save(self, attachment: Attachment) -> None:
        """Store an attachment after a change of its fields."""
        self.attachments.put(f"{attachment.vendor}:{attachment.external_id}", attachment)

    def set_disabled(self, vendor: str, external_id: str, *, disabled: bool) -> Attachment:
        """Deregister a thing at a vendor, or take it back; a deregistered one loses its connection."""
        attachment, thing = self.find(vendor, external_id)
        attachment.disabled = disabled
        self.save(attachment)
        if thing.parent:
            self._follow_parent(thing, disabled=disabled)
        elif disabled and thing.connection == "online":
            self._world.effect(DisconnectMqtt(external_id, vendor))
        return attachment

    # -- bindings

    def bind(self, account: str, thing: str, role: str, *, remark: str = "", alias: str = "") -> Binding:
        """Give an account a thing in a role."""
        self._number += 1
        now = self._world.clock.now()
        binding = Binding(account, thing, role, self._number, now, remark, alias)
        self.save_binding(binding)
        self._world.emit(BindingChanged(now, binding, bound=True))
        return binding

    def save_binding(self, binding: Binding) -> None:
        """Store a binding after a change of its fields."""
        self.bindings.put(f"{binding.account}:{binding.thing}", binding)
        self._note_binding(binding)

    def unbind(self, binding: Binding) -> None:
        """Take a thing from an account."""
        self.bindings.delete(f"{binding.account}:{binding.thing}")
        self._of_account.get(binding.account, {}).pop(binding.thing, None)
        self._of_thing.get(binding.thing, {}).pop(binding.account, None)
        self._world.emit(BindingChanged(self._world.clock.now(), binding, bound=False))

    def binding(self, account: str, thing: str) -> Binding | None:
        """The binding of an account with a thing."""
        return self._of_account.get(account, {}).get(thing)

    @property
    def bindings_version(self) -> tuple[int, int]:
        """Changes with every binding made and every one ended."""
        return self._number, len(self.bindings)

    def bindings_of_account(self, account: str) -> list[Binding]:
        """What an account may use, oldest binding first."""
        return sorted(self._of_account.get(account, {}).values(), key=_age)

    def bindings_of_thing(self, thing: str) -> list[Binding]:
        """Who may use a thing, oldest binding first."""
        return sorted(self._of_thing.get(thing, {}).values(), key=_age)

    def _note_binding(self, binding: Binding) -> None:
        self._of_account.setdefault(binding.account, {})[binding.thing] = binding
        self._of_thing.setdefault(binding.thing, {})[binding.account] = binding

    # -- connection

    def connection(self, thing: Thing, event: str, peer: str = "") -> None:
        """`login`, `lost` or `grace over`: move along the table, write the record, tell the event."""
        step = CONNECTION.get((thing.connection, event))
        if step is None:
            return
        world = self._world
        thing.connection, record = step
        thing.peer = peer or thing.peer
        self.things.put(thing.id, thing)
        timer = self._leaving.pop(thing.id, None)
        if timer is not None:
            timer.cancel()
        if thing.connection == "leaving":
            at = world.clock.now() + world.limits.offline_grace
            self._leaving[thing.id] = world.clock.schedule(at, lambda: self.connection(thing, "grace over"))
        if record is not None:
            self._record(thing, record)
        if event != "grace over":  # each has a timer of its own
            self._children_follow(thing, event, peer)

    def _children_follow(self, parent: Thing, event: str, peer: str) -> None:
        """What a thing speaks for comes and goes with it."""
        fault = "children_outlive_parent" if event == "lost" else "children_stay_offline"
        if self._children.get(parent.id) and not self._world.faults.on(fault):
            for child in self.children(parent):
                if event == "lost" or not self._disabled(child):
                    self.connection(child, event, peer)

    def _follow_parent(self, thing: Thing, *, disabled: bool) -> None:
        parent = self.things.get(thing.parent)
        if disabled:
            self.connection(thing, "lost")
        elif parent is not None and parent.connection == "online" and thing.connection != "online":
            self.connection(thing, "login", parent.peer)

    def _disabled(self, thing: Thing) -> bool:
        shown = (self.attachment_of(vendor, thing.id) for vendor in self._vendors)
        return any(attachment is not None and attachment.disabled for attachment in shown)

    def _record(self, thing: Thing, record: RecordKind) -> None:
        world = self._world
        if record == "re_online" and world.faults.on("plain_online_again"):
            record = "online"
        if not world.faults.on("no_connection_records"):
            world.records.add(thing.id, record, peer=thing.peer)
        now = world.clock.now()
        if thing.connection == "online":
            world.emit(ThingOnline(now, thing.id, again=record == "re_online"))
        else:
            world.emit(ThingOffline(now, thing.id))


def _age(binding: Binding) -> tuple[float, int]:
    return binding.created_at, binding.number
