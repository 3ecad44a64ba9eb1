"""Valid calls of the operations on the service itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia.standing import Standing
    from thingproof_conformance.vendors.sylvia.target import SylviaTarget


def get(_: SylviaTarget, _standing: Standing) -> Call:
    """Ask for name and version."""
    return Call("sylvia.version.get")
