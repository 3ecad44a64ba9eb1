"""Measurements as ratios: ``thingproof bench`` prints all of them in one run."""
