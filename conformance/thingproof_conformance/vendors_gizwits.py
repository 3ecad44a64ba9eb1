"""The Gizwits target under the name suites import it by."""

from thingproof_conformance.vendors.gizwits import Application, Device, GizwitsTarget, Product, User

__all__ = ["Application", "Device", "GizwitsTarget", "Product", "User"]
