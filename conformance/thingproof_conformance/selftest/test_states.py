"""State cases cover every transition of a table, each on its shortest way."""

from __future__ import annotations

from itertools import pairwise

import pytest

from thingproof_conformance.states import transitions, walks


def events(machine: str, start: str | None = None) -> list[list[str]]:
    return [[step.event for step in walk] for walk in walks("gizwits", machine, start=start)]


def test_each_transition_has_one_walk() -> None:
    """From offline every row of the connection table is reached."""
    found = walks("gizwits", "device_connection", start="offline")
    assert [walk[-1] for walk in found] == transitions("gizwits", "device_connection")
    assert events("device_connection", "offline") == [
        ["login"],
        ["login", "connection lost"],
        ["login", "connection lost", "login"],
        ["login", "connection lost", "offline process completes"],
        ["login", "login (takeover)"],
    ]
    assert found[2][-1].row["record"] == "dev_re_online"


def test_walks_are_connected() -> None:
    """Each step begins where the one before it ended."""
    for machine in ("device_connection", "sms_code", "user_token", "sharing_status", "message_status"):
        start = "offline" if machine == "device_connection" else None
        for walk in walks("gizwits", machine, start=start):
            assert walk[0].source == start
            for before, after in pairwise(walk):
                assert before.target == after.source


def test_a_refused_event_leaves_the_state() -> None:
    """`refused 9010` is a transition to the same state with a code."""
    refused = {
        step.event: (step.source, step.target, step.refusal) for step in transitions("gizwits", "sms_code")
    }
    assert refused["used again"] == ("consumed", "consumed", 9010)
    assert refused["wrong code tried"] == ("sent", "sent", 9010)
    assert refused["24 h pass"] == ("sent", "expired", None)


def test_ids_are_unique_and_stable() -> None:
    """A case id stays what it is."""
    ids = [walk[-1].id for walk in walks("gizwits", "sms_code")]
    assert len(ids) == len(set(ids))
    assert ids[0] == "none-post-sms-code-phone-or-right-captcha"


def test_an_unknown_table_is_told() -> None:
    """The message names the tables there are."""
    with pytest.raises(ValueError, match="choose one of binding_role"):
        walks("gizwits", "nothing")
