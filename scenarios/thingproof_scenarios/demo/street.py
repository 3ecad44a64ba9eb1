"""A fleet of LoRa devices on show: an application hears its queue, and sends downlinks into it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, cycle
from random import Random
from typing import Any

from thingproof_scenarios.demo.board import Board
from thingproof_scenarios.demo.person import valid_value, writable
from thingproof_scenarios.demo.playing import Demo, Turns
from thingproof_scenarios.lora_life import on_the_air
from thingproof_scenarios.queue_listener import QueueListener
from thingproof_scenarios.sylvia_seeding import NETWORK, seed_ground
from thingproof_scenarios.vendors.scenes import Ground
from thingproof_sim.api import FleetPlan, LiveLora, LiveLoraDevice
from thingproof_wire.payloads.gizwits_product import Product
from thingproof_wire.payloads.lora_points import PointsCodec

FAULTS: tuple[tuple[str, Callable[[LiveLoraDevice], None]], ...] = (
    ("out of range", LiveLoraDevice.move_out_of_range),
    ("frames corrupted", LiveLoraDevice.corrupt_frames),
    ("back in range", LiveLoraDevice.move_back),
    ("frames whole again", lambda device: device.corrupt_frames(on=False)),
)
"""What ``f`` does to one device after the other, in turn."""


@dataclass(slots=True)
class Street:
    """The fleet, the application's queues, and what has been sent into them."""

    address: str
    fleet: LiveLora
    listener: QueueListener
    downlinks: str
    products: dict[str, dict[str, Any]]
    turns: Turns
    chance: Random
    numbers: "count[int]"

    def look(self, board: Board) -> None:
        """Take over the devices' own values; who has joined is online."""
        for device in self.fleet.devices:
            board.measured(device.name, device.values)
            board.online(device.name, device.joined)

    def pause(self, paused: bool) -> str:
        """The air does not stand still: only the application keeps quiet."""
        return "no more downlinks" if paused else "downlinks again"

    def inject(self) -> tuple[str, str]:
        """Give the next device the next fault."""
        name, (told, change) = next(self.turns)
        change(self.fleet.device(name))
        return name, told

    def act(self) -> tuple[str, str]:
        """The application sends a downlink that sets a datapoint; it waits for the device's next uplink."""
        device = self.chance.choice(self.fleet.devices)
        product = self.products[device.name]
        datapoint = self.chance.choice(writable(product))
        value = valid_value(datapoint, self.chance)
        data = PointsCodec(Product.from_mapping(product)).encode({datapoint["name"]: value})
        message = {
            "correlationId": str(next(self.numbers)),
            "networkCode": NETWORK,
            "networkAddr": device.network_addr,
            "data": data.hex(),
        }
        self.listener.publish(self.downlinks, json.dumps(message))
        return device.name, f"downlink {datapoint['name']} = {value}"


def show_street(ground: Ground, plan: FleetPlan, demo: Demo) -> Street:
    """Seed a unit with the fleet's devices, put them on the air, and let an application listen."""
    assert plan.lora is not None
    mqtt = ground.addresses["mqtt"]
    standing = seed_ground(ground.control, mqtt, label=plan.name, plan=plan)
    products = {device.name: dict(plan.products[device.product]) for device in plan.lora.devices}
    names = {f"{device.dev_eui:016x}": device.name for device in plan.lora.devices}
    codecs = {name: PointsCodec(Product.from_mapping(product)) for name, product in products.items()}

    def on_uplink(uplink: dict[str, Any]) -> None:
        name = names.get(uplink["networkAddr"])
        if name is not None:
            demo.board.reading(demo.at(), name, codecs[name].decode(bytes.fromhex(uplink["data"])))

    values = standing.values()
    listener = ground.stack.enter_context(QueueListener(mqtt, values["uldata"], on_uplink))
    air = on_the_air(plan, standing, mqtt, seed=ground.seed, on_event=demo.on_event)
    return Street(
        address=ground.addresses["url"],
        fleet=ground.stack.enter_context(air),
        listener=listener,
        downlinks=values["dldata"],
        products=products,
        turns=zip(cycle(products), cycle(FAULTS), strict=False),
        chance=Random(ground.seed),  # noqa: S311 (a scripted application, not a secret)
        numbers=count(1),
    )
