"""The `lora` section of fleet files: plans, places, and errors that name line, field and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_sim.api import FleetError, load_fleet, lora_plan
from thingproof_sim.lora_build import position_of

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
name: test
products: {meter: water_meter}
lora:
  region: EU868
  gateways:
  - {name: roof, position: [0, 0], height: 20, eui: "02-00-00-00-00-00-00-01"}
  devices:
  - name: house
    product: meter
    count: 3
    area: {center: [100, -50], radius: 200}
    period: 10m
    confirmed: true
    tries: 3
    behaviours:
    - {datapoint: flow, kind: random_walk, low: 0, high: 14, step: 4}
    downlinks: {every: 2h, confirmed: true, size: 3}
  - name: shed
    product: meter
    position: [5, 6]
    activation: abp
    class: C
    dev_eui: "0011223344556677"
    app_key: "000102030405060708090a0b0c0d0e0f"
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "fleet.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_network_is_read_with_places_keys_and_habits(tmp_path: Path) -> None:
    plan = load_fleet(write(tmp_path, GOOD))
    assert plan.devices == ()
    network = plan.lora
    assert network is not None
    assert [row.name for row in network.devices] == ["house-1", "house-2", "house-3", "shed"]
    assert network.gateways[0].eui == 0x0200000000000001
    house, shed = network.devices[0], network.devices[-1]
    assert (house.tries, house.confirmed, house.period_s, house.downlinks.size) == (3, True, 600.0, 3)
    assert (shed.activation, shed.device_class, shed.dev_eui) == ("abp", "C", 0x0011223344556677)
    assert shed.app_key == bytes(range(16))
    assert len({row.dev_eui for row in network.devices} | {row.app_key for row in network.devices}) == 8
    assert all(row.dev_eui >> 56 & 0x03 == 0x02 for row in network.devices[:3])
    places = [position_of(row, 7) for row in network.devices[:3]]
    assert len(set(places)) == 3
    assert all((x - 100) ** 2 + (y + 50) ** 2 <= 200**2 for x, y, _ in places)


def test_the_same_file_gives_the_same_plan(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    assert load_fleet(path) == load_fleet(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("EU868", "EU869", "did you mean EU868"),
        ("position: [0, 0], height", "position: [0], height", "metres to the east"),
        ("radius: 200", "raduis: 200", "did you mean radius"),
        ("class: C", "class: B", "none of A, C"),
        ("tries: 3", "tries: 99", "outside 1 to 15"),
        ("position: [5, 6]", "position: [5, 6]\n    area: {radius: 1}", "leave one of them out"),
        ('"0011223344556677"', '"0011"', "write 16 hexadecimal digits"),
        ("count: 3", 'count: 3\n    app_key: "00"', "cannot be given for several devices"),
        ("- name: shed", "- name: house-1", "twice"),
        ("activation: abp", "activation: abp\n    data_rate: 9", "outside 0 to 6"),
        ("datapoint: flow", "datapoint: flo", "did you mean flow"),
        ("  gateways:\n  - {", "  gateways: []\n  other:\n  - {", "unknown field"),
    ],
)
def test_a_mistake_names_line_field_and_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(FleetError, match=r"fleet\.yaml:\d+: ") as error:
        load_fleet(write(tmp_path, GOOD.replace(old, new)))
    assert message in str(error.value)


def test_a_fleet_needs_devices_or_a_network(tmp_path: Path) -> None:
    with pytest.raises(FleetError, match="devices is missing"):
        load_fleet(write(tmp_path, "products: {meter: water_meter}\n"))


def test_a_plan_can_be_made_without_a_file() -> None:
    plan = lora_plan(devices=2, gateways=3, region="US915", confirmed=True)
    assert plan.lora is not None
    assert [row.name for row in plan.lora.gateways] == ["gateway-1", "gateway-2", "gateway-3"]
    assert all(row.confirmed for row in plan.lora.devices)
