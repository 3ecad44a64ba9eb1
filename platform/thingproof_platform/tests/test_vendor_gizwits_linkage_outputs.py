"""What linkage rules set: values of other devices, checked when the rule is made (gizwits.md:2444)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.network.gizwits_codecs import codec_of
from thingproof_platform.tests.builders import AIR_CONDITIONER
from thingproof_platform.tests.linked_cloud import LinkedCloud
from thingproof_platform.vendors.gizwits import DIALECT
from thingproof_platform.vendors.gizwits.service.linkage import operands

SPECIMEN: dict[str, Any] = {
    "name": "Specimen",
    "product_key": "c" * 32,
    "product_secret": "d" * 32,
    "datapoints": [
        {"id": 0, "name": "bit", "access": "writable", "type": "bool"},
        {"id": 1, "name": "small", "access": "writable", "type": "uint8", "maximum": 100},
        {"id": 2, "name": "scaled", "access": "writable", "type": "uint16", "ratio": 0.5, "maximum": 500},
        {"id": 3, "name": "label", "access": "writable", "type": "enum", "values": ["one", "two"]},
        {"id": 4, "name": "text", "access": "writable", "type": "binary", "length": 3},
        {"id": 5, "name": "longer", "access": "writable", "type": "binary", "length": 4},
        {"id": 6, "name": "sensor", "access": "readonly", "type": "uint8"},
    ],
}
KEY = SPECIMEN["product_key"]
SAID: dict[str, Any] = {
    "bit": True,
    "small": 7,
    "scaled": 21.5,
    "label": "two",
    "text": b"\x01\x02\x03",
    "longer": b"\x00\x00\x00\x04",
    "sensor": 1,
}


def _cloud() -> LinkedCloud:
    """Ann's devices from and to are specimens, online; the first reported."""
    cloud = LinkedCloud()
    rows = [
        {"product_key": KEY, "mac": f"03000000000{n}", "did": did} for n, did in enumerate(("from", "to"))
    ]
    bindings = [{"did": row["did"], "username": "ann"} for row in rows]
    DIALECT.seed(cloud.world, {"products": [SPECIMEN], "devices": rows, "bindings": bindings})
    for row in rows:
        cloud.online(row["did"])
    cloud.report(SAID, "from")
    cloud.told()
    return cloud


def _body(attrs: dict[str, Any], **members: Any) -> dict[str, Any]:
    rule = {"name": "r", "did": "from", "product_key": KEY, "event": "data", "condition": []}
    rule["input"] = [{"did": "from", "product_key": KEY, "prefix": "x"}]
    return rule | {"output": [[{"type": "devctrl", "did": "to", "attrs": attrs}]]} | members


@pytest.mark.parametrize(
    ("target", "source", "value"),
    [
        ("bit", "bit", True),
        ("bit", "sensor", True),
        ("small", "bit", 1),
        ("small", "sensor", 1),
        ("scaled", "small", 7),
        ("label", "label", "two"),
        ("label", "sensor", "two"),
        ("text", "text", b"\x01\x02\x03"),
        ("longer", "longer", b"\x00\x00\x00\x04"),
    ],
)
@pytest.mark.parametrize("restarts", [False, True])
def test_a_reference_is_filled_with_the_present_value(
    target: str, source: str, value: object, *, restarts: bool
) -> None:
    """Of every type that fits; also when a restart lies between filling and telling."""
    cloud = _cloud()
    body = _body({target: f"x.{source}"})
    body["output"][0].insert(0, {"type": "delay", "delay": 5})
    assert cloud.call("rules.create", body).status == 200
    cloud.report(SAID, "from")
    cloud.report(SAID | {source: SAID[source]}, "from")
    if restarts:
        cloud.back()
        cloud.online("to")
        cloud.told()
    frames = [bytes.fromhex(text) for _, text in cloud.after(5)]
    codec = codec_of(cloud.world, KEY)
    assert len(frames) == 2
    assert all(codec.decode_message(frame[8:]).values == {target: value} for frame in frames)


@pytest.mark.parametrize(
    ("attrs", "code"),
    [
        ({"small": "x.nothing"}, 9025),  # no data point of the input
        ({"small": "y.small"}, 9025),  # no input has the prefix: plain text, no number
        ({"nothing": "x.small"}, 9025),
        ({"sensor": "x.small"}, 9025),  # read only
        ({"small": "x.label"}, 9025),
        ({"label": "x.text"}, 9025),
        ({"text": "x.small"}, 9025),
        ({"text": "x.longer"}, 9025),  # another length
        ({"small": "x.small", "label": "three"}, 9025),  # the others are checked as ever
        ({"small": 101}, 9025),
        ({"text": "0102"}, 9025),
        ({}, 9015),
    ],
    ids=str,
)
def test_outputs_that_could_never_be_told_are_refused(attrs: dict[str, Any], code: int) -> None:
    """When the rule is made, and when it is changed."""
    cloud = _cloud()
    assert cloud.code("rules.create", _body(attrs)) == code
    number = cloud.call("rules.create", _body({"small": "x.small"})).body["rule_id"]
    assert cloud.code("rules.update", _body(attrs), path={"rule_id": str(number)}) == code


def test_a_value_out_of_range_or_unknown_ends_the_group() -> None:
    """It cannot be known before; nothing is sent, and it is counted."""
    cloud = _cloud()
    unheard = [{"did": "to", "product_key": KEY, "prefix": "x"}]
    assert cloud.call("rules.create", _body({"small": "x.sensor"}, input=unheard)).status == 200
    assert cloud.call("rules.create", _body({"small": "x.sensor"})).status == 200
    cloud.report(SAID | {"sensor": 101}, "from")
    assert cloud.told() == []
    assert cloud.world.counters["rule_outputs_failed"] == 2
    cloud.report(SAID | {"sensor": 100}, "from")
    assert len(cloud.told()) == 1


def test_devices_of_products_the_application_lacks_cannot_be_controlled() -> None:
    """A binding alone is not enough (gizwits.md:2226)."""
    cloud = _cloud()
    narrow = {"app_id": "narrow", "app_secret": "s", "products": [KEY]}
    DIALECT.seed(cloud.world, {"applications": [narrow]})
    users = {"users": [{"app_id": "narrow", "username": "bob", "password": "Passw0rd!"}]}
    token = DIALECT.seed(cloud.world, users)["users"][0]["token"]
    bindings = [{"did": did, "username": "bob"} for did in ("from", "to", "a")]
    DIALECT.seed(cloud.world, {"bindings": bindings})
    step = {"type": "devctrl", "did": "a", "attrs": {"switch": True}}
    assert AIR_CONDITIONER["product_key"] != KEY
    assert cloud.code("rules.create", _body({}, output=[[step]]), token=token, app="narrow") == 9002
    assert cloud.code("rules.create", _body({"bit": True}), token=token, app="narrow") == 0


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1", 1.0),
        ("-0.5", -0.5),
        ("'1'", "1"),
        ('"x.y"', "x.y"),
        ("''", ""),
        ("a.b", operands.Reference("a", "b")),
        ("a", None),
        ("", None),
        ("'", None),
        ("'a\"", None),
        ("a.b.c", None),
        ("nan", None),
        ("1e5", None),
        (" 1", None),
        ("a. b", None),
    ],
)
def test_operands_are_read_as_the_document_writes_them(text: str, meaning: object) -> None:
    """1 is a number, '1' and "1" are texts, prefix.name is a data point (gizwits.md:2457)."""
    assert operands.read(text) == meaning
