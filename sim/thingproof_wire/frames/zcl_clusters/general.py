"""General clusters: what a device is, how it is powered, groups and scenes, on/off and level.

Source: ZCL revision 8 (07-5123-08), chapter 3.
"""

from __future__ import annotations

from thingproof_wire.frames.zcl_clusters.cluster import Attribute, cluster
from thingproof_wire.frames.zigbee_fields import Bits, Fields, Listing, Number, Prefixed, Trailing, When
from thingproof_wire.frames.zigbee_records import Row

_GROUP, _SCENE, _STATUS = Number("group", 2), Number("scene", 1), Number("status", 1)
_OPTIONS = Trailing((Number("options_mask", 1), Number("options_override", 1)))
"""Appended in revision 6; older devices leave them out."""

BASIC = cluster(
    0x0000,
    "basic",
    "3.2",
    (
        Attribute(0x0000, "zcl_version", "uint8"),
        Attribute(0x0001, "application_version", "uint8"),
        Attribute(0x0002, "stack_version", "uint8"),
        Attribute(0x0003, "hardware_version", "uint8"),
        Attribute(0x0004, "manufacturer_name", "string"),
        Attribute(0x0005, "model_identifier", "string"),
        Attribute(0x0006, "date_code", "string"),
        Attribute(0x0007, "power_source", "enum8"),
        Attribute(0x0010, "location_description", "string", "RW"),
        Attribute(0x0011, "physical_environment", "enum8", "RW"),
        Attribute(0x0012, "device_enabled", "bool", "RW"),
        Attribute(0x4000, "software_build", "string"),
    ),
    received=(Row("reset_to_factory_defaults", 0x00, (), "3.2.2.3.1"),),
)

POWER_CONFIGURATION = cluster(
    0x0001,
    "power_configuration",
    "3.3",
    (
        Attribute(0x0000, "mains_voltage", "uint16", "R", 0.1, "V"),
        Attribute(0x0001, "mains_frequency", "uint8", "R", 0.5, "Hz"),
        Attribute(0x0020, "battery_voltage", "uint8", "R", 0.1, "V"),
        Attribute(0x0021, "battery_percentage", "uint8", "RP", 0.5, "%"),
        Attribute(0x0031, "battery_size", "enum8", "RW"),
        Attribute(0x0033, "battery_quantity", "uint8", "RW"),
        Attribute(0x0034, "battery_rated_voltage", "uint8", "RW", 0.1, "V"),
        Attribute(0x0035, "battery_alarm_mask", "map8", "RW"),
        Attribute(0x003E, "battery_alarm_state", "map32", "RP"),
    ),
)

IDENTIFY = cluster(
    0x0003,
    "identify",
    "3.5",
    (Attribute(0x0000, "identify_time", "uint16", "RW", 1, "s"),),
    received=(
        Row("identify", 0x00, (Number("time", 2),), "3.5.2.3.1"),
        Row("identify_query", 0x01, (), "3.5.2.3.2"),
        Row("trigger_effect", 0x40, (Number("effect", 1), Number("variant", 1)), "3.5.2.3.3"),
    ),
    generated=(Row("identify_query_response", 0x00, (Number("timeout", 2),), "3.5.2.4.1"),),
)

GROUPS = cluster(
    0x0004,
    "groups",
    "3.6",
    (Attribute(0x0000, "name_support", "map8"),),
    received=(
        Row("add_group", 0x00, (_GROUP, Prefixed("name")), "3.6.2.3.2"),
        Row("view_group", 0x01, (_GROUP,), "3.6.2.3.3"),
        Row("get_group_membership", 0x02, (Listing("groups", (_GROUP,)),), "3.6.2.3.4"),
        Row("remove_group", 0x03, (_GROUP,), "3.6.2.3.5"),
        Row("remove_all_groups", 0x04, (), "3.6.2.3.6"),
        Row("add_group_if_identifying", 0x05, (_GROUP, Prefixed("name")), "3.6.2.3.7"),
    ),
    generated=(
        Row("add_group_response", 0x00, (_STATUS, _GROUP), "3.6.2.4.1"),
        Row("view_group_response", 0x01, (_STATUS, _GROUP, Prefixed("name")), "3.6.2.4.2"),
        Row(
            "get_group_membership_response",
            0x02,
            (Number("capacity", 1), Listing("groups", (_GROUP,))),
            "3.6.2.4.3",
        ),
        Row("remove_group_response", 0x03, (_STATUS, _GROUP), "3.6.2.4.4"),
    ),
)

_SCENE_ANSWER: Fields = (_STATUS, _GROUP, _SCENE)
_EXTENSIONS = Listing("extensions", (Number("cluster", 2), Prefixed("values")), 0)
"""Values of each cluster's attributes in the scene, in the order of the cluster's table."""
_SCENE_TABLE: Fields = (Number("transition", 2), Prefixed("name"), _EXTENSIONS)

SCENES = cluster(
    0x0005,
    "scenes",
    "3.7",
    (
        Attribute(0x0000, "scene_count", "uint8"),
        Attribute(0x0001, "current_scene", "uint8"),
        Attribute(0x0002, "current_group", "uint16"),
        Attribute(0x0003, "scene_valid", "bool"),
        Attribute(0x0004, "name_support", "map8"),
        Attribute(0x0005, "last_configured_by", "EUI64"),
    ),
    received=(
        Row("add_scene", 0x00, (_GROUP, _SCENE, *_SCENE_TABLE), "3.7.2.4.2"),
        Row("view_scene", 0x01, (_GROUP, _SCENE), "3.7.2.4.3"),
        Row("remove_scene", 0x02, (_GROUP, _SCENE), "3.7.2.4.4"),
        Row("remove_all_scenes", 0x03, (_GROUP,), "3.7.2.4.5"),
        Row("store_scene", 0x04, (_GROUP, _SCENE), "3.7.2.4.6"),
        Row("recall_scene", 0x05, (_GROUP, _SCENE, Trailing((Number("transition", 2),))), "3.7.2.4.7"),
        Row("get_scene_membership", 0x06, (_GROUP,), "3.7.2.4.8"),
    ),
    generated=(
        Row("add_scene_response", 0x00, _SCENE_ANSWER, "3.7.2.5.1"),
        Row("view_scene_response", 0x01, (*_SCENE_ANSWER, When("status", (0,), _SCENE_TABLE)), "3.7.2.5.2"),
        Row("remove_scene_response", 0x02, _SCENE_ANSWER, "3.7.2.5.3"),
        Row("remove_all_scenes_response", 0x03, (_STATUS, _GROUP), "3.7.2.5.4"),
        Row("store_scene_response", 0x04, _SCENE_ANSWER, "3.7.2.5.5"),
        Row(
            "get_scene_membership_response",
            0x06,
            (_STATUS, Number("capacity", 1), _GROUP, When("status", (0,), (Listing("scenes", (_SCENE,)),))),
            "3.7.2.5.6",
        ),
    ),
)

ON_OFF = cluster(
    0x0006,
    "on_off",
    "3.8",
    (
        Attribute(0x0000, "on_off", "bool", "RPS"),
        Attribute(0x4000, "global_scene_control", "bool"),
        Attribute(0x4001, "on_time", "uint16", "RW", 0.1, "s"),
        Attribute(0x4002, "off_wait_time", "uint16", "RW", 0.1, "s"),
        Attribute(0x4003, "start_up_on_off", "enum8", "RW"),
    ),
    received=(
        Row("off", 0x00, (), "3.8.2.3.1"),
        Row("on", 0x01, (), "3.8.2.3.2"),
        Row("toggle", 0x02, (), "3.8.2.3.3"),
        Row("off_with_effect", 0x40, (Number("effect", 1), Number("variant", 1)), "3.8.2.3.4"),
        Row("on_with_recall_global_scene", 0x41, (), "3.8.2.3.5"),
        Row(
            "on_with_timed_off",
            0x42,
            (Bits(1, (("only_when_on", 0, 1),)), Number("on_time", 2), Number("off_wait_time", 2)),
            "3.8.2.3.6",
        ),
    ),
)

_MOVE_TO_LEVEL: Fields = (Number("level", 1), Number("transition", 2), _OPTIONS)
_MOVE: Fields = (Number("mode", 1), Number("rate", 1), _OPTIONS)
_STEP: Fields = (Number("mode", 1), Number("step", 1), Number("transition", 2), _OPTIONS)

LEVEL = cluster(
    0x0008,
    "level",
    "3.10",
    (
        Attribute(0x0000, "current_level", "uint8", "RPS"),
        Attribute(0x0001, "remaining_time", "uint16", "R", 0.1, "s"),
        Attribute(0x0002, "minimum_level", "uint8"),
        Attribute(0x0003, "maximum_level", "uint8"),
        Attribute(0x000F, "options", "map8", "RW"),
        Attribute(0x0010, "on_off_transition_time", "uint16", "RW", 0.1, "s"),
        Attribute(0x0011, "on_level", "uint8", "RW"),
        Attribute(0x0012, "on_transition_time", "uint16", "RW", 0.1, "s"),
        Attribute(0x0013, "off_transition_time", "uint16", "RW", 0.1, "s"),
        Attribute(0x0014, "default_move_rate", "uint8", "RW"),
        Attribute(0x4000, "start_up_level", "uint8", "RW"),
    ),
    received=(
        Row("move_to_level", 0x00, _MOVE_TO_LEVEL, "3.10.2.4.1"),
        Row("move", 0x01, _MOVE, "3.10.2.4.2"),
        Row("step", 0x02, _STEP, "3.10.2.4.3"),
        Row("stop", 0x03, (_OPTIONS,), "3.10.2.4.4"),
        Row("move_to_level_with_on_off", 0x04, _MOVE_TO_LEVEL, "3.10.2.4.5"),
        Row("move_with_on_off", 0x05, _MOVE, "3.10.2.4.5"),
        Row("step_with_on_off", 0x06, _STEP, "3.10.2.4.5"),
        Row("stop_with_on_off", 0x07, (_OPTIONS,), "3.10.2.4.5"),
    ),
)

CLUSTERS = (BASIC, POWER_CONFIGURATION, IDENTIFY, GROUPS, SCENES, ON_OFF, LEVEL)
