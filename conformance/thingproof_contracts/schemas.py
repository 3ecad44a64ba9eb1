"""JSON schemas as closures: the subset the documents use, compiled once, fast to run.

Understood: type (also a list), enum, const, required, properties, additionalProperties, items, minItems,
maxItems, minLength, maxLength, pattern, minimum, maximum and anyOf. An unknown word in a schema is an
error when the contract is built, so none is silently ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from thingproof_contracts.contract import Schema

Kind = Literal["missing", "type", "value"]
Report = Callable[[str, Kind, str], None]
Check = Callable[[Any, str, Report], None]
WORDS: Final = frozenset(
    {
        "type", "enum", "const", "required", "properties", "additionalProperties", "items", "minItems",
        "maxItems", "minLength", "maxLength", "pattern", "minimum", "maximum", "anyOf",
    }
)  # fmt: skip
NOTES: Final = frozenset({"description", "title", "default", "example", "format"})
_TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: (isinstance(value, int) and not isinstance(value, bool)) or _is_whole(value),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


def _is_whole(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()


def compile_schema(schema: Schema) -> Check:
    """A schema as one function; ValueError for a word that is not understood."""
    unknown = {word for word in schema if word not in WORDS | NOTES and not word.startswith("x-")}
    if unknown:
        raise ValueError(f"schema: {sorted(unknown)} is not understood; use {sorted(WORDS)}")
    guard = _type_check(schema["type"]) if "type" in schema else None
    checks = [make(schema) for words, make in _MAKERS if words & schema.keys()]

    def check(value: Any, path: str, report: Report) -> None:
        if guard is not None and not guard(value, path, report):
            return
        for each in checks:
            each(value, path, report)

    return check


def _type_check(types: str | list[str]) -> Callable[[Any, str, Report], bool]:
    names = [types] if isinstance(types, str) else types
    tests = [_TYPES[name] for name in names]
    wanted = " or ".join(names)

    def check(value: Any, path: str, report: Report) -> bool:
        if any(test(value) for test in tests):
            return True
        report(path, "type", f"must be {wanted}, is {_type_name(value)}")
        return False

    return check


def _type_name(value: Any) -> str:
    for name in ("null", "boolean", "integer", "number", "string", "array", "object"):
        if _TYPES[name](value):
            return name
    return type(value).__name__


def _same(first: Any, second: Any) -> bool:
    """JSON equality: true is not 1."""
    return bool(first == second) and isinstance(first, bool) == isinstance(second, bool)


def _enum(schema: Schema) -> Check:
    allowed = schema["enum"]
    wanted = ", ".join(str(each) for each in allowed)

    def check(value: Any, path: str, report: Report) -> None:
        if not any(_same(value, each) for each in allowed):
            report(path, "value", f"is {value!r}; must be one of {wanted}")

    return check


def _const(schema: Schema) -> Check:
    wanted = schema["const"]

    def check(value: Any, path: str, report: Report) -> None:
        if not _same(value, wanted):
            report(path, "value", f"is {value!r}; must be {wanted!r}")

    return check


def _required(schema: Schema) -> Check:
    names = tuple(schema["required"])

    def check(value: Any, path: str, report: Report) -> None:
        if isinstance(value, dict):
            for name in names:
                if name not in value:
                    report(_join(path, name), "missing", "is missing")

    return check


def _properties(schema: Schema) -> Check:
    known = {name: compile_schema(each) for name, each in schema.get("properties", {}).items()}
    others = schema.get("additionalProperties", True)
    rest = compile_schema(others) if isinstance(others, dict) else None

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, dict):
            return
        for name, each in value.items():
            found = known.get(name, rest)
            if found is not None:
                found(each, _join(path, name), report)
            elif others is False:
                report(_join(path, name), "value", "is not documented")

    return check


def _items(schema: Schema) -> Check:
    each_item = compile_schema(schema["items"])

    def check(value: Any, path: str, report: Report) -> None:
        if isinstance(value, list):
            for index, each in enumerate(value):
                each_item(each, f"{path}[{index}]", report)

    return check


def _count(schema: Schema) -> Check:
    low, high = schema.get("minItems", 0), schema.get("maxItems")

    def check(value: Any, path: str, report: Report) -> None:
        if isinstance(value, list) and (len(value) < low or (high is not None and len(value) > high)):
            report(
                path,
                "value",
                f"has {len(value)} items; must have {low} to {high if high is not None else 'any'}",
            )

    return check


def _length(schema: Schema) -> Check:
    low, high = schema.get("minLength", 0), schema.get("maxLength")

    def check(value: Any, path: str, report: Report) -> None:
        if isinstance(value, str) and (len(value) < low or (high is not None and len(value) > high)):
            report(
                path,
                "value",
                f"has {len(value)} characters; must have {low} to {high if high is not None else 'any'}",
            )

    return check


def _range(schema: Schema) -> Check:
    low, high = schema.get("minimum"), schema.get("maximum")

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return
        if low is not None and value < low:
            report(path, "value", f"is {value}; must be at least {low}")
        if high is not None and value > high:
            report(path, "value", f"is {value}; must be at most {high}")

    return check


def _pattern(schema: Schema) -> Check:
    # `$` of JSON Schema is the very end; the one of Python also matches before a line feed there.
    pattern = re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", schema["pattern"]))

    def check(value: Any, path: str, report: Report) -> None:
        if isinstance(value, str) and pattern.search(value) is None:
            report(path, "value", f"is {value!r}; must match {schema['pattern']}")

    return check


def _any_of(schema: Schema) -> Check:
    branches = [compile_schema(each) for each in schema["anyOf"]]

    def check(value: Any, path: str, report: Report) -> None:
        first: list[tuple[str, Kind, str]] | None = None
        for branch in branches:
            found: list[tuple[str, Kind, str]] = []
            branch(value, path, lambda *problem, found=found: found.append(problem))
            if not found:
                return
            first = first or found
        for problem in first or ():
            report(*problem)

    return check


_MAKERS: Final[tuple[tuple[frozenset[str], Callable[[Schema], Check]], ...]] = (
    (frozenset({"enum"}), _enum),
    (frozenset({"const"}), _const),
    (frozenset({"required"}), _required),
    (frozenset({"properties", "additionalProperties"}), _properties),
    (frozenset({"items"}), _items),
    (frozenset({"minItems", "maxItems"}), _count),
    (frozenset({"minLength", "maxLength"}), _length),
    (frozenset({"minimum", "maximum"}), _range),
    (frozenset({"pattern"}), _pattern),
    (frozenset({"anyOf"}), _any_of),
)


def decided(schema: Schema) -> Schema:
    """The schema with every x-decision in force: the reading the register decided on."""
    merged = {**schema, **schema.get("x-decision", {})}
    if "properties" in merged:
        merged["properties"] = {name: decided(each) for name, each in merged["properties"].items()}
    if "anyOf" in merged:
        merged["anyOf"] = [decided(each) for each in merged["anyOf"]]
    for word in ("items", "additionalProperties"):
        if isinstance(merged.get(word), dict):
            merged[word] = decided(merged[word])
    return merged


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
