"""One function per operation, one file per tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_contracts import load
from thingproof_platform.core.dialect import handlers_by_name
from thingproof_platform.vendors.sylvia.handlers import (
    application,
    device,
    device_route,
    dldata_buffer,
    network,
    network_route,
    unit,
    version,
)

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Handler

_TAGS: Final = (
    application,
    device,
    device_route,
    dldata_buffer,
    network,
    network_route,
    unit,
    version,
)
HANDLERS: Final[dict[str, Handler]] = handlers_by_name(
    load("sylvia").operations, {module.__name__.rpartition(".")[2]: module for module in _TAGS}
)
