"""Changing a user: conversion, password, phone, profile (gizwits.md:331-382)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.names import PASSWORD
from thingproof_conformance.suites.gizwits.steps import DAY, ask, create, profile
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget, User

UPDATE = "gizwits.users.update"
OTHER = "Other-Passw0rd"


def update(gizwits: GizwitsTarget, user: User, *, expected: Any = "success", **body: Any) -> Answer:
    """Change a user."""
    return ask(gizwits, "users.update", user, json=body, expected=expected)


def login(gizwits: GizwitsTarget, name: str | None, password: str, *, expected: Any = "success") -> Answer:
    """Log in."""
    body = {"username": name, "password": password}
    return gizwits.call("gizwits.users.login", json=body, expect=expected)


# Anonymous users become others.


@case(UPDATE, kind="state", rules=("r1", "r14"), needs=("fresh-accounts",))
@pytest.mark.documented
def test_update__anonymous_to_named(gizwits: GizwitsTarget) -> None:
    """With username and password an anonymous user becomes a regular one: same uid, and a login."""
    user = gizwits.new_user("anonymous")
    expect.equal(True, profile(gizwits, user)["is_anonymous"], "is_anonymous before")
    name = gizwits.names.text("user")
    update(gizwits, user, username=name, password=PASSWORD)
    shown = profile(gizwits, user)
    expect.equal((False, name), (shown["is_anonymous"], shown["username"]), "the profile")
    expect.equal(user.uid, login(gizwits, name, PASSWORD)["uid"], "uid of the login")
    again = create(gizwits, phone_id=user.phone_id)
    expect.different(user.uid, again["uid"], "uid of the same phone_id afterwards")


@case(UPDATE, kind="state", rules=("r2",), needs=("fresh-accounts", "outbox"))
@pytest.mark.contradictory("gizwits.contra.99")
def test_update__anonymous_to_phone(gizwits: GizwitsTarget) -> None:
    """With phone, password and the code sent to it an anonymous user becomes a phone user."""
    user, phone = gizwits.new_user("anonymous"), gizwits.names.phone()
    update(gizwits, user, phone=phone, password=PASSWORD, code=gizwits.sms_code(phone))
    shown = profile(gizwits, user)
    expect.equal((False, phone), (shown["is_anonymous"], shown["phone"]), "the profile")
    expect.equal(user.uid, login(gizwits, phone, PASSWORD)["uid"], "uid of the login")


@case(UPDATE, kind="state", rules=("r3",), needs=("fresh-accounts",))
@pytest.mark.contradictory("gizwits.contra.100")
def test_update__anonymous_to_email(gizwits: GizwitsTarget) -> None:
    """With e-mail and password an anonymous user becomes an e-mail user."""
    user, email = gizwits.new_user("anonymous"), gizwits.names.email()
    update(gizwits, user, email=email, password=PASSWORD)
    shown = profile(gizwits, user)
    expect.equal((False, email), (shown["is_anonymous"], shown["email"]), "the profile")
    expect.equal(user.uid, login(gizwits, email, PASSWORD)["uid"], "uid of the login")


@case(UPDATE, kind="negative", rules=("r1",), errors=(9018, 9019, 9022), needs=("fresh-accounts", "outbox"))
@pytest.mark.documented
@pytest.mark.parametrize(("how", "code"), [("username", 9019), ("phone", 9018), ("email", 9022)])
def test_update__identity_of_another(gizwits: GizwitsTarget, how: str, code: int) -> None:
    """A name, phone or e-mail of somebody else is refused; the user stays anonymous."""
    other, user = gizwits.new_user(how), gizwits.new_user("anonymous")
    taken = getattr(other, how)
    body = {how: taken, "password": PASSWORD}
    if how == "phone":
        body["code"] = gizwits.sms_code(taken)
    expect.refused(update(gizwits, user, expected=ANY, **body), code)
    expect.equal(True, profile(gizwits, user)["is_anonymous"], "is_anonymous")


@case(UPDATE, kind="negative", rules=("r1", "r2"), errors=(9015, 9010), needs=("fresh-accounts", "outbox"))
@pytest.mark.inferred
def test_update__half_a_conversion(gizwits: GizwitsTarget) -> None:
    """Without password, with a weak one, without code or with a wrong one nothing changes."""
    user, phone = gizwits.new_user("anonymous"), gizwits.names.phone()
    code = gizwits.sms_code(phone)
    wrong = "000000" if code != "000000" else "111111"
    bad: list[tuple[dict[str, str], tuple[int, ...]]] = [
        ({"username": gizwits.names.text("user")}, (9015,)),
        ({"username": gizwits.names.text("user"), "password": "short"}, (9015,)),
        ({"email": "no address", "password": PASSWORD}, (9015,)),
        ({"phone": phone, "password": PASSWORD}, (9015, 9010)),
        ({"phone": phone, "password": PASSWORD, "code": wrong}, (9010,)),
        ({"phone": phone, "code": code}, (9015,)),
    ]
    for body, codes in bad:
        expect.refused(update(gizwits, user, expected=ANY, **body), *codes)
    shown = profile(gizwits, user)
    expect.equal((True, None), (shown["is_anonymous"], shown["phone"] or None), "the profile")


# Password and phone.


@case(UPDATE, kind="state", rules=("r4",), needs=("fresh-accounts",))
@pytest.mark.documented
def test_update__password(gizwits: GizwitsTarget) -> None:
    """With the old password the new one takes its place."""
    user = gizwits.new_user()
    update(gizwits, user, old_pwd=user.password, new_pwd=OTHER)
    login(gizwits, user.username, OTHER)
    expect.refused(login(gizwits, user.username, PASSWORD, expected=ANY), 9020)


@case(UPDATE, kind="negative", rules=("r7", "r4"), errors=(9020, 9015), needs=("fresh-accounts",))
@pytest.mark.inferred
def test_update__wrong_old_password(gizwits: GizwitsTarget) -> None:
    """A wrong old password, none, or a weak new one leave the password as it was."""
    user = gizwits.new_user()
    expect.refused(update(gizwits, user, old_pwd="Wrong-1234", new_pwd=OTHER, expected=ANY), 9020)
    expect.refused(update(gizwits, user, new_pwd=OTHER, expected=ANY), 9015, 9020)
    expect.refused(update(gizwits, user, old_pwd=user.password, new_pwd="weak", expected=ANY), 9015)
    login(gizwits, user.username, PASSWORD)
    expect.refused(login(gizwits, user.username, OTHER, expected=ANY), 9020)


@case(UPDATE, kind="state", rules=("r5",), needs=("fresh-accounts", "outbox"))
@pytest.mark.documented
def test_update__phone(gizwits: GizwitsTarget) -> None:
    """A user with a phone moves to another one with the code sent to it; the old one is free."""
    user, phone = gizwits.new_user("phone"), gizwits.names.phone()
    update(gizwits, user, phone=phone, code=gizwits.sms_code(phone))
    expect.equal(phone, profile(gizwits, user)["phone"], "phone")
    login(gizwits, phone, PASSWORD)
    expect.refused(login(gizwits, user.phone, PASSWORD, expected=ANY), 9005, 9020)
    code = gizwits.sms_code(str(user.phone))
    create(gizwits, phone=user.phone, password=PASSWORD, code=code)


@case(UPDATE, kind="time", rules=("r5",), errors=(9009, 9010), needs=("fresh-accounts", "outbox", "clock"))
@pytest.mark.documented
def test_update__phone_with_a_bad_code(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A wrong, used or expired code does not change the phone."""
    user, phone = gizwits.new_user("phone"), gizwits.names.phone()
    code = gizwits.sms_code(phone)
    wrong = "000000" if code != "000000" else "111111"
    expect.refused(update(gizwits, user, phone=phone, code=wrong, expected=ANY), 9010)
    control.advance(DAY + 1)
    expect.refused(update(gizwits, user, phone=phone, code=code, expected=ANY), 9009)
    expect.equal(user.phone, profile(gizwits, user)["phone"], "phone")


# Profile.


@case(UPDATE, kind="documented", rules=("r6", "r8", "r10"), needs=("fresh-accounts",))
@pytest.mark.contradictory("gizwits.contra.54")
def test_update__profile(gizwits: GizwitsTarget) -> None:
    """Name, gender, birthday, address, language and remark are kept; the rest stays."""
    user = gizwits.new_user()
    given = {
        "name": "王小明",
        "gender": "F",
        "birthday": "1990-02-28",
        "address": "Guangzhou",
        "lang": "zh-cn",
        "remark": "备注",
    }
    update(gizwits, user, **given)
    shown = profile(gizwits, user)
    expect.equal(given, {name: shown[name] for name in given}, "the profile")
    update(gizwits, user, name="Ming")
    expect.equal({**given, "name": "Ming"}, {name: profile(gizwits, user)[name] for name in given}, "after")
    expect.equal(user.username, profile(gizwits, user)["username"], "username")


@case(UPDATE, kind="documented", rules=("r8", "r9", "r10"), needs=("fresh-accounts",))
@pytest.mark.documented
@pytest.mark.parametrize(
    ("member", "value"),
    [
        *(("gender", value) for value in ("M", "F", "N")),
        *(("birthday", value) for value in ("1985-12-31", "12-31", "02-29", "2000-02-29")),
        *(("lang", value) for value in ("en", "zh-cn")),
    ],
)
def test_update__documented_values(gizwits: GizwitsTarget, member: str, value: str) -> None:
    """Every documented form is taken and shown."""
    user = gizwits.new_user()
    update(gizwits, user, **{member: value})
    expect.equal(value, profile(gizwits, user)[member], member)


@case(UPDATE, kind="negative", rules=("r8", "r9", "r10"), errors=(9015,), needs=("fresh-accounts",))
@pytest.mark.documented
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("gender", "X"),
        ("gender", "male"),
        ("birthday", "31.12.1985"),
        ("birthday", "1985-13-01"),
        ("birthday", "1985-02-29"),
        ("birthday", "yesterday"),
        ("lang", "de"),
    ],
)
def test_update__other_values(gizwits: GizwitsTarget, member: str, value: str) -> None:
    """Anything else is refused, and nothing of the call is kept."""
    user = gizwits.new_user()
    before = profile(gizwits, user).body
    expect.refused(update(gizwits, user, remark="changed", expected=ANY, **{member: value}), 9015)
    expect.equal(before, profile(gizwits, user).body, "the profile")


@case(UPDATE, kind="time", rules=("r11", "r12"), needs=("fresh-accounts", "clock"))
@pytest.mark.contradictory("gizwits.contra.56")
def test_update__updated_at(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """UpdatedAt is the moment of the change in UTC, with microseconds and without zone."""
    control.freeze(at=1_800_000_000.25)
    answer = update(gizwits, gizwits.new_user(), remark="x")
    expect.matches(r"2027-01-15T08:00:00\.25\d{4}", answer["updatedAt"], "updatedAt")


@case(UPDATE, kind="negative")
@negatives.parametrize(UPDATE)
def test_update__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)
