"""The definition of a product's data points (gizwits.md:1138-1284)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from thingproof_conformance import expect, negatives
from thingproof_conformance.cases import case
from thingproof_conformance.suites.gizwits.products import (
    AIR_CONDITIONER,
    PET_BUSY,
    PET_HOUSE,
    PET_HOUSE_VARIABLE,
    POOL_ANSWER,
    POOL_METER,
    SPECIMEN,
)
from thingproof_conformance.suites.gizwits.steps import control, send, switch_on
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from thingproof_conformance.vendors.gizwits import GizwitsTarget

GET = "gizwits.datapoint.get"
TYPES = {"writable": "status_writable", "readonly": "status_readonly", "alert": "alert", "fault": "fault"}
LETTERS = {"writable": "W", "readonly": "R", "alert": "N", "fault": "E"}
ELEMENTS = ("QBooleanElement", "QFloatElement", "QRadioElement", "QMultilineElement", "QLabelElement")
FLOAT = "QFloatElement"
Json = dict[str, Any]


def definition(gizwits: GizwitsTarget, mapping: Json = SPECIMEN) -> Json:
    """The definition of a fresh product as the platform shows it."""
    key = gizwits.new_product(mapping).product_key
    body: Json = gizwits.call(GET, query={"product_key": key}).body
    return body


def attributes(shown: Json) -> dict[str, Json]:
    """The data points of a definition by name."""
    return {row["name"]: row for row in shown["entities"][0]["attrs"]}


def elements(shown: Json) -> dict[str, Json]:
    """The elements of the phone page by the name of their data point."""
    rows = [row for section in shown["ui"]["sections"] for row in section["elements"]]
    return {row["key"].removeprefix("entity0."): row for row in rows}


def only_for(shown: Json, member: str, kind: str) -> dict[str, Any]:
    """A member that stands in the elements of one type and in no other; its values by data point."""
    for element in elements(shown).values():
        (expect.field if element["type"] == kind else expect.absent)(element, member)
    values = {name: row[member] for name, row in elements(shown).items() if row["type"] == kind}
    expect.true(
        len(values) > 0, f"the specimen has an element of type {kind}", actual=sorted(elements(shown))
    )
    return values


# Who may ask.


@case(GET, kind="permission", rules=("r1",), errors=(9002,), needs=("seed",))
@pytest.mark.documented
def test_get__associated_application(gizwits: GizwitsTarget) -> None:
    """An application of the product gets the definition, one of another product does not."""
    product, other = gizwits.new_product(SPECIMEN), gizwits.new_product(SPECIMEN)
    query = {"product_key": product.product_key}
    own = gizwits.new_application(products=[product.product_key])
    foreign = gizwits.new_application(products=[other.product_key])
    gizwits.call(GET, app_id=own.app_id, query=query)
    expect.refused(gizwits.call(GET, app_id=foreign.app_id, query=query, expect=ANY), 9002)


@case(GET, kind="permission", rules=("r2",), needs=("seed",))
@pytest.mark.documented
def test_get__super_application(gizwits: GizwitsTarget) -> None:
    """A super application gets the definition of any product."""
    product = gizwits.new_product(SPECIMEN)
    application = gizwits.new_application(super=True, products=[])
    gizwits.call(GET, app_id=application.app_id, query={"product_key": product.product_key})


@case(GET, kind="documented", rules=("r3", "r35"), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.32")
def test_get__product_key_in_the_query(gizwits: GizwitsTarget) -> None:
    """The query's product_key decides which definition comes; the table's path parameter is a slip."""
    for mapping in (SPECIMEN, PET_HOUSE):
        product = gizwits.new_product(mapping)
        answer = gizwits.call(GET, query={"product_key": product.product_key})
        shown = (answer["product_key"], answer["name"])
        expect.equal((product.product_key, mapping["name"]), shown, "product_key and name")


@case(GET, kind="negative", rules=("r34",))
@negatives.parametrize(GET)
def test_get__refuses(gizwits: GizwitsTarget, negative: negatives.Negative) -> None:
    """A spoilt request for a definition is refused in the vendor's form."""
    negatives.judge(gizwits, negative)


# The head and the data points.


@case(GET, kind="documented", rules=("r4", "r6", "r19", "r20"), needs=("seed",))
@pytest.mark.documented
def test_get__fixed_values(gizwits: GizwitsTarget) -> None:
    """What the table calls fixed is so."""
    shown = definition(gizwits)
    expect.equal("standard", shown["protocolType"], "protocolType", rule=f"{GET}.r4")
    entities = [(entity["id"], entity["name"]) for entity in shown["entities"]]
    expect.equal([(0, "entity0")], entities, "the only entity", rule=f"{GET}.r6")
    expect.equal(4, shown["ui"]["object"]["version"], "ui.object.version", rule=f"{GET}.r19")
    expect.equal(False, shown["ui"]["object"]["showEditButton"], "showEditButton", rule=f"{GET}.r20")


@case(GET, kind="documented", rules=("r5",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.28")
def test_get__packet_version(gizwits: GizwitsTarget) -> None:
    """PacketVersion is the example's "0x00000004"; the table says 4."""
    version = definition(gizwits)["packetVersion"]
    expect.either(
        "gizwits.contra.28",
        a=lambda: expect.equal("0x00000004", version, "packetVersion"),
        b=lambda: expect.one_of((4, "4"), version, "packetVersion"),
    )


@case(GET, kind="documented", rules=("r7", "r9"), needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize("mapping", [SPECIMEN, PET_HOUSE, AIR_CONDITIONER], ids=lambda row: row["name"])
def test_get__data_points(gizwits: GizwitsTarget, mapping: Json) -> None:
    """Every data point is there with its order as id and its type."""
    shown = attributes(definition(gizwits, mapping))
    wanted = {row["name"]: (row["id"], row["type"]) for row in mapping["datapoints"]}
    expect.equal(wanted, {name: (row["id"], row["data_type"]) for name, row in shown.items()}, "data points")


@case(GET, kind="documented", rules=("r8",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.27")
def test_get__access(gizwits: GizwitsTarget) -> None:
    """Type tells writable, read only, alarm and fault apart, in the words of the example or the letters."""
    shown = {name: row["type"] for name, row in attributes(definition(gizwits)).items()}
    access = {row["name"]: row["access"] for row in SPECIMEN["datapoints"]}
    expect.either(
        "gizwits.contra.27",
        a=lambda: expect.equal({name: TYPES[each] for name, each in access.items()}, shown, "types"),
        b=lambda: expect.equal({name: LETTERS[each] for name, each in access.items()}, shown, "types"),
    )


@case(GET, kind="documented", rules=("r10", "r11"), needs=("seed",))
@pytest.mark.documented
def test_get__specifications(gizwits: GizwitsTarget) -> None:
    """uint_spec stands with numbers only, enum with enumerations only."""
    for name, row in attributes(definition(gizwits)).items():
        number = row["data_type"] in {"uint8", "uint16", "uint32"}
        expect.equal(number, "uint_spec" in row, f"{name} has uint_spec", rule=f"{GET}.r10")
        expect.equal(row["data_type"] == "enum", "enum" in row, f"{name} has enum", rule=f"{GET}.r11")
        if row["data_type"] == "enum":
            expect.equal(["one", "two", "three"], row["enum"], "enum", rule=f"{GET}.r11")


@case(GET, kind="wire", rules=("r12", "r15"), needs=("seed",))
@pytest.mark.documented
def test_get__positions(gizwits: GizwitsTarget) -> None:
    """The places of the public pet house: bits count inside their group, numbers take whole bytes."""
    shown = attributes(definition(gizwits, PET_HOUSE))
    places = {
        name: tuple(row["position"][part] for part in ("byte_offset", "bit_offset", "len", "unit"))
        for name, row in shown.items()
    }
    for name, place in {
        "LED_OnOff": (0, 0, 1, "bit"),
        "LED_Color": (0, 1, 2, "bit"),
        "LED_R": (1, 0, 1, "byte"),
        "LED_B": (3, 0, 1, "byte"),
        "Motor_Speed": (4, 0, 1, "byte"),
        "Infrared": (5, 0, 1, "bit"),
        "Temperature": (6, 0, 1, "byte"),
        "Alert_2": (8, 1, 1, "bit"),
        "Fault_IR": (9, 3, 1, "bit"),
    }.items():
        expect.equal(place, places[name], f"the place of {name}")


@case(GET, kind="consistency", rules=("r12", "r16", "r17"), needs=("seed", "hardware"))
@pytest.mark.documented
def test_get__positions_lead_to_the_values(gizwits: GizwitsTarget) -> None:
    """Read by the definition's own places, ratio and addition, a frame gives the latest values."""
    user, device = gizwits.bound(gizwits.new_product(PET_HOUSE))
    answer = gizwits.call(GET, query={"product_key": device.product.product_key})
    live = switch_on(gizwits, device)
    latest = send(gizwits, device, live, PET_BUSY, Temperature=25)["attr"]
    status = bytes.fromhex(PET_BUSY)[9:]
    for name, row in attributes(answer.body).items():
        if "uint_spec" not in row:
            continue
        place, spec = row["position"], row["uint_spec"]
        sent = int.from_bytes(status[place["byte_offset"] :][: place["len"]], "big")
        expect.equal(spec["ratio"] * sent + spec["addition"], latest[name], f"the value of {name}")
    expect.equal(user.app_id, gizwits.application.app_id, "the application")


@case(GET, kind="documented", rules=("r13", "r14"), needs=("seed",))
@pytest.mark.documented
def test_get__positions_of_variable_length(gizwits: GizwitsTarget) -> None:
    """In a variable-length product both offsets of every data point are 0."""
    shown = attributes(definition(gizwits, PET_HOUSE_VARIABLE))
    for name, row in shown.items():
        expect.equal(0, row["position"]["bit_offset"], f"bit_offset of {name}", rule=f"{GET}.r13")
        expect.equal(0, row["position"]["byte_offset"], f"byte_offset of {name}", rule=f"{GET}.r14")


@case(GET, kind="documented", rules=("r15",), needs=("seed",))
@pytest.mark.documented
def test_get__units(gizwits: GizwitsTarget) -> None:
    """Bools and enumerations are measured in bits, numbers and extended values in bytes."""
    lengths = {"flag": (1, "bit"), "choice": (2, "bit"), "small": (1, "byte"), "scaled": (2, "byte")}
    lengths |= {"large": (4, "byte"), "text": (4, "byte"), "sensor": (1, "byte"), "seen": (1, "bit")}
    shown = attributes(definition(gizwits))
    places = {name: (shown[name]["position"]["len"], shown[name]["position"]["unit"]) for name in lengths}
    expect.equal(lengths, places, "lengths and units")


@case(GET, kind="documented", rules=("r16", "r17"), needs=("seed", "hardware"))
@pytest.mark.documented
def test_get__ratio_and_addition(gizwits: GizwitsTarget) -> None:
    """A captured frame of a pool meter shows its values after ratio and addition: pH 7.32, 205 mV."""
    user, device = gizwits.bound(gizwits.new_product(POOL_METER))
    answer = gizwits.call(GET, app_id=user.app_id, query={"product_key": device.product.product_key})
    specs = {name: row.get("uint_spec", {}) for name, row in attributes(answer.body).items()}
    expect.equal((0.01, 0), (specs["pH"]["ratio"], specs["pH"]["addition"]), "ratio and addition of pH")
    shown = (specs["redox"]["ratio"], specs["redox"]["addition"])
    expect.equal((1, -2000), shown, "ratio and addition of redox")
    send(gizwits, device, switch_on(gizwits, device), POOL_ANSWER, pH=7.32, redox=205)


@case(GET, kind="consistency", rules=("r18",), errors=(9025,), needs=("seed", "hardware"))
@pytest.mark.documented
def test_get__bounds(gizwits: GizwitsTarget) -> None:
    """A number is accepted up to the definition's min and max, and refused beyond."""
    user, device = gizwits.bound(gizwits.new_product(SPECIMEN))
    answer = gizwits.call(GET, query={"product_key": device.product.product_key})
    spec = attributes(answer.body)["small"]["uint_spec"]
    expect.equal((10, 60), (spec["min"], spec["max"]), "min and max")
    switch_on(gizwits, device)
    for inside in (spec["min"], spec["max"]):
        control(gizwits, user, device, attrs={"small": inside})
    for outside in (spec["min"] - 1, spec["max"] + 1):
        expect.refused(control(gizwits, user, device, attrs={"small": outside}, expected=ANY), 9025)


# The page of the phone.


@case(GET, kind="documented", rules=("r21", "r22", "r30", "r31"), needs=("seed",))
@pytest.mark.documented
def test_get__elements(gizwits: GizwitsTarget) -> None:
    """Every data point has an element that names it."""
    shown = definition(gizwits)
    page = elements(shown)
    expect.equal(sorted(attributes(shown)), sorted(page), "data points with an element", rule=f"{GET}.r21")
    for name, element in page.items():
        expect.equal(f"entity0.{name}", element["key"], "key", rule=f"{GET}.r21")
        expect.one_of(ELEMENTS, element["type"], "type", rule=f"{GET}.r22")
        expect.equal("entity0", element["object"]["action"], "object.action", rule=f"{GET}.r30")
        expect.equal([f"entity0.{name}"], element["object"]["bind"], "object.bind", rule=f"{GET}.r31")


@case(GET, kind="documented", rules=("r22",), needs=("seed",))
@pytest.mark.inferred
def test_get__element_types(gizwits: GizwitsTarget) -> None:
    """What can be set has the control of its type."""
    page = elements(definition(gizwits))
    wanted = {
        "flag": "QBooleanElement",
        "choice": "QRadioElement",
        "small": FLOAT,
        "text": "QMultilineElement",
    }
    expect.equal(wanted, {name: page[name]["type"] for name in wanted}, "types")


@case(GET, kind="documented", rules=("r23",), needs=("seed",))
@pytest.mark.documented
def test_get__keyboard(gizwits: GizwitsTarget) -> None:
    """keyboardType, where it stands, is NumbersAndPunctuation."""
    kinds = {row["keyboardType"] for row in elements(definition(gizwits)).values() if "keyboardType" in row}
    expect.equal({"NumbersAndPunctuation"}, kinds, "keyboard types")


@case(GET, kind="documented", needs=("seed",))
@pytest.mark.documented
@pytest.mark.parametrize(
    ("member", "kind", "wanted"),
    [
        pytest.param("maxLength", "QMultilineElement", 8, marks=pytest.mark.covers(rules=("r24",))),
        pytest.param(
            "items", "QRadioElement", ["one", "two", "three"], marks=pytest.mark.covers(rules=("r25",))
        ),
        pytest.param("boolValue", "QBooleanElement", False, marks=pytest.mark.covers(rules=("r26",))),
        pytest.param("bind", FLOAT, "floatValue:float", marks=pytest.mark.covers(rules=("r27",))),
        pytest.param("value", FLOAT, 0, marks=pytest.mark.covers(rules=("r29",))),
    ],
    ids=["maxLength", "items", "boolValue", "bind", "value"],
)
def test_get__member_of_one_type(gizwits: GizwitsTarget, member: str, kind: str, wanted: Any) -> None:
    """The member stands in the elements of its type, with its fixed value, and nowhere else."""
    for name, value in only_for(definition(gizwits), member, kind).items():
        expect.equal(wanted, value, f"{member} of {name}")


@case(GET, kind="documented", rules=("r28",), needs=("seed",))
@pytest.mark.documented
def test_get__float_bounds(gizwits: GizwitsTarget) -> None:
    """MaximumValue and minimumValue stand with QFloatElement only and bound the shown value."""
    shown = definition(gizwits)
    highest = only_for(shown, "maximumValue", FLOAT)
    lowest = only_for(shown, "minimumValue", FLOAT)
    expect.equal((10, 60), (lowest["small"], highest["small"]), "bounds of small")
    expect.equal((-20, 480), (lowest["scaled"], highest["scaled"]), "bounds of scaled")


@case(GET, kind="documented", rules=("r32",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.30")
def test_get__permission(gizwits: GizwitsTarget) -> None:
    """object.perm is W, R, N or E by the access; published definitions give N to read-only elements."""
    page = elements(definition(gizwits))
    access = {row["name"]: row["access"] for row in SPECIMEN["datapoints"]}
    shown = {name: element["object"]["perm"] for name, element in page.items()}
    wanted = {name: LETTERS[each] for name, each in access.items()}
    public = {name: "N" if access[name] == "readonly" else letter for name, letter in wanted.items()}
    expect.either(
        "gizwits.contra.30",
        a=lambda: expect.equal(wanted, shown, "perm"),
        b=lambda: expect.equal(public, shown, "perm"),
    )


@case(GET, kind="documented", rules=("r33",), needs=("seed",))
@pytest.mark.contradictory("gizwits.contra.29")
@pytest.mark.parametrize("name", ["flag", "choice", "small", "scaled", "text", "sensor"])
def test_get__unit_specification(gizwits: GizwitsTarget, name: str) -> None:
    """min, max and step of object, named unit_spec or uint_spec, stand with QFloatElement only."""
    element = elements(definition(gizwits))[name]
    spec = element["object"].get("unit_spec") or element["object"].get("uint_spec")
    expect.equal(element["type"] == FLOAT, spec is not None, f"{name} has a unit spec")
    if spec is not None:
        expect.equal({"min", "max", "step"}, spec.keys() & {"min", "max", "step"}, "members of the unit spec")
