"""Datapoints to bytes and back, one module a payload format."""
