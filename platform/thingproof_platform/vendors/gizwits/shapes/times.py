"""Moments as texts: the document writes UTC in three ways (gizwits.contra.55)."""

from __future__ import annotations

from datetime import UTC, datetime


def with_z(at: float) -> str:
    """`2017-09-11T11:41:23Z`: messages, groups, scenes, sharing (gizwits.md:671)."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(at: float) -> str:
    """`2017-09-11T11:41:23`: both schedulers (gizwits.md:2992)."""
    return with_z(at).removesuffix("Z")


def with_microseconds(at: float) -> str:
    """`2017-09-11T11:41:23.123456`: updatedAt of a user (gizwits.md:380)."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
