"""What cases of units, applications, networks share: looking at one, changing it, and its times and ids."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from thingproof_conformance import expect, wallclock
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendor_target import Call
    from thingproof_conformance.vendors.sylvia import SylviaTarget, User

CODES: Final = ("", "-a", "_a", "a b", "a.b", "a/b", "a\n", "käse", "a$")
"""Texts that are no code (sylvia.md:151)."""
IDENTIFIER: Final = re.compile(r"(\d+)-[0-9A-Za-z]{8}")
LONG_IDENTIFIER: Final = re.compile(r"(\d+)-[0-9A-Za-z]{12}")
"""Of routes and waiting data."""
MILLISECONDS: Final = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z"
APART_S: Final = 0.002


def entry(target: SylviaTarget, tag: str, identifier: str) -> dict[str, Any]:
    """What an administrator sees of a thing that is there."""
    found = target.shown(tag, identifier)
    if found is None:
        expect.fail(f"the {tag} is not there", expected=identifier, actual=None)
    return found


def update(
    target: SylviaTarget, tag: str, identifier: str, caller: User, *, expected: Any = 204, **data: Any
) -> Answer:
    """Change some members of a thing."""
    return target.call(
        f"sylvia.{tag}.update",
        token=caller,
        path={f"{tag}Id": identifier},
        json={"data": data},
        expect=expected,
    )


def shown_everywhere(target: SylviaTarget, tag: str, identifier: str, caller: User, **scope: Any) -> None:
    """Get, list and count show a thing, to its owner and to the administrator."""
    found = entry(target, tag, identifier)
    for who in (caller, target.admin):
        expect.contains(found, target.listed(tag, who, **scope), f"the {tag} in the list")
        expect.equal(1, target.counted(tag, who, contains=found["code"], **scope), "the count")
    expect.equal(found, target.shown(tag, identifier, caller), f"what the owner sees of the {tag}")


def milliseconds(text: str) -> int:
    """A time of the vendor as milliseconds since 1970."""
    expect.matches(MILLISECONDS, text, "a time", rule="sylvia.global.r23")
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def fresh(target: SylviaTarget, tag: str, make: Callable[[], str]) -> dict[str, Any]:
    """Make a thing and judge its id and its times; gives its entry."""
    before = int(target.now() * 1000)
    identifier = make()
    after = int(target.now() * 1000) + 1
    found = entry(target, tag, identifier)
    created = milliseconds(found["createdAt"])
    expect.between(before, after, created, "createdAt", unit="ms")
    expect.equal(found["createdAt"], found["modifiedAt"], "modifiedAt", rule="sylvia.global.r24")
    judge_identifier(IDENTIFIER, identifier, created)
    return found


def judge_identifier(form: re.Pattern[str], identifier: str, created: int) -> None:
    """An id has its form and begins with the moment of its making, in milliseconds."""
    matched = form.fullmatch(identifier)
    if matched is None:
        expect.fail("the id has another form", expected=form.pattern, actual=identifier)
    expect.equal(created, int(matched[1]), "the number of the id")


def only_this_changes(target: SylviaTarget, tag: str, identifier: str, caller: User, **data: Any) -> None:
    """A change moves the members given and modifiedAt, and nothing else."""
    before = entry(target, tag, identifier)
    began = wallclock.elapsed()
    wallclock.wait_until(lambda: wallclock.elapsed() - began > APART_S, 1)
    answer = update(target, tag, identifier, caller, **data)
    expect.equal(b"", answer.exchange.response_body, "the body of a 204", rule="sylvia.global.r4")
    after = entry(target, tag, identifier)
    moved = milliseconds(after["modifiedAt"]) > milliseconds(before["modifiedAt"])
    expect.true(moved, "modifiedAt moves forward", actual=(before["modifiedAt"], after["modifiedAt"]))
    expect.equal({**before, **data, "modifiedAt": after["modifiedAt"]}, after, f"the {tag} after the change")


def codes_refused(target: SylviaTarget, tag: str, caller: User, **data: Any) -> None:
    """What is no code is refused and makes nothing."""
    for code in CODES:
        answer = target.call(
            f"sylvia.{tag}.create", token=caller, json={"data": {**data, "code": code}}, expect=None
        )
        expect.refused(answer, "err_param")
    longest = target.names.hex(64)
    created = target.call(f"sylvia.{tag}.create", token=caller, json={"data": {**data, "code": longest}})
    identifier = created["data"][f"{tag}Id"]
    expect.equal(longest, entry(target, tag, identifier)["code"], "a long code")
    target.call(f"sylvia.{tag}.delete", token=target.admin, path={f"{tag}Id": identifier})


def empty_key_refused(target: SylviaTarget, call: Call) -> None:
    """Other information has names: an empty one is refused, and no information at all is none."""
    call.json["data"]["info"] = {"": 1}
    expect.refused(target.perform(call, expect=ANY), "err_param")
    call.json["data"]["info"] = {}
    expect.accepted(target.perform(call, expect=ANY))


def nothing_given(target: SylviaTarget, tag: str, identifier: str, caller: User, **ignored: Any) -> None:
    """A change without any member that counts is refused and changes nothing."""
    before = entry(target, tag, identifier)
    for data in ({}, {"colour": "red"}, *([ignored] if ignored else [])):
        answer = update(target, tag, identifier, caller, expected=ANY, **data)
        expect.refused(answer, "err_param")
    expect.equal(before, entry(target, tag, identifier), f"the {tag} afterwards")


def info_replaced(target: SylviaTarget, tag: str, identifier: str, caller: User) -> None:
    """New information takes the place of all the former."""
    update(target, tag, identifier, caller, info={"a": 1, "b": {"c": [True, None, "Ä"]}})
    update(target, tag, identifier, caller, info={"b": {"d": 1.5}})
    expect.equal({"b": {"d": 1.5}}, entry(target, tag, identifier)["info"], "info")
    update(target, tag, identifier, caller, info={})
    expect.equal({}, entry(target, tag, identifier)["info"], "info")


def gone(target: SylviaTarget, tag: str, identifier: str, **scope: Any) -> None:
    """Neither get nor count nor list know a thing any more."""
    expect.equal(None, target.shown(tag, identifier), f"the {tag}")
    expect.equal(0, target.counted(tag, **scope), "the count")
    expect.equal([], target.listed(tag, **scope), "the list")


def unknown_deleted(target: SylviaTarget, tag: str, contradiction: str | None = None) -> None:
    """Deleting something unknown is done by doing nothing; for units it may be refused."""
    operation = f"sylvia.{tag}.delete"
    path = {f"{tag}Id": target.names.hex(22)}
    answer = target.call(operation, token=target.admin, path=path, expect=ANY)
    if contradiction is None:
        expect.accepted(answer, status=204)
        return
    expect.either(
        contradiction,
        a=lambda: expect.accepted(answer, status=204),
        b=lambda: expect.refused(answer, "err_not_found"),
    )
