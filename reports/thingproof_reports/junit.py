"""junit.xml: what build servers read. One suite a vendor, one testcase a case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from pathlib import Path

    from thingproof_reports.reading import Case
    from thingproof_reports.summary import Summary, VendorSummary

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""


def clean(text: object) -> str:
    """Text without characters that XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", str(text))


def write_junit(summary: Summary, path: Path) -> Path:
    """Write the file; its path."""
    root = ET.Element("testsuites", name="thingproof")
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for vendor in summary.vendors:
        suite = _suite(summary, vendor)
        root.append(suite)
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
    for name, value in totals.items():
        root.set(name, str(value))
    root.set("time", f"{summary.finished.seconds:.3f}")
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    return path


def _suite(summary: Summary, vendor: VendorSummary) -> ET.Element:
    cases = [case for case in summary.run.cases if case.vendor == vendor.vendor]
    suite = ET.Element(
        "testsuite",
        name=vendor.vendor,
        tests=str(len(cases)),
        failures=str(vendor.cases["failed"]),
        errors=str(vendor.cases["inconclusive"]),
        skipped=str(vendor.cases["not_applicable"]),
        time=f"{sum(case.seconds for case in cases):.3f}",
        timestamp=summary.started.at[:19],
    )
    for case in cases:
        suite.append(_testcase(case))
    return suite


def _testcase(case: Case) -> ET.Element:
    element = ET.Element(
        "testcase",
        classname=clean(case.operation or case.vendor),
        name=clean(case.id),
        time=f"{case.seconds:.3f}",
    )
    properties = ET.SubElement(element, "properties")
    rows = [("class", case.kind), ("evidence", case.evidence), ("verdict", case.verdict)]
    rows += [("rule", rule) for rule in case.rules]
    rows += [(f"permission {name}", value) for name, value in (case.permission or {}).items()]
    for name, value in rows:
        ET.SubElement(properties, "property", name=name, value=clean(value))
    if case.verdict == "failed":
        finding = case.finding or {}
        failure = ET.SubElement(
            element, "failure", message=clean(case.reason or ""), type=clean(finding.get("kind", "finding"))
        )
        failure.text = clean(
            f"expected: {finding.get('expected')}\nactual: {finding.get('actual')}\n"
            f"rule: {finding.get('rule')} (line {finding.get('line')})\nagain: {case.replay}"
        )
    elif case.verdict == "inconclusive":
        ET.SubElement(element, "error", message=clean(case.reason or ""), type="inconclusive")
    elif case.verdict == "not_applicable":
        ET.SubElement(element, "skipped", message=clean(case.reason or ""))
    return element
