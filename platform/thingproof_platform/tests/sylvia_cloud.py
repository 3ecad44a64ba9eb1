"""A seeded world and short ways to call the Sylvia dialect without a server."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from thingproof_contracts import Operation, load
from thingproof_platform.core.clock import Clock
from thingproof_platform.core.dialect import Awaiting, Request, Response, make_world
from thingproof_platform.core.errors import Refusal
from thingproof_platform.core.faults import apply_response
from thingproof_platform.core.identifiers import Identifiers
from thingproof_platform.tests.builders import Wall
from thingproof_platform.vendors.sylvia import DIALECT
from thingproof_platform.vendors.sylvia.service.registry import Registry, registry

if TYPE_CHECKING:
    from thingproof_platform.core.state import Change

CONTRACT = load("sylvia")
HOST = "mqtt://broker.test:1883"
PEOPLE: dict[str, list[str]] = {
    "admin": ["admin"],
    "manager": ["manager"],
    "service": ["service"],
    "owner": [],
    "member": [],
    "stranger": [],
}
_NO_BODY = object()


class SylviaCloud:
    """Six users, and a unit of `owner` with an application, a private network and a public one beside.

    Ids are in `ids` by kind and code, e.g. `ids["unit"]["home"]`.
    """

    def __init__(self, *, seed: int = 1, validates: bool = True, empty: bool = False) -> None:
        self.validates = validates
        self.wall = Wall()
        self.journal: list[Change] = []
        self.world = make_world((DIALECT,), Clock(self.wall), Identifiers(random.Random(seed)))  # noqa: S311 - tests repeat
        people = [{"account": name, "roles": roles} for name, roles in PEOPLE.items()]
        users = self.seed(users=people)["users"]
        self.tokens = {row["account"]: row["token"] for row in users}
        self.users = {row["account"]: row["userId"] for row in users}
        self.ids: dict[str, dict[str, str]] = {"unit": {}, "application": {}, "network": {}, "device": {}}
        if not empty:
            self._furnish()

    def _furnish(self) -> None:
        self.unit("home", owner="owner", members=["member"])
        self.unit("abroad", owner="stranger")
        for unit in ("home", "abroad"):
            self.create("application", code=f"{unit}-app", unitId=self.ids["unit"][unit], hostUri=HOST)
            self.create("network", code=f"{unit}-net", unitId=self.ids["unit"][unit], hostUri=HOST)
        self.create("network", code="public", unitId=None, hostUri=HOST)

    @property
    def registry(self) -> Registry:
        """The registry of the world as it is now."""
        return registry(self.world)

    def seed(self, **parts: Any) -> dict[str, Any]:
        """Put something in, as the control surface does."""
        return DIALECT.seed(self.world, parts)

    def unit(self, code: str, owner: str = "owner", members: list[str] | None = None) -> str:
        """A unit by seed; its id."""
        row = self.seed(units=[{"code": code, "owner": owner, "members": members or []}])["units"][0]
        self.ids["unit"][code] = row["unitId"]
        return str(row["unitId"])

    def create(self, tag: str, as_: str = "admin", **data: Any) -> str:
        """Create a resource over the API; its id, kept by code or address."""
        answer = self.call(f"{tag}.create", data, as_=as_)
        assert answer.status == 200, answer.body
        (identifier,) = answer.body["data"].values()
        if tag in self.ids:
            self.ids[tag][data.get("code", data.get("networkAddr", "")).lower()] = identifier
        return str(identifier)

    def device(self, address: str, *, unit: str = "home", network: str = "home-net", **data: Any) -> str:
        """A device; its id."""
        place = {"unitId": self.ids["unit"][unit], "networkId": self.ids["network"][network]}
        return self.create("device", networkAddr=address, **place, **data)

    def route(self, device: str, application: str = "home-app") -> str:
        """A device route; its id."""
        application_id = self.ids["application"][application]
        return self.create("device_route", deviceId=device, applicationId=application_id)

    def buffer(self, device: str, application: str = "home-app") -> str:
        """A waiting downlink; its id."""
        found = self.registry
        row = found.applications.get(self.ids["application"][application])
        target = found.devices.get(device)
        assert row is not None
        assert target is not None
        return found.add_buffer(row, target).id

    def call(
        self,
        name: str,
        data: Any = _NO_BODY,
        *,
        as_: str = "admin",
        query: dict[str, Any] | None = None,
        path: str = "",
        headers: dict[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> Response:
        """Call sylvia.<name> the way the servers do; `path` fills the parameter of the path."""
        operation = CONTRACT.operations[f"sylvia.{name}"]
        sent = {"authorization": f"Bearer {self.tokens.get(as_, as_)}"} if as_ else {}
        slots = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
        request = Request(
            operation.id,
            operation.method,
            operation.path,
            dict.fromkeys(slots, path),
            {key: str(value) for key, value in (query or {}).items()},
            sent | (headers or {}),
            {"data": data} if data is not _NO_BODY else body,
            content_type=content_type,
        )
        try:
            answer = self._answer(operation, request)
        except Refusal as refusal:
            answer = DIALECT.render(refusal, request)
        answer = apply_response(self.world.faults, operation.id, answer, DIALECT.error_member)
        if not self.world.faults.active and answer.text is None:
            assert CONTRACT.check_response(operation, answer.status, answer.body) == []
            assert CONTRACT.deviations(operation, answer.status, answer.body) == []
        return answer

    def _answer(self, operation: Operation, request: Request) -> Response:
        """Authenticate, compare with the contract unless the test wants the handler alone, handle."""
        DIALECT.authenticate(self.world, request, operation)
        if self.validates and not self.world.faults.active:
            problems = CONTRACT.check_request(operation, request.query, request.headers, request.body)
            if problems:
                raise DIALECT.invalid(operation, problems)
        answer = DIALECT.handlers[operation.id](self.world, request)
        assert not isinstance(answer, Awaiting)
        return answer

    def code(self, name: str, *arguments: Any, **named: Any) -> str:
        """`err_param` of a refused call, its status as text for a success."""
        answer = self.call(name, *arguments, **named)
        return str(answer.status) if answer.status < 400 else str(answer.body["code"])

    def rows(self, tag: str, as_: str = "admin", **query: Any) -> list[dict[str, Any]]:
        """The entries of a list."""
        answer = self.call(f"{tag}.list", as_=as_, query=query)
        assert answer.status == 200, answer.body
        found = answer.body["data"] if isinstance(answer.body, dict) else answer.body
        assert isinstance(found, list)
        return found

    def total(self, tag: str, as_: str = "admin", **query: Any) -> int:
        """The number a count gives."""
        answer = self.call(f"{tag}.count", as_=as_, query=query)
        assert answer.status == 200, answer.body
        return int(answer.body["data"]["count"])

    def restart(self) -> None:
        """Come back from the journal, as after a crash."""
        self.journal += self.world.state.drain()
        self.wall.time = self.world.clock.now()
        self.world = make_world((DIALECT,), Clock(self.wall), Identifiers(random.Random(1)))  # noqa: S311 - tests repeat
        self.world.restore(self.journal)
