"""Clusters that measure: illuminance, temperature, humidity, occupancy, electricity, and alarms of a zone.

Source: ZCL revision 8 (07-5123-08), chapters 4 (measurement and sensing), 8.2 (IAS zone) and 10.4 (metering).
"""

from __future__ import annotations

from thingproof_wire.frames.zcl_clusters.cluster import Attribute, Cluster, cluster
from thingproof_wire.frames.zigbee_fields import Bits, Number
from thingproof_wire.frames.zigbee_records import Row


def _measured(number: int, name: str, section: str, kind: str, *, step: float, unit: str) -> Cluster:
    """A cluster of one measured value with its limits and tolerance."""
    return cluster(
        number,
        name,
        section,
        (
            Attribute(0x0000, "measured_value", kind, "RP", step, unit),
            Attribute(0x0001, "minimum_measured_value", kind, "R", step, unit),
            Attribute(0x0002, "maximum_measured_value", kind, "R", step, unit),
            Attribute(0x0003, "tolerance", "uint16", "R", step, unit),
        ),
    )


ILLUMINANCE = _measured(0x0400, "illuminance", "4.2", "uint16", step=1, unit="")
"""Measured value: 10000 * log10(lux) + 1."""
TEMPERATURE = _measured(0x0402, "temperature", "4.4", "int16", step=0.01, unit="°C")
PRESSURE = _measured(0x0403, "pressure", "4.5", "int16", step=1, unit="hPa")
HUMIDITY = _measured(0x0405, "humidity", "4.7", "uint16", step=0.01, unit="%")

OCCUPANCY = cluster(
    0x0406,
    "occupancy",
    "4.8",
    (
        Attribute(0x0000, "occupancy", "map8", "RP"),
        Attribute(0x0001, "sensor_type", "enum8"),
        Attribute(0x0002, "sensor_types", "map8"),
        Attribute(0x0010, "pir_occupied_to_unoccupied_delay", "uint16", "RW", 1, "s"),
        Attribute(0x0011, "pir_unoccupied_to_occupied_delay", "uint16", "RW", 1, "s"),
        Attribute(0x0012, "pir_unoccupied_to_occupied_threshold", "uint8", "RW"),
    ),
)

ELECTRICAL_MEASUREMENT = cluster(
    0x0B04,
    "electrical_measurement",
    "4.9",
    (
        Attribute(0x0000, "measurement_type", "map32"),
        Attribute(0x0300, "ac_frequency", "uint16", "R", 1, "Hz"),
        Attribute(0x0304, "total_active_power", "int32", "R"),
        Attribute(0x0400, "ac_frequency_multiplier", "uint16"),
        Attribute(0x0401, "ac_frequency_divisor", "uint16"),
        Attribute(0x0402, "power_multiplier", "uint32"),
        Attribute(0x0403, "power_divisor", "uint32"),
        Attribute(0x0505, "rms_voltage", "uint16", "RP", 1, "V"),
        Attribute(0x0508, "rms_current", "uint16", "RP", 1, "A"),
        Attribute(0x050B, "active_power", "int16", "RP", 1, "W"),
        Attribute(0x050E, "reactive_power", "int16", "R", 1, "var"),
        Attribute(0x050F, "apparent_power", "uint16", "R", 1, "VA"),
        Attribute(0x0510, "power_factor", "int8", "R", 0.01),
        Attribute(0x0600, "ac_voltage_multiplier", "uint16"),
        Attribute(0x0601, "ac_voltage_divisor", "uint16"),
        Attribute(0x0602, "ac_current_multiplier", "uint16"),
        Attribute(0x0603, "ac_current_divisor", "uint16"),
        Attribute(0x0604, "ac_power_multiplier", "uint16"),
        Attribute(0x0605, "ac_power_divisor", "uint16"),
    ),
)
"""Values are multiplied by the multiplier and divided by the divisor that the device states."""

METERING = cluster(
    0x0702,
    "metering",
    "10.4",
    (
        Attribute(0x0000, "current_summation_delivered", "uint48", "RP", 1, "kWh"),
        Attribute(0x0001, "current_summation_received", "uint48", "RP", 1, "kWh"),
        Attribute(0x0200, "status", "map8"),
        Attribute(0x0300, "unit_of_measure", "enum8"),
        Attribute(0x0301, "multiplier", "uint24"),
        Attribute(0x0302, "divisor", "uint24"),
        Attribute(0x0303, "summation_formatting", "map8"),
        Attribute(0x0304, "demand_formatting", "map8"),
        Attribute(0x0306, "metering_device_type", "map8"),
        Attribute(0x0400, "instantaneous_demand", "int24", "RP", 1, "kW"),
    ),
)

IAS_ZONE = cluster(
    0x0500,
    "ias_zone",
    "8.2",
    (
        Attribute(0x0000, "zone_state", "enum8"),
        Attribute(0x0001, "zone_type", "enum16"),
        Attribute(0x0002, "zone_status", "map16"),
        Attribute(0x0010, "cie_address", "EUI64", "RW"),
        Attribute(0x0011, "zone_id", "uint8"),
    ),
    received=(Row("zone_enroll_response", 0x00, (Number("code", 1), Number("zone_id", 1)), "8.2.2.3.1"),),
    generated=(
        Row(
            "zone_status_change_notification",
            0x00,
            (
                Bits(
                    2,
                    (
                        ("alarm_1", 0, 1),
                        ("alarm_2", 1, 1),
                        ("tamper", 2, 1),
                        ("battery_low", 3, 1),
                        ("supervision", 4, 1),
                        ("restore", 5, 1),
                        ("trouble", 6, 1),
                        ("mains_fault", 7, 1),
                        ("test", 8, 1),
                        ("battery_defect", 9, 1),
                    ),
                ),
                Number("extended_status", 1),
                Number("zone_id", 1),
                Number("delay", 2),
            ),
            "8.2.2.4.1",
        ),
        Row("zone_enroll_request", 0x01, (Number("zone_type", 2), Number("manufacturer", 2)), "8.2.2.4.2"),
    ),
)

CLUSTERS = (
    ILLUMINANCE,
    TEMPERATURE,
    PRESSURE,
    HUMIDITY,
    OCCUPANCY,
    ELECTRICAL_MEASUREMENT,
    METERING,
    IAS_ZONE,
)
