"""Every transition of an invitation's status, from the state table (gizwits.md:1526-1544, 1617-1641).

Records of QR codes begin elsewhere and cannot be retracted (gizwits.md:1687): see the cases of codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import expect, states
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.sharing_steps import (
    ACCEPTED,
    CANCELLED,
    REFUSED,
    cancel,
    invite,
    respond,
    shared_device,
    status_of,
)
from thingproof_conformance.suites.gizwits.steps import DAY
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.states import Transition, Walk
    from thingproof_conformance.vendors.gizwits import GizwitsTarget, User

RESPOND = "gizwits.sharing.respond"
NEEDS = ("seed", "clock")


@dataclass(frozen=True)
class Parties:
    """Who sends and who receives an invitation."""

    gizwits: GizwitsTarget
    control: ControlClient
    owner: User
    receiver: User

    def answer(self, number: int, status: int = ACCEPTED) -> Answer:
        """The receiver answers."""
        return respond(self.gizwits, self.receiver, number, status, expected=ANY)

    def cause(self, number: int, event: str) -> list[Answer]:
        """What an event of the table is: the answers of its calls."""
        if event.startswith("owner"):
            return [cancel(self.gizwits, self.owner, number, expected=ANY)]
        if "after 24 h" in event:
            self.control.advance(DAY + 1)
            return [self.answer(number)]
        if event == "receiver accepts or rejects":
            return [self.answer(number, status) for status in (ACCEPTED, REFUSED)]
        return [self.answer(number, REFUSED if "rejects" in event else ACCEPTED)]


def _judge(step: Transition, answers: list[Answer]) -> None:
    """A call is refused as the table says: 9089, and 9094 when the invitation is cancelled."""
    for answer in answers:
        if step.refusal is None:
            expect.accepted(answer)
        else:
            expect.refused(answer, 9094 if step.source == str(CANCELLED) else step.refusal)


@case(RESPOND, kind="state", errors=(9088, 9089, 9094), needs=NEEDS)
@pytest.mark.documented
@states.parametrize("gizwits", "sharing_status")
def test_respond__walks(gizwits: GizwitsTarget, control: ControlClient, walk: Walk) -> None:
    """A normal invitation: waiting, accepted, refused, cancelled, and what each state refuses."""
    owner, device = shared_device(gizwits)
    parties = Parties(gizwits, control, owner, gizwits.new_user())
    number = 0
    for step in walk:
        if step.source is None:
            number = invite(gizwits, owner, device, parties.receiver)
        else:
            _judge(step, parties.cause(number, step.event))
        expect.equal(int(step.target), status_of(gizwits, owner, number), f"status after: {step.event}")
