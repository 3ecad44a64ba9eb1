"""Registration with the identity of a third party (gizwits.md:225-231)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.steps import create, profile
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits import Application, GizwitsTarget

CREATE, LOGIN = "gizwits.users.create", "gizwits.users.login"
ALL = ("qq", "sina", "baidu", "wechat", "twitter", "facebook", "google", "amazon")
ABROAD = ("facebook", "twitter", "google", "amazon")
BEARER = ("google", "amazon")
KEYS = ("qq", "twitter")


def identity(gizwits: GizwitsTarget, source: str, *, bearer: bool | None = None) -> dict[str, Any]:
    """A fresh identity of a source; its token starts with Bearer where it must, unless told."""
    wanted = source in BEARER if bearer is None else bearer
    token = ("Bearer " if wanted else "") + gizwits.names.hex(32)
    return {"src": source, "uid": gizwits.names.hex(16), "token": token}


def able(gizwits: GizwitsTarget, region: str = "us") -> Application:
    """An application of a region that has the keys of every third party."""
    return gizwits.new_application(region=region, oauth_keys=list(KEYS))


@case(CREATE, kind="documented", rules=("r5", "r6", "r15"), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("source", ALL)
def test_create__third_party(gizwits: GizwitsTarget, source: str) -> None:
    """Each supported third party registers a user who is not anonymous."""
    application = able(gizwits)
    answer = create(gizwits, application=application, authData=identity(gizwits, source))
    shown = profile(gizwits, answer["token"], application=application)
    expect.equal((answer["uid"], False), (shown["uid"], shown["is_anonymous"]), "uid and is_anonymous")


@case(CREATE, kind="negative", rules=("r6", "r15"), needs=("seed",))
@pytest.mark.documented
def test_create__unknown_third_party(gizwits: GizwitsTarget) -> None:
    """Another third party is refused."""
    data = {**identity(gizwits, "qq"), "src": "myspace"}
    expect.refused(create(gizwits, application=able(gizwits), expected=ANY, authData=data), 9015)


@case(CREATE, kind="negative", rules=("r5",), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("absent", ["src", "uid", "token"])
def test_create__third_party_incomplete(gizwits: GizwitsTarget, absent: str) -> None:
    """src, uid and token are all needed."""
    data = identity(gizwits, "sina")
    del data[absent]
    expect.refused(create(gizwits, application=able(gizwits), expected=ANY, authData=data), 9015)


@case(CREATE, kind="documented", rules=("r5",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.10")
def test_create__third_party_flat(gizwits: GizwitsTarget) -> None:
    """The flat members of the table mean the same user as authData."""
    application, data = able(gizwits), identity(gizwits, "wechat")
    nested = create(gizwits, application=application, authData=data)

    def the_same_user() -> None:
        flat = create(gizwits, application=application, **data)
        expect.equal(nested["uid"], flat["uid"], "uid")

    def refused() -> None:
        expect.refused(create(gizwits, application=application, expected=ANY, **data), 9015)

    expect.either("gizwits.contra.10", a=the_same_user, b=refused)


@case(CREATE, kind="state", rules=("r17",), needs=("seed",))
@pytest.mark.documented
def test_create__third_party_again(gizwits: GizwitsTarget) -> None:
    """The same identity again logs the same user in with a new token."""
    application, data = able(gizwits), identity(gizwits, "baidu")
    first = create(gizwits, application=application, authData=data)
    second = create(gizwits, application=application, authData=data)
    expect.equal(first["uid"], second["uid"], "uid")
    expect.different(first["token"], second["token"], "token")


@case(CREATE, kind="state", rules=("r17", "r5"), needs=("seed",))
@pytest.mark.inferred
def test_create__third_parties_are_told_apart(gizwits: GizwitsTarget) -> None:
    """The same uid at another third party is another user."""
    application, data = able(gizwits), identity(gizwits, "sina")
    first = create(gizwits, application=application, authData=data)
    second = create(gizwits, application=application, authData={**data, "src": "baidu"})
    expect.different(first["uid"], second["uid"], "uid")


@case(CREATE, kind="negative", rules=("r7",), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("source", BEARER)
def test_create__bearer(gizwits: GizwitsTarget, source: str) -> None:
    """For google and amazon a token that does not start with Bearer is refused."""
    data = identity(gizwits, source, bearer=False)
    expect.refused(create(gizwits, application=able(gizwits), expected=ANY, authData=data), 9015)


@case(CREATE, kind="negative", rules=("r8",), errors=(9031,), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("source", KEYS)
def test_create__keys(gizwits: GizwitsTarget, source: str) -> None:
    """For qq and twitter an application without API_KEY and API_Secret is refused; for sina it is not."""
    application = gizwits.new_application(region="us", oauth_keys=[])
    answer = create(gizwits, application=application, expected=ANY, authData=identity(gizwits, source))
    expect.refused(answer, 9031, *(() if source == "qq" else (9015,)))
    create(gizwits, application=application, authData=identity(gizwits, "sina"))


@case(CREATE, kind="negative", rules=("r9",), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("source", ABROAD)
def test_create__regions(gizwits: GizwitsTarget, source: str) -> None:
    """facebook, twitter, google and amazon serve in the US and Europe only."""
    data = identity(gizwits, source)
    expect.refused(create(gizwits, application=able(gizwits, "cn"), expected=ANY, authData=data))
    create(gizwits, application=able(gizwits, "eu"), authData=data)


@case(LOGIN, kind="permission", rules=("r5",), errors=(9005,), needs=("seed",))
@pytest.mark.documented
def test_login__third_party(gizwits: GizwitsTarget) -> None:
    """A third-party user does not log in by POST /app/login."""
    data = identity(gizwits, "sina")
    create(gizwits, authData=data)
    body = {"username": data["uid"], "password": data["token"]}
    expect.refused(gizwits.call(LOGIN, json=body, expect=ANY), 9005, 9020)


@case(CREATE, kind="documented", rules=("r12",), needs=("seed",))
@pytest.mark.inferred
def test_create__third_party_has_no_password(gizwits: GizwitsTarget) -> None:
    """A password given with authData, even a weak one, logs nobody in."""
    data = identity(gizwits, "sina")
    answer = create(gizwits, expected=ANY, authData=data, password="weak")
    if not answer.ok:
        expect.refused(answer, 9015)
        return
    body = {"username": data["uid"], "password": "weak"}
    expect.refused(gizwits.call(LOGIN, json=body, expect=ANY), 9005, 9020)
