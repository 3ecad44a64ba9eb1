"""Applications and sub-devices on the device network, without a broker."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.core.effects import DisconnectMqtt, PublishMqtt
from thingproof_platform.core.errors import InputError
from thingproof_platform.network.gizwits_codecs import codec_of
from thingproof_platform.tests.builders import AIR_CONDITIONER, VALUES, Cloud
from thingproof_platform.vendors.gizwits import DIALECT
from thingproof_wire.frames.gizwits_p0 import Action, Command, Frame, encode_frame

READ = encode_frame(Frame(Command.APP_TO_DEVICE, bytes([Action.READ])))
DEVICES: list[dict[str, Any]] = [
    {"mac": "hub", "did": "hub", "passcode": "H", "type": "center_control"},
    {"mac": "lamp", "did": "lamp", "passcode": "L", "type": "sub_dev", "parent_did": "hub"},
]


class Home(Cloud):
    """A cloud with a central device and a sub-device; ann's application may log in as `app1`."""

    def __init__(self) -> None:
        super().__init__(
            devices=[{"product_key": AIR_CONDITIONER["product_key"], **device} for device in DEVICES]
        )
        DIALECT.seed(self.world, {"bindings": [{"username": "ann", "did": "lamp"}]})

    def log_in(self, client: str = "app1") -> None:
        """Ann's application is connected."""
        assert self.m2m.authenticate(client, f"2$app${self.uid}", self.token, "peer")
        self.m2m.connected(client, "10.0.0.5")

    def state(self, did: str) -> str:
        """How a device is connected."""
        return self.world.things.find("gizwits", did)[1].connection


def test_sub_devices_come_and_go_with_their_central_device() -> None:
    """Online at once, offline after the same grace, and by taking over re-online."""
    cloud = Home()
    number = cloud.online("hub")
    assert (cloud.state("hub"), cloud.state("lamp")) == ("online", "online")
    cloud.m2m.disconnected("hub", number)
    assert cloud.state("lamp") == "leaving"
    cloud.world.clock.advance(cloud.world.limits.offline_grace + 1)
    assert (cloud.state("hub"), cloud.state("lamp")) == ("offline", "offline")


def test_after_a_restart_the_central_device_still_speaks_for_its_own() -> None:
    """The parent is in the journal; whoever was online is leaving."""
    cloud = Home()
    cloud.online("hub")
    cloud.restart()
    assert cloud.state("lamp") == "leaving"
    assert cloud.m2m.may_publish("hub", "dev2app/lamp")
    assert not cloud.m2m.may_publish("lamp", "dev2app/hub")
    cloud.m2m.connected("hub", "10.0.0.9")
    assert cloud.state("lamp") == "online"


def test_a_deregistered_sub_device_is_offline_and_silent_until_it_is_taken_back() -> None:
    """Its central device stays connected."""
    cloud = Home()
    cloud.online("hub")
    cloud.world.things.set_disabled("gizwits", "lamp", disabled=True)
    assert (cloud.state("hub"), cloud.state("lamp")) == ("online", "leaving")
    frame = codec_of(cloud.world, cloud.key).report(VALUES)
    assert not cloud.m2m.published("hub", "dev2app/lamp", frame)
    cloud.world.things.set_disabled("gizwits", "lamp", disabled=False)
    assert cloud.state("lamp") == "online"
    assert cloud.m2m.published("hub", "dev2app/lamp", frame)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"type": "normal", "parent_did": "hub"}, "sub_dev"),
        ({"type": "sub_dev", "parent_did": "lamp"}, "center_control"),
        ({"type": "sub_dev", "parent_did": "nobody"}, "center_control"),
    ],
)
def test_impossible_families_are_refused(fields: dict[str, str], named: str) -> None:
    """Only a sub-device has a parent, and only a central device is one."""
    cloud = Home()
    row = {"product_key": cloud.key, "mac": "bulb", **fields}
    with pytest.raises(InputError, match=named):
        DIALECT.seed(cloud.world, {"devices": [row]})


@pytest.mark.parametrize(
    ("client", "username", "right"),
    [
        ("app1", "2$app${uid}", True),
        ("a" * 23, "2$app${uid}", True),
        ("a" * 24, "2$app${uid}", False),
        ("cloud", "2$app${uid}", False),
        ("ws1", "2$app${uid}", False),
        ("lamp", "2$app${uid}", False),
        ("app1", "1$app${uid}", False),
        ("app1", "2$other${uid}", False),
        ("app1", "2$app$other", False),
        ("app/1", "2$app${uid}", False),
    ],
)
def test_logins_of_applications(client: str, username: str, right: bool) -> None:
    """User name, token and a client id that nobody else speaks under."""
    cloud = Home()
    name = username.replace("{uid}", cloud.uid)
    assert cloud.m2m.authenticate(client, name, cloud.token, "peer") is right
    assert not cloud.m2m.authenticate(client, name, "wrong", "peer")


@pytest.mark.parametrize(
    ("topic", "allowed"),
    [
        ("dev2app/lamp", True),
        ("dev2app/lamp/app1", True),
        ("ser2cli_res/app1", True),
        ("dev2app/hub", False),
        ("dev2app/lamp/other", False),
        ("dev2app/lamp/#", False),
        ("dev2app/+", False),
        ("#", False),
        ("app2dev/lamp/#", False),
    ],
)
def test_applications_subscribe_to_bound_devices_only(topic: str, allowed: bool) -> None:
    """Neither wildcards nor what is meant for others."""
    cloud = Home()
    cloud.log_in()
    assert cloud.m2m.may_subscribe("app1", topic) is allowed


def test_unbinding_and_expiry_end_what_was_subscribed() -> None:
    """The broker asks for every message; at the expiry the connection ends."""
    cloud = Home()
    cloud.log_in()
    assert cloud.m2m.may_receive("app1", "dev2app/lamp")
    binding = cloud.world.things.binding(cloud.uid, cloud.world.things.find("gizwits", "lamp")[1].id)
    assert binding is not None
    cloud.world.things.unbind(binding)
    assert not cloud.m2m.may_receive("app1", "dev2app/lamp")
    cloud.world.clock.advance(cloud.world.limits.token_lifetime + 1)
    assert DisconnectMqtt("app1", "gizwits") in cloud.world.drain_effects()


def test_commands_of_applications_leave_once_and_are_logged() -> None:
    """The broker does not pass them on; the platform sends and logs them."""
    cloud = Home()
    cloud.online("hub")
    cloud.log_in()
    cloud.world.drain_effects()
    assert not cloud.m2m.passed_on("app1", "app2dev/lamp/app1")
    assert cloud.m2m.published("app1", "app2dev/lamp/app1", READ)
    sent = [effect for effect in cloud.world.drain_effects() if isinstance(effect, PublishMqtt)]
    assert [(effect.topic, effect.payload) for effect in sent] == [("app2dev/lamp/app1", READ)]
    for topic, frame in (("app2dev/hub/app1", READ), ("app2dev/lamp/app1", b"\0"), ("dev2app/lamp", READ)):
        assert not cloud.m2m.published("app1", topic, frame)
    assert cloud.world.counters["commands_refused"] == 3


def test_foreign_brokers_learn_who_may_do_what() -> None:
    """Sub-devices are no users; applications may listen, and their rights follow their bindings."""
    cloud = Home()
    accounts = {account.name: account for account in cloud.m2m.accounts()}
    assert "lamp" not in accounts
    assert "dev2app/lamp" in accounts["hub"].publish
    assert "app2dev/lamp/#" in accounts["hub"].subscribe
    app = accounts[f"2$app${cloud.uid}"]
    assert (app.secret, app.publish, app.subscribe) == (cloud.token, (), ("dev2app/lamp",))
    assert cloud.m2m.sender("dev2app/lamp/x") == "hub"
    version = cloud.m2m.accounts_version()
    DIALECT.seed(cloud.world, {"bindings": [{"username": "ann", "did": "hub"}]})
    assert cloud.m2m.accounts_version() != version
