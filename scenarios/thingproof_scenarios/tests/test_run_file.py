"""What a whole job adds to the event stream of its conformance run."""

import json
from pathlib import Path

from thingproof_scenarios.accounting import Sent, balance
from thingproof_scenarios.run_file import add_events, simulation_event


def test_events_stand_before_a_new_end(tmp_path: Path) -> None:
    """There is one end, the last line, and it is the job's."""
    path = tmp_path / "run.ndjson"
    old = [{"event": "run.started"}, {"event": "run.finished", "verdict": "conformant", "exit_code": 0}]
    path.write_text("".join(json.dumps(line) + "\n" for line in old))
    account = balance([(Sent(("a", "b"), ("a",), {"fault: drop": 1}), ["a"])])
    event = simulation_event(account, fleet="house", seed=7, seconds=3.0)
    add_events(path, [event], verdict="not_conformant", seconds=4.5, exit_code=1)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["run.started", "simulation.finished", "run.finished"]
    assert lines[1]["lost"] == {"fault: drop": 1}
    assert (lines[1]["sent"], lines[1]["stored"]) == (1, 1)
    assert lines[2] == {"event": "run.finished", "verdict": "not_conformant", "seconds": 4.5, "exit_code": 1}


def test_a_run_without_a_stream_still_gets_an_end(tmp_path: Path) -> None:
    """A harness that broke before its first line leaves no file."""
    add_events(tmp_path / "run.ndjson", [], verdict="harness_error", seconds=1, exit_code=1)
    (line,) = (tmp_path / "run.ndjson").read_text().splitlines()
    assert json.loads(line)["verdict"] == "harness_error"
