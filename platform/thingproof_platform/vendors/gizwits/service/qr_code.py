"""QR codes of devices: the encrypted product key and MAC address (gizwits.md:728).

The document does not say how the vendor encrypts. Here the content is base64url of a check value and the text
`<product key>,<MAC>`, hidden by a key stream; both are keyed by the product secret, so that only the cloud
makes and reads codes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from thingproof_platform.core.errors import Reason, Refusal

if TYPE_CHECKING:
    from thingproof_platform.core.model import Product, Thing
    from thingproof_platform.core.world import World

_CHECK_BYTES: Final = 16
_LONGEST: Final = 512


def content(product: Product, mac: str) -> str:
    """What the QR code of a device says."""
    text = f"{product.key},{mac}".encode()
    check = _check(product, text)
    return base64.urlsafe_b64encode(check + _hidden(product, check, text)).decode().rstrip("=")


def device_of(world: World, scanned: str) -> tuple[Product, Thing]:
    """The product and the thing a code names; refuses what the cloud did not make (9040)."""
    if world.faults.on("plain_qr_content") and "," in scanned:
        product_key, _, mac = scanned.partition(",")
        return world.things.products.rows[product_key], _thing(world, product_key, mac)
    data = _bytes(scanned)
    check, hidden = data[:_CHECK_BYTES], data[_CHECK_BYTES:]
    for product in world.things.products:
        text = _hidden(product, check, hidden)
        if hidden and hmac.compare_digest(_check(product, text), check):
            mac = text.decode("utf-8", "replace").partition(",")[2]
            return product, _thing(world, product.key, mac)
    raise Refusal(Reason.QR_CONTENT_INVALID, "the code was not made by this cloud", "qr_content")


def _thing(world: World, product_key: str, mac: str) -> Thing:
    thing = world.things.with_mac(product_key, mac)
    if thing is None:
        raise Refusal(Reason.THING_UNKNOWN, "the device of this code does not exist", "qr_content")
    return thing


def _bytes(scanned: str) -> bytes:
    if len(scanned) > _LONGEST or not scanned.isascii():
        return b""
    try:
        return base64.b64decode(scanned + "=" * (-len(scanned) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _check(product: Product, text: bytes) -> bytes:
    return hmac.digest(product.secret.encode(), b"check" + text, "sha256")[:_CHECK_BYTES]


def _hidden(product: Product, check: bytes, text: bytes) -> bytes:
    """The text with a key stream over it; done twice it is the text again."""
    stream = hashlib.shake_256(product.secret.encode() + check).digest(len(text))
    return bytes(byte ^ key for byte, key in zip(text, stream, strict=True))
