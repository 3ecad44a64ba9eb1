"""The error table, the envelope, provoked server faults, the version (sylvia.md:95, 112)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import thingproof_platform
from thingproof_platform.core.dialect import Request
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.tests.sylvia_cloud import CONTRACT, SylviaCloud
from thingproof_platform.vendors.sylvia import DIALECT
from thingproof_platform.vendors.sylvia.errors import code_of


def test_every_reason_has_a_code() -> None:
    """Of those that this vendor, the request path and tokens can give."""
    package = Path(thingproof_platform.__file__).parent
    sources = [*package.glob("vendors/sylvia/**/*.py"), *package.glob("servers/*.py"), package / "app.py"]
    given = {name for source in sources for name in re.findall(r"Reason\.([A-Z_]+)", source.read_text())}
    assert len(given) > 20
    for name in given:
        assert code_of(Reason[name]).code.startswith("err_")


def test_codes_and_statuses_of_the_document() -> None:
    """Every code of the table with its status, and no other; err_intmsg by a switch."""
    document = {entry.code: entry.status for entry in CONTRACT.register.errors}
    reasons = [reason for reason in Reason if _has_code(reason)]
    table = {code_of(reason).code: code_of(reason).status for reason in reasons}
    assert table.pop("err_int_msg") == document.pop("err_intmsg")
    table["err_param"] = 400  # the request path has 405 and 413 too
    assert table == document


def _has_code(reason: Reason) -> bool:
    try:
        code_of(reason)
    except KeyError:
        return False
    return True


def test_envelope() -> None:
    """A code, and a message when there is one."""
    request = Request("", "GET", "/")
    answer = DIALECT.render(Refusal(Reason.RESOURCE_UNKNOWN, "nothing there"), request)
    assert (answer.status, answer.body) == (404, {"code": "err_not_found", "message": "nothing there"})
    assert DIALECT.render(Refusal(Reason.INTERNAL), request).body == {"code": "err_unknown"}
    assert DIALECT.headers == {"Access-Control-Allow-Origin": "*"}


CONDITIONS = {
    "database_down": (503, "err_db"),
    "messaging_down": (503, "err_int_msg"),
    "resources_exhausted": (503, "err_rsc"),
    "server_broken": (500, "err_unknown"),
}


@pytest.mark.parametrize("condition", list(CONDITIONS))
def test_server_faults_can_be_provoked(condition: str) -> None:
    """For one operation or for all; the version goes on."""
    cloud = SylviaCloud()
    cloud.world.faults.enable(condition, {"operation": "sylvia.unit.list"})
    answer = cloud.call("unit.list")
    assert (answer.status, answer.body["code"]) == CONDITIONS[condition]
    assert cloud.code("unit.count") == "200"
    cloud.world.faults.enable(condition)
    assert cloud.code("unit.delete", path=cloud.ids["unit"]["home"]) == CONDITIONS[condition][1]
    assert cloud.code("version.get") == "200"
    cloud.world.faults.clear()
    assert cloud.code("unit.get", path=cloud.ids["unit"]["home"]) == "200"


def test_the_code_of_the_document_for_messaging() -> None:
    """The switch writes it as the document does (sylvia.contra.13)."""
    cloud = SylviaCloud()
    cloud.seed(switches={"short_message_code": True})
    cloud.world.faults.enable("messaging_down")
    assert cloud.code("unit.list") == "err_intmsg"


def test_version() -> None:
    """JSON, or one of the two as plain text; unknown questions are JSON (sylvia.contra.38)."""
    cloud = SylviaCloud(empty=True)
    about = cloud.call("version.get", as_="").body["data"]
    assert about["name"] == "sylvia-iot-broker"
    for name in ("name", "version"):
        plain = cloud.call("version.get", as_="", query={"q": name})
        assert (plain.text, plain.headers) == (about[name], {"Content-Type": "text/plain; charset=utf-8"})
    assert cloud.call("version.get", query={"q": "x"}).body == {"data": about}
