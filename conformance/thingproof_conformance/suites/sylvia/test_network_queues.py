"""A network's queues move with its hostUri (sylvia.md:725)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import states
from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import queue_moves
from thingproof_conformance.suites.sylvia.uplink_steps import transports

if TYPE_CHECKING:
    from thingproof_conformance.states import Walk
    from thingproof_conformance.vendors.sylvia import SylviaTarget

UPDATE = "sylvia.network.update"


@case(UPDATE, kind="state", rules=("r5",), events=("network_queue_reconnect",))
@pytest.mark.documented
@transports
@states.parametrize("sylvia", "queue_binding", start=queue_moves.OLD)
def test_update__queues_move(sylvia: SylviaTarget, walk: Walk, transport: str) -> None:
    """Messages pass where the queues are, and no longer where they were."""
    queue_moves.walk_along(sylvia, "network", walk, transport)


@case(UPDATE, kind="state", rules=("r5",), events=("network_queue_reconnect",))
@pytest.mark.documented
def test_update__queues_away_and_back(sylvia: SylviaTarget) -> None:
    """A host nobody answers at takes no messages, and is none to stay at."""
    queue_moves.away_and_back(sylvia, "network")
