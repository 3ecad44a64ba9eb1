"""The README's commands, each as written, in a fresh virtual environment and a copy of the checkout.

Blocks fenced as ``bash`` are run line by line, blocks fenced as ``python`` as scripts. A comment ``# exit N``
after a command says which exit code it must have. A command that stays in the foreground gets Ctrl-C once it
has said where it listens. The test command itself is what runs this file, so it is compared with the one of
continuous integration.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TEST_COMMAND = "pip install tox && tox"
FOREGROUND = {"thingproof serve": "http://127.0.0.1:"}
"""Commands that run until Ctrl-C, with what they print once they are ready."""
LEFT_OUT = {".git", ".tox", ".tox-run", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
LONGEST_COMMAND_S = 900.0


def commands() -> list[str]:
    """The lines of all bash blocks, in order."""
    return [
        line
        for language, text in BLOCK.findall(README)
        if language == "bash"
        for line in text.splitlines()
        if line.strip() and not line.startswith("#")
    ]


def scripts() -> list[str]:
    """The python blocks, in order."""
    return [text for language, text in BLOCK.findall(README) if language == "python"]


def expected_exit(command: str) -> int:
    """The exit code that the command's own comment promises, 0 without one."""
    promised = re.search(r"#\s*exit (\d+)", command)
    return int(promised.group(1)) if promised else 0


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A copy of the checkout and the variables of a fresh virtual environment with nothing installed."""
    folder = tmp_path_factory.mktemp("readme")
    checkout = folder / "thingproof"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(*LEFT_OUT, "__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("TOX", "PYTHON", "VIRTUAL"))
    }
    variables["PATH"] = f"{folder / 'venv' / 'bin'}{os.pathsep}{variables['PATH']}"
    yield checkout, variables
    shutil.rmtree(folder, ignore_errors=True)


def run_until_interrupted(command: str, ready: str, checkout: Path, variables: dict[str, str]) -> int:
    """Start a foreground command, wait until it says it is ready, press Ctrl-C; the exit code."""
    log = checkout.parent / "foreground.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command.split(), cwd=checkout, env=variables, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 60
        while ready not in log.read_text(encoding="utf-8", errors="replace"):
            assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
            assert time.monotonic() < deadline, f"{command} never printed {ready!r}"
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        return process.wait(timeout=20)
    finally:
        process.kill()


def test_the_test_command_is_what_continuous_integration_runs() -> None:
    """The README's test command and the one of .ci/run are the same line."""
    assert TEST_COMMAND in commands()
    assert TEST_COMMAND in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("command", [command for command in commands() if command != TEST_COMMAND])
def test_command(command: str, environment: tuple[Path, dict[str, str]]) -> None:
    """A command of the README ends as promised, on a fresh machine, in the order in which they stand."""
    checkout, variables = environment
    if command in FOREGROUND:
        assert run_until_interrupted(command, FOREGROUND[command], checkout, variables) == 0
        return
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=checkout,
        env=variables,
        capture_output=True,
        text=True,
        timeout=LONGEST_COMMAND_S,
        check=False,
    )
    assert done.returncode == expected_exit(command), done.stdout[-4000:] + done.stderr[-4000:]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("script", scripts(), ids=lambda script: script.splitlines()[0])
def test_script(script: str, environment: tuple[Path, dict[str, str]]) -> None:
    """A Python example of the README runs."""
    checkout, variables = environment
    done = subprocess.run(
        ["python", "-"],
        input=script,
        cwd=checkout,
        env=variables,
        capture_output=True,
        text=True,
        timeout=LONGEST_COMMAND_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
