"""``thingproof fuzz``: what Schemathesis is told beside the contract."""

import tomllib

import pytest

from thingproof_contracts import VENDORS
from thingproof_contracts.bundle import bundle
from thingproof_scenarios.fuzzing import configuration, document_with, vendors_of
from thingproof_scenarios.tests.command import thingproof
from thingproof_scenarios.vendors.scenes import Subjects

SUBJECTS = Subjects(
    headers={"Authorization": "Bearer x"},
    path={"unitId": 'a "quoted" id'},
    apart={"sylvia.unit.delete": {"unitId": "another"}},
    named={"unitId": "u-1", "unit": "u-1"},
)


def test_ids_that_exist_stand_in_the_configuration() -> None:
    """One id for all operations, another for the one that destroys it."""
    told = tomllib.loads(configuration(SUBJECTS))
    assert told["parameters"] == {"path.unitId": 'a "quoted" id'}
    assert told["operations"] == [
        {"include-operation-id": "sylvia.unit.delete", "parameters": {"path.unitId": "another"}}
    ]


def test_members_and_parameters_get_ids_as_examples() -> None:
    """A member of a body and a query parameter of a known name; everything else stays as it is."""
    document = bundle("sylvia")
    told = document_with(document, SUBJECTS.named)
    body = told["paths"]["/broker/api/v1/application"]["post"]["requestBody"]
    data = body["content"]["application/json"]["schema"]["properties"]["data"]
    assert data["properties"]["unitId"]["examples"] == ["u-1"]
    assert "examples" not in data["properties"]["code"]
    (unit,) = (
        row
        for row in told["paths"]["/broker/api/v1/application/list"]["get"]["parameters"]
        if row["name"] == "unit"
    )
    assert unit["example"] == "u-1"
    assert document == bundle("sylvia")
    assert document_with(document, {}) == document


def test_an_operation_says_whose_contract_it_is() -> None:
    """Without a vendor all are fuzzed, but an operation belongs to one."""
    assert vendors_of((), None) == VENDORS
    assert vendors_of((), "sylvia.unit.get") == ("sylvia",)
    assert vendors_of(("gizwits",), "sylvia.unit.get") == ("gizwits",)


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_unknown_operation_is_misuse(vendor: str) -> None:
    """The message shows how an id of this vendor looks."""
    done = thingproof("fuzz", "--vendor", vendor, "--operation", "users.fly")
    assert done.returncode == 2
    assert f"no such operation: write an id like {vendor}." in done.stderr
