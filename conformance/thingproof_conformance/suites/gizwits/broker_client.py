"""An MQTT client that does what a case says, right or wrong: an app's, or a device's past the simulator."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from thingproof_conformance import expect, wallclock
from thingproof_conformance.suites.gizwits.broker import ACCEPTED, connect, packet
from thingproof_conformance.verdicts import Inconclusive, NotApplicable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

REFUSED = 0x80
PATIENCE_S = 5.0
_PUBLISH, _PUBACK, _SUBSCRIBE, _SUBACK, _PINGREQ, _PINGRESP = 0x30, 0x40, 0x82, 0x90, 0xC0, 0xD0
_NUMBER = struct.Struct(">H")


class BrokerClient:
    """One connection; everything it receives is kept as (topic, payload in hex), in order."""

    def __init__(self, address: str | None, client_id: str, user: str, password: str) -> None:
        self.id = client_id
        self.received: list[tuple[str, str]] = []
        self.ended = False
        self._answers: list[tuple[int, bytes]] = []
        self._buffer = b""
        self._socket, self.code = connect(address, client_id, user, password)

    def close(self) -> None:
        """Close without a word."""
        self._socket.close()

    def subscribe(self, topic_filter: str) -> int:
        """Subscribe at QoS 1; the granted QoS, or REFUSED."""
        self._send(_SUBSCRIBE, _NUMBER.pack(7) + _text(topic_filter) + b"\x01")
        return self._answer(_SUBACK)[2]

    def publish(self, topic: str, frame: str) -> None:
        """Publish a frame, given in hex, and wait until the broker has taken it."""
        self._send(_PUBLISH | 0x02, _text(topic) + _NUMBER.pack(8) + bytes.fromhex(frame))
        self._answer(_PUBACK)

    def settle(self) -> None:
        """A round trip: what was sent to this client before has arrived."""
        self._send(_PINGREQ, b"")
        self._answer(_PINGRESP)

    def wait_for(self, wanted: Callable[[str, str], bool]) -> bool:
        """Wait for a message; false when none comes in time or the connection ends."""
        return self._until(lambda: any(wanted(*message) for message in self.received))

    def wait_end(self) -> bool:
        """Wait until the broker ends the connection."""
        return self._until(lambda: False) or self.ended

    def frames(self, topic: str) -> list[str]:
        """The frames that came on a topic so far."""
        return [frame for name, frame in self.received if name == topic]

    def _send(self, head: int, body: bytes) -> None:
        self._socket.sendall(packet(head, body))

    def _answer(self, kind: int) -> bytes:
        """The next answer of a kind; a finding when the broker gives none."""
        if not self._until(lambda: any(head == kind for head, _ in self._answers)):
            said = "the connection ended" if self.ended else "nothing"
            expect.fail("the broker does not answer", expected=f"packet {kind:#04x}", actual=said)
        place = next(index for index, (head, _) in enumerate(self._answers) if head == kind)
        return self._answers.pop(place)[1]

    def _until(self, condition: Callable[[], bool]) -> bool:
        deadline = wallclock.elapsed() + PATIENCE_S
        while not condition():
            left = deadline - wallclock.elapsed()
            if left <= 0 or self.ended:
                return False
            self._read(left)
        return True

    def _read(self, seconds: float) -> None:
        self._socket.settimeout(max(seconds, 0.01))
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return
        except OSError:
            data = b""
        self.ended = not data
        self._buffer += data
        while (found := self._packet()) is not None:
            self._take(*found)

    def _packet(self) -> tuple[int, bytes] | None:
        """The next whole packet of the buffer."""
        length = 0
        for place, byte in enumerate(self._buffer[1:5]):
            length |= (byte & 0x7F) << (7 * place)
            if not byte & 0x80:
                start = place + 2
                if len(self._buffer) < start + length:
                    return None
                head, body = self._buffer[0], self._buffer[start : start + length]
                self._buffer = self._buffer[start + length :]
                return head, body
        return None

    def _take(self, head: int, body: bytes) -> None:
        if head & 0xF0 != _PUBLISH:
            self._answers.append((head, body))
            return
        end = 2 + _NUMBER.unpack_from(body)[0]
        topic, rest = body[2:end].decode(), body[end:]
        if head & 0x06:
            self._send(_PUBACK, rest[:2])
            rest = rest[2:]
        self.received.append((topic, rest.hex()))


def app_of(
    gizwits: GizwitsTarget,
    user: User,
    *,
    secure: bool = False,
    client_id: str = "",
    changes: Mapping[str, str] | None = None,
) -> BrokerClient:
    """An app at the broker as published apps log in; `changes` replaces appid, uid or token."""
    gizwits.need("hardware")
    address = gizwits.part.mqtts if secure else gizwits.part.mqtt
    if address is None:
        raise NotApplicable("the target names no address for MQTT over TLS")
    login = {"appid": user.app_id, "uid": user.uid, "token": user.token} | dict(changes or {})
    name = client_id or f"usr{gizwits.names.hex(20)}"
    client = BrokerClient(address, name, f"2${login['appid']}${login['uid']}", login["token"])
    gizwits.close_later(client.close)
    return client


def listener(
    gizwits: GizwitsTarget, user: User, device: Device, *, secure: bool = False, client_id: str = ""
) -> BrokerClient:
    """An app that hears what a device tells all, and what it answers to the app."""
    client = app_of(gizwits, user, secure=secure, client_id=client_id)
    expect.equal(ACCEPTED, client.code, "return code of an app's login")
    for topic in (f"dev2app/{device.did}", f"dev2app/{device.did}/{client.id}"):
        expect.true(client.subscribe(topic) != REFUSED, f"the app may subscribe to {topic}", actual="refused")
    return client


def bare_device(gizwits: GizwitsTarget, device: Device) -> BrokerClient:
    """A device at the broker that says only what the case says."""
    gizwits.need("hardware")
    client = BrokerClient(gizwits.part.mqtt, device.did, device.did, device.passcode)
    gizwits.close_later(client.close)
    if client.code != ACCEPTED:
        raise Inconclusive(f"device {device.did} cannot log in: {client.code}")
    return client


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _NUMBER.pack(len(encoded)) + encoded
