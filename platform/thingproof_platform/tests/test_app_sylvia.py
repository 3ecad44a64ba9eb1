"""The Sylvia API over a real socket: what the request path does for this vendor."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_platform.options import Options
from thingproof_platform.tests.clients import call, platform_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Answer = tuple[int, dict[str, str], Any]
_UNITS = "/broker/api/v1/unit"
_CREDENTIALS = "Basic " + base64.b64encode(b"client:secret").decode()


class Broker:
    """A running platform seen as Sylvia, with an admin, a user and a client of the user."""

    def __init__(self, info: dict[str, Any]) -> None:
        self.url: str = info["vendors"]["sylvia"]["url"]
        self._control = info["control"]
        people = [{"account": "admin", "roles": ["admin"]}, {"account": "ann"}]
        clients = [{"account": "ann", "clientId": "client", "clientSecret": "secret"}]
        seeded = self.control("POST", "/seed/sylvia", {"users": people, "clients": clients})
        self.tokens = {row["account"]: row["token"] for row in seeded["users"]}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the control surface that has to succeed."""
        headers = {"Authorization": f"Bearer {self._control['token']}"}
        status, _, answer = call(method, self._control["url"] + path, body, headers)
        assert status == 200, answer
        return answer

    def call(self, method: str, path: str, data: Any = None, *, as_: str = "admin", **headers: str) -> Answer:
        """A call with the token of a user; bytes are sent as they are."""
        sent = {"Authorization": f"Bearer {self.tokens.get(as_, as_)}"} | headers
        body = data if isinstance(data, bytes) or data is None else {"data": data}
        return call(method, self.url + path, body, sent)


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    """One platform for all tests of this file."""
    with platform_thread(Options()) as running:
        yield Broker(running.info)


def test_every_answer_is_open_to_pages_of_other_hosts(broker: Broker) -> None:
    """Successes, refusals, unknown paths, what is beside the contract (sylvia.md:83)."""
    for method, path in (
        ("GET", "/version"),
        ("GET", f"{_UNITS}/list"),
        ("GET", f"{_UNITS}/nothing"),
        ("GET", "/nothing"),
        ("PUT", _UNITS),
        ("OPTIONS", _UNITS),
        ("GET", "/auth/api/v1/auth/tokeninfo"),
        ("POST", "/oauth2/token"),
    ):
        status, headers, _ = broker.call(method, path)
        assert headers["access-control-allow-origin"] == "*", (method, path, status)


def test_unknown_paths_and_methods(broker: Broker) -> None:
    """In the vendor's envelope; 405 names the methods there are (sylvia.contra.1)."""
    for path in ("/broker/api/v1/nothing", "/auth/api/v1/unit/user/x", "/api/v1/unit", "/broker/version"):
        status, headers, body = broker.call("GET", path)
        assert (status, body["code"]) == (404, "err_not_found")
        assert headers["content-type"] == "application/json"
    status, headers, body = broker.call("PUT", _UNITS)
    assert (status, body["code"]) == (405, "err_param")
    assert "POST" in headers["allow"]


def test_a_slash_at_the_end_does_not_count(broker: Broker) -> None:
    """Of any path."""
    assert broker.call("GET", "/version/")[0] == 200
    assert broker.call("GET", f"{_UNITS}/list/?limit=1")[0] == 200
    assert broker.call("GET", f"{_UNITS}/nothing/")[2]["code"] == "err_not_found"


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b'{"data":{"code":"a"}'])
def test_bodies_that_are_no_json(broker: Broker, raw: bytes) -> None:
    """400 err_param, never a failure; the token is looked at first."""
    status, _, body = broker.call("POST", _UNITS, raw)
    assert (status, body["code"]) == (400, "err_param")
    status, _, body = broker.call("POST", _UNITS, raw, as_="wrong")
    assert (status, body["code"]) == (401, "err_auth")


def test_a_form_is_no_json(broker: Broker) -> None:
    """Nor is JSON that calls itself something else."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert broker.call("POST", _UNITS, b"data=x", **form)[2]["code"] == "err_param"
    plain = {"Content-Type": "text/plain"}
    assert broker.call("POST", _UNITS, {"code": "plain"}, **plain)[2]["code"] == "err_param"


def test_success_without_a_body(broker: Broker) -> None:
    """204 has neither body nor length."""
    _, _, made = broker.call("POST", _UNITS, {"code": "gone"})
    status, headers, body = broker.call("DELETE", f"{_UNITS}/{made['data']['unitId']}")
    assert (status, body) == (204, b"")
    assert "content-length" not in headers
    assert "content-type" not in headers


def test_the_version_as_text(broker: Broker) -> None:
    """Without a token."""
    status, headers, body = call("GET", f"{broker.url}/version?q=name")
    assert (status, body) == (200, b"sylvia-iot-broker")
    assert headers["content-type"].startswith("text/plain")


def test_a_client_gets_a_token(broker: Broker) -> None:
    """As the SDKs of the vendor do: form, HTTP Basic, then Bearer."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": _CREDENTIALS}
    form = b"grant_type=client_credentials"
    status, _, body = call("POST", f"{broker.url}/auth/oauth2/token", form, headers)
    assert status == 200
    token = body["access_token"]
    _, _, told = broker.call("GET", "/auth/api/v1/auth/tokeninfo", as_=token)
    assert (told["data"]["account"], told["data"]["clientId"]) == ("ann", "client")
    assert broker.call("GET", f"{_UNITS}/list", as_=token)[0] == 200
    refused, answer_headers, _ = call(
        "POST", f"{broker.url}/oauth2/token", form, headers | {"Authorization": "Basic x"}
    )
    assert refused == 401
    assert answer_headers["www-authenticate"].startswith("Basic")


def test_faults_name_codes_as_texts(broker: Broker) -> None:
    """`wrong_code` takes a text; server faults come by condition."""
    fault = {"operation": "sylvia.unit.get", "code": "err_made_up"}
    broker.control("PUT", "/faults/wrong_code", fault)
    broker.control("PUT", "/faults/database_down", {"operation": "sylvia.unit.list"})
    try:
        assert broker.call("GET", f"{_UNITS}/nothing")[2]["code"] == "err_made_up"
        status, _, body = broker.call("GET", f"{_UNITS}/list")
        assert (status, body["code"]) == (503, "err_db")
    finally:
        broker.control("DELETE", "/faults")
    catalogue = {row["name"]: row for row in broker.control("GET", "/faults")["catalogue"]}
    assert catalogue["wrong_code"]["parameters"]["code"] == "int | str"


def test_acknowledged_resources_outlive_a_restart(tmp_path: Path) -> None:
    """With their tokens and look-ups."""
    with platform_thread(Options(data_dir=tmp_path)) as running:
        before = Broker(running.info)
        made = before.call("POST", _UNITS, {"code": "home"}, as_="ann")[2]["data"]["unitId"]
        tokens = before.tokens
    with platform_thread(Options(data_dir=tmp_path)) as running:
        url = f"{running.info['vendors']['sylvia']['url']}{_UNITS}/{made}"
        status, _, body = call("GET", url, None, {"Authorization": f"Bearer {tokens['ann']}"})
        assert (status, body["data"]["code"]) == (200, "home")
        refused = call("GET", url, None, {"Authorization": f"Bearer {tokens['ann']}x"})
        assert refused[0] == 401
