"""Why something was refused, in the core's words; each vendor has its own code and envelope for it."""

from __future__ import annotations

from enum import StrEnum, auto


class Reason(StrEnum):
    """The refusals of the core and of the request path."""

    APPLICATION_UNKNOWN = auto()
    APPLICATION_AUTH_INVALID = auto()
    TOKEN_INVALID = auto()
    TOKEN_EXPIRED = auto()
    TIMESTAMP_INVALID = auto()
    SIGNATURE_INVALID = auto()
    ACCOUNT_UNKNOWN = auto()
    CREDENTIALS_WRONG = auto()
    USERNAME_TAKEN = auto()
    PHONE_TAKEN = auto()
    EMAIL_TAKEN = auto()
    EMAIL_NOT_ACTIVATED = auto()
    OAUTH_KEY_INVALID = auto()
    REGISTRATION_BUSY = auto()
    CODE_INVALID = auto()
    CODE_EXPIRED = auto()
    SMS_NOT_SENT = auto()
    THROTTLED = auto()
    FORM_INVALID = auto()
    PRODUCT_UNKNOWN = auto()
    THING_UNKNOWN = auto()
    THING_NOT_BOUND = auto()
    THING_DISABLED = auto()
    THING_OFFLINE = auto()
    OWNER_EXISTS = auto()
    OWNER_DISABLED = auto()
    NOT_OWNER = auto()
    NOT_GUEST = auto()
    NOT_OWNER_OR_GUEST = auto()
    UNBIND_SELF = auto()
    UNBIND_FAILED = auto()
    SHARE_TO_SELF = auto()
    SHARE_FORBIDDEN = auto()
    RECEIVER_UNKNOWN = auto()
    RECEIVER_BOUND = auto()
    SHARING_UNKNOWN = auto()
    SHARING_WAITING = auto()
    SHARING_EXPIRED = auto()
    SHARING_ANSWERED = auto()
    SHARING_CANCELLED = auto()
    QR_CONTENT_INVALID = auto()
    MESSAGE_UNKNOWN = auto()
    MESSAGE_DELETED = auto()
    NOT_RECEIVER = auto()
    ACCOUNT_INVALID = auto()
    SCHEDULE_UNKNOWN = auto()
    EVENT_UNKNOWN = auto()
    SCENE_UNKNOWN = auto()
    SCENE_FOREIGN = auto()
    UNIT_UNKNOWN = auto()
    UNIT_TAKEN = auto()
    UNIT_MISMATCH = auto()
    APPLICATION_TAKEN = auto()
    NETWORK_UNKNOWN = auto()
    NETWORK_TAKEN = auto()
    ADDRESS_TAKEN = auto()
    ROUTE_TAKEN = auto()
    OWNER_UNKNOWN = auto()
    MEMBER_UNKNOWN = auto()
    RESOURCE_UNKNOWN = auto()
    ROLE_MISSING = auto()
    DATA_MISSING = auto()
    ATTRIBUTE_INVALID = auto()
    COMMAND_NOT_SENT = auto()
    NETWORK_UNREACHABLE = auto()
    ROUTE_UNKNOWN = auto()
    METHOD_NOT_ALLOWED = auto()
    TOO_LARGE = auto()
    STORE_FAILED = auto()
    MESSAGING_FAILED = auto()
    RESOURCES_EXHAUSTED = auto()
    INTERNAL = auto()


class Refusal(Exception):
    """The request is refused.

    Args:
        reason: why, in the core's words.
        detail: one sentence for the developer on the other side, never a secret.
        field: name of the input at fault.
        status: HTTP status when it is not the one the vendor gives to the reason.
        code: the vendor's error code when it is not the one the vendor gives to the reason.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str | None = None,
        field: str | None = None,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
        self.field = field
        self.status = status
        self.code = code


class InputError(ValueError):
    """Bad input on the control side (seed, faults, clock): the field, the value and what to write instead."""

    def __init__(self, message: str, *, field: str, value: object = None, remedy: str = "") -> None:
        super().__init__(f"{field}: {message}" + (f"; {remedy}" if remedy else ""))
        self.message = message
        self.field = field
        self.value = value
        self.remedy = remedy
