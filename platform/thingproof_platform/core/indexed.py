"""Rows that are found by more than their key: one unique key and any number of groups, all in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from thingproof_platform.core.state import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from thingproof_platform.core.state import Table


class IndexedTable(Generic[Row]):
    """A table with look-ups that cost the same however many rows there are.

    Args:
        table: the rows; each has its key as `id`.
        unique: the key no two rows share, beside the id; None for no such key.
        groups: what rows are grouped by, by the name of the group.
        leaving: told of a row that is about to be deleted, while everything it names is still there.
    """

    def __init__(
        self,
        table: Table[Row],
        unique: Callable[[Row], Hashable] | None = None,
        groups: Mapping[str, Callable[[Row], Hashable]] | None = None,
        leaving: Callable[[Row], None] | None = None,
    ) -> None:
        self.table = table
        self._leaving = leaving
        self._unique = unique
        self._by = dict(groups or {})
        self._found: dict[Hashable, str] = {}
        self._grouped: dict[str, dict[Hashable, dict[str, Row]]] = {name: {} for name in self._by}

    def rebuild(self) -> None:
        """Make every look-up anew from the rows."""
        self._found.clear()
        for members in self._grouped.values():
            members.clear()
        for row in self.table:
            self._enter(row)

    def get(self, identifier: str) -> Row | None:
        """The row of an id."""
        return self.table.get(identifier)

    def find(self, key: Hashable) -> Row | None:
        """The row of a unique key."""
        identifier = self._found.get(key)
        return None if identifier is None else self.table.get(identifier)

    def of(self, group: str, key: Hashable) -> list[Row]:
        """The rows of a group that have this key, in the order they were put in."""
        return list(self._grouped[group].get(key, {}).values())

    def count(self, group: str, key: Hashable) -> int:
        """How many rows of a group have this key."""
        return len(self._grouped[group].get(key, ()))

    def add(self, row: Row) -> Row:
        """Put a new row in."""
        self._enter(row)
        return self.table.put(_id(row), row)

    def change(self, row: Row, **fields: Any) -> Row:
        """Give a row other values; look-ups follow."""
        self._leave(row)
        for name, value in fields.items():
            setattr(row, name, value)
        self._enter(row)
        return self.table.put(_id(row), row)

    def delete(self, row: Row) -> None:
        """Take a row out; harmless when it is not there."""
        if self._leaving is not None and _id(row) in self.table:
            self._leaving(row)
        self._leave(row)
        self.table.delete(_id(row))

    def __iter__(self) -> Iterator[Row]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)

    def _enter(self, row: Row) -> None:
        if self._unique is not None:
            self._found[self._unique(row)] = _id(row)
        for name, key_of in self._by.items():
            self._grouped[name].setdefault(key_of(row), {})[_id(row)] = row

    def _leave(self, row: Row) -> None:
        if self._unique is not None and self._found.get(self._unique(row)) == _id(row):
            del self._found[self._unique(row)]
        for name, key_of in self._by.items():
            key = key_of(row)
            members = self._grouped[name].get(key)
            if members is not None:
                members.pop(_id(row), None)
                if not members:
                    del self._grouped[name][key]


def _id(row: Any) -> str:
    return str(row.id)
