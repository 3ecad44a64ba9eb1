"""Seeding: completed rows, idempotence, clear errors."""

from __future__ import annotations

from typing import Any

import pytest

from thingproof_platform.core.errors import InputError
from thingproof_platform.tests.builders import AIR_CONDITIONER, PASSWORD, Cloud
from thingproof_platform.vendors.gizwits import DIALECT

_KEY = AIR_CONDITIONER["product_key"]


def test_rows_come_back_completed() -> None:
    """Whatever is left out is drawn, in the shapes of the document."""
    cloud = Cloud()
    product = {name: value for name, value in AIR_CONDITIONER.items() if not name.startswith("product_")}
    done = DIALECT.seed(
        cloud.world,
        {
            "applications": [{}],
            "products": [product],
            "devices": [{"product_key": _KEY, "mac": "new"}],
            "users": [{"username": "bob", "password": PASSWORD}],
            "bindings": [{"username": "bob", "did": cloud.did}],
        },
    )
    assert len(done["applications"][0]["app_id"]) == len(done["applications"][0]["app_secret"]) == 32
    assert len(done["products"][0]["product_key"]) == len(done["products"][0]["product_secret"]) == 32
    assert (len(done["devices"][0]["did"]), len(done["devices"][0]["passcode"])) == (22, 10)
    (user,), (binding,) = done["users"], done["bindings"]
    assert cloud.call("users.get", token=user["token"]).body["uid"] == user["uid"] == binding["uid"]
    assert binding["role"] == "special"


def test_seeding_twice_changes_nothing() -> None:
    """Equal ids are the same rows: device, user, binding, product."""
    cloud = Cloud()
    data: dict[str, Any] = {
        "applications": [{"app_id": "app", "app_secret": "secret"}],
        "products": [AIR_CONDITIONER],
        "devices": [{"product_key": _KEY, "mac": "accf2350d446"}],
        "users": [{"app_id": "app", "username": "ann", "password": PASSWORD}],
        "bindings": [{"uid": cloud.uid, "did": cloud.did, "role": "guest"}],
    }
    first, second = DIALECT.seed(cloud.world, data), DIALECT.seed(cloud.world, data)
    assert first["devices"] == second["devices"]
    assert first["devices"][0]["did"] == cloud.did
    assert first["users"][0]["uid"] == second["users"][0]["uid"] == cloud.uid
    assert len(cloud.call("bindings.list").body["devices"]) == 1
    assert cloud.call("devices.get").body["role"] == "guest"


def test_applications_without_list_see_later_products() -> None:
    """Absent products means all, also those seeded afterwards."""
    cloud = Cloud()
    done = DIALECT.seed(cloud.world, {"products": [AIR_CONDITIONER | {"product_key": "f" * 32}]})
    assert cloud.code("datapoint.get", query={"product_key": done["products"][0]["product_key"]}) == 0


def test_disabled_devices_can_be_seeded() -> None:
    """A deregistered device from the start."""
    cloud = Cloud(devices=[{"product_key": _KEY, "mac": "accf2350d446", "is_disabled": True}])
    assert cloud.bind().body["error_code"] == 9023


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"aplications": []}, "body"),
        ({"users": [{"phone": 5}]}, "users[0].phone"),
        ({"users": [{}]}, "users[0].username"),
        ({"users": [{"username": "x", "app_id": "nobody"}]}, "users[0].app_id"),
        ({"applications": [{"region": "moon"}]}, "applications[0].region"),
        ({"products": [{"name": "x"}]}, "products[0]"),
        ({"products": [{"name": "x", "datapoints": [{"name": "a", "type": "float"}]}]}, "products[0]"),
        ({"devices": [{"product_key": "no", "mac": "m"}]}, "devices[0].product_key"),
        ({"devices": [{"product_key": _KEY, "mac": "m", "did": "display"}]}, "devices[0].did"),
        ({"devices": [{"product_key": _KEY, "mac": "accf2350d446", "did": "other"}]}, "devices[0].did"),
        ({"bindings": [{"did": "nothing"}]}, "bindings[0].did"),
        ({"bindings": [{"did": "display", "uid": "no"}]}, "bindings[0].uid"),
        ({"bindings": [{"did": "display", "username": "no"}]}, "bindings[0].username"),
        ({"bindings": [{"did": "display", "role": "king"}]}, "bindings[0].role"),
    ],
)
def test_errors_name_the_member(data: dict[str, Any], field: str) -> None:
    """The message says where and what to do."""
    with pytest.raises(InputError) as caught:
        DIALECT.seed(Cloud().world, data)
    assert caught.value.field == field
    assert caught.value.remedy
