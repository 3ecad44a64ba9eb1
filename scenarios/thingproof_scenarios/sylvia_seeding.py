"""One of everything in a Sylvia broker: a user with a token and a client, a unit, and what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from thingproof_scenarios.seeding import identifier
from thingproof_scenarios.vendors.scenes import Seeder
from thingproof_sim.api import FleetPlan

NAME = "sylvia"
APPLICATION, NETWORK = "app", "lora"
"""Codes of the application and the network in each seeded unit."""


@dataclass(frozen=True, slots=True)
class SylviaGround:
    """What is in the broker now. Ids unless named otherwise; the unit's code is also its owner's account."""

    code: str
    user: str
    token: str
    unit: str
    application: str
    network: str
    device: str
    address: str
    device_route: str

    def values(self) -> dict[str, str]:
        """What a client needs, as a target file names it."""
        return {
            "token": self.token,
            "client_id": self.code,
            "client_secret": secret(self.code),
            "account": self.code,
            "unit": self.unit,
            "unit_code": self.code,
            "application": self.application,
            "application_code": APPLICATION,
            "network": self.network,
            "network_code": NETWORK,
            "device": self.device,
            "network_addr": self.address,
            "uldata": queue("application", self.code, APPLICATION, "uldata"),
            "dldata": queue("application", self.code, APPLICATION, "dldata"),
            "network_uldata": queue("network", self.code, NETWORK, "uldata"),
        }

    def ids(self) -> dict[str, str]:
        """By the contract's names of path parameters; a route is one of a device."""
        return {
            "unitId": self.unit,
            "applicationId": self.application,
            "networkId": self.network,
            "deviceId": self.device,
            "routeId": self.device_route,
            "userId": self.user,
        }


def secret(client: str) -> str:
    """A client's secret: 32 hexadecimal digits that depend on its name only."""
    return identifier("sylvia client", client)


def queue(kind: str, unit: str, code: str, direction: str) -> str:
    """The name of a queue, on MQTT its topic: ``broker.application.<unit>.<code>.uldata``."""
    return f"broker.{kind}.{unit}.{code}.{direction}"


def addresses_of(plan: FleetPlan | None) -> list[str]:
    """The network addresses of a fleet's devices, DevEUIs as 16 hexadecimal digits; one without a fleet."""
    devices = plan.lora.devices if plan is not None and plan.lora is not None else ()
    return [f"{device.dev_eui:016x}" for device in devices] or [identifier("address")[:16]]


def seed_ground(
    control: Seeder,
    host_uri: str,
    *,
    label: str,
    plan: FleetPlan | None = None,
    roles: Sequence[str] = (),
) -> SylviaGround:
    """Seed a user, a client, a unit, an application, a network, and every device of a fleet with its route.

    Args:
        control: of the platform.
        host_uri: the message broker that both queues are on.
        label: code of the unit, name of account and client.
        plan: the fleet whose devices are made; without one a single device.
        roles: of the user.
    """
    addresses = addresses_of(plan)
    answer = control.seed(NAME, _body(host_uri, label, addresses, roles))
    first = {name: answer[name][0] for name in answer if isinstance(answer[name], list) and answer[name]}
    return SylviaGround(
        code=label,
        user=first["users"]["userId"],
        token=first["users"]["token"],
        unit=first["units"]["unitId"],
        application=first["applications"]["applicationId"],
        network=first["networks"]["networkId"],
        device=first["devices"]["deviceId"],
        address=addresses[0],
        device_route=first["deviceRoutes"]["routeId"],
    )


def _body(host_uri: str, label: str, addresses: Sequence[str], roles: Sequence[str]) -> dict[str, Any]:
    place = {"unit": label, "network": NETWORK}
    return {
        "users": [{"account": label, "name": label, "roles": list(roles)}],
        "clients": [{"account": label, "clientId": label, "clientSecret": secret(label)}],
        "units": [{"code": label, "owner": label}],
        "applications": [{"unit": label, "code": APPLICATION, "hostUri": host_uri}],
        "networks": [{"unit": label, "code": NETWORK, "hostUri": host_uri}],
        "devices": [place | {"networkAddr": address} for address in addresses],
        "deviceRoutes": [
            place | {"application": APPLICATION, "networkAddr": address} for address in addresses
        ],
    }
