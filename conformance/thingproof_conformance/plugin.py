"""The pytest plugin of the conformance suites: options, case checks, verdicts and the event stream.

What a suite uses:

    from thingproof_conformance import expect
    from thingproof_conformance.cases import case

- `gizwits` (vendors/gizwits: GizwitsTarget): `.call(operation_id, *, path, query, headers, json, raw,
  content_type, app_id, token, method, expect, check) -> Answer`; success is expected unless
  `expect=ANY` (judge yourself, e.g. `expect.refused(answer, 9004)`) or a status is given. Every
  answer is checked against the contract. `.new_application() .new_product(name|mapping, sharing=)
  .new_device(product) .new_user("username"|"anonymous"|"email"|"phone") .bind(user, device, **body)
  .bound() -> (user, device) .hardware(device) -> LiveDevice .app_socket(user) -> AppSocket (needs
  websocket) .signature(product, timestamp)
  .app_token() .sms_code(phone) .now() .names .application`.
- `sylvia` (vendors/sylvia: SylviaTarget): the same `.call`; `.admin .manager .service .new_user(*roles)
  .new_unit() .new_application() .new_network() .new_device() .new_route() .estate() .listed(tag)
  .application_side(application) .network_side(network)`.
- `control` (control.ControlClient): `.clock() .set_clock(t) .advance(s) .freeze(at) .resume()
  .outbox(kind, to) .seed(vendor, data) .fault(name, **parameters)` (context manager) `.device(...)`.
- `negative`: parametrised by `@negatives.parametrize(operation)`; `negatives.judge(gizwits, negative)`.
- `expect`: equal, different, true, between, one_of, matches, contains, lacks, field, absent,
  accepted, refused, either.
- `states`: `@states.parametrize(vendor, table, start=)` runs a test with every walk of a state table.
- `events`: judge what arrived: cause, payload, order, deadline and number.
"""

from __future__ import annotations

import shutil
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import options, wallclock
from thingproof_conformance.cases import MARKERS, CaseError, declaration_of
from thingproof_conformance.verdicts import ExitCode, NotApplicable, Verdict

if TYPE_CHECKING:
    from collections.abc import Generator

    from thingproof_conformance.casestate import CaseState
    from thingproof_conformance.control import ControlClient
    from thingproof_conformance.run import Conclusion, Run
    from thingproof_conformance.session import Session
    from thingproof_conformance.vendors.gizwits import GizwitsTarget
    from thingproof_conformance.vendors.sylvia import SylviaTarget

HERE = Path(__file__).parent
SUITES = HERE / "suites"
SELFTEST = HERE / "selftest"
PLUGIN = "thingproof-run"
STREAMS = ".streams"
STATE: pytest.StashKey[CaseState] = pytest.StashKey()
LETTERS = {
    Verdict.NON_STRICT: ("non-strict", "n", "NON-STRICT"),
    Verdict.NOT_APPLICABLE: ("not applicable", "-", "NOT APPLICABLE"),
    Verdict.INCONCLUSIVE: ("inconclusive", "?", "INCONCLUSIVE"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a conformance run."""
    group = parser.getgroup("thingproof", "conformance of IoT clouds")
    for option in options.OPTIONS:
        group.addoption(option.flag, **option.arguments)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers and a plugin that stays idle until a case is collected."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    worker = hasattr(config, "workerinput")
    config.pluginmanager.register(WorkerPlugin(config) if worker else RunPlugin(config), PLUGIN)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the harness' own tests out when the whole package is asked for."""
    if collection_path == SELFTEST and not any("selftest" in str(argument) for argument in config.args):
        return True
    return None


def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> tuple[str, str, str] | None:
    """Name verdicts that pytest has no word for."""
    verdict = getattr(report, "thingproof_verdict", None)
    if verdict is None or report.when == "teardown":
        return None
    return LETTERS.get(Verdict(verdict))


class CasePlugin(ABC):
    """What every process does that runs cases: check the declarations, judge, write the stream."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.collected = 0
        self.session: Session | None = None

    @abstractmethod
    def open_session(self) -> Session:
        """The session of this process, opened by the first case."""

    @pytest.hookimpl(wrapper=True)
    def pytest_pycollect_makeitem(
        self, collector: pytest.Module | pytest.Class, name: str, obj: object
    ) -> Generator[None, Any, Any]:
        """Check what a case declares; what it may not declare is a collection error."""
        del name, obj
        made = yield
        for item in made if isinstance(made, list) else [made]:
            if isinstance(item, pytest.Function):
                self._check(collector, item)
        return made

    def _check(self, collector: pytest.Module | pytest.Class, item: pytest.Function) -> None:
        declared = declaration_of(item.function) is not None
        if not declared and SUITES not in item.path.parents:
            return
        from thingproof_conformance.judging import state_of  # noqa: PLC0415 - the plugin stays light until a case is collected

        try:
            item.stash[STATE] = state_of(item)
        except CaseError as error:
            raise collector.CollectError(f"{item.path.name}: {error}") from None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the wanted vendors' cases, or the one to replay."""
        cases = [item for item in items if STATE in item.stash]
        self.collected += len(cases)
        if not cases and not options.explicit(config):
            return
        settings = options.read_settings(config)
        dropped = [item for item in cases if not _wanted(item.stash[STATE], settings)]
        if settings.replay is not None:
            dropped += [item for item in items if STATE not in item.stash]
        if dropped:
            config.hook.pytest_deselected(items=dropped)
            items[:] = [item for item in items if item not in set(dropped)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin a case; skip it when the target lacks what it needs."""
        state = item.stash.get(STATE, None)
        if state is None:
            return
        if self.session is None:
            self.session = self.open_session()
            self.session.writer.write({"event": "collected", "cases": len(self.selected(item.session))})
        try:
            self.session.begin(state)
        except NotApplicable as verdict:
            pytest.skip(verdict.reason)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Clean up after a case, when its fixtures are gone."""
        try:
            yield
        finally:
            state = item.stash.get(STATE, None)
            if state is not None and self.session is not None:
                self.session.end(state)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn the outcome of each phase into the case's verdict; the last phase writes its row."""
        report = yield
        state = item.stash.get(STATE, None)
        if state is None or self.session is None:
            return report
        from thingproof_conformance.judging import judge_phase  # noqa: PLC0415 - the plugin stays light until a case is collected

        judge_phase(self.session, state, call, report)
        if self.config.getoption("allure_report_dir", None):
            from thingproof_conformance import allure_labels  # noqa: PLC0415 - opt-in

            allure_labels.add(self.session, state, report)
        return report

    def selected(self, session: pytest.Session) -> list[pytest.Item]:
        """The cases left after every selection."""
        return [item for item in session.items if STATE in item.stash]

    def close(self) -> None:
        """Close the session of this process."""
        if self.session is not None:
            self.session.close()


class WorkerPlugin(CasePlugin):
    """A process of pytest-xdist: runs cases on its own platform and writes its own stream."""

    def open_session(self) -> Session:
        """A session that writes into the controller's folder."""
        from thingproof_conformance.session import Session  # noqa: PLC0415 - the plugin stays light until a case is collected

        given = self.config.workerinput  # type: ignore[attr-defined] # of pytest-xdist
        settings = options.read_settings(self.config)
        return Session(
            settings, given["workerid"], Path(given["thingproof_streams"]), given["thingproof_salt"]
        )

    def pytest_sessionfinish(self) -> None:
        """Tell the controller what was collected and stop the platform."""
        self.config.workeroutput["thingproof_collected"] = self.collected  # type: ignore[attr-defined]
        self.close()


class RunPlugin(CasePlugin):
    """The controlling process: also runs the cases when there are no workers."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self.run: Run | None = None
        self._began = wallclock.elapsed(), wallclock.stamp()
        self._streams: Path | None = None
        self.conclusion: Conclusion | None = None
        self.others_failed = False
        self.trouble: list[str] = []

    @property
    def streams(self) -> Path:
        """The folder the streams of this run go to, emptied at the first use."""
        if self._streams is None:
            file = self.config.getoption("thingproof_run_file")
            if file is None:
                self._streams = Path(tempfile.mkdtemp("-thingproof"))
            else:
                self._streams = Path(file + STREAMS).resolve()
                shutil.rmtree(self._streams, ignore_errors=True)
                self._streams.mkdir(parents=True)
        return self._streams

    def open_run(self) -> Run:
        """The run, opened when cases or options ask for one."""
        if self.run is None:
            from thingproof_conformance.run import Run  # noqa: PLC0415 - the plugin stays light until a case is collected

            self.run = Run(options.read_settings(self.config), self.streams, *self._began)
            self.run.open()
        return self.run

    def open_session(self) -> Session:
        """A session in this process."""
        from thingproof_conformance.session import Session  # noqa: PLC0415 - the plugin stays light until a case is collected

        run = self.open_run()
        return Session(run.settings, "main", run.streams, run.salt)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Refuse misuse and an unreachable target before anything starts."""
        if not options.explicit(self.config):
            return
        try:
            run = self.open_run()
        except ValueError as error:
            raise pytest.exit.Exception(f"thingproof: {error}", ExitCode.MISUSE) from None
        unreachable = run.unreachable()
        if unreachable is not None:
            run.conclude(unreachable=unreachable)
            raise pytest.exit.Exception(f"thingproof: {unreachable}", ExitCode.UNREACHABLE)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where its stream goes."""
        node.workerinput["thingproof_streams"] = str(self.streams)
        node.workerinput["thingproof_salt"] = self.run.salt if self.run is not None else ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object | None) -> None:
        """Count what a worker collected; notice one that died."""
        if error is not None:
            self.trouble.append(f"worker {node.gateway.id} died: {error}")
        self.collected += getattr(node, "workeroutput", {}).get("thingproof_collected", 0)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A suite that does not collect is the harness' fault."""
        if report.failed:
            self.trouble.append(f"{report.nodeid} does not collect")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember failures of tests that are no cases."""
        if report.failed and not hasattr(report, "thingproof_verdict"):
            self.others_failed = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Merge the streams, conclude and set the exit code."""
        self.close()
        wanted = self.collected > 0 or options.explicit(self.config)
        if not wanted or self.config.getoption("collectonly"):
            if self._streams is not None:
                shutil.rmtree(self._streams, ignore_errors=True)
            return
        run = self.open_run()
        run.trouble += self.trouble
        if session.exitstatus == pytest.ExitCode.INTERRUPTED and not self.trouble:
            run.trouble.append("the run was interrupted")
        self.conclusion = run.conclude()
        if not (self.others_failed and self.conclusion.exit_code == ExitCode.CONFORMANT):
            session.exitstatus = self.conclusion.exit_code

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the verdict."""
        if self.conclusion is not None:
            terminalreporter.section("conformance")
            for line in self.conclusion.lines():
                terminalreporter.write_line(line)


def _wanted(state: CaseState, settings: options.Settings) -> bool:
    if settings.replay is not None:
        return state.id == settings.replay
    return not settings.vendors or state.declaration.vendor in settings.vendors


def _session(config: pytest.Config) -> Session:
    plugin: CasePlugin = config.pluginmanager.get_plugin(PLUGIN)  # type: ignore[assignment]
    if plugin.session is None:
        plugin.session = plugin.open_session()
    return plugin.session


@pytest.fixture
def control(request: pytest.FixtureRequest) -> ControlClient:
    """The target's control surface; what a case leaves behind is undone."""
    return _session(request.config).control


@pytest.fixture
def gizwits(request: pytest.FixtureRequest) -> GizwitsTarget:
    """The Gizwits surface of the target; what a case opened is closed."""
    found: Any = _session(request.config).vendor("gizwits")
    return found  # type: ignore[no-any-return]


@pytest.fixture
def sylvia(request: pytest.FixtureRequest) -> SylviaTarget:
    """The Sylvia surface of the target; what a case opened is closed."""
    found: Any = _session(request.config).vendor("sylvia")
    return found  # type: ignore[no-any-return]
