"""What a vendor's refusals look like, as data: negatives.py expects them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a vendor's refusals look like, by what was spoilt."""

    tokens: Mapping[str, str]
    """Security name -> header that carries the token."""
    application: str
    """Header that names the application."""
    missing: Mapping[str, tuple[int, ...]]
    """Parameter -> codes when it is absent; `*` for any other."""
    wrong_type: Mapping[str, tuple[int, ...]]
    garbage_token: tuple[int, ...]
    foreign_token: tuple[int, ...]
    expired_token: tuple[int, ...]
    garbage_application: tuple[int, ...]
    unknown: Mapping[str, tuple[int, ...]]
    """Parameter that names something -> codes when there is no such thing."""
    malformed: tuple[int, ...]
