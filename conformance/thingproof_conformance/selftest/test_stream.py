"""Streams of workers merge deterministically, and only what was observed counts."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import stream
from thingproof_conformance.coverage import coverage, tally
from thingproof_conformance.selftest.test_evidence import exchange
from thingproof_conformance.stream import StreamReader, StreamWriter
from thingproof_conformance.summary import summarise
from thingproof_conformance.verdicts import Overall, overall

if TYPE_CHECKING:
    from pathlib import Path

OPERATION = "gizwits.users.login"


def row(name: str, verdict: str = "passed", worker: str = "gw0", **more: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "event": "case.finished",
        "id": f"{OPERATION}::{name}",
        "vendor": "gizwits",
        "operation": OPERATION,
        "verdict": verdict,
        "worker": worker,
        "rules": [f"{OPERATION}.r1"],
        "errors": [],
        "events": [],
        "tally": [[OPERATION, "none", 200, "application/json", 2, 2]],
        "observed_errors": [9020],
        "observed_events": [],
        "core": True,
        "harness": False,
    }
    return {**fields, **more}


def test_merging_does_not_depend_on_who_was_first() -> None:
    """Any order of rows gives the same cases in the same order; the worst verdict of one id stays."""
    rows = [row(f"c{number}", worker=f"gw{number % 2}") for number in range(20)]
    rows += [
        row("c3", "failed", "gw1"),
        row("c4", "not_applicable", "gw0"),
        {"event": "collected", "cases": 20},
    ]
    expected = stream.merge(rows)
    for seed in range(5):
        shuffled = random.Random(seed).sample(rows, len(rows))  # noqa: S311 - a shuffle, no secret
        assert stream.merge(shuffled) == expected
    assert [each["verdict"] for each in expected if each["id"].endswith(("::c3", "::c4"))] == [
        "failed",
        "passed",
    ]
    assert not set(stream.public(expected[0])) & set(stream.INTERNAL)


def test_readers_follow_growing_files(tmp_path: Path) -> None:
    """A half-written line is read when it is whole."""
    reader = StreamReader(tmp_path)
    with StreamWriter(tmp_path / "gw0.ndjson") as writer:
        writer.write({"event": "a"})
        assert reader.new_rows() == [{"event": "a"}]
        with (tmp_path / "gw1.ndjson").open("w") as other:
            other.write('{"event": "b"}\n{"eve')
            other.flush()
            assert reader.new_rows() == [{"event": "b"}]
            other.write('nt": "c"}\n')
        writer.write({"event": "d"})
    assert {each["event"] for each in reader.new_rows()} == {"c", "d"}
    assert reader.new_rows() == []


def test_a_tally_counts_attempts_and_matches() -> None:
    """An answer outside of the contract is an attempt and no match."""
    rows = tally([exchange(), exchange(matched=False), exchange(request_body=None)])
    assert rows == [
        [OPERATION, "application/json", 200, "application/json", 2, 1],
        [OPERATION, "none", 200, "application/json", 1, 1],
    ]


@pytest.mark.parametrize(
    ("verdict", "matches", "rules"),
    [
        ("passed", 2, 1),
        ("non_strict", 2, 1),
        ("failed", 0, 0),
        ("inconclusive", 0, 0),
        ("not_applicable", 0, 0),
    ],
)
def test_only_passed_cases_observe(verdict: str, matches: int, rules: int) -> None:
    """What a failed case saw is an attempt, never coverage."""
    seen = coverage("gizwits", [row("c", verdict)])
    assert [(each["attempts"], each["matches"]) for each in seen["exchanges"]] == [(2, matches)]
    assert len(seen["rules_observed"]) == rules
    assert len(seen["errors_observed"]) == rules


def test_a_summary_counts_the_whole_vendor() -> None:
    """Documented is everything; what was observed but is not documented does not count."""
    documented = {
        "event": "documented",
        "vendor": "gizwits",
        "operations": [{"id": OPERATION}, {"id": "gizwits.users.get"}],
        "events": [{"id": "e1"}],
        "rules": [{"id": f"{OPERATION}.r1"}, {"id": f"{OPERATION}.r2"}],
        "errors": [{"code": 9020, "provokable": True}, {"code": 9999, "provokable": False}],
    }
    cases = [row("a"), row("b", "failed"), row("c", "inconclusive")]
    seen = coverage("gizwits", cases)
    seen["errors_observed"].append(1234)
    assert summarise([documented, *cases, seen]) == {
        "gizwits": {
            "operations": {"documented": 2, "covered": 1, "accepted": 1, "refused": 0},
            "events": {"documented": 1, "covered": 0},
            "rules": {"documented": 2, "covered": 1},
            "errors": {"documented": 2, "provokable": 1, "covered": 1},
            "cases": {"passed": 1, "non_strict": 0, "not_applicable": 0, "failed": 1, "inconclusive": 1},
        }
    }


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([], Overall.MISUSE),
        ([row("a")], Overall.CONFORMANT),
        ([row("a"), row("b", "non_strict")], Overall.CONFORMANT),
        ([row("a"), row("b", "not_applicable")], Overall.PARTIAL),
        ([row("a"), row("b", "not_applicable", core=False)], Overall.CONFORMANT),
        ([row("a"), row("b", "inconclusive")], Overall.UNREACHABLE),
        ([row("a"), row("b", "inconclusive", harness=True)], Overall.HARNESS_ERROR),
        ([row("a", "failed"), row("b", "inconclusive", harness=True)], Overall.NOT_CONFORMANT),
    ],
)
def test_the_overall_verdict(rows: list[dict[str, Any]], verdict: Overall) -> None:
    """A finding decides first; nothing judged is never green."""
    assert overall(rows) is verdict
