"""State: changes for the journal, and a world that comes back from them."""

from __future__ import annotations

from thingproof_platform.core.model import TABLES, Account, Record
from thingproof_platform.core.state import State
from thingproof_platform.tests.builders import PASSWORD, START, Cloud


def test_drain_tells_the_newest_content_of_each_row_once() -> None:
    """Two puts of one row make one change with the last content."""
    state = State(TABLES)
    accounts = state.table("accounts", Account)
    row = accounts.put("u", Account("u", "app", 1.0))
    row.username = "ann"
    accounts.put("u", row)
    state.append("records", "1", Record(1, "t", "uplink", 1.0))
    changes = state.drain()
    assert [(change.kind, change.table, change.key) for change in changes] == [
        ("put", "accounts", "u"),
        ("append", "records", "1"),
    ]
    other = State(TABLES)
    other.load(changes)
    assert other.get("accounts", "u") == row
    assert state.drain() == []


def test_delete_is_a_change_and_can_be_loaded() -> None:
    """A deleted row is gone after loading as well."""
    state, other = State(TABLES), State(TABLES)
    state.put("accounts", "u", Account("u", "app", 1.0))
    other.load(state.drain())
    state.delete("accounts", "u")
    state.delete("accounts", "unknown")
    changes = state.drain()
    assert [change.kind for change in changes] == ["delete"]
    other.load(changes)
    assert other.get("accounts", "u") is None


def test_without_journal_nothing_is_noted() -> None:
    """A platform without data directory collects no changes."""
    state = State(TABLES, journal=False)
    state.put("accounts", "u", Account("u", "app", 1.0))
    assert state.drain() == []
    assert len(state.snapshot()) == 1


def test_load_ignores_tables_of_other_versions() -> None:
    """An unknown table in a journal is no reason to refuse to start."""
    state, other = State({**TABLES, "new": Account}), State(TABLES)
    state.put("new", "u", Account("u", "app", 1.0))
    other.load(state.drain())
    assert other.snapshot() == []


def test_everything_works_after_a_restart() -> None:
    """Users log in, bindings, values and logs are back, indexes included."""
    cloud = Cloud()
    cloud.online()
    cloud.bind(remark="kitchen")
    cloud.report()
    before = cloud.log().body
    cloud.restart()
    assert cloud.call("users.login", {"username": "ann", "password": PASSWORD}).status == 200
    assert cloud.call("bindings.list").body["devices"][0]["remark"] == "kitchen"
    assert cloud.call("devdata.latest").body["attr"]["set_temp"] == 16
    assert cloud.log().body == before


def test_a_restart_with_the_same_seed_draws_new_identifiers() -> None:
    """The random source starts over, the identifiers do not repeat."""
    cloud = Cloud()
    cloud.user("bob")
    rows = set(cloud.world.accounts.accounts.rows)
    cloud.restart()
    cloud.user("eve")
    assert len(set(cloud.world.accounts.accounts.rows) - rows) == 1


def test_connected_devices_are_leaving_after_a_restart() -> None:
    """A device that does not come back goes offline after the grace time."""
    cloud = Cloud()
    cloud.online()
    cloud.bind()
    cloud.restart()
    assert cloud.call("devices.get").body["is_online"] is True
    cloud.world.clock.advance(6)
    assert cloud.call("devices.get").body["is_online"] is False
    assert cloud.log("online").body["objects"][0]["type"] == "dev_offline"


def test_a_repeated_report_is_known_after_a_restart() -> None:
    """What was stored before a crash and is sent again is stored once."""
    cloud = Cloud()
    cloud.online()
    cloud.bind()
    cloud.report(sequence=5)
    cloud.report(packet_id=9)
    cloud.restart()
    cloud.online()
    assert cloud.report(sequence=5)
    assert cloud.report(packet_id=9, duplicate=True)
    assert cloud.log().body["meta"]["total"] == 2
    assert cloud.world.counters["duplicates"] == 2


def test_reset_empties_everything() -> None:
    """Rows, faults, outbox and clock are as at the start; the journal gets the deletions."""
    cloud = Cloud()
    cloud.online()
    cloud.report()
    cloud.world.state.drain()
    cloud.world.faults.enable("no_push")
    cloud.world.clock.advance(1000)
    cloud.world.reset()
    assert {change.kind for change in cloud.world.state.drain()} == {"delete"}
    assert cloud.world.state.snapshot() == []
    assert cloud.world.faults.active == {}
    assert cloud.world.clock.now() == START
    assert cloud.call("system.status").body["error_code"] == 9003


def test_old_records_are_forgotten() -> None:
    """After more than the kept days the log is empty in state, too."""
    cloud = Cloud()
    cloud.online()
    cloud.report()
    cloud.world.clock.advance(10 * 86400)
    assert len(cloud.world.records) == 0
