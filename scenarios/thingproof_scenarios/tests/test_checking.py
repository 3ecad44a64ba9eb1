"""How a check's result is told."""

from thingproof_conformance.check import CheckResult
from thingproof_conformance.verdicts import ExitCode, Overall
from thingproof_scenarios.checking import CheckOutcome

GIZWITS = {
    "operations": {"documented": 62, "covered": 61, "accepted": 60, "refused": 59},
    "events": {"documented": 39, "covered": 38},
    "rules": {"documented": 644, "covered": 640},
    "errors": {"documented": 69, "provokable": 53, "covered": 50},
    "cases": {"passed": 3, "failed": 1, "non_strict": 0},
}


def test_coverage_is_told_in_words() -> None:
    """Operations with what they were seen to do, errors against those one can provoke."""
    result = CheckResult(Overall.NOT_CONFORMANT, ExitCode.NOT_CONFORMANT, 1.0, {"gizwits": GIZWITS})
    assert CheckOutcome(result).rows() == [
        ("verdict", "not conformant"),
        ("cases", "3 passed, 1 failed"),
        (
            "gizwits",
            (
                "covered: 61 of 62 operations (accepting 60, refusing 59), 38 of 39 events, 640 of 644 "
                "rules, 50 of 53 provokable errors (69 documented)"
            ),
        ),
    ]
