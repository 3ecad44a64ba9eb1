"""One request on its way through the platform, and the small steps it takes; app.py lists them in order."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import msgspec

from thingproof_platform.core.dialect import Awaiting, Request, Response
from thingproof_platform.core.effects import BindQueues, UnbindQueues
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.core.faults import apply_response
from thingproof_platform.servers.http import JSON, Answer, BodyTooLargeError, read_body

if TYPE_CHECKING:
    from aiohttp import web

    from thingproof_contracts import Contract, Operation
    from thingproof_platform.core.dialect import Dialect, Page
    from thingproof_platform.core.world import World
    from thingproof_platform.servers.command_waiters import CommandWaiters
    from thingproof_platform.servers.queues import Queues
    from thingproof_platform.servers.settler import Settler

_LOG = logging.getLogger(__name__)

MAX_BODY: Final = 1024 * 1024
METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH")
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_ROUTES: Final = 8_192  # remembered paths; a path holds ids, so there is no end to them
_FORM: Final = "application/x-www-form-urlencoded"
_NO_PARAMETERS: Final[dict[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Problem:
    """A request that cannot even be checked against the contract, in the contract's words."""

    location: str
    name: str
    kind: str
    message: str


@dataclass(slots=True)
class Surface:
    """What answering the requests of one vendor takes."""

    world: World
    dialect: Dialect
    contract: Contract
    settler: Settler
    commands: CommandWaiters
    queues: Queues | None = None
    routes: dict[tuple[str, str], tuple[Operation, dict[str, str]] | None] = field(default_factory=dict)
    served: int = 0


@dataclass(slots=True)
class Exchange:
    """One request and what is known about it so far; each step fills in its own part."""

    incoming: web.BaseRequest
    request: Request
    operation: Operation | None = None
    problems: tuple[Problem, ...] = ()
    page: Page | None = None
    outcome: Response | Awaiting | None = None
    owners: tuple[str, ...] = ()
    response: Response = field(default_factory=lambda: Response(500))
    unread: bool = False
    """Some of the body was not read; on a kept connection it would be taken for the next request."""
    answer: Answer | None = None


def open_exchange(incoming: web.BaseRequest) -> Exchange:
    """Take the request line and headers over; the body is read by the first step."""
    target = incoming.raw_path
    if not target.startswith("/"):  # absolute form, as sent to proxies
        target = "/" + target.partition("//")[2].partition("/")[2]
    path, _, query = target.partition("?")
    request = Request(
        operation="",
        method=incoming.method,
        path=path,
        query=dict(parse_qsl(query, keep_blank_values=True)) if query else {},
        headers=incoming.headers,
        peer=incoming.remote or "",
        content_type=incoming.headers.get("Content-Type", ""),
    )
    return Exchange(incoming, request)


async def limit_size(_surface: Surface, exchange: Exchange) -> None:
    """Read the body, at most 1 MiB of it and not for ever."""
    if not exchange.incoming.can_read_body:
        return
    try:
        exchange.request.raw = await read_body(exchange.incoming, MAX_BODY)
    except BodyTooLargeError:
        exchange.unread = True
        raise Refusal(Reason.TOO_LARGE, f"the body has more than {MAX_BODY} bytes") from None
    except TimeoutError:
        exchange.unread = True
        raise Refusal(Reason.TOO_LARGE, "the body came too slowly", status=408) from None


def match_route(surface: Surface, exchange: Exchange) -> None:
    """Find the operation of the contract; HEAD is asked like GET."""
    request = exchange.request
    method = "GET" if request.method == "HEAD" else request.method
    key = (method, request.path)
    found = surface.routes.get(key)
    if found is None:
        found = _match(surface, *key)
        if found is None:
            exchange.page = _page(surface, request.path)
            if exchange.page is None:
                _refuse_route(surface, exchange)
            return
        if len(surface.routes) >= _MAX_ROUTES:
            surface.routes.clear()
        surface.routes[key] = found
    exchange.operation, parameters = found
    request.operation = exchange.operation.id
    request.path_parameters = parameters or _NO_PARAMETERS


def _match(surface: Surface, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    if path.endswith("/") and surface.dialect.trims_slash:
        path = path.rstrip("/")
    for prefix in surface.dialect.prefixes:
        if path.startswith(prefix):
            found = surface.contract.match(method, path[len(prefix) :] or "/")
            if found is not None and found[0].id in surface.dialect.handlers:
                return found
    return None


def _page(surface: Surface, path: str) -> Page | None:
    """What people open in a browser: found by the beginning of the path."""
    return next((page for prefix, page in surface.dialect.pages.items() if path.startswith(prefix)), None)


def _refuse_route(surface: Surface, exchange: Exchange) -> None:
    request = exchange.request
    allowed = [method for method in METHODS if _match(surface, method, request.path)]
    if not allowed:
        raise Refusal(Reason.ROUTE_UNKNOWN, f"{request.method} {request.path} is no route", status=404)
    allow = ", ".join([*allowed, *(["HEAD"] if "GET" in allowed else []), "OPTIONS"])
    if request.method == "OPTIONS":
        exchange.outcome = Response(204, headers={"Allow": allow})
        return
    refusal = Refusal(
        Reason.METHOD_NOT_ALLOWED, f"{request.path} takes {allow}, not {request.method}", status=405
    )
    exchange.outcome = surface.dialect.render(refusal, request)
    exchange.outcome.headers["Allow"] = allow


def parse_body(_surface: Surface, exchange: Exchange) -> None:
    """JSON whatever the content type says, or a form; what is neither is noted for `validate`."""
    request = exchange.request
    raw = request.raw
    if not raw:
        return
    if request.content_type.startswith(_FORM):
        try:
            request.body = dict(parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=True))
        except ValueError as error:
            exchange.problems = (Problem("body", "", "type", f"the form cannot be read: {error}"),)
        return
    try:
        request.body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        exchange.problems = (Problem("body", "", "type", f"the body is not JSON: {error}"),)


def authenticate(surface: Surface, exchange: Exchange) -> None:
    """Who calls: the vendor knows."""
    operation = exchange.operation
    if operation is not None:
        exchange.request = surface.dialect.authenticate(surface.world, exchange.request, operation)


def validate(surface: Surface, exchange: Exchange) -> None:
    """Compare with the contract; what is wrong becomes the vendor's refusal."""
    operation = exchange.operation
    if operation is None:
        return
    request = exchange.request
    problems: Any = exchange.problems or surface.contract.check_request(
        operation, request.query, request.headers, request.body
    )
    if surface.world.faults.active:
        # A defect in a limit must bite: handlers judge values themselves once more.
        problems = [problem for problem in problems if problem.kind != "value"]
    if problems:
        raise surface.dialect.invalid(operation, problems)


def handle(surface: Surface, exchange: Exchange) -> None:
    """Call the vendor's handler."""
    if exchange.page is not None:
        exchange.outcome = exchange.page(surface.world, exchange.request)
    elif exchange.operation is not None:
        exchange.outcome = surface.dialect.handlers[exchange.operation.id](surface.world, exchange.request)


async def await_command(surface: Surface, exchange: Exchange) -> None:
    """Let the handler's command leave and wait for its end, if the answer depends on one."""
    outcome = exchange.outcome
    if isinstance(outcome, Awaiting):
        surface.settler.settle()
        command = await surface.commands.ended(outcome.command_id, outcome.timeout_s)
        outcome = outcome.finish(command)
    if outcome is not None:
        exchange.response = outcome


async def commit(surface: Surface, exchange: Exchange) -> None:
    """Let nothing be acknowledged before the journal has it; questions do not wait for others' changes."""
    if surface.queues is not None:
        pending = surface.world.pending
        exchange.owners = (
            *(effect.owner for effect in pending(BindQueues)),
            *(effect.owner for effect in pending(UnbindQueues)),
        )
    durable = surface.settler.settle(acknowledging=exchange.request.method not in _READING)
    if durable is not None:
        await asyncio.shield(durable)


async def bind_queues(surface: Surface, exchange: Exchange) -> None:
    """Let who asked for queues send at once: they are bound, or the attempt failed, or a second passed.

    Likewise for queues that were let go of: nobody listens to them any more.
    """
    if exchange.owners and surface.queues is not None:
        await surface.queues.attempted(exchange.owners)


def apply_faults(surface: Surface, exchange: Exchange) -> None:
    """Change the answer by the faults that are switched on."""
    if surface.world.faults.active and exchange.operation is not None:
        exchange.response = apply_response(
            surface.world.faults,
            exchange.request.operation,
            exchange.response,
            surface.dialect.error_member,
        )


def encode(surface: Surface, exchange: Exchange) -> None:
    """Make the bytes."""
    response = exchange.response
    if surface.dialect.headers:
        response.headers = {**surface.dialect.headers, **response.headers}
    content_type = response.headers.pop("Content-Type", JSON) if response.headers else JSON
    if response.raw is not None:
        body = response.raw
    elif response.text is not None:
        body = response.text.encode()
    elif response.body is not None:
        body = msgspec.json.encode(response.body)
    else:
        body = b""
    exchange.answer = Answer(
        exchange.incoming,
        response.status,
        body,
        content_type=content_type,
        headers=response.headers,
        keep_alive=False if exchange.unread else None,
    )
