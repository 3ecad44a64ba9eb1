"""Valid calls of the operations on users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.names import PASSWORD
from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


def create(target: GizwitsTarget, _: Standing) -> Call:
    """Register with a user name."""
    identity = {"username": target.names.text("user"), "password": PASSWORD}
    return Call("gizwits.users.create", json=identity)


def login(_: GizwitsTarget, standing: Standing) -> Call:
    """Log the standing user in."""
    identity = {"username": standing.user.username, "password": standing.user.password}
    return Call("gizwits.users.login", json=identity)


def get(_: GizwitsTarget, standing: Standing) -> Call:
    """Read the standing user's profile."""
    return Call("gizwits.users.get", token=standing.user.token)


def request_token(target: GizwitsTarget, _: Standing) -> Call:
    """Ask for an application token."""
    return Call(
        "gizwits.users.request_token", headers={"x-gizwits-application-auth": target.application.auth}
    )


def sms_code(target: GizwitsTarget, _: Standing) -> Call:
    """Have a code sent."""
    return Call("gizwits.users.sms_code", token=target.app_token(), json={"phone": target.names.phone()})


def update(_: GizwitsTarget, standing: Standing) -> Call:
    """Change the standing user's remark."""
    return Call("gizwits.users.update", token=standing.user.token, json={"remark": "valid"})


def reset_password(target: GizwitsTarget, _: Standing) -> Call:
    """Have a reset link mailed to a fresh user."""
    return Call("gizwits.users.reset_password", json={"email": target.new_user("email").email})


def captcha_get(target: GizwitsTarget, _: Standing) -> Call:
    """Ask for a picture."""
    return Call("gizwits.users.captcha.get", token=target.app_token())


def captcha_verify(target: GizwitsTarget, _: Standing) -> Call:
    """Solve a fresh picture."""
    captcha, text = target.captcha()
    body = {"captcha_id": captcha, "captcha_code": text, "phone": target.names.phone()}
    return Call("gizwits.users.captcha.verify", token=target.app_token(), json=body)


def sms_code_verify(target: GizwitsTarget, _: Standing) -> Call:
    """Verify a fresh code."""
    phone = target.names.phone()
    body = {"phone": phone, "sms_code": target.sms_code(phone)}
    return Call("gizwits.users.sms_code.verify", token=target.app_token(), json=body)
