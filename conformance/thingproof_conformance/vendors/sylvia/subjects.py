"""What Sylvia cases are about: people, units, applications, networks and devices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """A person with a valid access token; `account` is empty where the target does not tell."""

    user_id: str
    token: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: what belongs to it is its owner's to change and its members' to see."""

    unit_id: str
    code: str
    owner: User
    members: tuple[User, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """An application of a unit and where its queues are."""

    application_id: str
    code: str
    host_uri: str
    unit: Unit

    @property
    def queue(self) -> str:
        """What the names of its queues begin with."""
        return f"broker.application.{self.unit.code}.{self.code}"


@dataclass(frozen=True, slots=True)
class Network:
    """A network of a unit, or a public one (unit is None), and where its queues are."""

    network_id: str
    code: str
    host_uri: str
    unit: Unit | None

    @property
    def queue(self) -> str:
        """What the names of its queues begin with; an underscore for public ones (sylvia.contra.21)."""
        return f"broker.network.{self.unit.code if self.unit else '_'}.{self.code}"


@dataclass(frozen=True, slots=True)
class Device:
    """A device of a unit in a network."""

    device_id: str
    network_addr: str
    profile: str
    network: Network
    unit: Unit


@dataclass(frozen=True, slots=True)
class Estate:
    """A unit with an application, a network and a device, and people of every relation to it."""

    unit: Unit
    owner: User
    member: User
    stranger: User
    application: Application
    network: Network
    device: Device
