"""Products whose frames are known from outside: every hex literal of the suite belongs to one of these.

The air conditioner is the product behind the frames of the document (gizwits.md:1433-1448) and its
latest values (gizwits.md:1123-1133). Pet house and pool meter are public Gizwits definitions with
published frames (Apollon77/node-ph803w). The rest are made to reach what those leave out.
"""

from __future__ import annotations

from typing import Any

Mapping = dict[str, Any]


def product(name: str, *points: Mapping, length: str = "fixed") -> Mapping:
    """A product mapping without keys; data points are numbered in order."""
    numbered = [{"id": number, **point} for number, point in enumerate(points)]
    return {"name": name, "length": length, "datapoints": numbered}


def point(name: str, kind: str, access: str = "writable", **more: Any) -> Mapping:
    """One data point."""
    return {"name": name, "display_name": name, "type": kind, "access": access, **more}


MODES = ["制冷", "制热", "除湿", "送风"]
SPEEDS = ["低风", "中风", "高风"]
AIR_CONDITIONER = product(
    "Air conditioner",
    point("switch", "bool"),
    point("fan_swing", "bool"),
    point("mode", "enum", values=MODES),
    point("fan_speed", "enum", values=SPEEDS),
    point("on_timing", "uint8"),
    point("off_timing", "uint8"),
    point("set_temp", "uint8"),
    point("room_temp", "uint8", "readonly", addition=-10, minimum=-10, maximum=245),
    point("alert_full", "bool", "alert"),
    point("alert_shutdown", "bool", "alert"),
    point("fault_roomtemp", "bool", "fault"),
)
"""The document's air conditioner: four bytes writable, one read only, one of alerts, one of faults."""

AIR_REPORT = "000000030b0000910400000010000000"
"""A report of the air conditioner (gizwits.md:1433)."""
AIR_VALUES: Mapping = {
    "alert_full": 0,
    "alert_shutdown": 0,
    "mode": "制冷",
    "fan_swing": 0,
    "switch": 0,
    "fan_speed": "低风",
    "fault_roomtemp": 0,
    "room_temp": -10,
    "set_temp": 16,
    "off_timing": 0,
    "on_timing": 0,
}
"""What that report means (gizwits.md:1123-1133)."""
AIR_SWITCHED_ON = "000000030b0000910401000010000000"
"""The same with the switch on (gizwits-docs enterprise_api.md)."""
RELIABLE_AIR_REPORT = "000000030f000093000000070400000010000000"
"""The report as a request of number 7, which wants an acknowledgement."""
ACKNOWLEDGED = "000000030700009400000007"
"""The acknowledgement of number 7."""
READ = "000000030400009002"
"""The read request of a client (gizwits.md:1448)."""

COLOURS = ["Custom", "Yellow", "Purple", "Pink"]
_PET_POINTS = (
    point("LED_OnOff", "bool"),
    point("LED_Color", "enum", values=COLOURS),
    point("LED_R", "uint8"),
    point("LED_G", "uint8"),
    point("LED_B", "uint8"),
    point("Motor_Speed", "uint8", addition=-5, minimum=-5, maximum=5),
    point("Infrared", "bool", "readonly"),
    point("Temperature", "uint8", "readonly", addition=-13, minimum=-13, maximum=187),
    point("Humidity", "uint8", "readonly", minimum=0, maximum=100),
    point("Alert_1", "bool", "alert"),
    point("Alert_2", "bool", "alert"),
    point("Fault_LED", "bool", "fault"),
    point("Fault_Motor", "bool", "fault"),
    point("Fault_TemHum", "bool", "fault"),
    point("Fault_IR", "bool", "fault"),
)
PET_HOUSE = product("Pet house", *_PET_POINTS)
"""The public GoKit definition, fixed length."""
PET_HOUSE_VARIABLE = product("Pet house", *_PET_POINTS, length="variable")
"""The same with variable length: only what changed is sent."""
PET_IDLE = "000000030e0000910400000000050000000000"
"""A report of the pet house: everything off, the motor at 0, -13 °C."""
PET_BUSY = "000000030e0000910405000000080126320208"
"""A report: purple light, motor 3, infrared seen, 25 °C, 50 %, Alert_2 and Fault_IR."""

BITS = product(
    "Bit group",
    *(point(f"b{number}", "bool") for number in range(13)),
    point("level", "enum", values=["low", "middle", "high"]),
)
"""Fifteen bits: a group of two bytes, sent big endian."""

POOL_METER = product(
    "Pool meter",
    point("alarm", "bool"),
    point("pH", "uint16", "readonly", ratio=0.01, minimum=0, maximum=14),
    point("redox", "uint16", "readonly", addition=-2000, minimum=-2000, maximum=2000),
    point("conductivity", "uint16", "readonly"),
    point("temperature", "uint16", "readonly", ratio=0.1),
)
"""Numbers of two bytes with ratio and addition."""
POOL_ANSWER = "000000030d000091030002dc089d00000000"
"""A frame captured from such a meter (node-ph803w PROTOCOL.md): pH 7.32, 205 mV."""

EXTENDED = product("Extended", point("binary", "binary", length=5), point("volume", "uint32"))
"""A data point of extended type, five bytes as in gizwits.md:1486, and a number of four."""

SPECIMEN = product(
    "Specimen",
    point("flag", "bool"),
    point("choice", "enum", values=["one", "two", "three"]),
    point("small", "uint8", minimum=10, maximum=60),
    point("scaled", "uint16", ratio=0.5, addition=-20, minimum=-20, maximum=480),
    point("large", "uint32"),
    point("text", "binary", length=4),
    point("sensor", "uint8", "readonly"),
    point("seen", "bool", "readonly"),
    point("alarm", "bool", "alert"),
    point("broken", "bool", "fault"),
)
"""One data point of every type and access."""

UNDEFINED = product("Undefined")
"""A product without data points: only raw bytes reach its devices."""
