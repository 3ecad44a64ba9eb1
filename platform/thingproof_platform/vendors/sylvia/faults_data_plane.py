"""Defects of queues, routes and downlinks that can be switched on; joined by `faults.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.core.faults import rows

if TYPE_CHECKING:
    from thingproof_platform.core.faults import FaultDefinition

_ROUTES: Final = ("device_route", "network_route")
_BUFFER: Final = ("dldata_buffer",)

DATA_PLANE_FAULTS: Final[tuple[FaultDefinition, ...]] = (
    *rows(
        "shape",
        ("uplink_time_as_sent", "the time of an uplink is not converted to UTC"),
        ("uplink_case_kept", "the data of an uplink is not lower-cased"),
        ("public_flag_inverted", "isPublic is true for private networks and false for public ones"),
        ("profile_lost", "uplinks come without the profile of their device"),
        tags=_ROUTES,
    ),
    *rows(
        "shape",
        ("extension_lost", "the extension of an uplink or downlink is not passed on"),
        ("correlation_lost", "the response to a downlink does not say to which"),
        tags=_BUFFER,
    ),
    *rows(
        "event",
        ("device_routes_ignored", "routes of devices carry nothing"),
        ("network_routes_ignored", "routes of networks carry nothing"),
        ("copy_for_each_route", "an application with two routes gets an uplink twice"),
        ("one_data_id_for_all", "the copies of an uplink share one dataId"),
        ("uplinks_doubled", "uplinks are published twice"),
        tags=_ROUTES,
    ),
    *rows(
        "event",
        ("downlinks_not_sent", "downlinks are accepted and buffered, the network does not get them"),
        ("downlinks_unanswered", "downlinks get no response"),
        ("bad_downlinks_unanswered", "malformed downlinks get no response"),
        ("results_not_forwarded", "applications do not learn what became of their downlinks"),
        tags=_BUFFER,
    ),
    *rows(
        "event",
        ("networks_not_told", "networks are not told that devices came or went"),
        tags=("device",),
    ),
    *rows(
        "event",
        ("instances_not_told", "other instances of the broker are not told what changed"),
        tags=("unit", "application", "network", "device"),
    ),
    *rows(
        "event",
        ("queues_stay", "another hostUri does not move the queues"),
        ("queues_outlive_owner", "queues of what was deleted stay bound"),
        ("data_channel_silent", "nothing reaches the data channel"),
        tags=("application", "network"),
    ),
    *rows(
        "state",
        ("buffers_not_kept", "a downlink is not listed while it waits"),
        ("results_keep_buffer", "a final result leaves the downlink in the buffer"),
        ("progress_ends_buffer", "a result below 0 ends the downlink"),
        tags=_BUFFER,
    ),
    *rows(
        "time",
        ("expiry_in_milliseconds", "expiresIn of a downlink counts milliseconds"),
        tags=_BUFFER,
    ),
    *rows(
        "auth",
        ("downlink_to_any_unit", "an application may send to devices of other units"),
        ("public_network_by_code", "a public network can be named by its code"),
        tags=_BUFFER,
    ),
    *rows(
        "device",
        ("downlink_to_other_device", "a downlink reaches another device of the network"),
        tags=_BUFFER,
    ),
)
