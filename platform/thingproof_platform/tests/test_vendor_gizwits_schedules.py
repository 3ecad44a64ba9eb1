"""Scheduled tasks on the clock: when they fire, what they tell, what ends them (gizwits.md:2929, 3163)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from thingproof_platform.tests.linked_cloud import KEY, LinkedCloud

MONDAY = datetime(2023, 11, 13, tzinfo=UTC)
DAY = 86400
EVERY_DAY = "mon,tue,wed,thu,fri,sat,sun"


def _cloud() -> LinkedCloud:
    """Monday, 00:00 UTC."""
    cloud = LinkedCloud()
    cloud.world.clock.set(MONDAY.timestamp())
    login = cloud.call("users.login", {"username": "ann", "password": "Passw0rd!"})
    cloud.token = login.body["token"]
    return cloud


def _task(cloud: LinkedCloud, **members: Any) -> str:
    body = {"raw": "01", "time": "06:00", "repeat": "none"} | members
    answer = cloud.call("scheduler.create", body, did="a")
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def _days(cloud: LinkedCloud, days: int) -> list[int]:
    """The days from Monday on which the task was told at 06:00, and never else."""
    found = []
    for day in range(days):
        assert cloud.after(6 * 3600 - 1) == []
        if cloud.after(1):
            found.append(day)
        assert cloud.after(DAY - 6 * 3600) == []
    return found


@pytest.mark.parametrize(
    ("members", "days"),
    [
        ({"date": "2023-11-15"}, [2]),
        ({"date": "2023-11-12"}, []),
        ({"repeat": "mon"}, [0, 7, 14]),
        ({"repeat": "sun, wed"}, [2, 6, 9, 13, 16]),
        ({"repeat": "day", "days": ["13", 30]}, [0, 17]),
        ({"repeat": EVERY_DAY, "start_date": "2023-11-15", "end_date": "2023-11-17"}, [2, 3, 4]),
        ({"repeat": "day", "days": [15], "start_date": "2023-11-16"}, []),
        ({"repeat": EVERY_DAY, "enabled": False}, []),
        # A one-time task has a date, not a period (gizwits.md:2999).
        ({"date": "2023-11-15", "start_date": "2023-11-16"}, [2]),
    ],
    ids=str,
)
def test_days_on_which_a_task_fires(members: dict[str, Any], days: list[int]) -> None:
    """To the second, in UTC."""
    cloud = _cloud()
    identifier = _task(cloud, **members)
    assert _days(cloud, 18) == days
    assert set(cloud.causes("a")) <= {f"schedule {identifier}"}


def test_a_task_lives_on_after_a_restart_and_misses_what_passed_meanwhile() -> None:
    """A moment of the time the platform was down is left out."""
    cloud = _cloud()
    _task(cloud, repeat=EVERY_DAY)
    cloud.after(5 * 3600)
    cloud.back()
    assert cloud.after(3600) == [("a", "01")]
    cloud.wall.time += DAY
    cloud.world.clock.resume()
    cloud.back()
    assert cloud.told() == []
    assert len(cloud.after(DAY)) == 1


def test_changed_and_deleted_tasks() -> None:
    """The new time counts at once, disabling ends it, enabling begins again; a deleted task is gone."""
    cloud = _cloud()
    path = {"id": _task(cloud, repeat=EVERY_DAY)}
    body = {"time": "07:00", "repeat": EVERY_DAY}

    def change(**members: Any) -> None:
        assert cloud.call("scheduler.update", body | members, did="a", path=path).status == 200

    change()
    assert cloud.after(6 * 3600) == []
    assert cloud.after(3600) == [("a", "01")]
    change(enabled=False)
    assert cloud.after(DAY) == []
    change(enabled=True, raw="02")
    assert cloud.after(DAY) == [("a", "02")]
    assert cloud.call("scheduler.delete", did="a", path=path).status == 200
    assert cloud.after(DAY) == []


def test_what_cannot_be_told_is_counted_and_the_task_goes_on() -> None:
    """The device is offline on one day and lost for good afterwards."""
    cloud = _cloud()
    _task(cloud, repeat=EVERY_DAY)
    cloud.m2m.disconnected("a")
    assert cloud.after(DAY) == []
    cloud.online("a")
    cloud.told()
    assert cloud.after(DAY) == [("a", "01")]
    cloud.call("bindings.unbind", {"devices": [{"did": "a"}]})
    assert cloud.after(DAY) == []
    assert cloud.world.counters["schedules_failed"] == 2


def test_common_tasks_take_the_first_target_and_scenarios_know_what_to_do() -> None:
    """First did, then group_id, then scene_id; a group is told as a whole (gizwits.md:3239)."""
    cloud = _cloud()
    group = cloud.call("groups.create", {"group_name": "g", "product_key": KEY}).body["id"]
    cloud.call("groups.devices.add", {"dids": ["a", "z", "b"]}, path={"id": group})
    tasks = [
        {"task_type": "delay", "time": 60},
        {"task_type": "device", "did": "c", "raw": "09", "binary_coding": "hex"},
    ]
    scene = cloud.call("scenes.create", {"scene_name": "s", "tasks": tasks}).body["id"]
    targets = {"did": "b", "group_id": group, "scene_id": scene}
    common = {"raw": "01", "repeat": EVERY_DAY}
    bodies = [targets, {"group_id": group, "scene_id": scene}, {"scene_id": scene}]
    for hour, body in enumerate(bodies, start=6):
        answer = cloud.call("common_scheduler.create", common | body | {"time": f"0{hour}:00"})
        assert answer.status == 201, answer.body
    assert cloud.after(6 * 3600) == [("b", "01")]
    assert cloud.after(3600) == [("a", "01"), ("b", "01")]
    assert cloud.after(3600) == []
    assert cloud.after(59) == []
    assert cloud.after(1) == [("c", "09")]
    assert cloud.causes("c")[0].endswith(f", scene {scene}")
