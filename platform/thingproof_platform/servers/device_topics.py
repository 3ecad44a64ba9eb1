"""What a foreign broker has to know about a vendor's devices: topics, rights, credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thingproof_platform.core.world import World


@dataclass(frozen=True, slots=True)
class DeviceTopics:
    """Topic patterns of one vendor; `{id}` is the device's id, `{product}` its product key.

    Attributes:
        uplink: filters the platform subscribes to.
        publish: where a device may publish.
        subscribe: what a device may subscribe to.
        id_level: level of an uplink topic that names the device.
    """

    uplink: tuple[str, ...]
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    id_level: int

    def device_of(self, topic: str) -> str:
        """The device an uplink topic belongs to; empty when it names none."""
        levels = topic.split("/")
        return levels[self.id_level] if len(levels) > self.id_level else ""


# The topics of the module protocol; `network/gizwits_m2m.py` decides by the same ones on the embedded broker.
TOPICS: Final = {
    "gizwits": DeviceTopics(
        uplink=("dev2app/#",),
        publish=("dev2app/{id}", "dev2app/{id}/#", "cli2ser_req"),
        subscribe=("app2dev/{id}/#", "ser2cli_res/{id}", "ser2cli_noti/{product}"),
        id_level=1,
    ),
}


@dataclass(frozen=True, slots=True)
class DeviceAccount:
    """A device as a user of a broker."""

    id: str
    secret: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def device_accounts(world: World, vendor: str) -> Iterator[DeviceAccount]:
    """Every device of the vendor that may log in now."""
    topics = TOPICS[vendor]
    faults = world.faults
    for attachment in world.things.attachments:
        if attachment.vendor != vendor or not attachment.secret:
            continue
        if attachment.disabled and not faults.on("disabled_may_connect"):
            continue
        names = {"id": attachment.external_id, "product": world.things.things.rows[attachment.thing].product}
        yield DeviceAccount(
            attachment.external_id,
            attachment.secret,
            tuple(pattern.format(**names) for pattern in topics.publish),
            tuple(pattern.format(**names) for pattern in topics.subscribe),
        )
