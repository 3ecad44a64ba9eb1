"""Tokens: how they are sent, made, told about, and end (sylvia.md:61, sylvia.contra.5, 45)."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from multidict import CIMultiDict

from thingproof_platform.core.dialect import Request, Response
from thingproof_platform.core.errors import Refusal
from thingproof_platform.tests.sylvia_cloud import CONTRACT, SylviaCloud
from thingproof_platform.vendors.sylvia import DIALECT
from thingproof_platform.vendors.sylvia.service import issuer

SECURED = [
    operation.id.removeprefix("sylvia.") for operation in CONTRACT.operations.values() if operation.security
]


def _page(cloud: SylviaCloud, method: str, path: str, body: Any = None, **headers: str) -> Response:
    """Ask what is beside the contract, as the servers do."""
    request = Request("", method, path, headers=headers, body=body)
    page = next(page for prefix, page in DIALECT.pages.items() if path.startswith(prefix))
    try:
        return page(cloud.world, request)
    except Refusal as refusal:
        return DIALECT.render(refusal, request)


def _basic(identifier: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{identifier}:{secret}".encode()).decode()


@pytest.fixture
def cloud() -> SylviaCloud:
    """A cloud with an OAuth2 client of the owner."""
    made = SylviaCloud()
    made.seed(clients=[{"account": "owner", "clientId": "the client", "clientSecret": "s:e%c"}])
    return made


FORM = {"grant_type": "client_credentials"}


def test_all_but_the_version_need_a_token() -> None:
    """44 of 45 operations."""
    assert len(SECURED) == 44
    assert "version.get" not in SECURED


@pytest.mark.parametrize("call", SECURED)
@pytest.mark.parametrize("sent", ["", "nonsense", "Bearer", "Bearer ", "Basic YTpi", "Token x"])
def test_calls_without_a_token(call: str, sent: str) -> None:
    """401 err_auth, before anything else is looked at."""
    cloud = SylviaCloud(empty=True)
    answer = cloud.call(call, as_="", headers={"authorization": sent} if sent else {})
    assert (answer.status, answer.body["code"]) == (401, "err_auth")


def test_tokens_that_are_wrong_or_doubled() -> None:
    """401; two headers are no token at all."""
    cloud = SylviaCloud(empty=True)
    token = cloud.tokens["owner"]
    assert cloud.code("unit.list", as_=token + "x") == "err_auth"
    assert cloud.code("unit.list", as_="", headers={"authorization": f"bEARER  {token} "}) == "200"
    doubled = CIMultiDict([("Authorization", f"Bearer {token}")] * 2)
    request = Request("sylvia.unit.list", "GET", "/", headers=doubled)
    with pytest.raises(Refusal) as caught:
        DIALECT.authenticate(cloud.world, request, CONTRACT.operations["sylvia.unit.list"])
    assert DIALECT.render(caught.value, request).status == 401


def test_the_switch_for_missing_tokens() -> None:
    """400 err_param like deployed brokers; wrong ones stay 401."""
    cloud = SylviaCloud(empty=True)
    cloud.seed(switches={"missing_token_is_malformed": True})
    answer = cloud.call("unit.list", as_="")
    assert (answer.status, answer.body["code"]) == (400, "err_param")
    assert cloud.call("unit.list", as_="wrong").status == 401


def test_tokens_end_after_an_hour() -> None:
    """By the clock, to the second."""
    cloud = SylviaCloud()
    cloud.world.clock.advance(3599)
    assert cloud.code("unit.list", as_="owner") == "200"
    cloud.world.clock.advance(1)
    assert cloud.code("unit.list", as_="owner") == "err_auth"
    token = cloud.seed(tokens=[{"account": "owner", "expiresIn": 10, "token": "t"}])["tokens"][0]
    assert token["token"] == "t"
    assert cloud.code("unit.list", as_="t") == "200"
    cloud.restart()
    assert cloud.code("unit.list", as_="t") == "200"
    cloud.world.clock.advance(10)
    assert cloud.code("unit.list", as_="t") == "err_auth"


@pytest.mark.parametrize("path", ["/oauth2/token", "/auth/oauth2/token"])
def test_client_credentials(cloud: SylviaCloud, path: str) -> None:
    """HTTP Basic with escaped parts, a form; the token is the user's."""
    answer = _page(cloud, "POST", path, FORM, authorization=_basic("the+client", "s%3Ae%25c"))
    assert answer.status == 200
    token = answer.body.pop("access_token")
    assert answer.body == {"token_type": "bearer", "expires_in": 3600}
    assert answer.headers == {"Cache-Control": "no-store"}
    assert len(token) == 64
    assert cloud.code("unit.update", {"name": "x"}, as_=token, path=cloud.ids["unit"]["home"]) == "204"
    shown = _page(cloud, "GET", "/auth/api/v1/auth/tokeninfo", authorization=f"Bearer {token}")
    assert shown.body == {
        "data": {
            "userId": cloud.users["owner"],
            "account": "owner",
            "name": "",
            "roles": {"admin": False, "manager": False, "service": False},
            "clientId": "the client",
            "scopes": [],
        }
    }


def test_credentials_in_the_form(cloud: SylviaCloud) -> None:
    """The other way RFC 6749 knows; several tokens live beside each other."""
    form = FORM | {"client_id": "the client", "client_secret": "s:e%c"}
    first, second = (_page(cloud, "POST", "/oauth2/token", form).body["access_token"] for _ in range(2))
    assert first != second
    assert cloud.code("unit.list", as_=first) == cloud.code("unit.list", as_=second) == "200"


@pytest.mark.parametrize(
    ("form", "header", "status", "error"),
    [
        (FORM, "", 401, "invalid_client"),
        (FORM, _basic("the client", "wrong"), 401, "invalid_client"),
        (FORM, _basic("nobody", "s"), 401, "invalid_client"),
        (FORM, "Basic ???", 401, "invalid_client"),
        (FORM, "Basic /w==", 401, "invalid_client"),
        (None, _basic("the client", "s:e%25c"), 400, "invalid_request"),
        ({"grant_type": "password"}, _basic("the client", "s:e%25c"), 400, "unsupported_grant_type"),
        (["grant_type"], _basic("the client", "s:e%25c"), 400, "invalid_request"),
    ],
)
def test_credentials_that_are_wrong(
    cloud: SylviaCloud, form: Any, header: str, status: int, error: str
) -> None:
    """In the words of RFC 6749, 5.2; no token is made."""
    before = len(cloud.world.accounts.tokens)
    answer = _page(cloud, "POST", "/oauth2/token", form, **({"authorization": header} if header else {}))
    assert (answer.status, answer.body) == (status, {"error": error})
    assert ("WWW-Authenticate" in answer.headers) == (status == 401 and bool(header))
    assert len(cloud.world.accounts.tokens) == before


def test_a_client_without_user(cloud: SylviaCloud) -> None:
    """It cannot get a token for anybody."""
    found = cloud.registry.users
    user = found.get(cloud.users["owner"])
    assert user is not None
    found.delete(user)
    answer = _page(cloud, "POST", "/oauth2/token", FORM, authorization=_basic("the client", "s:e%25c"))
    assert (answer.status, answer.body) == (400, {"error": "unauthorized_client"})
    assert cloud.code("unit.list", as_="owner") == "err_auth"


def test_token_information_needs_a_token(cloud: SylviaCloud) -> None:
    """401 in the vendor's envelope; other methods are 405."""
    answer = _page(cloud, "GET", "/auth/api/v1/auth/tokeninfo", authorization="Bearer x")
    assert (answer.status, answer.body["code"]) == (401, "err_auth")
    for path, method in (("/oauth2/token", "GET"), ("/auth/api/v1/auth/tokeninfo", "POST")):
        assert _page(cloud, method, path).status == 405


def test_users_are_told(cloud: SylviaCloud) -> None:
    """To who has a role and to the user itself."""
    users, tokens = cloud.users, cloud.tokens

    def status(as_: str, user: str) -> int:
        token = f"Bearer {tokens[as_]}"
        return _page(cloud, "GET", f"/auth/api/v1/user/{user}", authorization=token).status

    assert [status(name, users["member"]) for name in tokens] == [200, 200, 200, 403, 200, 403]
    assert status("admin", "nobody") == 404
    shown = _page(
        cloud, "GET", f"/auth/api/v1/user/{users['admin']}", authorization=f"Bearer {tokens['admin']}"
    )
    assert shown.body["data"] == {
        "userId": users["admin"],
        "account": "admin",
        "createdAt": "2023-11-14T22:13:20.000Z",
        "roles": {"admin": True, "manager": False, "service": False},
        "name": "",
        "info": {},
    }


def test_pages_have_exact_paths(cloud: SylviaCloud) -> None:
    """What goes on behind them is none (sylvia.contra.1)."""
    for path in ("/oauth2/token/x", "/oauth2/tokens", "/auth/api/v1/auth/tokeninfo/x"):
        assert _page(cloud, "GET", path, authorization=f"Bearer {cloud.tokens['admin']}").status == 404
    assert not any("/auth/api/v1/unit/user/x".startswith(prefix) for prefix in issuer.PAGES)
