"""What valid calls are about: one user with one bound device, shared by all negative cases.

Negative cases change nothing at the target; moving the clock or a reset makes new subjects.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits.subjects import Device, User
    from thingproof_conformance.vendors.gizwits.target import GizwitsTarget


class Standing:
    """The subjects valid calls are about, each made when it is first asked for."""

    def __init__(self, target: GizwitsTarget) -> None:
        self._target = target
        self.fleet: Any = None

    @cached_property
    def bound(self) -> tuple[User, Device]:
        """A user with a bound device."""
        return self._target.bound()

    @cached_property
    def user(self) -> User:
        """A user without a device."""
        return self._target.new_user()

    @property
    def device(self) -> Device:
        """The bound device."""
        return self.bound[1]

    @property
    def owner(self) -> User:
        """The user the device is bound to."""
        return self.bound[0]

    @cached_property
    def foreigner(self) -> User:
        """A user of another application."""
        return self._target.new_user(application=self._target.new_application())
