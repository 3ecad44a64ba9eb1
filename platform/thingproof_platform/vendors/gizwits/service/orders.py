"""What to tell a device, as users write it: for control, groups, scenes, rules and schedulers alike.

The default coding of raw bytes is the only difference (gizwits.contra.24): decimal bytes for control, groups
and rules, base64 for scenes, hex for schedulers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.network.gizwits_frames import CLOUD
from thingproof_platform.vendors.gizwits.service import control
from thingproof_platform.vendors.gizwits.service.forms import form_invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_platform.core.model import Attachment
    from thingproof_platform.core.world import World

RawDefault = Literal["decimal", "hex", "base64"]
LOCALHOST: Final = "127.0.0.1"  # where the cloud's own commands come from (gizwits.md:1438)
_NOTHING: Final[tuple[object, ...]] = (None, "", [], {})


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """Raw bytes, data points or both, kept as they were given; `coding` is hex, base64 or None."""

    raw: Any = None
    attrs: dict[str, Any] | None = None
    coding: str | None = None


class Origin(msgspec.Struct, frozen=True):
    """Who lets an order be carried out.

    `source` is client, or d3 for the rules engine, which names neither user nor application
    (gizwits.md:1438); `cause` tells the log of the platform more: "scene 5", "schedule 3".
    """

    account: str
    application: str
    peer: str = LOCALHOST
    source: str = "client"
    cause: str = ""

    @property
    def client(self) -> str:
        """The client id on the device network: one of the user, or the cloud's own; 23 characters at most."""
        return CLOUD if self.source == "d3" else f"usr{self.account[:20]}"


def order_of(members: Mapping[str, Any], coding: object = None) -> Order:
    """The order among the members of a body; `coding` is what the query says (gizwits.contra.23).

    Refuses one that holds neither raw nor attrs.
    """
    chosen = control.coding_of(members.get("binary_coding") or coding)
    raw, attributes = members.get("raw"), members.get("attrs")
    if raw in _NOTHING and attributes in _NOTHING:
        raise form_invalid("body", "give raw or attrs")
    return Order(None if raw in _NOTHING else raw, None if attributes in _NOTHING else attributes, chosen)


def check(world: World, product_key: str, order: Order, default: RawDefault) -> dict[str, Any] | None:
    """Refuse an order that no device of the product could be told; the checked values of its data points."""
    if order.raw is not None:
        _raw(order, default)
    if order.attrs is None:
        return None
    return control.attribute_values(world, product_key, order.attrs, order.coding)


def carry_out(
    world: World, attachment: Attachment, order: Order, default: RawDefault, origin: Origin
) -> None:
    """Send an order to a device, raw bytes first; nothing is sent unless all of it can be.

    Refuses when the device is deregistered (9023), offline (9042) or cannot be reached (9021, 9024).
    """
    thing = world.things.things.rows[attachment.thing]
    values = check(world, thing.product, order, default)
    frames = []
    if order.raw is not None:
        frames.append(control.raw_frame(world, _raw(order, default)))
    if values is not None:
        frames.append(control.control_frame(world, thing, values))
    for frame in frames:
        control.dispatch(
            world,
            attachment,
            frame,
            client=origin.client,
            account="" if origin.source == "d3" else origin.account,
            application="" if origin.source == "d3" else origin.application,
            peer=origin.peer,
            source=origin.source,
            cause=origin.cause,
        )


def _raw(order: Order, default: RawDefault) -> bytes:
    coding = order.coding or (None if default == "decimal" else default)
    if not isinstance(order.raw, (list, str)):
        # A number has lost its leading zeros (gizwits.contra.22).
        raise Refusal(Reason.FORM_INVALID, "raw: expected text, or an array of bytes", "raw")
    return control.raw_bytes(order.raw, coding)
