"""Mosquitto as a message broker: a child process that is open to everyone."""

from __future__ import annotations

from typing import ClassVar

from thingproof_platform.servers.mosquitto import Mosquitto


def _open(configuration: str) -> str:
    """A configuration without users and rights."""
    closed = ("allow_anonymous", "use_username_as_clientid", "password_file", "acl_file")
    lines = [line for line in configuration.splitlines() if not line.startswith(closed)]
    return "\n".join([*lines, "allow_anonymous true", ""])


class OpenMosquitto(Mosquitto):
    """A mosquitto of our own that asks nobody who he is; the platform is no special client of it."""

    folder: ClassVar[str] = "mosquitto-queues"
    configuration: ClassVar[str] = _open(Mosquitto.configuration)

    async def start(self) -> None:
        """Start the child."""
        await self._run()

    def _came(self, device: str, peer: str = "") -> None:
        """Nobody follows who is there."""

    async def refresh(self) -> None:
        """Do nothing: there are no users."""
