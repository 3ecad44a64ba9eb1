"""What the harness knows of each vendor beside its contract: how to call it, and how it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendors import gizwits, sylvia

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_conformance.refusals import Refusals
    from thingproof_conformance.vendor_target import VendorTarget

TARGETS: Mapping[str, type[VendorTarget]] = {"gizwits": gizwits.GizwitsTarget, "sylvia": sylvia.SylviaTarget}
REFUSALS: Mapping[str, Refusals] = {"gizwits": gizwits.REFUSALS, "sylvia": sylvia.REFUSALS}
