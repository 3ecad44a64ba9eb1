"""The application's socket: login, subscriptions, reports, commands, heartbeats, bad input."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from thingproof_platform.core.effects import CloseSession, PublishMqtt, SendText
from thingproof_platform.network.gizwits_codecs import codec_of
from thingproof_platform.tests.builders import BINARY, VALUES, Cloud
from thingproof_platform.vendors.gizwits import DIALECT
from thingproof_platform.vendors.gizwits.service.app_session import TRANSITIONS, AppSession


class App:
    """An application on the socket, holding what it was sent."""

    def __init__(self, cloud: Cloud, name: str = "s1", **login: Any) -> None:
        assert DIALECT.open_session is not None
        self.cloud = cloud
        self.name = name
        self.session = DIALECT.open_session(cloud.world, name, "/ws/app/v1", {}, "10.0.0.7")
        self.closed: CloseSession | None = None
        self.published: list[PublishMqtt] = []
        if login.pop("login", True):
            data = {"appid": "app", "uid": cloud.uid, "token": cloud.token, "heartbeat_interval": 60} | login
            (answer,) = self.ask("login_req", data)
            assert answer == {"cmd": "login_res", "data": {"success": True}}

    def ask(self, cmd: str, data: Any = None, **members: Any) -> list[dict[str, Any]]:
        """Send a message and take the answers."""
        message = {"cmd": cmd, **members} | ({} if data is None else {"data": data})
        return self.say(msgspec.json.encode(message).decode())

    def say(self, text: str) -> list[dict[str, Any]]:
        """Send any text and take the answers."""
        self.session.receive(text)
        return self.take()

    def take(self) -> list[dict[str, Any]]:
        """What was sent to this application since the last call."""
        messages = []
        for effect in self.cloud.world.drain_effects():
            if isinstance(effect, SendText) and effect.session_id == self.name:
                messages.append(msgspec.json.decode(effect.text))
            elif isinstance(effect, CloseSession) and effect.session_id == self.name:
                self.closed = effect
            elif isinstance(effect, PublishMqtt):
                self.published.append(effect)
        return messages


@pytest.fixture
def cloud() -> Cloud:
    """Both devices bound and online."""
    cloud = Cloud()
    cloud.bind()
    body = {"product_key": BINARY["product_key"], "mac": "ffffffffffff"}
    cloud.call("bindings.bind_mac", body, headers=cloud.signed(BINARY["product_secret"]))
    cloud.online()
    cloud.online("display")
    cloud.world.drain_effects()
    return cloud


def _error(messages: list[dict[str, Any]]) -> int:
    (message,) = messages
    assert message["cmd"] == "s2c_invalid_msg"
    assert isinstance(message["data"]["msg"], str)
    return int(message["data"]["error_code"])


def test_every_transition_names_a_method() -> None:
    """The table and the machine agree."""
    for method in TRANSITIONS.values():
        assert callable(getattr(AppSession, method))


def test_ping_works_before_and_after_login(cloud: Cloud) -> None:
    """Pong, without data."""
    assert App(cloud, login=False).ask("ping") == [{"cmd": "pong"}]
    assert App(cloud).ask("ping") == [{"cmd": "pong"}]


@pytest.mark.parametrize("wrong", [{"token": "0" * 32}, {"uid": "0" * 32}, {"appid": "other"}])
def test_login_that_does_not_fit(cloud: Cloud, wrong: dict[str, str]) -> None:
    """The answer says so, and nothing else works."""
    app = App(cloud, login=False)
    data = {"appid": "app", "uid": cloud.uid, "token": cloud.token} | wrong
    assert app.ask("login_req", data) == [{"cmd": "login_res", "data": {"success": False}}]
    assert _error(app.ask("c2s_read", {"did": cloud.did})) == 9004


@pytest.mark.parametrize(
    "change",
    [
        {"token": 5},
        {"uid": None},
        {"p0_type": "xml"},
        {"p0_type": ["attrs_v4"]},
        {"heartbeat_interval": 0},
        {"heartbeat_interval": "60"},
        {"heartbeat_interval": 180_001},
        {"heartbeat_interval": True},
        {"auto_subscribe": "yes"},
    ],
)
def test_malformed_logins(cloud: Cloud, change: dict[str, Any]) -> None:
    """Wrong types and values are invalid messages."""
    app = App(cloud, login=False)
    data = {"appid": "app", "uid": cloud.uid, "token": cloud.token} | change
    assert _error(app.ask("login_req", data)) == 9015


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "{}",
        "null",
        '{"cmd": 5}',
        '{"cmd": "dance"}',
        "[" * 5000,
        '{"cmd":"login_req"}',
        '{"cmd":"login_req","data":[1]}',
        '{"cmd":"subscribe_req","data":{}}',
        '{"cmd":"subscribe_req","data":["did"]}',
        '{"cmd":"c2s_read"}',
        '{"cmd":"c2s_read","data":{"did":5}}',
        '{"cmd":"c2s_raw","data":{"did":"gKufzxZwYeyd3Skbsb6mza"}}',
        '{"cmd":"c2s_raw","data":{"did":"gKufzxZwYeyd3Skbsb6mza","raw":[1,2]}}',
        '{"cmd":"c2s_raw","data":{"did":"gKufzxZwYeyd3Skbsb6mza","raw":[0,0,0,3,4,0,0,145,2]}}',
        '{"cmd":"c2s_write","data":{"did":"gKufzxZwYeyd3Skbsb6mza"}}',
        '{"cmd":"c2s_read","req_sn":-1,"data":{"did":"gKufzxZwYeyd3Skbsb6mza"}}',
        '{"cmd":"c2s_read","req_sn":4294967296,"data":{"did":"gKufzxZwYeyd3Skbsb6mza"}}',
        '{"cmd":"c2s_ack","res_sn":1}',
    ],
)
def test_invalid_messages_are_answered(cloud: Cloud, text: str) -> None:
    """Whatever comes, the answer is s2c_invalid_msg and the conversation goes on."""
    app = App(cloud)
    assert _error(app.say(text)) == 9015
    assert app.ask("ping") == [{"cmd": "pong"}]


def test_reports_reach_subscribed_applications(cloud: Cloud) -> None:
    """All bound devices by default; booleans as such, labels, bytes as an array."""
    app = App(cloud)
    cloud.report()
    assert app.take() == [{"cmd": "s2c_noti", "data": {"did": cloud.did, "attrs": VALUES}}]
    cloud.report({"binary": bytes(range(5))}, "display")
    assert app.take()[0]["data"] == {"did": "display", "attrs": {"binary": [0, 1, 2, 3, 4]}}


def test_numbered_reports_carry_their_number(cloud: Cloud) -> None:
    """A 0x0093 report is pushed once with req_sn, repetitions are not pushed."""
    app = App(cloud)
    cloud.report(sequence=12)
    cloud.report(sequence=12)
    (message,) = app.take()
    assert message["req_sn"] == 12
    assert app.ask("c2s_ack", res_sn=12, did=cloud.did) == []


def test_subscribing_by_hand(cloud: Cloud) -> None:
    """Without auto_subscribe nothing comes until the device is subscribed; failures are told apart."""
    app = App(cloud, auto_subscribe=False)
    cloud.report()
    assert app.take() == []
    stranger = {"product_key": cloud.key, "mac": "1", "did": "stranger"}
    DIALECT.seed(cloud.world, {"devices": [stranger]})
    wanted = [{"did": cloud.did}, {"did": "stranger"}, {"did": "nothing"}, {}]
    (answer,) = app.ask("subscribe_req", wanted)
    assert [entry["did"] for entry in answer["data"]["success"]] == [cloud.did]
    assert [entry["error_code"] for entry in answer["data"]["failed"]] == [9017, 9014, 9015]
    cloud.report()
    assert [message["cmd"] for message in app.take()] == ["s2c_noti"]


def test_other_users_hear_nothing(cloud: Cloud) -> None:
    """A user without binding gets no report and cannot control."""
    token = cloud.user("bob")
    uid = cloud.call("users.get", token=token).body["uid"]
    app = App(cloud, uid=uid, token=token)
    cloud.report()
    assert app.take() == []
    assert _error(app.ask("c2s_write", {"did": cloud.did, "attrs": {"switch": True}})) == 9017
    assert app.published == []


def test_online_status_is_pushed_on_change(cloud: Cloud) -> None:
    """Offline once the offline process is over, online when it logs in; a quick re-login is no change."""
    app = App(cloud)
    cloud.m2m.disconnected(cloud.did)
    cloud.online()
    assert app.take() == []
    cloud.m2m.disconnected(cloud.did)
    cloud.world.clock.advance(5)
    (message,) = app.take()
    assert message == {
        "cmd": "s2c_online_status",
        "data": {"did": cloud.did, "passcode": "JHHOOIWJBA", "mac": "accf2350d446", "online": False},
    }
    cloud.online()
    assert app.take()[0]["data"]["online"] is True


def test_write_and_its_acknowledgement(cloud: Cloud) -> None:
    """With req_sn the frame is 0x0093, the device's 0x0094 comes back as s2c_ack to this client alone."""
    app, other = App(cloud), App(cloud, "s2")
    assert app.ask("c2s_write", {"did": cloud.did, "attrs": {"switch": True}}, req_sn=77) == []
    (message,) = app.published
    assert message.payload.hex() == "000000030c00009300" + "00004d" + "0101010010"
    answer = bytes.fromhex("00000003070000940000004d")
    client = message.topic.rpartition("/")[2]
    assert cloud.m2m.published(cloud.did, f"dev2app/{cloud.did}/{client}", answer)
    assert app.take() == [{"cmd": "s2c_ack", "res_sn": 77, "did": cloud.did}]
    assert other.take() == []
    assert len(cloud.world.commands) == 0


def test_read_and_its_answer(cloud: Cloud) -> None:
    """The answer goes to the asking client only and is a reading of its own."""
    app, other = App(cloud), App(cloud, "s2")
    app.ask("c2s_read", {"did": cloud.did})
    (message,) = app.published
    assert message.payload.hex() == "000000030400009002"
    frame = bytearray(codec_of(cloud.world, cloud.key).report(VALUES))
    frame[8] = 3
    cloud.m2m.published(cloud.did, message.topic.replace("app2dev", "dev2app"), bytes(frame))
    effects = cloud.world.drain_effects()
    assert [effect.session_id for effect in effects if isinstance(effect, SendText)] == ["s1"]
    assert other.take() == []
    assert cloud.call("devdata.latest").body["attr"]["set_temp"] == 16


def test_read_of_some_data_points(cloud: Cloud) -> None:
    """A variable-length product is asked by flags; unknown names are refused."""
    app = App(cloud)
    app.ask("c2s_read", {"did": "display", "names": ["binary"]})
    assert app.published[0].payload.hex().endswith("1204")
    assert _error(app.ask("c2s_read", {"did": "display", "names": ["nothing"]})) == 9025
    assert _error(app.ask("c2s_read", {"did": "display", "names": [["binary"]]})) == 9025


def test_command_refusals_on_the_socket(cloud: Cloud) -> None:
    """Offline and invalid attributes have the codes of the HTTP side."""
    app = App(cloud)
    assert _error(app.ask("c2s_write", {"did": cloud.did, "attrs": {"room_temp": 1}})) == 9025
    cloud.m2m.disconnected(cloud.did)
    cloud.world.clock.advance(5)
    app.take()
    assert _error(app.ask("c2s_write", {"did": cloud.did, "attrs": {"switch": 1}})) == 9042


def test_unacknowledged_commands_expire(cloud: Cloud) -> None:
    """After its lifetime a numbered command is forgotten; a late acknowledgement means nothing."""
    app = App(cloud)
    app.ask("c2s_write", {"did": cloud.did, "attrs": {"switch": True}}, req_sn=1)
    topic = app.published[0].topic.replace("app2dev", "dev2app")
    assert len(cloud.world.commands) == 1
    cloud.world.clock.advance(61)
    assert len(cloud.world.commands) == 0
    cloud.m2m.published(cloud.did, topic, bytes.fromhex("000000030700009400000001"))
    assert app.take() == []


def test_custom_sessions_speak_raw(cloud: Cloud) -> None:
    """Frames as bytes in both directions, no data point messages."""
    app = App(cloud, p0_type="custom")
    cloud.report()
    (message,) = app.take()
    assert (message["cmd"], message["data"]["raw"][:4]) == ("s2c_raw", [0, 0, 0, 3])
    assert _error(app.ask("c2s_read", {"did": cloud.did})) == 9015
    assert app.ask("c2s_raw", {"did": cloud.did, "raw": [0, 0, 0, 3, 4, 0, 0, 144, 2]}) == []
    assert app.published[0].payload.hex() == "000000030400009002"


def test_transparent_data_reaches_everyone_raw(cloud: Cloud) -> None:
    """Action 06 is pushed as s2c_raw to data point sessions as well."""
    app = App(cloud)
    cloud.m2m.published(cloud.did, f"dev2app/{cloud.did}", bytes.fromhex("000000030600009106abcd"))
    assert [message["cmd"] for message in app.take()] == ["s2c_raw"]


def test_new_bindings_are_told_and_subscribed() -> None:
    """Binding a device tells the user's open sessions, and its reports follow."""
    cloud = Cloud()
    app = App(cloud)
    cloud.bind()
    assert app.take() == [{"cmd": "s2c_binding_changed", "data": {"did": cloud.did, "bind": True}}]
    cloud.online()
    cloud.report()
    assert [message["cmd"] for message in app.take()] == ["s2c_online_status", "s2c_noti"]
    thing = cloud.world.things.find("gizwits", cloud.did)[1]
    binding = cloud.world.things.binding(cloud.uid, thing.id)
    assert binding is not None
    cloud.world.things.unbind(binding)
    assert app.take() == [{"cmd": "s2c_binding_changed", "data": {"did": cloud.did, "bind": False}}]
    cloud.report()
    assert app.take() == []


@pytest.mark.parametrize(("announced", "seconds"), [(20, 20), (20_000, 20), (None, 180)])
def test_silent_sessions_are_closed(cloud: Cloud, announced: int | None, seconds: int) -> None:
    """Heartbeat in seconds or milliseconds; half an interval of slack."""
    app = App(cloud, heartbeat_interval=announced)
    for _ in range(3):
        cloud.world.clock.advance(seconds)
        assert app.ask("ping") == [{"cmd": "pong"}]
    cloud.world.clock.advance(seconds * 1.5)
    assert app.take() == []
    assert app.closed is not None
    assert app.say('{"cmd":"ping"}') == []


def test_sessions_without_login_are_closed_at_last(cloud: Cloud) -> None:
    """Nobody stays for ever without saying who it is."""
    app = App(cloud, login=False)
    cloud.world.clock.advance(271)
    app.take()
    assert app.closed is not None


def test_floods_are_closed(cloud: Cloud) -> None:
    """More messages a second than allowed end the conversation, unless the clock stands still."""
    cloud.world.clock.freeze()
    app = App(cloud)
    for _ in range(cloud.world.limits.session_messages_per_second + 1):
        assert app.ask("ping") == [{"cmd": "pong"}]
    cloud.world.clock.resume()
    for _ in range(cloud.world.limits.session_messages_per_second + 1):
        app.ask("ping")
    assert app.closed is not None
    assert app.closed.code == 1008


def test_expired_token_ends_control(cloud: Cloud) -> None:
    """A conversation does not outlive the rights of its token."""
    app = App(cloud)
    cloud.world.clock.freeze()
    for _ in range(7 * 24 * 60):
        cloud.world.clock.advance(60)
        app.ask("ping")
    assert _error(app.ask("c2s_read", {"did": cloud.did})) == 9006


def test_closed_sessions_get_nothing(cloud: Cloud) -> None:
    """After the end nothing is sent; a reset of the platform closes the others."""
    app, other = App(cloud), App(cloud, "s2")
    app.session.closed()
    cloud.report()
    assert app.take() == []
    cloud.world.reset()
    other.take()
    assert other.closed is not None
