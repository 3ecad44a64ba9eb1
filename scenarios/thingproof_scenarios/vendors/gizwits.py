"""Gizwits as the commands play it: a person's application, and devices over MQTT."""

from typing import Any

from thingproof_conformance.target import VendorPart
from thingproof_scenarios.demo.house import show_house
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.gizwits_application import GizwitsApplication
from thingproof_scenarios.ledger_check import HouseLife
from thingproof_scenarios.live_fleet import live_fleet
from thingproof_scenarios.load.gizwits_plan import Account, GizwitsPlan, LoadDevice
from thingproof_scenarios.load.plan import Crowd
from thingproof_scenarios.plans import hurry
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.seeding import PASSWORD, device_id, identifier, mqtt_address, passcode, seed_fleet
from thingproof_scenarios.vendors.scenes import Ground, Seeder, Subjects, Values, VendorScenes
from thingproof_sim.api import FleetPlan

NAME = "gizwits"
HURRY = 20.0
"""How many times faster than a real house the house of a job lives."""
HOUSE = "fleets/house.yaml"
"""Load devices take their products from this fleet, in turn; requests of ``fuzz`` may name its devices."""


def plays(plan: FleetPlan) -> bool:
    """Whether a fleet has devices of this vendor: WiFi and GSM devices with a product."""
    return bool(plan.devices)


def alive(ground: Ground) -> HouseLife:
    """The house with everything that recurs in a hurry, so that half a minute shows its faults, too."""
    plan = hurry(read_fleet(HOUSE), HURRY)
    seeded = seed_fleet(ground.control, plan)
    mqtt = ground.addresses["mqtt"]
    fleet = ground.stack.enter_context(live_fleet(plan, seeded.devices, mqtt, seed=ground.seed))
    application = GizwitsApplication(ground.addresses["url"], seeded.app_id)
    application.login(seeded.accounts[0].username, seeded.accounts[0].password)
    return HouseLife(fleet, plan, seeded, application, ground.control.clock)


def ready(ground: Ground, fleet: str) -> dict[str, str]:
    """An application, an account and the fleet's devices, online."""
    plan = read_fleet(fleet)
    seeded = seed_fleet(ground.control, plan)
    ground.stack.enter_context(live_fleet(plan, seeded.devices, ground.addresses["mqtt"], seed=ground.seed))
    account = seeded.accounts[0]
    return {
        "app_id": seeded.app_id,
        "app_secret": seeded.app_secret,
        "username": account.username,
        "password": account.password,
        "device": seeded.devices[0].did,
    }


def example(values: Values) -> str:
    """The latest values of the device, or whether the service is up."""
    if "device" not in values:
        return f"curl {values['url']}/status"
    return (
        f"curl -H 'X-Gizwits-Application-Id: {values['app_id']}' "
        f"{values['url']}/app/devdata/{values['device']}/latest"
    )


def subjects(ground: Ground) -> Subjects:
    """A device online and a scene of its owner.

    `id` stands for the scene: groups, messages, tasks and invitations of that name are refused as unknown.
    """
    plan = read_fleet(HOUSE)
    seeded = seed_fleet(ground.control, plan)
    ground.stack.enter_context(live_fleet(plan, seeded.devices, ground.addresses["mqtt"], seed=ground.seed))
    application = GizwitsApplication(ground.addresses["url"], seeded.app_id)
    application.login(seeded.accounts[0].username, seeded.accounts[0].password)
    body = {"scene_name": "fuzz", "tasks": [{"task_type": "delay", "time": 1}]}
    scene = application.ask("POST", "/app/scene", body)["id"]
    return Subjects(
        {"X-Gizwits-Application-Id": application.app_id, "X-Gizwits-User-token": application.token},
        {"did": seeded.devices[0].did, "id": str(scene)},
    )


def crowd(control: Seeder, addresses: Values, crowd: Crowd, label: str) -> GizwitsPlan:
    """An application, accounts and device pools.

    Account number j is bound to one device of each pool, counted from the front, because locust spreads the
    devices evenly over its workers and each worker plays the front of its own pool.
    """
    app_id = identifier("application", label)
    accounts = tuple(Account(f"{label}-{number}", PASSWORD) for number in range(crowd.users))
    devices = _pools(crowd, label)
    control.seed(NAME, _seed_body(crowd, label, accounts, devices))
    host, port = mqtt_address(addresses["mqtt"]) if devices else ("", 0)
    return GizwitsPlan(addresses["url"].rstrip("/"), app_id, accounts, host, port, devices, crowd.devices)


def _pools(crowd: Crowd, label: str) -> tuple[LoadDevice, ...]:
    products = [dict(product) for product in read_fleet(HOUSE).products.values()]
    return tuple(
        LoadDevice(
            device_id(label, str(number)), passcode(label, str(number)), products[number % len(products)]
        )
        for number in range(crowd.devices * crowd.pools)
    )


def _seed_body(
    crowd: Crowd, label: str, accounts: tuple[Account, ...], devices: tuple[LoadDevice, ...]
) -> dict[str, Any]:
    app_id = identifier("application", label)
    products = {device.product["product_key"]: device.product for device in devices}
    front = max(-(-crowd.devices // crowd.pools), 1)
    return {
        "applications": [{"app_id": app_id, "app_secret": identifier("secret", label)}],
        "products": list(products.values()),
        "devices": [
            {
                "product_key": device.product["product_key"],
                "mac": f"02{identifier('mac', label, str(number))[:10]}",
                "did": device.did,
                "passcode": device.passcode,
            }
            for number, device in enumerate(devices)
        ],
        "users": [{"app_id": app_id, "username": row.username, "password": row.password} for row in accounts],
        "bindings": [
            {"username": account.username, "did": devices[pool * crowd.devices + number % front].did}
            for number, account in enumerate(accounts)
            for pool in range(crowd.pools)
            if crowd.devices
        ],
    }


def crowd_of_target(part: VendorPart) -> GizwitsPlan:
    """Everybody uses the account the target file names; no devices.

    Raises:
        Misuse: it names none.
    """
    missing = [name for name in ("app_id", "username", "password") if not part.values.get(name)]
    if missing:
        raise Misuse(
            f"no control surface and no vendors.{NAME}.{', '.join(missing)}",
            "name an account to log in with, or the control surface to create some",
        )
    account = Account(part.values["username"], part.values["password"])
    return GizwitsPlan(part.url.rstrip("/"), part.values["app_id"], (account,))


SCENES = VendorScenes(
    name=NAME,
    fleet="fleets/single.yaml",
    plays=plays,
    printed=("url", "ws", "mqtt"),
    alive=alive,
    ready=ready,
    example=example,
    show=show_house,
    subjects=subjects,
    crowd=crowd,
    crowd_of_target=crowd_of_target,
    wrong_code="9999",
    near_suites={"devices": ("test_events", "test_sockets")},
    variants={
        "late_push": ("seconds=30",),
        "token_lifetime": ("seconds=60",),
        "sharing_lifetime": ("seconds=60",),
        "schedules_fire_off": ("seconds=120", "seconds=-120"),
    },
)
