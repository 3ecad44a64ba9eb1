"""Look-ups follow every change of the rows."""

from __future__ import annotations

import msgspec
import pytest

from thingproof_platform.core.indexed import IndexedTable
from thingproof_platform.core.state import State, Table


class Book(msgspec.Struct):
    """A row."""

    id: str
    shelf: str
    title: str


@pytest.fixture
def state() -> State:
    """A state with one table."""
    return State({"books": Book})


def _indexed(table: Table[Book]) -> IndexedTable[Book]:
    return IndexedTable(table, lambda row: (row.shelf, row.title), {"shelf": lambda row: row.shelf})


def test_found_by_id_key_and_group(state: State) -> None:
    """In the order they came; what is not there is not found."""
    books = _indexed(state.table("books", Book))
    first, second, third = (books.add(Book(*row)) for row in ("1ax", "2ay", "3bx"))
    assert books.get("1") is first
    assert books.find(("a", "y")) is second
    assert books.of("shelf", "a") == [first, second]
    assert (books.count("shelf", "a"), books.count("shelf", "c")) == (2, 0)
    assert (books.find(("c", "x")), books.get("9"), books.of("shelf", "c")) == (None, None, [])
    assert (list(books), len(books)) == ([first, second, third], 3)


def test_changes_and_deletions(state: State) -> None:
    """The old places are empty, the journal has the change."""
    books = _indexed(state.table("books", Book))
    first, second = books.add(Book("1", "a", "x")), books.add(Book("2", "a", "y"))
    state.drain()
    books.change(first, shelf="b", title="z")
    assert (books.find(("a", "x")), books.find(("b", "z"))) == (None, first)
    assert (books.of("shelf", "a"), books.of("shelf", "b")) == ([second], [first])
    books.delete(second)
    books.delete(second)
    assert (books.find(("a", "y")), books.of("shelf", "a"), len(books)) == (None, [], 1)
    assert [(change.kind, change.key) for change in state.drain()] == [("put", "1"), ("delete", "2")]


def test_a_key_used_twice_stays_with_the_last(state: State) -> None:
    """Taking the first away leaves the second findable."""
    books = _indexed(state.table("books", Book))
    first, second = books.add(Book("1", "a", "x")), books.add(Book("2", "a", "x"))
    books.delete(first)
    assert books.find(("a", "x")) is second


def test_made_anew_from_the_rows(state: State) -> None:
    """After the journal is loaded; nothing of before is left."""
    books = _indexed(state.table("books", Book))
    books.add(Book("1", "a", "x"))
    changes = state.snapshot()
    books.add(Book("2", "b", "y"))
    state.clear()
    state.load(changes)
    books.rebuild()
    assert books.find(("b", "y")) is None
    assert [row.id for row in books.of("shelf", "a")] == ["1"]
