"""The colour control cluster.

Source: ZCL revision 8 (07-5123-08), section 5.2. Hue, saturation and x, y are fractions of 254 and 65279, a
colour temperature is in mired (10^6 / kelvin).
"""

from __future__ import annotations

from thingproof_wire.frames.zcl_clusters.cluster import Attribute, cluster
from thingproof_wire.frames.zigbee_fields import Fields, Number, Trailing
from thingproof_wire.frames.zigbee_records import Row

_OPTIONS = Trailing((Number("options_mask", 1), Number("options_override", 1)))
_TRANSITION = Number("transition", 2)
_LIMITS = (Number("minimum", 2), Number("maximum", 2))


def _move(size: int) -> Fields:
    return (Number("mode", 1), Number("rate", size), _OPTIONS)


def _step(size: int) -> Fields:
    # Steps of hue and saturation have a transition of one byte.
    return (Number("mode", 1), Number("step", size), Number("transition", size), _OPTIONS)


COLOUR_CONTROL = cluster(
    0x0300,
    "colour_control",
    "5.2",
    (
        Attribute(0x0000, "current_hue", "uint8", "RP"),
        Attribute(0x0001, "current_saturation", "uint8", "RPS"),
        Attribute(0x0002, "remaining_time", "uint16", "R", 0.1, "s"),
        Attribute(0x0003, "current_x", "uint16", "RPS"),
        Attribute(0x0004, "current_y", "uint16", "RPS"),
        Attribute(0x0007, "colour_temperature", "uint16", "RPS", 1, "mired"),
        Attribute(0x0008, "colour_mode", "enum8"),
        Attribute(0x000F, "options", "map8", "RW"),
        Attribute(0x4000, "enhanced_current_hue", "uint16", "RS"),
        Attribute(0x4001, "enhanced_colour_mode", "enum8"),
        Attribute(0x4002, "loop_active", "uint8", "RS"),
        Attribute(0x4003, "loop_direction", "uint8", "RS"),
        Attribute(0x4004, "loop_time", "uint16", "RS", 1, "s"),
        Attribute(0x400A, "colour_capabilities", "map16"),
        Attribute(0x400B, "colour_temperature_minimum", "uint16", "R", 1, "mired"),
        Attribute(0x400C, "colour_temperature_maximum", "uint16", "R", 1, "mired"),
        Attribute(0x4010, "start_up_colour_temperature", "uint16", "RW", 1, "mired"),
    ),
    received=(
        Row(
            "move_to_hue",
            0x00,
            (Number("hue", 1), Number("direction", 1), _TRANSITION, _OPTIONS),
            "5.2.2.3.4",
        ),
        Row("move_hue", 0x01, _move(1), "5.2.2.3.5"),
        Row("step_hue", 0x02, _step(1), "5.2.2.3.6"),
        Row("move_to_saturation", 0x03, (Number("saturation", 1), _TRANSITION, _OPTIONS), "5.2.2.3.7"),
        Row("move_saturation", 0x04, _move(1), "5.2.2.3.8"),
        Row("step_saturation", 0x05, _step(1), "5.2.2.3.9"),
        Row(
            "move_to_hue_and_saturation",
            0x06,
            (Number("hue", 1), Number("saturation", 1), _TRANSITION, _OPTIONS),
            "5.2.2.3.10",
        ),
        Row("move_to_colour", 0x07, (Number("x", 2), Number("y", 2), _TRANSITION, _OPTIONS), "5.2.2.3.11"),
        Row(
            "move_colour",
            0x08,
            (Number("rate_x", 2, signed=True), Number("rate_y", 2, signed=True), _OPTIONS),
            "5.2.2.3.12",
        ),
        Row(
            "step_colour",
            0x09,
            (Number("step_x", 2, signed=True), Number("step_y", 2, signed=True), _TRANSITION, _OPTIONS),
            "5.2.2.3.13",
        ),
        Row(
            "move_to_colour_temperature",
            0x0A,
            (Number("colour_temperature", 2), _TRANSITION, _OPTIONS),
            "5.2.2.3.14",
        ),
        Row(
            "enhanced_move_to_hue",
            0x40,
            (Number("hue", 2), Number("direction", 1), _TRANSITION, _OPTIONS),
            "5.2.2.3.15",
        ),
        Row("enhanced_move_hue", 0x41, _move(2), "5.2.2.3.16"),
        Row("enhanced_step_hue", 0x42, _step(2), "5.2.2.3.17"),
        Row(
            "enhanced_move_to_hue_and_saturation",
            0x43,
            (Number("hue", 2), Number("saturation", 1), _TRANSITION, _OPTIONS),
            "5.2.2.3.18",
        ),
        Row(
            "colour_loop_set",
            0x44,
            (
                Number("update", 1),
                Number("action", 1),
                Number("direction", 1),
                Number("time", 2),
                Number("start_hue", 2),
                _OPTIONS,
            ),
            "5.2.2.3.19",
        ),
        Row("stop_move_step", 0x47, (_OPTIONS,), "5.2.2.3.20"),
        Row(
            "move_colour_temperature",
            0x4B,
            (Number("mode", 1), Number("rate", 2), *_LIMITS, _OPTIONS),
            "5.2.2.3.21",
        ),
        Row(
            "step_colour_temperature",
            0x4C,
            (Number("mode", 1), Number("step", 2), _TRANSITION, *_LIMITS, _OPTIONS),
            "5.2.2.3.22",
        ),
    ),
)

CLUSTERS = (COLOUR_CONTROL,)
