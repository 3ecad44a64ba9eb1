"""What the commands know of each vendor: one module a vendor, found by its name."""

from collections.abc import Iterable
from importlib import import_module

from thingproof_contracts import VENDORS
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.problems import known_vendor
from thingproof_scenarios.vendors.scenes import VendorScenes


def scenes(vendor: str) -> VendorScenes:
    """The row of a vendor: ``SCENES`` of ``vendors/<vendor>.py``."""
    row = import_module(f"{__name__}.{known_vendor(vendor)}").SCENES
    assert isinstance(row, VendorScenes)
    return row


def chosen(names: Iterable[str], offered: Iterable[str] = VENDORS) -> tuple[str, ...]:
    """The vendors somebody named, all that are offered when nobody named one, each once.

    Raises:
        Misuse: a name that is no vendor's.
    """
    return tuple(dict.fromkeys(known_vendor(name) for name in names)) or tuple(offered)


def player(fleet: str) -> str:
    """The vendor that the devices of a fleet speak to.

    Raises:
        Misuse: the fleet's file.
    """
    plan = read_fleet(fleet)
    return next(vendor for vendor in VENDORS if scenes(vendor).plays(plan))


__all__ = ["VendorScenes", "chosen", "player", "scenes"]
