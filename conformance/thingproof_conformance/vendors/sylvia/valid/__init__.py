"""A valid call of every Sylvia operation, which negative cases spoil: one file per tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_conformance.vendors.sylvia.valid import (
    application,
    device,
    device_route,
    dldata_buffer,
    network,
    network_route,
    unit,
    version,
)
from thingproof_contracts import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_conformance.vendor_target import Call
    from thingproof_conformance.vendors.sylvia.standing import Standing
    from thingproof_conformance.vendors.sylvia.target import SylviaTarget

_TAGS: Final[dict[str, Any]] = {
    module.__name__.rpartition(".")[2]: module
    for module in (application, device, device_route, dldata_buffer, network, network_route, unit, version)
}


def _maker(operation: str) -> Callable[[SylviaTarget, Standing], Call] | None:
    _, tag, name = operation.split(".")
    return getattr(_TAGS.get(tag), name, None)


VALID_CALLS: Final[dict[str, Callable[[SylviaTarget, Standing], Call]]] = {
    operation: maker for operation in load("sylvia").operations if (maker := _maker(operation)) is not None
}
