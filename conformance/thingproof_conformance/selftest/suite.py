"""Small suites for pytester, and how to run them against a liar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from thingproof_conformance import stream
from thingproof_conformance.selftest.liars import target_text

if TYPE_CHECKING:
    import pytest

PLUGINS = ("-p", "no:cacheprovider", "-p", "thingproof", "-p", "xdist", "-p", "allure_pytest")
HEAD = """
import pytest
from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.vendor_target import ANY
LOGIN = "gizwits.users.login"
def login(gizwits, password="right", **more):
    return gizwits.call(LOGIN, json={"username": "u", "password": password}, **more)
"""
GOOD = """
@case(LOGIN, kind="documented", rules=("r1", "r9"))
@pytest.mark.documented
def test_login__right_password(gizwits):
    \"\"\"A right password logs in.\"\"\"
    login(gizwits)

@case(LOGIN, kind="negative", rules=("r8",), errors=(9020,))
@pytest.mark.inferred
def test_login__wrong_password(gizwits):
    expect.refused(login(gizwits, "wrong-password", expect=ANY), 9020)
"""
NEEDY = """
@case(LOGIN, kind="time", rules=("r4",), events=("token.expired",), needs=("clock",))
@pytest.mark.documented
def test_login__expires(gizwits, control):
    control.advance(7 * 86400)
"""
EXTENDED = """
@case(LOGIN, kind="event", needs=("websocket",))
@pytest.mark.documented
def test_login__websocket(gizwits):
    login(gizwits)
"""
READING = """
@case(LOGIN, kind="documented")
@pytest.mark.contradictory("gizwits.contra.57")
def test_login__life(gizwits):
    answer = login(gizwits)
    expect.either("gizwits.contra.57",
        a=lambda: expect.equal(1, answer["expire_at"], "expiry"),
        b=lambda: expect.equal(1504772734, answer["expire_at"], "expiry"))
"""


def run(pytester: pytest.Pytester, suite: str, url: str | None, *arguments: str) -> pytest.RunResult:
    """Run a suite in a process of its own, against a liar."""
    pytester.makepyfile(test_suite=HEAD + suite)
    more = []
    if url is not None:
        more = ["--target", str(pytester.makefile(".yaml", target=target_text(url)))]
    return child(pytester, *more, "--run-file=run.ndjson", *arguments)


def child(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in a process of its own, with the plugins a check loads."""
    return pytester.runpytest_subprocess(*PLUGINS, *arguments)


def rows(pytester: pytest.Pytester) -> dict[str, list[dict[str, Any]]]:
    """The events of run.ndjson by kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in stream.read(Path(pytester.path) / "run.ndjson"):
        found.setdefault(row["event"], []).append(row)
    return found


def verdicts(pytester: pytest.Pytester) -> dict[str, str]:
    """Case name -> verdict."""
    return {row["id"].partition("::")[2]: row["verdict"] for row in rows(pytester)["case.finished"]}
