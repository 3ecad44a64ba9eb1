"""Faults as people write them."""

import pytest

from thingproof_scenarios.defects import harness_fault
from thingproof_scenarios.problems import Misuse

CATALOGUE = [
    {"name": "drop_field", "parameters": {"operation": "str", "field": "str"}},
    {"name": "lose_report", "parameters": {}},
    {"name": "throttle", "parameters": {"operation": "str"}},
]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (
            "drop_field:gizwits.users.login:expire_at",
            "drop_field:operation=gizwits.users.login,field=expire_at",
        ),
        ("drop_field:operation=a.b:field=c", "drop_field:operation=a.b,field=c"),
        ("lose_report", "lose_report"),
        ("throttle", "throttle"),
    ],
)
def test_parameters_stand_in_the_catalogues_order(text: str, form: str) -> None:
    """Names may be left out; an operation may be missing where a fault works on all of them."""
    assert harness_fault(text, CATALOGUE) == form


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("drop_feild:a:b", "did you mean drop_field"),
        ("zzz", "drop_field, lose_report, throttle"),
        ("lose_report:much", "write lose_report"),
        ("drop_field:a", "lacks field"),
        ("drop_field:a:b:c", "write drop_field:OPERATION:FIELD"),
    ],
)
def test_what_the_platform_does_not_have_is_refused(text: str, message: str) -> None:
    """The message says what to write instead."""
    with pytest.raises(Misuse, match=message):
        harness_fault(text, CATALOGUE)
