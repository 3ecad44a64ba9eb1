"""What Gizwits cases are about: applications, users, products and devices."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Application:
    """An application: its id goes into every request, its secret signs."""

    app_id: str
    app_secret: str

    @property
    def auth(self) -> str:
        """What X-Gizwits-Application-Auth holds: md5(appid + appsecret) (gizwits.md:443)."""
        return md5(self.app_id + self.app_secret)


@dataclass(frozen=True, slots=True)
class User:
    """A registered user with a valid token."""

    uid: str
    token: str
    expire_at: int
    app_id: str
    username: str | None = None
    password: str | None = None
    phone: str | None = None
    email: str | None = None
    phone_id: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product: `mapping` is its definition with name, keys and datapoints."""

    mapping: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.mapping["name"])

    @property
    def product_key(self) -> str:
        """32 hexadecimal digits that name the product."""
        return str(self.mapping["product_key"])

    @property
    def product_secret(self) -> str:
        """32 hexadecimal digits that sign bindings."""
        return str(self.mapping["product_secret"])

    def datapoint(self, name: str) -> dict[str, Any]:
        """The definition of one datapoint."""
        found: dict[str, Any] = next(row for row in self.mapping["datapoints"] if row["name"] == name)
        return found


@dataclass(frozen=True, slots=True)
class Device:
    """A device registered at the cloud; it need not be online."""

    did: str
    mac: str
    passcode: str
    product: Product
    qr_content: str = ""
    """What its QR code says, empty when the target does not tell."""


def md5(text: str) -> str:
    """Lower-case hexadecimal MD5 of a text (gizwits.md:187)."""
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the documented digest
