"""The test control surface of a target: its clock, seeding, outbox and faults."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thingproof_conformance.client import HttpClient, encode_json, parse_json
from thingproof_conformance.verdicts import Finding, Inconclusive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class ControlError(Inconclusive):
    """The control surface refused or broke; a precondition of the case is missing."""


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message the platform would have sent: kind is sms, email or captcha."""

    id: str
    kind: str
    to: str
    text: str
    code: str | None
    at: float


class ControlClient:
    """Calls to the control surface; also usable outside of a case."""

    def __init__(self, url: str, token: str, *, timeout_s: float = 60.0) -> None:
        self._http = HttpClient(url, timeout_s=timeout_s)
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self.moved_clock = False
        self.active_faults: set[str] = set()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def health(self) -> Any:
        """What the platform says about itself."""
        return self._call("GET", "/health")

    def reset(self) -> None:
        """Forget everything: data, faults and outbox; the clock is the wall clock again."""
        self._call("POST", "/reset", {})
        self.moved_clock = False
        self.active_faults.clear()

    def seed(self, vendor: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Create applications, products, devices and users; gives them back completed."""
        return dict(self._call("POST", f"/seed/{vendor}", data))

    def clock(self) -> float:
        """The platform's time, seconds since 1970."""
        return float(self._call("GET", "/clock")["now"])

    def clock_mode(self) -> str:
        """`running` or `frozen`."""
        return str(self._call("GET", "/clock")["mode"])

    def set_clock(self, now: float) -> float:
        """Set the time (seconds since 1970); work that became due runs before this returns."""
        return self._move("PUT", "/clock", {"now": now})

    def advance(self, seconds: float) -> int:
        """Move the time forward; tells how many pieces of due work ran."""
        self.moved_clock = True
        return int(self._call("POST", "/clock/advance", {"seconds": seconds})["ran"])

    def freeze(self, at: float | None = None) -> float:
        """Stop the clock, now or at exactly a time; gives the time."""
        moment = {} if at is None else {"now": at}
        return self._move("PUT", "/clock", {"mode": "frozen", **moment})

    def resume(self) -> float:
        """Let the clock run on from where it stands."""
        return self._move("PUT", "/clock", {"mode": "running"})

    def outbox(self, kind: str | None = None, to: str | None = None) -> list[OutboxMessage]:
        """Messages that would have been sent, oldest first."""
        query = {name: value for name, value in (("kind", kind), ("to", to)) if value is not None}
        rows = self._call("GET", "/outbox", query=query)["messages"]
        return [
            OutboxMessage(
                str(row["id"]), row["kind"], row["to"], row["text"], row.get("code"), float(row["at"])
            )
            for row in rows
        ]

    def clear_outbox(self) -> None:
        """Forget all messages."""
        self._call("DELETE", "/outbox")

    def faults(self) -> dict[str, Any]:
        """The catalogue of faults and the active ones."""
        return dict(self._call("GET", "/faults"))

    def set_fault(self, name: str, **parameters: Any) -> None:
        """Switch a fault on until `clear_fault`."""
        self._call("PUT", f"/faults/{name}", parameters)
        self.active_faults.add(name)

    def clear_fault(self, name: str) -> None:
        """Switch a fault off."""
        self._call("DELETE", f"/faults/{name}")
        self.active_faults.discard(name)

    @contextmanager
    def fault(self, name: str, **parameters: Any) -> Iterator[None]:
        """A fault for the length of a `with` block."""
        self.set_fault(name, **parameters)
        try:
            yield
        finally:
            self.clear_fault(name)

    def counters(self) -> dict[str, Any]:
        """Numbers the platform keeps: readings stored, malformed frames, duplicates and more."""
        return dict(self._call("GET", "/counters"))

    def device(self, vendor: str, external_id: str, **fields: Any) -> Any:
        """Change what a vendor's console changes about a device, e.g. `disabled=True`."""
        return self._call("POST", f"/devices/{vendor}/{external_id}", fields)

    def records(self, vendor: str, external_id: str, since: float = 0.0) -> list[dict[str, Any]]:
        """A device's logs from a moment on, with what no vendor shows: the cause of each command."""
        query = {"since": repr(since)}
        return list(self._call("GET", f"/devices/{vendor}/{external_id}/records", query=query)["records"])

    def restore(self) -> None:
        """Undo what a case left behind: active faults and a stopped clock."""
        for name in sorted(self.active_faults):
            self.clear_fault(name)
        if self.moved_clock:
            self.resume()
            self.moved_clock = False

    def _move(self, method: str, path: str, body: Mapping[str, Any]) -> float:
        self.moved_clock = True
        return float(self._call(method, path, body)["now"])

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        encoded = None if body is None else encode_json(body)
        try:
            exchange = self._http.send(
                "control", method, path, query=query, headers=self._headers, body=encoded, record=False
            )
        except Finding as error:  # the control surface is no object of judgement
            raise ControlError(f"control surface: {method} {path}: {error.message}") from error
        if not 200 <= exchange.status < 300:
            text = exchange.response_body.decode("utf-8", "replace")
            raise ControlError(f"control surface: {method} {path} answered {exchange.status} {text}")
        return parse_json(exchange.response_body)
