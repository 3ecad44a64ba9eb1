"""A pytest plugin: switches defects of the platform on, one after the other, and tells what notices each.

    pytest -p thingproof_conformance.defect_hunt --hunt FILE --pyargs thingproof_conformance.suites

FILE holds a JSON array of `{"fault": "NAME[:PARAMETER=VALUE,...]", "near": [module, ...]}`; cases of the
`near` modules are tried first. A line of JSON for each defect goes to FILE with the ending `.found`:
`{"fault", "case", "unreliable"}`: the id of the case that caught it or null, and the cases that failed
without being able to say why.

One platform and one collection serve all defects, so that a defect costs no more than its cases.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from thingproof_conformance.control import ControlError
from thingproof_conformance.judging import state_of
from thingproof_conformance.options import read_fault
from thingproof_conformance.plugin import PLUGIN, STATE, CasePlugin
from thingproof_conformance.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thingproof_conformance.session import Session

NOTICED = (Verdict.FAILED, Verdict.INCONCLUSIVE)
"""A case that breaks because of a defect is inconclusive; the defect shows all the same."""
FOUND = ".found"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that makes a run a hunt."""
    parser.addoption("--hunt", dest="thingproof_hunt", metavar="FILE", help="hunt the defects of this file")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Hunt, instead of running every case once."""
    path = session.config.getoption("thingproof_hunt")
    if path is None or session.testsfailed:
        return None
    hunter = Hunter(session)
    with Path(path + FOUND).open("w", encoding="utf-8") as found:
        for row in json.loads(Path(path).read_text("utf-8")):
            found.write(json.dumps(hunter.hunt(row["fault"], row["near"])) + "\n")
            found.flush()
    return True


class Hunter:
    """Runs cases with and without a defect.

    Args:
        session: pytest's, with everything collected.
    """

    def __init__(self, session: pytest.Session) -> None:
        plugin = session.config.pluginmanager.get_plugin(PLUGIN)
        assert isinstance(plugin, CasePlugin)
        self._plugin = plugin
        self._items = [item for item in plugin.selected(session) if isinstance(item, pytest.Function)]
        self._healthy: set[str] = set()

    def hunt(self, fault: str, near: Sequence[str]) -> dict[str, Any]:
        """Run cases with the defect until one fails with it twice, and passes without it."""
        unreliable: list[str] = []
        self._switch(fault)
        for item in sorted(self._items, key=lambda item: self._distance(item, near)):
            if not self._notices(item):
                continue
            self._switch(fault)
            again = self._notices(item)
            if again and self._passes_without(item):
                return {"fault": fault, "case": item.stash[STATE].id, "unreliable": unreliable}
            unreliable.append(item.stash[STATE].id)
            self._switch(fault)
        return {"fault": fault, "case": None, "unreliable": unreliable}

    def _passes_without(self, item: pytest.Function) -> bool:
        """The case holds when no defect is on; a case that was seen to hold is not asked again."""
        if item.nodeid not in self._healthy:
            self._switch(None)
            if self._notices(item):
                return False
            self._healthy.add(item.nodeid)
        return True

    @staticmethod
    def _distance(item: pytest.Function, near: Sequence[str]) -> int:
        module = item.module.__name__
        return near.index(module) if module in near else len(near)

    @staticmethod
    def _notices(item: pytest.Function) -> bool:
        """Run the case once more, from its fixtures on."""
        item.stash[STATE] = state_of(item)
        item._initrequest()  # noqa: SLF001 - pytest has no public way to run an item twice
        runtestprotocol(item, log=False)
        return item.stash[STATE].verdict in NOTICED

    def _switch(self, fault: str | None) -> None:
        """A platform as it is after its start, with one defect or none; a new one when it is gone."""
        faults = () if fault is None else (read_fault(fault),)
        session = self._session()
        try:
            session.use_faults(faults)
        except ControlError:
            self._plugin.close()
            self._plugin.session = None
            self._session().use_faults(faults)

    def _session(self) -> Session:
        if self._plugin.session is None:
            self._plugin.session = self._plugin.open_session()
        return self._plugin.session
