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
    def owned(self) -> tuple[User, Device]:
        """A user who owns a device that can be shared."""
        return self._target.bound(self._target.new_product(sharing=True))

    @cached_property
    def measured(self) -> tuple[User, Device]:
        """A user with a device whose data are aggregated."""
        return self._target.bound(self._target.new_product(data_service=True))

    def ask(self, operation: str, user: User, **parts: Any) -> Any:
        """What a valid call needs first; the body of the answer."""
        name = f"gizwits.{operation}"
        return self._target.prepare(
            name, lambda: self._target.call(name, token=user, app_id=user.app_id, **parts)
        ).body

    def invitation(self) -> tuple[User, int]:
        """A fresh invitation of the owned device: its receiver and its number."""
        owner, device = self.owned
        receiver = self._target.new_user()
        body = {"type": 0, "did": device.did, "uid": receiver.uid}
        return receiver, self.ask("sharing.create", owner, json=body)["id"]

    def code(self) -> str:
        """A fresh code for the owned device."""
        owner, device = self.owned
        content = self.ask("sharing.create", owner, json={"type": 1, "did": device.did})["qr_content"]
        return str(content).rpartition("=")[2]

    def guest(self) -> User:
        """A fresh guest of the owned device."""
        receiver, number = self.invitation()
        self.ask("sharing.respond", receiver, path={"id": number}, query={"status": 1})
        return receiver

    def group(self, *, filled: bool = False) -> str:
        """A fresh group of the standing device's product, with the device when filled."""
        body = {"group_name": "valid", "product_key": self.device.product.product_key}
        group: str = self.ask("groups.create", self.owner, json=body)["id"]
        if filled:
            self.ask("groups.devices.add", self.owner, path={"id": group}, json={"dids": [self.device.did]})
        return group

    def scene(self) -> str:
        """A fresh scenario that only waits."""
        body = {"scene_name": "valid", "tasks": [{"task_type": "delay", "time": 1}]}
        scene: str = self.ask("scenes.create", self.owner, json=body)["id"]
        return scene

    @property
    def task(self) -> dict[str, Any]:
        """The body of a valid scheduled task, without target."""
        return {"time": "03:30", "repeat": "mon", "attrs": self.order}

    @property
    def order(self) -> dict[str, Any]:
        """Attributes that the standing device takes."""
        order: dict[str, Any] = self.device.product.mapping.get("control", {"switch": 1})
        return order

    @property
    def rule(self) -> dict[str, Any]:
        """The body of a valid rule on the standing device."""
        did, product = self.device.did, self.device.product.product_key
        return {
            "name": "valid",
            "did": did,
            "product_key": product,
            "event": "offline",
            "input": [],
            "condition": [],
            "output": [[{"type": "devctrl", "did": did, "attrs": self.order}]],
        }

    @cached_property
    def foreigner(self) -> User:
        """A user of another application."""
        return self._target.new_user(application=self._target.new_application())
