"""Captchas, and verifying SMS codes (gizwits.md:530-615)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from thingproof_conformance import events, expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.client import HttpClient
from thingproof_conformance.events import Expected
from thingproof_conformance.suites.gizwits.steps import DAY
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

GET, VERIFY = "gizwits.users.captcha.get", "gizwits.users.captcha.verify"
CODE = "gizwits.users.sms_code.verify"
SENT = "gizwits.event.sms.sent"
PNG = b"\x89PNG\r\n\x1a\n"
APPLICATION_TOKEN, USER_TOKEN = "x-gizwits-application-token", "x-gizwits-user-token"


def solve(
    gizwits: GizwitsTarget, captcha: str, text: str, phone: str, *, expected: Any = "success"
) -> Answer:
    """Answer a captcha."""
    body = {"captcha_id": captcha, "captcha_code": text, "phone": phone}
    return gizwits.call(VERIFY, token=gizwits.app_token(), json=body, expect=expected)


def verify(gizwits: GizwitsTarget, phone: str, code: str, *, expected: Any = "success") -> Answer:
    """Verify an SMS code."""
    body = {"phone": phone, "sms_code": code}
    return gizwits.call(CODE, token=gizwits.app_token(), json=body, expect=expected)


def picture(url: str) -> bytes:
    """The bytes behind the address of a picture."""
    parts = urlsplit(url)
    client = HttpClient(f"{parts.scheme}://{parts.netloc}")
    try:
        exchange = client.send("picture", "GET", parts.path, record=False)
    finally:
        client.close()
    expect.equal(200, exchange.status, "status of the picture")
    return exchange.response_body


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and unpacked pixel data of a PNG."""
    place, data, size = len(PNG), b"", (0, 0)
    while place < len(png):
        length = int.from_bytes(png[place : place + 4], "big")
        kind, chunk = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            size = (int.from_bytes(chunk[:4], "big"), int.from_bytes(chunk[4:8], "big"))
        elif kind == b"IDAT":
            data += chunk
        place += length + 12
    return *size, zlib.decompress(data)


# Pictures.


@case(GET, kind="documented", rules=("r1", "r2", "r3", "r5"), needs=("outbox",))
@pytest.mark.documented
def test_captcha_get__a_picture(gizwits: GizwitsTarget) -> None:
    """The address ends with the id and a slash, and leads to an image that is not empty."""
    answer = gizwits.call(GET, token=gizwits.app_token())
    url, captcha = answer["captcha_url"], answer["captcha_id"]
    expect.true(url.endswith(f"/{captcha}/"), "captcha_url does not end with the id", actual=url)
    image = picture(url)
    if image.startswith(PNG):
        width, height, data = pixels(image)
        expect.true(width > 20 and height > 10, "the picture is tiny", actual=(width, height))
        expect.true(len(set(data)) > 1, "the picture is blank")
    else:
        expect.true(image[:3] in (b"\xff\xd8\xff", b"GIF"), "no image", actual=image[:8].hex())


@case(GET, kind="documented", rules=("r1",), needs=("outbox",))
@pytest.mark.inferred
def test_captcha_get__always_another(gizwits: GizwitsTarget) -> None:
    """Every call makes another captcha with a picture of its own."""
    answers = [gizwits.call(GET, token=gizwits.app_token()) for _ in range(3)]
    expect.equal(3, len({answer["captcha_id"] for answer in answers}), "ids")
    expect.equal(3, len({picture(answer["captcha_url"]) for answer in answers}), "pictures")


@case(GET, kind="permission", rules=("r2",), errors=(9004,), needs=("fresh-accounts",))
@pytest.mark.contradictory("gizwits.contra.05")
@pytest.mark.parametrize("operation", [GET, VERIFY, CODE])
def test_captcha_get__tokens(gizwits: GizwitsTarget, operation: str) -> None:
    """The token of request_token is taken in either header; a user's token is not."""
    call = gizwits.valid_call(operation)
    user = gizwits.new_user()
    for header, token, good in (
        (USER_TOKEN, gizwits.app_token(), True),
        (APPLICATION_TOKEN, user.token, False),
        (USER_TOKEN, user.token, False),
    ):
        call = gizwits.valid_call(operation)
        call.token, call.headers = None, {**call.headers, header: token}
        answer = gizwits.perform(call, expect=ANY)
        if good:
            expect.accepted(answer)
        else:
            expect.refused(answer, 9004)


@case(GET, kind="negative", errors=(9041,), needs=("faults",))
@pytest.mark.documented
@pytest.mark.parametrize("operation", [GET, VERIFY, "gizwits.users.create"])
def test_captcha_get__throttled(gizwits: GizwitsTarget, control: ControlClient, operation: str) -> None:
    """Too many calls are answered with 9041."""
    call = gizwits.valid_call(operation)
    with control.fault("throttle", operation=operation):
        expect.refused(gizwits.perform(call, expect=ANY), 9041)


@case(GET, kind="negative", rules=("r4",))
@negatives.parametrize(GET)
def test_captcha_get__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing parameters, foreign callers."""
    negatives.judge(gizwits, negative)


# Answers.


@case(VERIFY, kind="event", rules=("r1", "r3", "r5"), events=("sms.sent",), needs=("outbox",))
@pytest.mark.documented
def test_captcha_verify__sends_a_code(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """The right text has one SMS sent, whose code verifies the phone."""
    captcha, text = gizwits.captcha()
    phone, began = gizwits.names.phone(), gizwits.now()
    solve(gizwits, captcha, text, phone)
    messages = events.outbox(control, SENT, "sms", phone)
    arrivals = events.watch(messages, Expected(SENT, within_s=5), since=began)
    expect.equal(1, len(arrivals), "SMS")
    verify(gizwits, phone, str(control.outbox("sms", phone)[0].code))


@case(VERIFY, kind="negative", rules=("r2",), errors=(9010,), needs=("outbox",))
@pytest.mark.inferred
def test_captcha_verify__wrong_text(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A wrong text, or a captcha nobody made, sends nothing."""
    captcha, text = gizwits.captcha()
    phone = gizwits.names.phone()
    for identifier, answer in ((captcha, text[::-1] + "X"), (gizwits.names.hex(40), text)):
        expect.refused(solve(gizwits, identifier, answer, phone, expected=ANY), 9010)
    expect.equal([], control.outbox("sms", phone), "SMS")


@case(VERIFY, kind="state", rules=("r2",), errors=(9010,), needs=("outbox",))
@pytest.mark.inferred
def test_captcha_verify__once(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A solved captcha sends no second SMS."""
    captcha, text = gizwits.captcha()
    phone = gizwits.names.phone()
    solve(gizwits, captcha, text, phone)
    expect.refused(solve(gizwits, captcha, text, phone, expected=ANY), 9010)
    expect.equal(1, len(control.outbox("sms", phone)), "SMS")


@case(VERIFY, kind="time", errors=(9009,), needs=("outbox", "clock"))
@pytest.mark.inferred
def test_captcha_verify__expires(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A captcha of yesterday is refused."""
    captcha, text = gizwits.captcha()
    control.advance(DAY + 1)
    expect.refused(solve(gizwits, captcha, text, gizwits.names.phone(), expected=ANY), 9009, 9010)


@case(VERIFY, kind="negative", errors=(9037,), needs=("outbox", "faults"))
@pytest.mark.documented
def test_captcha_verify__no_sms_leaves(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """When no SMS leaves the right answer is refused with 9037."""
    captcha, text = gizwits.captcha()
    with control.fault("sms_gateway_down"):
        expect.refused(solve(gizwits, captcha, text, gizwits.names.phone(), expected=ANY), 9037)


@case(VERIFY, kind="negative", rules=("r4",))
@negatives.parametrize(VERIFY)
def test_captcha_verify__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)


# Codes.


@case(CODE, kind="state", rules=("r1", "r2", "r4", "r6"), errors=(9010,), needs=("outbox",))
@pytest.mark.contradictory("gizwits.contra.01")
def test_sms_code_verify__once(gizwits: GizwitsTarget) -> None:
    """PUT verifies the code of a phone, once; GET on the path stays the captcha."""
    phone = gizwits.names.phone()
    code = gizwits.sms_code(phone)
    verify(gizwits, phone, code)
    expect.refused(verify(gizwits, phone, code, expected=ANY), 9010)
    expect.contains("captcha_id", gizwits.call(GET, token=gizwits.app_token()).body, "GET /app/verify/codes")


@case(CODE, kind="negative", rules=("r1",), errors=(9010,), needs=("outbox",))
@pytest.mark.inferred
def test_sms_code_verify__wrong(gizwits: GizwitsTarget) -> None:
    """A wrong code, or the code of another phone, is refused; the right one works still."""
    phone, other = gizwits.names.phone(), gizwits.names.phone()
    code = gizwits.sms_code(phone)
    wrong = "000000" if code != "000000" else "111111"
    expect.refused(verify(gizwits, phone, wrong, expected=ANY), 9010)
    expect.refused(verify(gizwits, other, code, expected=ANY), 9010)
    verify(gizwits, phone, code)


@case(
    CODE,
    kind="time",
    rules=("r3",),
    errors=(9009,),
    events=("sms_code.expired",),
    needs=("outbox", "clock"),
)
@pytest.mark.documented
@pytest.mark.parametrize(("after", "good"), [(DAY - 60, True), (DAY + 1, False)])
def test_sms_code_verify__expiry(
    gizwits: GizwitsTarget, control: ControlClient, after: int, good: bool
) -> None:
    """A code is good for 24 hours."""
    phone = gizwits.names.phone()
    code = gizwits.sms_code(phone)
    control.advance(after)
    answer = verify(gizwits, phone, code, expected=ANY)
    if good:
        expect.accepted(answer)
    else:
        expect.refused(answer, 9009)


@case(CODE, kind="negative", rules=("r5",))
@negatives.parametrize(CODE)
def test_sms_code_verify__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """Missing and mistyped parameters, foreign callers."""
    negatives.judge(gizwits, negative)
