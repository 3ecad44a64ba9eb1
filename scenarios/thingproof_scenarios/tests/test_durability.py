"""What may be killed in the durability experiment."""

import shutil

import pytest

from thingproof_scenarios.durability.victims import broker_options
from thingproof_scenarios.problems import Misuse


def test_the_broker_needs_mosquitto(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the message says how to get it; with it the platform is told to use it."""
    monkeypatch.setattr(shutil, "which", lambda _name, **_: None)
    with pytest.raises(Misuse, match="mosquitto is not installed: install it"):
        broker_options("broker")
    monkeypatch.setattr(shutil, "which", lambda name, **_: f"/usr/sbin/{name}")
    assert broker_options("broker") == ["--broker", "mosquitto"]
    assert broker_options("platform") == []
