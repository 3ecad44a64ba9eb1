"""From method and path to the operation they reach."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thingproof_contracts.contract import Operation

_SLOT = re.compile(r"^\{([^}]+)\}$")


class _Node:
    """One path segment: what may follow it and the operations that end here, by method."""

    __slots__ = ("ends", "literal", "slot")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.slot: _Node | None = None
        self.ends: dict[str, tuple[Operation, tuple[str, ...]]] = {}


class Router:
    """A tree of path segments; a literal segment wins over a parameter."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            self._add(operation.method, operation.path, operation)
            for alias in operation.aliases:
                self._add(alias.method, alias.path, operation)

    def match(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation and its path parameters (percent-decoded), or None."""
        for node, values in _walk(self._root, _segments(path)):
            found = node.ends.get(method)
            if found is not None:
                operation, names = found
                return operation, dict(zip(names, map(unquote, values), strict=True))
        return None

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods a path has; empty when the path is not documented at all."""
        found: dict[str, None] = {}
        for node, _ in _walk(self._root, _segments(path)):
            found.update(dict.fromkeys(node.ends))
        return tuple(sorted(found))

    def _add(self, method: str, path: str, operation: Operation) -> None:
        node, names = self._root, []
        for segment in _segments(path):
            slot = _SLOT.match(segment)
            if slot is None:
                node = node.literal.setdefault(segment, _Node())
                continue
            names.append(slot[1])
            if node.slot is None:
                node.slot = _Node()
            node = node.slot
        if method in node.ends:
            taken = node.ends[method][0].id
            raise ValueError(
                f"{operation.id}: {method} {path} already belongs to {taken}; give it another path"
            )
        node.ends[method] = (operation, tuple(names))


def _segments(path: str) -> list[str]:
    return path.split("/")[1:]


def _walk(root: _Node, segments: list[str]) -> list[tuple[_Node, tuple[str, ...]]]:
    """The nodes a path ends at, best first; an empty segment fills no parameter."""
    states: list[tuple[_Node, tuple[str, ...]]] = [(root, ())]
    for segment in segments:
        following: list[tuple[_Node, tuple[str, ...]]] = []
        for node, values in states:
            if segment in node.literal:
                following.append((node.literal[segment], values))
            if node.slot is not None and segment:
                following.append((node.slot, (*values, segment)))
        states = following
    return [state for state in states if state[0].ends]
