"""What a vendor's refusals look like, as data: negatives.py expects them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thingproof_contracts import Code, Operation

    Codes = tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a vendor's refusals look like, by what was spoilt."""

    tokens: Mapping[str, str]
    """Security name -> header that carries the token."""
    personal: str
    """Security name of the token that belongs to a person: it may be somebody else's, and it expires."""
    missing: Mapping[str, Codes]
    """Parameter -> codes when it is absent; `*` for any other."""
    wrong_type: Mapping[str, Codes]
    garbage_token: Codes
    expired_token: Codes
    unknown: Mapping[str, Codes]
    """Parameter that names something -> codes when there is no such thing."""
    malformed: Codes
    rules: Callable[[Operation, str, str], tuple[str, ...]]
    """Operation, what was spoilt (missing, mistyped, unknown, token, malformed) and the name of the
    parameter -> ids of the rules that ask for the refusal."""
    application: str | None = None
    """Header that names the application, where calls are made for one."""
    garbage_application: Codes = ()
    foreign_token: Codes = ()
    """Empty where no token is foreign: every person may ask, and gets what is theirs."""
    contradictions: Mapping[str, str] = field(default_factory=dict)
    """Parameter whose absence the document reads in several ways -> the contradiction; the first of its
    codes is the decided one."""
    bodies: Mapping[str, bytes] = field(default_factory=dict)
    """Name -> a body that is malformed in the vendor's way."""
    media_types: tuple[str, ...] = ()
    """Media types that a JSON body is refused under."""
    tolerant: frozenset[str] = frozenset()
    """Operations that take an unknown id for done."""
