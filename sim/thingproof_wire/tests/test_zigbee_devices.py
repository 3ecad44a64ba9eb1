"""Kinds of Zigbee devices: datapoints as attributes and back, descriptors, cluster tables, wrong profiles."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thingproof_wire import profiles
from thingproof_wire.errors import OutOfRange, UnknownDatapoint
from thingproof_wire.frames.zcl_clusters import BY_NAME, CLUSTERS
from thingproof_wire.frames.zcl_types import decode_value, encode_value
from thingproof_wire.frames.zdp import ZDP
from thingproof_wire.frames.zigbee_records import Message
from thingproof_wire.payloads.gizwits_product import Product, ProductError
from thingproof_wire.payloads.zcl_attributes import device_from_mapping
from thingproof_wire.profiles import zigbee as kinds
from thingproof_wire.tests.strategies import patient

POINTS = [(kind, point) for kind in kinds.names() for point in kinds.load(kind).points]
CLIMATE = Product.from_mapping(profiles.load("zigbee_climate"))
RIGHT: dict[str, Any] = {
    "product": "zigbee_climate",
    "manufacturer": "m",
    "model": "n",
    "logical_type": "end_device",
    "power": "battery",
    "endpoints": [{"endpoint": 1, "profile": 0x0104, "device": 0x0302, "inputs": ["basic", "temperature"]}],
    "points": [
        {
            "datapoint": "temperature",
            "cluster": "temperature",
            "attribute": "measured_value",
            "minimum": 1,
            "maximum": 2,
            "change": 3,
        }
    ],
}


def test_the_kinds_there_are() -> None:
    """A bulb, a plug, a thermometer and a motion sensor."""
    assert kinds.names() == ["bulb", "climate", "occupancy", "plug"]
    assert [kinds.load(name).sleepy for name in kinds.names()] == [False, True, True, False]
    with pytest.raises(ProductError, match="there are bulb, climate"):
        kinds.load("toaster")


@pytest.mark.parametrize(("kind", "point"), POINTS, ids=lambda value: getattr(value, "attribute", value))
@settings(patient, max_examples=30)
@given(data=st.data())
def test_every_display_value_survives_the_air(kind: str, point: Any, data: st.DataObject) -> None:
    """Display value to attribute to bytes and back, to the last digit."""
    row = point.datapoint
    if row.type == "bool":
        value: Any = data.draw(st.booleans())
    else:
        steps = st.integers(row.to_raw(row.minimum), row.to_raw(row.maximum))
        value = row.to_display(data.draw(steps))
    number = point.attribute.data_type.number
    sent = encode_value(number, point.to_attribute(value))
    received, _ = decode_value(number, sent, 0)
    found = kinds.load(kind).read(point.endpoint, point.cluster.number, point.attribute.number, received)
    assert found == (row.name, value)


def test_published_scales() -> None:
    """21.5 degrees are 2150, 45.6 % are 4560, half a percent of a battery is one step (ZCL)."""
    climate, plug = kinds.load("climate"), kinds.load("plug")
    assert climate.point("temperature").to_attribute(-21.5) == -2150
    assert climate.point("humidity").to_attribute(45.6) == 4560
    assert climate.point("battery").to_attribute(98.5) == 197
    assert plug.point("power").to_attribute(60.5) == 605
    assert kinds.load("occupancy").point("occupied").to_attribute(True) == 1


def test_what_a_device_does_not_show() -> None:
    """Other attributes and invalid values are no readings; a wrong value is refused."""
    climate = kinds.load("climate")
    assert climate.read(1, 0x0402, 0x0001, 5) is None
    assert climate.read(1, 0x0402, 0x0000, None) is None
    with pytest.raises(OutOfRange):
        climate.read(1, 0x0405, 0x0000, 10001)
    with pytest.raises(UnknownDatapoint):
        climate.point("colour")
    with pytest.raises(OutOfRange):
        climate.point("temperature").to_attribute(200)


@pytest.mark.parametrize("name", kinds.names())
def test_descriptors(name: str) -> None:
    """What a device says of itself is a message of the device profile."""
    device = kinds.load(name)
    answers = [
        ("node_desc_rsp", device.node_descriptor()),
        ("power_desc_rsp", device.power_descriptor()),
        ("simple_desc_rsp", device.endpoints[0].simple_descriptor()),
    ]
    for answer, values in answers:
        found = Message(answer, {"status": 0, "address": 1, **values})
        number = ZDP.by_name[answer].number
        assert ZDP.decode(number, ZDP.encode(found)) == found
    assert (
        len(ZDP.encode(Message("node_desc_rsp", {"status": 0, "address": 1, **device.node_descriptor()})))
        == 16
    )


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "field": ({"colour": 1}, "unknown field 'colour'"),
    "logical type": ({"logical_type": "king"}, "logical_type: 'king' is none of coordinator"),
    "power": ({"power": "sun"}, "power: 'sun'"),
    "cluster": ({"points": [{**RIGHT["points"][0], "cluster": "taste"}]}, "cluster: 'taste'"),
    "cluster of no endpoint": (
        {"points": [{**RIGHT["points"][0], "cluster": "humidity"}]},
        "endpoint 1 has no input cluster humidity",
    ),
    "attribute": ({"points": [{**RIGHT["points"][0], "attribute": "x"}]}, "has no 'x'"),
    "datapoint": ({"points": [{**RIGHT["points"][0], "datapoint": "x"}]}, "no such datapoint"),
    "least change": (
        {"points": [{key: value for key, value in RIGHT["points"][0].items() if key != "change"}]},
        "needs least change",
    ),
    "constant": (
        {"constants": [{"cluster": "basic", "attribute": "power_source", "value": 300}]},
        "cannot hold 300",
    ),
    "shape": ({"endpoints": [{}]}, "is missing or has the wrong shape"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_wrong_profiles(name: str) -> None:
    """A wrong profile names the field, the value and what there is."""
    change, text = CHANGES[name]
    assert device_from_mapping(RIGHT, CLIMATE).points
    with pytest.raises(ProductError, match=text):
        device_from_mapping({**RIGHT, **change}, CLIMATE)


def test_tables_are_unambiguous() -> None:
    """Numbers and names of clusters, attributes and commands are unique, and so are values of a message."""
    assert len(BY_NAME) == len({row.number for row in CLUSTERS}) == len(CLUSTERS)
    for cluster in CLUSTERS:
        assert len({row.number for row in cluster.attributes}) == len(cluster.attributes)
        assert len({row.name for row in cluster.attributes}) == len(cluster.attributes)
        for table in (cluster.received, cluster.generated, ZDP):
            assert len(table.by_name) == len(table.by_number) == len(table.rows)
            for row in table.rows:
                names = [name for part in row.fields for name in part.names]
                assert len(set(names)) == len(names), (cluster.name, row.name)


DISSECTORS = {
    "basic": "zbee_zcl_general.basic",
    "power_configuration": "zbee_zcl_general.power_config",
    "identify": "zbee_zcl_general.identify",
    "groups": "zbee_zcl_general.groups",
    "scenes": "zbee_zcl_general.scenes",
    "on_off": "zbee_zcl_general.onoff",
    "level": "zbee_zcl_general.level_control",
    "colour_control": "zbee_zcl_lighting.color_control",
    "illuminance": "zbee_zcl_meas_sensing.illummeas",
    "temperature": "zbee_zcl_meas_sensing.tempmeas",
    "pressure": "zbee_zcl_meas_sensing.pressmeas",
    "humidity": "zbee_zcl_meas_sensing.relhummeas",
    "occupancy": "zbee_zcl_meas_sensing.occsen",
    "electrical_measurement": "zbee_zcl_meas_sensing.elecmes",
    "metering": "zbee_zcl_se.met",
    "ias_zone": "zbee_zcl_ias.zone",
}


def test_tshark_knows_our_numbers() -> None:
    """Most attributes and commands have a name in another implementation's tables too."""
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed (apt-get install tshark)")
    done = subprocess.run([tshark, "-G", "values"], check=True, capture_output=True, text=True, timeout=120)
    known: dict[str, set[int]] = {}
    for line in done.stdout.splitlines():
        cells = line.split("\t")
        if cells[0] == "V" and cells[1].startswith("zbee_zcl"):
            known.setdefault(cells[1], set()).add(int(cells[2], 0))
    total = found = 0
    for cluster in CLUSTERS:
        prefix = DISSECTORS[cluster.name]
        numbers = set().union(
            *(values for name, values in known.items() if name.startswith(f"{prefix}.attr"))
        )
        ours = [row.number for row in cluster.attributes if row.number < 0xF000]
        total += len(ours)
        found += sum(number in numbers for number in ours)
    assert total > 100
    assert found / total > 0.85, (found, total)
