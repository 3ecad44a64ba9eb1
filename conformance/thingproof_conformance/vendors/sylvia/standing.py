"""What valid calls are about: one unit with everything in it, shared by all negative cases.

Negative cases change nothing at the target; moving the clock or a reset makes new subjects.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thingproof_conformance.vendors.sylvia.subjects import Estate, User
    from thingproof_conformance.vendors.sylvia.target import SylviaTarget


class Standing:
    """The subjects valid calls are about, each made when it is first asked for."""

    def __init__(self, target: SylviaTarget) -> None:
        self._target = target

    @cached_property
    def estate(self) -> Estate:
        """A unit with an application, a network and a device."""
        return self._target.estate(keep=True)

    @property
    def owner(self) -> User:
        """The owner of the unit."""
        return self.estate.owner

    @property
    def addresses(self) -> dict[str, Any]:
        """The members of a call about the standing device's address in its network."""
        return {
            "networkId": self.estate.network.network_id,
            "networkAddrs": [self.estate.device.network_addr],
        }

    @property
    def range(self) -> dict[str, Any]:
        """The members of a call about the range that is the standing device's address."""
        address = self.estate.device.network_addr
        return {"networkId": self.estate.network.network_id, "startAddr": address, "endAddr": address}
