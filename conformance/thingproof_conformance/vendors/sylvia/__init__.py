"""The Sylvia-IoT broker as suites use it."""

from thingproof_conformance.vendors.sylvia.refusing import REFUSALS
from thingproof_conformance.vendors.sylvia.subjects import (
    Application,
    Device,
    Estate,
    Network,
    Unit,
    User,
)
from thingproof_conformance.vendors.sylvia.target import SylviaTarget

__all__ = ["REFUSALS", "Application", "Device", "Estate", "Network", "SylviaTarget", "Unit", "User"]
