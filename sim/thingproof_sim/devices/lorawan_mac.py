"""The LoRaWAN 1.0.4 MAC of one end device, class A and C: sans-IO.

It never waits and knows no radio. The device around it asks for the next frame (`join`, `uplink`, `repeat`),
says when the frame has left (`sent`), asks whether the receiver is open for a downlink that begins
(`window`), hands over what was heard (`hear`) and tells that the windows are over (`close_windows`). Windows
are moments, not
events: a device that hears nothing costs nothing.

Source: LoRaWAN L2 1.0.4 (TS001-1.0.4), sections 3 (windows), 4.3.1 (counters, ADR, retransmission), 5 (MAC
commands), 6.2 (join), 7 (retransmission back-off), 13 (class C). What a command does is in
`lorawan_commands`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from thingproof_sim.devices.lorawan_back_off import ADR_ACK_LIMIT, count_uplink
from thingproof_sim.devices.lorawan_channels import ChannelPlan
from thingproof_sim.devices.lorawan_commands import Commands
from thingproof_sim.devices.lorawan_emission import Emission
from thingproof_sim.devices.lorawan_joining import Joining
from thingproof_sim.devices.lorawan_refusal import refusal
from thingproof_sim.devices.lorawan_states import (
    TRANSITIONS,
    Done,
    Downlink,
    MacOwner,
    MacSettings,
    MacState,
    Window,
)
from thingproof_sim.radio.lora_airtime import airtime_s, symbol_s
from thingproof_wire.errors import WireError, WrongMic
from thingproof_wire.frames.lorawan import MAC_PORT, MType, read_mtype
from thingproof_wire.frames.lorawan_crypto import Session, SessionKeys, full_fcnt, read_address

if TYPE_CHECKING:
    from thingproof_sim.devices.lorawan_channels import DataRate
    from thingproof_sim.kernel.blocks import BlockStream
    from thingproof_wire.frames.lorawan import DataFrame
    from thingproof_wire.frames.regions import Region

RETRANSMIT_S: Final = (1.0, 3.0)
"""RETRANSMIT_TIMEOUT after RX2: 2 s, plus or minus 1 s, at random (RP002, section 2.3)."""
ACKNOWLEDGE_S: Final = (0.0, 1.0)
"""How long a device waits before it acknowledges when it has nothing else to send."""
DETECT_SYMBOLS: Final = 3.0
"""A window tolerates a preamble that begins so many symbols early or late; five are left to lock on."""
WINDOW_SYMBOLS: Final = 8.0
LEAST_WAIT_S: Final = 0.001
"""A wait is never shorter: in Unix time, less than a microsecond does not move the clock."""
DATA_OVERHEAD: Final = 12
"""Bytes of a data frame without FOpts, FPort and payload."""
NEVER: Final = math.inf


class LorawanMac:
    """One device's MAC.

    Args:
        settings: who it is.
        region: regional parameters.
        draws: its random stream.
        owner: the device around it.
    """

    __slots__ = (
        "ack_due", "adr_ack_count", "ask_again", "blocked_by", "blocked_until", "channels", "commands",
        "data_rate", "draws", "emission", "fcnt_down", "fcnt_up", "joining", "listen_until", "nb_trans",
        "owner", "power_index", "region", "retry_at", "rx1_at", "rx1_delay_s", "rx1_dr_offset", "rx2_at",
        "rx2_frequency_hz", "rx2_rate", "session", "settings", "silence_factor", "silent_until", "state",
        "tries_left",
    )  # fmt: skip

    def __init__(self, settings: MacSettings, region: Region, draws: BlockStream, owner: MacOwner) -> None:
        self.settings = settings
        self.region = region
        self.draws = draws
        self.owner = owner
        self.state = MacState.OFF
        self.channels = ChannelPlan(region)
        self.commands = Commands(self)
        self.joining = Joining(settings, region)
        self.session: Session | None = None
        self.emission: Emission | None = None
        self.blocked_until = 0.0
        self.blocked_by = ""
        self.silent_until = 0.0
        self.retry_at = self.listen_until = self.rx1_at = self.rx2_at = 0.0
        self.tries_left = 0
        self._begin_session(None)
        if settings.dev_addr is not None:
            keys = SessionKeys(settings.nwk_s_key, settings.app_s_key)
            self._begin_session(Session(settings.dev_addr, keys))

    def _begin_session(self, session: Session | None) -> None:
        """Counters at zero and regional settings at their defaults, as after a join."""
        region = self.region
        self.session = session
        self.fcnt_up = 0
        self.fcnt_down = -1
        self.power_index = 0
        self.nb_trans = self.settings.tries
        self.adr_ack_count = 0
        self.silence_factor = 0
        self.rx1_delay_s = float(region.receive_delay1_s)
        self.rx1_dr_offset = 0
        self.rx2_rate = region.rx2_data_rate
        self.rx2_frequency_hz = region.rx2_frequency_hz
        self.ack_due = False
        self.ask_again = False
        self.channels.reset()
        self.commands.reset()
        self.data_rate = max(self.settings.data_rate, self.channels.slowest)

    # -- life

    @property
    def joined(self) -> bool:
        """Whether there is a session."""
        return self.session is not None

    @property
    def wants_to_send(self) -> bool:
        """Whether an uplink is due although the application has none: to acknowledge, or to get more."""
        return self.ack_due or self.ask_again

    def move(self, happened: str) -> bool:
        """Take a transition; False when the input is void in this state."""
        state = TRANSITIONS.get((self.state, happened))
        if state is None:
            return False
        self.state = state
        return True

    def power_on(self) -> None:
        """Begin; the session of before is still there."""
        self.move("power on")

    def power_off(self, at: float) -> None:
        """Stop at once; an exchange under way is over. Counters survive, as 1.0.4 demands."""
        emission, self.emission = self.emission, None
        self.move("power off")
        if emission is not None and emission.join is None:
            self.owner.mac_done(emission, Done.STOPPED, at)

    # -- sending

    def join(self, at: float) -> Emission | None:
        """The next join request; None while the back-off or the duty cycle forbids it."""
        if at < self.joining.retry_at:
            self._block(self.joining.retry_at, "join back-off")
            return None
        rate = self.channels.rate(self.joining.data_rate())
        emission = Emission(None, None, b"", None)
        emission.join, emission.join_key = self.joining.request(), self.settings.app_key
        emission.size = 23
        placed = self._place(emission, rate, at)
        if placed is not None:
            self.joining.sent(at, emission.airtime_s, self.draws)
            self.tries_left = 0
            self.emission = emission
        return placed

    def most_payload(self) -> int:
        """Bytes of application payload that fit at the present data rate without MAC commands."""
        return self.channels.rate(self.data_rate).max_payload

    def uplink(
        self, port: int | None, payload: bytes, *, confirmed: bool, token: object, at: float
    ) -> Emission | None:
        """An uplink's first transmission; None while the duty cycle forbids it.

        MAC commands that have no room beside the payload leave first, alone: then the token is None.
        """
        session = self.session
        assert session is not None, "a device without a session joins first"
        if at < self.silent_until:
            self._block(self.silent_until, "duty cycle")
            return None
        rate = self.channels.rate(self.data_rate)
        fopts = self.commands.waiting() if self.commands.any else b""
        if fopts and (len(fopts) > 15 or len(payload) + len(fopts) > rate.max_payload):
            port, payload, fopts, token, confirmed = (
                MAC_PORT,
                self.commands.packed(rate.max_payload),
                b"",
                None,
                False,
            )
        emission = Emission(session, port, payload, token)
        emission.fopts = fopts
        emission.confirmed = confirmed
        emission.size = DATA_OVERHEAD + len(fopts) + (0 if port is None else 1 + len(payload))
        placed = self._place(emission, rate, at)
        if placed is None:
            return None
        emission.ack = self.ack_due
        emission.fcnt = self.fcnt_up
        self.fcnt_up += 1
        self.ack_due = self.ask_again = False
        if fopts or port == MAC_PORT:
            self.commands.sent()
        if self.settings.adr:
            emission.adr = True
            count_uplink(self, emission)
        self.emission = emission
        self.tries_left = self.nb_trans - 1
        return emission

    def repeat(self, at: float) -> Emission | None:
        """The next transmission of the message that waits for one; None while the duty cycle forbids it."""
        emission = self.emission
        assert emission is not None, "only a waiting MAC repeats"
        if emission.join is not None:
            return self.join(at)
        if at < self.silent_until:
            self._block(self.silent_until, "duty cycle")
            return None
        placed = self._place(emission, emission.rate, at)
        if placed is not None:
            self.tries_left -= 1
        return placed

    def _block(self, until: float, cause: str) -> None:
        self.blocked_until, self.blocked_by = until, cause

    def _place(self, emission: Emission, rate: DataRate, at: float) -> Emission | None:
        """Find a channel that is free for this device now, and begin."""
        airtime = airtime_s(emission.size, rate.sf, rate.bandwidth_hz)
        channel, wait = self.channels.choose(
            rate.index, airtime, at, self.draws, join=emission.join is not None
        )
        if channel is None:
            self._block(at + max(wait, LEAST_WAIT_S), "duty cycle")
            return None
        emission.rate = rate
        emission.channel = channel
        emission.airtime_s = airtime
        emission.power_dbm = self.channels.power_dbm(self.power_index, self.settings.power_dbm)
        emission.attempt += 1
        self.channels.spend(channel, airtime, at)
        if self.silence_factor:
            self.silent_until = at + airtime * self.silence_factor
        self.state = MacState.SENDING  # from idle or waiting: "begin"
        return emission

    def sent(self, at: float) -> None:
        """The frame has left; the windows are counted from here."""
        if self.state is not MacState.SENDING:
            return
        self.state = MacState.LISTENING
        emission = self.emission
        assert emission is not None, "who has sent has a message"
        region = self.region
        delay = self.rx1_delay_s if emission.join is None else region.join_accept_delay1_s
        self.rx1_at = at + delay
        self.rx2_at = self.rx1_at + 1.0
        rx2 = self.channels.rate(self.rx2_rate)
        self.listen_until = self.rx2_at + WINDOW_SYMBOLS * rx2.symbol_s

    # -- listening

    def window(self, at: float, frequency_hz: int, sf: int, bandwidth_hz: int) -> Window | None:
        """Which window is open for a downlink that begins now, None when the device does not hear it."""
        emission = self.emission
        if self.state is MacState.LISTENING and emission is not None:
            slack = DETECT_SYMBOLS * symbol_s(sf, bandwidth_hz)
            if abs(at - self.rx1_at) <= slack:
                if self._rx1(emission) == (frequency_hz, sf, bandwidth_hz):
                    return Window.RX1
            elif abs(at - self.rx2_at) <= slack and self._rx2() == (frequency_hz, sf, bandwidth_hz):
                return Window.RX2
        listens = self.settings.device_class == "C" and self.joined
        if (
            listens
            and self.state not in (MacState.OFF, MacState.SENDING)
            and self._rx2()
            == (
                frequency_hz,
                sf,
                bandwidth_hz,
            )
        ):
            return Window.CLASS_C
        return None

    def _rx1(self, emission: Emission) -> tuple[int, int, int]:
        offset = 0 if emission.join is not None else self.rx1_dr_offset
        index = self.region.rx1_data_rate(emission.rate.index, offset, dwell=self.channels.downlink_dwell)
        if not self.channels.knows_rate(index):
            return 0, 0, 0  # not LoRa
        rate = self.channels.rate(index)
        return self.channels.downlink_hz(emission.channel), rate.sf, rate.bandwidth_hz

    def _rx2(self) -> tuple[int, int, int]:
        rate = self.channels.rate(self.rx2_rate)
        return self.rx2_frequency_hz, rate.sf, rate.bandwidth_hz

    def receiving(self, until: float) -> None:
        """A frame is being received: the windows stay open until its end."""
        self.listen_until = max(self.listen_until, until)

    def hear(self, data: bytes, window: Window, snr_db: float, at: float) -> None:
        """A frame was received. Broken, foreign and repeated ones are refused with a cause."""
        try:
            if read_mtype(data) == MType.JOIN_ACCEPT:
                self._hear_join_accept(data, at)
            elif self.session is not None:
                self._hear_data(data, window, snr_db, at)
        except WrongMic:
            self.owner.mac_refused(refusal(self.session, self.fcnt_down, data), data, at)
        except WireError as error:
            self.owner.mac_refused(f"malformed: {error}", data, at)

    def _hear_join_accept(self, data: bytes, at: float) -> None:
        emission = self.emission
        if emission is None or emission.join is None:
            self.owner.mac_refused("join accept without a request", data, at)
            return
        accept, keys = self.joining.accept(data, emission.join)
        self._begin_session(Session(accept.dev_addr, keys))
        if self.settings.adr:
            self.data_rate = max(emission.rate.index, self.channels.slowest)
        self.rx1_delay_s = float(accept.rx_delay or 1)
        self.rx1_dr_offset = accept.dl_settings.rx1_dr_offset
        self.rx2_rate = accept.dl_settings.rx2_data_rate
        self.rx2_frequency_hz = self.region.rx2_after_join_hz(emission.channel.index)
        if accept.cf_list is not None:
            self.channels.take_list(accept.cf_list)
        self.emission = None
        self.move("answered")
        self.owner.mac_joined(at)

    def _hear_data(self, data: bytes, window: Window, snr_db: float, at: float) -> None:
        session = self.session
        assert session is not None, "only a device with a session reads data frames"
        dev_addr, transmitted = read_address(data)
        if dev_addr != session.dev_addr or read_mtype(data) not in (
            MType.UNCONFIRMED_DOWN,
            MType.CONFIRMED_DOWN,
        ):
            return  # somebody else's
        frame = session.open(data, full_fcnt(transmitted, self.fcnt_down + 1))
        self.fcnt_down = frame.fcnt
        if window is not Window.CLASS_C:
            self.adr_ack_count = 0  # class A downlinks alone show that uplinks arrive (4.3.1.1)
            self.commands.heard_class_a()
        self.ack_due = frame.mtype == MType.CONFIRMED_DOWN
        self.ask_again = frame.f_pending
        commands = frame.payload if frame.fport == MAC_PORT else frame.fopts
        if commands:
            self.commands.take(commands, snr_db, at)
        self._end_exchange(frame, window, at)
        if frame.fport:
            self.owner.mac_downlink(
                Downlink(at, frame.fport, frame.payload, frame.fcnt, frame.confirmed, window)
            )

    def _end_exchange(self, frame: DataFrame, window: Window, at: float) -> None:
        """A downlink ends the exchange: an unconfirmed uplink by itself, a confirmed one by its ACK bit."""
        emission = self.emission
        if emission is None or emission.join is not None or self.state is MacState.SENDING:
            return
        if frame.ack and emission.confirmed:
            self._finish(emission, "answered", Done.ACKNOWLEDGED, at)
        elif not emission.confirmed and window is not Window.CLASS_C:
            self._finish(emission, "answered", Done.SENT, at)
        elif window is not Window.CLASS_C:
            self.listen_until = at  # the frame in RX1 keeps RX2 closed

    def _finish(self, emission: Emission, happened: str, how: Done, at: float) -> None:
        self.emission = None
        self.move(happened)
        self.listen_until = at
        self.owner.mac_done(emission, how, at)

    def close_windows(self, at: float) -> None:
        """Both windows are over: the exchange ends, or the message is sent again later."""
        emission = self.emission
        if self.state is not MacState.LISTENING or emission is None:
            return
        if emission.join is not None:
            self.move("nothing heard, tries left")
            self.retry_at = self.joining.retry_at
        elif self.tries_left > 0:
            self.move("nothing heard, tries left")
            self.retry_at = at + self.draws.uniform(*RETRANSMIT_S)
        else:
            self._finish(emission, "nothing heard", Done.UNANSWERED if emission.confirmed else Done.SENT, at)


__all__ = ["ACKNOWLEDGE_S", "ADR_ACK_LIMIT", "NEVER", "RETRANSMIT_S", "LorawanMac"]
