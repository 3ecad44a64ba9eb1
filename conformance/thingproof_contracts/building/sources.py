"""The YAML sources of one vendor, read and with their references resolved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[1]
SOURCES: Final = ("openapi.yaml", "asyncapi.yaml", "register.yaml")
_SEED: Final = re.compile(r"^[a-z_]+\.md:(\d+)(?:-(\d+))?$")
_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")


class SourceError(ValueError):
    """A source that cannot be built from; the message names file, place and remedy."""


def read(vendor: str, name: str) -> dict[str, Any]:
    """One source file as a mapping."""
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


def resolve(document: dict[str, Any], node: Any) -> Any:
    """The node with every `$ref` into the same document replaced by what it names."""
    if isinstance(node, list):
        return [resolve(document, each) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {name: resolve(document, each) for name, each in node.items()}
    reference = node["$ref"]
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        if not isinstance(found, dict) or step not in found:
            raise SourceError(f"$ref {reference!r} leads nowhere")
        found = found[step]
    return resolve(document, found)


def described_operations(openapi: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(path, METHOD, operation object) of every operation of an OpenAPI document."""
    return [
        (path, method.upper(), resolve(openapi, entry))
        for path, item in openapi["paths"].items()
        for method, entry in item.items()
        if method in _METHODS
    ]
