"""Gizwits Open API: users, bindings, devices with data points, an application socket."""

from __future__ import annotations

from typing import Final

from thingproof_platform.core.dialect import Dialect
from thingproof_platform.network.gizwits_m2m import GizwitsM2M
from thingproof_platform.vendors.gizwits.auth import authenticate
from thingproof_platform.vendors.gizwits.errors import invalid, render
from thingproof_platform.vendors.gizwits.handlers import HANDLERS
from thingproof_platform.vendors.gizwits.push import PATH, attach, open_session
from thingproof_platform.vendors.gizwits.service.seed import seed

DIALECT: Final = Dialect(
    name="gizwits",
    handlers=HANDLERS,
    attach=attach,
    authenticate=authenticate,
    invalid=invalid,
    render=render,
    seed=seed,
    mqtt=GizwitsM2M,
    websocket_paths=(PATH,),
    open_session=open_session,
)
