"""Somebody with the application in hand, who switches things now and then: a demo needs life."""

from collections.abc import Mapping
from random import Random
from typing import Any

from thingproof_scenarios.gizwits_application import ApiError, GizwitsApplication
from thingproof_scenarios.seeding import SeededDevice


def writable(product: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Datapoints an application may set: bools, enumerations and numbers."""
    return [
        dict(row) for row in product["datapoints"] if row["access"] == "writable" and row["type"] != "binary"
    ]


def valid_value(datapoint: Mapping[str, Any], chance: Random) -> Any:
    """A value within the datapoint's range, in the form the application's interface takes."""
    if datapoint["type"] == "bool":
        return chance.randint(0, 1)
    if datapoint["type"] == "enum":
        return chance.choice(datapoint["values"])
    ratio = datapoint.get("ratio", 1)
    steps = int((datapoint["maximum"] - datapoint["minimum"]) / ratio)
    return datapoint["minimum"] + chance.randint(0, steps) * ratio


class Person:
    """Controls one device after the other; chance comes from the demo's seed."""

    def __init__(self, application: GizwitsApplication, devices: tuple[SeededDevice, ...], seed: int) -> None:
        self._application = application
        self._devices = [device for device in devices if writable(device.product)]
        self._chance = Random(seed)  # noqa: S311 (a scripted person, not a secret)

    def act(self) -> tuple[str, str]:
        """Set one datapoint of one device; the device's name and what happened."""
        device = self._chance.choice(self._devices)
        datapoint = self._chance.choice(writable(device.product))
        value = valid_value(datapoint, self._chance)
        told = f"command {datapoint['name']} = {value}"
        try:
            self._application.control(device.did, {datapoint["name"]: value})
        except ApiError as error:
            return device.name, f"{told} refused with {error.code}"
        return device.name, told
