"""Application tokens and SMS codes (gizwits.md:424-530)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import events, expect
from thingproof_conformance.cases import case
from thingproof_conformance.names import PASSWORD
from thingproof_conformance.suites.gizwits.steps import DAY, HOUR, create
from thingproof_conformance.vendor_target import ANY, SUCCESS
from thingproof_conformance.vendors.gizwits.subjects import md5

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

TOKEN, SMS = "gizwits.users.request_token", "gizwits.users.sms_code"
AUTH = "x-gizwits-application-auth"
WEEK = 7 * DAY


def verify(gizwits: GizwitsTarget, phone: str, code: str, *, expected: str | None = ANY) -> Answer:
    """Verify a code."""
    return gizwits.call(SMS, token=gizwits.app_token(), json={"phone": phone, "code": code}, expect=expected)


# The application's token.


@case(TOKEN, kind="documented", rules=("r1", "gizwits.users.sms_code.r9"), needs=("outbox",))
@pytest.mark.documented
def test_request_token__serves_the_sms_operation(gizwits: GizwitsTarget) -> None:
    """The token of the answer has a code sent."""
    auth = {AUTH: gizwits.application.auth}
    token = gizwits.call(TOKEN, headers=auth)["token"]
    gizwits.call(SMS, token=token, json={"phone": gizwits.names.phone()})


@case(TOKEN, kind="documented", rules=("r2", "gizwits.global.r9", "gizwits.global.r11"), errors=(9038,))
@pytest.mark.documented
@pytest.mark.parametrize("wrong", ["reversed", "with_plus", "secret_only", "sixteen_digits", "garbage"])
def test_request_token__wrong_auth(gizwits: GizwitsTarget, wrong: str) -> None:
    """Only the 32-digit MD5 of appid followed by appsecret is accepted."""
    known = gizwits.application
    values = {
        "reversed": md5(known.app_secret + known.app_id),
        "with_plus": md5(f"{known.app_id}+{known.app_secret}"),
        "secret_only": md5(known.app_secret),
        "sixteen_digits": known.auth[8:24],
        "garbage": gizwits.names.hex(32),
    }
    expect.refused(gizwits.call(TOKEN, headers={AUTH: values[wrong]}, expect=ANY), 9038)
    gizwits.call(TOKEN, headers={AUTH: known.auth})


@case(TOKEN, kind="permission", rules=("r2",), errors=(9038,), needs=("seed",))
@pytest.mark.inferred
def test_request_token__auth_of_another(gizwits: GizwitsTarget) -> None:
    """The digest of another application does not serve."""
    other = gizwits.new_application()
    expect.refused(gizwits.call(TOKEN, headers={AUTH: other.auth}, expect=ANY), 9038)


@case(TOKEN, kind="time", rules=("r3",))
@pytest.mark.contradictory("gizwits.contra.06")
def test_request_token__expiry(gizwits: GizwitsTarget) -> None:
    """The expiry is an integer in the future, named expire_at or expired_at."""
    answer = gizwits.call(TOKEN, headers={AUTH: gizwits.application.auth})
    expiry = expect.either("gizwits.contra.06", a=lambda: answer["expire_at"], b=lambda: answer["expired_at"])
    expect.true(isinstance(expiry, int), "the expiry is an integer", actual=expiry)
    expect.between(gizwits.now() + 60, gizwits.now() + 10 * 365 * DAY, expiry, "the expiry", unit="s")


# Sending.


@case(SMS, kind="documented", rules=("r3",), needs=("outbox",))
@pytest.mark.documented
def test_sms_code__foreign_number(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A number written +{country code}{number} gets its code as written."""
    phone = "+1424" + gizwits.names.digits(7)
    gizwits.call(SMS, token=gizwits.app_token(), json={"phone": phone})
    expect.equal([phone], [message.to for message in control.outbox("sms", phone)], "receivers")


@case(SMS, kind="documented", rules=("r9",), needs=("outbox",))
@pytest.mark.contradictory("gizwits.contra.05")
def test_sms_code__either_header(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """The application's token is read from its own header and from that of the user token."""
    phone = gizwits.names.phone()
    headers = {"x-gizwits-user-token": gizwits.app_token()}

    def by_the_table() -> None:
        gizwits.call(SMS, headers=headers, json={"phone": phone})
        expect.equal(1, len(control.outbox("sms", phone)), "messages")

    def by_the_public_document() -> None:
        expect.refused(gizwits.call(SMS, headers=headers, json={"phone": phone}, expect=ANY), 9004, 9015)

    expect.either("gizwits.contra.05", a=by_the_table, b=by_the_public_document)


@case(SMS, kind="permission", rules=("r9",), errors=(9004,))
@pytest.mark.contradictory("gizwits.contra.05")
@pytest.mark.parametrize("header", ["x-gizwits-application-token", "x-gizwits-user-token"])
def test_sms_code__user_token(gizwits: GizwitsTarget, header: str) -> None:
    """The token of a user does not serve, in neither header."""
    headers = {header: gizwits.new_user().token}
    body = {"phone": gizwits.names.phone()}
    expect.refused(gizwits.call(SMS, headers=headers, json=body, expect=ANY), 9004)


@case(SMS, kind="event", rules=("r1", "r2"), events=("sms.sent",), needs=("outbox",))
@pytest.mark.documented
def test_sms_code__only_the_request_sends(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """One request is one SMS; verifying sends none."""
    phone = gizwits.names.phone()
    code = gizwits.sms_code(phone)
    verify(gizwits, phone, code, expected=SUCCESS)
    source = events.outbox(control, "gizwits.event.sms.sent", "sms", phone)
    wish = events.Expected("gizwits.event.sms.sent", payload={"to": phone, "code": code})
    events.watch(source, wish, others=False)


@case(SMS, kind="event", events=("sms.sent",), needs=("outbox", "faults"), errors=(9037,))
@pytest.mark.documented
def test_sms_code__gateway_down(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """When no SMS can be sent the request is refused and nothing is sent."""
    phone, token = gizwits.names.phone(), gizwits.app_token()
    with control.fault("sms_gateway_down"):
        expect.refused(gizwits.call(SMS, token=token, json={"phone": phone}, expect=ANY), 9037)
    expect.equal([], control.outbox("sms", phone), "messages")
    gizwits.call(SMS, token=token, json={"phone": phone})
    expect.equal(1, len(control.outbox("sms", phone)), "messages after the gateway came back")


@case(SMS, kind="negative", errors=(9041,), needs=("faults",))
@pytest.mark.documented
def test_sms_code__throttled(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A request above the limit is refused as throttled and sends nothing."""
    phone, token = gizwits.names.phone(), gizwits.app_token()
    with control.fault("throttle", operation=SMS):
        expect.refused(gizwits.call(SMS, token=token, json={"phone": phone}, expect=ANY), 9041)
    expect.equal([], control.outbox("sms", phone), "messages")


# Verifying.


@case(SMS, kind="documented", rules=("r2", "r11"), needs=("outbox",))
@pytest.mark.documented
def test_sms_code__verifies(gizwits: GizwitsTarget) -> None:
    """The code that was sent is right."""
    phone = gizwits.names.phone()
    verify(gizwits, phone, gizwits.sms_code(phone), expected=SUCCESS)


@case(SMS, kind="negative", rules=("r2",), errors=(9010,), needs=("outbox",))
@pytest.mark.documented
def test_sms_code__wrong_code(gizwits: GizwitsTarget) -> None:
    """Another code is wrong, and the sent one stays good."""
    phone = gizwits.names.phone()
    code = gizwits.sms_code(phone)
    wrong = str((int(code) + 1) % 10 ** len(code)).zfill(len(code))
    expect.refused(verify(gizwits, phone, wrong), 9010)
    verify(gizwits, phone, code, expected=SUCCESS)


@case(SMS, kind="permission", rules=("r2",), errors=(9010,), needs=("outbox",))
@pytest.mark.inferred
def test_sms_code__code_of_another_phone(gizwits: GizwitsTarget) -> None:
    """A code is good for its own phone only."""
    code = gizwits.sms_code(gizwits.names.phone())
    expect.refused(verify(gizwits, gizwits.names.phone(), code), 9010)


@case(SMS, kind="state", rules=("r4",), errors=(9010,), needs=("outbox",))
@pytest.mark.documented
def test_sms_code__single_use(gizwits: GizwitsTarget) -> None:
    """A code that was verified is invalid at once."""
    phone = gizwits.names.phone()
    code = gizwits.sms_code(phone)
    verify(gizwits, phone, code, expected=SUCCESS)
    expect.refused(verify(gizwits, phone, code), 9010)


@case(SMS, kind="state", rules=("r4", "r6"), errors=(9010,), needs=("outbox",))
@pytest.mark.inferred
def test_sms_code__used_by_registration(gizwits: GizwitsTarget) -> None:
    """The code that registered a user is used up, and so is one verified before the registration."""
    phone = gizwits.names.phone()
    code = gizwits.sms_code(phone)
    create(gizwits, phone=phone, password=PASSWORD, code=code)
    expect.refused(verify(gizwits, phone, code), 9010)


@case(
    SMS, kind="time", rules=("r5",), errors=(9009,), events=("sms_code.expired",), needs=("outbox", "clock")
)
@pytest.mark.documented
def test_sms_code__valid_for_a_day(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A code is good for 24 hours: one second less verifies, one second more is expired."""
    control.freeze()
    early, late = gizwits.names.phone(), gizwits.names.phone()
    codes = {phone: gizwits.sms_code(phone) for phone in (early, late)}
    control.advance(DAY - 1)
    verify(gizwits, early, codes[early], expected=SUCCESS)
    control.advance(2)
    expect.refused(verify(gizwits, late, codes[late]), 9009)


@case(SMS, kind="documented", rules=("r6",), needs=("outbox",))
@pytest.mark.documented
def test_sms_code__registers(gizwits: GizwitsTarget) -> None:
    """The code serves the registration of a phone user."""
    phone = gizwits.names.phone()
    create(gizwits, phone=phone, password=PASSWORD, code=gizwits.sms_code(phone))


@case(SMS, kind="documented", rules=("r8",), needs=("outbox", "clock"))
@pytest.mark.documented
def test_sms_code__any_later_action(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A code may be verified for any purpose, hours later, also for a phone that is registered."""
    user = gizwits.new_user("phone")
    code = gizwits.sms_code(user.phone or "")
    control.advance(12 * HOUR)
    verify(gizwits, user.phone or "", code, expected=SUCCESS)


@case(SMS, kind="time", rules=("r9",), errors=(9004,), needs=("clock",))
@pytest.mark.inferred
def test_sms_code__application_token_expired(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """The token of the application ends at its expiry."""
    answer = gizwits.call(TOKEN, headers={AUTH: gizwits.application.auth})
    control.set_clock(answer["expire_at"] + 1)
    body = {"phone": gizwits.names.phone()}
    expect.refused(gizwits.call(SMS, token=answer["token"], json=body, expect=ANY), 9004, 9006)
