"""A cloud with three air conditioners of one user: what is told to whom, and when."""

from __future__ import annotations

from typing import Any

from thingproof_platform.core.effects import PublishMqtt
from thingproof_platform.tests.builders import AIR_CONDITIONER, VALUES, Cloud
from thingproof_platform.vendors.gizwits import DIALECT

KEY = AIR_CONDITIONER["product_key"]
Part = dict[str, Any]
_HEAD = "0000000304000090"
"""How the frame begins that carries one raw byte; the byte follows."""


class LinkedCloud(Cloud):
    """Ann's devices a, b and c are online; z is Ann's too, and offline."""

    def __init__(self) -> None:
        rows = [
            {"product_key": KEY, "mac": f"0200000000{number:02x}", "did": did, "passcode": "P"}
            for number, did in enumerate("abcz")
        ]
        super().__init__()
        bindings = [{"did": did, "username": "ann"} for did in "abcz"]
        DIALECT.seed(self.world, {"devices": rows, "bindings": bindings})
        self.world.clock.freeze()
        for did in "abc":
            self.online(did)
        self.world.drain_effects()

    def told(self) -> list[tuple[str, str]]:
        """Device and raw byte of each command since the last look, in order."""
        return [
            (message.topic.split("/")[1], message.payload.hex().removeprefix(_HEAD))
            for message in self.world.drain_effects()
            if isinstance(message, PublishMqtt) and message.topic.startswith("app2dev/")
        ]

    def says(self, did: str, **values: Any) -> list[tuple[str, str]]:
        """A device reports; what the cloud tells devices therefore."""
        self.report(VALUES | values, did)
        return self.told()

    def after(self, seconds: float) -> list[tuple[str, str]]:
        """Time passes; what the cloud tells devices meanwhile."""
        self.world.clock.advance(seconds)
        return self.told()

    def back(self) -> None:
        """A restart; the devices connect again."""
        self.restart()
        self.world.clock.freeze()
        for did in "abc":
            self.online(did)
        self.world.drain_effects()

    def causes(self, did: str) -> list[str]:
        """Why each command was sent to a device, oldest first."""
        thing = self.world.things.find("gizwits", did)[1]
        return [record.cause for record in self.world.records.of(thing.id) if record.kind == "downlink"]


def mark(did: str, byte: int) -> Part:
    """A step that tells a device one raw byte."""
    return {"type": "devctrl", "did": did, "raw": [byte]}


def wait(seconds: int) -> Part:
    """A step that waits."""
    return {"type": "delay", "delay": seconds}
