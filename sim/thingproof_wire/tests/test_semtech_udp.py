"""The Semtech UDP protocol: documented examples, round trips, and what is refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given

from thingproof_wire import vectors
from thingproof_wire.errors import Malformed, OutOfRange, Overlong, Truncated, WireError
from thingproof_wire.frames.semtech_udp import (
    Datagram,
    PullAck,
    PullData,
    PullResponse,
    PushAck,
    PushData,
    RxPacket,
    TxAck,
    TxError,
    TxPacket,
    decode_datagram,
    encode_datagram,
)
from thingproof_wire.tests.lorawan_strategies import almost, datagrams
from thingproof_wire.tests.strategies import patient

ROWS = vectors.load("semtech")
GATEWAY = "0011223344556677"
RX = {"tmst": 1, "freq": 868.1, "modu": "LORA", "datr": "SF7BW125", "rssi": -1, "data": "AQ=="}
TX = {"imme": True, "freq": 868.1, "modu": "LORA", "datr": "SF7BW125", "data": "AQ=="}


def datagram(row: dict[str, Any]) -> bytes:
    return bytes.fromhex(row["head"]) + json.dumps(row["json"], indent=1).encode()


def standard(value: Any) -> Any:
    """The same JSON with Base64 as the packet forwarder writes it: standard alphabet, padded."""
    if isinstance(value, list):
        return [standard(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {name: standard(item) for name, item in value.items()}
    if "data" in result:
        text = result["data"].rstrip("=").replace("-", "+").replace("_", "/")
        result["data"] = base64.b64encode(base64.b64decode(text + "=" * (-len(text) % 4))).decode()
    return result


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["meaning"])
def test_documented_examples(row: dict[str, Any]) -> None:
    """The examples of the protocol's document are read, and written again with all that they say."""
    encoded = encode_datagram(decode_datagram(datagram(row)))
    head = len(bytes.fromhex(row["head"]))
    assert encoded[:head].hex() == row["head"]
    written, wanted = json.loads(encoded[head:]), standard(row["json"])
    if "txpk" in wanted:
        assert wanted["txpk"].items() <= written["txpk"].items()
    else:
        assert written == wanted


HEADERS: list[tuple[str, Datagram]] = [
    ("02abcd01", PushAck(0xABCD)),
    ("02abcd02" + GATEWAY, PullData(0xABCD, 0x0011223344556677)),
    ("02abcd04", PullAck(0xABCD)),
    ("02abcd05" + GATEWAY, TxAck(0xABCD, 0x0011223344556677)),
]


@pytest.mark.parametrize(("text", "wanted"), HEADERS, ids=lambda item: type(item).__name__)
def test_headers(text: str, wanted: Datagram) -> None:
    """Datagrams without JSON are their header."""
    assert decode_datagram(bytes.fromhex(text)) == wanted
    assert encode_datagram(wanted).hex() == text


def test_members_are_written_as_the_packet_forwarder_does() -> None:
    """Order, spelling and numbers of a received packet."""
    packet = RxPacket(3512348611, 866349812, "SF7BW125", b"\x01\x02", -35, 5.1, "4/6", 2, 1)
    encoded = encode_datagram(PushData(1, 2, (packet,)))
    assert encoded[12:] == (
        b'{"rxpk":[{"tmst":3512348611,"chan":2,"rfch":1,"freq":866.349812,"stat":1,"modu":"LORA",'
        b'"datr":"SF7BW125","codr":"4/6","lsnr":5.1,"rssi":-35,"size":2,"data":"AQI="}]}'
    )


@pytest.mark.parametrize("error", TxError)
def test_every_error_of_a_transmission(error: TxError) -> None:
    """All errors go both ways; NONE is read when it is said, and not said when it is written."""
    head = bytes.fromhex("02000105" + GATEWAY)
    said = head + json.dumps({"txpk_ack": {"error": str(error)}}).encode()
    found = decode_datagram(said)
    assert found == TxAck(1, 0x0011223344556677, error)
    assert decode_datagram(encode_datagram(found)) == found
    assert (encode_datagram(found) == head) is (error == TxError.NONE)


@patient
@given(datagrams)
def test_round_trip(given_datagram: Datagram) -> None:
    """Every datagram is read as it was written."""
    assert decode_datagram(encode_datagram(given_datagram)) == given_datagram


@patient
@given(almost(datagrams.map(encode_datagram)))
def test_damaged_datagrams_are_wire_errors(data: bytes) -> None:
    """Whatever arrives is a datagram, or a wire error; what was read can be written."""
    try:
        found = decode_datagram(data)
    except WireError:
        return
    assert decode_datagram(encode_datagram(found)) == found


def push(**members: Any) -> bytes:
    return bytes.fromhex("02000100" + GATEWAY) + json.dumps({"rxpk": [RX | members]}).encode()


def pull(**members: Any) -> bytes:
    return bytes.fromhex("02000103") + json.dumps({"txpk": TX | members}).encode()


def body(text: str) -> bytes:
    return bytes.fromhex("02000100" + GATEWAY) + text.encode()


REFUSED: dict[str, tuple[bytes, type[WireError], str]] = {
    "nothing": (b"", Truncated, "header"),
    "version 1": (bytes.fromhex("01abcd01"), Malformed, "version"),
    "unknown identifier": (bytes.fromhex("02abcd06"), Malformed, "identifier"),
    "gateway cut off": (bytes.fromhex("02abcd0200112233"), Truncated, "gateway"),
    "more after an acknowledgement": (bytes.fromhex("02abcd0100"), Overlong, "datagram"),
    "no JSON": (body("rxpk"), Malformed, "JSON"),
    "JSON of another kind": (body("[]"), Malformed, "JSON"),
    "not UTF-8": (bytes.fromhex("02000100" + GATEWAY + "7bff"), Malformed, "JSON"),
    "not a number": (body('{"rxpk":NaN}'), Malformed, "JSON"),
    "brackets without end": (body("[" * 60000), Malformed, "JSON"),
    "a number of many digits": (body('{"rxpk":' + "9" * 6000 + "}"), Malformed, "JSON"),
    "neither packets nor status": (body("{}"), Malformed, "PUSH_DATA"),
    "packets that are no array": (body('{"rxpk":{}}'), Malformed, "rxpk"),
    "a packet that is no object": (body('{"rxpk":[7]}'), Malformed, "rxpk[0]"),
    "a status that is no object": (body('{"stat":true}'), Malformed, "stat"),
    "a status without time": (body('{"stat":{}}'), Malformed, "stat.time"),
    "timestamp missing": (push(tmst=None), Malformed, "rxpk[0].tmst"),
    "timestamp of a text": (push(tmst="1"), Malformed, "rxpk[0].tmst"),
    "timestamp of a truth": (push(tmst=True), Malformed, "rxpk[0].tmst"),
    "timestamp beyond 32 bits": (push(tmst=1 << 32), OutOfRange, "rxpk[0].tmst"),
    "endless frequency": (push(freq=1e300), OutOfRange, "rxpk[0].freq"),
    "unknown modulation": (push(modu="OOK"), Malformed, "rxpk[0].modu"),
    "data rate of no form": (push(datr="SF13BW125"), Malformed, "rxpk[0].datr"),
    "FSK with a LoRa data rate": (push(modu="FSK"), Malformed, "rxpk[0].datr"),
    "coding rate": (push(codr="4/9"), Malformed, "rxpk[0].codr"),
    "data of no Base64": (push(data="*"), Malformed, "rxpk[0].data"),
    "data of half a group": (push(data="A"), Malformed, "rxpk[0].data"),
    "size of other data": (push(size=2), Malformed, "rxpk[0].size"),
    "data too long": (push(data=base64.b64encode(bytes(256)).decode()), OutOfRange, "rxpk[0].data"),
    "no packet to send": (bytes.fromhex("02000103") + b"{}", Malformed, "txpk"),
    "no time to send": (pull(imme=False), Malformed, "txpk.imme"),
    "polarity of a number": (pull(ipol=1), Malformed, "txpk.ipol"),
    "an error nobody knows": (
        bytes.fromhex("02000105" + GATEWAY) + b'{"txpk_ack":{"error":"TIRED"}}',
        Malformed,
        "txpk_ack.error",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    """Each fault has its kind and names the member."""
    data, kind, field = REFUSED[name]
    with pytest.raises(kind) as caught:
        decode_datagram(data)
    assert caught.value.field == field


UNWRITABLE: dict[str, tuple[Datagram, type[WireError], str]] = {
    "token": (PushAck(1 << 16), OutOfRange, "token"),
    "gateway": (PullData(1, 1 << 64), OutOfRange, "gateway"),
    "nothing to push": (PushData(1, 1), Malformed, "PUSH_DATA"),
    "timestamp": (PushData(1, 1, (RxPacket(-1, 1, "SF7BW125", b"", 0),)), OutOfRange, "rxpk.tmst"),
    "data rate": (PushData(1, 1, (RxPacket(1, 1, "SF7", b"", 0),)), Malformed, "rxpk.datr"),
    "coding rate": (
        PushData(1, 1, (RxPacket(1, 1, "SF7BW125", b"", 0, coding_rate=None),)),
        Malformed,
        "rxpk.codr",
    ),
    "SNR": (PushData(1, 1, (RxPacket(1, 1, "SF7BW125", b"", 0, float("nan")),)), OutOfRange, "rxpk.lsnr"),
    "payload": (PullResponse(1, TxPacket(1, "SF7BW125", bytes(256), True)), OutOfRange, "txpk.data"),
    "no time to send": (PullResponse(1, TxPacket(1, "SF7BW125", b"")), Malformed, "txpk.imme"),
}


@pytest.mark.parametrize("name", UNWRITABLE)
def test_unwritable(name: str) -> None:
    """Values that have no place in their member are named."""
    wrong, kind, field = UNWRITABLE[name]
    with pytest.raises(kind) as caught:
        encode_datagram(wrong)
    assert caught.value.field == field
