"""Fleets, load, demo mode and the command line."""
