"""Who calls: accounts seeded as cases need them, or those whose tokens the target file gives.

How a token is made is outside of the document (sylvia.contra.45).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_conformance.client import HttpClient, parse_json
from thingproof_conformance.vendors.sylvia.subjects import User
from thingproof_conformance.verdicts import Inconclusive, NotApplicable

if TYPE_CHECKING:
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.names import Names
    from thingproof_conformance.target import VendorPart

TOKEN_INFORMATION = "/auth/api/v1/auth/tokeninfo"  # noqa: S105 - a path


class People:
    """The users of a target.

    Args:
        control: the control surface that seeds users; None where the target file names them.
    """

    def __init__(self, part: VendorPart, control: ControlClient | None) -> None:
        self._part = part
        self._control = control
        self._standing: dict[str, User] = {}

    def of(self, role: str, names: Names) -> User:
        """The one user of a system role (admin, manager, service) all cases share."""
        if role not in self._standing:
            self._standing[role] = (
                self._declared(role) if self._control is None else self.fresh(names, (role,))
            )
        return self._standing[role]

    def related(self, relation: str, names: Names) -> User:
        """A user to become owner, member or stranger of a unit: a fresh one, or the target file's."""
        if self._control is not None:
            return self.fresh(names, ())
        if relation not in self._standing:
            self._standing[relation] = self._declared(relation)
        return self._standing[relation]

    def fresh(self, names: Names, roles: tuple[str, ...]) -> User:
        """A new account with these roles and a token."""
        if self._control is None:
            raise NotApplicable("the target does not offer seed")
        row = {"account": names.text("user"), "roles": list(roles)}
        seeded = self._control.seed("sylvia", {"users": [row]})["users"][0]
        return User(seeded["userId"], seeded["token"], seeded["account"])

    def another_token(self, user: User) -> str:
        """A further token of a seeded user."""
        if self._control is None or not user.account:
            raise NotApplicable("the target does not offer seed")
        seeded = self._control.seed("sylvia", {"tokens": [{"account": user.account}]})
        return str(seeded["tokens"][0]["token"])

    def _declared(self, role: str) -> User:
        """The user whose token the target file gives."""
        values = self._part.values
        token = values.get(f"{role}_token") or (values.get("token") if role == "admin" else None)
        if token is None:
            raise NotApplicable(f"the target offers no seed, and its file no {role}_token")
        return User(self._identity(token)["userId"], token)

    def _identity(self, token: str) -> dict[str, Any]:
        """What the auth service says about a token."""
        http = HttpClient(self._part.values.get("auth", self._part.url))
        try:
            headers = {"authorization": f"Bearer {token}"}
            exchange = http.send("auth", "GET", TOKEN_INFORMATION, headers=headers, record=False)
        finally:
            http.close()
        body = parse_json(exchange.response_body)
        if exchange.status != 200 or not isinstance(body, dict) or "userId" not in body.get("data", {}):
            raise Inconclusive(
                f"{TOKEN_INFORMATION} answers {exchange.status}; write vendors.sylvia.auth, or valid tokens"
            )
        return dict(body["data"])
