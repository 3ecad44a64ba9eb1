"""The platform, wired: one world, a journal, and for each vendor its servers.

The ways through it, as lists:

* a request: REQUEST_PATH decides the answer, ANSWER_PATH lets it out after the commit;
* an uplink (`servers/mqtt.py`, `_uplink`): may the client publish there, `MqttSide.published`, settle, pass
  on to other subscribers, acknowledge when durable;
* a command: handler -> `core.commands` -> effect PublishMqtt -> settle -> broker -> device, whose answer
  is an uplink; a handler that returned Awaiting gets the command when it ends.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

from thingproof_contracts import load
from thingproof_platform.control import ControlSurface
from thingproof_platform.core.clock import Clock
from thingproof_platform.core.dialect import Request, make_world
from thingproof_platform.core.errors import Reason, Refusal
from thingproof_platform.core.identifiers import Identifiers
from thingproof_platform.options import OptionError, Options, read_limits
from thingproof_platform.servers import exchange as steps
from thingproof_platform.servers.alarm import Alarm
from thingproof_platform.servers.brokers import BrokerError
from thingproof_platform.servers.certificates import Certificates, make_certificates
from thingproof_platform.servers.choose_broker import choose_broker
from thingproof_platform.servers.command_waiters import CommandWaiters
from thingproof_platform.servers.exchange import Exchange, Surface, open_exchange
from thingproof_platform.servers.http import Answer, BodyTooLargeError, HttpServer, read_body
from thingproof_platform.servers.queues import Queues
from thingproof_platform.servers.settler import Settler
from thingproof_platform.store import JournalError, open_journal
from thingproof_platform.vendor_servers import VendorServers, listen, reachable
from thingproof_platform.vendors import load as load_dialects
from thingproof_wire import __version__

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from thingproof_platform.core.dialect import Dialect
    from thingproof_platform.core.effects import Effect
    from thingproof_platform.core.world import World

_LOG = logging.getLogger(__name__)

REQUEST_PATH: Final = (
    steps.limit_size,
    steps.match_route,
    steps.parse_body,
    steps.authenticate,
    steps.validate,
    steps.handle,
    steps.await_command,
)
ANSWER_PATH: Final = (
    steps.commit,
    steps.bind_queues,
    steps.apply_faults,
    steps.encode,
)


class Platform:
    """A running platform. `start`, use, `stop`; all in one event loop.

    Args:
        options: ports, data directory, broker and the rest.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.dialects = load_dialects(self.options.vendors)
        self.token = secrets.token_urlsafe(24)
        self.certificates: Certificates = make_certificates(self.options.host)
        self.world: World
        self.failure: asyncio.Future[JournalError]
        self._vendors: dict[str, VendorServers] = {}

    async def start(self) -> None:
        """Open the journal, rebuild the world, listen.

        Raises:
            OptionError: a port, a vendor or the broker cannot be had.
            DataDirectoryError: the data directory cannot be used.
        """
        options = self.options
        self.failure = asyncio.get_running_loop().create_future()
        self._journal = open_journal(options.data_dir, options.durability)
        try:
            self._wire()
            await self._listen()
        except BaseException:
            await self.stop()
            raise

    def _wire(self) -> None:
        """Make the world and everything that touches it."""
        options = self.options
        clock = Clock(time.time)  # noqa: TID251 - here the real time enters
        if options.freeze_at is not None:
            clock.freeze()
            clock.set(options.freeze_at)
        # A seed makes a test run repeatable; nothing secret depends on it then.
        source = secrets.SystemRandom() if options.seed is None else random.Random(options.seed)  # noqa: S311
        self.world = make_world(
            self.dialects.values(),
            clock,
            Identifiers(source),
            journal=options.data_dir is not None,
            limits=read_limits(options.switches),
        )
        self.world.restore(self._journal.load())
        self._alarm = Alarm(clock, self._rang)
        self._settler = Settler(
            self.world,
            self._journal,
            perform=self._perform,
            settled=self._alarm.arm,
            failed=self._journal_failed,
        )
        self._commands = CommandWaiters(self.world)

    async def _listen(self) -> None:
        """Start the servers, the control surface last: who can reach it finds everything running."""
        options = self.options
        try:
            # All are made before the first one listens: an effect finds its vendor from then on.
            self._vendors = {name: self._servers_of(dialect) for name, dialect in self.dialects.items()}
            for servers in self._vendors.values():
                await servers.start()
        except BrokerError as error:
            raise OptionError(f"--broker {options.broker}: {error}") from error
        self._control = ControlSurface(self, self.token)
        self._control_server = HttpServer(
            self._serve_control, _broken_control, host=options.host, port=options.ports.control
        )
        await listen(self._control_server.start(), f"--control-port {options.ports.control}")
        self._settler.settle()

    def _servers_of(self, dialect: Dialect) -> VendorServers:
        options, tls = self.options, self.certificates.context()
        surface = Surface(self.world, dialect, load(dialect.name), self._settler, self._commands)
        if dialect.queues is not None:
            surface.queues = Queues(dialect.queues(self.world), self._settler, tls=self.certificates.trust())
        ports = options.ports.of(dialect.name)
        broker = choose_broker(
            options.broker,
            dialect=dialect,
            world=self.world,
            settler=self._settler,
            host=options.host,
            ports=(ports.mqtt, ports.mqtts),
            certificates=self.certificates,
            tls=tls,
            data_dir=options.data_dir,
        )
        return VendorServers(
            surface,
            broker,
            serve=_serve(surface),
            broken=_broken(surface),
            options=options,
            tls=tls,
        )

    async def stop(self) -> None:
        """Stop listening, finish what runs, write what is left; safe after a start that failed half way."""
        if hasattr(self, "_control_server"):
            await self._control_server.stop()
        for servers in self._vendors.values():
            await servers.stop()
        if hasattr(self, "_settler"):
            self._alarm.stop()
            if not self.failure.done():
                await self.settled()
        await self._journal.close()

    def info(self) -> dict[str, Any]:
        """What a client has to know: the control surface with its token, and each vendor's addresses."""
        host = reachable(self.options.host)
        return {
            "control": {"url": f"http://{host}:{self._control_server.port}", "token": self.token},
            "vendors": {name: servers.addresses() for name, servers in self._vendors.items()},
        }

    # ---- what the control surface asks for

    async def settled(self) -> None:
        """Everything done so far is durable and its effects are carried out."""
        durable = self._settler.settle()
        if durable is not None:
            await asyncio.shield(durable)
        for servers in self._vendors.values():
            await servers.settled()

    async def delivered(self) -> None:
        """Connected devices have taken the commands sent to them, or a moment has passed."""
        for servers in self._vendors.values():
            if servers.broker is not None:
                await servers.broker.delivered()

    async def devices_changed(self) -> None:
        """Let brokers take over new, changed and removed devices."""
        for servers in self._vendors.values():
            if servers.broker is not None:
                await servers.broker.refresh()

    def clock_shifted(self) -> None:
        """The clock was moved, frozen or resumed: set the alarm anew."""
        self._alarm.shifted()

    async def forget_all(self) -> None:
        """Empty the world, close every connection of a device or application."""
        self.world.reset()
        self.clock_shifted()
        await self.settled()
        await self.devices_changed()

    def disconnect(self, vendor: str, external_id: str) -> None:
        """End a device's connection."""
        broker = self._vendors[vendor].broker
        if broker is not None:
            broker.disconnect(external_id)

    def counters(self) -> dict[str, int]:
        """What the world, the journal and the servers counted; three of them even at zero."""
        numbers = {"readings_stored": 0, "frames_malformed": 0, "duplicates": 0}
        numbers |= dict(self.world.counters) | self._journal.counters()
        for servers in self._vendors.values():
            for name, value in servers.counters().items():
                numbers[name] = numbers.get(name, 0) + value
        return numbers

    def about(self) -> dict[str, Any]:
        """Version, vendors and how durable an acknowledgement is."""
        options = self.options
        return {
            "version": __version__,
            "vendors": list(self.dialects),
            "durability": options.durability if options.data_dir is not None else "memory",
            "broker": options.broker,
            "clock": self.world.clock.mode,
        }

    # ---- inside

    def _perform(self, effect: Effect) -> None:
        """Give an effect to the vendor it concerns; session ids begin with the vendor's name."""
        vendor = getattr(effect, "vendor", None) or effect.session_id.partition("-")[0]  # type: ignore[union-attr]
        self._vendors[vendor].perform(effect)

    def _rang(self) -> None:
        """Work that fell due ran: settle what it did."""
        self._settler.settle()

    def _journal_failed(self, error: JournalError) -> None:
        """A journal that fails ends the platform: what is in memory is ahead of the disk, for good."""
        if not self.failure.done():
            _LOG.critical("%s", error)
            self.failure.set_result(error)

    async def _serve_control(self, incoming: web.BaseRequest) -> Answer:
        try:
            raw = await read_body(incoming, ControlSurface.MAX_BODY) if incoming.can_read_body else b""
        except (BodyTooLargeError, TimeoutError):
            return _broken_control(incoming, 413, f"more than {ControlSurface.MAX_BODY} bytes, or too slow")
        authorization = incoming.headers.get("Authorization")
        status, body, headers = await self._control.answer(
            incoming.method, incoming.raw_path, authorization, raw
        )
        return Answer(incoming, status, body, headers=headers)


def _serve(surface: Surface) -> Callable[[web.BaseRequest], Awaitable[Answer]]:
    """The one HTTP handler of a vendor: it walks the lists at the top."""
    dialect = surface.dialect

    async def serve(incoming: web.BaseRequest) -> Answer:
        surface.served += 1
        exchange = open_exchange(incoming)
        try:
            for step in REQUEST_PATH:
                waiting = step(surface, exchange)
                if waiting is not None:
                    await waiting
        except Refusal as refusal:
            exchange.response = dialect.render(refusal, exchange.request)
        except Exception:  # noqa: BLE001 - a bug must not reach the client as a traceback
            _LOG.exception("%s %s failed", incoming.method, incoming.raw_path)
            exchange.response = dialect.render(Refusal(Reason.INTERNAL), exchange.request)
        try:
            for step in ANSWER_PATH:
                waiting = step(surface, exchange)
                if waiting is not None:
                    await waiting
        except Exception:  # noqa: BLE001 - nor one in the answer
            _LOG.exception("answer of %s %s failed", incoming.method, incoming.raw_path)
            exchange.response = dialect.render(Refusal(Reason.INTERNAL), exchange.request)
            steps.encode(surface, exchange)
        assert exchange.answer is not None
        return exchange.answer

    return serve


def _broken(surface: Surface) -> Callable[[web.BaseRequest, int, str], Answer]:
    """Answers in the vendor's envelope what aiohttp could not read as HTTP."""

    def broken(incoming: web.BaseRequest, status: int, message: str) -> Answer:
        reason = Reason.INTERNAL if status >= 500 else Reason.FORM_INVALID
        request = Request("", incoming.method, incoming.raw_path)
        exchange = Exchange(incoming, request)
        exchange.response = surface.dialect.render(Refusal(reason, message or None, status=status), request)
        steps.encode(surface, exchange)
        assert exchange.answer is not None
        exchange.answer.keep_alive = False
        return exchange.answer

    return broken


def _broken_control(incoming: web.BaseRequest, status: int, message: str) -> Answer:
    return Answer(incoming, status, ControlSurface.error(message), keep_alive=False)
