"""``thingproof defects``: the catalogue it tries, what it looks at first, and what it tells."""

import json
from io import StringIO

import pytest
from rich.console import Console

from thingproof_contracts import VENDORS, load
from thingproof_scenarios import strength
from thingproof_scenarios.problems import Broken, Misuse
from thingproof_scenarios.strength import (
    Defect,
    Strength,
    Verdict,
    Wanted,
    catalogue,
    chosen,
    modules,
)
from thingproof_scenarios.tests.command import thingproof


@pytest.fixture(scope="module")
def defects() -> list[Defect]:
    return catalogue("gizwits")


def test_there_are_many_defects_of_every_class(defects: list[Defect]) -> None:
    """At least 60 of the platform itself beside those of each answer's form; conditions are none of them."""
    own = [defect for defect in defects if "operation=" not in defect.option]
    assert len(own) >= 60
    assert {defect.class_ for defect in defects} == {
        "shape", "status", "auth", "state", "event", "time", "order", "device",
    }  # fmt: skip
    assert not {"throttle", "sms_gateway_down"} & {defect.option for defect in defects}
    assert len({defect.option for defect in defects}) == len(defects)


def test_every_operation_is_tried_with_a_wrong_status_and_code(defects: list[Defect]) -> None:
    """The form of every answer is spoilt; a member is dropped only where one is required."""
    options = {defect.option for defect in defects}
    for operation in load("gizwits").operations:
        assert f"wrong_status:operation={operation},status=418" in options
        assert f"wrong_code:operation={operation},code=9999" in options
    assert "drop_field:operation=gizwits.bindings.list,field=devices[].role" in options
    assert not any("drop_field:operation=gizwits.groups.delete" in option for option in options)


def test_another_vendor_has_its_own_catalogue() -> None:
    """Its own defects, codes that are texts, members of lists; nothing that cannot show there."""
    found = catalogue("sylvia")
    options = {defect.option for defect in found}
    assert len([defect for defect in found if "operation=" not in defect.option]) >= 40
    assert "wrong_code:operation=sylvia.unit.create,code=err_made_up" in options
    assert "drop_field:operation=sylvia.device.list,field=data[].info" in options
    assert {"token_lifetime:seconds=60", "stranger_may_write"} <= options
    assert not {"no_push", "accept_any_password"} & options
    assert "wrong_code:operation=sylvia.version.get,code=err_made_up" not in options


def test_the_suites_of_a_tag_come_first() -> None:
    """`scheduler` is not `common_scheduler`; devices take the events along."""
    names = [name.rpartition(".")[2] for name in modules("gizwits", ["scheduler"])]
    assert names == ["test_scheduler", "test_scheduler_times"]
    assert "test_events" in [name.rpartition(".")[2] for name in modules("gizwits", ["devices"])]
    assert modules("gizwits", []) == []


def test_a_suite_belongs_to_the_longest_tag_it_is_named_after() -> None:
    """What is called `test_device_route_bulk` is no suite of `device`."""
    tags = ["device", "device_route"]
    assert strength._tag_of("test_device_route_bulk", tags) == "device_route"
    assert strength._tag_of("test_device_range", tags) == "device"
    assert strength._tag_of("test_devices", tags) == ""


def test_defects_are_chosen_by_name_and_class(defects: list[Defect]) -> None:
    """A name stands for all its variants; what does not exist is refused with a remedy."""
    assert [defect.option for defect in chosen(defects, ["no_promotion"], [])] == ["no_promotion"]
    assert len(chosen(defects, ["schedules_fire_off"], [])) == 2
    assert {defect.class_ for defect in chosen(defects, [], ["time"])} == {"time"}
    assert chosen(defects, [], []) == defects
    with pytest.raises(Misuse, match="did you mean no_promotion"):
        chosen(defects, ["no_promotoin"], [])
    with pytest.raises(Misuse, match="--class colour: no such class: one of auth"):
        chosen(defects, [], ["colour"])


def test_what_is_told() -> None:
    """Shares by class, and the names of what was missed."""
    rows = [Defect(name, "state", name, ()) for name in ("a", "b")]
    told = Strength("gizwits", (Verdict(rows[0], "case::x"), Verdict(rows[1], None))).to_json()
    assert told["classes"] == {"state": {"caught": 1, "of": 2}}
    assert (told["share"], told["missed"]) == (0.5, [{"defect": "b", "what": "b"}])
    assert told["caught_by"] == {"a": "case::x"}


def test_a_defect_is_caught_and_a_harmless_one_is_not() -> None:
    """Run for real: a wrong role is noticed by a case of its tag, a fault nobody looks at by none."""
    suite = "thingproof_conformance.suites.gizwits.test_bindings"
    defects = [
        Defect("first_binder_normal", "state", "", ("bindings",)),
        Defect("sms_gateway_down", "condition", "", ("groups",)),
    ]
    told = strength.judge("gizwits", defects, 1, Console(file=StringIO()), suite)
    caught, missed = told.verdicts
    assert caught.case is not None
    assert caught.case.startswith("gizwits.bindings.")
    assert (missed.case, missed.unreliable) == (None, ())


def test_a_harness_that_cannot_run_is_told() -> None:
    """Suites that do not exist are no missed defects."""
    suite = "thingproof_conformance.suites.no_such_vendor"
    with pytest.raises(Broken, match="the harness ended with"):
        strength.judge("gizwits", [Defect("x", "state", "", ())], 1, Console(file=StringIO()), suite)


def test_a_name_goes_to_the_vendors_that_have_it() -> None:
    """A vendor's own defect is tried for that vendor, one of any vendor for all."""
    assert list(Wanted(VENDORS, ("owner_is_no_member",)).defects()) == ["sylvia"]
    assert list(Wanted(VENDORS, ("ignore_token_expiry",)).defects()) == list(VENDORS)


def test_unknown_names_are_misuse() -> None:
    """One line with a remedy, exit code 2."""
    done = thingproof("defects", "--only", "no_such_defect")
    assert done.returncode == 2
    assert "no such defect" in done.stderr


def test_json_is_one_object() -> None:
    """The command end to end on one defect would take the whole healthy suite; its form is tested here."""
    told = Strength("gizwits", (Verdict(Defect("a", "state", "", ()), "x"),)).to_json()
    assert json.loads(json.dumps(told))["caught"] == 1
