"""The Sylvia-IoT broker as suites use it: people, units and what belongs to them, and the queues."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from thingproof_conformance import features
from thingproof_conformance.client import NO_CODE
from thingproof_conformance.recorder import RECORDER
from thingproof_conformance.vendor_target import ANY, Call, VendorTarget
from thingproof_conformance.vendors.sylvia import queue_clients
from thingproof_conformance.vendors.sylvia.people import People
from thingproof_conformance.vendors.sylvia.queues import ApplicationSide, DataSide, InstanceSide, NetworkSide
from thingproof_conformance.vendors.sylvia.standing import Standing
from thingproof_conformance.vendors.sylvia.subjects import (
    Application,
    Device,
    Estate,
    Network,
    Unit,
    User,
)
from thingproof_conformance.vendors.sylvia.valid import VALID_CALLS
from thingproof_conformance.verdicts import Finding, Inconclusive, NotApplicable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.sylvia.queue_clients import QueueClient
    from thingproof_contracts import Code, Operation

TOKEN_LIFE_S = 3600
SPELLINGS = {"err_int_msg": "err_intmsg"}
"""Codes that the document and the public code spell differently -> the document's (sylvia.contra.13)."""
REFUSED_FROM = 400
PATHS = "/broker/api/v1"


class SylviaTarget(VendorTarget):
    """The Sylvia surface of a target."""

    vendor = "sylvia"
    _standing: Standing | None = None
    _people: People | None = None
    _proven: frozenset[str] = frozenset()
    _units: tuple[Unit, ...] = ()

    # People.

    @property
    def people(self) -> People:
        """Whoever calls: seeded accounts, or the tokens of the target file."""
        if self._people is None:
            self._people = People(self.part, self._control if "seed" in self.offered else None)
        return self._people

    @property
    def admin(self) -> User:
        """The system administrator."""
        return self.people.of("admin", self.names)

    @property
    def manager(self) -> User:
        """The system manager."""
        return self.people.of("manager", self.names)

    @property
    def service(self) -> User:
        """The user of a web service."""
        return self.people.of("service", self.names)

    def new_user(self, *roles: str) -> User:
        """A fresh account with a token; without roles a normal user."""
        return self.people.fresh(self.names, roles)

    def user_token(self, user: User) -> str:
        """A further token of a seeded user."""
        return self.people.another_token(user)

    def expired_token(self) -> str:
        """The token of a fresh user, a second after its expiry; moves the clock."""
        user = self.new_user()
        self.control.freeze()
        self.control.advance(TOKEN_LIFE_S + 1)
        return user.token

    def forget(self) -> None:
        """Forget seeded subjects, after the target was reset."""
        self._standing = self._people = None
        self._proven = frozenset()
        self._units = ()

    def finish(self) -> None:
        """Delete the units of the case, so that their queues end; then close what it opened."""
        units, self._units = self._units, ()
        for unit in reversed(units):
            self._drop(f"{PATHS}/unit/{unit.unit_id}")
        super().finish()

    # Subjects.

    def valid_call(self, operation: str) -> Call:
        """A call that succeeds, on standing subjects; proven once before anything is spoilt."""
        make = VALID_CALLS.get(operation)
        if make is None:
            raise Inconclusive(
                f"no valid call of {operation} is known; add it to vendors/sylvia/valid/", harness=True
            )
        if self._standing is None:
            self._standing = Standing(self)
        if operation not in self._proven:
            standing = self._standing
            self.prepare(operation, lambda: self.perform(make(self, standing)))
            self._proven |= {operation}
        return make(self, self._standing)

    def new_unit(
        self, owner: User | None = None, members: tuple[User, ...] = (), *, keep: bool = False, **data: Any
    ) -> Unit:
        """A unit of an owner (somebody when not given); it goes when the case ends, unless kept."""
        owner = owner or self.people.related("owner", self.names)
        body = {"code": self.names.text("unit"), **data}
        created = self._created("sylvia.unit.create", owner, body)
        unit = Unit(created["unitId"], str(body["code"]).lower(), owner, members)
        if not keep:
            self._units = (*self._units, unit)
        if members:
            ids = [owner.user_id, *(member.user_id for member in members)]
            self.prepare(
                "sylvia.unit.update",
                lambda: self.call(
                    "sylvia.unit.update",
                    token=self.admin,
                    path={"unitId": unit.unit_id},
                    json={"data": {"memberIds": ids}},
                ),
            )
        return unit

    def new_application(self, unit: Unit | None = None, **data: Any) -> Application:
        """An application of a unit (of a fresh one when not given)."""
        unit = unit or self.new_unit()
        body = {
            "code": self.names.text("app"),
            "unitId": unit.unit_id,
            "hostUri": self.host_uri(),
            **data,
        }
        created = self._created("sylvia.application.create", unit.owner, body)
        return Application(created["applicationId"], str(body["code"]).lower(), body["hostUri"], unit)

    def new_network(self, unit: Unit | None = None, *, public: bool = False, **data: Any) -> Network:
        """A network of a unit (of a fresh one when not given), or a public one, made by the admin."""
        if not public:
            unit = unit or self.new_unit()
        body = {
            "code": self.names.text("net"),
            "unitId": None if public or unit is None else unit.unit_id,
            "hostUri": self.host_uri(),
            **data,
        }
        creator = self.admin if public or unit is None else unit.owner
        created = self._created("sylvia.network.create", creator, body)
        network = Network(
            created["networkId"], str(body["code"]).lower(), body["hostUri"], None if public else unit
        )
        if public:
            self.delete_later("network", network.network_id)
        return network

    def delete_later(self, tag: str, identifier: str) -> None:
        """Delete what no unit takes along (a public network, a unit of somebody's) when the case ends."""
        self.close_later(lambda: self._drop(f"{PATHS}/{tag}/{identifier}"))

    def new_device(self, network: Network | None = None, *, unit: Unit | None = None, **data: Any) -> Device:
        """A device of a network (of a fresh one when not given) and of the network's unit, or another."""
        network = network or self.new_network(unit)
        unit = unit or network.unit or self.new_unit()
        body = {
            "unitId": unit.unit_id,
            "networkId": network.network_id,
            "networkAddr": self.names.hex(8),
            **data,
        }
        creator = unit.owner if network.unit is not None else self.admin
        created = self._created("sylvia.device.create", creator, body)
        profile = str(body.get("profile", "")).lower()
        return Device(created["deviceId"], str(body["networkAddr"]).lower(), profile, network, unit)

    def new_route(self, device: Device, application: Application) -> str:
        """A route from a device to an application; gives its id."""
        body = {"deviceId": device.device_id, "applicationId": application.application_id}
        return str(self._created("sylvia.device_route.create", self.admin, body)["routeId"])

    def new_network_route(self, network: Network, application: Application) -> str:
        """A route from a network to an application; gives its id."""
        body = {"networkId": network.network_id, "applicationId": application.application_id}
        return str(self._created("sylvia.network_route.create", self.admin, body)["routeId"])

    def estate(self, *, keep: bool = False) -> Estate:
        """A fresh unit with an application, a network and a device, and people of every relation to it."""
        owner, member, stranger = (
            self.people.related(role, self.names) for role in ("owner", "member", "stranger")
        )
        unit = self.new_unit(owner, (member,), keep=keep)
        network = self.new_network(unit)
        return Estate(
            unit, owner, member, stranger, self.new_application(unit), network, self.new_device(network)
        )

    # What the target shows.

    def listed(self, tag: str, token: User | str | None = None, **query: Any) -> list[dict[str, Any]]:
        """The entries a list call gives, all of them unless a limit is given; asked by the admin."""
        answer = self.call(f"sylvia.{tag}.list", token=token or self.admin, query={"limit": 0, **query})
        return list(answer["data"])

    def counted(self, tag: str, token: User | str | None = None, **query: Any) -> int:
        """The number a count call gives; asked by the admin."""
        answer = self.call(f"sylvia.{tag}.count", token=token or self.admin, query=query)
        return int(answer["data"]["count"])

    def shown(self, tag: str, identifier: str, token: User | None = None) -> dict[str, Any] | None:
        """What a get call shows, None when there is no such thing; asked by the admin."""
        answer = self.call(
            f"sylvia.{tag}.get",
            token=token or self.admin,
            path={f"{tag}Id": identifier},
            expect=ANY,
        )
        if answer.error_code == "err_not_found":
            return None
        if not answer.ok:
            raise Finding(
                f"{answer.operation} was refused",
                expected="success or err_not_found",
                actual=answer.summary(),
                rule=RECORDER.rule(),
                kind="status",
            )
        return dict(answer["data"])

    # Queues.

    def host_uri(self, transport: str = "mqtt") -> str:
        """The hostUri of the message broker that queues are kept at."""
        if transport == "amqp":
            self.need("amqp")
            return self.part.amqp or features.AMQP
        if self.part.mqtt is None:
            raise NotApplicable("the target file names no message broker (vendors.sylvia.mqtt)")
        return self.part.mqtt

    def application_side(self, application: Application, uri: str | None = None) -> ApplicationSide:
        """The application's end of its queues; at another broker than its own when an URI is given."""
        client = self._queue_client(uri or application.host_uri)
        return ApplicationSide(client, application.queue, self.contract, self.names)

    def network_side(self, network: Network, uri: str | None = None) -> NetworkSide:
        """The network's end of its queues; at another broker than its own when an URI is given."""
        client = self._queue_client(uri or network.host_uri)
        return NetworkSide(client, network.queue, self.contract, self.names)

    def data_side(self, uri: str | None = None) -> DataSide:
        """The data module's end of the data channel."""
        return DataSide(self._queue_client(uri or self.host_uri()), "broker", self.contract, self.names)

    def instance_side(self) -> InstanceSide:
        """Another instance's end of the channel between instances of the broker."""
        client = self._queue_client(self.host_uri())
        return InstanceSide(client, "broker.ctrl", self.contract, self.names)

    def _queue_client(self, uri: str) -> QueueClient:
        client = queue_clients.connect(uri, self.names.text("side"))
        self.close_later(client.close)
        return client

    # How Sylvia is called.

    def identify(self, _operation: Operation, call: Call) -> dict[str, str]:
        """The bearer token of a call; two of them go out as two headers."""
        if call.token is None:
            return {}
        tokens = call.token if isinstance(call.token, tuple) else (call.token,)
        names = ("authorization", "Authorization")
        return {
            name: f"Bearer {getattr(token, 'token', token)}"
            for name, token in zip(names, tokens, strict=False)
        }

    def error_code_of(self, status: int, body: Any) -> Code | None:
        """`code` of a refusal in the document's spelling; NO_CODE for a refusal without one."""
        if status < REFUSED_FROM:
            return None
        if isinstance(body, dict) and isinstance(body.get("code"), str):
            return SPELLINGS.get(body["code"], body["code"])
        return NO_CODE

    def judge_refusal(self, operation: Operation, answer: Answer) -> None:
        """The code is a documented one and comes with its status, as JSON (sylvia.md:63-104)."""
        entry = self.contract.errors.get(answer.error_code or NO_CODE)
        expected = None if entry is None else f"{entry.code} with status {entry.status}"
        right = entry is not None and entry.status == answer.status
        if right and answer.exchange.response_type == "application/json":
            return
        raise Finding(
            f"{operation.id} was refused in an undocumented way",
            expected=expected or "a documented code",
            actual=f"{answer.summary()} as {answer.exchange.response_type}",
            rule=RECORDER.rule(),
            kind="status",
        )

    def _created(self, operation: str, creator: User, data: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.prepare(
            operation, lambda: self.call(operation, token=creator, json={"data": dict(data)})
        )
        return dict(answer["data"])

    def _drop(self, path: str) -> None:
        """Delete what a case made; not a part of it, so nothing is judged."""
        with suppress(Finding, Inconclusive, NotApplicable):
            headers = {"authorization": f"Bearer {self.admin.token}"}
            self.http.send("cleanup", "DELETE", path, headers=headers, record=False)
