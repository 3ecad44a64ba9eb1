"""The permission matrix of the register as cases: operation x role x own, foreign or public.

    @case("sylvia.unit.get", kind="permission")
    @permissions.parametrize("sylvia.unit.get")
    def test_get__permissions(sylvia, permission):
        permissions.judge(sylvia, permission)

A cell says what a caller gets. Whoever is granted a write sees it done, whoever is denied one has changed
nothing: an administrator looks at everything in reach before and afterwards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from thingproof_conformance import expect
from thingproof_conformance.suites.sylvia.permission_calls import CALLS, Scene
from thingproof_conformance.vendor_target import ANY
from thingproof_contracts import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.sylvia import SylviaTarget

MATRIX: Final = load("sylvia").register.state_machines["permission_matrix"]
ROLES: Final = tuple(MATRIX["roles"])
COLUMNS: Final = {
    "owner": "owner",
    "member": "member",
    "stranger": "stranger",
    "service": "stranger",  # a web service without a unit is any other user (sylvia.contra.44)
    "admin": "admin_manager",
    "manager": "admin_manager",
}
"""Role -> column of the matrix."""
OWN: Final = frozenset({"owner", "member"})
RULES: Final = {
    "none": ("sylvia.global.r1",),
    "invalid": ("sylvia.global.r6",),
    "owner": ("sylvia.global.r15",),
    "member": ("sylvia.global.r16",),
    "stranger": ("sylvia.global.r18",),
    "service": ("sylvia.global.r18", "sylvia.global.r19"),
    "admin": ("sylvia.global.r17",),
    "manager": ("sylvia.global.r17",),
}
HIDDEN: Final = {"GET": ("err_not_found",), "PATCH": ("err_not_found",), "DELETE": ("err_not_found",)}
"""How another method than POST may hide what is not the caller's, beside 403 (suite_accepts)."""
_CODE: Final = re.compile(r"err_[a-z_*]+")


@dataclass(frozen=True, slots=True)
class Permission:
    """One cell of the matrix for one operation.

    granted is what the cell says; codes are those it names for a refusal, `*` standing for any text.
    """

    operation: str
    row: str
    role: str
    scope: str
    subject: str
    method: str
    granted: bool
    codes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the case."""
        return f"{self.row}_{self.role}"

    @property
    def cell(self) -> Mapping[str, str]:
        """The cell as reports show it."""
        return {"role": self.role, "method": self.method, "scope": self.scope, "subject": self.subject}


def parametrize(operation: str) -> Callable[..., Any]:
    """A decorator that runs a test with every cell of an operation, as `permission`."""
    cells = generate(operation)
    return pytest.mark.parametrize(
        "permission",
        [
            pytest.param(
                cell,
                id=cell.name,
                marks=[
                    _mark(cell),
                    pytest.mark.covers(rules=rules_of(cell), permission=cell.cell),
                ],
            )
            for cell in cells
        ],
    )


def generate(operation: str) -> list[Permission]:
    """The cells of all rows that concern an operation."""
    rows = {row["id"]: row for row in MATRIX["rows"]}
    method = load("sylvia").operations[operation].method
    return [_cell(operation, method, rows[row], role) for row in CALLS[operation] for role in ROLES]


def rules_of(cell: Permission) -> tuple[str, ...]:
    """The rules a cell proves: those of the role, and those of the operation the row is about."""
    about = {
        "pm11": "Only admin or manager may name a public network",
        "pm12": "A null unitId makes a public network",
        "pm16": "",
    }
    start = about.get(cell.row)
    named = [
        rule.id
        for rule in load("sylvia").operations[cell.operation].rules
        if start and rule.text.startswith(start)
    ]
    if cell.row == "pm16" and not cell.granted and cell.role in COLUMNS:
        named += ["sylvia.global.r7", "sylvia.global.r20"]
    return (*RULES[cell.role], *named)


def judge(target: SylviaTarget, cell: Permission) -> None:
    """Make the call in the role and judge answer and effect."""
    scene = Scene(target, cell.role)
    call = CALLS[cell.operation][cell.row](scene)
    call.token = scene.token
    writes, tag = cell.method != "GET", cell.operation.split(".")[1]
    before = scene.everything(tag) if writes else None
    answer = target.perform(call, expect=ANY)
    if cell.granted:
        expect.accepted(answer)
        scene.granted(answer, cell.row)
        if writes:
            expect.true(scene.everything(tag) != before, "what was allowed is done", actual=answer.summary())
        return
    _denied(cell, answer)
    if writes:
        expect.equal(before, scene.everything(tag), "what an administrator sees after a call that was denied")


def _denied(cell: Permission, answer: Answer) -> None:
    """The answer of a denied call: as the cell says, or in another way the document leaves open."""
    if cell.role == "none":
        expect.either(
            "sylvia.contra.5",
            a=lambda: expect.refused(answer, "err_auth"),
            b=lambda: expect.refused(answer, "err_param"),
        )
    elif cell.role == "invalid" or cell.row == "pm16":
        expect.refused(answer, *cell.codes)
    else:
        expect.either(
            "sylvia.contra.3", a=lambda: _as_decided(cell, answer), b=lambda: _as_accepted(cell, answer)
        )


def _as_decided(cell: Permission, answer: Answer) -> None:
    """The very answer of the cell; a DELETE of what is not the caller's is done by doing nothing."""
    if cell.method == "DELETE":
        expect.accepted(answer, status=204)
        return
    expect.refused(answer)
    _one_of(cell.codes, answer)


def _as_accepted(cell: Permission, answer: Answer) -> None:
    expect.refused(answer)
    _one_of((*cell.codes, *HIDDEN.get(cell.method, ()), "err_perm"), answer)


def _one_of(patterns: tuple[str, ...], answer: Answer) -> None:
    """The code of a refusal is one of those named; `*` stands for any text."""
    code = str(answer.error_code)
    if not any(re.fullmatch(pattern.replace("*", "[a-z_]+"), code) for pattern in patterns):
        expect.fail(
            f"{answer.operation} was refused with another error",
            expected=" or ".join(patterns),
            actual=answer.summary(),
            kind="status",
        )


def _mark(cell: Permission) -> pytest.MarkDecorator:
    """A denied call stands on how the register reads the document; a granted one on its words."""
    if cell.role == "none":
        return pytest.mark.contradictory("sylvia.contra.5")
    if cell.granted or cell.role == "invalid" or cell.row == "pm16":
        return pytest.mark.documented
    return pytest.mark.contradictory("sylvia.contra.3")


def _cell(operation: str, method: str, row: Mapping[str, Any], role: str) -> Permission:
    scope = "public" if row["id"] in {"pm11", "pm12"} else "own" if role in OWN else "foreign"
    if role not in COLUMNS:
        codes = ("err_auth", "err_param") if role == "none" else ("err_auth",)
        return Permission(operation, row["id"], role, scope, row["op"], method, False, codes)
    text = str(row[COLUMNS[role]])
    granted = "NOT" not in text and not re.match(r"[45]\d\d|ignored", text)
    return Permission(
        operation,
        row["id"],
        role,
        scope,
        row["op"],
        method,
        granted,
        tuple(_CODE.findall(text)) or _silent(text),
    )


def _silent(text: str) -> tuple[str, ...]:
    """The code of a cell that only names a status."""
    return ("err_not_found",) if text.startswith("404") else ()
