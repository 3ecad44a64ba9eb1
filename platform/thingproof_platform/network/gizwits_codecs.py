"""The payload codec of each product, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_wire.payloads.gizwits_bits import Codec
from thingproof_wire.payloads.gizwits_product import Product as WireProduct

if TYPE_CHECKING:
    from thingproof_platform.core.model import Product
    from thingproof_platform.core.world import World

_SERVICE = "gizwits.codecs"


class Codecs:
    """Codecs of the products as they are now; a product that was replaced gets a new one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[str, tuple[Product, Codec]] = {}

    def reset(self) -> None:
        """Everything follows from the products."""

    def rebuild(self) -> None:
        """Make codecs anew when they are asked for."""
        self._made.clear()

    def of(self, product_key: str) -> Codec:
        """The payload codec of a product."""
        product = self._world.things.products.rows[product_key]
        made = self._made.get(product_key)
        if made is not None and made[0] is product:
            return made[1]
        # A product without datapoints speaks raw bytes only; there is no mapping of that kind.
        mapping = product.mapping
        points = mapping.get("datapoints")
        wire = WireProduct.from_mapping(mapping) if points else WireProduct(str(mapping.get("name")), ())
        codec = Codec(wire)
        self._made[product_key] = product, codec
        return codec


def attach(world: World) -> None:
    """Give a world the codecs; once per world."""
    world.services[_SERVICE] = Codecs(world)


def codec_of(world: World, product_key: str) -> Codec:
    """The payload codec of a product of the world."""
    return world.service(_SERVICE, Codecs).of(product_key)
