"""A valid call of every Gizwits operation: what negative cases spoil.

Negative cases change nothing at the target, so they share one user with one bound device that is
online and has reported (`Standing`); moving the clock or a reset makes new ones.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from thingproof_conformance.names import PASSWORD
from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_conformance.vendors.gizwits.subjects import Device, User
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


class Standing:
    """The subjects valid calls are about, each made when it is first asked for."""

    def __init__(self, target: GizwitsTarget) -> None:
        self._target = target
        self.fleet: Any = None

    @cached_property
    def bound(self) -> tuple[User, Device]:
        """A user with a bound device."""
        return self._target.bound()

    @cached_property
    def user(self) -> User:
        """A user without a device."""
        return self._target.new_user()

    @property
    def device(self) -> Device:
        """The bound device."""
        return self.bound[1]

    @property
    def owner(self) -> User:
        """The user the device is bound to."""
        return self.bound[0]

    @cached_property
    def foreigner(self) -> User:
        """A user of another application."""
        return self._target.new_user(application=self._target.new_application())


def users_create(target: GizwitsTarget, _: Standing) -> Call:
    """Register with a user name."""
    identity = {"username": target.names.text("user"), "password": PASSWORD}
    return Call("gizwits.users.create", json=identity)


def users_login(_: GizwitsTarget, standing: Standing) -> Call:
    """Log the standing user in."""
    identity = {"username": standing.user.username, "password": standing.user.password}
    return Call("gizwits.users.login", json=identity)


def users_get(_: GizwitsTarget, standing: Standing) -> Call:
    """Read the standing user's profile."""
    return Call("gizwits.users.get", token=standing.user.token)


def users_request_token(target: GizwitsTarget, _: Standing) -> Call:
    """Ask for an application token."""
    return Call(
        "gizwits.users.request_token", headers={"x-gizwits-application-auth": target.application.auth}
    )


def users_sms_code(target: GizwitsTarget, _: Standing) -> Call:
    """Have a code sent."""
    return Call("gizwits.users.sms_code", token=target.app_token(), json={"phone": target.names.phone()})


def bindings_bind_mac(target: GizwitsTarget, standing: Standing) -> Call:
    """Bind the standing device again."""
    product = standing.device.product
    return Call(
        "gizwits.bindings.bind_mac",
        token=standing.owner.token,
        headers=target.signature(product),
        json={"product_key": product.product_key, "mac": standing.device.mac},
    )


def bindings_list(_: GizwitsTarget, standing: Standing) -> Call:
    """List the standing user's devices."""
    return Call("gizwits.bindings.list", token=standing.user.token)


def devices_get(_: GizwitsTarget, standing: Standing) -> Call:
    """Read the standing device."""
    return Call("gizwits.devices.get", token=standing.owner.token, path={"did": standing.device.did})


def devdata_latest(_: GizwitsTarget, standing: Standing) -> Call:
    """Read the standing device's last values."""
    return Call("gizwits.devdata.latest", path={"did": standing.device.did})


def datapoint_get(_: GizwitsTarget, standing: Standing) -> Call:
    """Read the definition of the standing device's product."""
    return Call("gizwits.datapoint.get", query={"product_key": standing.device.product.product_key})


def devices_raw_data(target: GizwitsTarget, standing: Standing) -> Call:
    """Read the standing device's log of the last hour."""
    now = int(target.now())
    return Call(
        "gizwits.devices.raw_data",
        token=standing.owner.token,
        path={"did": standing.device.did},
        query={"type": "cmd", "start_time": now - 3600, "end_time": now},
    )


def devices_control(_: GizwitsTarget, standing: Standing) -> Call:
    """Switch the standing device."""
    attributes: dict[str, Any] = standing.device.product.mapping.get("control", {"switch": 1})
    return Call(
        "gizwits.devices.control",
        token=standing.owner.token,
        path={"did": standing.device.did},
        json={"attrs": attributes},
    )


def system_status(_: GizwitsTarget, __: Standing) -> Call:
    """Ask for the version."""
    return Call("gizwits.system.status")


def system_errors(_: GizwitsTarget, __: Standing) -> Call:
    """Ask for the table of errors."""
    return Call("gizwits.system.errors")


VALID_CALLS: dict[str, Callable[[GizwitsTarget, Standing], Call]] = {
    f"gizwits.{tag}.{function}": maker
    for tag, function, maker in (
        ("users", "create", users_create),
        ("users", "login", users_login),
        ("users", "get", users_get),
        ("users", "request_token", users_request_token),
        ("users", "sms_code", users_sms_code),
        ("bindings", "bind_mac", bindings_bind_mac),
        ("bindings", "list", bindings_list),
        ("devices", "get", devices_get),
        ("devdata", "latest", devdata_latest),
        ("datapoint", "get", datapoint_get),
        ("devices", "raw_data", devices_raw_data),
        ("devices", "control", devices_control),
        ("system", "status", system_status),
        ("system", "errors", system_errors),
    )
}
ONLINE = frozenset({"gizwits.devices.control", "gizwits.devdata.latest"})
"""Operations whose valid call needs the standing device online."""
