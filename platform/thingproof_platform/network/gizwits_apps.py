"""Applications as clients of the device network: who they are, what they may hear and say. Sans-IO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from thingproof_platform.core.dialect import BrokerAccount
from thingproof_platform.core.effects import DisconnectMqtt
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.network.gizwits_topics import (
    APPLICATION_CLIENT,
    APPLICATION_USER,
    client_of,
    device_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thingproof_platform.core.clock import Timer
    from thingproof_platform.core.model import Attachment
    from thingproof_platform.core.world import World

VENDOR: Final = "gizwits"
_ACCOUNTS_AGE_S: Final = 10.0  # so long a foreign broker may take a token that has expired


@runtime_checkable
class Audience(Protocol):
    """Who else listens to devices: the conversations of applications on their sockets."""

    def listening(self, thing: str) -> int:
        """How many conversations hear what a thing tells."""
        ...


@dataclass(slots=True)
class AppClient:
    """An application that is logged in for its user."""

    id: str
    application: str
    account: str
    token: str
    connection: int = 0
    peer: str = ""
    expiry: Timer | None = None


class AppClients:
    """Applications that are connected, and the same permissions as by HTTP: bound devices, a valid token."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._connected: dict[str, AppClient] = {}
        self._arriving: dict[str, AppClient] = {}

    def reset(self) -> None:
        """End every connection."""
        for client in self._connected.values():
            self._forget(client)
            self._world.effect(DisconnectMqtt(client.id, VENDOR))
        self._connected.clear()
        self._arriving.clear()

    # -- logins

    def authenticate(self, client_id: str, username: str, password: str) -> bool:
        """Does the password hold for user and application, and is the client id free for this user?"""
        named = APPLICATION_USER.fullmatch(username)
        if named is None or not APPLICATION_CLIENT.fullmatch(client_id):
            return False
        client = AppClient(client_id, named["application"], named["account"], password)
        other = self._connected.get(client_id)
        taken = other is not None and other.account != client.account
        if taken or self._world.things.attachment(VENDOR, client_id) is not None:
            return False  # nobody is thrown out by a stranger
        if not self._valid(client) and not self._world.faults.on("any_application_token"):
            return False
        self._arriving[client_id] = client
        return True

    def connected(self, client_id: str, connection: int, peer: str) -> bool:
        """The client that was just let in is connected; false when it is no application."""
        client = self._arriving.pop(client_id, None)
        if client is None:
            return False
        world = self._world
        older = self._connected.get(client_id)
        if older is not None:
            self._forget(older)
        client.connection, client.peer = connection, peer
        self._connected[client_id] = client
        token = world.accounts.tokens.get(client.token)
        if token is not None and not world.faults.on("expired_applications_stay"):
            client.expiry = world.clock.schedule(token.expires_at, lambda: self._expire(client))
        return True

    def disconnected(self, client_id: str, connection: int | None) -> bool:
        """A connection ended; false when it was none of an application."""
        client = self._connected.get(client_id)
        if client is None:
            return False
        if connection is None or client.connection == connection:
            self._forget(client)
            del self._connected[client_id]
        return True

    def get(self, client_id: str) -> AppClient | None:
        """The application that is connected under the id."""
        return self._connected.get(client_id)

    def _expire(self, client: AppClient) -> None:
        self._world.effect(DisconnectMqtt(client.id, VENDOR))

    @staticmethod
    def _forget(client: AppClient) -> None:
        if client.expiry is not None:
            client.expiry.cancel()

    # -- permissions

    def device(self, client: AppClient, did: str) -> Attachment:
        """The device of that id; refuses strangers and users whose token no longer holds."""
        if not self._world.faults.on("expired_applications_stay") and not self._valid(client):
            raise Refusal(Reason.TOKEN_INVALID, "log in again")
        attachment, thing = self._world.things.find(VENDOR, did)
        if self._world.things.binding(client.account, thing.id) is None:
            raise Refusal(Reason.THING_NOT_BOUND, "bind the device first")
        return attachment

    def may_subscribe(self, client: AppClient, topic_filter: str) -> bool:
        """What a bound device tells all or this client, and the cloud's answers to the client."""
        if topic_filter in (f"ser2cli_res/{client.id}", f"ser2cli_res/{client.id}/#"):
            return True
        return self._hears(client, topic_filter) and (
            self._world.faults.on("applications_hear_strangers") or self._uses(client, topic_filter)
        )

    def may_receive(self, client: AppClient, topic: str) -> bool:
        """Unbinding and expiry end what was subscribed."""
        if topic.startswith("ser2cli_res/"):
            return True
        faults = self._world.faults
        if faults.on("no_application_push"):
            return False
        if faults.on("applications_hear_strangers") or faults.on("unbound_applications_hear"):
            return True
        return self._uses(client, topic)

    def may_publish(self, client: AppClient, topic: str) -> bool:
        """Commands in its own name, to devices of its user."""
        own = topic == f"app2dev/{device_of(topic)}/{client.id}"
        return own and (self._world.faults.on("applications_command_strangers") or self._uses(client, topic))

    def listening(self, thing: str) -> int:
        """How many clients hear what a thing tells: those of its users, on whatever socket."""
        sockets = self._world.services.get(VENDOR)
        count = sockets.listening(thing) if isinstance(sockets, Audience) else 0
        bound = self._world.things.binding
        return count + sum(bound(client.account, thing) is not None for client in self._connected.values())

    @staticmethod
    def _hears(client: AppClient, topic_filter: str) -> bool:
        return topic_filter.startswith("dev2app/") and client_of(topic_filter) in ("", client.id)

    def _uses(self, client: AppClient, topic: str) -> bool:
        try:
            self.device(client, device_of(topic))
        except Refusal:
            return False
        return True

    def _valid(self, client: AppClient) -> bool:
        accounts = self._world.accounts
        try:
            token = accounts.token(client.token, client.application)
        except Refusal:
            return False
        return client.application in accounts.applications and token.account == client.account

    # -- as users of a foreign broker

    def accounts(self) -> Iterator[BrokerAccount]:
        """Users with devices and their newest token; there they may listen only.

        A foreign broker takes one password a user, and cannot be asked who sent a command.
        """
        world = self._world
        now = world.clock.now()
        newest = {token.account: token for token in world.accounts.tokens if token.expires_at > now}
        for account, token in newest.items():
            bindings = world.things.bindings_of_account(account) if account is not None else []
            shown = [world.things.attachment_of(VENDOR, binding.thing) for binding in bindings]
            topics = [f"dev2app/{attachment.external_id}" for attachment in shown if attachment is not None]
            if topics:
                name = f"2${token.application}${account}"
                yield BrokerAccount(name, token.value, (), tuple(topics))

    def accounts_version(self) -> object:
        """Changes with bindings, tokens, and now and then because tokens expire."""
        world = self._world
        newest = next(reversed(world.accounts.tokens.rows), None)
        return newest, world.things.bindings_version, int(world.clock.now() / _ACCOUNTS_AGE_S)
