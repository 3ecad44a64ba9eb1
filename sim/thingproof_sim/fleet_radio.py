"""The radio of a fleet's device: fields of `wifi` and `gsm`, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_sim.radio.gsm import TERRAINS, GsmPlan
from thingproof_sim.radio.wifi import WifiPlan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_sim.fleet_errors import Spot

SHORTEST_DROP_S: Final = 0.1

_WIFI_NUMBERS: Final = {
    "distance_m": (0.1, 500.0),
    "power_dbm": (-10.0, 30.0),
    "path_loss_exponent": (1.5, 6.0),
    "shadowing_db": (0.0, 20.0),
}
_WIFI_SPANS: Final = {"association": "association_s", "dhcp": "dhcp_s", "outage": "outage_s"}
_GSM_NUMBERS: Final = {
    "distance_km": (0.1, 35.0),
    "power_dbm": (20.0, 65.0),
    "indoor_loss_db": (0.0, 60.0),
    "shadowing_db": (0.0, 20.0),
    "drift_db": (0.0, 20.0),
    "refusal": (0.0, 1.0),
}
_GSM_SPANS: Final = {
    "registration": "registration_s",
    "attach": "attach_s",
    "pdp": "pdp_s",
    "access": "access_s",
    "outage": "outage_s",
}


def read_radio(members: Mapping[str, Spot]) -> dict[str, WifiPlan | GsmPlan]:
    """The radio among a device's fields, as field of its plan; empty when none is given.

    Raises:
        FleetError: names the field, its value and what is allowed.
    """
    if "wifi" in members and "gsm" in members:
        raise members["gsm"].fail("the device has wifi too; it has one radio, so leave one of them out")
    if "gsm" in members:
        return {"radio": _read_gsm(members["gsm"])}
    return {"radio": _read_wifi(members["wifi"])} if "wifi" in members else {}


def _read_wifi(spot: Spot) -> WifiPlan:
    """Where a device stands in a WiFi network."""
    members = spot.members([*_WIFI_NUMBERS, *_WIFI_SPANS, "drop_every"])
    return WifiPlan(**_read(members, _WIFI_NUMBERS, _WIFI_SPANS))


def _read_gsm(spot: Spot) -> GsmPlan:
    """Where a device stands in a mobile network."""
    members = spot.members([*_GSM_NUMBERS, *_GSM_SPANS, "terrain", "drift", "drop_every"])
    options = _read(members, _GSM_NUMBERS, _GSM_SPANS)
    if "terrain" in members:
        options["terrain"] = members["terrain"].one_of(TERRAINS)
    if "drift" in members:
        options["drift_s"] = members["drift"].seconds(1.0)
    return GsmPlan(**options)


def _read(
    members: Mapping[str, Spot], numbers: Mapping[str, tuple[float, float]], spans: Mapping[str, str]
) -> dict[str, Any]:
    options: dict[str, Any] = {
        name: members[name].number(*limits) for name, limits in numbers.items() if name in members
    }
    options |= {field: members[name].span() for name, field in spans.items() if name in members}
    if "drop_every" in members:
        options["drop_every_s"] = members["drop_every"].seconds(SHORTEST_DROP_S, never=True)
    return options


__all__ = ["read_radio"]
