"""Users: the ways to register, login, tokens, SMS codes (gizwits.md:213)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.builders import PASSWORD, Cloud
from thingproof_platform.vendors.gizwits.auth import digest

_DAY = 86400


def _app_token(cloud: Cloud) -> str:
    headers = {"x-gizwits-application-auth": digest("app", "secret")}
    answer = cloud.call("users.request_token", headers=headers)
    assert answer.status == 200
    return str(answer.body["token"])


def _sms(cloud: Cloud, phone: str) -> str:
    """Ask for a code and read it from the outbox."""
    answer = cloud.call(
        "users.sms_code", {"phone": phone}, headers={"x-gizwits-application-token": _app_token(cloud)}
    )
    assert (answer.status, answer.body) == (200, None)
    code = cloud.world.outbox.messages("sms", phone)[-1].code
    assert code is not None
    return code


def _verify(cloud: Cloud, phone: str, code: str) -> int:
    return cloud.code(
        "users.sms_code",
        {"phone": phone, "code": code},
        headers={"x-gizwits-application-token": _app_token(cloud)},
    )


@pytest.mark.parametrize(
    "body",
    [
        {"phone_id": "handset-1"},
        {"username": "bob", "password": PASSWORD, "lang": "zh-cn"},
        {"email": "bob@example.com", "password": PASSWORD},
        {"authData": {"src": "wechat", "uid": "w1", "token": "t"}},
        {"src": "baidu", "uid": "b1", "token": "t"},
    ],
)
def test_every_way_to_register_logs_in(body: dict[str, Any]) -> None:
    """The token of the answer works and lives seven days."""
    cloud = Cloud()
    answer = cloud.call("users.create", body)
    assert answer.status == 201
    assert answer.body["expire_at"] == int(cloud.world.clock.now()) + 7 * _DAY
    profile = cloud.call("users.get", token=answer.body["token"])
    assert profile.body["uid"] == answer.body["uid"]
    assert profile.body["is_anonymous"] is ("phone_id" in body)
    assert profile.body["lang"] == body.get("lang", "en")


def test_phone_registration_consumes_the_code() -> None:
    """Phone, password and code register; the code is used up then."""
    cloud = Cloud()
    code = _sms(cloud, "+14246531234")
    body = {"phone": "+14246531234", "password": PASSWORD, "code": code}
    assert cloud.code("users.create", body | {"code": "wrong"}) == 9010
    answer = cloud.call("users.create", body)
    assert answer.status == 201
    assert cloud.call("users.get", token=answer.body["token"]).body["phone"] == "+14246531234"
    assert cloud.code("users.create", body) == 9018
    assert _verify(cloud, "+14246531234", code) == 9010
    assert cloud.call("users.login", {"username": "+14246531234", "password": PASSWORD}).status == 200


@pytest.mark.parametrize("missing", ["code", "password"])
def test_phone_registration_needs_code_and_password(missing: str) -> None:
    """Without one of them the form is invalid."""
    cloud = Cloud()
    body = {"phone": "13800000000", "password": PASSWORD, "code": _sms(cloud, "13800000000")}
    del body[missing]
    assert cloud.code("users.create", body) == 9015


@pytest.mark.parametrize(
    ("again", "field"),
    [
        ({"phone_id": "handset-1"}, "phone_id"),
        ({"authData": {"src": "sina", "uid": "s1", "token": "t"}}, "authData"),
    ],
)
def test_registering_again_logs_anonymous_and_third_party_users_in(again: dict[str, Any], field: str) -> None:
    """The same identity is the same user with a new token (gizwits.md:388)."""
    cloud = Cloud()
    first, second = cloud.call("users.create", again), cloud.call("users.create", again)
    assert first.body["uid"] == second.body["uid"], field
    assert first.body["token"] != second.body["token"]
    assert cloud.code("users.login", {"username": "handset-1", "password": PASSWORD}) == 9005


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"username": "ann", "password": PASSWORD}, 9019),
        ({"username": "bob"}, 9015),
        ({"email": "not an address", "password": PASSWORD}, 9015),
        ({"email": "a@b.example"}, 9015),
        ({"phone": "letters", "password": PASSWORD, "code": "1"}, 9015),
        ({}, 9015),
        ({"phone_id": ""}, 9015),
        ({"phone_id": "a", "username": "b", "password": PASSWORD}, 9015),
        ({"username": "bob", "password": PASSWORD, "lang": "fr"}, 9015),
        ({"username": ["bob"], "password": PASSWORD}, 9015),
        ({"username": "bob", "password": 12345678}, 9015),
        ({"username": "b" * 5000, "password": PASSWORD}, 9015),
        ({"username": "\ud800", "password": PASSWORD}, 9015),
        ({"authData": "qq"}, 9015),
        ({"authData": {"src": "qq", "uid": "1"}}, 9015),
        ({"authData": {"src": ["qq"], "uid": "1", "token": "t"}}, 9015),
        ({"authData": {"src": "myspace", "uid": "1", "token": "t"}}, 9015),
        ([1, 2], 9015),
        (None, 9015),
    ],
)
def test_registration_refuses(body: Any, code: int) -> None:
    """Every refused form has its code, whatever its types are."""
    assert Cloud().code("users.create", body) == code


@pytest.mark.parametrize("password", ["Abc1!xy", "abcdefgh", "abcdefg1", "ABCDEFG1", "12345678", "        "])
def test_weak_passwords_are_refused(password: str) -> None:
    """Shorter than 8, or fewer than three kinds of characters (gizwits.md:233)."""
    assert Cloud().code("users.create", {"username": "bob", "password": password}) == 9015


@pytest.mark.parametrize("password", ["Abcdefg1", "abcdefg1!", "ABCDEF1!", "Abcdefg!"])
def test_three_kinds_are_enough(password: str) -> None:
    """Any three of the four kinds pass."""
    assert Cloud().call("users.create", {"username": "bob", "password": password}).status == 201


@pytest.mark.parametrize("source", ["google", "amazon"])
def test_bearer_tokens(source: str) -> None:
    """For google and amazon the token starts with Bearer (gizwits.md:229)."""
    cloud = Cloud(applications=[{"app_id": "app", "region": "us"}])
    bare = {"src": source, "uid": "1", "token": "t"}
    assert cloud.code("users.create", {"authData": bare}) == 9015
    assert cloud.code("users.create", {"authData": bare | {"token": "Bearer t"}}) == 0


@pytest.mark.parametrize("source", ["facebook", "twitter", "google", "amazon"])
@pytest.mark.parametrize("region", ["cn", "us", "eu"])
def test_regions_of_third_parties(source: str, region: str) -> None:
    """Four platforms work in the United States and Europe only (gizwits.md:231)."""
    cloud = Cloud(applications=[{"app_id": "app", "region": region, "oauth_keys": ["twitter"]}])
    data = {"src": source, "uid": "1", "token": "Bearer t"}
    assert cloud.code("users.create", {"authData": data}) == (9015 if region == "cn" else 0)


@pytest.mark.parametrize("source", ["qq", "twitter"])
def test_oauth_keys_of_the_application(source: str) -> None:
    """QQ and Twitter need API_KEY and API_Secret of the application (gizwits.md:230)."""
    data = {"authData": {"src": source, "uid": "1", "token": "t"}}
    without = Cloud(applications=[{"app_id": "app", "region": "eu"}])
    assert without.code("users.create", data) == 9031
    having = Cloud(applications=[{"app_id": "app", "region": "eu", "oauth_keys": [source]}])
    assert having.code("users.create", data) == 0


def test_email_of_an_inactive_user() -> None:
    """Known and active is taken, known and not active says so."""
    cloud = Cloud(users=[{"email": "a@b.example", "activated": False}, {"email": "c@d.example"}])
    assert cloud.code("users.create", {"email": "a@b.example", "password": PASSWORD}) == 9077
    assert cloud.code("users.create", {"email": "c@d.example", "password": PASSWORD}) == 9022


@pytest.mark.parametrize("identity", ["username", "email", "phone"])
def test_login_by_each_identity(identity: str) -> None:
    """The username of a login may be the user name, the e-mail or the phone (gizwits.md:402)."""
    user = {"username": "bob", "email": "bob@example.com", "phone": "13800000000", "password": PASSWORD}
    cloud = Cloud(users=[user])
    answer = cloud.call("users.login", {"username": user[identity], "password": PASSWORD, "lang": "en"})
    assert answer.status == 200
    assert cloud.call("users.get", token=answer.body["token"]).body["username"] == "bob"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"username": "ann", "password": "Wrong0ne!"}, 9020),
        ({"username": "nobody", "password": PASSWORD}, 9005),
        ({"username": "ann"}, 9015),
        ({"password": PASSWORD}, 9015),
        ({"username": {"a": 1}, "password": PASSWORD}, 9015),
        ({"username": "ann", "password": PASSWORD, "lang": "fr"}, 9015),
    ],
)
def test_login_refuses(body: dict[str, Any], code: int) -> None:
    """Unknown users, wrong passwords and bad forms are told apart."""
    assert Cloud().code("users.login", body) == code


def test_users_belong_to_their_application() -> None:
    """Another application knows neither the user nor the token."""
    cloud = Cloud(applications=[{"app_id": "app"}, {"app_id": "other"}])
    assert cloud.code("users.login", {"username": "ann", "password": PASSWORD}, app="other") == 9005
    assert cloud.code("users.get", app="other") == 9004


def test_old_and_new_token_work_until_they_expire() -> None:
    """A login ends no other token; each ends seven days after its issue (gizwits.md:165, 177)."""
    cloud = Cloud()
    cloud.world.clock.freeze()
    old = cloud.token
    cloud.world.clock.advance(_DAY)
    new = cloud.call("users.login", {"username": "ann", "password": PASSWORD}).body["token"]
    assert (cloud.code("users.get", token=old), cloud.code("users.get", token=new)) == (0, 0)
    cloud.world.clock.advance(6 * _DAY - 1)
    assert cloud.code("users.get", token=old) == 0
    cloud.world.clock.advance(1)
    assert (cloud.code("users.get", token=old), cloud.code("users.get", token=new)) == (9006, 0)
    assert cloud.code("users.get", token="0" * 32) == 9004


def test_profile_shows_the_user_unmasked() -> None:
    """Phone and e-mail are the user's own; what was never told is null."""
    cloud = Cloud(
        users=[
            {"phone": "18888888888", "password": PASSWORD, "gender": "M", "birthday": "01-31", "remark": "r"}
        ]
    )
    assert cloud.call("users.get").body == {
        "username": None,
        "uid": cloud.uid,
        "phone": "18888888888",
        "birthday": "01-31",
        "address": None,
        "lang": "en",
        "remark": "r",
        "name": None,
        "is_anonymous": False,
        "gender": "M",
        "email": None,
    }


def test_application_token() -> None:
    """md5(appid + appsecret) gets a token with its expiry under both names; it is no user token."""
    cloud = Cloud()
    right = digest("app", "secret")
    answer = cloud.call("users.request_token", headers={"x-gizwits-application-auth": right.upper()})
    assert set(answer.body) == {"token", "expire_at", "expired_at"}
    assert cloud.code("users.get", token=answer.body["token"]) == 9004
    for wrong in ("", "0" * 32, "ключ", digest("secret", "app")):
        assert cloud.code("users.request_token", headers={"x-gizwits-application-auth": wrong}) == 9038


def test_sms_code_takes_the_application_token_in_either_header() -> None:
    """The header of the application token or of the user token; a real user token is refused."""
    cloud = Cloud()
    body = {"phone": "13800000000"}
    assert cloud.code("users.sms_code", body, token=_app_token(cloud)) == 0
    assert cloud.code("users.sms_code", body) == 9004
    assert cloud.code("users.sms_code", body, headers={"x-gizwits-application-token": cloud.token}) == 9004
    token = _app_token(cloud)
    cloud.world.clock.advance(8 * _DAY)
    assert cloud.code("users.sms_code", body, token=token) == 9004


def test_sms_code_is_single_use_and_a_wrong_guess_leaves_it() -> None:
    """Wrong code, right code, right code again (gizwits.md:508)."""
    cloud = Cloud()
    code = _sms(cloud, "13800000000")
    assert _verify(cloud, "13800000000", "x" + code) == 9010
    assert _verify(cloud, "13800000001", code) == 9010
    assert _verify(cloud, "13800000000", code) == 0
    assert _verify(cloud, "13800000000", code) == 9010


def test_sms_code_lives_24_hours() -> None:
    """Valid at 24 hours, expired after."""
    cloud = Cloud()
    cloud.world.clock.freeze()
    code = _sms(cloud, "13800000000")
    cloud.world.clock.advance(_DAY + 1)
    assert _verify(cloud, "13800000000", code) == 9009
    code = _sms(cloud, "13800000000")
    cloud.world.clock.advance(_DAY)
    assert _verify(cloud, "13800000000", code) == 0


@pytest.mark.parametrize(
    "body", [{}, {"phone": 138}, {"phone": "١٣٨٠٠٠٠٠"}, {"phone": "13800000000", "code": ["1"]}]
)
def test_sms_code_refuses_bad_forms(body: dict[str, Any]) -> None:
    """No phone, other types, digits of another script."""
    cloud = Cloud()
    assert cloud.code("users.sms_code", body, token=_app_token(cloud)) == 9015


def test_too_many_sms_to_one_phone_are_throttled() -> None:
    """More than the limit a minute is refused with 9041 and HTTP 429; a minute later it works."""
    cloud = Cloud()
    token = _app_token(cloud)
    for _ in range(cloud.world.limits.sms_per_phone_per_minute):
        assert cloud.code("users.sms_code", {"phone": "13800000000"}, token=token) == 0
    answer = cloud.call("users.sms_code", {"phone": "13800000000"}, token=token)
    assert (answer.status, answer.body["error_code"]) == (429, 9041)
    assert cloud.code("users.sms_code", {"phone": "13800000001"}, token=token) == 0
    cloud.world.clock.advance(61)
    assert cloud.code("users.sms_code", {"phone": "13800000000"}, token=token) == 0


def test_guessing_passwords_is_throttled() -> None:
    """After many failures even the right password waits."""
    cloud = Cloud()
    for _ in range(cloud.world.limits.login_failures_per_minute):
        assert cloud.code("users.login", {"username": "ann", "password": "Wrong0ne!"}) == 9020
    assert cloud.code("users.login", {"username": "ann", "password": PASSWORD}) == 9041
    cloud.world.clock.advance(61)
    assert cloud.code("users.login", {"username": "ann", "password": PASSWORD}) == 0


@pytest.mark.parametrize(
    "operation", ["users.get", "users.login", "bindings.list", "system.status", "devdata.latest"]
)
@pytest.mark.parametrize("app", ["", "nobody", "ключ"])
def test_unknown_application(operation: str, app: str) -> None:
    """Everything needs a known AppID (gizwits.md:155)."""
    assert Cloud().code(operation, app=app) == 9003
