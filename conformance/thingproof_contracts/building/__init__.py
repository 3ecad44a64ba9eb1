"""From the YAML sources to what runs: the cached contract.json and the generated request models."""

from thingproof_contracts.building.files import build, drift

__all__ = ["build", "drift"]
