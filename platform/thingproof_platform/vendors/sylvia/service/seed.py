"""Putting users, clients, tokens and every resource in, for tests and demonstrations."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from thingproof_platform.core.errors import InputError
from thingproof_platform.network.sylvia_queues import normal_uri
from thingproof_platform.vendors.sylvia.service import issuer
from thingproof_platform.vendors.sylvia.service.model import Client, Role, User
from thingproof_platform.vendors.sylvia.service.registry import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_platform.core.indexed import IndexedTable
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.service.model import Application, Network, Unit

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class _Given(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What was given, in the names of the vendor's API."""


class UserSeed(_Given):
    """A user with a token that is ready to be used; normal without roles."""

    account: str
    user_id: str | None = None
    name: str = ""
    roles: list[Role] = []


class ClientSeed(_Given):
    """An OAuth2 client of a user."""

    account: str
    client_id: str | None = None
    client_secret: str | None = None
    name: str = ""


class TokenSeed(_Given):
    """One more token of a user; `expiresIn` in seconds."""

    account: str
    token: str | None = None
    expires_in: float | None = None


class UnitSeed(_Given):
    """A unit; owner and members by account or id."""

    code: str
    owner: str
    members: list[str] = []
    unit_id: str | None = None
    name: str = ""
    info: dict[str, Any] = {}


class ApplicationSeed(_Given):
    """An application of a unit, by code or id."""

    unit: str
    code: str
    host_uri: str
    application_id: str | None = None
    name: str = ""
    info: dict[str, Any] = {}


class NetworkSeed(_Given):
    """A network; without unit a public one."""

    code: str
    host_uri: str
    unit: str | None = None
    network_id: str | None = None
    name: str = ""
    info: dict[str, Any] = {}


class DeviceSeed(_Given):
    """A device; the network by id or by code, of the unit or else public."""

    unit: str
    network: str
    network_addr: str
    device_id: str | None = None
    profile: str = ""
    name: str = ""
    info: dict[str, Any] = {}


class DeviceRouteSeed(_Given):
    """A route from a device to an application of the same unit."""

    unit: str
    application: str
    network: str
    network_addr: str


class NetworkRouteSeed(_Given):
    """A route from a network to an application."""

    unit: str
    application: str
    network: str


class Seed(_Given):
    """Everything that can be put in at once. `switches` are limits of the platform, until the next reset."""

    switches: dict[str, Any] = {}
    users: list[UserSeed] = []
    clients: list[ClientSeed] = []
    tokens: list[TokenSeed] = []
    units: list[UnitSeed] = []
    applications: list[ApplicationSeed] = []
    networks: list[NetworkSeed] = []
    devices: list[DeviceSeed] = []
    device_routes: list[DeviceRouteSeed] = []
    network_routes: list[NetworkRouteSeed] = []


def seed(world: World, data: dict[str, Any]) -> dict[str, Any]:
    """Put everything in and return it completed; what is there already is changed as given.

    Raises:
        InputError: naming the member at fault; the parts before it are in already.
    """
    try:
        plan = msgspec.convert(data, Seed)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise InputError(what, field=where.rstrip("`") or "body", remedy="correct it") from error
    _switch(world, plan.switches)
    parts: tuple[tuple[str, list[Any], Callable[[World, Any], dict[str, Any]]], ...] = (
        ("users", plan.users, _user),
        ("clients", plan.clients, _client),
        ("tokens", plan.tokens, _token),
        ("units", plan.units, _unit),
        ("applications", plan.applications, _application),
        ("networks", plan.networks, _network),
        ("devices", plan.devices, _device),
        ("deviceRoutes", plan.device_routes, _device_route),
        ("networkRoutes", plan.network_routes, _network_route),
    )
    done: dict[str, Any] = {"switches": plan.switches}
    for name, rows, put in parts:
        done[name] = [_put(world, f"{name}[{index}]", row, put) for index, row in enumerate(rows)]
    return done


def _put(
    world: World, where: str, row: msgspec.Struct, put: Callable[[World, Any], dict[str, Any]]
) -> dict[str, Any]:
    """Put one row in; it comes back as it was given, with what it got."""
    try:
        got = put(world, row)
    except InputError as error:
        field = f"{where}.{error.field}"
        raise InputError(error.message, field=field, value=error.value, remedy=error.remedy) from error
    shown: dict[str, Any] = msgspec.to_builtins(row)
    return shown | got


def _switch(world: World, switches: dict[str, Any]) -> None:
    known = {field.name: getattr(world.limits, field.name) for field in dataclasses.fields(world.limits)}
    for name, value in switches.items():
        if name not in known:
            raise InputError(
                "no such switch", field=f"switches.{name}", value=value, remedy="see core/limits.py"
            )
        kind = type(known[name])
        fits = isinstance(value, (int, float) if kind is float else kind)
        if not fits or (isinstance(value, bool) and kind is not bool):
            raise InputError(
                f"{value!r} is no {kind.__name__}", field=f"switches.{name}", value=value, remedy="correct it"
            )
    try:
        world.limits = dataclasses.replace(world.limits, **switches)
    except ValueError as error:
        raise InputError(str(error), field="switches", value=switches, remedy="correct it") from error


def _user(world: World, row: UserSeed) -> dict[str, Any]:
    found = registry(world)
    user = found.users.find(row.account) or (found.users.get(row.user_id) if row.user_id else None)
    if user is None:
        now = found.now_ms()
        identifier = row.user_id or found.new_id(found.users, now)
        user = found.users.add(User(identifier, row.account, now, row.name, row.roles))
    else:
        found.users.change(user, account=row.account, name=row.name, roles=row.roles)
    token = issuer.issue(world, user)
    return {
        "userId": user.id,
        "token": token.value,
        "expiresIn": round(token.expires_at - world.clock.now()),
    }


def _client(world: World, row: ClientSeed) -> dict[str, Any]:
    table = issuer.clients(world)
    identifier = row.client_id or world.unused(table, lambda: world.identifiers.hex(16))
    known = table.get(identifier)
    secret = row.client_secret or (known.secret if known is not None else world.identifiers.hex(64))
    table.put(identifier, Client(identifier, secret, _user_of(world, row.account), row.name))
    return {"clientId": identifier, "clientSecret": secret}


def _token(world: World, row: TokenSeed) -> dict[str, Any]:
    user = registry(world).users.table.rows[_user_of(world, row.account)]
    if row.token is not None and not row.token.strip():
        raise InputError("must not be empty", field="token", value=row.token, remedy="leave it out")
    token = issuer.issue(world, user, lifetime=row.expires_in, value=row.token or "")
    return {"token": token.value, "expiresIn": round(token.expires_at - world.clock.now(), 3)}


def _unit(world: World, row: UnitSeed) -> dict[str, Any]:
    found = registry(world)
    code, owner = _code(row.code), _user_of(world, row.owner)
    members = list(dict.fromkeys([owner, *(_user_of(world, member) for member in row.members)]))
    fields: dict[str, Any] = {"name": row.name, "info": row.info}
    unit = found.units.find(code)
    if unit is None:
        unit = found.add_unit(code, owner, id=_free(found.units, "unitId", row.unit_id), **fields)
        found.units.change(unit, members=members)
    else:
        found.change(found.units, unit, owner=owner, members=members, **fields)
    return {"unitId": unit.id, "ownerId": owner, "memberIds": members}


def _application(world: World, row: ApplicationSeed) -> dict[str, Any]:
    found, unit = registry(world), _unit_of(world, row.unit)
    code, host_uri = _code(row.code), _host_uri(row.host_uri)
    application = found.applications.find((unit.id, code))
    if application is None:
        identifier = _free(found.applications, "applicationId", row.application_id)
        fields: dict[str, Any] = {"id": identifier, "name": row.name, "info": row.info}
        application = found.add_application(unit, code, host_uri, **fields)
    else:
        found.change(found.applications, application, name=row.name, info=row.info)
        found.move_application(application, host_uri)
    return {"applicationId": application.id, "unitId": unit.id, "unitCode": unit.code, "hostUri": host_uri}


def _network(world: World, row: NetworkSeed) -> dict[str, Any]:
    found = registry(world)
    unit = None if row.unit is None else _unit_of(world, row.unit)
    code, host_uri = _code(row.code), _host_uri(row.host_uri)
    network = found.networks.find((unit.id if unit is not None else None, code))
    if network is None:
        identifier = _free(found.networks, "networkId", row.network_id)
        fields: dict[str, Any] = {"id": identifier, "name": row.name, "info": row.info}
        network = found.add_network(unit, code, host_uri, **fields)
    else:
        found.change(found.networks, network, name=row.name, info=row.info)
        found.move_network(network, host_uri)
    return {
        "networkId": network.id,
        "unitId": network.unit,
        "unitCode": found.unit_code(network.unit),
        "hostUri": host_uri,
    }


def _device(world: World, row: DeviceSeed) -> dict[str, Any]:
    found, unit = registry(world), _unit_of(world, row.unit)
    network, address = _network_of(world, unit, row.network), row.network_addr.strip().lower()
    if not address:
        raise InputError("must not be empty", field="networkAddr", value=row.network_addr, remedy="give one")
    fields: dict[str, Any] = {"profile": row.profile.lower(), "name": row.name, "info": row.info}
    device = found.devices.find((network.id, address))
    if device is None:
        identifier = _free(found.devices, "deviceId", row.device_id)
        device = found.add_device(unit, network, address, id=identifier, **fields)
    elif device.unit != unit.id:
        raise InputError(
            "is taken by another unit", field="networkAddr", value=row.network_addr, remedy="give another"
        )
    else:
        found.change(found.devices, device, **fields)
    return {
        "deviceId": device.id,
        "unitId": unit.id,
        "networkId": network.id,
        "networkCode": network.code,
        "networkAddr": address,
    }


def _device_route(world: World, row: DeviceRouteSeed) -> dict[str, Any]:
    found, unit = registry(world), _unit_of(world, row.unit)
    application, network = (
        _application_of(world, unit, row.application),
        _network_of(world, unit, row.network),
    )
    device = found.devices.find((network.id, row.network_addr.strip().lower()))
    if device is None or device.unit != unit.id:
        raise _missing("networkAddr", row.network_addr, "no device of the unit has this address")
    route = found.device_routes.find((application.id, device.id)) or found.add_device_route(
        application, device
    )
    return {"routeId": route.id, "applicationId": application.id, "deviceId": device.id}


def _network_route(world: World, row: NetworkRouteSeed) -> dict[str, Any]:
    found, unit = registry(world), _unit_of(world, row.unit)
    application, network = (
        _application_of(world, unit, row.application),
        _network_of(world, unit, row.network),
    )
    route = found.network_routes.find((application.id, network.id)) or found.add_network_route(
        application, network
    )
    return {"routeId": route.id, "applicationId": application.id, "networkId": network.id}


# ---- what rows name


def _user_of(world: World, name: str) -> str:
    found = registry(world).users
    user = found.find(name) or found.get(name)
    if user is None:
        raise _missing("account", name, "no user has this account or id")
    return user.id


def _unit_of(world: World, name: str) -> Unit:
    found = registry(world).units
    unit = found.find(name.lower()) or found.get(name)
    if unit is None:
        raise _missing("unit", name, "no unit has this code or id")
    return unit


def _application_of(world: World, unit: Unit, name: str) -> Application:
    found = registry(world).applications
    application = found.find((unit.id, name.lower())) or found.get(name)
    if application is None or application.unit != unit.id:
        raise _missing("application", name, "the unit has no application of this code or id")
    return application


def _network_of(world: World, unit: Unit, name: str) -> Network:
    found, code = registry(world).networks, name.lower()
    network = found.find((unit.id, code)) or found.find((None, code)) or found.get(name)
    if network is None or network.unit not in (None, unit.id):
        raise _missing("network", name, "neither the unit nor the public has a network of this code or id")
    return network


def _free(table: IndexedTable[Any], field: str, identifier: str | None) -> str | None:
    """An id that was given, when nothing else has it."""
    if identifier is not None and table.get(identifier) is not None:
        raise InputError("something else has this id", field=field, value=identifier, remedy="leave it out")
    return identifier


def _missing(field: str, value: str, what: str) -> InputError:
    return InputError(what, field=field, value=value, remedy="seed it first")


def _code(value: str) -> str:
    if not _CODE.fullmatch(value):
        raise InputError(
            "is no code", field="code", value=value, remedy="letters, digits, - and _, not - or _ first"
        )
    return value.lower()


def _host_uri(value: str) -> str:
    uri = normal_uri(value)
    if uri is None:
        raise InputError("is no host URI", field="hostUri", value=value, remedy="e.g. mqtt://127.0.0.1:18830")
    return uri
