"""From a fleet's plan to an account, an application, products and devices in the platform."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from thingproof_scenarios.vendors.scenes import Seeder
from thingproof_sim.api import Connection, DevicePlan, FleetPlan

PASSWORD = "Thingproof-1"  # noqa: S105 (the password of every seeded test account; printed at start)
"""Satisfies the documented strength rule: eight characters, three of four kinds (gizwits.md:234)."""
DID_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
DID_LENGTH = 22
PASSCODE_LENGTH = 10


@dataclass(frozen=True, slots=True)
class SeededDevice:
    """A device the platform knows. ``product`` is its product mapping."""

    name: str
    did: str
    passcode: str
    mac: str
    product: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SeededAccount:
    """An account with its credentials."""

    username: str
    password: str
    uid: str


@dataclass(frozen=True, slots=True)
class Seeded:
    """What is in the platform now. ``devices`` are in the fleet's order."""

    app_id: str
    app_secret: str
    accounts: tuple[SeededAccount, ...]
    devices: tuple[SeededDevice, ...]

    def device(self, name: str) -> SeededDevice:
        """The device of that name in the fleet."""
        return next(device for device in self.devices if device.name == name)


def digest(*labels: str) -> bytes:
    """64 bytes that depend on the labels only: the same fleet gets the same identifiers every time."""
    return hashlib.sha512("/".join(labels).encode()).digest()


def identifier(*labels: str) -> str:
    """32 hexadecimal digits, as application ids and secrets have."""
    return digest(*labels).hex()[:32]


def device_id(*labels: str) -> str:
    """22 letters and digits, as the vendor's device ids have (gizwits.md:743)."""
    return "".join(DID_ALPHABET[byte % len(DID_ALPHABET)] for byte in digest("did", *labels)[:DID_LENGTH])


def passcode(*labels: str) -> str:
    """10 capitals, as the vendor's passcodes have (gizwits.md:746)."""
    return "".join(chr(ord("A") + byte % 26) for byte in digest("passcode", *labels)[:PASSCODE_LENGTH])


def account_name(plan: FleetPlan, number: int) -> str:
    """The user name of the fleet's accounts, counted from 0: ``house``, ``house-1``, ``house-2``."""
    return plan.name if number == 0 else f"{plan.name}-{number}"


def seed_body(plan: FleetPlan, *, accounts: int = 1) -> dict[str, Any]:
    """The body for the platform's seed route: everything in the fleet, every account bound to every device.

    All identifiers are derived from names, so seeding the same fleet again changes nothing.
    """
    app_id = identifier("application", plan.name)
    products = {name: dict(product) for name, product in plan.products.items()}
    dids = {device.name: device_id(plan.name, device.name) for device in plan.devices}
    centrals = {device.parent for device in plan.devices if device.parent}
    names = [account_name(plan, number) for number in range(accounts)]
    return {
        "applications": [{"app_id": app_id, "app_secret": identifier("secret", plan.name)}],
        "products": list(products.values()),
        "devices": [
            {
                "product_key": products[device.product]["product_key"],
                "mac": device.mac,
                "did": dids[device.name],
                "passcode": passcode(plan.name, device.name),
                **_place(device, centrals, dids),
            }
            for device in plan.devices
        ],
        "users": [{"app_id": app_id, "username": name, "password": PASSWORD} for name in names],
        "bindings": [{"username": name, "did": did} for name in names for did in dids.values()],
    }


def _place(device: DevicePlan, centrals: set[str], dids: dict[str, str]) -> dict[str, str]:
    """Type and central device of a device, as far as it has them (gizwits.md:773)."""
    if device.parent:
        return {"type": "sub_dev", "parent_did": dids[device.parent]}
    return {"type": "center_control"} if device.name in centrals else {}


def seed_fleet(control: Seeder, plan: FleetPlan, *, accounts: int = 1) -> Seeded:
    """Create the fleet's things in the platform and return their credentials."""
    body = seed_body(plan, accounts=accounts)
    answer = control.seed("gizwits", body)
    return Seeded(
        app_id=body["applications"][0]["app_id"],
        app_secret=body["applications"][0]["app_secret"],
        accounts=tuple(SeededAccount(user["username"], PASSWORD, user["uid"]) for user in answer["users"]),
        devices=tuple(
            SeededDevice(
                device.name, row["did"], row["passcode"], device.mac, dict(plan.products[device.product])
            )
            for device, row in zip(plan.devices, body["devices"], strict=True)
        ),
    )


def mqtt_address(url: str) -> tuple[str, int]:
    """Host and port of an ``mqtt://host:port`` address."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 1883


def connections(devices: Sequence[SeededDevice], mqtt_url: str) -> dict[str, Connection]:
    """Where and as whom each device of the fleet logs in."""
    host, port = mqtt_address(mqtt_url)
    return {device.name: Connection(host, port, device.did, device.passcode) for device in devices}
