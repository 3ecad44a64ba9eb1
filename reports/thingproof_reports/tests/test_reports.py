"""Reports of a run with every verdict."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from thingproof_reports import RunFileError, summarise, write
from thingproof_reports.__main__ import main
from thingproof_reports.html import LONGEST_BODY, frame_bytes
from thingproof_reports.tests.sample import case, events, two_vendors, write_run

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Collects the text of a page, and complains about tags that do not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """The page of the sample run."""
    write(write_run(tmp_path), tmp_path / "out")
    return Page((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))


def test_the_axes_are_counted_each_for_itself(tmp_path: Path) -> None:
    """Each axis has its own numbers; what cannot be provoked is not asked for."""
    (vendor,) = summarise(write_run(tmp_path)).vendors
    counted = {name: (axis.documented, axis.reachable, axis.covered) for name, axis in vendor.axes.items()}
    assert counted == {"operations": (2, 2, 1), "events": (1, 1, 0), "rules": (3, 3, 1), "errors": (2, 1, 1)}
    assert vendor.axes["operations"].detail == "1 seen accepting, 0 refusing"
    assert vendor.cases == {"failed": 1, "inconclusive": 1, "non_strict": 1, "not_applicable": 1, "passed": 1}


def test_every_gap_has_a_reason(tmp_path: Path) -> None:
    """A gap says whether it was not seen or cannot be seen."""
    (vendor,) = summarise(write_run(tmp_path)).vendors
    reasons = {gap.id: gap.reason for axis in vendor.axes.values() for gap in axis.gaps}
    assert reasons == {
        "gizwits.groups.list": "no case held",
        "gizwits.event.token.expired": "not observed",
        "gizwits.users.login.r2": "no case of this run showed it",
        "gizwits.groups.list.r1": "no case of this run showed it",
        "9008": "a server fault",
    }


def test_the_matrix_shows_the_worst_verdict_of_a_cell(tmp_path: Path) -> None:
    """Five cases of one operation: four documented ones, one negative that failed."""
    (vendor,) = summarise(write_run(tmp_path)).vendors
    login = vendor.matrix[0]
    assert (login.cells["documented"].total, login.cells["documented"].worst) == (4, "inconclusive")
    assert (login.cells["negative"].total, login.cells["negative"].worst) == (1, "failed")
    assert login.cells["time"].worst == ""


def test_the_reading_of_a_contradiction_is_the_observed_one(tmp_path: Path) -> None:
    """What was decided and what the target does are told apart."""
    rows = [row for row in events() if row["event"] != "run.finished"]
    rows.append(case("decided", "passed", contradiction="gizwits.contra.02"))
    (vendor,) = summarise(write_run(tmp_path, rows)).vendors
    assert [row.seen for row in vendor.readings] == ["another reading than decided", "as decided"]


def test_the_page_is_one_file_and_its_tags_close(page: Page, tmp_path: Path) -> None:
    """No scripts, no resources from elsewhere, every tag closed."""
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.open == []
    assert "script" not in page.tags
    assert not re.search(r"src=|href=(?!\"#)", html)
    assert "@import" not in html


def test_the_page_shows_what_a_reader_asks_for(page: Page) -> None:
    """Verdict, target, seed, failure with rule and line, exchange, frame, curl, replay, load, ledger."""
    for text in (
        "not conformant", "a cloud, http://127.0.0.1:1", "gizwits.contra.01=b", "Rule one", "gizwits.md:402",
        "POST http://127.0.0.1:1/app/login", "x-gizwits-user-token: ***", "00000003",
        "curl http://127.0.0.1:1/app/login", "--replay gizwits.users.login::failed", "because no_clock",
        "78.9", "fault: drop: 1", "/app/group",
    ):  # fmt: skip
        assert text in page.text, text


def test_each_vendor_has_its_own_part(tmp_path: Path) -> None:
    """Two vendors: an overview that leads to both, and codes that are texts beside numbers."""
    write(write_run(tmp_path, two_vendors()), tmp_path / "out")
    page = Page((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    for text in ("Overview", "Gizwits Open API", "Sylvia-IoT broker", "err_param", "9008"):
        assert text in page.text, text
    gizwits, sylvia = summarise(tmp_path / "run.ndjson").vendors
    assert gizwits.axes["errors"].covered == 1
    assert (sylvia.axes["errors"].covered, sylvia.axes["errors"].reachable) == (1, 2)
    assert gizwits.permissions.rows == ()
    root = ET.parse(tmp_path / "out" / "junit.xml").getroot()  # noqa: S314 - our own file
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [("gizwits", "5"), ("sylvia", "5")]


def test_the_permission_matrix_is_role_by_method_and_scope(tmp_path: Path) -> None:
    """Columns from the least to the most trusted role; a cell shows its worst verdict."""
    matrix = summarise(write_run(tmp_path, two_vendors())).vendors[1].permissions
    assert matrix.roles == ("none", "owner", "admin")
    assert [(row.method, row.scope) for row in matrix.rows] == [
        ("GET", "own"),
        ("PATCH", "own"),
        ("PATCH", "foreign"),
    ]
    assert [[row.cells[role].worst for role in matrix.roles] for row in matrix.rows] == [
        ["not_applicable", "passed", ""],
        ["", "passed", "passed"],
        ["", "failed", ""],
    ]
    assert matrix.cells == 5
    write(tmp_path / "run.ndjson", tmp_path / "out")
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    cells = report["vendors"]["sylvia"]["permissions"]
    assert {
        "role": "owner",
        "method": "PATCH",
        "subject": "a device",
        "scope": "foreign",
        "cases": {"failed": 1},
    } in cells
    page = Page((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert "5 cells judged" in page.text
    assert "no token" in page.text


def test_the_bytes_of_a_text_are_shown_once() -> None:
    """A queue's message is its own meaning; a binary frame has both."""
    assert frame_bytes({"hex": b'{"a":1}'.hex(), "meaning": '{"a":1}'}) == ""
    assert frame_bytes({"hex": "00000003", "meaning": "report"}) == "00000003"
    assert frame_bytes({"hex": "00"}) == "00"


def test_hostile_text_stays_text_and_long_bodies_are_cut(page: Page) -> None:
    """Markup from an answer is shown, not obeyed."""
    assert "<script>alert('x')</script>" in page.text
    assert f"{len(events()[3]['exchanges'][0]['response_body']) - LONGEST_BODY} more characters" in page.text


def test_junit_is_well_formed_and_counts_right(tmp_path: Path) -> None:
    """One testcase a case; failures, errors and skipped are told apart; rules are properties."""
    write(write_run(tmp_path), tmp_path)
    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - our own file
    (suite,) = root
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "1", "errors": "1", "skipped": "1",
    }  # fmt: skip
    assert root.get("tests") == "5"
    failed = next(row for row in suite if row.get("name") == "gizwits.users.login::failed")
    properties = {row.get("name"): row.get("value") for row in failed.iter("property")}
    assert properties["rule"] == "gizwits.users.login.r1"
    failure = failed.find("failure")
    assert failure is not None
    assert "alert('x')" in (failure.text or "")


def test_json_report_holds_the_numbers_and_the_failures(tmp_path: Path) -> None:
    """The shape that the module promises."""
    write(write_run(tmp_path), tmp_path)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    vendor = report["vendors"]["gizwits"]
    assert (report["verdict"], report["seed"], report["exit_code"]) == ("not_conformant", 7, 1)
    assert vendor["rules"]["covered"] == 1
    assert vendor["matrix"] == {
        "gizwits.users.login": {
            "documented": {"passed": 1, "non_strict": 1, "not_applicable": 1, "inconclusive": 1},
            "negative": {"failed": 1},
        }
    }
    assert [row["line"] for row in vendor["failures"]] == [402]
    assert report["loads"][0]["rows"][0]["p99_ms"] == 5.6


def test_a_killed_run_is_shown_as_far_as_it_came(tmp_path: Path) -> None:
    """A last line that was cut off is a note, not an error."""
    path = write_run(tmp_path, events()[:4])
    path.write_text(path.read_text(encoding="utf-8") + '{"event": "case.fin', encoding="utf-8")
    summary = summarise(path)
    assert summary.finished.verdict == "unfinished"
    assert len(summary.notes) == 2
    write(path, tmp_path / "out")
    assert "was cut off" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", None, "is empty"),
        ('{"event": "run.started"}\nnonsense\n{"event": "run.finished"}\n', 2, "is no event"),
        ('{"event": "run.started", "seed": "seven"}\n', 1, "seed"),
        ("[1]\n{}\n", 1, "no JSON object"),
    ],
)
def test_a_damaged_file_is_named_with_its_line(
    tmp_path: Path, text: str, line: int | None, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error says which line is wrong; the command ends with 2."""
    path = tmp_path / "run.ndjson"
    path.write_text(text, encoding="utf-8")
    where = str(path) if line is None else f"{path}:{line}"
    with pytest.raises(RunFileError, match=problem) as caught:
        summarise(path)
    assert str(caught.value).startswith(f"{where}: ")
    assert main([str(path), "--out", str(tmp_path / "out")]) == 2
    assert where in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(RunFileError, match=r"missing\.ndjson"):
        summarise(tmp_path / "missing.ndjson")
