"""A cloud whose users share a device: owner, guests, messages, roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_platform.tests.builders import BINARY, Cloud

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import Response

DISPLAY = "display"
"""The did of the device of the product with sharing."""


class SharingCloud(Cloud):
    """Ann owns the display."""

    def __init__(self, **seeds: Any) -> None:
        super().__init__(**seeds)
        self.tokens = {"ann": self.token}
        self.uids = {"ann": self.uid}
        self.bind_display()

    def person(self, name: str) -> str:
        """A user by name, registered when first named; the token."""
        if name not in self.tokens:
            body = {"username": name, "password": "Passw0rd!"}
            answer = self.call("users.create", body).body
            self.tokens[name], self.uids[name] = answer["token"], answer["uid"]
        return self.tokens[name]

    def bind_display(self, name: str = "ann") -> Response:
        """Bind the device with sharing."""
        body = {"product_key": BINARY["product_key"], "mac": "ffffffffffff"}
        headers = self.signed(BINARY["product_secret"])
        return self.call("bindings.bind_mac", body, headers=headers, token=self.person(name))

    def invite(self, name: str, *, by: str = "ann", did: str = DISPLAY, **members: Any) -> int:
        """Invite a user; the number of the invitation."""
        self.person(name)
        body = {"type": 0, "did": did, "uid": self.uids[name], **members}
        answer = self.call("sharing.create", body, token=self.person(by))
        assert answer.status == 200, answer.body
        return int(answer.body["id"])

    def add_guest(self, name: str, **members: Any) -> int:
        """A user who accepted an invitation; its number."""
        number = self.invite(name, **members)
        answer = self.ask(name, "sharing.respond", query={"status": 1}, path={"id": str(number)})
        assert answer.status == 200, answer.body
        return number

    def ask(self, name: str, operation: str, body: Any = None, **parts: Any) -> Response:
        """Call an operation as a user."""
        return self.call(operation, body, token=self.person(name), **parts)

    def refusal(self, name: str, operation: str, body: Any = None, **parts: Any) -> int:
        """The code an operation is refused with, 0 when it succeeds."""
        return self.code(operation, body, token=self.person(name), **parts)

    def unbind(self, name: str, *dids: str) -> dict[str, list[str]]:
        """A user gives devices up."""
        body = {"devices": [{"did": did} for did in dids]}
        answer: dict[str, list[str]] = self.ask(name, "bindings.unbind", body).body
        return answer

    def roles(self, *names: str, did: str = DISPLAY) -> list[str | None]:
        """The roles of users on a device, None without the device."""
        shown = [self.ask(name, "bindings.list").body["devices"] for name in names]
        return [next((row["role"] for row in rows if row["did"] == did), None) for rows in shown]

    def messages(self, name: str, **query: Any) -> list[dict[str, Any]]:
        """A user's messages, newest first."""
        answer = self.ask(name, "messages.list", query={"type": 1, "limit": 100, **query})
        rows: list[dict[str, Any]] = answer.body["objects"]
        return rows
