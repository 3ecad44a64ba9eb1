"""Who may see and change what: one place for the permission matrix (sylvia.md:91).

What a caller may not reach does not exist for the caller; only the call for admins is refused as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.vendors.sylvia.service.registry import registry

if TYPE_CHECKING:
    from thingproof_platform.core.world import World
    from thingproof_platform.vendors.sylvia.auth import Caller
    from thingproof_platform.vendors.sylvia.service.model import Application, Device, Network, Unit


class Rights:
    """What one caller may do."""

    def __init__(self, world: World, caller: Caller) -> None:
        self.world = world
        self._faults = world.faults
        self._registry = registry(world)
        self.caller = caller

    # -- units

    def sees(self, unit: Unit) -> bool:
        """Members and the owner may view a unit."""
        user = self.caller.user.id
        if self.caller.privileged or self._faults.on("stranger_sees"):
            return True
        if self._faults.on("member_sees_nothing"):
            return user == unit.owner
        return user in unit.members or user == unit.owner

    def manages(self, unit: Unit) -> bool:
        """Only the owner may change anything in a unit."""
        if self._faults.on("member_may_write") and self.caller.user.id in unit.members:
            return True
        if self._faults.on("stranger_may_write"):
            return True
        return self.caller.privileged or self.caller.user.id == unit.owner

    def visible_unit(self, identifier: str) -> Unit | None:
        """The unit of an id when the caller may view it."""
        unit = self._registry.units.get(identifier)
        return unit if unit is not None and self.sees(unit) else None

    def own_unit(self, identifier: str) -> Unit | None:
        """The unit of an id when the caller may change it."""
        unit = self._registry.units.get(identifier)
        return unit if unit is not None and self.manages(unit) else None

    def unit_named(self, identifier: str) -> Unit:
        """The unit a body names, to be changed; unknown and foreign ones are refused alike."""
        unit = self.own_unit(identifier)
        if unit is None:
            raise Refusal(Reason.UNIT_UNKNOWN, "you own no unit of this id", "unitId")
        return unit

    # -- what belongs to units

    def reaches(self, owner: str | None, *, write: bool) -> bool:
        """May the caller view, or change, what belongs to this unit? None is the public, for admins."""
        if owner is None:
            return self.caller.privileged or self._faults.on("normal_user_uses_public")
        unit = self.own_unit(owner) if write else self.visible_unit(owner)
        return unit is not None

    def application_named(self, identifier: str) -> Application:
        """The application a body names."""
        application = self._registry.applications.get(identifier)
        if application is None or not self.reaches(application.unit, write=True):
            raise Refusal(Reason.APPLICATION_UNKNOWN, "you own no application of this id", "applicationId")
        return application

    def network_named(self, identifier: str, unit: Unit | None = None) -> Network:
        """The network a body names; a private one has to be of the unit, when one is given."""
        network = self._registry.networks.get(identifier)
        if network is None or not self.reaches(network.unit, write=True):
            raise Refusal(Reason.NETWORK_UNKNOWN, "you own no network of this id", "networkId")
        foreign = unit is not None and network.unit not in (None, unit.id)
        if foreign and not self._faults.on("network_of_any_unit"):
            raise Refusal(Reason.NETWORK_UNKNOWN, "the unit has no network of this id", "networkId")
        return network

    def device_named(self, identifier: str) -> Device:
        """The device a body names."""
        device = self._registry.devices.get(identifier)
        if device is None or not self.reaches(device.unit, write=True):
            raise Refusal(Reason.THING_UNKNOWN, "you own no device of this id", "deviceId")
        return device

    def require_privileged(self) -> None:
        """Refuse whoever is neither admin nor manager (sylvia.md:142)."""
        if not self.caller.privileged and not self._faults.on("admin_call_open"):
            raise Refusal(Reason.ROLE_MISSING, "invalid role")
