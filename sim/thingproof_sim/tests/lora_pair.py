"""A device's MAC against the network server through a channel that loses only what the test says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_sim.devices.lorawan_mac import LorawanMac
from thingproof_sim.devices.lorawan_states import MacSettings, MacState
from thingproof_sim.gateways.network_server import NetworkServer
from thingproof_sim.gateways.server_model import Copy, DownlinkRequest, ServerDevice
from thingproof_sim.gateways.server_region import ServerRegion
from thingproof_sim.kernel.blocks import BlockStream
from thingproof_wire.frames.lorawan_crypto import SessionKeys
from thingproof_wire.frames.regions import REGIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from thingproof_sim.devices.lorawan_emission import Emission
    from thingproof_sim.devices.lorawan_states import Done, Downlink, Window
    from thingproof_sim.gateways.server_model import TxOrder, UplinkEvent

DEV_EUI = 0x02AB_0000_0000_0001
KEY = bytes(range(16))
GATEWAYS = ("near", "far")


class Pair:
    """One device, one server, two gateways that hear everything.

    Args:
        joined: whether to join before the test begins; an ABP device needs not.
        settings: of the MAC.
    """

    def __init__(
        self, region: str = "EU868", *, joined: bool = True, abp: bool = False, **settings: Any
    ) -> None:
        self.now = 1000.0
        self.region = ServerRegion(REGIONS[region])
        self.server = NetworkServer(self.region, self)
        options: dict[str, Any] = {"data_rate": REGIONS[region].max_data_rate, "adr": False} | settings
        if abp:
            options |= {"dev_addr": 0x27000001, "nwk_s_key": b"n" * 16, "app_s_key": b"a" * 16}
        self.mac = LorawanMac(
            MacSettings(DEV_EUI, 1, KEY, **options), REGIONS[region], BlockStream(1, "mac"), self
        )
        self.known = ServerDevice("device", DEV_EUI, KEY, options.get("device_class", "A"))
        if abp:
            keys = SessionKeys(b"n" * 16, b"a" * 16)
            self.server.register_session(self.known, 0x27000001, keys, options["data_rate"])
        else:
            self.server.register(self.known)
        self.orders: list[TxOrder] = []
        self.accepted: list[TxOrder] = []
        """Every order that a gateway took."""
        self.uplinks: list[UplinkEvent] = []
        self.results: list[tuple[str, int]] = []
        self.downlinks: list[Downlink] = []
        self.done: list[tuple[Any, Done]] = []
        self.refused: list[str] = []
        self.windows: list[Window] = []
        self.sent: list[bytes] = []
        self.tx_errors: list[str] = []
        """What gateways answer to the next orders; empty for yes."""
        self.lose_up: Callable[[int], bool] = lambda _: False
        self.lose_down: Callable[[TxOrder], bool] = lambda _: False
        self.mac.power_on()
        if joined and not abp:
            self.join()

    # -- what the server wants

    def transmit(self, order: TxOrder) -> str | None:
        """A gateway is asked to send."""
        if self.tx_errors and (error := self.tx_errors.pop(0)):
            return error
        self.orders.append(order)
        self.accepted.append(order)
        return ""

    def uplink(self, event: UplinkEvent) -> None:
        """An uplink for applications."""
        self.uplinks.append(event)

    def result(self, data_id: str, status: int, message: str) -> None:
        """A result of a downlink."""
        assert message
        self.results.append((data_id, status))

    # -- what the MAC tells

    def mac_joined(self, at: float) -> None:
        """A session."""

    def mac_done(self, emission: Emission, how: Done, at: float) -> None:
        """An exchange is over."""
        del at
        self.done.append((emission.token, how))

    def mac_downlink(self, downlink: Downlink) -> None:
        """A downlink."""
        self.downlinks.append(downlink)

    def mac_refused(self, cause: str, data: bytes, at: float) -> None:
        """A frame of no use."""
        del data, at
        self.refused.append(cause)

    # -- the channel

    def join(self) -> None:
        """Ask until there is a session."""
        for _ in range(10):
            self.exchange(self._free(self.mac.join))
            if self.mac.joined:
                return
        raise AssertionError(f"the device did not join: {self.refused}, {self.server.counters}")

    def _free(self, wish: Callable[[float], Emission | None]) -> Emission:
        """What the MAC sends, as soon as it may."""
        emission = wish(self.now)
        while emission is None:
            assert self.mac.blocked_until > self.now
            self.now = self.mac.blocked_until
            emission = wish(self.now)
        return emission

    def send(self, payload: bytes = b"hello", *, port: int | None = 2, confirmed: bool = False) -> Emission:
        """One message, its repetitions and its windows; the time afterwards is theirs."""
        emission = self._free(
            lambda at: self.mac.uplink(port, payload, confirmed=confirmed, token=payload, at=at)
        )
        self.exchange(emission)
        while self.mac.state is MacState.WAITING:
            self.now = max(self.now, self.mac.retry_at)
            self.exchange(self._free(self.mac.repeat))
        return emission

    def exchange(self, emission: Emission) -> None:
        """One transmission and its windows."""
        self.now += emission.airtime_s
        self.mac.sent(self.now)
        self.sent.append(emission.data)
        if not self.lose_up(len(self.sent)):
            self.hear(emission.data, emission)
        self.listen()

    def hear(self, data: bytes, emission: Emission) -> str | None:
        """The server gets a frame from both gateways."""
        radio = self.region.radio(emission.rate.index, emission.channel.frequency_hz)
        copies = [Copy("near", -60.0, 9.0), Copy("far", -110.0, -3.0)]
        return self.server.heard(data, radio, copies, self.now)

    def listen(self) -> None:
        """What gateways send reaches the device, if it listens; then the windows are over."""
        while self.orders:
            order = self.orders.pop(0)
            radio = order.radio
            window = self.mac.window(order.start_s, radio.frequency_hz, radio.sf, radio.bandwidth_hz)
            if window is not None and not self.lose_down(order):
                self.windows.append(window)
                self.now = max(self.now, order.start_s + order.airtime_s)
                self.mac.hear(order.data, window, 7.0, self.now)
        self.now = max(self.now, self.mac.listen_until)
        self.mac.close_windows(self.now)

    def request(self, data_id: str, payload: bytes = b"\x00\x01", **options: Any) -> None:
        """An application sends a downlink."""
        self.server.send(
            DEV_EUI, DownlinkRequest(data_id, payload, options.pop("port", 2), **options), self.now
        )
