"""Fleet files: what they say, and what is wrong with those that say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thingproof_sim import api

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
name: house
products:
  air: air_conditioner
  own:
    length: fixed
    datapoints:
    - {name: lamp, access: writable, type: bool}
devices:
- name: living
  product: air
  mac: "02:00:00:00:AA:01"
  report_interval: 5m
  values: {set_temp: 21, mode: heat}
  behaviours:
  - {datapoint: room_temp, kind: follow, target: set_temp, when: switch, every: 30s, step: 1}
  - {datapoint: switch, kind: schedule, every: 1m, times: {"22:30": false, "07:00": true}}
  faults:
  - {kind: drop, probability: 0.25, after: 1m, until: 2m}
  wifi: {distance_m: 20, drop_every: 1h, outage: [1s, 5s]}
- name: lamp
  count: 2
  product: own
  reliable: true
"""


def write(folder: Path, text: str) -> Path:
    """A fleet file."""
    path = folder / "house.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_fleet_file_is_read_whole(tmp_path: Path) -> None:
    """Every field arrives, typed; products get keys that depend on their names alone."""
    plan = api.load_fleet(write(tmp_path, GOOD))
    living, first, second = plan.devices
    assert (living.mac, living.report_interval_s) == ("02000000aa01", 300.0)
    assert living.values == {"set_temp": 21, "mode": "heat"}
    assert living.faults == (api.Fault("drop", 0.25, 60.0, 120.0),)
    assert isinstance(living.radio, api.WifiPlan)
    assert (living.radio.distance_m, living.radio.outage_s) == (20.0, (1.0, 5.0))
    assert living.behaviours[0].target == "set_temp"
    assert living.behaviours[1].times == ((7 * 3600, True), (22.5 * 3600, False))
    assert (first.name, second.name, first.reliable) == ("lamp-1", "lamp-2", True)
    assert first.mac != second.mac
    assert plan.products["air"]["product_key"] == api.product("air_conditioner")["product_key"]
    assert len(plan.products["own"]["product_secret"]) == 32


@pytest.mark.parametrize(
    ("before", "after", "line", "texts"),
    [
        ("report_interval: 5m", "report_interval: 5x", 12, ["devices[0].report_interval", "'5x'", "30s"]),
        ("report_interval: 5m", "report_intervall: 5m", 12, ["did you mean report_interval?"]),
        ("product: air\n", "product: ari\n", 10, ["devices[0].product", "did you mean air?"]),
        ("set_temp: 21", "set_temp: 99", 13, ["values.set_temp", "99", "0..32"]),
        ("mode: heat", "mode: warm", 13, ["values.mode", "cool, heat, dry, fan"]),
        ("kind: follow", "kind: folow", 15, ["did you mean follow?"]),
        ("datapoint: room_temp, kind: follow", "datapoint: switch, kind: counter", 15, ["needs a number"]),
        ("target: set_temp", "target: mode", 15, ["behaviours[0].target", "set_temp"]),
        ("when: switch", "when: mode", 15, ["behaviours[0].when", "switch"]),
        ("step: 1", "low: 9, high: 3", 15, ["behaviours[0].low", "swap"]),
        ("every: 30s", "every: 1ms", 15, ["behaviours[0].every", "100ms or more"]),
        ('"22:30": false', '"24:30": false', 16, ["behaviours[1].times", "00:00 to 23:59"]),
        ('"22:30": false', '"22:30": 7', 16, ["behaviours[1].times", "is no bool"]),
        ("probability: 0.25", "probability: 25", 18, ["faults[0].probability", "0 to 1"]),
        ("until: 2m", "until: 30s", 18, ["faults[0].until", "not later"]),
        ("outage: [1s, 5s]", "outage: [5s, 1s]", 19, ["wifi.outage", "swap"]),
        ("drop_every: 1h", "drop_every: 1ms", 19, ["wifi.drop_every", "0 for never"]),
        ("02:00:00:00:AA:01", "02:00:00:00:AA", 11, ["devices[0].mac", "12 hexadecimal digits"]),
        ("count: 2", "count: two", 21, ["devices[1].count", "no number"]),
        ("count: 2", "count: 2.5", 21, ["devices[1].count", "no whole number"]),
        ("reliable: true", "reliable: maybe", 23, ["devices[1].reliable", "true nor false"]),
        ("- name: lamp\n", "- name: living\n", 20, ["living"]),
        ("type: bool", "type: boolean", 7, ["products.own.datapoints[0].type: 'boolean'", "uint8"]),
        ("type: bool", "type: enum", 7, ["products.own.datapoints[0]: values: ", "labels"]),
        ("type: bool", "type: uint8, minimum: 9, maximum: 1", 7, ["datapoints[0]: limits 9..1", "uint8"]),
        ("length: fixed", "length: fixd", 5, ["products.own.length: 'fixd'", "variable"]),
        ("length: fixed", "lenght: fixed", 5, ["products.own: unknown field 'lenght'"]),
        ("air: air_conditioner", "air: [air_conditioner]", 3, ["products.air", "name a profile"]),
        ("air: air_conditioner", "air: {profile: air}", 3, ["products.air", "no profile 'air'"]),
        ("air: air_conditioner", "air: air_condition", 3, ["products.air", "air_conditioner"]),
        ("devices:\n", "device:\n", 8, ["did you mean devices?"]),
        ("name: house", "name: [house", 2, ["no YAML"]),
        ("name: house", "name: " + 2000 * "[", 1, ["nested too deeply"]),
    ],
)
def test_a_mistake_is_named_with_file_line_field_and_remedy(
    tmp_path: Path, before: str, after: str, line: int, texts: list[str]
) -> None:
    """Each kind of mistake is one clear line."""
    assert before in GOOD
    text = GOOD.replace(before, after, 1).replace(
        "count: 2", "count: 1" if "living\n" in after else "count: 2"
    )
    path = write(tmp_path, text)
    with pytest.raises(api.FleetError) as caught:
        api.load_fleet(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: "), message
    assert all(part in message for part in texts), message


def test_a_file_that_is_not_there_or_empty(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(api.FleetError, match="no such file"):
        api.load_fleet(tmp_path / "missing.yaml")
    with pytest.raises(api.FleetError, match="empty"):
        api.load_fleet(write(tmp_path, ""))


def test_a_large_fleet_is_read_quickly_and_numbered(tmp_path: Path) -> None:
    """Thousands of devices of one entry have names and addresses of their own."""
    plan = api.load_fleet(write(tmp_path, GOOD.replace("count: 2", "count: 20000")))
    assert plan.devices[-1].name == "lamp-20000"
    assert len({device.mac for device in plan.devices}) == len(plan.devices) == 20001


def test_the_same_seed_gives_the_same_day_and_another_seed_another(tmp_path: Path) -> None:
    """Everything that is random hangs on the seed; what is lost has a cause."""
    plan = api.load_fleet(write(tmp_path, GOOD))
    first = api.simulate(plan, seed=7, duration_s=6 * 3600, trace_path=tmp_path / "trace")
    again = api.simulate(plan, seed=7, duration_s=6 * 3600)
    other = api.simulate(plan, seed=8, duration_s=6 * 3600)
    assert first == again
    assert first.trace_hash != other.trace_hash
    assert first.events == len((tmp_path / "trace").read_text(encoding="utf-8").splitlines())
    assert first.reports == first.delivered + first.queued + sum(first.lost.values())
    assert first.reports > 200
