"""The application's and the network's ends of the queues, over whatever broker a hostUri names.

Every message that is read is judged by the contract, as every answer is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thingproof_conformance import wallclock
from thingproof_conformance.client import encode_json, parse_json
from thingproof_conformance.events import Arrival
from thingproof_conformance.recorder import RECORDER
from thingproof_conformance.verdicts import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thingproof_conformance.names import Names
    from thingproof_conformance.vendors.sylvia.queue_clients import Message, QueueClient
    from thingproof_conformance.vendors.sylvia.subjects import Device
    from thingproof_contracts import Contract

PATIENCE_S: Final = 5.0
BOTH_WAYS: Final = "up and down"


class QueueSide:
    """One end of the queues of an application or a network.

    Args:
        client: a connection to the message broker; it receives the kinds of EVENTS.
        queue: what the queues' names begin with.
    """

    EVENTS: Mapping[str, str] = {}
    """Kind of message this end receives, as the queue's name ends -> the event it shows."""

    def __init__(self, client: QueueClient, queue: str, contract: Contract, names: Names) -> None:
        self.queue = queue
        self._client = client
        self._contract = contract
        self._names = names
        self._sent: list[tuple[float, str, bytes]] = []
        for kind in self.EVENTS:
            client.subscribe(self.name(kind))
        RECORDER.frame_sources.append(self._rows)

    def name(self, kind: str) -> str:
        """The name of a queue."""
        return f"{self.queue}.{kind}"

    def send(self, kind: str, payload: Mapping[str, Any] | bytes) -> None:
        """Put a message into a queue; bytes go out as they are."""
        raw = payload if isinstance(payload, bytes) else encode_json(payload)
        self._sent.append((wallclock.elapsed(), self.name(kind), raw))
        self._client.publish(self.name(kind), raw)

    def messages(self, kind: str) -> list[dict[str, Any]]:
        """What arrived in a queue so far, oldest first."""
        return [arrival.payload for arrival in self._arrivals(0) if arrival.event == self.EVENTS[kind]]

    def wait(self, kind: str, count: int = 1, timeout_s: float = PATIENCE_S) -> list[dict[str, Any]]:
        """Wait until so many messages arrived in a queue; a finding when they do not."""
        wallclock.wait_until(lambda: len(self.messages(kind)) >= count, timeout_s)
        found = self.messages(kind)
        if len(found) < count:
            raise Finding(
                f"{self.EVENTS[kind]} did not arrive",
                expected=f"{count} on {self.name(kind)}",
                actual=found,
                rule=RECORDER.rule(),
                kind="missing",
            )
        RECORDER.events.add(self.EVENTS[kind])
        return found

    def source(self, *kinds: str) -> Callable[[], list[Arrival]]:
        """What arrives from now on, of some kinds or of all, for `events.watch`."""
        begun = len(self._client.received)
        wanted = {self.EVENTS[kind] for kind in kinds or self.EVENTS}
        return lambda: [arrival for arrival in self._arrivals(begun) if arrival.event in wanted]

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _arrivals(self, begun: int) -> list[Arrival]:
        return [self._arrival(message) for message in self._client.received[begun:]]

    def _arrival(self, message: Message) -> Arrival:
        event = self.EVENTS[message.queue.removeprefix(f"{self.queue}.")]
        payload = parse_json(message.raw)
        problems = self._contract.check_message(event, payload)
        if problems:
            raise Finding(
                f"{event} is outside of its contract: {problems[0].message}",
                expected=f"a message of {event} as its contract describes it",
                actual=message.raw.decode("utf-8", "replace"),
                rule=RECORDER.rule(),
                kind="shape",
            )
        return Arrival(message.at, event, payload)

    def _rows(self) -> list[dict[str, Any]]:
        """The messages as evidence: what the broker sent is up for an application, down for a network."""
        rows = [(message.at, "received", message.queue, message.raw) for message in self._client.received]
        rows += [(at, "sent", queue, raw) for at, queue, raw in self._sent]
        return [
            {
                "direction": direction,
                "topic": queue,
                "hex": raw.hex(),
                "meaning": raw.decode("utf-8", "replace"),
            }
            for _, direction, queue, raw in sorted(rows)
        ]


class ApplicationSide(QueueSide):
    """The application's end: it gets data of devices and sends data to them."""

    EVENTS = {  # noqa: RUF012 - a mapping nobody changes
        "uldata": "sylvia.event.app_uldata",
        "dldata-resp": "sylvia.event.app_dldata_resp",
        "dldata-result": "sylvia.event.app_dldata_result",
    }

    def downlink(self, **fields: Any) -> dict[str, Any]:
        """Send data to a device and wait for the broker's word about them.

        fields: deviceId, or networkCode and networkAddr; data (hexadecimal), extension, correlationId.
        """
        message = {"correlationId": self._names.text("correlation"), "data": "c0de", **fields}
        self.send("dldata", message)
        wanted = message["correlationId"]

        def answers() -> list[dict[str, Any]]:
            return [each for each in self.messages("dldata-resp") if each["correlationId"] == wanted]

        if not wallclock.wait_until(lambda: bool(answers()), PATIENCE_S):
            raise Finding(
                "sylvia.event.app_dldata_resp did not arrive",
                expected=wanted,
                actual=self.messages("dldata-resp"),
                rule=RECORDER.rule(),
                kind="missing",
            )
        RECORDER.events |= {"sylvia.event.app_dldata", "sylvia.event.app_dldata_resp"}
        return answers()[0]

    def results(self, data_id: str) -> list[dict[str, Any]]:
        """What the broker told about sent data so far."""
        return [each for each in self.messages("dldata-result") if each["dataId"] == data_id]


class NetworkSide(QueueSide):
    """The network's end: it hands in what devices report and delivers data to them."""

    EVENTS = {  # noqa: RUF012 - a mapping nobody changes
        "dldata": "sylvia.event.net_dldata",
        "ctrl": "sylvia.event.net_ctrl",
    }

    def uplink(self, device: Device | str, data: str = "010203", **fields: Any) -> dict[str, Any]:
        """Hand in what a device reported, named by itself or its address; gives the message sent."""
        address = device if isinstance(device, str) else device.network_addr
        message = {"time": "2024-02-29T12:34:56.789Z", "networkAddr": address, "data": data, **fields}
        self.send("uldata", message)
        return message

    def result(self, data_id: str, status: int, message: str | None = None) -> None:
        """Report about data: 0 delivered, below 0 on the way, above 0 failed."""
        told = {} if message is None else {"message": message}
        self.send("dldata-result", {"dataId": data_id, "status": status, **told})


class DataSide(QueueSide):
    """The data module's end: copies of all data."""

    EVENTS = {"data": "sylvia.event.data_channel"}  # noqa: RUF012 - a mapping nobody changes


class InstanceSide(QueueSide):
    """Another instance's end of the channel between instances of a broker."""

    EVENTS = dict.fromkeys(
        ("unit", "application", "network", "device", "device-route", "network-route"),
        "sylvia.event.ctrl_channel",
    )

    def notices(self) -> list[dict[str, Any]]:
        """What was told so far, oldest first."""
        return self.messages("unit")
