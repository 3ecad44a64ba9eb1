"""Mosquitto as a child process: its users are the devices, its log tells who comes and goes.

Why the log: mosquitto's $SYS topics count clients but do not name them, and wills would have to be set by the
devices. Its connection messages name every client and come in order (on stderr: what it writes to stdout is
buffered).

Users and rights are files that mosquitto reads again on SIGHUP; it then also ends connections of users that
are gone, which is how a device is disconnected or deregistered. The user name is the client id, so a device
cannot speak for another one. The child ends with its parent, however that ends; when the child dies it is
started again.
"""

from __future__ import annotations

import asyncio
import base64
import ctypes
import getpass
import hashlib
import logging
import os
import re
import secrets
import shutil
import signal
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from thingproof_platform.servers.brokers import BrokerError
from thingproof_platform.servers.external_broker import ExternalBroker
from thingproof_platform.servers.mqtt_connection import MAX_PACKET

if TYPE_CHECKING:
    from thingproof_platform.core.dialect import MqttSide
    from thingproof_platform.core.world import World
    from thingproof_platform.servers.certificates import Certificates
    from thingproof_platform.servers.settler import Settler

_LOG = logging.getLogger(__name__)

PLATFORM_USER: Final = "thingproof-platform"
_ITERATIONS: Final = 101  # mosquitto's own; the passcodes are random and stand in the data directory anyway
_START_PATIENCE_S: Final = 10.0
_RELOAD_PATIENCE_S: Final = 5.0
_FOLLOW_S: Final = 0.25
_STOP_PATIENCE_S: Final = 3.0
_RESTART_S: Final = (0.2, 5.0)
_STEADY_S: Final = 1.0
"""A child that ran for so long is no longer one that dies at once, and the wait starts over."""
_PR_SET_PDEATHSIG: Final = 1

_CAME: Final = re.compile(r"New client connected from ([0-9a-fA-F.:]+?)(?::\d+)? as ([0-9A-Za-z-]+) \(.*")
_WENT: Final = re.compile(
    r"Client ([0-9A-Za-z-]+) (?:disconnected\.|closed its connection\.|has exceeded timeout, disconnecting\."
    r"|disconnected due to .*|disconnected: .*|been disconnected by administrative action\.)"
)
_RUNNING: Final = re.compile(r"mosquitto version \S+ running")
_RELOADED: Final = "Reloading config."

_CONFIGURATION: Final = """\
user {user}
listener {port} {host}
listener {tls_port} {host}
certfile {folder}/server.pem
keyfile {folder}/server.key
allow_anonymous false
use_username_as_clientid true
password_file {folder}/users
acl_file {folder}/rights
persistence true
persistence_location {folder}/
autosave_interval 30
max_inflight_messages 1000
max_queued_messages 1000000
max_packet_size {max_packet}
set_tcp_nodelay true
sys_interval 0
log_dest stderr
log_type error
log_type warning
log_type notice
log_type information
log_timestamp false
connection_messages true
"""


class Mosquitto(ExternalBroker):
    """A mosquitto of our own.

    Args:
        side: the vendor's device network.
        world: whose devices are the users.
        settler: settles what messages did.
        vendor: whose devices these are.
        host: address to listen on.
        ports: plain and TLS port, 0 for any.
        certificates: for the TLS port.
        data_dir: where its files lie; a temporary folder without one.
    """

    folder: ClassVar[str] = "mosquitto"
    configuration: ClassVar[str] = _CONFIGURATION

    def __init__(
        self,
        side: MqttSide,
        world: World,
        settler: Settler,
        *,
        vendor: str,
        host: str,
        ports: tuple[int, int],
        certificates: Certificates,
        data_dir: Path | None,
    ) -> None:
        self._password = secrets.token_hex(16)
        port, tls_port = (wanted or _free_port(host) for wanted in ports)
        target = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not listened on
        address = f"mqtt://{PLATFORM_USER}:{self._password}@{target}:{port}"
        super().__init__(side, world, settler, vendor=vendor, url=address, data_dir=data_dir)
        self.mqtt_host, self.mqtts_port = None, tls_port
        self._host = host
        self._certificates = certificates
        self._temporary = tempfile.TemporaryDirectory(prefix="thingproof-") if data_dir is None else None
        self._folder = (data_dir or Path(self._temporary.name if self._temporary else "")) / self.folder
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._follower: asyncio.Task[None] | None = None
        self._running = asyncio.Event()
        self._reloaded = asyncio.Event()
        self._refreshing = asyncio.Lock()
        self._banned: set[str] = set()
        self._said: list[str] = []
        self._hashes: dict[tuple[str, str], str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def _client_id(self) -> str:
        return PLATFORM_USER

    async def start(self) -> None:
        """Start the child, connect to it.

        Raises:
            BrokerError: mosquitto is not installed or does not start.
        """
        await self._run()
        await self._connect(self._side.uplinks)
        self._follower = asyncio.ensure_future(self._follow_accounts())

    async def _run(self) -> None:
        """Write the configuration, start the child, wait until it runs."""
        program = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
        if program is None:
            raise BrokerError(
                "mosquitto is not installed; install it (apt install mosquitto) or use embedded"
            )
        self._program = program
        self._write_configuration()
        self._write_users()
        self._keeper = asyncio.ensure_future(self._keep_running())
        await self._until_running()

    async def _until_running(self) -> None:
        """Wait for the first start; a child that ends at once says why."""
        assert self._keeper is not None
        ready = asyncio.ensure_future(self._running.wait())
        await asyncio.wait(
            [ready, self._keeper], timeout=_START_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED
        )
        if ready.done():
            return
        ready.cancel()
        said = " ".join(self._said[-3:]) or "it said nothing"
        await self.stop()
        raise BrokerError(f"mosquitto does not start: {said}")

    async def stop(self) -> None:
        """Disconnect, end the child."""
        if self._follower is not None:
            self._follower.cancel()
        await super().stop()
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(_STOP_PATIENCE_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
        if self._temporary is not None:
            self._temporary.cleanup()

    def disconnect(self, client_id: str) -> None:
        """End a client's connection: without its user for a moment, mosquitto drops it."""
        task = asyncio.ensure_future(self._ban_for_a_moment(client_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ban_for_a_moment(self, client_id: str) -> None:
        self._banned.add(client_id)
        await self.refresh()
        self._banned.discard(client_id)
        await self.refresh()

    async def refresh(self) -> None:
        """Write users and rights, let mosquitto read them, return when it has."""
        async with self._refreshing:
            changed = self._write_users()
            process = self._process
            if not changed or process is None or process.returncode is not None:
                return
            self._reloaded.clear()
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGHUP)
            try:
                async with asyncio.timeout(_RELOAD_PATIENCE_S):
                    await self._reloaded.wait()
            except TimeoutError:
                _LOG.warning("mosquitto did not read its users again")

    async def _follow_accounts(self) -> None:
        """Take over users and rights that changed without anybody saying so: logins, bindings, expiries."""
        known = self._side.accounts_version()
        while True:
            await asyncio.sleep(_FOLLOW_S)
            version = self._side.accounts_version()
            if version != known:
                known = version
                await self.refresh()

    def _speaks(self, device: str) -> None:
        """Do nothing: the log tells who is there."""

    # ---- the child

    async def _keep_running(self) -> None:
        """Start the child, read its log, start it again when it ended."""
        delay = _RESTART_S[0]
        while True:
            started = asyncio.get_running_loop().time()
            self._process = await asyncio.create_subprocess_exec(
                self._program,
                "-c",
                str(self._folder / "mosquitto.conf"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                preexec_fn=_die_with_parent,
                start_new_session=True,  # a Ctrl-C in the terminal is for the platform
            )
            assert self._process.stdout is not None
            async for line in self._process.stdout:
                self._read(line.decode("utf-8", "replace").rstrip())
            code = await self._process.wait()
            ever_ran = self._running.is_set()
            self._everybody_went()
            if not ever_ran:
                return
            _LOG.warning("mosquitto ended with %d, starting it again", code)
            self._counters["mqtt_broker_restarts"] += 1
            if asyncio.get_running_loop().time() - started > _STEADY_S:
                delay = _RESTART_S[0]
            await asyncio.sleep(delay)
            delay = min(delay * 2, _RESTART_S[1])

    def _read(self, line: str) -> None:
        """One line of the log."""
        came = _CAME.fullmatch(line)
        if came is not None:
            if came[2] != PLATFORM_USER:
                self._came(came[2], came[1])
            return
        went = _WENT.fullmatch(line)
        if went is not None:
            self._lost(went[1])
        elif line == _RELOADED:
            self._reloaded.set()
        elif _RUNNING.fullmatch(line):
            self._running.set()
        elif not self._running.is_set():
            self._said = [*self._said[-9:], line]

    def _everybody_went(self) -> None:
        for device in list(self._heard):
            self._lost(device)

    # ---- its files

    def _write_configuration(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._certificates.write(self._folder)
        text = self.configuration.format(
            user=getpass.getuser(),
            port=self.mqtt_port,
            tls_port=self.mqtts_port,
            host=self._host,
            folder=self._folder,
            max_packet=MAX_PACKET,
        )
        (self._folder / "mosquitto.conf").write_text(text)

    def _write_users(self) -> bool:
        """Write users and rights; returns whether they changed."""
        users = [f"{PLATFORM_USER}:{self._hash(PLATFORM_USER, self._password)}"]
        rights = [f"user {PLATFORM_USER}", "topic readwrite #"]
        for account in self._side.accounts():
            if account.name in self._banned:
                continue
            users.append(f"{account.name}:{self._hash(account.name, account.secret)}")
            rights.append(f"user {account.name}")
            rights += [f"topic write {pattern}" for pattern in account.publish]
            rights += [f"topic read {pattern}" for pattern in account.subscribe]
        changed = [
            _replace(self._folder / name, "\n".join(lines) + "\n")
            for name, lines in (("users", users), ("rights", rights))
        ]
        return any(changed)

    def _hash(self, user: str, password: str) -> str:
        """A password as mosquitto_passwd writes it: PBKDF2 with SHA-512."""
        known = self._hashes.get((user, password))
        if known is None:
            salt = os.urandom(12)
            digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
            parts = [base64.b64encode(part).decode() for part in (salt, digest)]
            known = self._hashes[user, password] = f"$7${_ITERATIONS}${parts[0]}${parts[1]}"
        return known


def _replace(path: Path, text: str) -> bool:
    """Write a file whole or not at all; returns whether its content changed."""
    if path.exists() and path.read_text() == text:
        return False
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.replace(path)
    return True


def _free_port(host: str) -> int:
    """A port that is free now; mosquitto cannot tell which one it chose itself."""
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    """Let the kernel end the child when this process is killed (Linux only)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
