"""Binding devices and listing them (gizwits.md:707-800, 843-939)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import EXTENDED
from thingproof_conformance.suites.gizwits.steps import await_online, details, devices_of
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

BIND, LIST = "gizwits.bindings.bind_mac", "gizwits.bindings.list"
ROLES = ("special", "owner", "guest", "normal")


def device_of(gizwits: GizwitsTarget, *, sharing: bool = False, **fields: object) -> Device:
    """A fresh device of a fresh product."""
    return gizwits.new_device(gizwits.new_product(EXTENDED, sharing=sharing), **fields)


def role_of(gizwits: GizwitsTarget, user: User, device: Device) -> str:
    """The caller's role as the details show it."""
    return str(details(gizwits, user, device)["role"])


# Binding.


@case(BIND, kind="documented", rules=("r1", "r17", "gizwits.global.r13"), needs=("seed",))
@pytest.mark.documented
def test_bind_mac__binds(gizwits: GizwitsTarget) -> None:
    """Product key and MAC address bind that device to the caller, who sees it from then on."""
    user, device = gizwits.new_user(), device_of(gizwits)
    expect.equal([], devices_of(gizwits, user), "devices before")
    answer = gizwits.bind(user, device)
    for member, value in (
        ("did", device.did),
        ("mac", device.mac),
        ("passcode", device.passcode),
        ("product_key", device.product.product_key),
        ("is_disabled", False),
    ):
        expect.equal(value, answer[member], member)
    expect.equal([device.did], [row["did"] for row in devices_of(gizwits, user)], "devices after")


@case(BIND, kind="permission", rules=("r1",), errors=(9014,), needs=("seed",))
@pytest.mark.inferred
def test_bind_mac__of_another_product(gizwits: GizwitsTarget) -> None:
    """A MAC address is looked up in the named product only."""
    user, device, other = gizwits.new_user(), device_of(gizwits), gizwits.new_product(EXTENDED)
    answer = gizwits.call(
        BIND,
        token=user,
        headers=gizwits.signature(other),
        json={"product_key": other.product_key, "mac": device.mac},
        expect=ANY,
    )
    expect.refused(answer, 9014)
    expect.equal([], devices_of(gizwits, user), "devices")


@case(BIND, kind="documented", rules=("r4", "gizwits.bindings.list.r1"), needs=("seed",))
@pytest.mark.documented
def test_bind_mac__remark_and_alias(gizwits: GizwitsTarget) -> None:
    """Remark and dev_alias are kept with the binding: in the answer, the details and the list."""
    user, device = gizwits.new_user(), device_of(gizwits)
    given = {"remark": "备注信息", "dev_alias": "设备别名"}
    answer = gizwits.bind(user, device, **given)
    shown = (answer.body, details(gizwits, user, device).body, devices_of(gizwits, user)[0])
    for where in shown:
        expect.equal(given, {member: expect.field(where, member) for member in given}, "remark and alias")


@case(BIND, kind="permission", rules=("r4",), needs=("seed",))
@pytest.mark.inferred
def test_bind_mac__remark_is_each_users_own(gizwits: GizwitsTarget) -> None:
    """The remark belongs to the binding: another user of the device has another one."""
    device = device_of(gizwits)
    users = {remark: gizwits.new_user() for remark in ("mine", "yours")}
    for remark, user in users.items():
        gizwits.bind(user, device, remark=remark)
    for remark, user in users.items():
        expect.equal(remark, details(gizwits, user, device)["remark"], "remark")


@case(BIND, kind="documented", rules=("r11",), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("kind", ["normal", "center_control", "sub_dev"])
def test_bind_mac__type(gizwits: GizwitsTarget, kind: str) -> None:
    """Type tells a single device, a central control and its sub-device apart."""
    expect.equal(kind, gizwits.bind(gizwits.new_user(), device_of(gizwits, type=kind))["type"], "type")


@case(BIND, kind="documented", rules=("r14",), needs=("seed",))
@pytest.mark.documented
def test_bind_mac__broker(gizwits: GizwitsTarget) -> None:
    """Host and the four ports tell where the device broker is: there, where the target says it is."""
    answer = gizwits.bind(gizwits.new_user(), device_of(gizwits))
    expect.matches(r"\S+", answer["host"], "host")
    ports = [answer[name] for name in ("port", "port_s", "ws_port", "wss_port")]
    for port in ports:
        expect.between(1, 65535, port, "a port")
    expect.equal(4, len(set(ports)), "different ports")
    for address, member in ((gizwits.part.mqtt, "port"), (gizwits.part.ws, "ws_port")):
        if address is not None:
            expect.equal(urlsplit(address).port, answer[member], member)


@case(BIND, kind="state", rules=("r13",), needs=("seed", "hardware"))
@pytest.mark.documented
def test_bind_mac__is_online(gizwits: GizwitsTarget) -> None:
    """is_online is false for a device that never logged in and true for one that is connected."""
    user, device = gizwits.new_user(), device_of(gizwits)
    expect.equal(False, gizwits.bind(user, device)["is_online"], "is_online before")
    gizwits.hardware(device)
    await_online(gizwits, user, device)
    expect.equal(True, gizwits.bind(gizwits.new_user(), device)["is_online"], "is_online after")


@case(BIND, kind="negative", errors=(9023,), needs=("seed",))
@pytest.mark.documented
def test_bind_mac__disabled(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A deregistered device is not bound, and is once it is taken back."""
    user, device = gizwits.new_user(), device_of(gizwits, is_disabled=True)
    body = {"product_key": device.product.product_key, "mac": device.mac}
    refusal = gizwits.call(BIND, token=user, headers=gizwits.signature(device.product), json=body, expect=ANY)
    expect.refused(refusal, 9023)
    control.device("gizwits", device.did, disabled=False)
    gizwits.bind(user, device)


@case(BIND, kind="state", rules=("r1",), needs=("seed",))
@pytest.mark.inferred
def test_bind_mac__again(gizwits: GizwitsTarget) -> None:
    """Binding a device twice is one binding, with the role of the first time."""
    user, device = gizwits.new_user(), device_of(gizwits)
    first, second = gizwits.bind(user, device), gizwits.bind(user, device)
    expect.equal(first["role"], second["role"], "role")
    expect.equal(1, len(devices_of(gizwits, user)), "devices")


@case(BIND, kind="negative", rules=("r16",))
@negatives.parametrize(BIND)
def test_bind_mac__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt binding is refused in the vendor's form."""
    negatives.judge(gizwits, negative)


# Listing.


@case(LIST, kind="documented", rules=("r1", "r11"), needs=("seed",))
@pytest.mark.documented
def test_list__own_devices(gizwits: GizwitsTarget) -> None:
    """Exactly the caller's devices are listed, each with its own members."""
    user, stranger = gizwits.new_user(), gizwits.new_user()
    devices = {device.did: device for device in (device_of(gizwits), device_of(gizwits))}
    for device in devices.values():
        gizwits.bind(user, device)
    gizwits.bind(stranger, device_of(gizwits))
    rows = devices_of(gizwits, user)
    expect.equal(sorted(devices), sorted(row["did"] for row in rows), "dids")
    for row in rows:
        device = devices[row["did"]]
        shown = (row["mac"], row["passcode"], row["product_key"])
        expect.equal((device.mac, device.passcode, device.product.product_key), shown, "the device's members")


@case(LIST, kind="documented", rules=("r2", "r3"), needs=("seed",))
@pytest.mark.documented
def test_list__pages(gizwits: GizwitsTarget) -> None:
    """Limit sets the size of a page, skip where it begins; pages until a short one give every device once."""
    user, product = gizwits.new_user(), gizwits.new_product(EXTENDED)
    devices = [gizwits.new_device(product) for _ in range(5)]
    for device in devices:
        gizwits.bind(user, device)
    pages = [devices_of(gizwits, user, limit=2, skip=skip) for skip in (0, 2, 4, 6)]
    expect.equal([2, 2, 1, 0], [len(page) for page in pages], "sizes of the pages")
    listed = [row["did"] for page in pages for row in page]
    expect.equal(sorted(device.did for device in devices), sorted(listed), "dids of all pages")


@case(LIST, kind="documented", rules=("r3",), needs=("seed", "clock"))
@pytest.mark.inferred
def test_list__newest_first(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """The latest binding stands first, as the public documentation of the same interface says."""
    user, product = gizwits.new_user(), gizwits.new_product(EXTENDED)
    devices = [gizwits.new_device(product) for _ in range(3)]
    for device in devices:
        gizwits.bind(user, device)
        control.advance(10)
    wanted = [device.did for device in reversed(devices)]
    expect.equal(wanted, [row["did"] for row in devices_of(gizwits, user)], "order")


@case(LIST, kind="documented", rules=("r4",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.91")
def test_list__disabled(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A deregistered device is listed with show_disabled=1 only, and says so."""
    user, product = gizwits.new_user(), gizwits.new_product(EXTENDED)
    kept, gone = gizwits.new_device(product), gizwits.new_device(product)
    for device in (kept, gone):
        gizwits.bind(user, device)
    control.device("gizwits", gone.did, disabled=True)
    expect.equal([kept.did], [row["did"] for row in devices_of(gizwits, user, show_disabled=0)], "dids")
    rows = {row["did"]: row["is_disabled"] for row in devices_of(gizwits, user, show_disabled=1)}
    expect.equal({kept.did: False, gone.did: True}, rows, "is_disabled")


@case(LIST, kind="documented", rules=("r5", "r6"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.88")
@pytest.mark.parametrize("version", ["01", "01_01", "03", "04"])
def test_list__protocol_version(gizwits: GizwitsTarget, version: str) -> None:
    """show_proto_ver=1 adds proto_ver with the version of the product, 0 leaves it out."""
    user = gizwits.new_user()
    gizwits.bind(user, gizwits.new_device(gizwits.new_product(EXTENDED, protocol_version=version)))
    (full,) = devices_of(gizwits, user, show_proto_ver=1)
    expect.equal(version, expect.field(full, "proto_ver"), "proto_ver")
    (plain,) = devices_of(gizwits, user, show_proto_ver=0)
    expect.either(
        "gizwits.contra.88",
        a=lambda: expect.absent(plain, "proto_ver"),
        b=lambda: expect.equal(version, expect.field(plain, "proto_ver"), "proto_ver"),
    )


@case(LIST, kind="documented", rules=("r7",), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("sandbox", [True, False])
def test_list__sandbox(gizwits: GizwitsTarget, sandbox: bool) -> None:
    """is_sandbox tells whether the device uses the sandbox environment."""
    user = gizwits.new_user()
    gizwits.bind(user, device_of(gizwits, is_sandbox=sandbox))
    expect.equal(sandbox, devices_of(gizwits, user)[0]["is_sandbox"], "is_sandbox")


@case(LIST, kind="documented", rules=("r9",), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("version", ["04000006", None])
def test_list__wifi_version(gizwits: GizwitsTarget, version: str | None) -> None:
    """wifi_soft_version is the module's version, null when none is known."""
    user = gizwits.new_user()
    gizwits.bind(user, device_of(gizwits, wifi_soft_version=version))
    expect.equal(version, devices_of(gizwits, user)[0]["wifi_soft_version"], "wifi_soft_version")


@case(LIST, kind="documented", rules=("r1",), needs=("seed",))
@pytest.mark.inferred
@pytest.mark.parametrize(
    "member", ["protoc", "product_name", "mcu_soft_version", "mcu_hard_version", "wifi_hard_version"]
)
def test_list__members_clients_index(gizwits: GizwitsTarget, member: str) -> None:
    """Published clients read these members of every listed device and fail without them."""
    user = gizwits.new_user()
    gizwits.bind(user, device_of(gizwits))
    expect.field(devices_of(gizwits, user)[0], member)


@case(LIST, kind="permission", rules=("r8", "gizwits.global.r14"), needs=("seed",))
@pytest.mark.documented
def test_list__role_of_the_caller(gizwits: GizwitsTarget) -> None:
    """Two users of one device each see their own role."""
    device = device_of(gizwits)
    roles = {}
    for _ in range(2):
        user = gizwits.new_user()
        roles[user.uid] = (gizwits.bind(user, device)["role"], devices_of(gizwits, user)[0]["role"])
    for bound, listed in roles.values():
        expect.equal(bound, listed, "role")
        expect.one_of(ROLES, listed, "role")
    expect.equal(2, len({listed for _, listed in roles.values()}), "different roles")


@case(LIST, kind="permission", rules=("r10",), errors=(9004,))
@pytest.mark.inferred
def test_list__application_token(gizwits: GizwitsTarget) -> None:
    """The token of an application is no user token."""
    expect.refused(gizwits.call(LIST, token=gizwits.app_token(), expect=ANY), 9004)


@case(LIST, kind="negative", rules=("r10",))
@negatives.parametrize(LIST)
def test_list__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt request for the list is refused in the vendor's form."""
    negatives.judge(gizwits, negative)
