"""The test control surface: clock, seeds, outbox, faults. Its own port, its own token; no cloud has it."""

from thingproof_platform.control.surface import ControlSurface

__all__ = ["ControlSurface"]
