"""The plugin, run as a stranger runs it: collection rules, verdicts, exit codes, streams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance.selftest.liars import HONEST, Liar, honest
from thingproof_conformance.selftest.suite import EXTENDED, GOOD, NEEDY, READING, child, rows, run, verdicts

if TYPE_CHECKING:
    from pathlib import Path


def test_a_conformant_target(pytester: pytest.Pytester) -> None:
    """All passed: exit 0, a complete event stream, observed coverage."""
    with Liar() as liar:
        result = run(pytester, GOOD, liar.url)
    assert result.ret == 0
    found = rows(pytester)
    assert list(found) == ["run.started", "documented", "case.finished", "coverage", "run.finished"]
    assert verdicts(pytester) == {"right_password": "passed", "wrong_password": "passed"}
    assert len(found["documented"][0]["operations"]) == 62
    [coverage] = found["coverage"]
    assert coverage["rules_observed"] == [f"gizwits.users.login.{rule}" for rule in ("r1", "r8", "r9")]
    assert coverage["errors_observed"] == [9020]
    assert [(row["status"], row["attempts"], row["matches"]) for row in coverage["exchanges"]] == [
        (200, 1, 1),
        (400, 1, 1),
    ]
    assert found["run.finished"][0]["verdict"] == "conformant"
    result.stdout.fnmatch_lines(["*conformant: 2 passed*"])


def test_a_liar_is_not_conformant(pytester: pytest.Pytester) -> None:
    """200 to all: exit 1, the finding tells rule, line, evidence and replay; nothing lied counts."""
    with Liar(lambda *_: (200, HONEST["POST", "/app/login"][1])) as liar:
        result = run(pytester, GOOD, liar.url)
    assert result.ret == 1
    assert verdicts(pytester) == {"right_password": "passed", "wrong_password": "failed"}
    row = rows(pytester)["case.finished"][1]
    assert row["finding"]["rule"] == "gizwits.users.login.r8"
    assert row["finding"]["line"] == 397
    [exchange] = row["exchanges"]
    assert exchange["status"] == 200
    assert "wrong-password" not in json.dumps(row)
    assert '"password":"***"' in exchange["request_body"]
    assert row["curl"][0].startswith("curl -sS -X POST")
    assert row["replay"].startswith("thingproof check --replay gizwits.users.login::wrong_password --seed 7")
    assert 9020 not in rows(pytester)["coverage"][0]["errors_observed"]
    result.stdout.fnmatch_lines(["*9020*", "*this case again:*"])


def test_a_case_without_evidence_does_not_collect(pytester: pytest.Pytester) -> None:
    """A missing evidence marker is the harness' fault: exit 4."""
    suite = GOOD.replace("@pytest.mark.inferred\n", "")
    with Liar() as liar:
        result = run(pytester, suite, liar.url)
    assert result.ret == 4
    result.stdout.fnmatch_lines(["*test_login__wrong_password*exactly one evidence marker, found none*"])


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("@pytest.mark.inferred", "@pytest.mark.inferred\n@pytest.mark.documented", "*exactly one evidence*"),
        ('rules=("r8",)', 'rules=("r99",)', "*'gizwits.users.login.r99' is not in the register*"),
        ("errors=(9020,)", "errors=(1,)", "*error 1 is not in the register*"),
        ('kind="negative"', 'kind="strange"', "*kind is 'strange'*"),
        ('rules=("r8",)', 'rules="r8"', "*rules is 'r8'; write a tuple*"),
        ("errors=(9020,)", 'needs=("magic",)', "*needs 'magic'*"),
        (
            "@pytest.mark.inferred",
            '@pytest.mark.contradictory("gizwits.contra.999")',
            "*contra.999*register*",
        ),
        ("test_login__wrong_password", "test_wrong_password", "*named test_<operation>__<case>*"),
    ],
    ids=["two-evidences", "rule", "error", "kind", "no-tuple", "need", "contradiction", "name"],
)
def test_wrong_claims_do_not_collect(
    pytester: pytest.Pytester, before: str, after: str, message: str
) -> None:
    """What no register knows cannot be claimed."""
    with Liar() as liar:
        result = run(pytester, GOOD.replace(before, after), liar.url)
    assert result.ret == 4
    result.stdout.fnmatch_lines([message])


def test_no_case_selected_is_misuse(pytester: pytest.Pytester) -> None:
    """Never 0 cases, green: not by -k, not by an unknown replay, not by an empty folder."""
    with Liar() as liar:
        assert run(pytester, GOOD, liar.url, "-k", "nothing").ret == 2
        result = run(pytester, GOOD, liar.url, "--replay", "gizwits.users.login::nothing")
        assert result.ret == 2
        result.stdout.fnmatch_lines(["*no case selected*"])
        assert run(pytester, "", liar.url).ret == 2


def test_an_unreachable_target(pytester: pytest.Pytester) -> None:
    """Nobody listens: exit 3 before any case, and the stream says so."""
    with Liar() as liar:
        url = liar.url
    result = run(pytester, GOOD, url)
    assert result.ret == 3
    assert rows(pytester)["run.finished"][0]["verdict"] == "unreachable"
    assert "case.finished" not in rows(pytester)
    assert "does not accept connections" in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--vendor", "acme"),
        ("--reading", "x"),
        ("--seed", "many"),
        ("--fault", "no fault"),
        ("--target", "absent.yaml"),
    ],
)
def test_misuse_is_told_before_anything_runs(pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    """A senseless option: exit 2, its name and its value."""
    pytester.makepyfile(test_suite="def test_x(): pass")
    result = child(pytester, *arguments)
    assert result.ret == 2
    assert arguments[1] in result.stdout.str() + result.stderr.str()


def test_replay_runs_one_case(pytester: pytest.Pytester) -> None:
    """--replay selects exactly the case with this id."""
    with Liar() as liar:
        result = run(pytester, GOOD, liar.url, "--replay", "gizwits.users.login::wrong_password")
    assert result.ret == 0
    assert verdicts(pytester) == {"wrong_password": "passed"}


def test_what_the_target_lacks_is_not_applicable(pytester: pytest.Pytester) -> None:
    """A core case left out makes the run partial (6), an extended one does not (0)."""
    with Liar() as liar:
        assert run(pytester, GOOD + NEEDY, liar.url).ret == 6
        row = {row["id"]: row for row in rows(pytester)["case.finished"]}["gizwits.users.login::expires"]
        assert row["verdict"] == "not_applicable"
        assert row["reason"] == "needs clock: not claimed"
        assert rows(pytester)["coverage"][0]["events_observed"] == []
        assert run(pytester, GOOD + EXTENDED, liar.url).ret == 0
        assert verdicts(pytester)["websocket"] == "not_applicable"


def test_a_claim_that_does_not_hold_is_a_finding(pytester: pytest.Pytester) -> None:
    """The target claims a clock and has no control surface."""
    with Liar() as liar:
        pytester.makefile(
            ".yaml", claims=f"vendors: {{gizwits: {{url: '{liar.url}', app_id: x}}}}\nfeatures: [clock]"
        )
        result = run(pytester, GOOD, None, "--target", "claims.yaml")
    assert result.ret == 1
    rows_by_id = {row["id"]: row for row in rows(pytester)["case.finished"]}
    assert rows_by_id["target.features::clock"]["verdict"] == "failed"
    assert rows_by_id["gizwits.users.login::right_password"]["verdict"] == "passed"


def test_strict_pins_the_decided_reading(pytester: pytest.Pytester) -> None:
    """The other reading: non-strict and exit 0 by default, 1 when strict, passed when chosen."""
    with Liar() as liar:
        assert run(pytester, READING, liar.url).ret == 0
        assert verdicts(pytester) == {"life": "non_strict"}
        assert rows(pytester)["case.finished"][0]["contradiction"] == "gizwits.contra.57"
        assert run(pytester, READING, liar.url, "--strict-readings").ret == 1
        assert (
            run(pytester, READING, liar.url, "--strict-readings", "--reading", "gizwits.contra.57=b").ret == 0
        )
        assert verdicts(pytester) == {"life": "passed"}


def test_a_broken_suite_is_not_blamed_on_the_target(pytester: pytest.Pytester) -> None:
    """An exception that is no finding: inconclusive, exit 4."""
    suite = GOOD.replace("login(gizwits)\n", "raise KeyError('oops')\n")
    with Liar() as liar:
        assert run(pytester, suite, liar.url).ret == 4
    assert verdicts(pytester) == {"right_password": "inconclusive", "wrong_password": "passed"}


def test_a_target_that_dies_is_unreachable(pytester: pytest.Pytester) -> None:
    """Connections refused in the middle of a run: inconclusive, exit 3."""
    suite = GOOD.replace(
        "login(gizwits)\n",
        "gizwits.http.close(); gizwits.http = type(gizwits.http)('http://127.0.0.1:9')\n    login(gizwits)\n",
    )
    with Liar() as liar:
        assert run(pytester, suite, liar.url).ret == 3
    assert verdicts(pytester)["right_password"] == "inconclusive"


def test_workers_merge_to_the_same_stream(pytester: pytest.Pytester) -> None:
    """One process or two: the same cases, verdicts and coverage in the same order."""

    def stable() -> list[dict[str, Any]]:
        kept = []
        for events in rows(pytester).values():
            for row in events:
                for name in ("at", "seconds", "worker", "node"):
                    row.pop(name, None)
                kept.append(row)
        return kept

    many = "".join(GOOD.replace("__", f"__number_{number}_") for number in range(10))
    with Liar() as liar:
        assert run(pytester, many, liar.url).ret == 0
        alone = stable()
        assert run(pytester, many, liar.url, "-n", "2").ret == 0
    assert stable() == alone
    assert sum(row["event"] == "case.finished" for row in alone) == 20


def test_workers_give_the_same_exit_codes(pytester: pytest.Pytester) -> None:
    """Liars, broken suites and empty selections end alike with workers."""
    with Liar(lambda *_: (200, HONEST["POST", "/app/login"][1])) as liar:
        assert run(pytester, GOOD, liar.url, "-n", "2").ret == 1
        assert run(pytester, GOOD, liar.url, "-n", "2", "-k", "nothing").ret == 2
        assert run(pytester, GOOD.replace("@pytest.mark.inferred\n", ""), liar.url, "-n", "2").ret == 4


def test_the_plugin_is_inert_without_cases(pytester: pytest.Pytester) -> None:
    """Ordinary tests keep pytest's exit codes and words; nothing is written."""
    pytester.makepyfile(test_ordinary="def test_good(): pass\ndef test_bad(): assert 0")
    result = child(pytester)
    assert result.ret == 1
    result.assert_outcomes(passed=1, failed=1)
    assert "conformance" not in result.stdout.str()
    assert child(pytester, "-k", "nothing").ret == 5
    assert not (pytester.path / "run.ndjson").exists()


def test_allure_gets_labels_and_attachments_of_failures(pytester: pytest.Pytester) -> None:
    """Epic vendor, feature operation, story rule; request and answer on failure only; no secrets."""
    with Liar(lambda *_: (200, HONEST["POST", "/app/login"][1])) as liar:
        run(pytester, GOOD, liar.url, "--alluredir=allure")
    results = {row["name"]: row for row in map(_json, (pytester.path / "allure").glob("*-result.json"))}
    passed, failed = results["A right password logs in"], results["wrong password"]
    labels = {(label["name"], label["value"]) for label in passed["labels"]}
    assert {("epic", "gizwits"), ("feature", "gizwits.users.login")} <= labels
    assert any(name == "story" and value.startswith("gizwits.users.login.r1: ") for name, value in labels)
    assert not passed.get("attachments")
    assert [attachment["name"] for attachment in failed["attachments"]] == ["1. POST 200", "curl"]
    written = "".join(path.read_text() for path in (pytester.path / "allure").iterdir())
    assert "wrong-password" not in written


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_only_honest_servers_are_conformant() -> None:
    """The honest script really is honest to both cases; else these tests prove nothing."""
    headers = {"x-gizwits-application-id": "c"}
    assert honest("POST", "/app/login", headers, b'{"password":"right"}')[0] == 200
    assert honest("POST", "/app/login", headers, b'{"password":"wrong"}')[0] == 400
