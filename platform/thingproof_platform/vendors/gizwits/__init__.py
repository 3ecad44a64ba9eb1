"""Gizwits Open API: users, bindings, devices with data points, sharing, linkage, schedules, an app socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.core.dialect import Dialect
from thingproof_platform.network import gizwits_codecs
from thingproof_platform.network.gizwits_m2m import GizwitsM2M
from thingproof_platform.vendors.gizwits import push
from thingproof_platform.vendors.gizwits.auth import authenticate
from thingproof_platform.vendors.gizwits.errors import invalid, render
from thingproof_platform.vendors.gizwits.faults import FAULTS
from thingproof_platform.vendors.gizwits.handlers import HANDLERS
from thingproof_platform.vendors.gizwits.service import (
    captcha,
    groups,
    messages,
    password_reset,
    scenes,
    schedules,
    sharing,
)
from thingproof_platform.vendors.gizwits.service.linkage import engine as linkage
from thingproof_platform.vendors.gizwits.service.model import TABLES
from thingproof_platform.vendors.gizwits.service.seed import seed

if TYPE_CHECKING:
    from thingproof_platform.core.world import World

_SERVICES: Final = (
    gizwits_codecs.attach,
    push.attach,
    messages.attach,
    sharing.attach,
    groups.attach,
    scenes.attach,
    schedules.attach,
    linkage.attach,
)


def attach(world: World) -> None:
    """Give a world the services of this vendor; once per world."""
    for attach_service in _SERVICES:
        attach_service(world)


DIALECT: Final = Dialect(
    name="gizwits",
    handlers=HANDLERS,
    attach=attach,
    authenticate=authenticate,
    invalid=invalid,
    render=render,
    seed=seed,
    mqtt=GizwitsM2M,
    websocket_paths=(push.PATH,),
    open_session=push.open_session,
    tables=TABLES,
    pages={captcha.PREFIX: captcha.page, password_reset.PREFIX: password_reset.page},
    faults=FAULTS,
)
