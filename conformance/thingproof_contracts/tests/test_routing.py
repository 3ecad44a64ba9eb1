"""Routes beyond those the present documents use: aliases, and literals beside parameters."""

import msgspec
import pytest

from thingproof_contracts import Alias, Operation, load
from thingproof_contracts.routing import Router


def operation(identifier: str, method: str, path: str, *aliases: Alias) -> Operation:
    """An operation that differs from a real one in its address only."""
    real = load("gizwits").operations["gizwits.system.status"]
    return msgspec.structs.replace(real, id=identifier, method=method, path=path, aliases=aliases)


def reached(router: Router, method: str, path: str) -> tuple[str, dict[str, str]] | None:
    found = router.match(method, path)
    return found and (found[0].id, found[1])


def test_an_alias_reaches_the_same_operation() -> None:
    """Both methods of a contradiction lead to one handler."""
    router = Router([operation("x.update", "PUT", "/scene/{id}", Alias("POST", "/scene/{id}"))])
    assert (
        reached(router, "POST", "/scene/7") == reached(router, "PUT", "/scene/7") == ("x.update", {"id": "7"})
    )
    assert router.methods("/scene/7") == ("POST", "PUT")


def test_a_literal_segment_wins_over_a_parameter() -> None:
    """/sharing/code/{code} is not taken for /sharing/{id}/{action}."""
    router = Router(
        [operation("x.any", "GET", "/s/{id}/{what}"), operation("x.code", "GET", "/s/code/{code}")]
    )
    assert reached(router, "GET", "/s/code/1") == ("x.code", {"code": "1"})
    assert reached(router, "GET", "/s/2/code") == ("x.any", {"id": "2", "what": "code"})


def test_the_other_branch_is_tried_when_the_literal_one_has_no_such_method() -> None:
    """A dead end behind a literal segment does not hide the operation behind the parameter."""
    router = Router([operation("x.list", "GET", "/a/b"), operation("x.make", "POST", "/a/{id}")])
    assert reached(router, "POST", "/a/b") == ("x.make", {"id": "b"})


def test_two_operations_cannot_share_an_address() -> None:
    """The second one is refused with both ids."""
    with pytest.raises(ValueError, match=r"x\.two: GET /a already belongs to x\.one"):
        Router([operation("x.one", "GET", "/a"), operation("x.two", "GET", "/a")])
