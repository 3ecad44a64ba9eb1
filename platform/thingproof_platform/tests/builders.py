"""A seeded world and short ways to call the Gizwits dialect without a server."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import msgspec

from thingproof_contracts import Operation, load
from thingproof_platform.core.clock import Clock
from thingproof_platform.core.dialect import Awaiting, Request, Response, make_world
from thingproof_platform.core.errors import Refusal
from thingproof_platform.core.faults import apply_response
from thingproof_platform.core.identifiers import Identifiers
from thingproof_platform.core.world import Endpoints
from thingproof_platform.network.gizwits_codecs import codec_of
from thingproof_platform.network.gizwits_m2m import GizwitsM2M
from thingproof_platform.vendors.gizwits import DIALECT
from thingproof_platform.vendors.gizwits.auth import digest

if TYPE_CHECKING:
    from thingproof_platform.core.state import Change

START = 1_700_000_000.0
PASSWORD = "Passw0rd!"
CONTRACT = load("gizwits")
# The reconstruction behind the document's examples (gizwits.md:1122): mode and fan speed in Chinese there.
AIR_CONDITIONER: dict[str, Any] = {
    "name": "Air conditioner",
    "product_key": "4214bf2d79694a259232431b6f2ef46b",
    "product_secret": "5b5cf4a4d2b34f5c9d8f0a1b2c3d4e5f",
    "length": "fixed",
    "sharing": False,
    "protocol_version": "04",
    "datapoints": [
        {"id": 0, "name": "switch", "access": "writable", "type": "bool"},
        {"id": 1, "name": "fan_swing", "access": "writable", "type": "bool"},
        {
            "id": 2,
            "name": "mode",
            "access": "writable",
            "type": "enum",
            "values": ["制冷", "制热", "除湿", "送风"],
        },
        {
            "id": 3,
            "name": "fan_speed",
            "access": "writable",
            "type": "enum",
            "values": ["低风", "中风", "高风"],
        },
        {"id": 4, "name": "on_timing", "access": "writable", "type": "uint8", "minimum": 0, "maximum": 24},
        {"id": 5, "name": "set_temp", "access": "writable", "type": "uint8", "minimum": 16, "maximum": 30},
        {
            "id": 6,
            "name": "room_temp",
            "access": "readonly",
            "type": "uint8",
            "minimum": -10,
            "maximum": 50,
            "addition": -10,
        },
        {"id": 7, "name": "alert_full", "access": "alert", "type": "bool"},
        {"id": 8, "name": "fault_roomtemp", "access": "fault", "type": "bool"},
    ],
}
BINARY: dict[str, Any] = {
    "name": "Display",
    "product_key": "a" * 32,
    "product_secret": "b" * 32,
    "length": "variable",
    "sharing": True,
    "protocol_version": "04",
    "datapoints": [
        {"id": 0, "name": "lamp", "access": "writable", "type": "bool"},
        {
            "id": 1,
            "name": "level",
            "access": "writable",
            "type": "uint16",
            "minimum": 0,
            "maximum": 10,
            "ratio": 0.01,
            "addition": 0,
        },
        {"id": 2, "name": "binary", "access": "writable", "type": "binary", "length": 5},
    ],
}
VALUES: dict[str, Any] = {
    "switch": True,
    "fan_swing": False,
    "mode": "制冷",
    "fan_speed": "低风",
    "on_timing": 0,
    "set_temp": 16,
    "room_temp": -10,
    "alert_full": False,
    "fault_roomtemp": False,
}


class Wall:
    """A wall clock the test holds in its hand."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time


class Cloud:
    """A seeded world with short ways to call it."""

    def __init__(self, *, seed: int = 1, validates: bool = True, **seeds: Any) -> None:
        self.validates = validates
        self.wall = Wall()
        self.journal: list[Change] = []
        self.world = make_world((DIALECT,), Clock(self.wall), Identifiers(random.Random(seed)))  # noqa: S311 - tests repeat
        self.world.endpoints["gizwits"] = Endpoints("cloud.test", 1883, 8883, 8080, 8880)
        self.m2m = GizwitsM2M(self.world)
        data = {
            "applications": [{"app_id": "app", "app_secret": "secret"}],
            "products": [AIR_CONDITIONER, BINARY],
            "devices": [
                {
                    "product_key": AIR_CONDITIONER["product_key"],
                    "mac": "accf2350d446",
                    "did": "gKufzxZwYeyd3Skbsb6mza",
                    "passcode": "JHHOOIWJBA",
                },
                {
                    "product_key": BINARY["product_key"],
                    "mac": "ffffffffffff",
                    "did": "display",
                    "passcode": "P",
                },
            ],
            "users": [{"app_id": "app", "username": "ann", "password": PASSWORD}],
        }
        seeded = DIALECT.seed(self.world, data | seeds)
        self.token = seeded["users"][0]["token"] if seeded["users"] else ""
        self.uid = seeded["users"][0]["uid"] if seeded["users"] else ""
        self.did = "gKufzxZwYeyd3Skbsb6mza"
        self.key = AIR_CONDITIONER["product_key"]

    def call(
        self,
        name: str,
        body: Any = None,
        *,
        token: str | None = None,
        app: str = "app",
        headers: dict[str, str] | None = None,
        query: dict[str, Any] | None = None,
        did: str | None = None,
        path: dict[str, str] | None = None,
    ) -> Response:
        """Call gizwits.<name> the way the servers do; refusals come back rendered."""
        operation = CONTRACT.operations[f"gizwits.{name}"]
        token = self.token if token is None else token
        sent = {"x-gizwits-application-id": app, "x-gizwits-user-token": token} | (headers or {})
        request = Request(
            operation.id,
            operation.method,
            operation.path,
            {"did": self.did if did is None else did, "id": "1", "rule_id": "1", "code": "x"} | (path or {}),
            {key: str(value) for key, value in (query or {}).items()},
            {key: value for key, value in sent.items() if value},
            body,
            peer="10.0.0.7",
        )
        try:
            answer = self._answer(operation, request)
        except Refusal as refusal:
            answer = DIALECT.render(refusal, request)
        answer = apply_response(self.world.faults, operation.id, answer)
        if answer.raw is not None:
            answer.body = msgspec.json.decode(answer.raw)
        if not self.world.faults.active:
            assert CONTRACT.check_response(operation, answer.status, answer.body) == []
            assert CONTRACT.deviations(operation, answer.status, answer.body) == []
            if answer.status >= 400 and answer.body["error_code"] != 9015:
                assert answer.body["error_code"] in operation.errors
        return answer

    def _answer(self, operation: Operation, request: Request) -> Response:
        """Authenticate, compare with the contract unless the test wants the handler alone, handle."""
        DIALECT.authenticate(self.world, request, operation)
        if self.validates:
            problems = CONTRACT.check_request(operation, request.query, request.headers, request.body)
            if problems:
                raise DIALECT.invalid(operation, problems)
        answer = DIALECT.handlers[operation.id](self.world, request)
        assert not isinstance(answer, Awaiting)
        return answer

    def restart(self) -> None:
        """Come back from the journal, as after a crash; sessions and connections are gone."""
        self.journal += self.world.state.drain()
        self.wall.time = self.world.clock.now()
        endpoints = self.world.endpoints
        self.world = make_world((DIALECT,), Clock(self.wall), Identifiers(random.Random(1)))  # noqa: S311 - tests repeat
        self.world.endpoints = endpoints
        self.world.restore(self.journal)
        self.m2m = GizwitsM2M(self.world)

    def code(self, name: str, *arguments: Any, **named: Any) -> int:
        """The error code of a refused call; 0 for a success."""
        answer = self.call(name, *arguments, **named)
        return 0 if answer.status < 400 else answer.body["error_code"]

    def signed(
        self, secret: str = AIR_CONDITIONER["product_secret"], at: float | None = None
    ) -> dict[str, str]:
        """The headers of a signed bind request."""
        stamp = str(int(self.world.clock.now() if at is None else at))
        return {"x-gizwits-timestamp": stamp, "x-gizwits-signature": digest(secret, stamp)}

    def bind(self, token: str | None = None, **members: Any) -> Response:
        """Bind the air conditioner."""
        body = {"product_key": self.key, "mac": "accf2350d446"} | members
        return self.call("bindings.bind_mac", body, token=token, headers=self.signed())

    def user(self, name: str) -> str:
        """Register another user; the token."""
        answer = self.call("users.create", {"username": name, "password": PASSWORD})
        return str(answer.body["token"])

    def online(self, did: str | None = None) -> int:
        """Connect a device; the number of the connection."""
        return self.m2m.connected(did or self.did, "10.0.0.9")

    def report(self, values: dict[str, Any] | None = None, did: str | None = None, **named: Any) -> bool:
        """Let a device report; `sequence` asks for an acknowledgement."""
        did = did or self.did
        _, thing = self.world.things.find("gizwits", did)
        frame = codec_of(self.world, thing.product).report(
            VALUES if values is None else values, sequence=named.pop("sequence", None)
        )
        return self.m2m.published(did, f"dev2app/{did}", frame, **named)

    def log(self, kind: str = "cmd", **query: Any) -> Response:
        """raw_data of the last hour."""
        now = int(self.world.clock.now())
        period = {"type": kind, "start_time": now - 3600, "end_time": now}
        return self.call("devices.raw_data", query=period | query)
