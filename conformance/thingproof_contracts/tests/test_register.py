"""The register knows the whole vendor, and what it says holds together."""

from collections import Counter

import pytest

from thingproof_contracts import VENDORS, Contract, load

SEED_LINES = {"gizwits": 3604, "sylvia": 1637}
DOCUMENTED = {
    "gizwits": {"operations": 62, "events": 39, "rules": 644, "errors": 69, "contradictions": 110},
    "sylvia": {"operations": 45, "events": 13, "rules": 538, "errors": 20, "contradictions": 50},
}
KINDS = {"stated", "contract", "appendix", "implied", "example"}


@pytest.fixture(params=VENDORS)
def contract(request: pytest.FixtureRequest) -> Contract:
    return load(request.param)


def test_every_documented_item_is_registered(contract: Contract) -> None:
    """The numbers are those of the vendor's document; a lost row shows here."""
    register = contract.register
    found = {
        "operations": len(contract.operations),
        "events": len(register.events),
        "rules": len(register.rules),
        "errors": len(register.errors),
        "contradictions": len(register.contradictions),
    }
    assert found == DOCUMENTED[contract.vendor]


def test_no_id_occurs_twice(contract: Contract) -> None:
    """Ids are keys everywhere else."""
    register = contract.register
    ids = [
        *(each.id for each in contract.operations.values()),
        *(each.id for each in register.events),
        *(each.id for each in register.rules),
        *(each.id for each in register.contradictions),
    ]
    codes = [each.code for each in register.errors]
    assert [name for name, count in Counter([*ids, *map(str, codes)]).items() if count > 1] == []


def test_every_line_lies_in_the_seed_document(contract: Contract) -> None:
    """A line number that points nowhere would mislead whoever reads a failure."""
    register, last = contract.register, SEED_LINES[contract.vendor]
    places: dict[str, tuple[int, ...]] = {
        **{each.id: (each.line,) for each in register.rules},
        **{each.id: each.lines for each in contract.operations.values()},
        **{each.id: each.lines for each in register.events},
        **{each.id: each.lines for each in register.contradictions},
        **{str(each.code): (each.line,) for each in register.errors},
    }
    assert {
        name: lines for name, lines in places.items() if not all(1 <= line <= last for line in lines)
    } == {}


def test_rules_name_their_operation_and_kind(contract: Contract) -> None:
    """A rule belongs to the operation its id starts with, or to all of them."""
    known = {each.id for each in contract.operations.values()}
    for rule in contract.register.rules:
        assert rule.kind in KINDS, rule.id
        assert rule.text
        if rule.operation:
            assert rule.operation in known
            assert rule.id.startswith(rule.operation + ".r")
        else:
            assert rule.id.startswith(f"{contract.vendor}.global.r")


def test_the_rules_of_a_described_operation_are_the_registered_ones(contract: Contract) -> None:
    """Operation.rules and register.rules are the same statements."""
    for operation in contract.operations.values():
        registered = [rule for rule in contract.register.rules if rule.operation == operation.id]
        assert list(operation.rules) == registered


def test_errors_say_whether_a_request_can_cause_them(contract: Contract) -> None:
    """An error some operation lists is provokable, any other is not, and each carries its reason."""
    listed = {code for each in contract.operations.values() for code in each.errors}
    for error in contract.register.errors:
        assert error.provokable == (error.code in listed), error
        assert error.reason.endswith("."), error
        assert error.status in {400, 401, 403, 404, 429, 500, 503}, error
    assert listed <= set(contract.errors)


def test_operations_name_known_contradictions(contract: Contract) -> None:
    """What an operation says about a contradiction is what the register decided."""
    named = {name for each in contract.operations.values() for name in each.contradictions}
    assert named <= set(contract.contradictions)
    assert {each.severity for each in contract.contradictions.values()} == {"high", "medium", "low"}


def test_an_unknown_vendor_is_named_with_the_known_ones() -> None:
    """The message tells what to choose from."""
    with pytest.raises(ValueError, match=r"no contract of 'acme'; choose one of gizwits, sylvia"):
        load("acme")
