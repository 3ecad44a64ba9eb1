"""The embedded reference platform: one core, seen through each vendor's interface."""
