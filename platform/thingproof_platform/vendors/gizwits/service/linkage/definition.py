"""A rule as users write it, checked: whatever could never work is refused at once (gizwits.md:2401)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.gizwits.service import orders
from thingproof_platform.vendors.gizwits.service.binding import binding_of
from thingproof_platform.vendors.gizwits.service.definition import linked
from thingproof_platform.vendors.gizwits.service.forms import encodable, form_invalid, text
from thingproof_platform.vendors.gizwits.service.linkage import operands
from thingproof_platform.vendors.gizwits.service.linkage.operands import EQUALITY, OPERATORS, Reference

if TYPE_CHECKING:
    from thingproof_platform.core.model import Account, Application, Thing
    from thingproof_platform.core.world import World

EVENTS: Final = ("online", "offline", "alert", "fault", "data")
EDGES: Final = ("alert", "fault")
_NUMBERS: Final = ("bool", "uint8", "uint16", "uint32")
_LONGEST_S: Final = 2**31 - 1  # the document sets no limit (gizwits.contra.108), an integer does
_MOST: Final = 100  # groups, steps, comparisons, inputs

Definition = dict[str, Any]


class Check:
    """Checks one definition for one user; `checked` gives it as it is kept."""

    def __init__(self, world: World, account: Account, application: Application) -> None:
        self._world = world
        self._account = account
        self._application = application
        self._inputs: dict[str, str] = {}

    def checked(self, members: dict[str, Any]) -> Definition:
        """The definition with defaults; refuses with the code of what is wrong first."""
        world = self._world
        name = text(world, members, "name", required=True)
        product = text(world, members, "product_key", required=True)
        thing = self._device(text(world, members, "did", required=True), product, "did")
        event = text(world, members, "event", required=True).lower()
        if event not in EVENTS:
            raise Refusal(Reason.EVENT_UNKNOWN, f"expected one of {', '.join(EVENTS)}", "event")
        definition: Definition = {
            "remark": text(world, members, "remark"),
            "name": name,
            "did": members["did"],
            "interval": self._seconds("interval", members.get("interval", 0) or 0),
            "product_key": product,
            "event": event,
        }
        if event in EDGES:
            definition["event_attr"] = self._event_attribute(thing, event, members.get("event_attr"))
        definition["input"] = self._input(members.get("input"))
        definition["condition"] = [
            [self._comparison(row, place) for row, place in _members(group, f"condition[{number}]")]
            for number, group in enumerate(_list(members.get("condition"), "condition"))
        ]
        definition["output"] = [
            [self._step(row, place) for row, place in _members(group, f"output[{number}]")]
            for number, group in enumerate(_list(members.get("output"), "output", least=1))
        ]
        return definition

    def _device(self, did: str, product: str, place: str) -> Thing:
        """A device that is bound to the user, of a product the application is linked with."""
        world = self._world
        if linked(world, self._application, product) is None:
            raise Refusal(Reason.PRODUCT_UNKNOWN, "the application has no product of this key", place)
        attachment, thing = world.things.find("gizwits", did)
        binding_of(world, self._account, attachment)
        if thing.product != product:
            raise Refusal(Reason.PRODUCT_UNKNOWN, "the device is of another product", place)
        return thing

    @staticmethod
    def _seconds(name: str, value: object) -> int:
        if type(value) is not int or not 0 <= value <= _LONGEST_S:
            raise form_invalid(name, f"expected 0 to {_LONGEST_S} seconds")
        return value

    def _event_attribute(self, thing: Thing, event: str, given: object) -> dict[str, str]:
        """Which alarm or fault, and whether it begins ("1") or ends ("0") (gizwits.md:2421)."""
        if not isinstance(given, dict):
            raise form_invalid("event_attr", "is required for alert and fault")
        name, value = given.get("attr_name"), given.get("value")
        value = str(value) if type(value) is int else value
        if value not in ("0", "1"):
            raise form_invalid("event_attr.value", 'expected "1" (occurrence) or "0" (cancellation)')
        points = self._points(thing.product)
        if not isinstance(name, str) or points.get(name, {}).get("access") != event:
            raise Refusal(Reason.ATTRIBUTE_INVALID, f"{name!r} is no {event} data point", "event_attr")
        return {"attr_name": name, "value": value}

    def _points(self, product: str) -> dict[str, dict[str, Any]]:
        mapping = self._world.things.products.rows[product].mapping
        return {point["name"]: point for point in mapping.get("datapoints", ())}

    def _input(self, given: object) -> list[dict[str, str]]:
        """The devices whose data are used; may be left out (gizwits.contra.69)."""
        rows = []
        for row, place in _members([] if given is None else given, "input"):
            names = ("product_key", "did", "prefix")
            kept = {name: text(self._world, row, name, required=True) for name in names}
            thing = self._device(kept["did"], kept["product_key"], place)
            if kept["prefix"] in self._inputs:
                raise form_invalid(f"{place}.prefix", "is used twice")
            self._inputs[kept["prefix"]] = thing.product
            rows.append(kept)
        return rows

    def _comparison(self, row: dict[str, Any], place: str) -> dict[str, str]:
        opt = row.get("opt")
        if not isinstance(opt, str) or opt not in OPERATORS:
            raise form_invalid(f"{place}.opt", f"expected one of {' '.join(OPERATORS)}")
        types = [self._type(row.get(side), f"{place}.{side}") for side in ("left", "right")]
        if types[0] != types[1]:
            raise form_invalid(place, "left and right are of different types")
        if types[0] == "string" and opt not in EQUALITY:
            raise form_invalid(f"{place}.opt", "only numbers have an order")
        return {"left": row["left"], "opt": opt, "right": row["right"]}

    def _type(self, given: object, place: str) -> str:
        operand = operands.read(given) if isinstance(given, str) and encodable(given) else None
        if operand is None:
            raise form_invalid(place, "expected prefix.datapoint, a number, or a quoted string")
        if isinstance(operand, Reference):
            point = self._referred(operand, place)
            return "number" if point["type"] in _NUMBERS else "string"
        return "string" if isinstance(operand, str) else "number"

    def _referred(self, reference: Reference, place: str) -> dict[str, Any]:
        product = self._inputs.get(reference.prefix)
        if product is None:
            raise form_invalid(place, f"no input has the prefix {reference.prefix}")
        point = self._points(product).get(reference.name)
        if point is None:
            raise Refusal(Reason.ATTRIBUTE_INVALID, f"the product has no {reference.name}", place)
        return point

    def _step(self, row: dict[str, Any], place: str) -> dict[str, Any]:
        """One step: control a device, or wait (gizwits.md:2504)."""
        if row.get("type") == "delay":
            return {"type": "delay", "delay": self._seconds(f"{place}.delay", row.get("delay"))}
        if row.get("type") != "devctrl":
            raise form_invalid(f"{place}.type", "expected devctrl or delay")
        thing = self._controlled(text(self._world, row, "did", required=True), f"{place}.did")
        order = orders.order_of(row)
        if not self._world.faults.on("rule_outputs_unchecked"):
            self._check_order(thing, order)
        kept: dict[str, Any] = {"type": "devctrl", "did": row["did"]}
        return kept | {name: row[name] for name in ("attrs", "raw", "binary_coding") if row.get(name)}

    def _controlled(self, did: str, place: str) -> Thing:
        """A device bound to the user, of a product of the application (gizwits.md:2225)."""
        world = self._world
        attachment, thing = world.things.find("gizwits", did)
        binding_of(world, self._account, attachment)
        if linked(world, self._application, thing.product) is None:
            raise Refusal(Reason.PRODUCT_UNKNOWN, "the application has no product of this device", place)
        return thing

    def _check_order(self, thing: Thing, order: orders.Order) -> None:
        """Refuse what the device could never be told; references are filled when the rule runs."""
        if isinstance(order.attrs, dict):
            plain = {
                name: value for name, value in order.attrs.items() if not self._filled(thing, name, value)
            }
            order = orders.Order(order.raw, plain or None, order.coding)
        orders.check(self._world, thing.product, order, "decimal")

    def _filled(self, thing: Thing, name: str, value: object) -> bool:
        """Is a value of the output one of an input device, written `prefix.name` (gizwits.md:2444)?

        Refuses references to what does not exist, and those whose value the data point could never take.
        """
        operand = operands.read(value) if isinstance(value, str) else None
        if not isinstance(operand, Reference) or operand.prefix not in self._inputs:
            return False
        source = self._referred(operand, name)
        target = self._points(thing.product).get(name, {})
        if target.get("access") != "writable":
            raise Refusal(Reason.ATTRIBUTE_INVALID, f"{name}: is no writable data point of the product", name)
        numbers = source["type"] in _NUMBERS and target["type"] != "binary"
        alike = source["type"] == target["type"] and source.get("length") == target.get("length")
        if not numbers and not alike:
            raise Refusal(
                Reason.ATTRIBUTE_INVALID, f"{name}: takes no value of {value}, a {source['type']}", name
            )
        return True


def _list(given: object, place: str, *, least: int = 0) -> list[Any]:
    if not isinstance(given, list) or not least <= len(given) <= _MOST:
        raise form_invalid(place, f"expected a list of {least} to {_MOST}")
    return given


def _members(given: object, place: str) -> list[tuple[dict[str, Any], str]]:
    """The objects of a list, each with its place."""
    rows = [(row, f"{place}[{number}]") for number, row in enumerate(_list(given, place))]
    for row, where in rows:
        if not isinstance(row, dict):
            raise form_invalid(where, "expected an object")
    return rows
