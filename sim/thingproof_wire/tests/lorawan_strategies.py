"""Random LoRaWAN frames, MAC commands and datagrams for the property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from thingproof_wire.frames.lorawan import (
    ChannelMasks,
    DataFrame,
    DlSettings,
    FrequencyList,
    JoinAccept,
    JoinRequest,
    MType,
    PhyPayload,
    Proprietary,
    SealedJoinAccept,
)
from thingproof_wire.frames.lorawan_crypto import SessionKeys
from thingproof_wire.frames.lorawan_mac import KINDS, RESERVED, Kind, MacCommand
from thingproof_wire.frames.semtech_udp import (
    Datagram,
    GatewayStatus,
    PullAck,
    PullData,
    PullResponse,
    PushAck,
    PushData,
    RxPacket,
    TxAck,
    TxError,
    TxPacket,
)

keys = st.binary(min_size=16, max_size=16)
session_keys = st.builds(SessionKeys, keys, keys)
mics = st.binary(min_size=4, max_size=4)
u8, u16, u24, u32, u64 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 24, 32, 64))
frequencies = st.integers(0, (1 << 24) - 1).map(lambda steps: steps * 100)

join_requests = st.builds(JoinRequest, u64, u64, u16)
cf_lists = st.one_of(
    st.none(),
    st.builds(FrequencyList, st.tuples(*[frequencies] * 5)),
    st.builds(ChannelMasks, st.tuples(*[u16] * 6)),
)
join_accepts = st.builds(
    JoinAccept,
    u24,
    u24,
    u32,
    st.builds(DlSettings, st.integers(0, 7), st.integers(0, 15)),
    st.integers(0, 15),
    cf_lists,
)
proprietary = st.builds(Proprietary, st.binary(max_size=60))
sealed_join_accepts = st.builds(
    SealedJoinAccept, st.sampled_from((16, 32)).flatmap(lambda size: st.binary(min_size=size, max_size=size))
)


@st.composite
def data_frames(draw: st.DrawFn, *, fcnt: st.SearchStrategy[int] = u16) -> DataFrame:
    """A data frame of any type, with any flags that its direction has."""
    mtype = draw(st.sampled_from([m for m in MType if "CONFIRMED" in m.name]))
    uplink = mtype.name.endswith("UP")
    fport = draw(st.none() | u8)
    payload = draw(st.binary(max_size=200)) if fport is not None else b""
    fopts = draw(st.binary(max_size=15)) if fport != 0 else b""
    flag = st.booleans()
    return DataFrame(
        mtype,
        draw(u32),
        draw(fcnt),
        fport,
        payload,
        fopts,
        adr=draw(flag),
        adr_ack_req=uplink and draw(flag),
        ack=draw(flag),
        f_pending=not uplink and draw(flag),
        class_b=uplink and draw(flag),
    )


phy_payloads = st.one_of(
    st.builds(PhyPayload, data_frames(), mics),
    st.builds(PhyPayload, join_requests, mics),
    st.builds(PhyPayload, sealed_join_accepts),
    st.builds(PhyPayload, proprietary),
)


@st.composite
def mac_commands(draw: st.DrawFn, *, uplink: bool) -> MacCommand:
    """A command of one direction with any values."""
    kind: Kind = draw(st.sampled_from([kind for kind in KINDS if kind.uplink is uplink]))
    values = {
        field.name: draw(st.integers(field.lowest // field.step, field.highest // field.step)) * field.step
        for field in kind.fields
        if field.name != RESERVED
    }
    return MacCommand(kind.name, values)


hertz = st.integers(0, 4_294_000_000)
lora_rates = st.builds("SF{}BW{}".format, st.integers(5, 12), st.sampled_from((125, 250, 500)))
coding_rates = st.sampled_from(("4/5", "4/6", "4/7", "4/8"))
payloads = st.binary(max_size=255)
tenths = st.integers(-400, 400).map(lambda number: number / 10)
rx_packets = st.one_of(
    st.builds(
        RxPacket, u32, hertz, lora_rates, payloads, st.integers(-150, 20), tenths, coding_rates, u8, u8,
        st.integers(-1, 1), st.none() | st.text(max_size=30), st.none() | u64,
    ),
    st.builds(RxPacket, u32, hertz, u32, payloads, st.integers(-150, 20), st.none(), st.none()),
)  # fmt: skip
statuses = st.builds(
    GatewayStatus,
    st.text(max_size=30),
    u32,
    u32,
    u32,
    st.integers(0, 1000).map(lambda number: number / 10),
    u32,
    u32,
    st.none() | st.floats(-90, 90),
    st.none() | st.floats(-180, 180),
    st.none() | st.integers(-400, 9000),
)
moments = st.one_of(
    st.just({"immediately": True}),
    st.builds(lambda tmst: {"timestamp_us": tmst}, u32),
    st.builds(lambda tmms: {"gps_ms": tmms}, u64),
)


@st.composite
def tx_packets(draw: st.DrawFn) -> TxPacket:
    """A packet to send, LoRa or FSK."""
    lora = draw(st.booleans())
    return TxPacket(
        draw(hertz),
        draw(lora_rates) if lora else draw(u32),
        draw(payloads),
        **draw(moments),
        power_dbm=draw(st.integers(-20, 30)),
        rf_chain=draw(u8),
        coding_rate=draw(coding_rates) if lora else None,
        inverted=draw(st.booleans()),
        preamble=draw(st.none() | u16),
        no_crc=draw(st.booleans()),
        deviation_hz=None if lora else draw(st.none() | u32),
    )


def _push(datagram: PushData) -> bool:
    return bool(datagram.packets) or datagram.status is not None


datagrams: st.SearchStrategy[Datagram] = st.one_of(
    st.builds(PushData, u16, u64, st.lists(rx_packets, max_size=3).map(tuple), st.none() | statuses).filter(
        _push
    ),
    st.builds(PushAck, u16),
    st.builds(PullData, u16, u64),
    st.builds(PullAck, u16),
    st.builds(PullResponse, u16, tx_packets()),
    st.builds(TxAck, u16, u64, st.sampled_from(TxError)),
)


@st.composite
def almost(draw: st.DrawFn, right: st.SearchStrategy[bytes]) -> bytes:
    """Any bytes, or right ones that lost their end, got more or a wrong byte."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.binary(max_size=300))
    data = bytearray(draw(right))
    change = draw(st.sampled_from(["cut", "longer", "byte"]))
    if change == "cut":
        return bytes(data[: draw(st.integers(0, len(data)))])
    if change == "longer":
        return bytes(data) + draw(st.binary(min_size=1, max_size=40))
    if data:
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)
