"""Commands of applications: data points or raw bytes become frames (gizwits.md:1457)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.network.gizwits_codecs import codec_of
from thingproof_platform.network.gizwits_frames import downlink
from thingproof_platform.network.gizwits_m2m import send
from thingproof_platform.vendors.gizwits.service.forms import form_invalid
from thingproof_wire.frames.gizwits_p0 import Action

if TYPE_CHECKING:
    from thingproof_platform.core.model import Attachment, Command, Thing
    from thingproof_platform.core.world import World

CODINGS = ("hex", "base64")
# What the largest length field of a frame leaves for data, far above what a module takes.
_RAW_LONGEST = 65_535


def coding_of(value: object) -> str | None:
    """The coding named by binary_coding, None when none is named."""
    if value in (None, ""):
        return None
    if value not in CODINGS:
        raise form_invalid("binary_coding", "expected hex or base64")
    return str(value)


def raw_bytes(value: object, coding: str | None) -> bytes:
    """Raw bytes: an array of decimal bytes, or text when binary_coding says how to read it."""
    if isinstance(value, str) and coding is not None:
        data = _decoded(value, coding)
    elif isinstance(value, list) and all(type(byte) is int and 0 <= byte <= 255 for byte in value):
        data = bytes(value)
    else:
        data = None
    if not data or len(data) > _RAW_LONGEST:
        raise form_invalid("raw", "expected an array of bytes 0 to 255, or text in the named binary_coding")
    return data


def attribute_values(
    world: World, product_key: str, attributes: object, coding: str | None
) -> dict[str, Any]:
    """Checked display values of writable data points; anything else is attr invalid (9025)."""
    if not isinstance(attributes, dict) or not attributes:
        raise form_invalid("attrs", "expected an object with one data point or more")
    product = world.things.products.rows[product_key]
    points = {point["name"]: point for point in product.mapping.get("datapoints", ())}
    codec = codec_of(world, product_key)
    values = {}
    for name, value in attributes.items():
        point = points.get(name)
        if point is None or point["access"] != "writable":
            raise _attribute_invalid(name, "is no writable data point of the product")
        try:
            values[name] = codec.check(name, _plain(point, value, coding))
        except (ValueError, TypeError, OverflowError) as error:
            raise _attribute_invalid(name, str(error)) from error
    return values


def control_frame(world: World, thing: Thing, values: dict[str, Any], sequence: int | None = None) -> bytes:
    """The frame that sets data points; what is not set is filled with the last known values."""
    codec = codec_of(world, thing.product)
    known = dict(world.readings.last(thing.id).values)
    if world.faults.on("command_all_flags"):
        points = world.things.products.rows[thing.product].mapping["datapoints"]
        writable = {point["name"] for point in points if point["access"] == "writable"}
        values = {name: value for name, value in known.items() if name in writable} | values
    return codec.control(values, last_known=known, sequence=sequence)


def raw_frame(world: World, data: bytes, sequence: int | None = None) -> bytes:
    """The frame that carries raw bytes as they are."""
    return downlink(data[::-1] if world.faults.on("raw_reversed") else data, sequence)


def read_frame(world: World, thing: Thing, names: object, sequence: int | None = None) -> bytes:
    """The frame that asks for values; a variable-length product can be asked for some of them."""
    product = world.things.products.rows[thing.product].mapping
    if product.get("length") != "variable":
        return downlink(bytes([Action.READ]), sequence)
    known = [point["name"] for point in product.get("datapoints", ())]
    wanted = known if names is None else names
    if not isinstance(wanted, list) or not wanted or any(name not in known for name in wanted):
        raise _attribute_invalid("names", "expected names of data points of the product")
    flags = codec_of(world, thing.product).encode_read(wanted)
    return downlink(bytes([Action.READ_VARIABLE]) + flags, sequence)


def dispatch(
    world: World,
    attachment: Attachment,
    frame: bytes,
    *,
    client: str,
    account: str,
    application: str,
    peer: str,
    source: str = "client",
    sequence: int | None = None,
    cause: str = "",
) -> Command:
    """Send a frame in the name of a user; a deregistered device gets none (9023)."""
    if attachment.disabled:
        raise Refusal(Reason.THING_DISABLED, "the device is deregistered")
    return send(
        world,
        attachment,
        frame,
        client=client,
        account=account,
        application=application,
        peer=peer,
        source=source,
        sequence=sequence,
        cause=cause,
    )


def _plain(point: dict[str, Any], value: Any, coding: str | None) -> Any:
    """Extended values as bytes of the full length, true and 1 alike for switches, the rest as it is."""
    if point["type"] == "bool" and type(value) is int and value in (0, 1):
        return bool(value)
    if point["type"] != "binary":
        return value
    data = bytes(value) if isinstance(value, list) else _decoded(value, coding or "hex")
    if data is None or len(data) != point["length"]:
        raise ValueError(f"expected {point['length']} bytes in {coding or 'hex'}, padded to the full length")
    return data


def _decoded(value: object, coding: str) -> bytes | None:
    """Bytes of a text in hex or base64, None when it is not."""
    if not isinstance(value, str):
        return None
    try:
        return binascii.unhexlify(value) if coding == "hex" else base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return None


def _attribute_invalid(name: str, what: str) -> Refusal:
    return Refusal(Reason.ATTRIBUTE_INVALID, f"{name}: {what}", name)
