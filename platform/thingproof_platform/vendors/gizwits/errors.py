"""Refusals as Gizwits tells them: one table of codes, one of reasons, one envelope (gizwits.md:3533)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thingproof_platform.core.dialect import Request, Response
from thingproof_platform.core.errors import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thingproof_platform.core.dialect import OperationLike, ProblemLike


class Code(NamedTuple):
    """One row of the appendix with the HTTP status it is answered with."""

    error_code: int
    status: int
    error_message: str


# code, HTTP status, message: the appendix, then the two codes that only the example of GET /errors shows
# (gizwits.md:3519). 9098 has its own text: the printed one belongs to 9099.
_ROWS: Final = (
    (9001, 400, "mac already registered!"),
    (9002, 400, "product_key invalid"),
    (9003, 400, "appid invalid"),
    (9004, 400, "token invalid"),
    (9005, 400, "user not exist"),
    (9006, 400, "token expired"),
    (9007, 400, "m2m_id invalid"),
    (9008, 500, "server error"),
    (9009, 400, "code expired"),
    (9010, 400, "code invalid"),
    (9011, 400, "sandbox scale quota exhausted!"),
    (9012, 400, "production scale quota exhausted!"),
    (9013, 400, "product has no request scale!"),
    (9014, 404, "device not found!"),
    (9015, 400, "form invalid!"),
    (9016, 400, "did or passcode invalid!"),
    (9017, 401, "device not bound!"),
    (9018, 400, "phone unavailable!"),
    (9019, 400, "username unavailable!"),
    (9020, 400, "username or password error!"),
    (9021, 400, "send command failed!"),
    (9022, 400, "email unavailable!"),
    (9023, 400, "device is disabled!"),
    (9024, 400, "fail to notify m2m!"),
    (9025, 400, "attr invalid!"),
    (9026, 400, "user invalid!"),
    (9027, 400, "firmware not found!"),
    (9028, 400, "JD product info not found!"),
    (9029, 400, "datapoint data not found!"),
    (9030, 400, "scheduler not found!"),
    (9031, 400, "qq oauth key invalid!"),
    (9032, 400, "ota upgrade service OK, but in idle or disable!"),
    (9033, 400, "bt firmware unverified,except verify device!"),
    (9034, 400, "bt firmware is OK, but nothing to upgrade!"),
    (9035, 500, "Save kairosdb error!"),
    (9036, 400, "event not defined!"),
    (9037, 400, "send sms failed!"),
    (9038, 400, "X-Gizwits-Application-Auth invalid!"),
    (9039, 403, "Not allowed to call deprecated API!"),
    (9040, 400, "bad qrcode content!"),
    (9041, 429, "request was throttled"),
    (9042, 400, "device offline!"),
    (9043, 400, "X-Gizwits-Timestamp invalid!"),
    (9044, 400, "X-Gizwits-Signature invalid!"),
    (9045, 400, "API deprecated!"),
    (9046, 400, "Register already in progress!"),
    (9077, 400, "email already exists but not activate!"),
    (9080, 400, "can not share device to self!"),
    (9081, 400, "guest or normal user can not share device!"),
    (9082, 400, "guest user not found!"),
    (9083, 400, "guest user alread bound!"),
    (9084, 400, "sharing record not found!"),
    (9085, 400, "message record not found!"),
    (9087, 400, "sharing alread created,waiting for the guest to accept!"),
    (9088, 400, "sharing record expired!"),
    (9089, 400, "sharing record status is not unaccept!"),
    (9090, 400, "owner binding disabled!"),
    (9092, 400, "owner exist, guest can not bind!"),
    (9093, 400, "permission denied, you are not owner!"),
    (9094, 400, "sharing already canceled!"),
    (9095, 400, "can not unbind self!"),
    (9096, 400, "permission denied, you are not guest!"),
    (9098, 400, "message already deleted!"),
    (9099, 400, "notify delele binding failed!"),
    (9100, 400, "permission denied, you are not owner or guest!"),
    (9101, 400, "permission denied, you are not the receiver!"),
    (9999, 400, "reserved"),
    (9220, 404, "scene not found!"),
    (9221, 400, "the scene does not belong to you!"),
)
CODES: Final[dict[int, Code]] = {row[0]: Code(*row) for row in _ROWS}

# Reason of the core -> code. The last four have no code of their own in the document.
_OF_REASON: Final[dict[Reason, int]] = {
    Reason.PRODUCT_UNKNOWN: 9002,
    Reason.APPLICATION_UNKNOWN: 9003,
    Reason.TOKEN_INVALID: 9004,
    Reason.ACCOUNT_UNKNOWN: 9005,
    Reason.TOKEN_EXPIRED: 9006,
    Reason.CODE_EXPIRED: 9009,
    Reason.CODE_INVALID: 9010,
    Reason.THING_UNKNOWN: 9014,
    Reason.FORM_INVALID: 9015,
    Reason.THING_NOT_BOUND: 9017,
    Reason.PHONE_TAKEN: 9018,
    Reason.USERNAME_TAKEN: 9019,
    Reason.CREDENTIALS_WRONG: 9020,
    Reason.COMMAND_NOT_SENT: 9021,
    Reason.EMAIL_TAKEN: 9022,
    Reason.THING_DISABLED: 9023,
    Reason.NETWORK_UNREACHABLE: 9024,
    Reason.ATTRIBUTE_INVALID: 9025,
    Reason.DATA_MISSING: 9029,
    Reason.OAUTH_KEY_INVALID: 9031,
    Reason.SMS_NOT_SENT: 9037,
    Reason.APPLICATION_AUTH_INVALID: 9038,
    Reason.THROTTLED: 9041,
    Reason.THING_OFFLINE: 9042,
    Reason.TIMESTAMP_INVALID: 9043,
    Reason.SIGNATURE_INVALID: 9044,
    Reason.REGISTRATION_BUSY: 9046,
    Reason.EMAIL_NOT_ACTIVATED: 9077,
    Reason.ACCOUNT_INVALID: 9026,
    Reason.SCHEDULE_UNKNOWN: 9030,
    Reason.EVENT_UNKNOWN: 9036,
    Reason.QR_CONTENT_INVALID: 9040,
    Reason.SHARE_TO_SELF: 9080,
    Reason.SHARE_FORBIDDEN: 9081,
    Reason.RECEIVER_UNKNOWN: 9082,
    Reason.RECEIVER_BOUND: 9083,
    Reason.SHARING_UNKNOWN: 9084,
    Reason.MESSAGE_UNKNOWN: 9085,
    Reason.SHARING_WAITING: 9087,
    Reason.SHARING_EXPIRED: 9088,
    Reason.SHARING_ANSWERED: 9089,
    Reason.OWNER_DISABLED: 9090,
    Reason.OWNER_EXISTS: 9092,
    Reason.NOT_OWNER: 9093,
    Reason.SHARING_CANCELLED: 9094,
    Reason.UNBIND_SELF: 9095,
    Reason.NOT_GUEST: 9096,
    Reason.MESSAGE_DELETED: 9098,
    Reason.UNBIND_FAILED: 9099,
    Reason.NOT_OWNER_OR_GUEST: 9100,
    Reason.NOT_RECEIVER: 9101,
    Reason.SCENE_UNKNOWN: 9220,
    Reason.SCENE_FOREIGN: 9221,
    Reason.INTERNAL: 9008,
    Reason.ROUTE_UNKNOWN: 9015,
    Reason.METHOD_NOT_ALLOWED: 9015,
    Reason.TOO_LARGE: 9015,
}
_STATUS: Final[dict[Reason, int]] = {
    Reason.ROUTE_UNKNOWN: 404,
    Reason.METHOD_NOT_ALLOWED: 405,
    Reason.TOO_LARGE: 413,
}
# A violation of the contract in one of these inputs has an error of its own.
_OF_INPUT: Final[dict[str, Reason]] = {
    "x-gizwits-application-id": Reason.APPLICATION_UNKNOWN,
    "x-gizwits-user-token": Reason.TOKEN_INVALID,
    "x-gizwits-application-token": Reason.TOKEN_INVALID,
    "x-gizwits-application-auth": Reason.APPLICATION_AUTH_INVALID,
    "x-gizwits-timestamp": Reason.TIMESTAMP_INVALID,
    "x-gizwits-signature": Reason.SIGNATURE_INVALID,
    "did": Reason.THING_UNKNOWN,
}
_PRODUCT_IN_QUERY: Final = ("query", "product_key")


def code_of(reason: Reason) -> Code:
    """The row of the appendix that tells this reason."""
    return CODES[_OF_REASON[reason]]


def invalid(operation: OperationLike, problems: Sequence[ProblemLike]) -> Refusal:
    """The refusal of a request that violates the contract: the first violation decides."""
    problem = problems[0]
    name = problem.name.lower()
    reason = _OF_INPUT.get(name, Reason.FORM_INVALID) if problem.location in {"header", "path"} else None
    if (problem.location, name) == _PRODUCT_IN_QUERY and operation.id == "gizwits.datapoint.get":
        reason = Reason.PRODUCT_UNKNOWN  # the only error the operation lists for it
    return Refusal(reason or Reason.FORM_INVALID, problem.message, problem.name)


def envelope(code: Code, detail: str | None) -> dict[str, str | int | None]:
    """The body of an error answer."""
    return {"error_message": code.error_message, "error_code": code.error_code, "detail_message": detail}


def render(refusal: Refusal, request: Request) -> Response:  # noqa: ARG001 - other vendors echo the request
    """The refusal as an answer: status of the table, envelope with the code."""
    code = code_of(refusal.reason)
    status = refusal.status or _STATUS.get(refusal.reason, code.status)
    return Response(status, envelope(code, refusal.detail))
