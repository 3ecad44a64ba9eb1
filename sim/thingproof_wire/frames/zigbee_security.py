"""Security of Zigbee frames: the auxiliary header, the nonce, sealing and opening at both layers.

Source: Zigbee specification 05-3474 R21/R22, sections 4.3.1 (network layer), 4.4.1 (application support
layer) and 4.5.1 (auxiliary header); annex A (CCM*), see `zigbee_ccm`.

The security level is part of the nonce and of what is protected, but it is transmitted as 0; both sides know
it from the network's profile. It is 5 (encryption and a MIC of four bytes) in every Zigbee PRO network.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from enum import IntEnum

from thingproof_wire.errors import Malformed, Truncated, WrongMic
from thingproof_wire.frames.bits import check_bits
from thingproof_wire.frames.zigbee_aps import ApsFrame, encode_aps_header
from thingproof_wire.frames.zigbee_ccm import CcmStar, key_load_key, key_transport_key
from thingproof_wire.frames.zigbee_nwk import NwkFrame, encode_nwk_header

LEVEL = 5
"""Security level of Zigbee PRO: encrypted, MIC of four bytes."""
MIC_OF_LEVEL = (0, 4, 8, 16, 0, 4, 8, 16)
"""Bytes of the MIC by security level (table 4-37); levels 4 to 7 encrypt, 0 to 3 do not."""
MAX_COUNTER = 0xFFFFFFFF
_EXTENDED_NONCE = 0x20
_LEVEL_BITS = 0x07
_HEAD = struct.Struct("<BI")
_pack_nonce = struct.Struct("<QIB").pack


class KeyId(IntEnum):
    """Which key (section 4.5.1.1.2): a link key, the network key, or one derived from a link key."""

    LINK = 0
    NETWORK = 1
    TRANSPORT = 2
    LOAD = 3


_KEY_IDS = {int(key): key for key in KeyId}


@dataclass(frozen=True, slots=True)
class SecurityHeader:
    """The auxiliary header (section 4.5.1).

    Attributes:
        key: which key.
        counter: frame counter of the sender, 32 bits.
        source: EUI-64 of the sender, None if the header leaves it out.
        sequence: number of the network key, with that key only.
    """

    key: KeyId
    counter: int
    source: int | None = None
    sequence: int | None = None


def network_header(counter: int, source: int, sequence: int = 0) -> SecurityHeader:
    """The header of a frame that is sealed with the network key."""
    return SecurityHeader(KeyId.NETWORK, counter, source, sequence)


def encode_security(header: SecurityHeader, level: int = 0) -> bytes:
    """Bytes of the auxiliary header.

    Args:
        header: what it says.
        level: 0 as it is transmitted, the real one as it is protected.

    Raises:
        OutOfRange, Malformed: a value that has no place in its field, or does not belong to the key.
    """
    check_bits("frame counter", header.counter, 32)
    extended = header.source is not None
    data = _HEAD.pack(level | header.key << 3 | extended * _EXTENDED_NONCE, header.counter)
    if header.source is not None:
        check_bits("source", header.source, 64)
        data += header.source.to_bytes(8, "little")
    if (header.sequence is not None) != (header.key == KeyId.NETWORK):
        raise Malformed("goes with the network key, and only with it", field="key sequence number")
    if header.sequence is None:
        return data
    check_bits("key sequence number", header.sequence, 8)
    return data + bytes((header.sequence,))


def decode_security(data: bytes) -> tuple[SecurityHeader, int]:
    """The auxiliary header that a secured payload begins with, and the place after it.

    The level is not looked at, because it is not transmitted.

    Raises:
        Truncated: it ends before the header does.
    """
    if len(data) < _HEAD.size:
        raise Truncated("ends inside the auxiliary header", offset=len(data), field="security")
    control, counter = _HEAD.unpack_from(data)
    key = _KEY_IDS[control >> 3 & 3]
    place = _HEAD.size
    source = None
    if control & _EXTENDED_NONCE:
        source = int.from_bytes(data[place : place + 8], "little")
        place += 8
    sequence = None
    if key == KeyId.NETWORK:
        place += 1
        sequence = data[place - 1] if place <= len(data) else 0
    if place > len(data):
        raise Truncated("ends inside the auxiliary header", offset=len(data), field="security")
    return SecurityHeader(key, counter, source, sequence), place


def seal(
    cipher: CcmStar, head: bytes, header: SecurityHeader, payload: bytes, *, source: int, level: int = LEVEL
) -> bytes:
    """The secured payload: auxiliary header as transmitted, payload hidden as the level says, MIC.

    Args:
        cipher: of the key itself, already derived.
        head: bytes of the frame's header.
        header: auxiliary header.
        payload: in the clear.
        source: EUI-64 of the sender, whether the header has it or not.
        level: 1..7.

    Raises:
        OutOfRange, Malformed: a value that has no place in its field.
    """
    check_bits("source", source, 64)
    auxiliary = encode_security(header, level)
    nonce = _pack_nonce(source, header.counter, auxiliary[0])
    mic = MIC_OF_LEVEL[level]
    if level & 4:
        sealed = cipher.seal(nonce, head + auxiliary, payload, mic)
    else:
        sealed = payload + cipher.seal(nonce, head + auxiliary + payload, b"", mic)
    return bytes((auxiliary[0] & ~_LEVEL_BITS,)) + auxiliary[1:] + sealed


def unseal(
    cipher: CcmStar, head: bytes, secured: bytes, source: int | None = None, level: int = LEVEL
) -> tuple[SecurityHeader, bytes]:
    """The auxiliary header and the payload in the clear of a secured payload whose MIC is right.

    Args:
        cipher: of the key itself, already derived.
        head: bytes of the frame's header.
        secured: what `seal` gave.
        source: EUI-64 of the sender, needed if the auxiliary header leaves it out.
        level: 1..7.

    Raises:
        WrongMic: another key, or a changed frame.
        Truncated, Malformed: no secured payload, or nobody knows the sender.
    """
    header, place = decode_security(secured)
    sender = header.source if header.source is not None else source
    if sender is None:
        raise Malformed("is neither in the header nor known", offset=len(head), field="source")
    control = secured[0] & ~_LEVEL_BITS | level
    nonce = _pack_nonce(sender, header.counter, control)
    protected = head + bytes((control,)) + secured[1:place]
    mic = MIC_OF_LEVEL[level]
    try:
        if level & 4:
            return header, cipher.open(nonce, protected, secured[place:], mic)
        end = len(secured) - mic
        cipher.open(nonce, protected + secured[place:end], secured[max(end, place) :], mic)
        return header, secured[place:end]
    except WrongMic as error:
        raise WrongMic(error.reason, offset=len(head) + len(secured) - mic, field="MIC") from None


class NetworkKey:
    """Seals and opens network frames with one network key.

    Args:
        key: 16 bytes.
        sequence: its number.
    """

    __slots__ = ("cipher", "key", "sequence")

    def __init__(self, key: bytes, sequence: int = 0) -> None:
        check_bits("key sequence number", sequence, 8)
        self.key = key
        self.sequence = sequence
        self.cipher = CcmStar(key)

    def seal(self, frame: NwkFrame, counter: int, source: int) -> NwkFrame:
        """The secured frame of one in the clear.

        Args:
            frame: its payload in the clear.
            counter: frame counter of the sender, 32 bits, never twice.
            source: EUI-64 of the sender: of who transmits it, at each hop another.

        Raises:
            OutOfRange: a value that has no place in its field.
        """
        secured = replace(frame, security=True)
        header = network_header(counter, source, self.sequence)
        payload = seal(self.cipher, encode_nwk_header(secured), header, frame.payload, source=source)
        return replace(secured, payload=payload)

    def open(self, frame: NwkFrame) -> tuple[SecurityHeader, NwkFrame]:
        """The auxiliary header and the frame in the clear of a secured frame whose MIC is right.

        Raises:
            WrongMic: another key, or a changed frame.
            WireError: no frame that is secured with the network key.
        """
        if not frame.security:
            raise Malformed("is not set", offset=1, field="security")
        head = encode_nwk_header(frame)
        header, payload = unseal(self.cipher, head, frame.payload, frame.source_ieee)
        if header.key != KeyId.NETWORK:
            raise Malformed(f"is {header.key.name}, must be NETWORK", offset=len(head), field="key")
        return header, replace(frame, payload=payload, security=False)


class LinkKey:
    """Seals and opens APS frames with one link key and what is derived from it.

    Args:
        key: 16 bytes, e.g. `zigbee_ccm.WELL_KNOWN_LINK_KEY`.
    """

    __slots__ = ("_ciphers", "key")

    def __init__(self, key: bytes) -> None:
        self.key = key
        self._ciphers = {KeyId.LINK: CcmStar(key)}

    def cipher(self, key: KeyId) -> CcmStar:
        """The cipher of the link key itself or of a derived one.

        Raises:
            Malformed: the network key is no link key.
        """
        if key == KeyId.NETWORK:
            raise Malformed("is NETWORK, a link key or one derived from it is needed", field="key")
        if key not in self._ciphers:
            derive = key_transport_key if key == KeyId.TRANSPORT else key_load_key
            self._ciphers[key] = CcmStar(derive(self.key))
        return self._ciphers[key]

    def seal(self, frame: ApsFrame, key: KeyId, counter: int, source: int) -> ApsFrame:
        """The secured frame of one in the clear.

        Args:
            frame: its payload in the clear.
            key: which of the keys: LINK, TRANSPORT for a network key, LOAD for a link key.
            counter: frame counter of the sender for this link key, 32 bits, never twice.
            source: EUI-64 of the sender, who writes it into the header.

        Raises:
            OutOfRange, Malformed: a value that has no place in its field.
        """
        secured = replace(frame, security=True)
        header = SecurityHeader(key, counter, source)
        payload = seal(self.cipher(key), encode_aps_header(secured), header, frame.payload, source=source)
        return replace(secured, payload=payload)

    def open(self, frame: ApsFrame, source: int | None = None) -> tuple[SecurityHeader, ApsFrame]:
        """The auxiliary header and the frame in the clear of a secured frame whose MIC is right.

        Args:
            frame: a secured frame.
            source: EUI-64 of the sender, for frames that leave it out.

        Raises:
            WrongMic: another key, or a changed frame.
            WireError: no frame that is secured with a link key.
        """
        if not frame.security:
            raise Malformed("is not set", offset=0, field="security")
        header, _ = decode_security(frame.payload)
        found = unseal(self.cipher(header.key), encode_aps_header(frame), frame.payload, source)
        return found[0], replace(frame, payload=found[1], security=False)


__all__ = [
    "LEVEL",
    "MAX_COUNTER",
    "MIC_OF_LEVEL",
    "KeyId",
    "LinkKey",
    "NetworkKey",
    "SecurityHeader",
    "decode_security",
    "encode_security",
    "network_header",
    "seal",
    "unseal",
]
