"""What runs is what the sources say, and a drift is told."""

from pathlib import Path

import msgspec
import pytest

from thingproof_contracts import VENDORS, load
from thingproof_contracts.__main__ import main
from thingproof_contracts.building import build, drift
from thingproof_contracts.building.sources import SourceError, Sources, lines_of
from thingproof_contracts.gizwits import models


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_committed_files_are_what_the_sources_make(vendor: str) -> None:
    """contract.json and models.py are up to date."""
    assert drift(vendor) == []


def test_the_check_command_tells_a_drift(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, the file and the remedy; nothing is written."""
    stale = tmp_path / "gizwits" / "contract.json"
    monkeypatch.setattr("thingproof_contracts.__main__.drift", lambda _vendor: [stale])
    assert main(["build", "--check"]) == 1
    assert (
        "gizwits/contract.json is out of date; run `python -m thingproof_contracts build`"
        in capsys.readouterr().out
    )
    assert not stale.exists()


def test_the_check_command_is_silent_when_nothing_drifts(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 and no word."""
    assert main(["build", "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_build_writes_what_changed_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The first build writes both files, the second none."""
    monkeypatch.setattr("thingproof_contracts.building.files.ROOT", tmp_path)
    (tmp_path / "gizwits").mkdir()
    assert {path.name for path in build("gizwits")} == {"contract.json", "models.py"}
    assert build("gizwits") == []


def test_models_decode_strictly() -> None:
    """The generated models take a documented body and refuse a wrong type."""
    body = msgspec.json.decode(b'{"username": "u", "password": "p"}', type=models.UsersLogin)
    assert (body.username, body.password, body.lang) == ("u", "p", msgspec.UNSET)
    with pytest.raises(msgspec.ValidationError, match="password"):
        msgspec.json.decode(b'{"username": "u"}', type=models.UsersLogin)
    with pytest.raises(msgspec.ValidationError, match="set_owner"):
        msgspec.json.decode(b'{"product_key": "k", "mac": "m", "set_owner": 3}', type=models.BindingsBindMac)


def test_a_seed_reference_is_a_document_and_lines() -> None:
    """Anything else is refused with an example."""
    assert lines_of("x", "gizwits.md:215-277") == (215, 277)
    assert lines_of("x", "gizwits.md:249") == (249, 249)
    with pytest.raises(
        SourceError, match=r"x: x-seed '249' is no document:line; write e\.g\. gizwits\.md:249"
    ):
        lines_of("x", "249")


def test_references_cross_files_and_name_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A reference is relative to the file it stands in; one that leads nowhere is quoted."""
    monkeypatch.setattr("thingproof_contracts.building.sources.ROOT", tmp_path)
    folder = tmp_path / "acme"
    (folder / "parts").mkdir(parents=True)
    (folder / "all.yaml").write_text("paths: {/a: {$ref: 'parts/a.yaml#/~1a'}}\nword: {text: hello}\n")
    (folder / "parts" / "a.yaml").write_text("/a: {says: {$ref: '../all.yaml#/word'}}\n")
    assert Sources("acme").resolved("all.yaml")["paths"] == {"/a": {"says": {"text": "hello"}}}
    (folder / "parts" / "a.yaml").write_text("/a: {says: {$ref: '#/nothing'}}\n")
    with pytest.raises(SourceError, match=r"acme/parts/a\.yaml: \$ref '#/nothing' leads nowhere"):
        Sources("acme").resolved("all.yaml")


def test_the_bundle_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints every operation in one JSON file that refers to nothing outside."""
    assert main(["bundle", "gizwits"]) == 0
    document = msgspec.json.decode(capsys.readouterr().out)
    assert "$ref" not in str(document)
    operations = {entry["operationId"] for item in document["paths"].values() for entry in item.values()}
    assert operations == set(load("gizwits").operations)
