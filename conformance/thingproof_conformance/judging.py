"""From a collected test to a case, and from its outcome to a verdict."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from thingproof_conformance import register
from thingproof_conformance.cases import CaseError, case_id, declaration_of, evidence_of
from thingproof_conformance.casestate import CaseState
from thingproof_conformance.features import unknown
from thingproof_conformance.recorder import RECORDER
from thingproof_conformance.verdicts import Finding, Inconclusive, NotApplicable, Verdict, worse

if TYPE_CHECKING:
    from thingproof_conformance.session import Session


def state_of(item: pytest.Function) -> CaseState:
    """The case a test function declares; CaseError when it declares too little or what does not exist."""
    declaration = declaration_of(item.function)
    name = item.originalname
    if declaration is None:
        raise CaseError(f"{name}: a test of a suite declares its case; write @case(operation, kind=...)")
    for marker in item.iter_markers("covers"):
        declaration = declaration.covering(**marker.kwargs)
    evidence = evidence_of(name, list(item.iter_markers()))
    callspec = getattr(item, "callspec", None)
    identity = case_id(declaration.operation, name, callspec.id if callspec is not None else None)
    problem = register.problem(declaration, evidence) or _unknown_needs(declaration.needs)
    if problem is not None:
        raise CaseError(f"{name}: {problem}")
    document = inspect.getdoc(item.function) or name.partition("__")[2].replace("_", " ")
    title = document.splitlines()[0].rstrip(".")
    return CaseState(identity, item.nodeid, declaration, evidence, title)


def judge_phase(
    session: Session, state: CaseState, call: pytest.CallInfo[None], report: pytest.TestReport
) -> None:
    """Take one phase (setup, call, teardown) into account and mark pytest's report with the verdict."""
    if call.excinfo is not None:
        _judge_exception(session, state, call.excinfo.value, call.when)
    elif call.when == "call" and RECORDER.other_readings:
        state.verdict = worse(state.verdict, Verdict.NON_STRICT)
        state.reason = "; ".join(RECORDER.other_readings)
    _show(session, state, call, report)
    if call.when == "teardown":
        session.finish(state)
    report.thingproof_verdict = str(state.verdict)  # type: ignore[attr-defined] # travels to the controller


def _judge_exception(session: Session, state: CaseState, error: BaseException, phase: str) -> None:
    if isinstance(error, (NotApplicable, pytest.skip.Exception)):
        state.verdict = Verdict.NOT_APPLICABLE
        state.reason = error.reason if isinstance(error, NotApplicable) else str(error.msg)
    elif isinstance(error, AssertionError) and phase == "call":
        state.verdict = Verdict.FAILED
        state.finding = session.scrubbed(_as_finding(error))
        state.reason = state.finding.message
    else:
        harness = not isinstance(error, (Inconclusive, AssertionError))
        reason = f"{phase}: {type(error).__name__}: {error}" if harness else str(error)
        before = state.verdict
        state.verdict = worse(before, Verdict.INCONCLUSIVE)
        if state.verdict is not before:
            state.reason = reason
            state.harness = harness or (isinstance(error, Inconclusive) and error.harness)


def _as_finding(error: AssertionError) -> Finding:
    """A finding as it is; a plain `assert` becomes one that carries pytest's explanation."""
    if isinstance(error, Finding):
        return error
    return Finding(str(error) or "an assertion does not hold", rule=RECORDER.rule())


def _show(session: Session, state: CaseState, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Let pytest show the finding with its evidence, not the harness' traceback."""
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, NotApplicable):
        report.outcome = "skipped"
        path, line, _ = report.location
        report.longrepr = (path, (line or 0) + 1, f"Skipped: {error.reason}")
    elif isinstance(error, (AssertionError, Inconclusive)):
        report.longrepr = session.failure_text(state)


def _unknown_needs(needs: tuple[str, ...]) -> str | None:
    names = unknown(needs)
    return f"needs {names[0]!r}, which is no feature (see features.py)" if names else None
