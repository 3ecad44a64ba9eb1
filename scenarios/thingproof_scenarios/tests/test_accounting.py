"""The balance between what was sent and what was kept."""

from thingproof_scenarios.accounting import Sent, balance


def test_everything_kept_once_is_balanced() -> None:
    """A report that was sent but not acknowledged may or may not be kept."""
    account = balance(
        [
            (Sent(("a", "b", "c"), ("a", "b")), ["a", "b", "c"]),
            (Sent(("a", "b"), ("a",), {"radio": 1}), ["a"]),
        ]
    )
    assert account.balanced
    assert (account.devices, account.sent, account.acknowledged, account.stored) == (2, 4, 3, 4)
    assert account.lost == {"radio": 1}


def test_what_was_never_sent_is_waiting() -> None:
    """Neither sent nor lost; if the cloud has it all the same it was sent."""
    account = balance([(Sent(("a", "b"), ("a",), waiting=1), ["a"])])
    assert (account.sent, account.waiting) == (1, 1)
    assert account.balanced


def test_an_acknowledged_report_that_is_gone_is_missing() -> None:
    """Missing is counted per device: another device's equal frame does not make up for it."""
    account = balance([(Sent(("a",), ("a",)), []), (Sent(("a",), ("a",)), ["a"])])
    assert account.missing == 1
    assert not account.balanced


def test_a_report_kept_twice_is_duplicated() -> None:
    """Two equal reports kept twice are right, kept three times are not."""
    assert balance([(Sent(("a", "a"), ("a", "a")), ["a", "a"])]).balanced
    account = balance([(Sent(("a", "a"), ("a", "a")), ["a", "a", "a"])])
    assert account.duplicated == 1
    assert not account.balanced


def test_without_numbers_a_repetition_is_allowed() -> None:
    """QoS 1 promises at least once; what was never sent stays a finding."""
    account = balance([(Sent(("a",), ("a",), numbered=False), ["a", "a"])])
    assert account.balanced
    assert (account.duplicated, account.repeated) == (0, 1)
    assert not balance([(Sent(("a",), ("a",), numbered=False), ["a", "z"])]).balanced


def test_a_report_nobody_sent_is_unknown() -> None:
    """A frame the device does not know of is a finding of its own."""
    account = balance([(Sent(("a",), ("a",)), ["a", "z"])])
    assert (account.unknown, account.duplicated) == (1, 0)
    assert "1 never sent" in account.summary()
