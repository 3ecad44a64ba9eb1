"""Valid calls of the operations on the system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.vendor_target import Call

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.standing import Standing
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


def status(_: GizwitsTarget, __: Standing) -> Call:
    """Ask for the version."""
    return Call("gizwits.system.status")


def errors(_: GizwitsTarget, __: Standing) -> Call:
    """Ask for the table of errors."""
    return Call("gizwits.system.errors")
