"""The other ends of Sylvia's queues: what applications and networks do, over MQTT and AMQP, for tests."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import threading
import uuid
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

import aiormq
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from thingproof_platform.network.sylvia_queues import application_queue, network_queue
from thingproof_platform.tests.clients import PATIENCE_S, call, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thingproof_platform.tests.clients import Cloud

AMQP_URI = os.environ.get("THINGPROOF_AMQP", "amqp://guest:guest@127.0.0.1:5672")


def amqp_answers() -> bool:
    """Whether a message broker listens at the AMQP address."""
    host, _, port = AMQP_URI.rpartition("@")[2].partition("/")[0].rpartition(":")
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((host, int(port))) == 0


needs_amqp = pytest.mark.skipif(not amqp_answers(), reason=f"no AMQP broker answers at {AMQP_URI}")


class End(Protocol):
    """A client of a message broker."""

    def receive(self, *names: str) -> None:
        """Take the messages of these queues from now on; returns when the broker has granted it."""
        ...

    def send(self, name: str, message: Any) -> None:
        """Put a message in: JSON of anything, bytes as they are."""
        ...

    def got(self, name: str, count: int = 1) -> list[Any]:
        """Wait for so many messages of a queue; all of them so far."""
        ...

    def close(self) -> None:
        """End the connection; queues that were used are deleted where they stay otherwise."""
        ...


class _Mailbox:
    """Messages by queue."""

    def __init__(self) -> None:
        self._messages: dict[str, list[Any]] = {}
        self._lock = threading.Lock()

    def put(self, name: str, payload: bytes) -> None:
        with self._lock:
            self._messages.setdefault(name, []).append(json.loads(payload))

    def of(self, name: str) -> list[Any]:
        with self._lock:
            return list(self._messages.get(name, ()))

    def got(self, name: str, count: int = 1) -> list[Any]:
        """Wait for messages."""
        wait_until(lambda: len(self.of(name)) >= count, f"{count} messages on {name}")
        return self.of(name)


class MqttEnd(_Mailbox):
    """A client of an MQTT broker.

    Args:
        uri: `mqtt://host:port`.
        share: receives through a shared subscription of this group.
    """

    def __init__(self, uri: str, share: str = "") -> None:
        super().__init__()
        host, _, port = uri.removeprefix("mqtt://").rpartition(":")
        self._prefix = f"$share/{share}/" if share else ""
        self._granted = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda _client, _data, message: self.put(
            message.topic, bytes(message.payload)
        )
        self._client.on_subscribe = lambda *_: self._granted.set()
        self._client.max_inflight_messages_set(0)
        self._client.connect(host, int(port))
        self._client.loop_start()

    def receive(self, *names: str) -> None:
        """Subscribe."""
        self._granted.clear()
        self._client.subscribe([(self._prefix + name, 1) for name in names])
        assert self._granted.wait(PATIENCE_S)

    def send(self, name: str, message: Any) -> None:
        """Publish with QoS 1."""
        self._client.publish(name, _bytes(message), 1).wait_for_publish(PATIENCE_S)

    def send_all(self, name: str, messages: list[Any]) -> None:
        """Publish without waiting for each."""
        for last in [self._client.publish(name, _bytes(message), 1) for message in messages]:
            last.wait_for_publish(PATIENCE_S)

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


class AmqpEnd(_Mailbox):
    """A client of an AMQP broker, in a loop of its own; it deletes the queues it used at the end."""

    def __init__(self, uri: str) -> None:
        super().__init__()
        self._used: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._run(self._open(uri))

    async def _open(self, uri: str) -> None:
        self._connection = await aiormq.connect(uri)
        self._channel = await self._connection.channel()

    def receive(self, *names: str) -> None:
        """Declare and consume."""
        self._used.update(names)
        self._run(self._receive(names))

    async def _receive(self, names: tuple[str, ...]) -> None:
        for name in names:
            await self._channel.queue_declare(name, durable=True)
            await self._channel.basic_consume(name, self._take, no_ack=True)

    async def _take(self, message: Any) -> None:
        self.put(message.delivery.routing_key, message.body)

    def send(self, name: str, message: Any) -> None:
        """Publish to the default exchange."""
        self.send_all(name, [message])

    def send_all(self, name: str, messages: list[Any]) -> None:
        """Publish in order."""
        self._used.add(name)
        self._run(self._send(name, messages))

    async def _send(self, name: str, messages: list[Any]) -> None:
        await self._channel.queue_declare(name, durable=True)
        for message in messages:
            await self._channel.basic_publish(_bytes(message), routing_key=name)

    def depth(self, name: str) -> int:
        """How many messages lie in a queue."""

        async def ask() -> int:
            channel = await self._connection.channel()
            answer = await channel.queue_declare(name, durable=True)
            await channel.close()
            return answer.message_count or 0

        self._used.add(name)
        return int(self._run(ask()))

    def delete(self, *names: str) -> None:
        """Delete queues."""

        async def delete() -> None:
            for name in names:
                await self._channel.queue_delete(name)

        self._run(delete())

    def use(self, *names: str) -> None:
        """Note queues to be deleted at the end."""
        self._used.update(names)

    def close(self) -> None:
        """Delete the queues, disconnect."""
        with suppress(Exception):
            self.delete(*self._used)
        self._run(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S * 2)


def _bytes(message: Any) -> bytes:
    return message if isinstance(message, bytes) else json.dumps(message).encode()


class Cable:
    """A TCP connection between the platform and a message broker that can be cut and mended.

    Args:
        uri: of the broker; `uri` of the cable is the same by way of the cable.
        tls: makes it a TLS connection up to the cable, with this certificate.
    """

    def __init__(self, uri: str, tls: ssl.SSLContext | None = None) -> None:
        scheme, _, place = uri.partition("://")
        self._tls = tls
        scheme += "s" if tls else ""
        credentials, at, target = place.rpartition("@")
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = int(self._listener.getsockname()[1])
        self.uri = f"{scheme}://{credentials}{at}127.0.0.1:{self._port}"
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                if self._tls is not None:
                    try:
                        near = self._tls.wrap_socket(near, server_side=True)
                    except ssl.SSLError:  # who connects does not trust the certificate
                        near.close()
                        continue
                far = socket.create_connection(self._target)
                self._open |= {near, far}
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """End every connection, refuse new ones."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def mend(self) -> None:
        """Let connections through again, on the same port."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._serve()


class Estate:
    """A unit with an application and a network of fresh codes at a message broker, made over the surface.

    Args:
        cloud: the platform.
        uri: of the message broker.
        public: make the network a public one.
    """

    def __init__(self, cloud: Cloud, uri: str, *, public: bool = False) -> None:
        self.cloud, self.uri = cloud, uri
        self.code = f"t{uuid.uuid4().hex[:12]}"  # noqa: TID251 - foreign brokers keep what had the same name
        user = {"account": f"{self.code}-user", "roles": ["admin"]}
        seeded = cloud.control(
            "POST",
            "/seed/sylvia",
            {
                "users": [user],
                "units": [{"code": self.code, "owner": user["account"]}],
                "applications": [{"unit": self.code, "code": "app", "hostUri": uri}],
                "networks": [
                    {"unit": None if public else self.code, "code": f"{self.code}-net", "hostUri": uri}
                ],
            },
        )
        self.headers = {"Authorization": f"Bearer {seeded['users'][0]['token']}"}
        self.unit_id = str(seeded["units"][0]["unitId"])
        self.application_id = str(seeded["applications"][0]["applicationId"])
        self.network_id = str(seeded["networks"][0]["networkId"])
        self.network_unit = None if public else self.code

    def app(self, kind: str, code: str = "app") -> str:
        """A queue of an application of the unit."""
        return application_queue(self.code, code, kind)

    def net(self, kind: str) -> str:
        """A queue of the network."""
        return network_queue(self.network_unit, f"{self.code}-net", kind)

    def names(self) -> list[str]:
        """Every queue."""
        applications = ("uldata", "dldata", "dldata-resp", "dldata-result")
        networks = ("uldata", "dldata", "dldata-result", "ctrl")
        return [*map(self.app, applications), *map(self.net, networks)]

    def call(self, method: str, path: str, **data: Any) -> Any:
        """An API call of the admin that has to succeed; `data` of its answer."""
        url = f"{self.cloud.info['vendors']['sylvia']['url']}/broker/api/v1{path}"
        status, _, answer = call(method, url, {"data": data} if data else None, self.headers)
        assert status in (200, 204), (status, answer)
        return answer["data"] if status == 200 else None

    def device(self, address: str, **data: Any) -> str:
        """A device of the network; its id."""
        answer = self.call(
            "POST",
            "/device",
            unitId=self.unit_id,
            networkId=self.network_id,
            networkAddr=address,
            **data,
        )
        return str(answer["deviceId"])

    def route_network(self) -> None:
        """Let the application have the uplinks of every device."""
        self.call("POST", "/network-route", applicationId=self.application_id, networkId=self.network_id)

    def route_device(self, device_id: str) -> None:
        """Let the application have the uplinks of a device."""
        self.call("POST", "/device-route", applicationId=self.application_id, deviceId=device_id)

    def buffers(self) -> list[dict[str, Any]]:
        """The downlinks that wait."""
        return list(self.call("GET", f"/dldata-buffer/list?unit={self.unit_id}&limit=0"))


@contextmanager
def end_at(uri: str) -> Iterator[MqttEnd | AmqpEnd]:
    """A client of the broker at an address for the length of a block."""
    end = AmqpEnd(uri) if uri.startswith("amqp") else MqttEnd(uri)
    try:
        yield end
    finally:
        end.close()
