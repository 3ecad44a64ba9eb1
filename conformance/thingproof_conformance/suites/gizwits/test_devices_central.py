"""Central devices with sub-devices, and the devices the vendor's site demonstrates.

The document names the types (gizwits.md:773) and the address `virtual:site` (gizwits.md:898). How a
sub-device speaks is inferred: it has a DID of its own, and its central device publishes and subscribes for
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.broker import ACCEPTED, connect
from thingproof_conformance.suites.gizwits.broker_client import REFUSED, bare_device
from thingproof_conformance.suites.gizwits.products import (
    ACKNOWLEDGED,
    AIR_CONDITIONER,
    AIR_REPORT,
    AIR_SWITCHED_ON,
    RELIABLE_AIR_REPORT,
)
from thingproof_conformance.suites.gizwits.steps import (
    await_entries,
    await_latest,
    await_offline,
    await_online,
    await_report,
    control,
    details,
    devices_of,
    instruction,
    latest,
    log,
)
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.suites.gizwits.broker_client import BrokerClient
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

GET, LATEST, CONTROL = "gizwits.devices.get", "gizwits.devdata.latest", "gizwits.devices.control"
LOG, LIST = "gizwits.devices.raw_data", "gizwits.bindings.list"
NEEDS = ("seed", "hardware")


def family(gizwits: GizwitsTarget) -> tuple[User, Device, Device]:
    """A user with a central device and a sub-device, both bound, neither connected."""
    user, product = gizwits.new_user(), gizwits.new_product(AIR_CONDITIONER)
    central = gizwits.new_device(product, type="center_control")
    child = gizwits.new_device(product, type="sub_dev", parent_did=central.did)
    for device in (central, child):
        gizwits.bind(user, device)
    return user, central, child


def hub(gizwits: GizwitsTarget, central: Device, child: Device) -> BrokerClient:
    """The central device at the broker, subscribed for itself and the sub-device."""
    client = bare_device(gizwits, central)
    for did in (central.did, child.did):
        granted = client.subscribe(f"app2dev/{did}/#")
        expect.true(granted != REFUSED, f"the central device may subscribe for {did}", actual="refused")
    return client


@case(LIST, kind="documented", needs=("seed",))
@pytest.mark.documented
def test_list__types_of_devices(gizwits: GizwitsTarget) -> None:
    """Type tells normal, central and sub-devices apart, in the list and in the details (gizwits.md:882)."""
    user, central, child = family(gizwits)
    single = gizwits.new_device(central.product)
    gizwits.bind(user, single)
    wanted = {central.did: "center_control", child.did: "sub_dev", single.did: "normal"}
    listed = {device["did"]: device["type"] for device in devices_of(gizwits, user)}
    expect.equal(wanted, listed, "types in the list")
    shown = {device.did: details(gizwits, user, device)["type"] for device in (central, child, single)}
    expect.equal(wanted, shown, "types in the details")


@case(GET, kind="event", events=("record.dev_online", "record.dev_offline"), needs=(*NEEDS, "clock"))
@pytest.mark.inferred
def test_get__sub_device_follows_its_central_device(gizwits: GizwitsTarget, control: ControlClient) -> None:
    """A sub-device is online exactly as long as its central device is, with records of its own."""
    user, central, child = family(gizwits)
    expect.equal(False, details(gizwits, user, child)["is_online"], "is_online before")
    client = hub(gizwits, central, child)
    await_online(gizwits, user, child)
    client.close()
    await_offline(gizwits, control, user, child)
    records = [entry["type"] for entry in log(gizwits, user, child, "online")["objects"]]
    expect.equal(["dev_online", "dev_offline"], records, "records of the sub-device")


@case(LATEST, kind="wire", events=("log.dev2app",), needs=NEEDS)
@pytest.mark.inferred
def test_latest__of_a_sub_device(gizwits: GizwitsTarget) -> None:
    """What the central device says for the sub-device belongs to the sub-device, acknowledgement included."""
    user, central, child = family(gizwits)
    client = hub(gizwits, central, child)
    client.publish(f"dev2app/{child.did}", RELIABLE_AIR_REPORT)
    await_latest(gizwits, child, set_temp=16)
    await_report(gizwits, user, child, RELIABLE_AIR_REPORT)
    came = client.wait_for(lambda topic, _: topic.startswith(f"app2dev/{child.did}/"))
    expect.true(came, "the report is acknowledged", actual=client.received)
    expect.equal([ACKNOWLEDGED], [frame for _, frame in client.received], "what the central device gets")
    answer = latest(gizwits, central, expected=ANY)
    shown = answer.body.get("attr") if answer.ok else None
    expect.equal(None, shown or None, "latest values of the central device")
    expect.equal([], log(gizwits, user, central)["objects"], "log of the central device")


@case(CONTROL, kind="wire", events=("command.device", "log.app2dev.client"), needs=NEEDS)
@pytest.mark.inferred
def test_control__of_a_sub_device(gizwits: GizwitsTarget) -> None:
    """A command to a sub-device arrives at its central device, on the topic of the sub-device alone."""
    user, central, child = family(gizwits)
    client = hub(gizwits, central, child)
    client.publish(f"dev2app/{child.did}", AIR_REPORT)
    await_latest(gizwits, child, set_temp=16)
    control(gizwits, user, child, attrs={"switch": True})
    came = client.wait_for(lambda topic, _: topic.startswith("app2dev/"))
    expect.true(came, "the command arrives", actual=client.received)
    ((topic, frame),) = client.received
    expect.true(topic.startswith(f"app2dev/{child.did}/"), "it names the sub-device", actual=topic)
    expect.equal("010101000010", instruction(frame), "the instruction")
    (entry,) = await_entries(gizwits, user, child, wanted=lambda each: each["type"] == "app2dev")
    expect.equal(user.uid, entry.get("uid"), "uid")


@case(CONTROL, kind="state", errors=(9042,), needs=("seed",))
@pytest.mark.inferred
def test_control__of_a_sub_device_without_its_central_device(gizwits: GizwitsTarget) -> None:
    """Without its central device a sub-device is offline."""
    user, _, child = family(gizwits)
    answer = control(gizwits, user, child, expected=ANY, attrs={"switch": True})
    expect.equal(9042, answer.error_code, "error_code")


@case(LOG, kind="permission", needs=NEEDS)
@pytest.mark.inferred
def test_raw_data__strangers_do_not_speak_for_sub_devices(gizwits: GizwitsTarget) -> None:
    """A device that is not the central one neither reports nor listens for a sub-device."""
    user, central, child = family(gizwits)
    client = hub(gizwits, central, child)
    stranger = bare_device(gizwits, gizwits.new_device(central.product, type="center_control"))
    expect.equal(REFUSED, stranger.subscribe(f"app2dev/{child.did}/#"), "the stranger's subscription")
    stranger.publish(f"dev2app/{child.did}", AIR_SWITCHED_ON)
    client.publish(f"dev2app/{child.did}", AIR_REPORT)
    await_report(gizwits, user, child, AIR_REPORT)
    frames = [entry["payload_bin"] for entry in log(gizwits, user, child)["objects"]]
    expect.equal([AIR_REPORT], frames, "frames in the log")


@case(GET, kind="permission", needs=NEEDS)
@pytest.mark.inferred
def test_get__sub_device_does_not_log_in(gizwits: GizwitsTarget) -> None:
    """A sub-device has no connection of its own."""
    user, _, child = family(gizwits)
    connection, code = connect(gizwits.part.mqtt, child.did, child.did, child.passcode)
    connection.close()
    expect.true(code != ACCEPTED, "the login is refused", actual=code)
    expect.equal(False, details(gizwits, user, child)["is_online"], "is_online")


@case(LIST, kind="documented", needs=("seed",))
@pytest.mark.documented
def test_list__device_of_the_site(gizwits: GizwitsTarget) -> None:
    """A device the site demonstrates is listed as in the document's example (gizwits.md:895-913)."""
    user, product = gizwits.new_user(), gizwits.new_product(AIR_CONDITIONER)
    device = gizwits.new_device(product, mac="virtual:site", passcode="123456", is_sandbox=True)
    gizwits.bind(user, device, remark="备注信息", dev_alias="设备别名")
    (shown,) = devices_of(gizwits, user, show_proto_ver=1)
    wanted = {
        "product_key": product.product_key,
        "did": device.did,
        "mac": "virtual:site",
        "is_online": False,
        "passcode": "123456",
        "remark": "备注信息",
        "is_disabled": False,
        "type": "normal",
        "dev_alias": "设备别名",
        "dev_label": [],
        "proto_ver": "04",
        "wifi_soft_version": None,
        "is_sandbox": True,
        "role": "special",
    }
    expect.equal(wanted, {name: shown.get(name) for name in wanted}, "the device in the list")
    second = gizwits.new_device(gizwits.new_product(AIR_CONDITIONER), mac="virtual:site")
    expect.true(second.did != device.did, "each product has a site device of its own", actual=second.did)


@case(LATEST, kind="wire", needs=NEEDS)
@pytest.mark.inferred
def test_latest__device_of_the_site(gizwits: GizwitsTarget) -> None:
    """A device the site demonstrates is online and has values as soon as something drives it."""
    user, product = gizwits.new_user(), gizwits.new_product(AIR_CONDITIONER)
    device = gizwits.new_device(product, mac="virtual:site")
    gizwits.bind(user, device)
    bare_device(gizwits, device).publish(f"dev2app/{device.did}", AIR_REPORT)
    await_latest(gizwits, device, set_temp=16)
    await_online(gizwits, user, device)
