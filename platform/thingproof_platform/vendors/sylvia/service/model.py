"""Rows that only this vendor has, and the tables they live in. Moments are whole milliseconds.

The ids begin with the moment of creation in milliseconds, so a row keeps it in that unit (sylvia.md:175).
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

UNITS: Final = "sylvia.units"
APPLICATIONS: Final = "sylvia.applications"
NETWORKS: Final = "sylvia.networks"
DEVICES: Final = "sylvia.devices"
DEVICE_ROUTES: Final = "sylvia.device_routes"
NETWORK_ROUTES: Final = "sylvia.network_routes"
BUFFERS: Final = "sylvia.buffers"
USERS: Final = "sylvia.users"
CLIENTS: Final = "sylvia.clients"

Role = Literal["admin", "manager", "service"]


class User(msgspec.Struct, omit_defaults=True):
    """Who may call. Without roles a normal user (sylvia.md:110)."""

    id: str
    account: str
    created_ms: int
    name: str = ""
    roles: list[Role] = []


class Client(msgspec.Struct, omit_defaults=True):
    """An OAuth2 client, which gets tokens of its user."""

    id: str
    secret: str
    user: str
    name: str = ""


class Unit(msgspec.Struct, omit_defaults=True):
    """What applications, networks and devices belong to; `members` holds the owner too (sylvia.md:231)."""

    id: str
    code: str
    owner: str
    members: list[str]
    created_ms: int
    modified_ms: int
    name: str = ""
    info: dict[str, Any] = {}


class Application(msgspec.Struct, omit_defaults=True):
    """An application and the message broker on which its queues are (sylvia.md:342)."""

    id: str
    code: str
    unit: str
    host_uri: str
    created_ms: int
    modified_ms: int
    name: str = ""
    info: dict[str, Any] = {}


class Network(msgspec.Struct, omit_defaults=True):
    """A network and its message broker; without a unit it is public (sylvia.md:552)."""

    id: str
    code: str
    unit: str | None
    host_uri: str
    created_ms: int
    modified_ms: int
    name: str = ""
    info: dict[str, Any] = {}


class Device(msgspec.Struct, omit_defaults=True):
    """A device at an address of a network; `thing` is the core's id of it."""

    id: str
    unit: str
    network: str
    address: str
    thing: str
    created_ms: int
    modified_ms: int
    profile: str = ""
    name: str = ""
    info: dict[str, Any] = {}


class DeviceRoute(msgspec.Struct, omit_defaults=True):
    """Uplinks of the device go to the application. Network, address and profile are the device's."""

    id: str
    unit: str
    application: str
    device: str
    created_ms: int
    modified_ms: int


class NetworkRoute(msgspec.Struct, omit_defaults=True):
    """Uplinks of every device of the network go to the application."""

    id: str
    unit: str
    application: str
    network: str
    created_ms: int


class Buffer(msgspec.Struct, omit_defaults=True):
    """A downlink that waits for its result; network and address are where it was sent (sylvia.md:1585)."""

    id: str
    unit: str
    application: str
    device: str
    network: str
    address: str
    created_ms: int
    expires_ms: int


TABLES: Final[dict[str, type[msgspec.Struct]]] = {
    UNITS: Unit,
    APPLICATIONS: Application,
    NETWORKS: Network,
    DEVICES: Device,
    DEVICE_ROUTES: DeviceRoute,
    NETWORK_ROUTES: NetworkRoute,
    BUFFERS: Buffer,
    USERS: User,
    CLIENTS: Client,
}
