"""One case on its way to a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from thingproof_conformance.verdicts import Finding, Verdict

if TYPE_CHECKING:
    from thingproof_conformance.cases import Declaration, Evidence


@dataclass(slots=True)
class CaseState:
    """One case on its way to a verdict."""

    id: str
    node: str
    declaration: Declaration
    evidence: Evidence
    title: str
    verdict: Verdict = Verdict.PASSED
    reason: str | None = None
    finding: Finding | None = None
    harness: bool = False
    core: bool = True
    began: float = 0.0
