"""Frames, payloads and device profiles as bytes and data: no clock, no sockets."""

__version__ = "0.1.0"
