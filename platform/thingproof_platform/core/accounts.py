"""Applications, accounts, tokens and verification codes."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.core.events import AccountCreated
from thingproof_platform.core.model import Account, Application, Token, VerificationCode

if TYPE_CHECKING:
    from thingproof_platform.core.world import World

# About 1 ms on one core: tests create thousands of users. Facing the internet it would be 2**15 or more.
_SCRYPT_COST = 2**9
_IDENTITIES = ("username", "phone", "email", "anonymous_id", "third_party")
_LOGINS = ("username", "email", "phone")


class Accounts:
    """Who may call, and as whom. Accounts are unique per application."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.applications = world.state.table("applications", Application)
        self.accounts = world.state.table("accounts", Account)
        self.tokens = world.state.table("tokens", Token)
        self.codes = world.state.table("codes", VerificationCode)
        self._index: dict[tuple[str, str, str], str] = {}

    def rebuild(self) -> None:
        """Rebuild the index of identities from the rows."""
        self._index.clear()
        for account in self.accounts:
            self._note(account)

    # -- accounts

    def find(self, application: str, identity: str, value: str) -> Account | None:
        """The account with that username, phone, email, anonymous_id or third_party identity."""
        account = self.accounts.get(self._index.get((application, identity, value), ""))
        # The index keeps what an account was once known by.
        return account if account is not None and getattr(account, identity) == value else None

    def create(self, application: str, password: str = "", **fields: str | bool) -> Account:
        """Register an account. The caller has checked that its identities are free."""
        world = self._world
        uid = world.unused(self.accounts, world.identifiers.hex)
        account = Account(uid, application, world.clock.now(), **fields)  # type: ignore[arg-type]  # names are fixed by the callers
        if password:
            account.password = self.hashed(password)
        self.save(account)
        world.emit(AccountCreated(world.clock.now(), account))
        return account

    def save(self, account: Account) -> None:
        """Store an account after a change of its fields."""
        self.accounts.put(account.id, account)
        self._note(account)

    def candidates(self, application: str, login: str) -> list[Account]:
        """Accounts a login name may mean: username, e-mail or phone (gizwits.md:402)."""
        found = (self.find(application, identity, login) for identity in _LOGINS)
        return list({account.id: account for account in found if account is not None}.values())

    def _note(self, account: Account) -> None:
        for identity in _IDENTITIES:
            value: str = getattr(account, identity)
            if value:
                self._index[account.application, identity, value] = account.id

    # -- passwords

    def hashed(self, password: str) -> str:
        """Salted scrypt hash of a password, as text."""
        salt = self._world.identifiers.salt()
        return f"{salt.hex()}${_scrypt(password, salt).hex()}"

    def password_fits(self, account: Account, password: str) -> bool:
        """Compare in constant time; false for accounts without password."""
        if self._world.faults.on("accept_any_password"):
            return True
        salt, _, digest = account.password.partition("$")
        if not digest:
            return False
        return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)).hex(), digest)

    # -- tokens

    def issue(
        self,
        application: str,
        account: str | None = None,
        *,
        lifetime: float | None = None,
        value: str = "",
        client: str = "",
    ) -> Token:
        """A new token of an account or of the application; older ones stay usable (gizwits.md:177).

        It lives `lifetime` seconds, those of the limits unless said; `value` is drawn unless given; `client`
        is whom it is given to.
        """
        world = self._world
        limits, faults = world.limits, world.faults
        if lifetime is None:
            lifetime = limits.application_token_lifetime if account is None else limits.token_lifetime
        lifetime = float(faults.parameter("token_lifetime", "seconds", lifetime))
        if account is not None and faults.on("forget_old_tokens"):
            for old in [token for token in self.tokens if token.account == account]:
                self.tokens.delete(old.value)
        value = value or world.unused(self.tokens, world.identifiers.token)
        return self.tokens.put(
            value, Token(value, application, world.clock.now() + lifetime, account, client)
        )

    def token(self, value: str, application: str) -> Token:
        """The token when it is valid for the application; refuses unknown and expired ones."""
        token = self.tokens.get(value)
        if token is None or token.application != application:
            raise Refusal(Reason.TOKEN_INVALID, "this token was not issued to this application")
        expired = token.expires_at <= self._world.clock.now()
        if expired and not self._world.faults.on("ignore_token_expiry"):
            raise Refusal(Reason.TOKEN_EXPIRED, "log in again to get a new token")
        return token

    def prune(self, before: float) -> None:
        """Forget tokens that expired before a moment."""
        for token in [token for token in self.tokens if token.expires_at < before]:
            self.tokens.delete(token.value)

    # -- verification codes

    def send_code(self, application: str, phone: str) -> VerificationCode:
        """Send a fresh code by SMS; it replaces the one sent before."""
        world = self._world
        code = world.identifiers.code()
        row = VerificationCode(application, phone, code, world.clock.now())
        self.codes.put(f"{application}:{phone}", row)
        world.outbox.send("sms", phone, f"Your verification code is {code}. It is valid for 24 hours.", code)
        return row

    def use_code(self, application: str, phone: str, code: str) -> None:
        """Check a code and consume it (gizwits.md:508); a wrong guess leaves it usable."""
        world = self._world
        row = self.codes.get(f"{application}:{phone}")
        if row is None or not hmac.compare_digest(row.code.encode(), code.encode("utf-8", "replace")):
            raise Refusal(Reason.CODE_INVALID, "this is not the code sent to this phone", "code")
        if row.state == "consumed" and not world.faults.on("reuse_code"):
            raise Refusal(Reason.CODE_INVALID, "the code was used already", "code")
        expired = world.clock.now() - row.sent_at > world.limits.code_lifetime
        if expired and not world.faults.on("code_never_expires"):
            raise Refusal(Reason.CODE_EXPIRED, "ask for a new code", "code")
        row.state = "consumed"
        self.codes.put(f"{application}:{phone}", row)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=_SCRYPT_COST, r=8, p=1, dklen=32)
