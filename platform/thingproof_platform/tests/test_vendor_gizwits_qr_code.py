"""Binding by QR code: what a code says, and what is none (gizwits.md:728, 941)."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.core.errors import InputError
from thingproof_platform.tests.builders import AIR_CONDITIONER, BINARY, Cloud
from thingproof_platform.vendors.gizwits import DIALECT
from thingproof_platform.vendors.gizwits.service import qr_code

MAC = "accf2350d446"


def _code(cloud: Cloud, key: str = AIR_CONDITIONER["product_key"], mac: str = MAC) -> str:
    return qr_code.content(cloud.world.things.products.rows[key], mac)


def _scan(cloud: Cloud, content: Any, token: str | None = None, **members: Any) -> int:
    return cloud.code("bindings.bind_latest", {"qr_content": content, **members}, token=token)


def test_a_code_binds_as_the_address_does() -> None:
    """Same device, same roles, empty answer; a second scan changes nothing."""
    cloud = Cloud()
    bob = cloud.user("bob")
    answer = cloud.call("bindings.bind_latest", {"qr_content": _code(cloud)})
    assert (answer.status, answer.body) == (201, None)
    assert _scan(cloud, _code(cloud), bob) == 0
    assert _scan(cloud, _code(cloud), set_owner=1) == 0
    shown = [cloud.call("devices.get", token=token).body for token in (cloud.token, bob)]
    assert [device["role"] for device in shown] == ["special", "normal"]
    assert {device["mac"] for device in shown} == {MAC}


def test_codes_of_shared_devices() -> None:
    """The first user owns the device, the next one is refused (gizwits.md:718)."""
    cloud = Cloud()
    content = _code(cloud, BINARY["product_key"], "ffffffffffff")
    assert _scan(cloud, content) == 0
    assert cloud.call("devices.get", did="display").body["role"] == "owner"
    assert _scan(cloud, content, cloud.user("bob")) == 9092


def test_seeding_tells_the_code_and_it_stays() -> None:
    """The same device has the same code, whenever it is seeded; it shows neither key nor address."""
    cloud = Cloud()
    row = {"product_key": AIR_CONDITIONER["product_key"], "mac": MAC}
    contents = {DIALECT.seed(cloud.world, {"devices": [row]})["devices"][0]["qr_content"] for _ in range(2)}
    assert contents == {_code(cloud)}
    (content,) = contents
    assert content.isascii()
    assert MAC not in content
    assert AIR_CONDITIONER["product_key"] not in content
    cloud.restart()
    assert _scan(cloud, content) == 0


def test_codes_are_made_before_their_devices() -> None:
    """A code for an address binds as soon as a device has it; of an unknown product there is none."""
    cloud = Cloud()
    row = {"product_key": AIR_CONDITIONER["product_key"], "mac": "000000000001"}
    (made,) = DIALECT.seed(cloud.world, {"qr_codes": [row]})["qr_codes"]
    assert _scan(cloud, made["qr_content"]) == 9014
    DIALECT.seed(cloud.world, {"devices": [row]})
    assert _scan(cloud, made["qr_content"]) == 0
    with pytest.raises(InputError, match="no product") as refused:
        DIALECT.seed(cloud.world, {"qr_codes": [row | {"product_key": "unknown"}]})
    assert refused.value.field == "qr_codes[0].product_key"


def test_every_changed_letter_is_noticed() -> None:
    """A code with another letter is none, nor is a part of one, or one with more behind it."""
    cloud = Cloud()
    made = _code(cloud)
    for place, letter in enumerate(made[:-1]):  # the last one carries unused bits
        changed = made[:place] + ("A" if letter != "A" else "B") + made[place + 1 :]
        assert _scan(cloud, changed) == 9040, place
    for other in (made[:-1], made[:22], made + "AAAA", made[1:], made[::-1]):
        assert _scan(cloud, other) == 9040


@pytest.mark.parametrize(
    "content",
    ["hello", f"{AIR_CONDITIONER['product_key']},{MAC}", "ключ", "A" * 600, "====", "\u0000", "A" * 21],
)
def test_texts_that_are_no_codes(content: str) -> None:
    """A clear refusal whatever was scanned."""
    assert _scan(Cloud(), content) == 9040


@pytest.mark.parametrize("content", ["", None, 5, ["x"]])
@pytest.mark.parametrize("validates", [True, False])
def test_forms_without_content(content: Any, validates: bool) -> None:
    """Empty or no text at all is a bad form."""
    cloud = Cloud(validates=validates)
    assert _scan(cloud, content) == 9015


@pytest.mark.parametrize("given", [2, "yes", True, [1]])
def test_set_owner_is_nought_or_one(given: Any) -> None:
    """As in binding by MAC address."""
    cloud = Cloud()
    assert _scan(cloud, _code(cloud), set_owner=given) == 9015


def test_codes_of_what_is_not_there() -> None:
    """A good code of no device, of a deregistered one, of a product with another secret."""
    cloud = Cloud()
    assert _scan(cloud, _code(cloud, mac="000000000000")) == 9014
    content = _code(cloud)
    cloud.world.things.set_disabled("gizwits", cloud.did, disabled=True)
    assert _scan(cloud, content) == 9023
    changed = AIR_CONDITIONER | {"product_secret": "0" * 32}
    DIALECT.seed(cloud.world, {"products": [changed]})
    assert _scan(cloud, content) == 9040


def test_a_code_of_one_product_is_none_of_another() -> None:
    """Two products with a device of one MAC address each have codes of their own."""
    cloud = Cloud()
    DIALECT.seed(
        cloud.world,
        {"devices": [{"product_key": BINARY["product_key"], "mac": MAC, "did": "twin"}]},
    )
    assert _scan(cloud, _code(cloud, BINARY["product_key"])) == 0
    assert cloud.code("devices.get", did="twin") == 0
    assert cloud.code("devices.get") == 9017
