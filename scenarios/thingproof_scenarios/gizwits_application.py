"""An application of the Gizwits cloud: log in, list, read, control, look into the log."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import urllib3

from thingproof_scenarios.problems import Broken

LOG_PAGE = 1000
"""Most entries one answer of raw_data holds (gizwits.md:1393)."""
LOG_DEPTH = 5000
"""Skip and limit together reach no further than this (gizwits.md:1392)."""
REQUEST_TIMEOUT_S = 20.0


class ApiError(Broken):
    """The cloud refused: HTTP status and the vendor's error code."""

    def __init__(self, operation: str, status: int, body: Any) -> None:
        self.status = status
        self.code = body.get("error_code") if isinstance(body, dict) else None
        message = body.get("error_message") if isinstance(body, dict) else body
        super().__init__(f"{operation} answered {status}, error_code {self.code}: {message}")


@dataclass(slots=True)
class GizwitsApplication:
    """One application and, after :meth:`login`, one of its users."""

    url: str
    app_id: str
    token: str = ""
    uid: str = ""
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=4, retries=False))

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """One request; the parsed answer.

        Raises:
            ApiError: refused.
            Broken: no answer.
        """
        headers = {"X-Gizwits-Application-Id": self.app_id, "Content-Type": "application/json"}
        if self.token:
            headers["X-Gizwits-User-token"] = self.token
        target = f"{self.url}{path}" + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else json.dumps(body).encode()
        try:
            answer = self.pool.request(
                method, target, body=content, headers=headers, timeout=REQUEST_TIMEOUT_S
            )
        except urllib3.exceptions.HTTPError as error:
            raise Broken(f"{method} {target}: no answer ({error})") from error
        try:
            parsed = json.loads(answer.data) if answer.data else {}
        except ValueError as error:
            raise Broken(f"{method} {target} answered {answer.status} without JSON") from error
        if answer.status >= 400:
            raise ApiError(f"{method} {path}", answer.status, parsed)
        return parsed

    def login(self, username: str, password: str) -> None:
        """POST /app/login (gizwits.md:397); later requests carry the token."""
        answer = self.ask("POST", "/app/login", {"username": username, "password": password})
        self.token, self.uid = answer["token"], answer["uid"]

    def devices(self) -> list[dict[str, Any]]:
        """GET /app/bindings (gizwits.md:825), all pages."""
        devices: list[dict[str, Any]] = []
        while True:
            page = self.ask("GET", "/app/bindings", limit=100, skip=len(devices))["devices"]
            devices += page
            if len(page) < 100:
                return devices

    def latest(self, did: str) -> dict[str, Any]:
        """GET /app/devdata/{did}/latest (gizwits.md:1088): datapoint names to values."""
        return dict(self.ask("GET", f"/app/devdata/{did}/latest")["attr"])

    def control(self, did: str, attributes: dict[str, Any]) -> None:
        """POST /app/control/{did} (gizwits.md:1457)."""
        self.ask("POST", f"/app/control/{did}", {"attrs": attributes})

    def log_total(self, did: str, start: int, end: int) -> int:
        """How many frames the communication log holds between two epoch seconds."""
        page = self.log_page(did, start, end, 0, 1)
        return int(page["meta"]["total"])

    def log_page(self, did: str, start: int, end: int, skip: int, limit: int) -> dict[str, Any]:
        """GET /app/devices/{did}/raw_data (gizwits.md:1346), oldest first."""
        path = f"/app/devices/{did}/raw_data"
        query = {"start_time": start, "end_time": end, "skip": skip, "limit": limit, "sort": "asc"}
        return dict(self.ask("GET", path, type="cmd", **query))

    def uplink_frames(self, did: str, start: int, end: int) -> list[str]:
        """Hexadecimal frames the device sent between two epoch seconds, oldest first.

        Raises:
            Broken: the log is longer than the vendor lets anybody read.
        """
        frames: list[str] = []
        for skip in range(0, LOG_DEPTH, LOG_PAGE):
            page = self.log_page(did, start, end, skip, LOG_PAGE)
            frames += [row["payload_bin"] for row in page["objects"] if row["type"] == "dev2app"]
            if len(page["objects"]) < LOG_PAGE:
                return frames
        raise Broken(f"the log of {did} holds more than the {LOG_DEPTH} entries that can be read")
