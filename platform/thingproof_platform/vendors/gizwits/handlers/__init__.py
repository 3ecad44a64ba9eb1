"""One function per operation, one file per tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_contracts import load
from thingproof_platform.core.dialect import handlers_by_name
from thingproof_platform.vendors.gizwits.handlers import (
    bindings,
    common_scheduler,
    datapoint,
    devdata,
    devices,
    groups,
    messages,
    rules,
    scenes,
    scheduler,
    sharing,
    system,
    users,
)

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Handler

_TAGS: Final = (
    bindings,
    common_scheduler,
    datapoint,
    devdata,
    devices,
    groups,
    messages,
    rules,
    scenes,
    scheduler,
    sharing,
    system,
    users,
)
HANDLERS: Final[dict[str, Handler]] = handlers_by_name(
    load("gizwits").operations, {module.__name__.rpartition(".")[2]: module for module in _TAGS}
)
