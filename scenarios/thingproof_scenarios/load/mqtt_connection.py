"""Locust's MQTT client with one row per kind of message, not one per device. Loaded by locust only.

Selectors instead of ``select()`` let a process hold more than 338 connections.
"""

from collections.abc import Callable
from typing import Any

from locust.contrib.mqtt import MqttClient
from locust.runners import STATE_RUNNING, STATE_SPAWNING
from paho.mqtt.enums import CallbackAPIVersion

KEEP_ALIVE_S = 120


class LoadConnection(MqttClient):  # type: ignore[misc]  # locust is not typed
    """One piece of hardware at its broker.

    Args:
        environment: locust's.
        client_id: as whom it logs in.
        what: how its rows begin, e.g. ``device``.
        publishing: the row of its messages, e.g. ``device report``.
        logged_in: called after every successful login.
    """

    def __init__(
        self, environment: Any, client_id: str, *, what: str, publishing: str, logged_in: Callable[[], None]
    ) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION1,
            environment=environment,
            client_id=client_id,
            use_loop_selectors=True,
        )
        self.what = what
        self.publishing = publishing
        self.logged_in = logged_in

    def start(self, host: str, port: int) -> None:
        """Log in and stay."""
        self.connect_async(host, port, KEEP_ALIVE_S)
        self.loop_start()

    def stop(self) -> None:
        """Log out."""
        self.disconnect()
        self.loop_stop()

    def running(self) -> bool:
        """Whether the load still runs; at its end everything goes away."""
        return self.environment.runner.state in {STATE_RUNNING, STATE_SPAWNING}

    def fire(self, name: str, problem: Exception | None, milliseconds: float = 0) -> None:
        """Count an event under a name, with the time it took if it took any."""
        self.environment.events.request.fire(
            request_type="MQTT",
            name=name,
            response_time=milliseconds,
            response_length=0,
            exception=problem,
            context={},
        )

    def _generate_event_name(self, event_type: str, _qos: int, _topic: str) -> str:
        return self.publishing if event_type == "publish" else f"{self.what} {event_type}"

    def _on_connect_cb(self, _client: Any, _userdata: Any, _flags: Any, code: Any) -> None:
        if code != 0:
            self.fire(f"{self.what} connect", ConnectionError(f"refused with code {code}"))
        else:
            self.logged_in()

    def _on_disconnect_cb(self, _client: Any, _userdata: Any, code: Any) -> None:
        if code != 0 and self.running():
            self.fire(f"{self.what} disconnect", ConnectionError(f"connection lost, code {code}"))
