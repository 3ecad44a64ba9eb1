"""Login and the life of user tokens (gizwits.md:161-183, 384-422)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.names import PASSWORD
from thingproof_conformance.suites.gizwits.steps import DAY, create, profile
from thingproof_conformance.vendor_target import ANY, SUCCESS

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

LOGIN, GET = "gizwits.users.login", "gizwits.users.get"
WEEK = 7 * DAY
SLACK = 60


def login(
    gizwits: GizwitsTarget, name: str | None, password: str = PASSWORD, *, expected: str | None = SUCCESS
) -> Answer:
    """Log in with a name and a password."""
    return gizwits.call(LOGIN, json={"username": name, "password": password}, expect=expected)


@case(LOGIN, kind="negative", rules=("r1",), errors=(9020,))
@pytest.mark.documented
def test_login__wrong_password(gizwits: GizwitsTarget) -> None:
    """A known user with a wrong password is refused, and the right one still works."""
    user = gizwits.new_user()
    expect.refused(login(gizwits, user.username, "Another-Pass-1", expected=ANY), 9020)
    login(gizwits, user.username)


@case(LOGIN, kind="negative", errors=(9005,))
@pytest.mark.documented
def test_login__unknown_user(gizwits: GizwitsTarget) -> None:
    """A name nobody has is refused as an unknown user."""
    expect.refused(login(gizwits, gizwits.names.text("nobody"), expected=ANY), 9005)


@case(LOGIN, kind="permission", errors=(9005,), needs=("seed",))
@pytest.mark.inferred
def test_login__other_application(gizwits: GizwitsTarget) -> None:
    """A user of one application is none of another."""
    user, other = gizwits.new_user(), gizwits.new_application()
    body = {"username": user.username, "password": PASSWORD}
    expect.refused(gizwits.call(LOGIN, json=body, app_id=other.app_id, expect=ANY), 9005, 9020)


@case(LOGIN, kind="state", rules=("r2", "r3", "gizwits.global.r7"))
@pytest.mark.documented
def test_login__old_and_new_token(gizwits: GizwitsTarget) -> None:
    """Every login makes a new token, and all of them keep working."""
    user = gizwits.new_user()
    tokens = [user.token, login(gizwits, user.username)["token"], login(gizwits, user.username)["token"]]
    expect.equal(3, len(set(tokens)), "different tokens")
    for token in tokens:
        expect.equal(user.uid, profile(gizwits, token)["uid"], "uid")


@case(LOGIN, kind="time", rules=("r4", "r7", "gizwits.global.r6"))
@pytest.mark.contradictory("gizwits.contra.57")
def test_login__expiry(gizwits: GizwitsTarget) -> None:
    """expire_at is the epoch second 7 days from now; the first example's 11 digits are a slip."""
    user = gizwits.new_user()
    before = gizwits.now()
    expiry = login(gizwits, user.username)["expire_at"]
    expect.between(before + WEEK - SLACK, gizwits.now() + WEEK + SLACK, expiry, "expire_at", unit="s")
    expect.true(isinstance(expiry, int), "expire_at is an integer", actual=expiry)


@case(
    LOGIN,
    kind="time",
    rules=("r4", "r3", "gizwits.global.r4", "gizwits.global.r6", "gizwits.global.r8"),
    errors=(9006,),
    events=("token.expired",),
    needs=("clock",),
)
@pytest.mark.documented
def test_login__expires_after_seven_days(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A token works until its expire_at, is refused after it, and a new login helps."""
    control.freeze()
    user = gizwits.new_user()
    control.set_clock(user.expire_at - 1)
    profile(gizwits, user.token)
    control.set_clock(user.expire_at + 1)
    expect.refused(gizwits.call(GET, token=user.token, expect=ANY), 9006, 9004)
    profile(gizwits, login(gizwits, user.username)["token"])


@case(GET, kind="time", errors=(9006,), events=("token.expired",), needs=("clock",))
@pytest.mark.documented
def test_get__token_expired(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A token that was valid once is refused as expired, not as unknown."""
    user = gizwits.new_user()
    control.advance(WEEK + 1)
    expect.refused(gizwits.call(GET, token=user.token, expect=ANY), 9006)


@case(LOGIN, kind="state", rules=("r3", "gizwits.global.r7"), needs=("clock",))
@pytest.mark.documented
def test_login__does_not_prolong_old_tokens(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A new login leaves the expiry of the old token as it is."""
    user = gizwits.new_user()
    control.advance(DAY)
    fresh = login(gizwits, user.username)["token"]
    control.advance(6 * DAY + 1)
    expect.refused(gizwits.call(GET, token=user.token, expect=ANY), 9006, 9004)
    profile(gizwits, fresh)


@case(LOGIN, kind="permission", rules=("r5",), errors=(9005,))
@pytest.mark.documented
@pytest.mark.parametrize("password", [PASSWORD, ""], ids=["a_password", "empty"])
def test_login__anonymous(gizwits: GizwitsTarget, password: str) -> None:
    """Anonymous users do not log in here, whatever the password; by registration they do."""
    user = gizwits.new_user("anonymous")
    expect.refused(login(gizwits, user.phone_id, password, expected=ANY), 9005, 9020, 9015)
    expect.equal(user.uid, create(gizwits, phone_id=user.phone_id)["uid"], "uid")


@case(LOGIN, kind="documented", rules=("r6",))
@pytest.mark.documented
@pytest.mark.parametrize("lang", ["en", "zh-cn", None])
def test_login__language(gizwits: GizwitsTarget, lang: str | None) -> None:
    """Lang may be given and may be left out."""
    user = gizwits.new_user()
    body = {"username": user.username, "password": PASSWORD} | ({"lang": lang} if lang else {})
    expect.equal(user.uid, gizwits.call(LOGIN, json=body)["uid"], "uid")


@case(LOGIN, kind="negative", errors=(9041,), needs=("faults",))
@pytest.mark.documented
def test_login__throttled(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A login above the limit is refused as throttled; later it works."""
    user = gizwits.new_user()
    with control.fault("throttle", operation=LOGIN):
        expect.refused(login(gizwits, user.username, expected=ANY), 9041)
    login(gizwits, user.username)


@case(GET, kind="documented", rules=("gizwits.global.r1", "gizwits.global.r2", "gizwits.global.r3"))
@pytest.mark.documented
@pytest.mark.parametrize("spelling", ["lower", "upper", "title"])
def test_get__header_names_in_any_case(gizwits: GizwitsTarget, spelling: str) -> None:
    """Any HTTP client will do: header names mean the same in every case."""
    user = gizwits.new_user()
    headers = {"x-gizwits-application-id": gizwits.application.app_id, "x-gizwits-user-token": user.token}
    spelt = {str(getattr(name, spelling)()): value for name, value in headers.items()}
    exchange = gizwits.http.send(GET, "GET", "/app/users", headers=spelt)
    expect.equal(200, exchange.status, f"the status with {spelling} case names")


@case(GET, kind="permission", rules=("gizwits.global.r2",), errors=(9003,))
@pytest.mark.documented
def test_get__unknown_application_first(gizwits: GizwitsTarget) -> None:
    """Without a known application even a valid user token is worth nothing."""
    user = gizwits.new_user()
    expect.refused(gizwits.call(GET, token=user.token, app_id=gizwits.names.hex(32), expect=ANY), 9003)
