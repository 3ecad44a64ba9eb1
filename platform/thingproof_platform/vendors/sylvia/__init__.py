"""Sylvia-IoT broker: units, applications, networks, devices, routes, a downlink buffer, data in queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.core.dialect import Dialect
from thingproof_platform.vendors.sylvia import push
from thingproof_platform.vendors.sylvia.auth import authenticate
from thingproof_platform.vendors.sylvia.errors import invalid, render
from thingproof_platform.vendors.sylvia.faults import FAULTS
from thingproof_platform.vendors.sylvia.handlers import HANDLERS
from thingproof_platform.vendors.sylvia.service import issuer, registry
from thingproof_platform.vendors.sylvia.service.model import TABLES
from thingproof_platform.vendors.sylvia.service.seed import seed

if TYPE_CHECKING:
    from thingproof_platform.core.world import World

_SERVICES: Final = (registry.attach, push.attach)


def attach(world: World) -> None:
    """Give a world the services of this vendor; once per world."""
    for attach_service in _SERVICES:
        attach_service(world)


DIALECT: Final = Dialect(
    name="sylvia",
    handlers=HANDLERS,
    attach=attach,
    authenticate=authenticate,
    invalid=invalid,
    render=render,
    seed=seed,
    queues=push.queue_side,
    tables=TABLES,
    pages=issuer.PAGES,
    faults=FAULTS,
    error_member="code",
    headers={"Access-Control-Allow-Origin": "*"},
    trims_slash=True,
)
