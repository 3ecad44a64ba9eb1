"""The contract document of one vendor, put together from its YAML sources."""

from __future__ import annotations

from typing import Any

from thingproof_contracts.building.sources import (
    SourceError,
    Sources,
    described_operations,
    lines_of,
)
from thingproof_contracts.contract import (
    Alias,
    BodySchema,
    Contradiction,
    Document,
    ErrorEntry,
    Event,
    Operation,
    Parameter,
    Register,
    Rule,
    Schema,
)

Yaml = dict[str, Any]
JSON = "application/json"
TEXT = "text/plain"


def document(vendor: str) -> Document:
    """The whole contract of a vendor; SourceError when the sources do not fit together."""
    sources = Sources(vendor)
    openapi, asyncapi = sources.resolved("openapi.yaml"), sources.resolved("asyncapi.yaml")
    register = sources.file("register.yaml")
    operations = tuple(
        _operation(path, method, entry) for path, method, entry in described_operations(openapi)
    )
    return Document(
        vendor=vendor,
        title=register["title"],
        seed_document=register["seed"],
        operations=operations,
        register=_register(register, asyncapi, operations),
    )


def _operation(path: str, method: str, entry: Yaml) -> Operation:
    identifier = entry["operationId"]
    body = entry.get("requestBody")
    responses = {
        int(status): _body_schema(answer)
        for status, answer in entry["responses"].items()
        if status != "default"
    }
    return Operation(
        id=identifier,
        title=entry["summary"],
        tag=entry["tags"][0],
        method=method,
        path=path,
        lines=lines_of(identifier, entry["x-seed"]),
        aliases=_aliases(entry.get("x-aliases", [])),
        security=tuple(name for alternative in entry["security"] for name in alternative),
        parameters=(
            *(_parameter(identifier, each) for each in entry.get("parameters", [])),
            *_members(identifier, body),
        ),
        body=BodySchema(_json_schema(body) or {}, body.get("required", False)) if body else None,
        responses=responses,
        refusal=_json_schema(entry["responses"]["default"]) or {},
        rules=_rules(identifier, entry["x-rules"]),
        errors=tuple(entry["x-errors"]),
        contradictions=tuple(each["id"] for each in entry.get("x-contradictions", [])),
        plain=tuple(
            int(status) for status, answer in entry["responses"].items() if TEXT in answer.get("content", {})
        ),
    )


def _json_schema(answer: Yaml) -> Schema | None:
    content = answer.get("content")
    return None if content is None else dict(content[JSON]["schema"])


def _body_schema(answer: Yaml) -> Schema | None:
    """The schema of an answer's body; plain text counts as a string where an answer may be either."""
    schema = _json_schema(answer)
    text = (answer.get("content") or {}).get(TEXT)
    return schema if schema is None or text is None else {"anyOf": [schema, dict(text["schema"])]}


def _aliases(texts: list[str]) -> tuple[Alias, ...]:
    """`PUT /app/verify/codes` as method and path."""
    return tuple(Alias(*text.split(" ", 1)) for text in texts)


def _rules(operation: str, rows: list[Yaml]) -> tuple[Rule, ...]:
    return tuple(
        Rule(f"{operation}.{row['id']}", operation, row["text"], row["line"], row["kind"]) for row in rows
    )


def _parameter(operation: str, entry: Yaml) -> Parameter:
    return Parameter(
        name=entry["name"],
        location=entry["in"],
        type=_type_name(entry["schema"]),
        required=entry["required"],
        line=lines_of(operation, entry["x-seed"])[0],
        constraint=entry.get("description", ""),
        schema=entry["schema"],
        alternative=entry.get("x-alternative"),
    )


def _members(operation: str, body: Yaml | None) -> list[Parameter]:
    """The members of a body as parameters; those of a member object follow with dotted names."""
    return [] if body is None else _object_members(operation, _json_schema(body) or {}, "")


def _object_members(operation: str, schema: Schema, prefix: str) -> list[Parameter]:
    found: list[Parameter] = []
    for name, each in schema.get("properties", {}).items():
        if "properties" in each:
            found += _object_members(operation, each, f"{prefix}{name}.")
            continue
        found.append(
            Parameter(
                name=prefix + name,
                location="body",
                type=_type_name(each),
                required=name in schema.get("required", []),
                line=lines_of(operation, each["x-seed"])[0],
                constraint=each.get("description", ""),
                schema=each,
            )
        )
    return found


def _type_name(schema: Schema) -> str:
    """The documented name of a type: `string`, `Array[integer]`; the first of several."""
    types = schema["type"]
    first = types if isinstance(types, str) else types[0]
    if first == "array" and "type" in schema.get("items", {}):
        return f"Array[{_type_name(schema['items'])}]"
    return str(first)


def _payloads(asyncapi: Yaml) -> dict[str, Schema]:
    """Event -> schema of the message that carries it (its x-event)."""
    messages = asyncapi["components"]["messages"].values()
    return {each["x-event"]: each["payload"] for each in messages if "x-event" in each}


def _register(register: Yaml, asyncapi: Yaml, operations: tuple[Operation, ...]) -> Register:
    rules = [rule for operation in operations for rule in operation.rules]
    rules += [Rule(row["id"], "", row["text"], row["line"], row["kind"]) for row in register["rules"]]
    payloads = _payloads(asyncapi)
    events = tuple(
        Event(**{**row, "lines": tuple(row["lines"])}, payload=payloads.get(row["id"]))
        for row in register["events"]
    )
    differing = set(asyncapi["x-events"]) ^ {each.id for each in events}
    if differing:
        raise SourceError(
            f"x-events of asyncapi.yaml and events of register.yaml differ: {sorted(differing)}"
        )
    return Register(
        events=events,
        rules=tuple(rules),
        errors=tuple(ErrorEntry(**row) for row in register["errors"]),
        contradictions=tuple(
            Contradiction(**{**row, "lines": tuple(row["lines"])}) for row in register["contradictions"]
        ),
        state_machines=register["state_machines"],
    )
