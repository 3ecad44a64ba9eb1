"""The YAML sources of one vendor, read and with their references resolved."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[1]
SOURCES: Final = ("openapi.yaml", "asyncapi.yaml", "register.yaml")
_SEED: Final = re.compile(r"^[a-z_]+\.md:(\d+)(?:-(\d+))?$")
_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")


class SourceError(ValueError):
    """A source that cannot be built from; the message names file, place and remedy."""


def read(vendor: str, name: str) -> dict[str, Any]:
    """One source file as a mapping, its references as they are."""
    with (ROOT / vendor / name).open(encoding="utf-8") as file:
        content = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    if not isinstance(content, dict):
        raise SourceError(f"{vendor}/{name}: must be a mapping at the top")
    return content


def lines_of(place: str, reference: str) -> tuple[int, int]:
    """`gizwits.md:215-277` as (215, 277), `gizwits.md:249` as (249, 249)."""
    matched = _SEED.match(reference)
    if matched is None:
        raise SourceError(f"{place}: x-seed {reference!r} is no document:line; write e.g. gizwits.md:249")
    first = int(matched[1])
    return first, int(matched[2] or first)


class Sources:
    """The files of one vendor and the references between them.

    A reference is `#/place` within its own file or `file#/place`, the file relative to the one it stands in.
    """

    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
        self._files: dict[str, dict[str, Any]] = {}

    def file(self, name: str) -> dict[str, Any]:
        """A file of the vendor, read once."""
        if name not in self._files:
            self._files[name] = read(self.vendor, name)
        return self._files[name]

    def resolved(self, name: str) -> dict[str, Any]:
        """A file with every `$ref` replaced by what it names."""
        content: dict[str, Any] = self._resolve(name, self.file(name))
        return content

    def _resolve(self, name: str, node: Any) -> Any:
        if isinstance(node, list):
            return [self._resolve(name, each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" not in node:
            return {key: self._resolve(name, each) for key, each in node.items()}
        other, _, place = node["$ref"].partition("#/")
        target = _joined(name, other) if other else name
        found: Any = self.file(target)
        for step in place.split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or key not in found:
                raise SourceError(f"{self.vendor}/{name}: $ref {node['$ref']!r} leads nowhere")
            found = found[key]
        return self._resolve(target, found)


def _joined(name: str, other: str) -> str:
    """A file named relative to another one, as a path within the vendor's folder."""
    parts: list[str] = []
    for part in (PurePosixPath(name).parent / other).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def described_operations(openapi: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(path, METHOD, operation object) of every operation of a resolved OpenAPI document."""
    return [
        (path, method.upper(), entry)
        for path, item in openapi["paths"].items()
        for method, entry in item.items()
        if method in _METHODS
    ]
