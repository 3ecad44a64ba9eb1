"""Scenarios and groups at work (gizwits.md:1868, 2680)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.tests.linked_cloud import KEY, LinkedCloud

IN_PROGRESS, COMPLETED, FAILED, NOT_EXECUTED = range(4)


def _tell(did: str, byte: int) -> dict[str, Any]:
    return {"task_type": "device", "did": did, "raw": f"{byte:02x}", "binary_coding": "hex"}


def _wait(seconds: int) -> dict[str, Any]:
    return {"task_type": "delay", "time": seconds}


class _Scene:
    """A scenario of a cloud."""

    def __init__(self, cloud: LinkedCloud, *tasks: dict[str, Any]) -> None:
        self._cloud = cloud
        answer = cloud.call("scenes.create", {"scene_name": "s", "tasks": list(tasks)})
        assert answer.status == 201, answer.body
        self.path = {"id": str(answer.body["id"])}

    def run(self) -> list[tuple[str, str]]:
        """Perform it; what was told at once."""
        assert self._cloud.call("scenes.task.run", path=self.path).status == 200
        return self._cloud.told()

    @property
    def status(self) -> int:
        """Its execution status."""
        return int(self._cloud.call("scenes.task.status", path=self.path).body["status"])


def _group(cloud: LinkedCloud, *dids: str, product: str = KEY) -> str:
    answer = cloud.call("groups.create", {"group_name": "g", "product_key": product})
    identifier = str(answer.body["id"])
    if dids:
        cloud.call("groups.devices.add", {"dids": list(dids)}, path={"id": identifier})
    return identifier


def test_tasks_run_in_order_and_the_status_tells_how_far() -> None:
    """3 before, 0 while a delay lasts, also over a restart, 1 afterwards (gizwits.md:2897)."""
    cloud = LinkedCloud()
    scene = _Scene(cloud, _tell("a", 1), _wait(3600), _tell("b", 2), _wait(0), _tell("a", 3))
    assert scene.status == NOT_EXECUTED
    assert (scene.run(), scene.status) == ([("a", "01")], IN_PROGRESS)
    assert (cloud.after(3599), scene.status) == ([], IN_PROGRESS)
    cloud.back()
    assert (cloud.after(1), scene.status) == ([("b", "02"), ("a", "03")], COMPLETED)
    assert set(cloud.causes("a")) == {f"scene {scene.path['id']}"}


@pytest.mark.parametrize("delay", [0, 5])
def test_the_first_failure_ends_a_scenario(delay: int) -> None:
    """Whether it comes at once or after a delay; running it again begins anew."""
    cloud = LinkedCloud()
    scene = _Scene(cloud, _wait(delay), _tell("z", 1), _tell("b", 2))
    told = scene.run() + cloud.after(delay)
    assert (told, scene.status) == ([], FAILED)
    cloud.online("z")
    cloud.told()
    told = scene.run() + cloud.after(delay)
    assert (told, scene.status) == ([("z", "01"), ("b", "02")], COMPLETED)


def test_performing_again_replaces_what_is_under_way() -> None:
    """No task of the first run is done a second time; two scenarios do not mind each other."""
    cloud = LinkedCloud()
    scene, other = _Scene(cloud, _wait(10), _tell("a", 1)), _Scene(cloud, _wait(12), _tell("b", 2))
    scene.run()
    other.run()
    cloud.after(6)
    scene.run()
    assert cloud.after(6) == [("b", "02")]
    assert (scene.status, other.status) == (IN_PROGRESS, COMPLETED)
    assert cloud.after(4) == [("a", "01")]


def test_changed_and_deleted_while_under_way() -> None:
    """What is under way goes on as it began; a deleted scenario does nothing more."""
    cloud = LinkedCloud()
    scene = _Scene(cloud, _wait(10), _tell("a", 1))
    scene.run()
    body = {"scene_name": "s", "tasks": [_tell("b", 2)]}
    assert cloud.call("scenes.update", body, path=scene.path).status == 200
    assert cloud.after(10) == [("a", "01")]
    assert scene.run() == [("b", "02")]
    late = _Scene(cloud, _wait(10), _tell("a", 3))
    late.run()
    assert cloud.call("scenes.delete", path=late.path).status == 200
    assert cloud.after(3600) == []
    assert len(cloud.world.runs) == 0


def test_lost_devices_and_groups_fail_their_task() -> None:
    """What was the user's when the scenario was made may be so no more."""
    cloud = LinkedCloud()
    group = _group(cloud, "b")
    device = _Scene(cloud, _tell("a", 1))
    whole = _Scene(cloud, {"task_type": "group", "group_id": group, "raw": "02", "binary_coding": "hex"})
    assert device.run() + whole.run() == [("a", "01"), ("b", "02")]
    cloud.call("bindings.unbind", {"devices": [{"did": "a"}]})
    cloud.call("groups.delete", path={"id": group})
    assert device.run() + whole.run() == []
    assert (device.status, whole.status) == (FAILED, FAILED)


@pytest.mark.parametrize(
    ("dids", "told", "status"),
    [(("a", "z", "b"), [("a", "02"), ("b", "02")], COMPLETED), (("z",), [], FAILED)],
    ids=["one offline", "all offline"],
)
def test_a_group_task_fails_when_nobody_can_be_told(
    dids: tuple[str, ...], told: list[tuple[str, str]], status: int
) -> None:
    """Devices are told in the order they were put in."""
    cloud = LinkedCloud()
    task = {"task_type": "group", "group_id": _group(cloud, *dids), "raw": "Ag=="}
    scene = _Scene(cloud, task)
    assert (scene.run(), scene.status) == (told, status)


def test_group_control_tells_who_took_it() -> None:
    """One result a device; attrs are checked before anybody is told."""
    cloud = LinkedCloud()
    path = {"id": _group(cloud, "b", "z", "a")}
    answer = cloud.call("groups.control", {"raw": [7]}, path=path)
    shown = [(row["did"], row["result"]) for row in answer.body]
    assert shown == [("b", True), ("z", False), ("a", True)]
    assert cloud.told() == [("b", "07"), ("a", "07")]
    assert cloud.code("groups.control", {"attrs": {"room_temp": 3}}, path=path) == 9025
    assert cloud.told() == []
    mixed = {"id": _group(cloud, "a", product="")}
    assert cloud.code("groups.control", {"raw": [7]}, path=mixed) == 9015


def test_unbound_devices_leave_their_users_groups_only() -> None:
    """Another user's group keeps the device."""
    cloud = LinkedCloud()
    mine = _group(cloud, "a", "b")
    cloud.call("bindings.unbind", {"devices": [{"did": "a"}]})
    rows = cloud.call("groups.devices.list", path={"id": mine}).body
    assert [row["did"] for row in rows] == ["b"]
