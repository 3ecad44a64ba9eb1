"""TCP and TLS connections on an asyncio loop that end as plain sockets, without any thread.

Attempts in threads would make thousands of devices wait for each other: an executor has few threads, and an
unreachable host holds one for seconds.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


async def open_socket(
    loop: asyncio.AbstractEventLoop, host: str, port: int, tls: ssl.SSLContext | None = None
) -> socket.socket:
    """A connected socket that does not block; with a context, encrypted and the peer verified.

    Raises:
        OSError: no address of the host answered, or no encryption was agreed on; the last one's error.
        ValueError: the host's name is none.
    """
    failure = OSError(f"{host} has no address")
    for family, address in await _addresses(loop, host, port):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(sock, address)
            return sock if tls is None else await _encrypt(loop, sock, host, tls)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
    raise failure


async def _addresses(
    loop: asyncio.AbstractEventLoop, host: str, port: int
) -> list[tuple[socket.AddressFamily, Any]]:
    """Addresses of a host; only names are looked up, which takes a thread."""
    with contextlib.suppress(ValueError):
        version = ipaddress.ip_address(host).version
        return [(socket.AF_INET6 if version == 6 else socket.AF_INET, (host, port))]
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


async def _encrypt(
    loop: asyncio.AbstractEventLoop, sock: socket.socket, host: str, tls: ssl.SSLContext
) -> ssl.SSLSocket:
    """The handshake, waiting in the loop for whatever it wants."""
    secure = tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    try:
        while True:
            try:
                secure.do_handshake()
            except ssl.SSLWantReadError:
                await _ready(loop, loop.add_reader, loop.remove_reader, secure)
            except ssl.SSLWantWriteError:
                await _ready(loop, loop.add_writer, loop.remove_writer, secure)
            else:
                return secure
    except BaseException:
        secure.close()
        raise


async def _ready(
    loop: asyncio.AbstractEventLoop,
    add: Callable[..., None],
    remove: Callable[[socket.socket], bool],
    sock: socket.socket,
) -> None:
    """Wait until the socket can be read or written."""
    waiter: asyncio.Future[None] = loop.create_future()
    add(sock, _wake, waiter)
    try:
        await waiter
    finally:
        remove(sock)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
