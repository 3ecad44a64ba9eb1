"""The codes Gizwits refuses spoilt calls with (gizwits.md:3533)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_conformance.refusals import Refusals

if TYPE_CHECKING:
    from thingproof_contracts import Operation


def _rules(operation: Operation, spoilt: str, _name: str) -> tuple[str, ...]:
    """The rule that names the required inputs."""
    if spoilt != "missing":
        return ()
    return tuple(
        rule.id
        for rule in operation.rules
        if rule.kind == "contract" and rule.text.startswith("Required inputs")
    )


REFUSALS = Refusals(
    tokens={
        "user_token": "X-Gizwits-User-token",
        "app_token": "X-Gizwits-Application-Token",
    },
    personal="user_token",
    application="X-Gizwits-Application-Id",
    missing={
        "X-Gizwits-Application-Id": (9003,),
        "X-Gizwits-User-token": (9004,),
        "X-Gizwits-Application-Token": (9004,),
        "X-Gizwits-Application-Auth": (9038, 9015),
        "X-Gizwits-Timestamp": (9043, 9015),
        "X-Gizwits-Signature": (9044, 9015),
        "product_key": (9002, 9015),
        "*": (9015,),
    },
    wrong_type={"attrs": (9015, 9025), "product_key": (9002, 9015), "*": (9015,)},
    garbage_token=(9004,),
    foreign_token=(9004, 9005),
    expired_token=(9006,),
    garbage_application=(9003,),
    unknown={"did": (9014, 9017), "product_key": (9002,), "mac": (9014,)},
    malformed=(9015,),
    rules=_rules,
)
