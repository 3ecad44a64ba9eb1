"""Labels and attachments for Allure; imported only when --alluredir is used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import allure

from thingproof_conformance import register
from thingproof_conformance.evidence import curl, exchange_row
from thingproof_conformance.recorder import RECORDER

if TYPE_CHECKING:
    import pytest

    from thingproof_conformance.casestate import CaseState
    from thingproof_conformance.session import Session


def add(session: Session, state: CaseState, report: pytest.TestReport) -> None:
    """Label a case when its setup is over, and attach the evidence of a failure."""
    if report.when == "setup":
        label(state)
    elif report.when == "call" and report.failed:
        attach(session)


def label(state: CaseState) -> None:
    """Epic vendor, feature operation, story rule."""
    declaration = state.declaration
    allure.dynamic.epic(declaration.vendor)
    allure.dynamic.feature(declaration.operation)
    allure.dynamic.title(state.title)
    allure.dynamic.tag(state.evidence.kind, str(declaration.kind))
    for rule in declaration.rules:
        allure.dynamic.story(f"{rule}: {register.rule_text(rule)}")


def attach(session: Session) -> None:
    """Request, answer and frames of a failed case."""
    for number, exchange in enumerate(RECORDER.exchanges, 1):
        row = exchange_row(exchange, session.scrubber)
        name = f"{number}. {row['method']} {row['status']}"
        text = json.dumps(row, indent=2, ensure_ascii=False)
        allure.attach(text, name, allure.attachment_type.JSON)
    if RECORDER.exchanges:
        line = curl(RECORDER.exchanges[-1], session.scrubber)
        allure.attach(line, "curl", allure.attachment_type.TEXT)
    frames = RECORDER.frames()
    if frames:
        allure.attach(json.dumps(frames, indent=2), "frames", allure.attachment_type.JSON)
