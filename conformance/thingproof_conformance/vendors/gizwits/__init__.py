"""The Gizwits Open API as suites use it."""

from thingproof_conformance.vendors.gizwits.refusing import REFUSALS
from thingproof_conformance.vendors.gizwits.subjects import Application, Device, Product, User
from thingproof_conformance.vendors.gizwits.target import GizwitsTarget

__all__ = ["REFUSALS", "Application", "Device", "GizwitsTarget", "Product", "User"]
