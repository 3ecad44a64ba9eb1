"""The endpoints of the control surface as rows, and what each does to the world."""

from __future__ import annotations

import hmac
import logging
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qsl, unquote

import msgspec

from thingproof_platform.control.inputs import boolean, choice, json_object, number, only
from thingproof_platform.core.errors import InputError, Reason, Refusal
from thingproof_platform.core.faults import kind_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from thingproof_platform.core.dialect import Dialect
    from thingproof_platform.core.model import Record
    from thingproof_platform.core.world import World

_LOG = logging.getLogger(__name__)

_OUTBOX_KINDS: Final = ("sms", "email", "captcha")
_LATEST: Final = 253_402_300_799.0  # the last second of the year 9999
_LONGEST: Final = 10 * 366 * 86_400.0


class Host(Protocol):
    """What the control surface needs of the running platform."""

    world: World

    @property
    def dialects(self) -> Mapping[str, Dialect]:
        """The vendors that are served."""
        ...

    async def settled(self) -> None:
        """Everything done so far is durable and its effects are carried out."""
        ...

    async def delivered(self) -> None:
        """Connected devices have taken the commands sent to them, or a moment has passed."""
        ...

    async def devices_changed(self) -> None:
        """Brokers have taken over new, changed and removed devices."""
        ...

    def clock_shifted(self) -> None:
        """The clock was moved, frozen or resumed."""
        ...

    async def forget_all(self) -> None:
        """Empty the world, close every connection."""
        ...

    def counters(self) -> dict[str, int]:
        """Every number the platform keeps."""
        ...

    def about(self) -> dict[str, Any]:
        """Version, vendors, durability, broker."""
        ...

    def disconnect(self, vendor: str, external_id: str) -> None:
        """End a device's connection."""
        ...


class ControlSurface:
    """Answers requests of the control surface; bodies up to `MAX_BODY` bytes.

    Args:
        host: the platform.
        token: the bearer token that opens the surface.
    """

    MAX_BODY: Final = 64 * 1024 * 1024  # a seed may hold a large fleet

    def __init__(self, host: Host, token: str) -> None:
        self._host = host
        self._token = f"Bearer {token}".encode()

    @staticmethod
    def error(message: str) -> bytes:
        """The body of a refusal that concerns no field."""
        return _error(message, field="")

    async def answer(
        self, method: str, target: str, authorization: str | None, raw: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        """One request: status, JSON body, extra headers. Never raises."""
        if not hmac.compare_digest((authorization or "").encode("utf-8", "replace"), self._token):
            error = _error("no valid token", field="Authorization", remedy="send the token printed at start")
            return 401, error, {"WWW-Authenticate": "Bearer"}
        return await self._answer_known(method, target, raw)

    async def _answer_known(self, method: str, target: str, raw: bytes) -> tuple[int, bytes, dict[str, str]]:
        path, _, query = target.partition("?")
        parts = [unquote(part) for part in path.strip("/").split("/")]
        row, allowed = _find(method, parts)
        if row is None:
            if allowed:
                remedy = f"use {', '.join(allowed)}"
                return (
                    405,
                    _error("no such method here", field="method", value=method, remedy=remedy),
                    {"Allow": ", ".join(allowed)},
                )
            return 404, _error("no such path", field="path", value=path, remedy=_KNOWN_PATHS), {}
        try:
            names = row[1].split("/")
            arguments = [part for name, part in zip(names, parts, strict=True) if name.startswith("{")]
            body = json_object(raw)
            parameters = dict(parse_qsl(query, keep_blank_values=True))
            result = await row[2](self, _Call(arguments, parameters, body))
        except InputError as error:
            return 400, _error(error.message, field=error.field, value=error.value, remedy=error.remedy), {}
        except Refusal as refusal:
            status = 404 if refusal.reason is Reason.THING_UNKNOWN else 400
            return status, _error(refusal.detail or str(refusal.reason), field=refusal.field or ""), {}
        except Exception:  # noqa: BLE001 - the caller gets one clear answer, the log the traceback
            _LOG.exception("control request %s %s failed", method, path)
            return 500, _error("the platform failed; its log tells more", field=""), {}
        return 200, msgspec.json.encode(result), {}

    # ---- endpoints

    async def _health(self, _call: _Call) -> Any:
        return {"status": "ok", **self._host.about()}

    async def _reset(self, call: _Call) -> Any:
        only(call.body)
        await self._host.forget_all()
        return {}

    async def _seed(self, call: _Call) -> Any:
        dialect = self._dialect(call.arguments[0])
        completed = dialect.seed(self._host.world, call.body)
        await self._host.settled()
        await self._host.devices_changed()
        return completed

    async def _clock(self, _call: _Call) -> Any:
        clock = self._host.world.clock
        return {"now": clock.now(), "mode": clock.mode}

    async def _set_clock(self, call: _Call) -> Any:
        only(call.body, "now", "mode")
        if not call.body:
            raise InputError("is missing", field="now", remedy="give now (epoch seconds), mode, or both")
        clock = self._host.world.clock
        mode = choice(call.body["mode"], "mode", ("frozen", "running")) if "mode" in call.body else ""
        if mode == "frozen":
            clock.freeze()  # first, so that the moment set is exact
        if "now" in call.body:
            moment = number(call.body, "now", minimum=0.0, remedy="give seconds since 1970")
            if moment > _LATEST:
                raise InputError(
                    "is after the year 9999", field="now", value=moment, remedy="give seconds, not ms"
                )
            clock.set(moment)
        if mode == "running":
            clock.resume()
        self._host.clock_shifted()
        await self._host.settled()
        return {"now": clock.now(), "mode": clock.mode}

    async def _advance(self, call: _Call) -> Any:
        only(call.body, "seconds")
        seconds = number(call.body, "seconds", minimum=0.0, remedy="give seconds, 0 or more")
        if seconds > _LONGEST:
            raise InputError(
                "is more than ten years", field="seconds", value=seconds, remedy="give seconds, not ms"
            )
        clock = self._host.world.clock
        ran = clock.advance(seconds)
        self._host.clock_shifted()
        await self._host.settled()
        await self._host.delivered()
        return {"now": clock.now(), "ran": ran}

    async def _outbox(self, call: _Call) -> Any:
        only(dict(call.query), "kind", "to")
        kind = call.query.get("kind")
        if kind is not None:
            choice(kind, "kind", _OUTBOX_KINDS)
        messages = self._host.world.outbox.messages(kind, call.query.get("to"))
        return {
            "messages": [
                {
                    "id": message.id,
                    "kind": message.kind,
                    "to": message.to,
                    "text": message.text,
                    "code": message.code,
                    "at": message.at,
                }
                for message in messages
            ]
        }

    async def _clear_outbox(self, _call: _Call) -> Any:
        self._host.world.outbox.clear()
        await self._host.settled()
        return {}

    async def _faults(self, _call: _Call) -> Any:
        faults = self._host.world.faults
        catalogue = [
            {
                "name": definition.name,
                "class": definition.class_,
                "text": definition.text,
                "tags": list(definition.tags),
                "parameters": {name: kind_name(kind) for name, kind in definition.parameters.items()},
            }
            for definition in faults.catalogue.values()
        ]
        active = [{"name": name, "parameters": given} for name, given in faults.active.items()]
        return {"catalogue": catalogue, "active": active}

    async def _enable_fault(self, call: _Call) -> Any:
        self._host.world.faults.enable(call.arguments[0], call.body)
        return {"name": call.arguments[0], "parameters": call.body}

    async def _disable_fault(self, call: _Call) -> Any:
        name = call.arguments[0]
        if name not in self._host.world.faults.catalogue:
            raise InputError(f"{name!r} is no fault", field="name", value=name, remedy="see GET /faults")
        self._host.world.faults.disable(name)
        return {}

    async def _disable_faults(self, _call: _Call) -> Any:
        self._host.world.faults.clear()
        return {}

    async def _counters(self, _call: _Call) -> Any:
        return self._host.counters()

    async def _device(self, call: _Call) -> Any:
        vendor, external_id = call.arguments
        self._dialect(vendor)
        only(call.body, "disabled", "disconnect")
        things = self._host.world.things
        things.find(vendor, external_id)
        if "disabled" in call.body:
            disabled = boolean(call.body["disabled"], "disabled")
            things.set_disabled(vendor, external_id, disabled=disabled)
        if "disconnect" in call.body and boolean(call.body["disconnect"], "disconnect"):
            self._host.disconnect(vendor, external_id)
        await self._host.settled()
        await self._host.devices_changed()
        attachment, thing = things.find(vendor, external_id)
        return {"id": external_id, "disabled": attachment.disabled, "connection": thing.connection}

    async def _records(self, call: _Call) -> Any:
        vendor, external_id = call.arguments
        self._dialect(vendor)
        only(dict(call.query), "since")
        since = _moment(call.query.get("since", "0"))
        world = self._host.world
        _, thing = world.things.find(vendor, external_id)
        return {"records": [_record(record) for record in world.records.of(thing.id, since)]}

    def _dialect(self, vendor: str) -> Dialect:
        dialect = self._host.dialects.get(vendor)
        if dialect is None:
            raise InputError(
                f"{vendor!r} is not served",
                field="vendor",
                value=vendor,
                remedy=f"served are: {', '.join(self._host.dialects)}",
            )
        return dialect


def _moment(text: str) -> float:
    try:
        return number({"since": float(text)}, "since", minimum=0.0, remedy="give seconds since 1970")
    except ValueError:
        raise InputError(
            f"{text!r} is no number", field="since", value=text, remedy="give seconds since 1970"
        ) from None


def _record(record: Record) -> dict[str, Any]:
    """A line of a log with what no vendor shows: the cause of a command."""
    return {
        "at": record.at,
        "kind": record.kind,
        "payload": record.payload.hex(),
        "source": record.source,
        "account": record.account,
        "application": record.application,
        "peer": record.peer,
        "cause": record.cause,
    }


class _Call:
    """What one request brings: path arguments, query, body."""

    __slots__ = ("arguments", "body", "query")

    def __init__(self, arguments: list[str], query: dict[str, str], body: dict[str, Any]) -> None:
        self.arguments = arguments
        self.query = query
        self.body = body


_Row = tuple[str, str, "Callable[[ControlSurface, _Call], Awaitable[Any]]"]

# ruff: noqa: SLF001 - the table names the endpoints of the class above
ENDPOINTS: Final[tuple[_Row, ...]] = (
    ("GET", "health", ControlSurface._health),
    ("POST", "reset", ControlSurface._reset),
    ("POST", "seed/{vendor}", ControlSurface._seed),
    ("GET", "clock", ControlSurface._clock),
    ("PUT", "clock", ControlSurface._set_clock),
    ("POST", "clock/advance", ControlSurface._advance),
    ("GET", "outbox", ControlSurface._outbox),
    ("DELETE", "outbox", ControlSurface._clear_outbox),
    ("GET", "faults", ControlSurface._faults),
    ("PUT", "faults/{name}", ControlSurface._enable_fault),
    ("DELETE", "faults/{name}", ControlSurface._disable_fault),
    ("DELETE", "faults", ControlSurface._disable_faults),
    ("GET", "counters", ControlSurface._counters),
    ("POST", "devices/{vendor}/{external_id}", ControlSurface._device),
    ("GET", "devices/{vendor}/{external_id}/records", ControlSurface._records),
)
_KNOWN_PATHS: Final = "known are: " + ", ".join(dict.fromkeys(f"/{path}" for _, path, _ in ENDPOINTS))


def _find(method: str, parts: list[str]) -> tuple[_Row | None, list[str]]:
    """The row of a request, and the methods its path has."""
    allowed = []
    for row in ENDPOINTS:
        names = row[1].split("/")
        if len(names) == len(parts) and all(
            name == part or name.startswith("{") for name, part in zip(names, parts, strict=True)
        ):
            if row[0] == method:
                return row, []
            allowed.append(row[0])
    return None, allowed


def _error(message: str, *, field: str, value: object = None, remedy: str = "") -> bytes:
    try:
        return msgspec.json.encode({"error": message, "field": field, "value": value, "remedy": remedy})
    except (TypeError, ValueError, msgspec.EncodeError):
        return msgspec.json.encode({"error": message, "field": field, "value": repr(value), "remedy": remedy})
