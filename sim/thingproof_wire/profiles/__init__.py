"""Device profiles: products without keys, as YAML, and the reader for anybody's product file."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from thingproof_wire.payloads.gizwits_product import Product, ProductError


def names() -> list[str]:
    """Names of the profiles that come with the package, sorted."""
    entries = (entry.name for entry in files(__package__).iterdir())
    return sorted(name.removesuffix(".yaml") for name in entries if name.endswith(".yaml"))


def load(name: str) -> dict[str, Any]:
    """The profile of that name as a product mapping.

    Raises:
        ProductError: there is none; the text lists those there are.
    """
    if name not in names():
        raise ProductError(f"there is no profile {name!r}; there are {', '.join(names())}")
    text = (files(__package__) / f"{name}.yaml").read_text(encoding="utf-8")
    return Product.from_mapping(yaml.safe_load(text)).to_mapping()


def read_product(path: str | Path) -> dict[str, Any]:
    """A product mapping from a YAML or JSON file: our own form, or an answer of GET /app/datapoint.

    Raises:
        ProductError: the file cannot be read or is no product; the text names file and field.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise ProductError(f"{path}: {problem.strerror or problem}") from None
    except UnicodeDecodeError:
        raise ProductError(f"{path}: is no UTF-8 text") from None
    try:
        data = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as problem:
        raise ProductError(f"{path}: cannot be read: {problem}") from None
    try:
        if isinstance(data, dict) and "entities" in data:
            return Product.from_definition(data).to_mapping()
        return Product.from_mapping(data).to_mapping()
    except ProductError as problem:
        raise ProductError(f"{path}: {problem}") from None
