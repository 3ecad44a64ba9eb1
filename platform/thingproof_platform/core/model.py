"""What the platform knows: rows of the state. A thing exists once; vendors attach to it."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

Connection = Literal["offline", "online", "leaving"]
RecordKind = Literal["uplink", "downlink", "online", "re_online", "offline"]
CommandState = Literal["accepted", "queued", "sent", "acknowledged", "expired", "refused"]
CodeState = Literal["sent", "consumed"]


class Application(msgspec.Struct, omit_defaults=True):
    """A project of a developer. `products` None means every product, present and future."""

    id: str
    secret: str
    vendor: str
    super: bool = False
    region: str = "cn"
    oauth_keys: list[str] = []
    products: list[str] | None = None


class Product(msgspec.Struct, omit_defaults=True):
    """A kind of thing. `mapping` is the product mapping with its datapoints, without the keys."""

    key: str
    secret: str
    mapping: dict[str, Any]
    sharing: bool = False
    aggregated: bool = False


class Account(msgspec.Struct, omit_defaults=True):
    """A user of one application. Identities that are not used are empty strings."""

    id: str
    application: str
    created_at: float
    username: str = ""
    phone: str = ""
    email: str = ""
    anonymous_id: str = ""
    third_party: str = ""  # "<platform>:<id there>"
    password: str = ""  # salted hash, empty when there is no password login
    activated: bool = True
    name: str = ""
    gender: str = "N"
    birthday: str = ""
    address: str = ""
    language: str = "en"
    remark: str = ""


class Token(msgspec.Struct, frozen=True, omit_defaults=True):
    """A bearer token; without an account it speaks for the application. `client` is whom it was given to."""

    value: str
    application: str
    expires_at: float
    account: str | None = None
    client: str = ""


class VerificationCode(msgspec.Struct, omit_defaults=True):
    """The newest code sent to a phone of an application."""

    application: str
    phone: str
    code: str
    sent_at: float
    state: CodeState = "sent"


class Thing(msgspec.Struct, omit_defaults=True):
    """One device, whatever clouds show it."""

    id: str
    product: str
    mac: str
    created_at: float
    connection: Connection = "offline"
    peer: str = ""
    name: str = ""
    parent: str = ""  # the thing that speaks for it, when it has no connection of its own


class Attachment(msgspec.Struct, omit_defaults=True):
    """How one vendor knows a thing. `fields` holds what only that vendor has."""

    vendor: str
    external_id: str
    thing: str
    secret: str = ""
    disabled: bool = False
    fields: dict[str, Any] = {}


class Binding(msgspec.Struct, omit_defaults=True):
    """An account may use a thing in a role. `number` orders bindings made at the same moment."""

    account: str
    thing: str
    role: str
    number: int
    created_at: float
    remark: str = ""
    alias: str = ""
    labels: list[str] = []


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the communication or connection log; `payload` is the whole frame."""

    number: int
    thing: str
    kind: RecordKind
    at: float
    peer: str = ""
    payload: bytes = b""
    source: str = ""
    account: str = ""
    application: str = ""
    packet: int | None = None  # MQTT packet identifier, to know a redelivery after a restart
    cause: str = ""  # what made the platform send it: "rule 7", "schedule 5", "scene 3", "group 2"


class Reading(msgspec.Struct, omit_defaults=True):
    """The last known display value of each datapoint of a thing and when each was reported."""

    thing: str
    values: dict[str, Any] = {}
    times: dict[str, float] = {}
    updated_at: float = 0.0


class Total(msgspec.Struct, frozen=True, array_like=True):
    """What a datapoint was over a period."""

    count: int
    sum: float
    least: float
    greatest: float

    def with_all(self, other: Total) -> Total:
        """Both periods together."""
        return Total(
            self.count + other.count,
            self.sum + other.sum,
            min(self.least, other.least),
            max(self.greatest, other.greatest),
        )


class Hour(msgspec.Struct, omit_defaults=True):
    """The numbers of a thing in one hour, which began at that epoch second."""

    thing: str
    hour: int
    totals: dict[str, Total] = {}


class Command(msgspec.Struct, omit_defaults=True):
    """Something an application wants of a thing, on its way."""

    id: str
    thing: str
    state: CommandState
    created_at: float
    expires_at: float
    client: str = ""
    account: str = ""
    application: str = ""
    payload: bytes = b""
    sequence: int | None = None  # set when the thing has to acknowledge
    cause: str = ""  # as in Record


class Run(msgspec.Struct, omit_defaults=True):
    """Steps that are carried out one after the other; `due` is set while a delay passes."""

    id: str
    kind: str  # who performs the steps, e.g. "gizwits.scene"
    subject: str  # id of the scene, rule or task they belong to
    steps: list[dict[str, Any]]
    account: str = ""
    application: str = ""
    peer: str = ""
    cause: str = ""
    position: int = 0
    due: float = 0.0


class OutboxMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A text the platform would have sent to a person: sms, email or captcha."""

    id: int
    kind: str
    to: str
    text: str
    at: float
    code: str | None = None


TABLES: Final[dict[str, type[msgspec.Struct]]] = {
    "applications": Application,
    "products": Product,
    "accounts": Account,
    "tokens": Token,
    "codes": VerificationCode,
    "things": Thing,
    "attachments": Attachment,
    "bindings": Binding,
    "readings": Reading,
    "hours": Hour,
    "commands": Command,
    "outbox": OutboxMessage,
    "records": Record,
    "runs": Run,
}
