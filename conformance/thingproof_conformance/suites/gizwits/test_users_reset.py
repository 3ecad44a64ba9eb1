"""Forgotten passwords (gizwits.md:460-488)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from thingproof_conformance import events, expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.client import HttpClient
from thingproof_conformance.events import Expected
from thingproof_conformance.names import PASSWORD
from thingproof_conformance.suites.gizwits.steps import DAY, profile
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

RESET, SMS = "gizwits.users.reset_password", "gizwits.users.sms_code"
MAIL = "gizwits.event.mail.reset_link"
OTHER = "Other-Passw0rd"
NEEDS = ("fresh-accounts", "outbox")


def reset(gizwits: GizwitsTarget, *, expected: Any = "success", **body: Any) -> Answer:
    """Ask for a reset."""
    return gizwits.call(RESET, json=body, expect=expected)


def login(gizwits: GizwitsTarget, name: str | None, password: str) -> Answer:
    """Try to log in."""
    return gizwits.call("gizwits.users.login", json={"username": name, "password": password}, expect=ANY)


def link_of(control: ControlClient, email: str | None) -> str:
    """The link of the newest mail to an address."""
    mails = control.outbox("email", str(email))
    expect.true(mails, "no mail was sent")
    found = re.search(r"https?://\S+", mails[-1].text)
    if found is None:
        expect.fail("the mail holds no link", expected="a link", actual=mails[-1].text)
    return str(found[0]) if found else ""


def open_link(link: str, body: bytes | None = None) -> int:
    """Open a link as a browser does, or send its form; the HTTP status."""
    parts = urlsplit(link)
    client = HttpClient(f"{parts.scheme}://{parts.netloc}")
    headers = {"content-type": "application/x-www-form-urlencoded"} if body else {}
    try:
        method = "POST" if body else "GET"
        return client.send("page", method, parts.path, headers=headers, body=body, record=False).status
    finally:
        client.close()


@case(RESET, kind="event", rules=("r2", "r6"), events=("mail.reset_link",), needs=NEEDS)
@pytest.mark.documented
def test_reset_password__mails_a_link(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """With the e-mail alone one mail with a link goes out; the password stays until the link is used."""
    user, began = gizwits.new_user("email"), gizwits.now()
    reset(gizwits, email=user.email)
    mails = events.outbox(control, MAIL, "email", str(user.email))
    arrivals = events.watch(mails, Expected(MAIL, within_s=5), since=began)
    expect.equal(1, len(arrivals), "mails")
    expect.accepted(login(gizwits, user.email, PASSWORD))


@case(RESET, kind="state", rules=("r2",), needs=NEEDS)
@pytest.mark.inferred
def test_reset_password__link_works_once(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """The link shows a form; what it sends becomes the password; afterwards the link is used up."""
    user = gizwits.new_user("email")
    reset(gizwits, email=user.email)
    link = link_of(control, user.email)
    expect.equal(200, open_link(link), "status of the page")
    expect.one_of(range(400, 500), open_link(link, b"new_pwd=weak"), "status of a weak password")
    expect.equal(200, open_link(link, f"new_pwd={OTHER}".encode()), "status of the form")
    expect.accepted(login(gizwits, user.email, OTHER))
    expect.refused(login(gizwits, user.email, PASSWORD), 9020)
    expect.one_of(range(400, 500), open_link(link, b"new_pwd=Third-Passw0rd"), "status of the used link")
    expect.accepted(login(gizwits, user.email, OTHER))


@case(
    RESET,
    kind="state",
    rules=("r3", "r4", f"{SMS}.r7"),
    errors=(9010, 9020),
    needs=NEEDS,
)
@pytest.mark.contradictory("gizwits.contra.99")
def test_reset_password__by_phone(gizwits: GizwitsTarget) -> None:
    """Phone, new password and code set the password; the code is consumed by it."""
    user = gizwits.new_user("phone")
    code = gizwits.sms_code(str(user.phone))
    reset(gizwits, phone=user.phone, new_pwd=OTHER, code=code)
    expect.accepted(login(gizwits, user.phone, OTHER))
    expect.refused(login(gizwits, user.phone, PASSWORD), 9020)
    expect.refused(reset(gizwits, phone=user.phone, new_pwd=PASSWORD, code=code, expected=ANY), 9010)


@case(RESET, kind="time", rules=("r3",), errors=(9009, 9010), needs=(*NEEDS, "clock"))
@pytest.mark.documented
def test_reset_password__bad_code(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A wrong or expired code resets nothing."""
    user = gizwits.new_user("phone")
    code = gizwits.sms_code(str(user.phone))
    wrong = "000000" if code != "000000" else "111111"
    expect.refused(reset(gizwits, phone=user.phone, new_pwd=OTHER, code=wrong, expected=ANY), 9010)
    control.advance(DAY + 1)
    expect.refused(reset(gizwits, phone=user.phone, new_pwd=OTHER, code=code, expected=ANY), 9009)
    expect.accepted(login(gizwits, user.phone, PASSWORD))


@case(RESET, kind="negative", rules=("r1",), errors=(9005,), needs=NEEDS)
@pytest.mark.documented
def test_reset_password__unknown(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """An e-mail or phone nobody registered is refused, and nobody gets a mail."""
    email, phone = gizwits.names.email(), gizwits.names.phone()
    expect.refused(reset(gizwits, email=email, expected=ANY), 9005)
    expect.equal([], control.outbox("email", email), "mails")
    code = gizwits.sms_code(phone)
    expect.refused(reset(gizwits, phone=phone, new_pwd=OTHER, code=code, expected=ANY), 9005)


@case(RESET, kind="negative", rules=("r1", "r3"), errors=(9015,), needs=NEEDS)
@pytest.mark.documented
def test_reset_password__incomplete(gizwits: GizwitsTarget) -> None:
    """Without e-mail and phone, without new password or code, with a weak password: form invalid."""
    user = gizwits.new_user("phone")
    code = gizwits.sms_code(str(user.phone))
    for body in (
        {},
        {"new_pwd": OTHER, "code": code},
        {"phone": user.phone, "code": code},
        {"phone": user.phone, "new_pwd": OTHER},
        {"phone": user.phone, "new_pwd": "weak", "code": code},
    ):
        expect.refused(reset(gizwits, expected=ANY, **body), 9015)
    expect.accepted(reset(gizwits, phone=user.phone, new_pwd=OTHER, code=code))


@case(RESET, kind="negative", errors=(9026,), needs=("seed", "outbox"))
@pytest.mark.inferred
def test_reset_password__not_activated(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A user whose e-mail address was never confirmed gets no link."""
    email = gizwits.names.email()
    row = {"app_id": gizwits.application.app_id, "email": email, "password": PASSWORD, "activated": False}
    gizwits.control.seed("gizwits", {"users": [row]})
    expect.refused(reset(gizwits, email=email, expected=ANY), 9026)
    expect.equal([], control.outbox("email", email), "mails")


@case(RESET, kind="negative", errors=(9037,), needs=(*NEEDS, "faults"))
@pytest.mark.documented
def test_reset_password__nothing_leaves(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """When no message leaves the reset is refused with 9037."""
    user = gizwits.new_user("email")
    with control.fault("sms_gateway_down"):
        expect.refused(reset(gizwits, email=user.email, expected=ANY), 9037)


@case(RESET, kind="permission", rules=("r3",), needs=NEEDS)
@pytest.mark.inferred
def test_reset_password__of_the_user_alone(gizwits: GizwitsTarget) -> None:
    """A reset by phone changes that user's password and no other's, and leaves the profile alone."""
    user, other = gizwits.new_user("phone"), gizwits.new_user("phone")
    before = profile(gizwits, user).body
    reset(gizwits, phone=user.phone, new_pwd=OTHER, code=gizwits.sms_code(str(user.phone)))
    expect.accepted(login(gizwits, other.phone, PASSWORD))
    expect.equal(before, profile(gizwits, user).body, "the profile")


@case(RESET, kind="negative", rules=("r5",))
@negatives.parametrize(RESET)
def test_reset_password__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign applications."""
    negatives.judge(gizwits, negative)
