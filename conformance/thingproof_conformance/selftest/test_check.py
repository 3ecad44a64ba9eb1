"""check.run: the verdict object, exit codes and files; the package's suites from any folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import check
from thingproof_conformance.check import CheckOptions, Progress
from thingproof_conformance.selftest.liars import HONEST, Liar, target_text
from thingproof_conformance.selftest.suite import GOOD, HEAD

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def suite(tmp_path: Path) -> str:
    """A small suite in a file."""
    file = tmp_path / "test_small_suite.py"
    file.write_text(HEAD + GOOD)
    return str(file)


def options(folder: Path, suite: str, url: str, **more: object) -> CheckOptions:
    target = folder / "target.yaml"
    target.write_text(target_text(url))
    fields = {"out": folder / "out", "target": target, "suites": (suite,), "workers": 1, **more}
    return CheckOptions(**fields)  # type: ignore[arg-type] # as above


def test_a_conformant_target(tmp_path: Path, suite: str) -> None:
    """The object has the documented form; the stream and junit.xml are there; progress was told."""
    told: list[tuple[int | None, int]] = []

    def progress(state: Progress) -> None:
        told.append((state.selected, state.finished))

    with Liar() as liar:
        result = check.run(options(tmp_path, suite, liar.url, progress=progress))
    assert (result.verdict, result.exit_code, result.message) == ("conformant", 0, None)
    shown = result.as_json()
    assert set(shown) == {"verdict", "seconds", "vendors"}
    gizwits = shown["vendors"]["gizwits"]
    assert gizwits["operations"] == {"documented": 62, "covered": 1, "accepted": 1, "refused": 1}
    assert gizwits["events"] == {"documented": 39, "covered": 0}
    assert gizwits["errors"]["documented"] == 69
    assert gizwits["cases"] == {"passed": 2, "non_strict": 0, "not_applicable": 0, "failed": 0}
    assert result.run_file is not None
    assert result.junit is not None
    assert result.junit.read_text().count("<testcase") == 2
    assert told[-1] == (2, 2)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["junit.xml", "run.ndjson"]


def test_two_runs_give_the_same_verdicts(tmp_path: Path, suite: str) -> None:
    """Same seed, same cases, same verdicts, with one worker or two."""
    with Liar(lambda *_: (200, HONEST["POST", "/app/login"][1])) as liar:
        results = [check.run(options(tmp_path, suite, liar.url, workers=workers)) for workers in (1, 2)]
    assert [result.exit_code for result in results] == [1, 1]
    assert results[0].vendors == results[1].vendors


def test_an_unreachable_target(tmp_path: Path, suite: str) -> None:
    """Exit 3, and the message names the address."""
    with Liar() as liar:
        url = liar.url
    result = check.run(options(tmp_path, suite, url))
    assert (result.verdict, result.exit_code) == ("unreachable", 3)
    assert url in str(result.message)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"vendors": ("acme",)}, "--vendor: 'acme' is unknown"),
        ({"readings": ("x",)}, "--reading: 'x'"),
        ({"faults": ("no fault",)}, "--fault: 'no fault'"),
        ({"workers": 0}, "--workers: 0"),
        ({"select": "nothing"}, "no case selected"),
        ({"replay": "gizwits.users.login::nothing"}, "no case selected"),
    ],
)
def test_misuse(tmp_path: Path, suite: str, more: dict[str, object], said: str) -> None:
    """Exit 2 with one message."""
    with Liar() as liar:
        result = check.run(options(tmp_path, suite, liar.url, **more))
    assert (result.verdict, result.exit_code) == ("misuse", 2)
    assert said in str(result.message)


def test_a_suite_that_does_not_collect(tmp_path: Path) -> None:
    """Exit 4: the harness failed, not the target."""
    broken = tmp_path / "test_broken.py"
    broken.write_text("import nothing_of_this_name")
    with Liar() as liar:
        result = check.run(options(tmp_path, str(broken), liar.url))
    assert (result.verdict, result.exit_code) == ("harness_error", 4)
    assert "does not collect" in str(result.message)


def test_replay(tmp_path: Path, suite: str) -> None:
    """One case, whatever the number of workers."""
    with Liar() as liar:
        result = check.run(
            options(tmp_path, suite, liar.url, replay="gizwits.users.login::right_password", workers=2)
        )
    assert result.exit_code == 0
    assert result.vendors["gizwits"]["cases"]["passed"] == 1
