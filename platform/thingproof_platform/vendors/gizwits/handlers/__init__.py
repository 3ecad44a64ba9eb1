"""One function per operation, one file per tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.vendors.gizwits.handlers import (
    bindings,
    datapoint,
    devdata,
    devices,
    system,
    users,
)

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Handler

HANDLERS: Final[dict[str, Handler]] = {
    "gizwits.users.create": users.create,
    "gizwits.users.get": users.get,
    "gizwits.users.login": users.login,
    "gizwits.users.request_token": users.request_token,
    "gizwits.users.sms_code": users.sms_code,
    "gizwits.bindings.bind_mac": bindings.bind_mac,
    "gizwits.bindings.list": bindings.list,
    "gizwits.devdata.latest": devdata.latest,
    "gizwits.datapoint.get": datapoint.get,
    "gizwits.devices.get": devices.get,
    "gizwits.devices.raw_data": devices.raw_data,
    "gizwits.devices.control": devices.control,
    "gizwits.system.status": system.status,
    "gizwits.system.errors": system.errors,
}
