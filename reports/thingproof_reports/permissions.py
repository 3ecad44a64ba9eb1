"""The permission matrix of a vendor: who may do what with whose things, as the cases of a run saw it.

A case judges one cell when its row carries ``permission``: role, method, scope and subject.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from thingproof_reports.verdicts import worst

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thingproof_reports.reading import Case

ROLES = ("none", "invalid", "owner", "member", "stranger", "normal", "service", "manager", "admin")
"""Roles in the order of the columns, the least trusted first; others follow in the order of their cases."""
SCOPES = ("own", "foreign", "public")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NAMES = {"none": "no token", "invalid": "bad token"}
"""What a column is called where the role's own name says too little."""


@dataclass(frozen=True, slots=True)
class PermissionCell:
    """Cases of one role, method, subject and scope, by verdict."""

    counts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All cases of the cell."""
        return sum(self.counts.values())

    @property
    def worst(self) -> str:
        """The worst verdict, empty without cases."""
        return worst(self.counts)


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """What is done with whose things; one cell for each role of the matrix."""

    method: str
    subject: str
    scope: str
    cells: dict[str, PermissionCell]


@dataclass(frozen=True, slots=True)
class PermissionMatrix:
    """All rows, and the roles that are their columns. Empty without cases that judge cells."""

    roles: tuple[str, ...] = ()
    rows: tuple[PermissionRow, ...] = ()

    @property
    def cells(self) -> int:
        """How many cells have been judged."""
        return sum(bool(cell.total) for row in self.rows for cell in row.cells.values())

    def heading(self, role: str) -> str:
        """The name of a role's column."""
        return NAMES.get(role, role)


def permission_matrix(cases: Iterable[Case]) -> PermissionMatrix:
    """The matrix of a vendor's cases."""
    counted: dict[tuple[str, str, str], dict[str, Counter[str]]] = {}
    seen: dict[str, None] = {}
    for case in cases:
        cell = case.permission
        if cell is None:
            continue
        key = cell.get("method", ""), cell.get("subject", case.operation), cell.get("scope", "")
        role = cell.get("role", "")
        seen.setdefault(role)
        counted.setdefault(key, {}).setdefault(role, Counter())[case.verdict] += 1
    roles = tuple(sorted(seen, key=lambda role: _place(role, ROLES)))
    subjects = list(dict.fromkeys(subject for _, subject, _ in counted))
    order = sorted(
        counted,
        key=lambda key: (subjects.index(key[1]), _place(key[0], METHODS), _place(key[2], SCOPES)),
    )
    return PermissionMatrix(
        roles,
        tuple(
            PermissionRow(
                *key, {role: PermissionCell(dict(counted[key].get(role, Counter()))) for role in roles}
            )
            for key in order
        ),
    )


def _place(name: str, order: tuple[str, ...]) -> int:
    """Where a name stands in an order; unknown ones at the end."""
    return order.index(name) if name in order else len(order)
