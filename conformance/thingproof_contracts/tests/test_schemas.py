"""The own schema checks agree with the jsonschema library on the subset the documents use."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from thingproof_contracts import load
from thingproof_contracts.schemas import compile_schema, decided

Schema = dict[str, Any]
SCHEMAS: list[Schema] = [
    {"type": "string"},
    {"type": ["integer", "string"], "pattern": "^[0-9]+$"},
    {"enum": [0, 1]},
    {"const": False},
    {"const": 0},
    {"type": "integer", "minimum": 0, "maximum": 255},
    {"type": "number", "minimum": -1.5},
    {"type": "string", "minLength": 1, "maxLength": 3},
    {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}},
    {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
    {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
    {"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
    {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"a": {"const": 1}}}]},
]
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 255, 256, 1.0, 1.5, -2.0, "", "a", "12", "abcd", [], [1], [1, 2, 3], ["a"],
    {}, {"a": 1}, {"a": True}, {"b": None}, {"a": 1, "b": "x"}, {"c": []},
]  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


def problems(schema: Schema, value: Any) -> list[tuple[str, str, str]]:
    """What the compiled schema reports about a value."""
    found: list[tuple[str, str, str]] = []
    compile_schema(schema)(value, "", lambda path, kind, text: found.append((path, kind, text)))
    return found


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_judged_like_the_library_judges_it(schema: Schema, value: Any) -> None:
    """Valid for the library means no problem here, and the other way round."""
    assert (problems(schema, value) == []) == Draft202012Validator(schema).is_valid(value)


@given(schema=st.sampled_from(SCHEMAS), value=JSON)
@settings(max_examples=300, deadline=None)
def test_any_value_is_judged_like_the_library_judges_it(schema: Schema, value: Any) -> None:
    """The same for values nobody thought of."""
    assert (problems(schema, value) == []) == Draft202012Validator(schema).is_valid(value)


@given(value=JSON)
@settings(max_examples=60, deadline=None)
def test_every_answer_schema_of_the_contract_agrees_with_the_library(value: Any) -> None:
    """The real documents, with values of any kind."""
    for operation in load("gizwits").operations.values():
        for schema in (operation.refusal, *operation.responses.values()):
            if schema is not None:
                assert (problems(schema, value) == []) == Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "string"}, 3, [("", "type")]),
        ({"required": ["a"]}, {}, [("a", "missing")]),
        ({"properties": {"a": {"items": {"type": "string"}}}}, {"a": ["x", 1]}, [("a[1]", "type")]),
        ({"properties": {"a": {"required": ["b"]}}}, {"a": {}}, [("a.b", "missing")]),
        ({"enum": ["x"]}, "y", [("", "value")]),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, [("a", "missing")]),
    ],
)
def test_a_problem_names_the_place_and_the_kind(
    schema: Schema, value: Any, expected: list[tuple[str, str]]
) -> None:
    """Whoever reads it must find the member."""
    assert [(path, kind) for path, kind, _ in problems(schema, value)] == expected


def test_an_unknown_word_is_refused() -> None:
    """A schema word nobody implements must not look like a check."""
    with pytest.raises(ValueError, match="multipleOf"):
        compile_schema({"type": "integer", "multipleOf": 3})


def test_a_decision_narrows_the_schema_wherever_it_stands() -> None:
    """x-decision is put into force in members, items and other members."""
    row = {"type": ["integer", "string"], "x-decision": {"type": "integer"}}
    schema = {"properties": {"a": row, "b": {"items": row}, "c": {"additionalProperties": row}}}
    narrow = decided(schema)
    assert problems(schema, {"a": "1", "b": ["1"], "c": {"d": "1"}}) == []
    places = [path for path, _, _ in problems(narrow, {"a": "1", "b": ["1"], "c": {"d": "1"}})]
    assert places == ["a", "b[0]", "c.d"]
