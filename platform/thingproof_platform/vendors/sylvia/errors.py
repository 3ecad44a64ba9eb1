"""Refusals as Sylvia tells them: one table from the core's reasons to code and status (sylvia.md:95)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thingproof_platform.core.dialect import Request, Response
from thingproof_platform.core.errors import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thingproof_platform.core.dialect import OperationLike, ProblemLike
    from thingproof_platform.core.world import World


class Code(NamedTuple):
    """An error code with the HTTP status it is answered with."""

    code: str
    status: int


_PARAM: Final = Code("err_param", 400)
_NOT_FOUND: Final = Code("err_not_found", 404)
_AUTH: Final = Code("err_auth", 401)
# The common codes, then those of operations (sylvia.md:97). The last three have no code of their own.
_OF_REASON: Final[dict[Reason, Code]] = {
    Reason.TOKEN_INVALID: _AUTH,
    Reason.TOKEN_EXPIRED: _AUTH,
    Reason.STORE_FAILED: Code("err_db", 503),
    Reason.MESSAGING_FAILED: Code("err_int_msg", 503),
    Reason.RESOURCE_UNKNOWN: _NOT_FOUND,
    Reason.FORM_INVALID: _PARAM,
    Reason.ROLE_MISSING: Code("err_perm", 403),
    Reason.RESOURCES_EXHAUSTED: Code("err_rsc", 503),
    Reason.INTERNAL: Code("err_unknown", 500),
    Reason.APPLICATION_TAKEN: Code("err_broker_application_exist", 400),
    Reason.APPLICATION_UNKNOWN: Code("err_broker_application_not_exist", 400),
    Reason.THING_UNKNOWN: Code("err_broker_device_not_exist", 400),
    Reason.MEMBER_UNKNOWN: Code("err_broker_member_not_exist", 400),
    Reason.ADDRESS_TAKEN: Code("err_broker_network_addr_exist", 400),
    Reason.NETWORK_TAKEN: Code("err_broker_network_exist", 400),
    Reason.NETWORK_UNKNOWN: Code("err_broker_network_not_exist", 400),
    Reason.OWNER_UNKNOWN: Code("err_broker_owner_not_exist", 400),
    Reason.ROUTE_TAKEN: Code("err_broker_route_exist", 400),
    Reason.UNIT_TAKEN: Code("err_broker_unit_exist", 400),
    Reason.UNIT_UNKNOWN: Code("err_broker_unit_not_exist", 400),
    Reason.UNIT_MISMATCH: Code("err_broker_unit_not_match", 400),
    Reason.ROUTE_UNKNOWN: _NOT_FOUND,
    Reason.METHOD_NOT_ALLOWED: Code("err_param", 405),
    Reason.TOO_LARGE: _PARAM,
}


def code_of(reason: Reason) -> Code:
    """Code and status that tell this reason."""
    return _OF_REASON[reason]


def messaging_code(world: World) -> str:
    """The document writes err_intmsg, deployed brokers err_int_msg (sylvia.contra.13)."""
    return "err_intmsg" if world.limits.short_message_code else code_of(Reason.MESSAGING_FAILED).code


def invalid(_operation: OperationLike, problems: Sequence[ProblemLike]) -> Refusal:
    """The refusal of a request that violates the contract: the first violation is named."""
    problem = problems[0]
    return Refusal(Reason.FORM_INVALID, problem.message, problem.name)


def render(refusal: Refusal, _request: Request) -> Response:
    """The refusal as an answer: `code`, and `message` when there is something to say (sylvia.md:77)."""
    code = code_of(refusal.reason)
    body = {"code": refusal.code or code.code}
    if refusal.detail is not None:
        body["message"] = refusal.detail
    return Response(refusal.status or code.status, body)
