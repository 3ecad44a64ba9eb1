"""State: named tables of structs in memory, with the list of changes the journal needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Row = TypeVar("Row", bound=msgspec.Struct)
Kind = Literal["put", "delete", "append"]


class Change(msgspec.Struct, frozen=True):
    """One row that changed. `body` is the row in MessagePack, empty for a deletion."""

    kind: Kind
    table: str
    key: str
    body: bytes = b""


class Table(Generic[Row]):
    """Rows of one type by key. Call `put` again after changing a row, otherwise the journal misses it."""

    def __init__(self, name: str, row_type: type[Row], *, journal: bool) -> None:
        self.name = name
        self.rows: dict[str, Row] = {}
        self.journal = journal
        self.changed: dict[str, Kind] = {}
        self._decoder = msgspec.msgpack.Decoder(row_type)

    def get(self, key: str) -> Row | None:
        """The row, None when there is none."""
        return self.rows.get(key)

    def put(self, key: str, row: Row) -> Row:
        """Store or replace a row."""
        self.rows[key] = row
        if self.journal:
            self.changed[key] = "put"
        return row

    def append(self, key: str, row: Row) -> Row:
        """Store a row that never changes again (logs)."""
        self.rows[key] = row
        if self.journal:
            self.changed[key] = "append"
        return row

    def delete(self, key: str) -> None:
        """Remove a row; harmless when it is not there."""
        if self.rows.pop(key, None) is not None and self.journal:
            self.changed[key] = "delete"

    def clear(self) -> None:
        """Remove every row."""
        for key in list(self.rows):
            self.delete(key)

    def apply(self, change: Change) -> None:
        """Take over one change of a journal without noting it again."""
        if change.kind == "delete":
            self.rows.pop(change.key, None)
        else:
            self.rows[change.key] = self._decoder.decode(change.body)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, key: object) -> bool:
        return key in self.rows


class State:
    """All tables of a world.

    Args:
        tables: name and row type of every table.
        journal: keep the list of changes; off when nothing is written to disk.
    """

    def __init__(self, tables: Mapping[str, type[msgspec.Struct]], *, journal: bool = True) -> None:
        self.tables: dict[str, Table[Any]] = {
            name: Table(name, row_type, journal=journal) for name, row_type in tables.items()
        }
        self._encoder = msgspec.msgpack.Encoder()

    def table(self, name: str, row_type: type[Row]) -> Table[Row]:  # noqa: ARG002 - the type is for the reader
        """The table of that name, typed."""
        return self.tables[name]

    def get(self, table: str, key: str) -> Any | None:
        """The row of a table, None when there is none."""
        return self.tables[table].get(key)

    def put(self, table: str, key: str, row: msgspec.Struct) -> None:
        """Store or replace a row."""
        self.tables[table].put(key, row)

    def append(self, table: str, key: str, row: msgspec.Struct) -> None:
        """Store a row that never changes again."""
        self.tables[table].append(key, row)

    def delete(self, table: str, key: str) -> None:
        """Remove a row."""
        self.tables[table].delete(key)

    def drain(self) -> list[Change]:
        """The changes since the last call, the newest content of each row once."""
        changes: list[Change] = []
        for table in self.tables.values():
            if table.changed:
                for key, kind in table.changed.items():
                    body = b"" if kind == "delete" else self._encoder.encode(table.rows[key])
                    changes.append(Change(kind, table.name, key, body))
                table.changed.clear()
        return changes

    def load(self, changes: Iterable[Change]) -> None:
        """Apply the changes of a journal, oldest first. Indexes are rebuilt by `World.restore`."""
        for change in changes:
            table = self.tables.get(change.table)
            if table is not None:
                table.apply(change)

    def snapshot(self) -> list[Change]:
        """Every row as one change: what a journal has to hold at least."""
        return [
            Change("put", table.name, key, self._encoder.encode(row))
            for table in self.tables.values()
            for key, row in table.rows.items()
        ]

    def clear(self) -> None:
        """Remove every row of every table."""
        for table in self.tables.values():
            table.clear()
