"""Keys, integrity codes and encryption of LoRaWAN 1.0.x frames.

Source: LoRaWAN L2 1.0.4 (TS001-1.0.4), sections 4.3.3 (encryption), 4.4 (MIC), 6.2.5 and 6.2.6 (join);
AES-CMAC is RFC 4493. Frame counters have 32 bits here; the air carries the lower sixteen.

`Session` seals and opens the frames of one device, `UplinkBuilder` is the shortest way from values to bytes.
Both keep their cipher contexts, because making one costs ten times as much as using it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.cmac import CMAC

from thingproof_wire.errors import Malformed, OutOfRange, Truncated, WrongMic
from thingproof_wire.frames.aes import BLOCK, aes_decrypt, aes_encrypt, block_encryptor, check_key
from thingproof_wire.frames.lorawan import (
    DATA_TYPES,
    DATA_UPLINKS,
    FCTRL_ACK,
    FCTRL_ADR,
    FCTRL_ADR_ACK_REQ,
    MAX_PHY_PAYLOAD,
    MIC_BYTES,
    DataFrame,
    JoinAccept,
    JoinRequest,
    MType,
    checked_length,
    decode_data,
    decode_join_accept,
    decode_phy,
    encode_data,
    encode_unsigned,
    read_mtype,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.ciphers import CipherContext

MAX_FCNT = 0xFFFFFFFF
_UP, _DOWN = 0, 1
_from_bytes = int.from_bytes
_pack_a_block = struct.Struct("<BIBIIBB").pack
"""First byte 01, four zeros, direction, DevAddr, FCnt, zero, number of the block (section 4.3.3)."""
_pack_b0 = struct.Struct("<BIBIIBB").pack
"""First byte 49, four zeros, direction, DevAddr, FCnt, zero, length of the message (section 4.4)."""
_pack_b0_and_uplink = struct.Struct("<BIBIIBBBIBHB").pack
"""B0, then MHDR, DevAddr, FCtrl, FCnt and FPort of an uplink without FOpts."""
_UPLINK_OVERHEAD = 9
_LONGEST_UPLINK_PAYLOAD = MAX_PHY_PAYLOAD - _UPLINK_OVERHEAD - MIC_BYTES
_DATA_HEAD = struct.Struct("<BIBH")


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The two keys of a session, 16 bytes each.

    Attributes:
        nwk_s_key: integrity of all data frames, encryption of MAC commands on FPort 0.
        app_s_key: encryption of application payloads.
    """

    nwk_s_key: bytes
    app_s_key: bytes

    def __post_init__(self) -> None:
        """Raises OutOfRange: not 16 bytes."""
        check_key("NwkSKey", self.nwk_s_key)
        check_key("AppSKey", self.app_s_key)


def cmac(key: bytes, message: bytes) -> bytes:
    """AES-CMAC (RFC 4493), all 16 bytes; a MIC is the first four."""
    tag = CMAC(AES128(key))
    tag.update(message)
    return tag.finalize()


def seal_join_request(request: JoinRequest, app_key: bytes) -> bytes:
    """The frame of a join request: in the clear, with MIC (section 6.2.5)."""
    check_key("AppKey", app_key)
    message = encode_unsigned(request)
    return message + cmac(app_key, message)[:MIC_BYTES]


def open_join_request(data: bytes, app_key: bytes) -> JoinRequest:
    """The join request of a frame whose MIC is right.

    Raises:
        WrongMic: another key, or a changed frame.
        WireError: no join request.
    """
    check_key("AppKey", app_key)
    phy = decode_phy(data)
    if not isinstance(phy.message, JoinRequest):
        raise Malformed(f"is {read_mtype(data).name}, must be JOIN_REQUEST", offset=0, field="MHDR")
    _compare(phy.mic, cmac(app_key, data[:-MIC_BYTES]), len(data))
    return phy.message


def seal_join_accept(accept: JoinAccept, app_key: bytes) -> bytes:
    """The frame of a join accept: MIC, then encrypted by AES *decryption* (section 6.2.6).

    A device needs the encrypting half of AES only, for this frame as for every other.
    """
    check_key("AppKey", app_key)
    message = encode_unsigned(accept)
    mic = cmac(app_key, message)[:MIC_BYTES]
    return message[:1] + aes_decrypt(app_key, message[1:] + mic)


def open_join_accept(data: bytes, app_key: bytes) -> JoinAccept:
    """The join accept of a frame whose MIC is right.

    Raises:
        WrongMic: another key, or a changed frame.
        WireError: no join accept.
    """
    check_key("AppKey", app_key)
    if read_mtype(data) != MType.JOIN_ACCEPT:
        raise Malformed(f"is {read_mtype(data).name}, must be JOIN_ACCEPT", offset=0, field="MHDR")
    decode_phy(data)  # its length
    clear = data[:1] + aes_encrypt(app_key, data[1:])
    _compare(clear[-MIC_BYTES:], cmac(app_key, clear[:-MIC_BYTES]), len(data))
    return decode_join_accept(clear, 1, len(clear) - MIC_BYTES)


def derive_session_keys(app_key: bytes, *, join_nonce: int, net_id: int, dev_nonce: int) -> SessionKeys:
    """Keys of the session that a join begins (section 6.2.6)."""
    check_key("AppKey", app_key)
    seed = join_nonce.to_bytes(3, "little") + net_id.to_bytes(3, "little") + dev_nonce.to_bytes(2, "little")
    keys = aes_encrypt(app_key, b"\x01" + seed + bytes(7) + b"\x02" + seed + bytes(7))
    return SessionKeys(keys[:BLOCK], keys[BLOCK:])


def full_fcnt(transmitted: int, least: int) -> int:
    """The smallest counter from `least` on whose lower 16 bits are the transmitted ones (section 4.3.1.5).

    A receiver passes the last counter it accepted, to see repetitions, or the next one, to refuse them. The
    result exceeds 2^32-1 when no counter is left.
    """
    return least + (transmitted - least & 0xFFFF)


def read_address(data: bytes) -> tuple[int, int]:
    """DevAddr and transmitted FCnt of a data frame, without looking at the rest.

    Raises:
        Truncated: too short for a data frame.
    """
    if len(data) < _DATA_HEAD.size + MIC_BYTES:
        raise Truncated("ends inside FHDR or MIC, 12 bytes are the least", offset=len(data), field="FHDR")
    _, dev_addr, _, fcnt = _DATA_HEAD.unpack_from(data)
    return dev_addr, fcnt


class Session:
    """Seals and opens the data frames of one device, in both directions.

    Args:
        dev_addr: address of the device.
        keys: of its session.
    """

    __slots__ = ("_app_cipher", "_mac", "_nwk_cipher", "dev_addr", "keys")

    def __init__(self, dev_addr: int, keys: SessionKeys) -> None:
        self.dev_addr = dev_addr
        self.keys = keys
        self._mac = CMAC(AES128(keys.nwk_s_key))
        self._app_cipher = block_encryptor(keys.app_s_key)
        self._nwk_cipher: CipherContext | None = None  # most sessions never use FPort 0

    def seal(self, frame: DataFrame) -> bytes:
        """The frame's bytes: payload encrypted, MIC appended.

        Args:
            frame: its payload in the clear, its counter with all 32 bits.

        Raises:
            WireError: a value that has no place in its field.
        """
        if frame.dev_addr != self.dev_addr:
            raise Malformed(f"is {frame.dev_addr:08x}, the session's is {self.dev_addr:08x}", field="DevAddr")
        hidden = self.crypt(frame.payload, frame.fcnt, uplink=frame.uplink, fport=frame.fport)
        message = encode_data(frame, hidden)
        return checked_length(message + self.mic(message, frame.fcnt, uplink=frame.uplink))

    def open(self, data: bytes, fcnt: int) -> DataFrame:
        """The data frame of a PHYPayload whose MIC is right, payload in the clear, counter with 32 bits.

        Args:
            data: PHYPayload.
            fcnt: the whole counter, see `full_fcnt`.

        Raises:
            WrongMic: another key or counter, or a changed frame.
            WireError: no data frame.
        """
        mtype = read_mtype(data)
        if mtype not in DATA_TYPES:
            raise Malformed(f"{mtype.name} is no type of data frames", offset=0, field="MHDR")
        uplink = mtype in DATA_UPLINKS
        end = len(checked_length(data)) - MIC_BYTES
        if end < _DATA_HEAD.size:
            raise Truncated("ends inside FHDR or MIC, 12 bytes are the least", offset=len(data), field="FHDR")
        _compare(data[end:], self.mic(data[:end], fcnt, uplink=uplink), len(data))
        place = _DATA_HEAD.size + (data[5] & 0x0F)  # FPort comes after FOpts
        if place < end:
            clear = self.crypt(data[place + 1 : end], fcnt, uplink=uplink, fport=data[place])
            data = data[: place + 1] + clear
        return decode_data(data, end, fcnt)

    def verifies(self, data: bytes, fcnt: int, *, uplink: bool) -> bool:
        """Whether the MIC of a data frame belongs to this session and this counter."""
        end = len(data) - MIC_BYTES
        return data[end:] == self.mic(data[:end], fcnt, uplink=uplink)

    def mic(self, message: bytes, fcnt: int, *, uplink: bool) -> bytes:
        """The four bytes that follow a message from MHDR to FRMPayload."""
        tag = self._mac.copy()
        direction = _UP if uplink else _DOWN
        tag.update(_pack_b0(0x49, 0, direction, self.dev_addr, fcnt, 0, len(message)) + message)
        return tag.finalize()[:MIC_BYTES]

    def crypt(self, payload: bytes, fcnt: int, *, uplink: bool, fport: int | None) -> bytes:
        """A FRMPayload encrypted or decrypted, which is the same. FPort 0 uses the network's key."""
        if not payload:
            return payload
        cipher = self._app_cipher if fport else self._network_cipher()
        return _crypt(cipher.update, payload, _UP if uplink else _DOWN, self.dev_addr, fcnt)

    def _network_cipher(self) -> CipherContext:
        if self._nwk_cipher is None:
            self._nwk_cipher = block_encryptor(self.keys.nwk_s_key)
        return self._nwk_cipher


class UplinkBuilder:
    """The fastest way to whole encrypted uplinks of one device: application payload, no MAC commands.

    Args:
        dev_addr: address of the device.
        keys: of its session.
    """

    __slots__ = ("_copy_mac", "_dev_addr", "_encrypt")

    def __init__(self, dev_addr: int, keys: SessionKeys) -> None:
        self._dev_addr = dev_addr
        self._encrypt = block_encryptor(keys.app_s_key).update
        self._copy_mac = CMAC(AES128(keys.nwk_s_key)).copy

    def build(
        self,
        fcnt: int,
        fport: int,
        payload: bytes,
        *,
        confirmed: bool = False,
        adr: bool = False,
        adr_ack_req: bool = False,
        ack: bool = False,
    ) -> bytes:
        """PHYPayload of an uplink.

        Args:
            fcnt: 32-bit counter.
            fport: 1..255.
            payload: in the clear, up to 242 bytes.
            confirmed: whether it wants an acknowledgement.
            adr: whether the network may set the data rate.
            adr_ack_req: whether the device waits for a sign of the network.
            ack: whether it acknowledges a downlink.

        Raises:
            OutOfRange: a value that has no place in its field.
        """
        length = len(payload)
        address = self._dev_addr
        if not 0 < fport <= 255 or not 0 <= fcnt <= MAX_FCNT or length > _LONGEST_UPLINK_PAYLOAD:
            raise _out_of_range(fcnt, fport, length)
        fctrl = adr * FCTRL_ADR | adr_ack_req * FCTRL_ADR_ACK_REQ | ack * FCTRL_ACK
        message = _pack_b0_and_uplink(
            0x49, 0, 0, address, fcnt, 0, _UPLINK_OVERHEAD + length,
            0x80 if confirmed else 0x40, address, fctrl, fcnt & 0xFFFF, fport,
        )  # fmt: skip
        if length <= BLOCK:  # written out, because most payloads are that short and a call costs its time
            mask = _from_bytes(self._encrypt(_pack_a_block(1, 0, _UP, address, fcnt, 0, 1)), "big")
            hidden = _from_bytes(payload, "big") ^ mask >> 8 * (BLOCK - length)
            message += hidden.to_bytes(length, "big")
        else:
            message += _crypt(self._encrypt, payload, _UP, address, fcnt)
        tag = self._copy_mac()
        tag.update(message)
        return message[BLOCK:] + tag.finalize()[:MIC_BYTES]


def _crypt(
    encrypt: Callable[[bytes], bytes], payload: bytes, direction: int, address: int, fcnt: int
) -> bytes:
    """Payload XOR the key stream of its A blocks (section 4.3.3)."""
    length = len(payload)
    blocks = _pack_a_block(1, 0, direction, address, fcnt, 0, 1)
    if length > BLOCK:
        numbers = range(2, 2 + (length - 1) // BLOCK)
        more = [_pack_a_block(1, 0, direction, address, fcnt, 0, number) for number in numbers]
        blocks += b"".join(more)
    mask = _from_bytes(encrypt(blocks), "big") >> 8 * (len(blocks) - length)
    return (_from_bytes(payload, "big") ^ mask).to_bytes(length, "big")


def _out_of_range(fcnt: int, fport: int, length: int) -> OutOfRange:
    """Which of the values is wrong."""
    if not 0 < fport <= 255:
        return OutOfRange(f"is {fport}, must be 1..255", field="FPort")
    if not 0 <= fcnt <= MAX_FCNT:
        return OutOfRange(f"is {fcnt}, must be 0..{MAX_FCNT}", field="FCnt")
    return OutOfRange(f"has {length} bytes, at most {_LONGEST_UPLINK_PAYLOAD} fit", field="FRMPayload")


def _compare(found: bytes, tag: bytes, length: int) -> None:
    """Compare a frame's MIC with the first bytes of the tag.

    Raises:
        WrongMic: they differ.
    """
    if not compare_digest(found, tag[:MIC_BYTES]):
        raise WrongMic(
            f"is {found.hex()}, another key, counter or content", offset=length - MIC_BYTES, field="MIC"
        )
