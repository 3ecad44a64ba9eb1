"""Putting applications, products, devices, users and bindings in, for tests and demonstrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from thingproof_platform.core.errors import InputError
from thingproof_platform.core.model import Account, Application, Product
from thingproof_platform.vendors.gizwits.service import qr_code
from thingproof_wire.payloads.gizwits_product import Product as WireProduct

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_platform.core.model import Thing
    from thingproof_platform.core.world import World

Role = Literal["special", "owner", "normal", "guest"]


class ApplicationSeed(msgspec.Struct, forbid_unknown_fields=True):
    """An application; without products it is linked to all."""

    app_id: str | None = None
    app_secret: str | None = None
    super: bool = False
    region: Literal["cn", "us", "eu"] = "cn"
    oauth_keys: list[str] = []
    products: list[str] | None = None


class DeviceSeed(msgspec.Struct, forbid_unknown_fields=True):
    """A device of a product; a sub_dev names the center_control it speaks through (gizwits.md:773).

    The address of a device that the vendor's site demonstrates is `virtual:site` (gizwits.md:898).
    """

    product_key: str
    mac: str
    did: str | None = None
    passcode: str | None = None
    type: Literal["normal", "center_control", "sub_dev"] = "normal"
    parent_did: str | None = None
    is_disabled: bool = False
    is_sandbox: bool = False
    wifi_soft_version: str | None = None
    wifi_hard_version: str | None = None
    mcu_soft_version: str | None = None
    mcu_hard_version: str | None = None


class UserSeed(msgspec.Struct, forbid_unknown_fields=True):
    """A user with any of the identities; the first application when none is named."""

    app_id: str | None = None
    username: str = ""
    phone: str = ""
    email: str = ""
    password: str = ""
    activated: bool = True
    name: str = ""
    gender: Literal["M", "F", "N"] = "N"
    birthday: str = ""
    address: str = ""
    lang: Literal["en", "zh-cn"] = "en"
    remark: str = ""


class BindingSeed(msgspec.Struct, forbid_unknown_fields=True):
    """A user's role on a device; the user by uid, user name, phone or e-mail."""

    did: str
    username: str | None = None
    uid: str | None = None
    role: Role | None = None
    remark: str = ""
    dev_alias: str = ""
    dev_label: list[str] = []


class QrCodeSeed(msgspec.Struct, forbid_unknown_fields=True):
    """A QR code to be made for an address of a product, whether or not a device has it (gizwits.md:945)."""

    product_key: str
    mac: str


class Seed(msgspec.Struct, forbid_unknown_fields=True):
    """Everything that can be put in at once."""

    applications: list[ApplicationSeed] = []
    products: list[dict[str, Any]] = []
    devices: list[DeviceSeed] = []
    users: list[UserSeed] = []
    bindings: list[BindingSeed] = []
    qr_codes: list[QrCodeSeed] = []


_VERSIONS = (
    "type",
    "is_sandbox",
    "wifi_soft_version",
    "wifi_hard_version",
    "mcu_soft_version",
    "mcu_hard_version",
)


def seed(world: World, data: dict[str, Any]) -> dict[str, Any]:
    """Put everything in and return it completed; equal ids again change nothing but what is given.

    Raises:
        InputError: naming the member at fault; the parts before it are in already.
    """
    try:
        plan = msgspec.convert(data, Seed)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise InputError(what, field=where.rstrip("`") or "body", remedy="correct it") from error
    products = [_checked(index, mapping) for index, mapping in enumerate(plan.products)]
    return {
        "applications": _each("applications", plan.applications, lambda row: _application(world, row)),
        "products": [_product(world, mapping) for mapping in products],
        "devices": _each("devices", plan.devices, lambda row: _device(world, row)),
        "users": _each("users", plan.users, lambda row: _user(world, row)),
        "bindings": _each("bindings", plan.bindings, lambda row: _binding(world, row)),
        "qr_codes": _each("qr_codes", plan.qr_codes, lambda row: _qr_code(world, row)),
    }


def _completed(row: msgspec.Struct, given: dict[str, Any]) -> dict[str, Any]:
    """A row as it was given, with what it got."""
    shown: dict[str, Any] = msgspec.to_builtins(row)
    return shown | given


def _each(name: str, rows: list[Any], put: Callable[[Any], dict[str, Any]]) -> list[dict[str, Any]]:
    done = []
    for index, row in enumerate(rows):
        try:
            done.append(put(row))
        except InputError as error:
            field = f"{name}[{index}].{error.field}"
            raise InputError(error.message, field=field, value=error.value, remedy=error.remedy) from error
    return done


def _checked(index: int, mapping: dict[str, Any]) -> dict[str, Any]:
    """A product mapping the codec understands, with every default filled in."""
    if mapping.get("datapoints") == [] and isinstance(mapping.get("name"), str):
        return mapping  # a product that speaks raw bytes only
    try:
        return WireProduct.from_mapping(mapping).to_mapping()
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(str(error), field=f"products[{index}]", remedy="give a product mapping") from error


def _application(world: World, row: ApplicationSeed) -> dict[str, Any]:
    table = world.accounts.applications
    app_id = row.app_id or world.unused(table, world.identifiers.hex)
    known = table.get(app_id)
    secret = row.app_secret or (known.secret if known else world.identifiers.hex())
    application = Application(
        app_id,
        secret,
        "gizwits",
        super=row.super,
        region=row.region,
        oauth_keys=row.oauth_keys,
        products=row.products,
    )
    table.put(app_id, application)
    return _completed(row, {"app_id": app_id, "app_secret": secret})


def _product(world: World, mapping: dict[str, Any]) -> dict[str, Any]:
    table = world.things.products
    given_key = mapping.get("product_key")
    key = str(given_key or world.unused(table, world.identifiers.hex))
    known = table.get(key)
    secret = mapping.get("product_secret") or (known.secret if known else world.identifiers.hex())
    full = mapping | {"product_key": key, "product_secret": secret}
    sharing, aggregated = bool(mapping.get("sharing")), bool(mapping.get("data_service"))
    world.things.put_product(Product(key, str(secret), full, sharing, aggregated))
    return full


def _device(world: World, row: DeviceSeed) -> dict[str, Any]:
    things, product = world.things, _product_of(world, row.product_key)
    central = _central(world, row)
    thing = things.with_mac(row.product_key, row.mac) or things.add(row.product_key, row.mac)
    attachment = things.attachment_of("gizwits", thing.id)
    if attachment is None:
        did = row.did or world.unused(
            things.attachments, lambda: f"gizwits:{world.identifiers.did()}"
        ).removeprefix("gizwits:")
        other = things.attachment("gizwits", did)
        if other is not None:
            raise InputError("another device has this id", field="did", value=did, remedy="choose another")
        attachment = things.attach("gizwits", did, thing, secret=row.passcode or world.identifiers.passcode())
    elif row.did not in (None, attachment.external_id):
        raise InputError(
            f"the device has the id {attachment.external_id}",
            field="did",
            value=row.did,
            remedy="leave it out",
        )
    attachment.secret = row.passcode or attachment.secret
    attachment.fields = {name: getattr(row, name) for name in _VERSIONS}
    things.save(attachment)
    if central is not None:
        things.adopt(thing, central)
    things.set_disabled("gizwits", attachment.external_id, disabled=row.is_disabled)
    code = qr_code.content(product, row.mac)
    return _completed(row, {"did": attachment.external_id, "passcode": attachment.secret, "qr_content": code})


def _central(world: World, row: DeviceSeed) -> Thing | None:
    """The central device of a sub-device; the type and the parent have to fit."""
    if row.parent_did is None:
        return None
    if row.type != "sub_dev":
        raise InputError("only a sub_dev has one", field="parent_did", value=row.type, remedy="give the type")
    attachment = world.things.attachment("gizwits", row.parent_did)
    if attachment is None or attachment.fields.get("type") != "center_control":
        raise InputError(
            "no center_control has this id", field="parent_did", value=row.parent_did, remedy="seed it first"
        )
    return world.things.things.rows[attachment.thing]


def _product_of(world: World, key: str) -> Product:
    product = world.things.products.get(key)
    if product is None:
        raise InputError("no product has this key", field="product_key", value=key, remedy="seed it first")
    return product


def _qr_code(world: World, row: QrCodeSeed) -> dict[str, Any]:
    return _completed(row, {"qr_content": qr_code.content(_product_of(world, row.product_key), row.mac)})


def _user(world: World, row: UserSeed) -> dict[str, Any]:
    accounts = world.accounts
    app_id = row.app_id or next(iter(accounts.applications.rows), None)
    if app_id is None or app_id not in accounts.applications:
        raise InputError("no such application", field="app_id", value=row.app_id, remedy="seed one first")
    identities = {name: getattr(row, name) for name in ("username", "phone", "email") if getattr(row, name)}
    if not identities:
        raise InputError("no identity", field="username", remedy="give username, phone or email")
    found = (accounts.find(app_id, name, value) for name, value in identities.items())
    account: Account | None = next((known for known in found if known is not None), None)
    if account is None:
        account = accounts.create(app_id, **identities)
    if row.password and not (account.password and accounts.password_fits(account, row.password)):
        account.password = accounts.hashed(row.password)
    for name in ("username", "phone", "email", "name", "birthday", "address", "remark"):
        setattr(account, name, getattr(row, name) or getattr(account, name))
    account.activated, account.gender, account.language = row.activated, row.gender, row.lang
    accounts.save(account)
    token = accounts.issue(app_id, account.id)
    return _completed(
        row,
        {
            "app_id": app_id,
            "uid": account.id,
            "token": token.value,
            "expire_at": int(token.expires_at),
        },
    )


def _binding(world: World, row: BindingSeed) -> dict[str, Any]:
    attachment = world.things.attachment("gizwits", row.did)
    if attachment is None:
        raise InputError("no device has this id", field="did", value=row.did, remedy="seed it first")
    account = _account(world, row)
    thing = world.things.things.rows[attachment.thing]
    sharing = world.things.products.rows[thing.product].sharing
    others = world.things.bindings_of_thing(thing.id)
    first = "owner" if sharing else "special"
    role = row.role or (first if not others else "guest" if sharing else "normal")
    binding = world.things.binding(account.id, thing.id)
    if binding is None:
        binding = world.things.bind(account.id, thing.id, role, remark=row.remark, alias=row.dev_alias)
    binding.role, binding.labels = row.role or binding.role, row.dev_label
    world.things.save_binding(binding)
    return _completed(row, {"uid": account.id, "role": binding.role})


def _account(world: World, row: BindingSeed) -> Account:
    accounts = world.accounts
    if row.uid is not None:
        account = accounts.accounts.get(row.uid)
    else:
        name = row.username or ""
        found = (accounts.candidates(app_id, name) for app_id in accounts.applications.rows)
        account = next((candidates[0] for candidates in found if candidates), None)
    if account is None:
        field = "uid" if row.uid else "username"
        raise InputError("no such user", field=field, value=getattr(row, field), remedy="seed it first")
    return account
