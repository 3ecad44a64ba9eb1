"""User management: registration, login, profile, application tokens and SMS codes (gizwits.md:211-530)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.names import PASSWORD
from thingproof_conformance.suites.gizwits.steps import DAY, create, profile
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

CREATE, GET, LOGIN = "gizwits.users.create", "gizwits.users.get", "gizwits.users.login"
TOKEN, SMS = "gizwits.users.request_token", "gizwits.users.sms_code"
HEX_32 = "[0-9a-f]{32}"
WEEK = 7 * DAY


# Registration.


@case(CREATE, kind="documented", rules=("r1", "r16"))
@pytest.mark.documented
def test_create__anonymous(gizwits: GizwitsTarget) -> None:
    """A phone_id alone registers an anonymous user, who gets a token that works."""
    answer = create(gizwits, phone_id=gizwits.names.text("phone"))
    shown = profile(gizwits, answer["token"])
    expect.equal(answer["uid"], shown["uid"], "uid")
    expect.equal(True, shown["is_anonymous"], "is_anonymous")


@case(CREATE, kind="documented", rules=("r2", "r16", "gizwits.global.r5"))
@pytest.mark.documented
def test_create__username(gizwits: GizwitsTarget) -> None:
    """User name and password register a named user; the token of the answer speaks for that user."""
    name = gizwits.names.text("user")
    answer = create(gizwits, username=name, password=PASSWORD)
    shown = profile(gizwits, answer["token"])
    expect.equal((answer["uid"], name), (shown["uid"], shown["username"]), "uid and username")


@case(CREATE, kind="documented", rules=("r3", "r13"), needs=("outbox",))
@pytest.mark.documented
def test_create__phone(gizwits: GizwitsTarget) -> None:
    """Phone, password and the SMS code register a user with that phone number."""
    phone = gizwits.names.phone()
    answer = create(gizwits, phone=phone, password=PASSWORD, code=gizwits.sms_code(phone))
    expect.equal(phone, profile(gizwits, answer["token"])["phone"], "phone")


@case(CREATE, kind="negative", rules=("r3", "r13"), errors=(9010,), needs=("outbox",))
@pytest.mark.documented
def test_create__phone_wrong_code(gizwits: GizwitsTarget) -> None:
    """A wrong SMS code is refused, and the right one still works afterwards."""
    phone = gizwits.names.phone()
    code = gizwits.sms_code(phone)
    wrong = str((int(code) + 1) % 10 ** len(code)).zfill(len(code))
    expect.refused(create(gizwits, expected=ANY, phone=phone, password=PASSWORD, code=wrong), 9010)
    create(gizwits, phone=phone, password=PASSWORD, code=code)


@case(CREATE, kind="negative", rules=("r3", "r13"), needs=("outbox",))
@pytest.mark.documented
@pytest.mark.parametrize("absent", ["code", "password"])
def test_create__phone_incomplete(gizwits: GizwitsTarget, absent: str) -> None:
    """Phone registration without the code or without a password is refused."""
    phone = gizwits.names.phone()
    identity: dict[str, Any] = {"phone": phone, "password": PASSWORD, "code": gizwits.sms_code(phone)}
    del identity[absent]
    expect.refused(create(gizwits, expected=ANY, **identity), 9015, 9010)


@case(CREATE, kind="permission", rules=("r13",), errors=(9010,), needs=("outbox",))
@pytest.mark.inferred
def test_create__phone_code_of_another(gizwits: GizwitsTarget) -> None:
    """The code sent to one phone does not register another."""
    code = gizwits.sms_code(gizwits.names.phone())
    identity: dict[str, Any] = {"phone": gizwits.names.phone(), "password": PASSWORD, "code": code}
    expect.refused(create(gizwits, expected=ANY, **identity), 9010)


@case(CREATE, kind="time", rules=("gizwits.users.sms_code.r5",), errors=(9009,), needs=("outbox", "clock"))
@pytest.mark.documented
def test_create__phone_code_expired(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A code does not register anybody 24 hours after it was sent."""
    phone = gizwits.names.phone()
    code = gizwits.sms_code(phone)
    control.advance(DAY + 1)
    expect.refused(create(gizwits, expected=ANY, phone=phone, password=PASSWORD, code=code), 9009, 9010)


@case(CREATE, kind="documented", rules=("r4",))
@pytest.mark.documented
def test_create__email(gizwits: GizwitsTarget) -> None:
    """E-mail and password register a user with that address."""
    email = gizwits.names.email()
    answer = create(gizwits, email=email, password=PASSWORD)
    expect.equal(email, profile(gizwits, answer["token"])["email"], "email")


@case(CREATE, kind="negative", rules=("r4", "r2"))
@pytest.mark.documented
@pytest.mark.parametrize("way", ["email", "username"])
def test_create__without_password(gizwits: GizwitsTarget, way: str) -> None:
    """E-mail and user name do not register without a password."""
    identity: dict[str, Any] = {"email": gizwits.names.email(), "username": gizwits.names.text("user")}
    expect.refused(create(gizwits, expected=ANY, **{way: identity[way]}), 9015)


@case(CREATE, kind="negative", rules=("r10",))
@pytest.mark.documented
@pytest.mark.parametrize(("password", "accepted"), [("Abcde-1", False), ("Abcdef-1", True)])
def test_create__password_length(gizwits: GizwitsTarget, password: str, accepted: bool) -> None:
    """Seven characters are refused, eight are enough."""
    answer = create(gizwits, expected=ANY, username=gizwits.names.text("user"), password=password)
    expect.equal(accepted, answer.ok, f"a password of {len(password)} characters is accepted")


@case(CREATE, kind="negative", rules=("r11",))
@pytest.mark.documented
@pytest.mark.parametrize(
    ("password", "accepted"),
    [
        ("abcdefgh", False),
        ("abcdefg1", False),
        ("ABCDEFG1", False),
        ("abcdefg-", False),
        ("Abcdefg1", True),
        ("abcdef-1", True),
        ("ABCDEF-1", True),
        ("Abcdefg-", True),
    ],
)
def test_create__password_mix(gizwits: GizwitsTarget, password: str, accepted: bool) -> None:
    """Three of upper case, lower case, digits and symbols are needed; any three will do."""
    answer = create(gizwits, expected=ANY, username=gizwits.names.text("user"), password=password)
    expect.equal(accepted, answer.ok, f"{password!r} is accepted")


@case(CREATE, kind="documented", rules=("r12",))
@pytest.mark.inferred
def test_create__anonymous_has_no_password(gizwits: GizwitsTarget) -> None:
    """A password given to an anonymous registration, even a weak one, logs nobody in."""
    phone_id = gizwits.names.text("phone")
    answer = create(gizwits, expected=ANY, phone_id=phone_id, password="weak")
    if not answer.ok:
        expect.refused(answer, 9015)
        return
    body = {"username": phone_id, "password": "weak"}
    expect.refused(gizwits.call(LOGIN, json=body, expect=ANY), 9005, 9020)


@case(CREATE, kind="documented", rules=("r14", "gizwits.users.get.r4"))
@pytest.mark.documented
@pytest.mark.parametrize("lang", ["en", "zh-cn"])
def test_create__language(gizwits: GizwitsTarget, lang: str) -> None:
    """Both documented languages are taken and shown in the profile."""
    answer = create(gizwits, phone_id=gizwits.names.text("phone"), lang=lang)
    expect.equal(lang, profile(gizwits, answer["token"])["lang"], "lang")


@case(CREATE, kind="negative", rules=("r14",))
@pytest.mark.documented
def test_create__unknown_language(gizwits: GizwitsTarget) -> None:
    """Another language is refused."""
    expect.refused(create(gizwits, expected=ANY, phone_id=gizwits.names.text("phone"), lang="tlh"), 9015)


@case(CREATE, kind="state", rules=("r17",))
@pytest.mark.documented
def test_create__anonymous_again(gizwits: GizwitsTarget) -> None:
    """The same phone_id again logs the same user in with a new token."""
    phone_id = gizwits.names.text("phone")
    first, second = create(gizwits, phone_id=phone_id), create(gizwits, phone_id=phone_id)
    expect.equal(first["uid"], second["uid"], "uid")
    expect.different(first["token"], second["token"], "token")


@case(CREATE, kind="state", rules=("r1",))
@pytest.mark.documented
def test_create__another_phone_id_is_another_user(gizwits: GizwitsTarget) -> None:
    """phone_id is unique: two of them are two users."""
    first, second = (create(gizwits, phone_id=gizwits.names.text("phone")) for _ in range(2))
    expect.different(first["uid"], second["uid"], "uid")


@case(CREATE, kind="time", rules=("r18", "gizwits.global.r6"), needs=("clock",))
@pytest.mark.contradictory("gizwits.contra.57")
def test_create__expiry(gizwits: GizwitsTarget) -> None:
    """expire_at is the epoch second 7 days after the registration; the example's year 2410 is a slip."""
    before = gizwits.now()
    answer = create(gizwits, phone_id=gizwits.names.text("phone"))
    expect.between(before + WEEK - 60, gizwits.now() + WEEK + 60, answer["expire_at"], "expire_at", unit="s")
    expect.true(isinstance(answer["expire_at"], int), "expire_at is an integer", actual=answer["expire_at"])


@case(CREATE, kind="negative", errors=(9018, 9019, 9022), needs=("outbox",))
@pytest.mark.inferred
@pytest.mark.parametrize(("way", "code"), [("username", 9019), ("phone", 9018), ("email", 9022)])
def test_create__taken(gizwits: GizwitsTarget, way: str, code: int) -> None:
    """A user name, phone or e-mail that another user has is refused with its own code."""
    known = gizwits.new_user(way)
    identity: dict[str, Any] = {way: getattr(known, way), "password": PASSWORD}
    if way == "phone":
        identity["code"] = gizwits.sms_code(identity["phone"])
    expect.refused(create(gizwits, expected=ANY, **identity), code)


@case(CREATE, kind="permission", rules=("gizwits.global.r2",), needs=("seed",))
@pytest.mark.inferred
def test_create__names_belong_to_an_application(gizwits: GizwitsTarget) -> None:
    """The same anonymous identity in another application is another user."""
    phone_id = gizwits.names.text("phone")
    first = create(gizwits, phone_id=phone_id)
    second = create(gizwits, phone_id=phone_id, application=gizwits.new_application())
    expect.different(first["uid"], second["uid"], "uid")


@case(CREATE, kind="negative", errors=(9077,), needs=("seed",))
@pytest.mark.documented
def test_create__email_not_activated(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """An address registered before but never activated has an error of its own."""
    email = gizwits.names.email()
    row = {"app_id": gizwits.application.app_id, "email": email, "password": PASSWORD, "activated": False}
    control.seed("gizwits", {"users": [row]})
    expect.refused(create(gizwits, expected=ANY, email=email, password=PASSWORD), 9077)


@case(CREATE, kind="negative", errors=(9046,), needs=("faults",))
@pytest.mark.documented
def test_create__busy(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """While another registration is in progress this one is refused, and works afterwards."""
    phone_id = gizwits.names.text("phone")
    with control.fault("registration_busy"):
        expect.refused(create(gizwits, expected=ANY, phone_id=phone_id), 9046)
    create(gizwits, phone_id=phone_id)


@case(CREATE, kind="documented", rules=("r20", "r16"))
@pytest.mark.documented
def test_create__answer(gizwits: GizwitsTarget) -> None:
    """Uid and token look like the example's: 32 hexadecimal digits each."""
    answer = create(gizwits, phone_id=gizwits.names.text("phone"))
    expect.matches(HEX_32, answer["uid"], "uid")
    expect.matches(HEX_32, answer["token"], "token")


@case(CREATE, kind="negative", rules=("r19",))
@negatives.parametrize(CREATE)
def test_create__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt registration is refused in the vendor's form."""
    negatives.judge(gizwits, negative)


# Profile.


@case(GET, kind="documented", rules=("r1", "r2", "r3", "r4", "r7", "r9"), needs=("seed",))
@pytest.mark.documented
def test_get__profile(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """Every member of the profile is shown as it was set, remark under that name."""
    profile_row = {
        "username": gizwits.names.text("user"),
        "email": gizwits.names.email(),
        "phone": gizwits.names.phone(),
        "name": "gizwits",
        "gender": "F",
        "birthday": "2017-01-01",
        "address": "guangzhou",
        "lang": "zh-cn",
        "remark": "a remark",
    }
    secrets = {"app_id": gizwits.application.app_id, "password": PASSWORD}
    control.seed("gizwits", {"users": [profile_row | secrets]})
    login = gizwits.call(LOGIN, json={"username": profile_row["username"], "password": PASSWORD})
    shown = profile(gizwits, login["token"])
    for member, value in profile_row.items():
        expect.equal(value, shown[member], member)
    expect.equal(login["uid"], shown["uid"], "uid")


@case(GET, kind="documented", rules=("r3",), needs=("seed",))
@pytest.mark.documented
def test_get__birthday_without_year(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A birthday may be MM-DD."""
    name = gizwits.names.text("user")
    row = {"app_id": gizwits.application.app_id, "username": name, "password": PASSWORD, "birthday": "02-29"}
    control.seed("gizwits", {"users": [row]})
    login = gizwits.call(LOGIN, json={"username": name, "password": PASSWORD})
    expect.equal("02-29", profile(gizwits, login["token"])["birthday"], "birthday")


@case(GET, kind="documented", rules=("r2",))
@pytest.mark.documented
def test_get__gender_unknown(gizwits: GizwitsTarget) -> None:
    """A user who never told the gender is N."""
    expect.equal("N", profile(gizwits, gizwits.new_user().token)["gender"], "gender")


@case(GET, kind="documented", rules=("r5",))
@pytest.mark.documented
@pytest.mark.parametrize(("how", "anonymous"), [("anonymous", True), ("username", False), ("email", False)])
def test_get__is_anonymous(gizwits: GizwitsTarget, how: str, anonymous: bool) -> None:
    """is_anonymous is true for anonymous users only."""
    expect.equal(anonymous, profile(gizwits, gizwits.new_user(how).token)["is_anonymous"], "is_anonymous")


@case(GET, kind="documented", rules=("r6",), needs=("outbox",))
@pytest.mark.documented
@pytest.mark.parametrize("how", ["phone", "email"])
def test_get__unmasked(gizwits: GizwitsTarget, how: str) -> None:
    """Users see their own phone number and e-mail in full."""
    user = gizwits.new_user(how)
    expect.equal(getattr(user, how), profile(gizwits, user.token)[how], how)


@case(GET, kind="permission", rules=("r1", "gizwits.global.r3"))
@pytest.mark.documented
def test_get__each_token_its_user(gizwits: GizwitsTarget) -> None:
    """The token, and nothing else, says whose profile is shown."""
    for user in (gizwits.new_user(), gizwits.new_user("anonymous")):
        expect.equal(user.uid, profile(gizwits, user.token)["uid"], "uid")


@case(GET, kind="permission", rules=("r1",), errors=(9004,))
@pytest.mark.inferred
def test_get__application_token(gizwits: GizwitsTarget) -> None:
    """The token of an application is no user token."""
    expect.refused(gizwits.call(GET, token=gizwits.app_token(), expect=ANY), 9004)


@case(GET, kind="negative", rules=("r8",))
@negatives.parametrize(GET)
def test_get__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt request for the profile is refused in the vendor's form."""
    negatives.judge(gizwits, negative)


# The other operations of the tag: a positive case and the generated negative ones; more in
# test_users_tokens.py and test_users_codes.py.


@case(LOGIN, kind="documented", rules=("r1", "r9"), needs=("outbox",))
@pytest.mark.documented
@pytest.mark.parametrize("how", ["username", "email", "phone"])
def test_login__by_any_name(gizwits: GizwitsTarget, how: str) -> None:
    """User name, e-mail and phone number all log their user in."""
    user = gizwits.new_user(how)
    answer = gizwits.call(LOGIN, json={"username": getattr(user, how), "password": PASSWORD})
    expect.equal(user.uid, answer["uid"], "uid")
    expect.equal(user.uid, profile(gizwits, answer["token"])["uid"], "the uid of the token's user")


@case(LOGIN, kind="negative", rules=("r8",))
@negatives.parametrize(LOGIN)
def test_login__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt login is refused in the vendor's form."""
    negatives.judge(gizwits, negative)


@case(TOKEN, kind="documented", rules=("r4", "r6"))
@pytest.mark.contradictory("gizwits.contra.06")
def test_request_token__answer(gizwits: GizwitsTarget) -> None:
    """The answer carries a token, which the table forgets and the example shows."""
    answer = gizwits.call(TOKEN, headers={"x-gizwits-application-auth": gizwits.application.auth})
    expect.matches(HEX_32, answer["token"], "token")


@case(TOKEN, kind="negative", rules=("r5",))
@negatives.parametrize(TOKEN)
def test_request_token__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt request for an application token is refused in the vendor's form."""
    negatives.judge(gizwits, negative)


@case(SMS, kind="event", rules=("r1", "r11"), events=("sms.sent",), needs=("outbox",))
@pytest.mark.contradictory("gizwits.contra.07")
def test_sms_code__sends(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """With the phone alone one SMS with a code goes to that phone, and the answer says nothing."""
    phone = gizwits.names.phone()
    gizwits.call(SMS, token=gizwits.app_token(), json={"phone": phone})
    messages = control.outbox("sms", phone)
    expect.equal(1, len(messages), "messages to the phone")
    expect.matches("[0-9]{4,8}", messages[0].code, "code")
    expect.contains(messages[0].code, messages[0].text, "the code in the text")


@case(SMS, kind="negative", rules=("r10",))
@negatives.parametrize(SMS)
def test_sms_code__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt request for a code is refused in the vendor's form."""
    negatives.judge(gizwits, negative)
