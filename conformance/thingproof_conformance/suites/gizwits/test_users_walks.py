"""Every transition of SMS codes and user tokens, from their state tables (gizwits.md:165-177, 508)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, states
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.steps import DAY, profile
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.states import Walk
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

CODE, GET, LOGIN = "gizwits.users.sms_code.verify", "gizwits.users.get", "gizwits.users.login"
WEEK = 7 * DAY


def _verify(gizwits: GizwitsTarget, phone: str, code: str) -> Answer:
    body = {"phone": phone, "sms_code": code}
    return gizwits.call(CODE, token=gizwits.app_token(), json=body, expect=ANY)


@case(CODE, kind="state", errors=(9009, 9010), needs=("outbox", "clock"))
@pytest.mark.documented
@states.parametrize("gizwits", "sms_code")
def test_sms_code_verify__walks(gizwits: GizwitsTarget, control: ControlClient, walk: Walk) -> None:
    """Sent, consumed, expired; a wrong attempt leaves the code good."""
    phone = gizwits.names.phone()
    code = ""
    for step in walk:
        if step.source is None:
            code = gizwits.sms_code(phone)
        elif step.event == "24 h pass":
            control.advance(DAY + 1)
        elif "wrong code" in step.event:
            wrong = "000000" if code != "000000" else "111111"
            expect.refused(_verify(gizwits, phone, wrong), step.refusal or 0)
        elif step.refusal is not None:
            expect.refused(_verify(gizwits, phone, code), step.refusal)
        else:
            expect.accepted(_verify(gizwits, phone, code))
    last = _verify(gizwits, phone, code)
    if walk[-1].target == "sent":
        expect.accepted(last)
    else:
        expect.refused(last, 9009 if walk[-1].target == "expired" else 9010)


@case(GET, kind="state", errors=(9006,), needs=("clock",))
@pytest.mark.documented
@states.parametrize("gizwits", "user_token")
def test_get__walks(gizwits: GizwitsTarget, control: ControlClient, walk: Walk) -> None:
    """Valid from registration, valid still after another login, expired after seven days."""
    user = gizwits.new_user()
    tokens = [user.token]
    for step in walk[1:]:
        if step.event == "another login":
            members = {"username": user.username, "password": user.password}
            tokens.append(str(gizwits.call(LOGIN, json=members)["token"]))
        else:
            control.advance(WEEK + 1)
    for token in tokens:
        if walk[-1].target == "valid":
            profile(gizwits, token)
        else:
            expect.refused(gizwits.call(GET, token=token, expect=ANY), 9006)
