"""UDP on an asyncio loop: datagrams in, datagrams out; a gateway's socket or a network server's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

Peer = tuple[str, int]
"""Address and port."""


class UdpSocket(asyncio.DatagramProtocol):
    """One socket.

    Args:
        on_datagram: called in the loop's thread with bytes and sender.
    """

    def __init__(self, on_datagram: Callable[[bytes, Peer], None]) -> None:
        self._take = on_datagram
        self._transport: asyncio.DatagramTransport | None = None
        self.refused = 0
        """How often the other side answered that nobody listens there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # not its subclass before Python 3.12

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """A datagram arrived."""
        self._take(data, (str(addr[0]), int(addr[1])))

    def error_received(self, exc: Exception) -> None:
        """Nobody listens at the other end; a forwarder goes on sending, as UDP is."""
        del exc
        self.refused += 1

    def send(self, data: bytes, peer: Peer) -> None:
        """Send a datagram; nothing happens on a closed socket."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, peer)

    @property
    def address(self) -> Peer:
        """Where the socket is bound."""
        assert self._transport is not None, "the socket is not open"
        host, port = self._transport.get_extra_info("sockname")[:2]
        return str(host), int(port)

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()


async def open_udp(
    loop: asyncio.AbstractEventLoop,
    on_datagram: Callable[[bytes, Peer], None],
    host: str = "127.0.0.1",
    port: int = 0,
) -> UdpSocket:
    """A bound socket; port 0 takes a free one.

    Raises:
        OSError: the address cannot be bound.
    """
    _, protocol = await loop.create_datagram_endpoint(lambda: UdpSocket(on_datagram), local_addr=(host, port))
    return protocol


__all__ = ["Peer", "UdpSocket", "open_udp"]
