"""The YAML documents are sound OpenAPI and AsyncAPI documents and say the same as the register."""

import re
from typing import Any

import pytest

from thingproof_contracts import VENDORS, load
from thingproof_contracts.building.sources import ROOT, Sources, described_operations
from thingproof_contracts.schemas import compile_schema

FORBIDDEN = re.compile(r"\b(TODO|FIXME)\b", re.IGNORECASE)


def resolved(vendor: str, source: str = "openapi.yaml") -> dict[str, Any]:
    """A document with its references followed."""
    return Sources(vendor).resolved(source)


def files(vendor: str) -> list[str]:
    """Every YAML file of a vendor, relative to its folder."""
    folder = ROOT / vendor
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml"))


def nodes(value: Any) -> list[dict[str, Any]]:
    """All mappings inside a document."""
    if isinstance(value, dict):
        return [value, *(each for child in value.values() for each in nodes(child))]
    if isinstance(value, list):
        return [each for child in value for each in nodes(child)]
    return []


@pytest.mark.parametrize("vendor", VENDORS)
def test_openapi_has_what_the_specification_requires(vendor: str) -> None:
    """Version, title, paths that start with a slash, unique operation ids, described answers."""
    document = resolved(vendor)
    assert document["openapi"].startswith("3.1.")
    assert {"title", "version"} <= document["info"].keys()
    operations = described_operations(document)
    assert all(path.startswith("/") for path, _, _ in operations)
    ids = [entry["operationId"] for _, _, entry in operations]
    assert len(ids) == len(set(ids))
    declared = {tag["name"] for tag in document["tags"]}
    for _, _, entry in operations:
        assert set(entry["tags"]) <= declared
        assert "default" in entry["responses"]
        assert all(answer["description"] for answer in entry["responses"].values())


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_path_stands_in_the_file_of_its_tag(vendor: str) -> None:
    """openapi.yaml only lists the paths; each is written in openapi/<tag>.yaml, and none is forgotten."""
    sources = Sources(vendor)
    listed = {path: item["$ref"] for path, item in sources.file("openapi.yaml")["paths"].items()}
    written = {
        path: name for name in files(vendor) if name.startswith("openapi/") for path in sources.file(name)
    }
    assert listed.keys() == written.keys()
    for path, _, entry in described_operations(sources.resolved("openapi.yaml")):
        assert listed[path].startswith(f"openapi/{entry['tags'][0]}.yaml#/"), path
        assert written[path] == f"openapi/{entry['tags'][0]}.yaml"


@pytest.mark.parametrize("vendor", VENDORS)
def test_path_parameters_are_the_slots_of_the_path(vendor: str) -> None:
    """Each {slot} is declared as a required path parameter and the other way round."""
    for path, _, entry in described_operations(resolved(vendor)):
        slots = set(re.findall(r"\{([^}]+)\}", path))
        declared = {each["name"] for each in entry["parameters"] if each["in"] == "path" and each["required"]}
        assert slots == declared, entry["operationId"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_security_is_declared_and_its_headers_are_parameters(vendor: str) -> None:
    """Every scheme an operation asks for exists, and its header is listed with its seed line."""
    document = resolved(vendor)
    schemes = document["components"]["securitySchemes"]
    for _, _, entry in described_operations(document):
        headers = {each["name"] for each in entry["parameters"] if each["in"] == "header"}
        for alternative in entry["security"]:
            for name in alternative:
                assert schemes[name].get("name", "Authorization") in headers, entry["operationId"]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("source", ["openapi.yaml", "asyncapi.yaml"])
def test_every_reference_leads_somewhere(vendor: str, source: str) -> None:
    """A $ref that leads nowhere raises; here none does."""
    assert "$ref" not in str(resolved(vendor, source))


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_schema_uses_understood_words(vendor: str) -> None:
    """compile_schema refuses words it does not understand, so nothing in a schema is ignored."""
    schemas = [
        schema
        for operation in load(vendor).operations.values()
        for schema in (operation.refusal, *operation.responses.values())
        if schema is not None
    ]
    assert len([compile_schema(schema) for schema in schemas]) == len(schemas) > 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_contradictions_are_quoted_as_the_register_decides_them(vendor: str) -> None:
    """x-contradictions repeats the register word for word."""
    contradictions = load(vendor).contradictions
    for _, _, entry in described_operations(resolved(vendor)):
        for quoted in entry.get("x-contradictions", []):
            decided = contradictions[quoted["id"]]
            assert (quoted["what"], quoted["decision"]) == (decided.what, decided.decision), quoted["id"]
            assert tuple(quoted["lines"]) == decided.lines


@pytest.mark.parametrize("vendor", VENDORS)
def test_other_readings_name_a_contradiction(vendor: str) -> None:
    """A schema with an x-decision says which contradiction it decides, and that one exists."""
    contradictions = load(vendor).contradictions
    document = resolved(vendor)
    named = [each for each in nodes(document["paths"]) if "x-decision" in each]
    assert {each["x-contradiction"] for each in named} <= contradictions.keys()


@pytest.mark.parametrize("vendor", VENDORS)
def test_asyncapi_has_what_the_specification_requires(vendor: str) -> None:
    """Channels with addresses, operations with an action and a channel, slots declared as parameters."""
    document = resolved(vendor, "asyncapi.yaml")
    assert document["asyncapi"].startswith("3.")
    for name, channel in document["channels"].items():
        slots = set(re.findall(r"\{([^}]+)\}", channel["address"]))
        assert slots == set(channel.get("parameters", {})), name
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert operation["channel"] in document["channels"].values()


def test_example_frames_have_the_length_they_announce() -> None:
    """The frames of the Gizwits document: the length field counts what follows it."""
    messages = resolved("gizwits", "asyncapi.yaml")["components"]["messages"]
    examples = [each["payload"] for message in messages.values() for each in message.get("examples", [])]
    assert len(examples) == 3
    for text in examples:
        frame = bytes.fromhex(text)
        assert frame[:4] == b"\0\0\0\3"
        assert frame[4] == len(frame) - 5


@pytest.mark.parametrize("vendor", VENDORS)
def test_documents_speak_about_the_vendor_only(vendor: str) -> None:
    """No note to oneself is in a published document."""
    sources = Sources(vendor)
    texts = [text for name in files(vendor) for text in strings(sources.file(name))]
    assert [each for each in texts if FORBIDDEN.search(each)] == []


def strings(value: Any) -> list[str]:
    """All texts inside a document."""
    if isinstance(value, dict):
        return [text for key, child in value.items() for text in (*strings(key), *strings(child))]
    if isinstance(value, list):
        return [text for child in value for text in strings(child)]
    return [value] if isinstance(value, str) else []
