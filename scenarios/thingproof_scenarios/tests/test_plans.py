"""Fleets made from fleets."""

from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.plans import hurry, multiply


def test_a_multiplied_fleet_has_no_twins() -> None:
    """Names and addresses are unique, and all devices take their turn."""
    house = read_fleet("fleets/house.yaml")
    plan = multiply(house, 30)
    assert len(plan.devices) == 30
    assert len({device.name for device in plan.devices}) == 30
    assert len({device.mac for device in plan.devices}) == 30
    assert {device.product for device in plan.devices} == set(house.products)


def test_a_hurried_fleet_only_recurs_more_often() -> None:
    """Intervals shrink by the factor; what happens and how long it takes stay the same."""
    house = read_fleet("fleets/house.yaml")
    plan = hurry(house, 10)
    for before, after in zip(house.devices, plan.devices, strict=True):
        assert after.report_interval_s == before.report_interval_s / 10
        assert [row.every_s * 10 for row in after.behaviours] == [row.every_s for row in before.behaviours]
        assert [row.seconds for row in after.faults] == [row.seconds for row in before.faults]
        assert after.radio.outage_s == before.radio.outage_s
        assert (after.name, after.mac, after.values) == (before.name, before.mac, before.values)
