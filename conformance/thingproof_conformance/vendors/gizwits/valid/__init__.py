"""A valid call of every Gizwits operation, which negative cases spoil: one file per tag.

The call of `gizwits.scenes.task.run` is made by `task_run` in `scenes.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_conformance.vendors.gizwits.valid import (
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
from thingproof_contracts import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_conformance.vendor_target import Call
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget

_TAGS: Final[dict[str, Any]] = {
    module.__name__.rpartition(".")[2]: module
    for module in (
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
}


def _maker(operation: str) -> Callable[[GizwitsTarget, Standing], Call] | None:
    _, tag, *rest = operation.split(".")
    return getattr(_TAGS.get(tag), "_".join(rest), None)


VALID_CALLS: Final[dict[str, Callable[[GizwitsTarget, Standing], Call]]] = {
    operation: maker for operation in load("gizwits").operations if (maker := _maker(operation)) is not None
}
ONLINE: Final[frozenset[str]] = frozenset().union(*(getattr(tag, "ONLINE", ()) for tag in _TAGS.values()))
"""Operations whose valid call needs the standing device online."""
