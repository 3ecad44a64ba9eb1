"""The codes Sylvia refuses spoilt calls with (sylvia.md:95), and the rules that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.refusals import Refusals
from thingproof_contracts import load

if TYPE_CHECKING:
    from thingproof_contracts import Operation

AUTHORIZATION = "Authorization"
UNKNOWN = {
    "unitId": ("err_not_found",),
    "applicationId": ("err_not_found",),
    "networkId": ("err_not_found",),
    "deviceId": ("err_not_found",),
    "data.unitId": ("err_broker_unit_not_exist",),
    "data.applicationId": ("err_broker_application_not_exist",),
    "data.networkId": ("err_broker_network_not_exist",),
    "data.deviceId": ("err_broker_device_not_exist",),
}


def _rules(operation: Operation, spoilt: str, name: str) -> tuple[str, ...]:
    """The rules of the document that ask for a refusal; they begin alike in every operation."""
    if spoilt == "token" or name == AUTHORIZATION:
        return ("sylvia.global.r1", "sylvia.global.r6") if spoilt == "token" else ("sylvia.global.r1",)
    beginnings = {
        "missing": (f"{name} is mandatory",),
        "mistyped": (f"{name} is mandatory",),
        "unknown": ("An unknown ", f"{name} in the path", f"400 {UNKNOWN.get(name, ('',))[0]} when"),
        "malformed": ("The request body is JSON",),
    }[spoilt]
    found = tuple(rule.id for rule in operation.rules if rule.text.startswith(beginnings))
    return (*found, "sylvia.global.r8") if spoilt == "unknown" else (*found, "sylvia.global.r5")


REFUSALS = Refusals(
    tokens={"bearer": AUTHORIZATION},
    personal="bearer",
    missing={AUTHORIZATION: ("err_auth", "err_param"), "*": ("err_param",)},
    wrong_type={"*": ("err_param",)},
    garbage_token=("err_auth",),
    expired_token=("err_auth",),
    unknown=UNKNOWN,
    malformed=("err_param",),
    bodies={
        "null_body": b"null",
        "no_body": b"",
        "text_body": b'"data"',
        "no_data": b"{}",
        "null_data": b'{"data": null}',
        "array_data": b'{"data": []}',
    },
    media_types=("text/plain", "application/x-www-form-urlencoded"),
    rules=_rules,
    contradictions={AUTHORIZATION: "sylvia.contra.5"},
    # Deleting something unknown is done already (sylvia.contra.2, sylvia.contra.4).
    tolerant=frozenset(name for name in load("sylvia").operations if ".delete" in name),
)
