"""Sylvia as the commands play it: an operator with a unit, and LoRa devices behind a network's queues."""

from typing import Any

from thingproof_conformance.target import VendorPart
from thingproof_scenarios.demo.street import show_street
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.load.plan import Crowd
from thingproof_scenarios.load.sylvia_plan import LoadGateway, Operator, SylviaPlan
from thingproof_scenarios.lora_life import LoraLife, on_the_air
from thingproof_scenarios.problems import Misuse
from thingproof_scenarios.queue_listener import QueueListener
from thingproof_scenarios.seeding import identifier, mqtt_address
from thingproof_scenarios.sylvia_seeding import queue, secret, seed_ground
from thingproof_scenarios.vendors.scenes import Ground, Seeder, Subjects, Values, VendorScenes
from thingproof_sim.api import FleetPlan

NAME = "sylvia"
STREET = "fleets/lora-street.yaml"
DEVICES_EACH = 25
"""Devices in each operator's unit before the load begins: more than one page."""
HEARD_BY_GATEWAY = 10
UNTOUCHED = frozenset(
    {
        *("accept_any_password", "reuse_code", "code_never_expires", "skip_binding_check"),
        *("lose_report", "stale_latest", "lose_unreported", "latest_of_other_device", "store_duplicates"),
        *("children_outlive_parent", "children_stay_offline", "no_connection_records", "plain_online_again"),
        *("no_command_log", "command_not_published", "command_to_other_device", "disabled_may_connect"),
        *("no_push", "double_push", "late_push", "total_of_page"),
    }
)
"""No passwords, codes or bindings; values, logs, coming and going of devices and pushes are not shown either:
the message queues have defects of their own."""


def plays(plan: FleetPlan) -> bool:
    """Whether a fleet's devices are LoRa devices: they reach this vendor through a network's queues."""
    return plan.lora is not None


def alive(ground: Ground) -> LoraLife:
    """Meters of a street on the air, and an application that hears its queue."""
    plan = read_fleet(STREET)
    mqtt = ground.addresses["mqtt"]
    standing = seed_ground(ground.control, mqtt, label=plan.name, plan=plan)
    listener = ground.stack.enter_context(QueueListener(mqtt, standing.values()["uldata"]))
    fleet = ground.stack.enter_context(on_the_air(plan, standing, mqtt, seed=ground.seed))
    return LoraLife(fleet, listener)


def ready(ground: Ground, fleet: str) -> dict[str, str]:
    """A unit of an operator's with an application and a network, and the fleet's devices on the air."""
    plan = read_fleet(fleet)
    mqtt = ground.addresses["mqtt"]
    standing = seed_ground(ground.control, mqtt, label=plan.name, plan=plan, roles=("admin",))
    ground.stack.enter_context(on_the_air(plan, standing, mqtt, seed=ground.seed))
    return standing.values()


def example(values: Values) -> str:
    """The devices of the unit, or the version."""
    if "token" not in values:
        return f"curl {values['url']}/version"
    return (
        f"curl -H 'Authorization: Bearer {values['token']}' "
        f"'{values['url']}/broker/api/v1/device/list?unit={values['unit']}'"
    )


def subjects(ground: Ground) -> Subjects:
    """A manager's token and one of everything; what requests delete stands apart from what they read."""
    kept = seed_ground(ground.control, ground.addresses["mqtt"], label="fuzz", roles=("manager",))
    lost = seed_ground(ground.control, ground.addresses["mqtt"], label="fuzz-lost")
    return Subjects(
        headers={"Authorization": f"Bearer {kept.token}"},
        path=kept.ids(),
        apart={
            f"{NAME}.{operation}": lost.ids()
            for operation in (
                "unit.delete",
                "unit.delete_by_user",
                "application.delete",
                "network.delete",
                "device.delete",
                "device_route.delete",
            )
        },
        named={
            "unitId": kept.unit,
            "applicationId": kept.application,
            "networkId": kept.network,
            "deviceId": kept.device,
            "unit": kept.unit,
            "application": kept.application,
            "network": kept.network,
            "device": kept.device,
            "hostUri": ground.addresses["mqtt"],
        },
    )


def crowd(control: Seeder, addresses: Values, crowd: Crowd, label: str) -> SylviaPlan:
    """Operators with a unit each, and gateways with a unit, a network and an application of their own."""
    mqtt = addresses["mqtt"] if crowd.devices else ""
    units = [f"{label}-{number}" for number in range(crowd.users)]
    cells = [f"{label}-gateway-{number}" for number in range(crowd.devices * crowd.pools)]
    heard = {cell: tuple(_address(cell, number) for number in range(HEARD_BY_GATEWAY)) for cell in cells}
    control.seed(NAME, _seed_body(units, heard, addresses.get("mqtt", "mqtt://127.0.0.1:1883")))
    host, port = mqtt_address(mqtt) if mqtt else ("", 0)
    return SylviaPlan(
        url=addresses["url"].rstrip("/"),
        operators=tuple(Operator(unit, secret(unit)) for unit in units),
        mqtt_host=host,
        mqtt_port=port,
        gateways=tuple(
            LoadGateway(
                queue("network", cell, "lora", "uldata"),
                queue("application", cell, "app", "uldata"),
                heard[cell],
            )
            for cell in cells
        ),
        gateways_per_worker=crowd.devices,
    )


def _address(unit: str, number: int) -> str:
    """A network address that depends on its unit and number only: 16 hexadecimal digits."""
    return identifier("address", unit, str(number))[:16]


def _seed_body(units: list[str], heard: dict[str, tuple[str, ...]], host_uri: str) -> dict[str, Any]:
    """Everything of a crowd in one request; the codes of units, clients and accounts are the same words."""
    addresses = {
        unit: tuple(_address(unit, number) for number in range(DEVICES_EACH)) for unit in units
    } | heard
    devices = [(unit, address) for unit, found in addresses.items() for address in found]
    return {
        "users": [{"account": unit, "name": unit} for unit in addresses],
        "clients": [{"account": unit, "clientId": unit, "clientSecret": secret(unit)} for unit in addresses],
        "units": [{"code": unit, "owner": unit} for unit in addresses],
        "applications": [{"unit": unit, "code": "app", "hostUri": host_uri} for unit in addresses],
        "networks": [{"unit": unit, "code": "lora", "hostUri": host_uri} for unit in addresses],
        "devices": [{"unit": unit, "network": "lora", "networkAddr": address} for unit, address in devices],
        "deviceRoutes": [
            {"unit": unit, "application": "app", "network": "lora", "networkAddr": address}
            for unit, address in devices
        ],
    }


def crowd_of_target(part: VendorPart) -> SylviaPlan:
    """Everybody is the client the target file names; no gateways.

    Raises:
        Misuse: it names none.
    """
    missing = [name for name in ("client_id", "client_secret") if not part.values.get(name)]
    if missing:
        raise Misuse(
            f"no control surface and no vendors.{NAME}.{', '.join(missing)}",
            "name a client to get tokens for, or the control surface to create some",
        )
    operator = Operator(part.values["client_id"], part.values["client_secret"])
    return SylviaPlan(part.url.rstrip("/"), (operator,))


SCENES = VendorScenes(
    name=NAME,
    fleet="fleets/lora-single.yaml",
    plays=plays,
    printed=("url", "mqtt"),
    alive=alive,
    ready=ready,
    example=example,
    show=show_street,
    subjects=subjects,
    crowd=crowd,
    crowd_of_target=crowd_of_target,
    wrong_code="err_made_up",
    variants={"token_lifetime": ("seconds=60",)},
    untouched=UNTOUCHED,
)
